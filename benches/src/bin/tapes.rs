//! Tapes in memory, decoded and through the book:
//! `cargo run --release --features peers --bin tapes -- ITCH DBN`
//!
//! ITCH is a tape of one stock, DBN a file of orders (MBO); each is repeated until it has ten million messages.

use std::io::{Read, Write};
use std::path::Path;

use prism::replay::{Format, Options, replay};
use prism_benches::book::harness::cpu_ns;
use prism_sinks::tape::{Source, dbn as ours, itch};

/// Messages of a measured tape, at least.
const MESSAGES: u64 = 10_000_000;
const ROUNDS: usize = 7;

/// A front part once, then a body again and again.
struct Repeated {
    parts: [Vec<u8>; 2],
    part: usize,
    at: usize,
    left: u64,
}

impl Repeated {
    fn new(front: &[u8], body: &[u8], times: u64) -> Repeated {
        Repeated { parts: [front.to_vec(), body.to_vec()], part: 0, at: 0, left: times }
    }
}

impl Read for Repeated {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        while self.at == self.parts[self.part].len() {
            if self.part == 1 {
                self.left -= 1;
            }
            (self.part, self.at) = (1, 0);
            if self.left == 0 {
                return Ok(0);
            }
        }
        let ready = &self.parts[self.part][self.at..];
        let count = ready.len().min(out.len());
        out[..count].copy_from_slice(&ready[..count]);
        self.at += count;
        Ok(count)
    }
}

fn plain(path: &Path) -> Vec<u8> {
    let bytes = std::fs::read(path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
    if bytes.starts_with(&[0x28, 0xB5, 0x2F, 0xFD]) {
        zstd::decode_all(&bytes[..]).expect("zstd")
    } else {
        bytes
    }
}

/// Million messages a second: the median and the best of some rounds, by the CPU time of the thread.
fn rate(name: &str, mut pass: impl FnMut() -> u64) {
    let mut rates: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = cpu_ns();
            let messages = pass();
            messages as f64 * 1e3 / (cpu_ns() - start) as f64
        })
        .collect();
    rates.sort_by(f64::total_cmp);
    println!("{name:44} {:>8.1} {:>8.1}", rates[ROUNDS / 2], rates[ROUNDS - 1]);
}

fn itch_tape(bytes: &[u8]) {
    let tape = |times| Source::from_reader("itch", Repeated::new(&[], bytes, times)).expect("a tape");
    let mut once = 0;
    for message in itch::Reader::new(tape(1)) {
        message.expect("a message");
        once += 1;
    }
    let times = MESSAGES.div_ceil(once);
    rate("ITCH, decoded", || {
        let mut sum = 0;
        let mut reader = itch::Reader::new(tape(times));
        for message in reader.by_ref() {
            sum ^= message.expect("a message").head.timestamp.ns();
        }
        std::hint::black_box(sum);
        reader.messages()
    });

    // Each repetition is a stock of its own, whose book begins empty.
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    let mut frames = Vec::new();
    for (locate, _) in (1..).zip(0..times) {
        frames.clear();
        for message in itch::Reader::new(tape(1)) {
            let mut message = message.expect("a message");
            message.head.stock_locate = if message.head.stock_locate == 0 { 0 } else { locate };
            message.encode_frame(&mut frames);
        }
        file.write_all(&frames).expect("room");
    }
    through_the_book("ITCH, through the book, a stock each time", Format::Itch, file.path());
    let mut same = tempfile::NamedTempFile::new().expect("a file");
    for _ in 0..times {
        same.write_all(bytes).expect("room");
    }
    through_the_book("ITCH, through the book, one stock", Format::Itch, same.path());
}

fn through_the_book(name: &str, format: Format, path: &Path) {
    rate(name, || {
        let report = replay(&Options::new(format, path), None, &mut |_| true).expect("a tape");
        std::hint::black_box(&report);
        report.messages
    });
}

fn dbn_tape(bytes: &[u8]) {
    let rest = u32::from_le_bytes(bytes[4..8].try_into().expect("four bytes"));
    let (front, body) = bytes.split_at(8 + rest as usize);
    let once = (body.len() / 56) as u64;
    let times = MESSAGES.div_ceil(once);
    let repeated = || Repeated::new(front, body, times);
    rate("DBN orders, decoded", || {
        let mut reader =
            ours::Reader::new(Source::from_reader("dbn", repeated()).expect("a tape")).expect("a tape");
        let mut sum = 0;
        for record in reader.by_ref() {
            if let ours::Record::Mbo(order) = record.expect("a record") {
                sum ^= order.order_id;
            }
        }
        std::hint::black_box(sum);
        reader.messages()
    });
    #[cfg(feature = "peers")]
    rate("DBN orders, decoded by dbn 0.73.0", || vendor(repeated()));
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(front).expect("room");
    for _ in 0..times {
        file.write_all(body).expect("room");
    }
    through_the_book("DBN orders, through the book", Format::Dbn, file.path());
}

/// The vendor's own decoder.
#[cfg(feature = "peers")]
fn vendor(bytes: impl Read) -> u64 {
    use dbn::MboMsg;
    use dbn::decode::{DecodeRecord, dbn::Decoder};

    let mut decoder = Decoder::new(bytes).expect("a tape");
    let (mut sum, mut count) = (0, 0);
    while let Some(order) = decoder.decode_record::<MboMsg>().expect("a record") {
        sum ^= order.order_id;
        count += 1;
    }
    std::hint::black_box(sum);
    count
}

fn main() {
    let mut args = std::env::args_os().skip(1);
    let (Some(itch), Some(dbn)) = (args.next(), args.next()) else {
        eprintln!("usage: tapes ITCH DBN");
        std::process::exit(2);
    };
    println!("{:44} {:>8} {:>8}", "million messages a second of CPU time", "median", "best");
    itch_tape(&plain(Path::new(&itch)));
    dbn_tape(&plain(Path::new(&dbn)));
}
