//! Random trading days, so short that a few hundred messages are several of them, and messages that suit them.

use std::fmt;

use prism_book::auction::{Allocation, Candidates, Tie};
use prism_book::day::{BandWidth, BandsRules, CorridorRules, Day, Stage, TickTable};
use prism_book::market::{Beyond, CallTime, Collar, DayRules, Halted, MarketRules};
use prism_core::msg::{Expiry, Phase, Session, Terms};
use prism_core::rng::RngStream;
use prism_core::types::{OrderId, Price, Span, Tif, Time};

use super::random::{BYTES, MIDDLE, Source, read};
use super::text_of_days::words_of;
use super::{Message, Step};

/// A day's rules, printed as the text that `text_of_days::day` reads.
#[derive(Clone)]
pub struct RandomDay {
    pub rules: DayRules,
    pub length: Span,
    stages: Vec<Stage>,
}

impl fmt::Debug for RandomDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", words_of(&self.rules, self.length, &self.stages))
    }
}

/// The next day of a long run.
pub fn next_day(random: &mut RngStream) -> RandomDay {
    day(&bytes(random))
}

/// The rules of a market that can have a day: auctions at any tick and a tick table contradict each other.
pub fn suited(rules: &MarketRules, day: &DayRules) -> MarketRules {
    let any_tick = day.auction.candidates == Candidates::Ticks;
    let ticks = if any_tick { TickTable::default() } else { rules.ticks.clone() };
    MarketRules { ticks, ..rules.clone() }
}

/// The next message of a long run.
pub fn next_step(random: &mut RngStream) -> Step {
    step(&bytes(random))
}

fn bytes<const N: usize>(random: &mut RngStream) -> [u8; N] {
    let mut bytes = [0; N];
    for eight in bytes.chunks_mut(8) {
        eight.copy_from_slice(&random.u64().to_le_bytes()[..eight.len()]);
    }
    bytes
}

const MORE: usize = BYTES + 8;

fn nanos(count: u8) -> Span {
    Span::nanos(count.into())
}

/// The stages of a day: each phase with the least time that it lasts.
fn phases(kind: u8) -> &'static [(Phase, u8)] {
    use Phase::{Closed, Closing, Continuous, Halted, Opening, PreOpen, Volatility};
    match kind {
        0 | 1 => &[(Opening, 15), (Continuous, 90), (Closing, 15), (Closed, 15)],
        2 => &[(PreOpen, 15), (Opening, 15), (Continuous, 90), (Closing, 15), (Closed, 15)],
        3 => &[(Continuous, 60), (Closed, 15)],
        4 => &[(Opening, 15), (Continuous, 40), (Volatility, 15), (Continuous, 40), (Closing, 15)],
        5 => &[(Continuous, 100)],
        6 => &[(Opening, 15), (Continuous, 40), (Halted, 15), (Continuous, 40), (Closing, 15), (Closed, 15)],
        _ => &[(PreOpen, 15), (Continuous, 60), (Closing, 15), (PreOpen, 15), (Closed, 15)],
    }
}

/// A day from bytes, each for one question.
pub fn day(bytes: &[u8; BYTES]) -> RandomDay {
    let from = &mut Source(bytes.iter());
    let phases = phases(from.below(8));
    let ends_at_random = from.once_in(3);
    let mut at = nanos(from.below(10));
    let mut stages = Vec::new();
    for &(phase, least) in phases {
        let random_end = if ends_at_random { nanos(from.below(12)) } else { Span::ZERO };
        stages.push(Stage { phase, from: at, random_end });
        at = at + nanos(least + from.below(60));
    }
    // The random end of the last stage but one is over before the day.
    stages.last_mut().unwrap().random_end = Span::ZERO;
    let mut rules = DayRules::new(Day::new(at, &stages).unwrap(), Time::ZERO + nanos(from.below(5)));
    rules.volatility = CallTime { length: nanos(from.below(30) + 1), random_end: nanos(from.below(9)) };
    if from.once_in(3) {
        rules.auction.candidates = Candidates::Ticks;
    }
    if from.once_in(3) {
        rules.auction.tie = Tie::Reference;
    }
    if from.once_in(2) {
        rules.auction.allocation = Allocation::ProRata;
    }
    if from.once_in(3) {
        let bp = u32::from(from.below(4) + 1) * 100;
        rules.collar =
            Some(Collar { bp, extension: nanos(from.below(10) + 1), extensions: from.below(4).into() });
    }
    if from.once_in(2) {
        rules.halted = Halted::Collect;
    }
    match from.below(8) {
        1 => rules.batch = Some(nanos(from.below(30) + 1)),
        guards @ 2.. => {
            if guards % 3 != 0 {
                rules.bands = Some(bands(from));
            }
            if guards % 3 != 1 {
                let width = |n: u8| (n > 0).then_some(u32::from(n) * 100);
                let (dynamic, statics) = (width(from.below(5)), width(from.below(7)));
                rules.corridor = Some(CorridorRules { dynamic, statics });
            }
        }
        _ => {}
    }
    if from.once_in(2) {
        rules.beyond = Beyond::Reject;
    }
    RandomDay { rules, length: at, stages }
}

fn bands(from: &mut Source<'_>) -> BandsRules {
    BandsRules {
        widths: vec![(Price::MIN, BandWidth::Bp(u32::from(from.below(5) + 1) * 100))],
        window: nanos(from.below(60) + 1),
        moves: u32::from(from.below(3)) * 60 + 1,
        patience: nanos(from.below(8) + 1),
        pause: nanos(from.below(20) + 1),
    }
}

fn step(bytes: &[u8; MORE]) -> Step {
    let (plain, more) = bytes.split_at(BYTES);
    let Step { mut after, mut message } = read(plain.try_into().unwrap());
    let from = &mut Source(more.iter());
    if from.once_in(12) {
        after = after + nanos(from.below(40));
    }
    match (from.byte(), &mut message) {
        (250.., _) => message = Message::Halt { length: nanos(from.below(30)) },
        (249, _) if from.once_in(2) => message = Message::EndDay,
        (200..249, Message::New { id, price, tif, terms, .. }) => {
            let session = if from.once_in(2) { Session::AtClose } else { Session::AtOpen };
            let market_to_limit = price.is_none() && from.once_in(3);
            *terms = Terms { session, market_to_limit, oco: None, ..Terms::default() };
            *tif = if price.is_none() { Tif::Ioc } else { Tif::Gtc };
            if from.once_in(20) {
                terms.oco = Some(OrderId::new(id.agent(), from.below(16).into()));
            }
        }
        (160..200, Message::New { tif: Tif::Gtc | Tif::PostOnly, terms, .. }) => terms.expiry = Expiry::Day,
        (150..160, Message::New { price, tif, terms, .. }) => {
            (*price, *tif) = (None, Tif::Ioc);
            *terms = Terms { market_to_limit: true, ..Terms::default() };
        }
        (140..150, Message::New { price: price @ Some(_), .. }) => {
            // Far away: beyond bands and corridors.
            let far = i64::from(from.below(30)) - 15;
            *price = Some(Price(MIDDLE + far));
        }
        _ => {}
    }
    Step { after, message }
}
