//! Order books on the same streams, each checked against the oracle.
//!
//! `cargo run --release --bin books -- [--rounds N] [--load near|deep|sweep|crash|far] [--only NAME,NAME]
//! [--n MESSAGES] [--seed SEED] [--latency]`

use std::process::ExitCode;

use prism_benches::book::chunk::Chunked;
use prism_benches::book::harness::{Timed, cycles_per_ns, latency, median, timed, timed_tape, verify};
use prism_benches::book::ladder::Ladder;
use prism_benches::book::market::{Full, Plain};
use prism_benches::book::naive::Naive;
#[cfg(feature = "peers")]
use prism_benches::book::peers::{Bourse, Lobster, Matchcore, Nanobook, OrderBookRs, RustOb};
use prism_benches::book::prism::Prism;
use prism_benches::book::stream::{ADD, CANCEL, Load, SEED, Stream, make};
use prism_benches::book::{Engine, Hashed};

/// The reports of a whole pass, hashed, and the final touch.
type Verified = (Hashed, (u32, u32));

/// One line of the table.
struct Row {
    name: &'static str,
    timed: fn(&Stream, usize) -> Timed,
    verify: fn(&Stream, usize) -> Verified,
    latency: fn(&Stream, usize) -> [u64; 6],
    /// How many messages an engine that slows down gets.
    limit: usize,
    /// Its memory is as long as the price range.
    flat: bool,
}

impl Row {
    fn of<E: Engine>(name: &'static str) -> Row {
        let limit = usize::MAX;
        Row { name, timed: timed::<E>, verify: verify::<E>, latency: latency::<E>, limit, flat: false }
    }
    fn tape<E: Engine>(name: &'static str) -> Row {
        Row { timed: timed_tape::<E>, ..Row::of::<E>(name) }
    }
    fn flat(self) -> Row {
        Row { flat: true, ..self }
    }
}

fn rows() -> Vec<Row> {
    vec![
        Row::of::<Ladder>("ladder").flat(),
        Row::tape::<Ladder>("ladder+tape").flat(),
        Row::of::<Prism>("prism"),
        Row::tape::<Prism>("prism+tape"),
        Row::tape::<Plain>("market+tape"),
        Row::tape::<Full>("full+tape"),
        Row::of::<Chunked<6>>("chunk6").flat(),
        Row::of::<Chunked<14>>("chunk14").flat(),
        Row::of::<Naive>("naive"),
        #[cfg(feature = "peers")]
        Row::of::<Matchcore>("matchcore"),
        #[cfg(feature = "peers")]
        Row::of::<Bourse>("bourse-book"),
        #[cfg(feature = "peers")]
        Row::of::<RustOb>("rust_ob"),
        #[cfg(feature = "peers")]
        Row::of::<OrderBookRs>("orderbook-rs"),
        #[cfg(feature = "peers")]
        Row { limit: 100_000, ..Row::of::<Lobster>("lobster") },
        #[cfg(feature = "peers")]
        Row::of::<Nanobook>(NEVER_RETURNS),
    ]
}

/// Version 0.19.3 hangs on these streams; it runs only when `--only` names it.
const NEVER_RETURNS: &str = "nanobook";

struct Options {
    rounds: usize,
    messages: usize,
    seed: u64,
    load: Option<String>,
    only: Option<Vec<String>>,
    latency: bool,
}

fn options() -> Options {
    let args: Vec<String> = std::env::args().collect();
    let text = |name: &str| args.iter().position(|arg| arg == name).and_then(|at| args.get(at + 1)).cloned();
    let number = |name: &str, default: u64| {
        text(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} wants a number")))
    };
    Options {
        rounds: number("--rounds", 9) as usize,
        messages: number("--n", 1_000_000) as usize,
        seed: number("--seed", SEED),
        load: text("--load"),
        only: text("--only").map(|names| names.split(',').map(String::from).collect()),
        latency: args.iter().any(|arg| arg == "--latency"),
    }
}

/// How well an engine's reports agree with the oracle's: every trade and cancel in order, and the final
/// touch; or the sums of the trades and the touch, for engines that cannot say whether a cancel hit.
fn judge(row: &Row, stream: &Stream) -> &'static str {
    let want = verify::<Naive>(stream, row.limit);
    let got = (row.verify)(stream, row.limit);
    let sums = |hashed: &Hashed| (hashed.sums.trades, hashed.sums.qty, hashed.sums.notional);
    if got == want {
        "yes"
    } else if sums(&got.0) == sums(&want.0) && got.1 == want.1 {
        "trades only"
    } else {
        "NO"
    }
}

fn describe(stream: &Stream) {
    let share = |kind: u8| {
        let count = stream.messages.iter().filter(|message| message.kind == kind).count();
        count as f64 / stream.messages.len() as f64 * 100.0
    };
    let (add, cancel) = (share(ADD), share(CANCEL));
    println!(
        "\n== {}  {} warm  {} messages  {add:.1} % add  {cancel:.1} % cancel  {:.1} % take  stream {:016x}",
        stream.name,
        stream.warm.len(),
        stream.messages.len(),
        100.0 - add - cancel,
        stream.fnv()
    );
    let (oracle, touch) = verify::<Naive>(stream, usize::MAX);
    println!(
        "   oracle: {} trades  {} cancels  touch {touch:?}  reports {:016x}",
        oracle.sums.trades, oracle.sums.cancels, oracle.hash
    );
}

/// The median, and the least.
fn middle_and_least(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let mut values: Vec<f64> = values.collect();
    (median(&mut values), values[0])
}

/// Times all rows, round by round, and prints them. The quotient to the first row is the median over rounds
/// of the quotient inside a round; that to the second row, the yardstick with the tape, is the quotient of
/// those two medians, and beside it stands the quotient of the least times.
fn table(rows: &[&Row], stream: &Stream, rounds: usize) -> bool {
    let runs: Vec<Vec<Timed>> =
        (0..rounds).map(|_| rows.iter().map(|row| (row.timed)(stream, row.limit)).collect()).collect();
    let cpu = |row: usize| middle_and_least(runs.iter().map(|round| round[row].cpu));
    let wall = |row: usize| middle_and_least(runs.iter().map(|round| round[row].wall)).0;
    let times = |row: usize| middle_and_least(runs.iter().map(|round| round[row].cpu / round[0].cpu)).0;
    let tape = rows.iter().position(|row| row.name == "ladder+tape");
    println!(
        "{:12} {:>8} {:>8} {:>8} {:>8} {:>9} {:>7} {:>8}  exact",
        "engine", "cpu ns", "least", "wall", "M msg/s", "x first", "x tape", "x least"
    );
    let mut exact = true;
    for (at, row) in rows.iter().enumerate() {
        let ((middle, least), verdict) = (cpu(at), judge(row, stream));
        print!(
            "{:12} {middle:>8.1} {least:>8.1} {:>8.1} {:>8.2} {:>9.2}",
            row.name,
            wall(at),
            1e3 / middle,
            times(at)
        );
        match tape {
            Some(tape) => print!(" {:>7.2} {:>8.2}", times(at) / times(tape), least / cpu(tape).1),
            None => print!(" {:>7} {:>8}", "", ""),
        }
        println!("  {verdict}");
        exact &= verdict == "yes" || !row.name.starts_with("prism");
    }
    exact
}

fn tails(rows: &[&Row], stream: &Stream) {
    let speed = cycles_per_ns();
    println!("ns for one message, some 10 of them the probe: p50 p90 p99 p99.9 p99.99 worst");
    for row in rows {
        let tail = (row.latency)(stream, row.limit).map(|cycles| format!("{:>9.0}", cycles as f64 / speed));
        println!("{:12}{}", row.name, tail.concat());
    }
}

fn main() -> ExitCode {
    let options = options();
    let rows = rows();
    let mut exact = true;
    for load in Load::ALL {
        if options.load.as_ref().is_some_and(|name| name != load.name()) {
            continue;
        }
        let stream = make(load, options.messages, options.seed);
        describe(&stream);
        let chosen = |row: &&Row| match &options.only {
            Some(names) => names.iter().any(|name| name == row.name),
            None => row.name != NEVER_RETURNS,
        };
        let rows: Vec<&Row> =
            rows.iter().filter(chosen).filter(|row| !row.flat || stream.end <= 1 << 20).collect();
        if rows.is_empty() {
            continue;
        }
        exact &= table(&rows, &stream, options.rounds);
        if options.latency {
            tails(&rows, &stream);
        }
    }
    if exact { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
