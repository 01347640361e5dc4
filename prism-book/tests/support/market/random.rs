//! Random messages that have much to do with each other: four agents with sixteen ids each, prices within a dozen
//! ticks, every term, and many combinations that are refused.
//!
//! A message is read from twenty bytes, in which zeros are a plain order: so a sequence of bytes shrinks to plain
//! messages, and the same reading serves a long run with a generator of its own.

use prism_book::SelfTrade;
use prism_book::day::{LotRule, TickTable};
use prism_book::market::{Limits, MarketRules, Matching};
use prism_core::msg::{Display, Expiry, Peg, PegTo, Session, Terms, Trigger};
use prism_core::rng::RngStream;
use prism_core::types::{AgentId, OrderId, Price, Qty, Side, Span, Tif, Time};

use super::{Message, Step};

const AGENTS: u8 = 4;
const IDS: u8 = 16;
/// The price around which everything happens.
pub const MIDDLE: i64 = 100;

pub const SELF_TRADE: [SelfTrade; 5] = [
    SelfTrade::Allow,
    SelfTrade::CancelNewest,
    SelfTrade::CancelOldest,
    SelfTrade::CancelBoth,
    SelfTrade::Decrement,
];

pub fn matchings() -> Vec<Matching> {
    vec![
        Matching::PriceTime,
        Matching::ProRata { min: Qty(1) },
        Matching::ProRata { min: Qty(4) },
        Matching::FifoProRata { share: 40 },
        Matching::LeadMaker { share: 30, agents: vec![AgentId(1), AgentId(3)] },
        Matching::SizeTime,
    ]
}

/// Which prices and sizes are good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    pub limits: Limits,
    pub ticks: TickTable,
    pub lots: LotRule,
}

pub fn grids() -> Vec<Grid> {
    let table = |rows: &[(i64, i64)]| {
        let rows: Vec<_> = rows.iter().map(|&(from, step)| (Price(from), step)).collect();
        TickTable::new(&rows).unwrap()
    };
    let any = Grid { limits: Limits::default(), ticks: TickTable::default(), lots: LotRule::default() };
    let two_steps = table(&[(96, 2), (104, 4)]);
    vec![
        any.clone(),
        Grid { ticks: two_steps.clone(), ..any.clone() },
        Grid { ticks: table(&[(99, 3)]), lots: LotRule::new(Qty(2), false).unwrap(), ..any.clone() },
        Grid { limits: Limits { lowest: Price(96), highest: Price(105), worth: 3_600 }, ..any.clone() },
        Grid {
            limits: Limits { worth: 4_000, ..Limits::default() },
            ticks: two_steps,
            lots: LotRule::new(Qty(3), true).unwrap(),
        },
    ]
}

/// Every combination of the rules of a market, so that the first thirty have every rule of each kind.
pub fn all_rules() -> Vec<MarketRules> {
    let (matchings, grids) = (matchings(), grids());
    let mut all = Vec::new();
    for round in 0..grids.len() {
        for (n, matching) in matchings.iter().enumerate() {
            for (m, self_trade) in SELF_TRADE.into_iter().enumerate() {
                let Grid { limits, ticks, lots } = grids[(round + n + m) % grids.len()].clone();
                let (reference, matching) = (Price(MIDDLE), matching.clone());
                all.push(MarketRules { self_trade, matching, reference, limits, ticks, lots });
            }
        }
    }
    all
}

/// The next message of a long run.
pub fn next(random: &mut RngStream) -> Step {
    let mut bytes = [0; BYTES];
    for eight in bytes.chunks_mut(8) {
        eight.copy_from_slice(&random.u64().to_le_bytes()[..eight.len()]);
    }
    read(&bytes)
}

/// The bytes of one message.
pub const BYTES: usize = 24;

/// The bytes of one message, each for one question.
pub(super) struct Source<'a>(pub(super) std::slice::Iter<'a, u8>);

impl Source<'_> {
    pub(super) fn byte(&mut self) -> u8 {
        self.0.next().copied().unwrap_or(0)
    }

    pub(super) fn below(&mut self, n: u8) -> u8 {
        self.byte() % n
    }

    /// True once in `n` times, never for a zero byte.
    pub(super) fn once_in(&mut self, n: u8) -> bool {
        self.below(n) == n - 1
    }

    fn lots(&mut self) -> Qty {
        Qty(1 + u64::from(self.below(50)))
    }

    fn id(&mut self) -> OrderId {
        let agent = AgentId(u32::from(self.below(AGENTS)));
        OrderId::new(agent, u32::from(self.below(IDS)))
    }

    /// An order for an order of `id` to name: mostly one of the same agent.
    fn linked(&mut self, id: OrderId) -> OrderId {
        let byte = self.byte();
        if byte < 250 { OrderId::new(id.agent(), u32::from(byte % IDS)) } else { self.id() }
    }

    /// A price that trades about one time in two.
    fn price(&mut self, side: Side) -> Price {
        Price(MIDDLE + side.sign() * (4 - i64::from(self.below(10))))
    }
}

/// A message from bytes.
pub fn read(bytes: &[u8; BYTES]) -> Step {
    let mut from = Source(bytes.iter());
    let kind = from.below(100);
    let after = Span::nanos(if from.once_in(3) { i64::from(from.below(8)) } else { 0 });
    let id = from.id();
    let side = if from.once_in(2) { Side::Sell } else { Side::Buy };
    let message = match kind {
        0..58 => new_order(&mut from, id, side),
        58..74 => Message::Cancel { id },
        74..82 => Message::Reduce { id, by: Qty(u64::from(from.below(20))) },
        82..97 => {
            let price = match from.below(20) {
                18 => Price::MAX,
                19 => Price::MIN,
                _ => from.price(side),
            };
            let qty = if from.once_in(30) { Qty::ZERO } else { from.lots() };
            Message::Replace { id, price, qty }
        }
        _ => Message::Wait,
    };
    Step { after, message }
}

fn new_order(from: &mut Source<'_>, id: OrderId, side: Side) -> Message {
    let mut qty = from.lots();
    let mut price = Some(from.price(side));
    let mut terms = Terms::default();
    let mut tif = match from.below(16) {
        0..9 => Tif::Gtc,
        9 | 10 => Tif::Ioc,
        11 | 12 => Tif::Fok,
        13 => Tif::PostOnly,
        how => {
            price = None;
            if how == 14 { Tif::Ioc } else { Tif::Fok }
        }
    };
    // Mostly one term, in a form that is accepted; sometimes two that may contradict each other.
    let terms_of_it = if from.once_in(6) { 2 } else { 1 };
    for _ in 0..terms_of_it {
        let fit = !from.once_in(16);
        let term = from.below(36);
        let n = from.byte();
        let small = u64::from(n % 10) + 1;
        match term {
            8 | 9 => {
                let away = i64::from(n % 9) - 2;
                terms.trigger = Some(Trigger::Stop { price: Price(MIDDLE + side.sign() * away) });
            }
            10 => terms.trigger = Some(Trigger::Trail { ticks: u32::from(n % 6) }),
            11 => terms.trigger = Some(Trigger::TrailBp { bp: u16::from(n) * 4 }),
            12..15 => terms.display = Display::Peak { qty: Qty(small) },
            15 | 16 => {
                terms.display = Display::RandomPeak { low: Qty(small), high: Qty(small + u64::from(n / 50)) };
            }
            17 | 18 => terms.display = Display::Hidden,
            19..26 => {
                let to = [PegTo::Primary, PegTo::Market, PegTo::Midpoint][usize::from(term % 3)];
                terms.peg = Some(Peg { to, offset: i32::from(n % 7) - 3 });
                if to == PegTo::Midpoint || n > 220 {
                    terms.display = Display::Hidden;
                }
                if n.is_multiple_of(5) {
                    price = None;
                }
            }
            26..29 => terms.min_qty = Qty(qty.0.min(small * 3)),
            29 | 30 => terms.min_qty = qty,
            31 => {
                terms.market_to_limit = true;
                if fit {
                    (price, tif) = (None, Tif::Ioc);
                }
            }
            32 | 33 => {
                terms.slide = true;
                if fit {
                    tif = Tif::PostOnly;
                }
            }
            34 if n.is_multiple_of(4) => {
                terms.session = [Session::AtOpen, Session::AtClose][usize::from(n / 128)];
            }
            35 if n.is_multiple_of(4) => {
                qty = [Qty::ZERO, Qty::MAX, Qty(u64::MAX), Qty(1)][usize::from(n / 64)];
            }
            _ => {}
        }
        let rests = matches!(term, 12..31);
        if fit && rests && matches!(tif, Tif::Ioc | Tif::Fok) {
            tif = Tif::Gtc;
            if terms.peg.is_none() && price.is_none() {
                price = Some(Price(MIDDLE));
            }
        }
        if fit && matches!(term, 8..12 | 19..31) && tif == Tif::PostOnly {
            tif = Tif::Gtc;
        }
    }
    if from.once_in(6) {
        let time = Time::from_nanos(i64::from(from.below(24)));
        terms.expiry = if from.once_in(10) { Expiry::Day } else { Expiry::At { time } };
    }
    if from.once_in(5) {
        terms.oco = Some(from.linked(id));
    }
    if from.once_in(6) {
        terms.after = Some(from.linked(id));
    }
    Message::New { id, side, qty, price, tif, terms }
}
