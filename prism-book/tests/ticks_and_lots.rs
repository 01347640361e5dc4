//! Tick tables and lot rules in a market and at an exchange.
#![allow(clippy::unwrap_used)]

mod support;

use prism_book::auction::{Candidates, Rules};
use prism_book::day::{BandWidth, BandsRules, Day, LotRule, Stage, TickTable};
use prism_book::venue::Exchange;
use prism_book::{DayRules, Ladder, Market, MarketRules, Orders, Phase, Told};
use prism_core::market::Level;
use prism_core::msg::{Order, PegTo, Reject, Report, Request, Terms};
use prism_core::rng::StreamKey;
use prism_core::types::{
    AgentId, BookId, Instruments, OrderId, Price, Qty, Side, Span, Symbol, Tif, Time, VenueId,
};
use prism_core::venue::{Venue, VenueError, VenueOut, VenuePlace, VenueSpec};
use support::Numbers;

const BOOK: BookId = BookId(0);

/// Every tick below 1000, every fifth up to 2000, every tenth from there on.
fn table() -> TickTable {
    TickTable::new(&[(Price(1_000), 5), (Price(2_000), 10)]).unwrap()
}

struct Desk {
    market: Market<Ladder>,
    index: Orders,
    counter: u32,
}

impl Desk {
    fn new(rules: MarketRules, day: Option<DayRules>) -> Desk {
        let market = Market::new(rules, StreamKey::root(1));
        let market = day.map_or(Ok(market.clone()), |day| market.with_day(day)).unwrap();
        Desk { market, index: Orders::new(4).unwrap(), counter: 0 }
    }

    fn ticked() -> Desk {
        Desk::new(MarketRules { ticks: table(), ..MarketRules::new(Price(1_500)) }, None)
    }

    fn send(&mut self, now: Time, order: Order, terms: &Terms) -> Vec<Told> {
        let mut tape = Vec::new();
        self.counter += 1;
        let id = OrderId::new(AgentId(self.counter % 4), self.counter);
        let told = &mut |_: &mut Orders, told| tape.push(told);
        if *terms == Terms::default() {
            self.market.submit(now, id, &order, &mut self.index, told);
        } else {
            self.market.submit_with(now, id, &order, terms, &mut self.index, told);
        }
        tape
    }

    fn plain(&mut self, side: Side, price: i64) -> Vec<Told> {
        self.send(Time::ZERO, Order::limit(BOOK, side, Qty(10), Price(price)), &Terms::default())
    }
}

fn accepted(tape: &[Told]) -> Option<i64> {
    tape.iter().find_map(|told| if let Told::Accepted { price, .. } = told { Some(price.0) } else { None })
}

fn rejected(tape: &[Told]) -> Option<Reject> {
    tape.iter().find_map(|told| if let Told::Rejected { why, .. } = told { Some(*why) } else { None })
}

#[test]
fn prices_between_the_steps_are_refused() {
    for terms in [Terms::default(), Terms::hidden()] {
        for (price, good) in
            [(999, true), (1_000, true), (1_003, false), (1_995, true), (2_005, false), (2_010, true)]
        {
            let order = Order::limit(BOOK, Side::Buy, Qty(10), Price(price));
            let told = Desk::ticked().send(Time::ZERO, order, &terms);
            assert_eq!(rejected(&told), (!good).then_some(Reject::BadPrice), "{price} {terms:?}");
        }
    }
    let mut desk = Desk::ticked();
    let stop = Order::market(BOOK, Side::Sell, Qty(10));
    assert_eq!(rejected(&desk.send(Time::ZERO, stop, &Terms::stop(Price(1_402)))), Some(Reject::BadPrice));
    assert_eq!(accepted(&desk.send(Time::ZERO, stop, &Terms::stop(Price(1_405)))), Some(1_405));
    assert_eq!(accepted(&desk.plain(Side::Buy, 1_450)), Some(1_450));
    let (id, mut tape) = (OrderId::new(AgentId(3), 3), Vec::new());
    let mut told = |_: &mut Orders, told| tape.push(told);
    desk.market.replace(Time::ZERO, id, Price(1_452), Qty(5), &mut desk.index, &mut told);
    desk.market.replace(Time::ZERO, id, Price(1_455), Qty(5), &mut desk.index, &mut told);
    assert_eq!((rejected(&tape[..1]), accepted(&tape[1..])), (Some(Reject::BadPrice), Some(1_455)));
}

#[test]
fn slides_and_pegs_stay_on_the_table() {
    let mut desk = Desk::ticked();
    desk.plain(Side::Sell, 2_000);
    let post = Order::limit(BOOK, Side::Buy, Qty(1), Price(2_000)).tif(Tif::PostOnly);
    assert_eq!(accepted(&desk.send(Time::ZERO, post, &Terms::slide())), Some(1_995), "the step below 2000");
    let mut desk = Desk::ticked();
    desk.plain(Side::Buy, 2_000);
    let post = Order::limit(BOOK, Side::Sell, Qty(1), Price(1_995)).tif(Tif::PostOnly);
    assert_eq!(accepted(&desk.send(Time::ZERO, post, &Terms::slide())), Some(2_010), "the step above 2000");

    let peg = |side, to, offset| {
        let mut desk = Desk::ticked();
        desk.plain(Side::Buy, 1_400);
        desk.plain(Side::Sell, 1_425);
        let order = Order::market(BOOK, side, Qty(1));
        let terms = Terms::peg(to, offset);
        let terms =
            if to == PegTo::Midpoint { Terms { display: Terms::hidden().display, ..terms } } else { terms };
        accepted(&desk.send(Time::ZERO, Order { tif: Tif::Gtc, ..order }, &terms))
    };
    assert_eq!(peg(Side::Buy, PegTo::Primary, 3), Some(1_400), "1403, down");
    assert_eq!(peg(Side::Sell, PegTo::Primary, 3), Some(1_425), "1422, up");
    assert_eq!(peg(Side::Buy, PegTo::Market, 0), Some(1_420), "behind 1425");
    assert_eq!(peg(Side::Sell, PegTo::Market, 0), Some(1_405), "behind 1400");
    assert_eq!(
        (peg(Side::Buy, PegTo::Midpoint, 0), peg(Side::Sell, PegTo::Midpoint, 0)),
        (Some(1_410), Some(1_415))
    );
}

/// Continuous trading with bands of 1 % around 1503: from 1488 to 1518.
fn banded() -> Desk {
    let always = Stage { phase: Phase::Continuous, from: Span::ZERO, random_end: Span::ZERO };
    let bands = BandsRules {
        widths: vec![(Price::MIN, BandWidth::Bp(100))],
        window: Span::secs(300),
        moves: 100,
        patience: Span::secs(15),
        pause: Span::secs(60),
    };
    let day = DayRules::new(Day::new(Span::MAX, &[always]).unwrap(), Time::ZERO).bands(bands);
    Desk::new(MarketRules { ticks: table(), ..MarketRules::new(Price(1_503)) }, Some(day))
}

#[test]
fn bands_are_rounded_inwards_and_lean_on_the_last_good_price() {
    let mut desk = banded();
    assert_eq!(accepted(&desk.plain(Side::Buy, 1_600)), Some(1_515), "1518, down");
    assert_eq!(desk.market.next_due(), Some(Time::ZERO + Span::secs(15)), "a limit state");
    let mut desk = banded();
    assert_eq!(accepted(&desk.plain(Side::Sell, 1_400)), Some(1_490), "1488, up");
    assert_eq!(desk.market.next_due(), Some(Time::ZERO + Span::secs(15)));
    let mut desk = banded();
    assert_eq!(accepted(&desk.plain(Side::Buy, 1_510)), Some(1_510));
    assert_eq!(desk.market.next_due(), None, "not at the band");
}

#[test]
fn whatever_is_sent_all_prices_are_good() {
    let (mut seen, table) = (0, table());
    for seed in 0..60 {
        let mut n = Numbers(seed);
        let mut desk = if seed % 2 == 0 { Desk::ticked() } else { banded() };
        for step in 0..200 {
            let side = if n.below(2) == 0 { Side::Buy } else { Side::Sell };
            let price = Price(1_500 + n.between(-40, 40));
            let order = Order::limit(BOOK, side, Qty(1 + n.below(30)), price);
            let (order, terms) = match n.below(8) {
                0 => (
                    Order { tif: Tif::Gtc, ..Order::market(BOOK, side, order.qty) },
                    Terms::peg(PegTo::Primary, 2),
                ),
                1 => (order, Terms::peg(PegTo::Market, -1)),
                2 => (order.tif(Tif::PostOnly), Terms::slide()),
                3 => (Order::market(BOOK, side, order.qty), Terms::market_to_limit()),
                _ => (order, Terms::default()),
            };
            for told in desk.send(Time::ZERO + Span::secs(step), order, &terms) {
                match told {
                    Told::Trade { price, .. } => {
                        assert!(table.fits(price), "{order:?} {terms:?} {told:?}");
                        seen += 1;
                    }
                    // A held order is told at its limit, which a peg need not have.
                    Told::Accepted { price, .. } => {
                        assert!(table.fits(price) || price == Price::MAX || price == Price::MIN, "{told:?}");
                    }
                    _ => {}
                }
            }
            for side in Side::BOTH {
                assert!(desk.market.levels(side).all(|level| table.fits(level.price)));
            }
            desk.market.check().unwrap();
        }
    }
    assert!(seen > 500, "{seen}");
}

#[test]
fn lots() {
    let lots = |odd| LotRule::new(Qty(100), odd).unwrap();
    let mut desk = Desk::new(MarketRules { lots: lots(false), ..MarketRules::new(Price(100)) }, None);
    let order = |qty| Order::limit(BOOK, Side::Buy, Qty(qty), Price(100));
    for terms in [Terms::default(), Terms::hidden()] {
        assert_eq!(rejected(&desk.send(Time::ZERO, order(150), &terms)), Some(Reject::BadQty));
        assert_eq!(rejected(&desk.send(Time::ZERO, order(200), &terms)), None);
    }
    let (mut venue, mut out) = (build(&exchange().lots(lots(true))).unwrap(), VenueOut::new());
    for (n, (price, qty)) in [(101, 60), (100, 250), (99, 1_000)].into_iter().enumerate() {
        let id = OrderId::new(AgentId(0), u32::try_from(n).unwrap());
        let order = Order::limit(BOOK, Side::Buy, Qty(qty), Price(price));
        venue.handle(Time::ZERO, &Request::New { id, order }, &mut out);
    }
    assert!(out.reports().all(|report| matches!(report, Report::Accepted { .. })));
    let best = Level { price: Price(100), qty: Qty(200) };
    assert_eq!((venue.top(BOOK).bid(), venue.top(BOOK).ask()), (Some(best), None));
    let mut levels = Vec::new();
    venue.depth(BOOK, Side::Buy, 1, &mut levels);
    assert_eq!(levels, [Level { price: Price(101), qty: Qty(60) }], "odd lots are there");
}

fn exchange() -> Exchange {
    Exchange::new("X").list(Symbol::new("A").tick("0.01").start("1.00"))
}

fn build(spec: &Exchange) -> Result<Box<dyn Venue>, VenueError> {
    let instruments = Instruments::build(&[("X".to_owned(), spec.symbols().to_vec())]).unwrap();
    let key = StreamKey::root(1);
    spec.build(&VenuePlace { id: VenueId(0), instruments: &instruments, agents: 2, key })
}

#[test]
fn a_table_and_auctions_at_any_tick_contradict_each_other() {
    let always = Stage { phase: Phase::Continuous, from: Span::ZERO, random_end: Span::ZERO };
    let day = DayRules::new(Day::new(Span::MAX, &[always]).unwrap(), Time::ZERO);
    let any = day.clone().auction(Rules { candidates: Candidates::Ticks, ..Rules::default() });
    let ticked = || exchange().tick_table(table());
    assert!(build(&ticked().day(day)).is_ok());
    let wrong = build(&ticked().day(any)).err().unwrap().to_string();
    assert_eq!(wrong, "`auction candidates` must be the limits, where there is a tick table");
}
