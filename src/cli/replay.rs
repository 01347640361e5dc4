//! `prism replay`: recorded data through the book.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use clap::ValueEnum;
use clap::builder::PossibleValue;

use super::Session;
use super::out::{Done, Stop, complain};
use super::progress::Progress;
use crate::replay::{Format, Options, ReplayError, Report, Start, replay};

/// Feed recorded data through the book, and compare it with a reference
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  prism replay itch examples/tapes/ex20101224.TEST_ITCH_50.itch50.zst
  prism replay itch examples/tapes/ex20101224.TEST_ITCH_50.itch50.zst --symbol BOB --json
  prism replay completed GOOG_completed_10.csv.zst --check GOOG_orderbook_10.csv.zst
  prism replay lobster GOOG_message_10.csv --check GOOG_orderbook_10.csv --start each --json
  prism replay dbn ESM4.mbo.dbn.zst --check ESM4.mbo.expected.json
  prism replay binance btcusdt.jsonl.zst --check btcusdt.expected.json --json

Exit status: 0 if every book that can be demanded is equal, 1 if one is not, 2 if an input is wrong.")]
pub(super) struct Args {
    /// The tape's format
    #[arg(value_name = "FORMAT")]
    format: Format,
    /// The tape, plain or zstd
    path: PathBuf,
    /// Compare the book with this LOBSTER order-book file, or with the checkpoints of this JSON file
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,
    /// itch: the completed stream that says after which message which row of the reference is due
    #[arg(long, value_name = "COMPLETED", requires = "check")]
    rows: Option<PathBuf>,
    /// Levels a side to compare and to write [default: the reference's; 10 without one]
    #[arg(long, value_name = "N")]
    levels: Option<usize>,
    /// Where the book starts from
    #[arg(long, value_name = "START", default_value = "empty")]
    start: Start,
    /// itch: take a frame length of 0 from the message type; itch, dbn, binance: skip and count unknown types;
    /// binance: where updates are missing, wait for the next snapshot
    #[arg(long)]
    lenient: bool,
    /// itch: follow this stock alone; dbn: this instrument, by symbol or number
    #[arg(long, value_name = "S")]
    symbol: Option<String>,
    /// Write the book in the layout of LOBSTER's order-book files: a row for each row of the reference, without
    /// one for each message
    #[arg(long, value_name = "FILE")]
    book_out: Option<PathBuf>,
    /// Print every decoded message as JSON Lines; what the replay found out then goes to stderr
    #[arg(long)]
    dump: bool,
    /// Print one JSON object (with --dump: the JSON Lines alone)
    #[arg(long)]
    json: bool,
}

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Format] {
        &Format::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            Format::Lobster => "LOBSTER message file",
            Format::Completed => "LOBSTER day with the events put in that its order-book file discloses",
            Format::Itch => "NASDAQ TotalView-ITCH 5.0",
            Format::Binance => {
                "Binance streams, spot or futures: depth, best bid and offer, trades, snapshots"
            }
            Format::Bitstamp => "Orders of Bitstamp",
            Format::Tardis => "Files of tardis.dev: incremental_book_L2, book_snapshot_N, quotes or trades",
            Format::Dbn => "Databento DBN 1 to 3: orders (MBO), levels (MBP-1, TBBO, MBP-10) or trades",
        };
        Some(PossibleValue::new(self.name()).help(help))
    }
}

impl ValueEnum for Start {
    fn value_variants<'a>() -> &'a [Start] {
        &[Start::Empty, Start::First, Start::Each]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            Start::Empty => PossibleValue::new("empty").help("From nothing, with the first message"),
            Start::First => PossibleValue::new("first").help("From the reference's row 1, with message 2"),
            Start::Each => PossibleValue::new("each").help("From row k-1 before every message k"),
        })
    }
}

impl Args {
    fn options(&self) -> Options {
        let mut options = Options::new(self.format, &self.path);
        options.check.clone_from(&self.check);
        options.rows.clone_from(&self.rows);
        options.levels = self.levels;
        options.start = self.start;
        options.lenient = self.lenient;
        options.symbol.clone_from(&self.symbol);
        options.book_out.clone_from(&self.book_out);
        options
    }
}

pub(super) fn run(args: &Args, session: &mut Session) -> Result<Done, Stop> {
    let mut lines = args.dump.then(|| BufWriter::with_capacity(1 << 16, io::stdout().lock()));
    let dump = lines.as_mut().map(|lines| lines as &mut dyn Write);
    let bytes = fs::metadata(&args.path).map_or(0, |meta| meta.len());
    let progress = Progress::reading(bytes, &session.out);
    let ended = replay(&args.options(), dump, &mut |seen| progress.at(seen.bytes));
    progress.done();
    drop(lines);
    let report = ended.map_err(|error| stopped(&error))?;
    tell(&report, args, session)?;
    if report.holds() {
        return Ok(Done::Well);
    }
    let first = report.first_mismatch.map_or(0, |first| first.row);
    Err(Stop::Failed(format!(
        "{} of {} books differ from the reference, the first at row {first}",
        report.mismatches, report.compared
    )))
}

fn tell(report: &Report, args: &Args, session: &mut Session) -> Result<(), Stop> {
    if args.json {
        // With a dump, standard output belongs to the messages alone.
        if !args.dump {
            session.out.json(&serde_json::to_value(report).map_err(|error| unserializable(&error))?)?;
        }
        return session.out.flush();
    }
    if session.out.is_quiet() {
        return Ok(());
    }
    if args.dump {
        complain(&summary(report, args));
    } else {
        session.out.line(&summary(report, args))?;
        session.out.flush()?;
    }
    for warning in &report.warnings {
        complain(&format!("warning: {warning}"));
    }
    Ok(())
}

fn unserializable(error: &serde_json::Error) -> Stop {
    Stop::Failed(format!("the report cannot be written: {error}"))
}

fn stopped(error: &ReplayError) -> Stop {
    if error.is_input() {
        complain(&format!("error: {error}"));
        return Stop::Wrong;
    }
    match error.cause() {
        ReplayError::Dump(why) if why.kind() == io::ErrorKind::BrokenPipe => Stop::Closed,
        ReplayError::Stopped { .. } => {
            complain(&error.to_string());
            Stop::Interrupted
        }
        _ => Stop::Failed(error.to_string()),
    }
}

/// The report for people, with the usual reason for a book that is wrong from its first row.
fn summary(report: &Report, args: &Args) -> String {
    let mut text = report.to_string();
    let first = report.first_mismatch.as_ref().map(|first| first.row);
    if args.format == Format::Lobster && args.start == Start::Empty && first == Some(1) {
        text += "\nnote            a LOBSTER day begins with orders that rest already: start from the reference \
                 with --start first or --start each";
    }
    text
}
