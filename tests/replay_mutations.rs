//! Files that were damaged on the way, in every format, plain and compressed: an error with its place, or a
//! replay whose report says what is wrong; never a panic, never memory out of proportion.
#![allow(clippy::unwrap_used)]

mod replay_common;

use std::path::PathBuf;

use allocation_counter::measure;
use prism::replay::{Format, Options, ReplayError, Report, Start};
use prism_sinks::tape::TapeError;
use proptest::prelude::*;
use proptest::sample::Index;
use replay_common::day::{Day, itch_day};
use replay_common::{plain, run, shipped};

/// More than any of these replays needs: buffers of the three files, and the widest window of a book's prices.
const MEMORY: u64 = 16 << 20;

const CHECKPOINTS: &str = r#"{"checkpoints": [{"record_index": 1, "bids": [[999900, 100, 1]], "asks": []}],
    "book_after_last_order_message": {"stock": "TEST", "bids": [[999900, 140]], "asks": [[1000100, 25]]}}"#;

/// A replay, and those of its files that can be damaged.
struct Case {
    options: Options,
    files: Vec<PathBuf>,
}

/// Every format with every kind of reference, of the small day.
fn cases(day: &Day) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |options: Options| {
        let files = [Some(&options.path), options.check.as_ref(), options.rows.as_ref()];
        let files = files.into_iter().flatten().cloned().collect();
        cases.push(Case { options, files });
    };
    for start in [Start::Empty, Start::First, Start::Each] {
        add(day.lobster(start));
    }
    add(day.completed());
    let mut itch = itch_day(day);
    add(itch.clone());
    itch.check = Some(day.bytes("expected.json", CHECKPOINTS.as_bytes()));
    add(itch.clone());
    itch.check = Some(day.path("orderbook.csv"));
    itch.rows = Some(day.path("completed.csv"));
    add(itch.clone());
    itch.lenient = true;
    add(itch);
    cases
}

/// Replays, and checks what holds of any input.
fn judge(options: &Options) -> Result<Report, ReplayError> {
    let mut ended = None;
    let memory = measure(|| ended = Some(run(options)));
    let ended = ended.unwrap();
    assert!(memory.bytes_max < MEMORY, "{memory:?}: {ended:?}");
    if let Err(error) = &ended {
        assert!(error.is_input(), "{error}");
        let placed = match error {
            ReplayError::Tape(TapeError::Io { .. }) | ReplayError::Option { .. } => false,
            ReplayError::Tape(TapeError::Text { line, column, .. }) => *line > 0 && *column > 0,
            _ => true,
        };
        assert!(placed, "{error}");
        let said = error.to_string();
        let known = [&options.path].into_iter().chain(&options.check).chain(&options.rows);
        let named = known.into_iter().any(|path| said.starts_with(path.to_str().unwrap()));
        assert!(named && !said.contains('\n'), "{said}");
        assert!(said.chars().any(|found| found.is_ascii_digit()) || said.contains("empty"), "{said}");
    }
    ended
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).unwrap()
}

#[test]
fn every_flipped_bit_is_survived() {
    let day = Day::new();
    let mut refused = 0;
    for case in cases(&day) {
        judge(&case.options).unwrap();
        for file in &case.files {
            let right = std::fs::read(file).unwrap();
            let mut bytes = right.clone();
            for bit in 0..8 * right.len() {
                bytes[bit / 8] ^= 1 << (bit % 8);
                std::fs::write(file, &bytes).unwrap();
                refused += usize::from(judge(&case.options).is_err());
                bytes[bit / 8] ^= 1 << (bit % 8);
            }
            std::fs::write(file, right).unwrap();
        }
    }
    assert!(refused > 10_000, "{refused}");
}

#[test]
fn every_cut_is_told() {
    let day = Day::new();
    for case in cases(&day) {
        for file in &case.files {
            let right = std::fs::read(file).unwrap();
            let line_feed = usize::from(right.ends_with(b"\n"));
            for cut in 0..right.len() {
                std::fs::write(file, &right[..cut]).unwrap();
                let ended = judge(&case.options);
                let whole = cut == right.len() - line_feed;
                // Between two frames, or two events that lead to one row, the cut shows in what is missing.
                let warned = |report: &Report| report.mismatches > 0 || report.ended == Some(false);
                let told = ended.as_ref().map_or(true, warned);
                assert!(told || whole, "{} at {cut}: {ended:?}", file.display());
            }
            let packed = packed(&right);
            for cut in 0..packed.len() {
                std::fs::write(file, &packed[..cut]).unwrap();
                assert!(judge(&case.options).is_err(), "{} packed, at {cut}", file.display());
            }
            std::fs::write(file, right).unwrap();
        }
    }
}

/// Damage to a file.
#[derive(Clone, Debug)]
enum Damage {
    Byte(Index, u8),
    Bit(Index, u8),
    Cut(Index),
    Lose(Index, usize),
    Twice(Index, usize),
    Strange(Index, Vec<u8>),
    /// A digit more, where one stands.
    Digit(Index, u8),
}

impl Damage {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let whole = bytes.len();
        let at = |index: &Index| index.index(whole);
        let to = |from: usize, length: usize| (from + length).min(whole);
        match self {
            _ if bytes.is_empty() => {}
            Damage::Byte(index, byte) => bytes[at(index)] = *byte,
            Damage::Bit(index, bit) => bytes[at(index)] ^= 1 << bit,
            Damage::Cut(index) => bytes.truncate(at(index)),
            Damage::Lose(index, length) => {
                let from = at(index);
                bytes.drain(from..to(from, *length));
            }
            Damage::Twice(index, length) => {
                let from = at(index);
                let again = bytes[from..to(from, *length)].to_vec();
                bytes.splice(from..from, again);
            }
            Damage::Strange(index, new) => {
                let from = at(index);
                bytes.splice(from..from, new.iter().copied());
            }
            Damage::Digit(index, digit) => {
                let from = at(index);
                if let Some(found) = bytes[from..].iter().position(u8::is_ascii_digit) {
                    bytes.insert(from + found, b'0' + digit);
                }
            }
        }
    }
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = any::<Index>;
    prop_oneof![
        (at(), any::<u8>()).prop_map(|(at, byte)| Damage::Byte(at, byte)),
        (at(), 0..8_u8).prop_map(|(at, bit)| Damage::Bit(at, bit)),
        at().prop_map(Damage::Cut),
        (at(), 1..80_usize).prop_map(|(at, length)| Damage::Lose(at, length)),
        (at(), 1..80_usize).prop_map(|(at, length)| Damage::Twice(at, length)),
        (at(), prop::collection::vec(any::<u8>(), 1..40)).prop_map(|(at, new)| Damage::Strange(at, new)),
        (at(), 0..10_u8).prop_map(|(at, digit)| Damage::Digit(at, digit)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_small_day_survives_any_damage(
        which in any::<Index>(),
        file in any::<Index>(),
        damages in prop::collection::vec(damage(), 1..6),
        compressed in any::<bool>(),
    ) {
        let day = Day::new();
        let mut cases = cases(&day);
        let case = cases.swap_remove(which.index(cases.len()));
        let file = &case.files[file.index(case.files.len())];
        let mut bytes = std::fs::read(file).unwrap();
        if compressed {
            bytes = packed(&bytes);
        }
        for damage in damages {
            damage.apply(&mut bytes);
        }
        std::fs::write(file, bytes).unwrap();
        let _ = judge(&case.options);
    }

    #[test]
    fn a_real_tape_survives_any_damage(
        length in 2_000..40_000_usize,
        damages in prop::collection::vec(damage(), 1..6),
        compressed in any::<bool>(),
        lenient in any::<bool>(),
    ) {
        let day = Day::new();
        let mut bytes = plain(&shipped());
        bytes.truncate(length);
        if compressed {
            bytes = packed(&bytes);
        }
        for damage in damages {
            damage.apply(&mut bytes);
        }
        let mut options = Options::new(Format::Itch, day.bytes("tape", &bytes));
        options.lenient = lenient;
        let _ = judge(&options);
    }
}
