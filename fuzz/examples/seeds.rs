//! Writes the first inputs of the corpora: the cases of the rule book and random days as markets, and small files that are right for
//! the readers, made here, so that nobody's data is in them. The fuzzers go on from there.

use std::error::Error;
use std::fs;
use std::path::Path;

use prism_core::types::{Side, Span};
use prism_sinks::tape::dbn::{Action, Level, Record};
use prism_sinks::tape::{Source, itch};
use serde::Deserialize;

#[path = "../../prism-sinks/tests/tapes/dbn.rs"]
#[allow(clippy::all, reason = "it is checked where it belongs")]
mod dbn;

/// What is taken of the corpus of markets.
#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    #[serde(default)]
    rules: String,
    day: Option<String>,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    r#do: String,
    /// Nanoseconds after the step before.
    #[serde(default)]
    later: i64,
    /// In place of that: the time, in `s` or `ms`.
    at: Option<String>,
}

/// The inputs of a file of the corpus of markets.
fn markets(file: &Path) -> Result<Vec<Vec<u8>>, Box<dyn Error>> {
    let cases: Cases = toml::from_str(&fs::read_to_string(file)?)?;
    let input = |case: &Case| {
        let mut now = 0;
        let mut steps = Vec::new();
        for step in &case.steps {
            let at = match step.at.as_deref() {
                None => now + step.later,
                Some(at) => match at.strip_suffix("ms") {
                    Some(count) => count.parse::<i64>()? * 1_000_000,
                    None => at.trim_end_matches('s').parse::<i64>()? * 1_000_000_000,
                },
            };
            steps.push((Span::nanos(at - now), step.r#do.as_str()));
            now = at;
        }
        Ok(prism_fuzz::case(&case.rules, case.day.as_deref(), &steps)?)
    };
    cases.case.iter().map(input).collect()
}

/// Every type of message of a LOBSTER file.
const MESSAGES: &str = "34200.000000001,1,11,100,1000000,1\r\n34200.5,1,12,50,1000100,-1\n34201,2,11,40,1000000,1\n\
    34201.25,4,12,20,1000100,-1,ABCD\n34202,3,11,60,1000000,1\n34203,5,0,1,1000050,1\n34204,6,-1,500,1000050,-1\n\
    34205,7,0,0,-1,-1\n34205,7,0,0,0,-1\n34206,7,0,0,1,-1\n";
const COMPLETED: &str = "row,time_ns,type,order_id,size,price,direction\n1,34200000000001,8,11,500,1000000,1\n\
    2,34200000000002,4,11,100,1000000,1\n2,34200000000003,9,11,400,1000000,1\n3,34200000000004,7,0,0,-1,-1\n";
const ROWS: &str =
    "1000100,50,1000000,100,9999999999,0,999900,400\n1000100,50,1000000,60,1000200,7,-9999999999,0\n";

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let put = |target: &str, name: &str, bytes: &[u8]| {
        let folder = root.join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(name), bytes)
    };
    for file in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../prism-book/testdata/market"))? {
        let file = file?.path();
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        for (n, input) in markets(&file)?.iter().enumerate() {
            put("operations", &format!("{name}-{n}"), input)?;
        }
    }
    for n in 0..60 {
        put("operations", &format!("random-{n}"), &prism_fuzz::random_market(n))?;
    }
    for (name, text) in [("messages", MESSAGES), ("completed", COMPLETED), ("rows", ROWS)] {
        put("lobster", name, text.as_bytes())?;
    }

    // A message of zeros of each length that exists, told by the reader's own error, then with plausible fields.
    for kind in b'A'..=b'z' {
        let Some(length) = itch::Body::size_of_kind(kind) else { continue };
        let mut frame = vec![0, u8::try_from(length)?, kind];
        frame.resize(2 + length, b' ');
        frame[3..13].fill(1);
        // Fields that are letters say in the error which they may be.
        for _ in 0..200 {
            let source = Source::from_reader("seed", std::io::Cursor::new(frame.clone()))?;
            let Some(Err(error)) = itch::Reader::new(source).next() else { break };
            let prism_sinks::tape::TapeError::Binary { offset, .. } = error else { break };
            let at = usize::try_from(offset)?;
            let next = frame[at].wrapping_add(1);
            frame[at] = next;
        }
        put("itch", &format!("type-{kind:02x}"), &frame)?;
    }

    for version in 1..=3 {
        let mut orders = dbn::Tape::new(version, 0, version == 2, &[("ESZ9", 7), ("NQZ9", 8)]);
        orders.order(Action::Add, 1, Some(Side::Buy), 100_000_000_000, 5);
        orders.order(Action::Modify, 1, Some(Side::Buy), 100_250_000_000, 3);
        orders.order(Action::Cancel, 1, Some(Side::Buy), 100_250_000_000, 3);
        orders.order(Action::Clear, 0, None, i64::MAX, 0);
        put("dbn", &format!("orders-{version}"), &orders.bytes)?;
        let mut mixed = dbn::Tape::new(version, dbn::MIXED, false, &[]);
        let event = |rtype| dbn::event(rtype, Action::Trade, Some(Side::Sell), 100_000_000_000, 2);
        mixed.push(&Record::Trade(event(0)), &[]);
        mixed.push(&Record::Mbp1(event(1)), &[Level::default()]);
        mixed.push(&Record::Mbp10(event(10)), &[Level::default(); 10]);
        put("dbn", &format!("mixed-{version}"), &mixed.bytes)?;
    }
    Ok(())
}
