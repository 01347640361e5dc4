//! Bytes as a whole market: its rules, its trading day and its messages. It must tell what the naive one tells, and
//! be in the same state after each message.

use prism_book::market::{DayRules, MarketRules, Matching};
use prism_book::{Ladder, StreamKey};
use prism_core::types::{AgentId, Price, Qty, Span, Time};

use crate::bytes::{Bytes, Pen};
use crate::messages;
use crate::support::market::days;
use crate::support::market::engine::{Engine, in_step};
use crate::support::market::fast::Fast;
use crate::support::market::random::{self, Grid, MIDDLE, SELF_TRADE};
use crate::support::market::text_of_days::{day, span};
use crate::support::market::text_of_rules::rules;
use crate::support::market::{Step, text};
use crate::support::twin::Twin;

/// Days in the words of the corpus: one of each list, with any of the options.
const STAGES: [&str; 9] = [
    "10000s long, continuous at 0s",
    "10000s long, continuous at 0s, closing at 9000s, closed at 9500s",
    "10000s long, opening at 100s, continuous at 200s",
    "1000s long, continuous at 0s",
    "1000s long, continuous at 0s, closing at 700s, closed at 800s",
    "1000s long, opening at 100s, continuous at 200s",
    "1000s long, opening at 100s, continuous at 200s, closing at 700s, closed at 800s",
    "1000s long, opening at 100s + 30s, continuous at 200s, closing at 700s + 30s, closed at 800s",
    "1000s long, pre_open at 50s, opening at 100s, continuous at 200s, closing at 700s, closed at 800s",
];
const GUARDS: [&str; 9] = [
    "",
    "bands 500 moves 100 window 300s patience 15s pause 300s",
    "bands 500 moves 200 window 300s patience 15s pause 300s",
    "bands 500 moves 10000 window 300s patience 15s pause 300s",
    "dynamic 200",
    "static 300",
    "batch 10s",
    "collar 100 30s 2",
    "collar 100 30s 5",
];
const OPTIONS: [&str; 6] = ["calls 120s + 0s", "reject", "collect", "pro_rata", "ticks", "nearest"];
/// The first byte of a day that is read from so many bytes of its own.
const ANY_DAY: u8 = 128;
const DAY_BYTES: usize = random::BYTES;

/// What is read of a market before its messages.
struct Opening {
    rules: MarketRules,
    /// Its day, and how long that is.
    day: Option<(DayRules, Span)>,
}

/// Reads `bytes` as a market and messages to it.
///
/// # Panics
/// Where it is not what the naive market is.
pub(crate) fn market(bytes: &[u8], has_day: bool) {
    let mut bytes = Bytes(bytes);
    let Opening { mut rules, day } = opening(&mut bytes, has_day);
    if let Some((day, _)) = &day {
        rules = days::suited(&rules, day);
        // Bands and corridors need a price above zero to lie around.
        if day.check(rules.reference).is_err() {
            rules.reference = Price(MIDDLE);
        }
    }
    let key = StreamKey::root(3).child("fuzz");
    let (mut naive, mut fast) = (Twin::new(&rules, key), <Fast<Ladder> as Engine>::new(&rules, key));
    // A day that repeats has much to do until the end of time.
    let mut most = Span::secs(10_000);
    if let Some((day, length)) = day {
        (naive, fast) = (naive.with_day(&day), Engine::with_day(fast, &day));
        most = length + length;
    }
    let mut now = Time::ZERO;
    while let Some(step) = messages::read(&mut bytes, most) {
        in_step(&mut naive, &mut fast, &mut now, &step).unwrap_or_else(|wrong| panic!("{rules:?}: {wrong}"));
    }
}

fn opening(bytes: &mut Bytes, has_day: bool) -> Opening {
    let sort = bytes.byte();
    let mut rules = MarketRules::new(Price(bytes.price(MIDDLE)));
    rules.self_trade = SELF_TRADE[usize::from(sort / 5 % 5)];
    rules.matching = match sort % 5 {
        0 => Matching::PriceTime,
        1 => Matching::ProRata { min: Qty(bytes.qty()) },
        2 => Matching::FifoProRata { share: bytes.byte() },
        3 => {
            let (share, who) = (bytes.byte(), bytes.byte());
            let agents = (0..8).filter(|bit| who >> bit & 1 == 1).map(AgentId).collect();
            Matching::LeadMaker { share, agents }
        }
        _ => Matching::SizeTime,
    };
    let grids = random::grids();
    let Grid { limits, ticks, lots } = grids[usize::from(sort / 25) % grids.len()].clone();
    (rules.limits, rules.ticks, rules.lots) = (limits, ticks, lots);
    let day = has_day.then(|| read_day(bytes));
    Opening { rules, day }
}

fn read_day(bytes: &mut Bytes) -> (DayRules, Span) {
    let first = bytes.byte();
    if first >= ANY_DAY {
        let day = days::day(&std::array::from_fn::<_, DAY_BYTES, _>(|_| bytes.byte()));
        return (day.rules, day.length);
    }
    let stages = STAGES[usize::from(first) % STAGES.len()];
    let guards = GUARDS[usize::from(bytes.byte()) % GUARDS.len()];
    let options = bytes.byte();
    let mut words = stages.to_owned();
    let options =
        OPTIONS.iter().enumerate().filter(|(bit, _)| options >> bit & 1 == 1).map(|(_, word)| *word);
    for part in [guards].into_iter().filter(|part| !part.is_empty()).chain(options) {
        words = words + ", " + part;
    }
    let length = words.split(' ').next().map_or(Span::ZERO, span);
    (day(&words), length)
}

/// A case of the corpus of markets (`prism-book/testdata/market`) as an input: its rules, its day, and its messages,
/// each with the time before it. An error says what an input cannot say.
pub fn case(rules_of_it: &str, day_of_it: Option<&str>, steps: &[(Span, &str)]) -> Result<Vec<u8>, String> {
    let rules = rules(rules_of_it);
    let mut pen = Pen::default();
    pen.byte(crate::operations::MARKET | if day_of_it.is_some() { crate::operations::WITH_DAY } else { 0 });
    write_rules(&rules, &mut pen)?;
    if let Some(words) = day_of_it {
        write_day(words, &mut pen)?;
    }
    for &(after, message) in steps {
        messages::write(&Step { after, message: text::parse(message) }, &mut pen);
    }
    Ok(pen.0)
}

/// A random market with a random day and messages that suit it, as an input.
pub fn random_market(n: u64) -> Vec<u8> {
    let mut stream = StreamKey::root(n).child("seed").stream();
    let mut pen = Pen(vec![crate::operations::MARKET | crate::operations::WITH_DAY]);
    let rules = random::all_rules();
    write_rules(&rules[n as usize % rules.len()], &mut pen).expect("rules of the same grids");
    pen.byte(ANY_DAY);
    (0..DAY_BYTES).for_each(|_| pen.byte(stream.u64() as u8));
    (0..80).for_each(|_| messages::write(&days::next_step(&mut stream), &mut pen));
    pen.0
}

fn write_rules(rules: &MarketRules, pen: &mut Pen) -> Result<(), String> {
    let self_trade = SELF_TRADE.iter().position(|&one| one == rules.self_trade).map_or(0, |at| at as u8);
    let matching = match rules.matching {
        Matching::PriceTime => 0,
        Matching::ProRata { .. } => 1,
        Matching::FifoProRata { .. } => 2,
        Matching::LeadMaker { .. } => 3,
        Matching::SizeTime => 4,
    };
    let MarketRules { limits, ticks, lots, .. } = rules.clone();
    let grid = Grid { limits, ticks, lots };
    let grids = random::grids();
    let grid = grids.iter().position(|one| *one == grid).ok_or_else(|| format!("no such grid: {grid:?}"))?;
    pen.byte(grid as u8 * 25 + self_trade * 5 + matching);
    pen.price(MIDDLE, rules.reference);
    match &rules.matching {
        Matching::ProRata { min } => pen.qty(*min),
        Matching::FifoProRata { share } => pen.byte(*share),
        Matching::LeadMaker { share, agents } => {
            pen.byte(*share);
            pen.byte(agents.iter().fold(0, |who, agent| who | 1 << agent.0));
        }
        Matching::PriceTime | Matching::SizeTime => {}
    }
    Ok(())
}

fn write_day(words: &str, pen: &mut Pen) -> Result<(), String> {
    let mut parts: Vec<&str> = words.split(", ").collect();
    let unknown = |parts: &[&str]| format!("no such day: {words} ({parts:?})");
    let is_stage = |part: &&str| part.ends_with(" long") || part.contains(" at ");
    let of_stages: Vec<&str> = parts.iter().copied().filter(is_stage).collect();
    parts.retain(|part| !is_stage(part));
    let of_stages = of_stages.join(", ");
    let stage = STAGES.iter().position(|&stages| stages == of_stages).ok_or_else(|| unknown(&parts))?;
    let guard = parts.iter().find_map(|part| GUARDS.iter().position(|guard| guard == part)).unwrap_or(0);
    parts.retain(|part| *part != GUARDS[guard]);
    let mut options = 0;
    for part in &parts {
        options |= 1 << OPTIONS.iter().position(|option| option == part).ok_or_else(|| unknown(&parts))?;
    }
    [stage as u8, guard as u8, options].into_iter().for_each(|byte| pen.byte(byte));
    Ok(())
}
