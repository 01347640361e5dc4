//! What the exchange tells of displayed orders is the displayed book, also with icebergs, pegs, stops and linked
//! orders in it, and under every matching rule.
#![allow(clippy::unwrap_used)]

mod support;
#[path = "support/terms.rs"]
mod terms;

use prism_book::feed::{OrderCopy, OrderFeed};
use prism_book::venue::{Engine, Exchange};
use prism_book::{BookEngine, Naive};
use prism_core::market::BookAction;
use prism_core::msg::Request;
use prism_core::rng::StreamKey;
use prism_core::types::{BookId, Instruments, Side, Symbol, Time, VenueId};
use prism_core::venue::{VenueOut, VenuePlace, VenueSpec};
use terms::{AGENTS, Ask, Asks, SELF_TRADES, matchings};

#[test]
fn a_copy_made_of_the_events_is_the_displayed_book() {
    let symbol = Symbol::new("A").tick("0.01").start("1.00");
    let instruments = Instruments::build(&[("X".to_owned(), vec![symbol.clone()])]).unwrap();
    let place =
        VenuePlace { id: VenueId(0), instruments: &instruments, agents: AGENTS, key: StreamKey::root(1) };
    let book = BookId(0);
    let (mut executed, mut again) = (0_u32, 0_u32);
    for (n, matching) in (0..).zip(matchings()) {
        for (m, rule) in (0..).zip(SELF_TRADES) {
            let spec = Exchange::new("X").list(symbol.clone()).matching(matching.clone()).self_trade(rule);
            let mut venue = spec.engine(Engine::Ladder).build(&place).unwrap();
            let (mut asks, mut out) = (Asks::new(100 * n + m, 60), VenueOut::new());
            let (mut feed, mut copy) = (OrderFeed::default(), OrderCopy::<Naive>::default());
            let mut levels = Vec::new();
            out.tell_book(true);
            for step in 0..3_000 {
                let ask = asks.next();
                let now = Time::from_nanos(asks.now);
                out.clear();
                match ask {
                    Ask::New(id, order, terms) => venue.handle_with(now, id, &order, &terms, &mut out),
                    Ask::Cancel(id) => venue.handle(now, &Request::Cancel { id, book }, &mut out),
                    Ask::Reduce(id, by) => venue.handle(now, &Request::Reduce { id, book, by }, &mut out),
                    Ask::Replace(id, price, qty) => {
                        venue.handle(now, &Request::Replace { id, book, price, qty }, &mut out);
                    }
                    Ask::Advance => venue.on_timer(now, &mut out),
                }
                let mut gone = None;
                for event in out.book_events() {
                    copy.apply(&feed.publish(*event)).unwrap();
                    executed += u32::from(event.action == BookAction::Execute);
                    // The next peak of an iceberg.
                    again += u32::from(event.action == BookAction::Add && gone == Some(event.id));
                    gone = event.left.is_zero().then_some(event.id);
                }
                for side in Side::BOTH {
                    venue.depth(book, side, usize::MAX, &mut levels);
                    let told: Vec<_> = copy.book().levels(side).collect();
                    assert_eq!(told, levels, "{matching:?} {rule:?} step {step}: {ask:?}");
                }
            }
        }
    }
    assert!(executed > 10_000 && again > 500, "{executed} {again}");
}
