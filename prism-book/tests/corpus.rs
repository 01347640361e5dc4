//! Every case of `testdata/` on every engine. The format is in `testdata/README.md`.
#![allow(clippy::unwrap_used)]

#[path = "support/corpus_files.rs"]
mod corpus_files;
mod support;

use std::collections::BTreeMap;

use prism_book::auction::{Allocation, Call, Candidates, Clearing, Rules, Tie};
use prism_book::{BookEngine, Fill, Handle, Incoming, Ladder, Naive, Outcome, Taken};
use prism_core::types::{OrderId, Price, Qty, Side, Tif};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    r#do: String,
    #[serde(default)]
    fills: Vec<String>,
    gives: String,
    bids: Option<Vec<String>>,
    asks: Option<Vec<String>>,
}

/// An engine with the handles of the orders by id.
#[derive(Default)]
struct Desk<B> {
    book: B,
    handles: BTreeMap<u64, Handle>,
    call: Call<B>,
    waiting: BTreeMap<u64, Handle>,
    fills: Vec<String>,
}

fn size(qty: Qty) -> String {
    if qty == Qty::MAX { "max".to_owned() } else { qty.0.to_string() }
}

fn quote(price: Price) -> String {
    match price.0 {
        i64::MIN => "min".to_owned(),
        i64::MAX => "max".to_owned(),
        n if n == i64::MAX - 1 => "max-1".to_owned(),
        n => n.to_string(),
    }
}

fn number(text: &str) -> u64 {
    match text {
        "max" => Qty::MAX.0,
        "max+1" => Qty::MAX.0 + 1,
        _ => text.parse().unwrap_or_else(|_| panic!("size or id {text:?}")),
    }
}

fn price(text: &str, side: Side) -> Price {
    Price(match (text, side) {
        ("market", Side::Buy) | ("max", _) => i64::MAX,
        ("market", Side::Sell) | ("min", _) => i64::MIN,
        ("max-1", _) => i64::MAX - 1,
        _ => text.parse().unwrap_or_else(|_| panic!("price {text:?}")),
    })
}

fn taken(taken: Option<Taken>) -> String {
    taken.map_or("too late".to_owned(), |t| format!("took {}, {} left", size(t.qty), size(t.left)))
}

fn rules(words: &[&str]) -> Rules {
    let mut rules = Rules::default();
    for &word in words {
        match word {
            "ticks" => rules.candidates = Candidates::Ticks,
            "nearest" => rules.tie = Tie::Reference,
            "pro-rata" => rules.allocation = Allocation::ProRata,
            _ => panic!("rule {word:?}"),
        }
    }
    rules
}

impl<B: BookEngine> Desk<B> {
    fn handle(&self, id: &str) -> Handle {
        self.handles.get(&number(id)).copied().unwrap_or(Handle::from_raw(u64::MAX))
    }

    fn outcome(&mut self, id: u64, outcome: Outcome, fills: &[Fill]) -> String {
        self.fills = fills
            .iter()
            .map(|f| format!("{}: {} @ {}, {}", f.maker.0, size(f.qty), quote(f.price), size(f.left)))
            .collect();
        match outcome {
            Outcome::Rests { handle, left } => {
                self.handles.insert(id, handle);
                format!("rests {}", size(left))
            }
            Outcome::Filled => "filled".to_owned(),
            Outcome::Cancelled { left } => format!("cancelled {}", size(left)),
            Outcome::Kept { left } => format!("kept {}", size(left)),
            Outcome::Refused(why) => format!("refused {why:?}"),
        }
    }

    fn step(&mut self, text: &str) -> String {
        self.fills.clear();
        let words: Vec<&str> = text.split([' ', ':']).filter(|word| !word.is_empty()).collect();
        let mut fills = Vec::new();
        let mut note = |fill| fills.push(fill);
        let side = |word: &str| if word == "buy" { Side::Buy } else { Side::Sell };
        match words[..] {
            [way @ ("buy" | "sell"), id, qty, "@", limit, ref tif @ ..] => {
                let tif = match tif {
                    [] => Tif::Gtc,
                    ["ioc"] => Tif::Ioc,
                    ["fok"] => Tif::Fok,
                    ["post"] => Tif::PostOnly,
                    other => panic!("time in force {other:?}"),
                };
                let (side, id) = (side(way), number(id));
                let (qty, price) = (Qty(number(qty)), price(limit, side));
                let order = Incoming { id: OrderId(id), side, tif, qty, price };
                let outcome = self.book.submit(order, &mut note);
                self.outcome(id, outcome, &fills)
            }
            ["replace", id, qty, "@", limit] => {
                let (handle, qty, price) = (self.handle(id), Qty(number(qty)), price(limit, Side::Buy));
                let outcome = self.book.replace(handle, price, qty, &mut note);
                self.outcome(number(id), outcome, &fills)
            }
            ["insert", way, id, qty, "@", limit] => {
                let (side, id, qty) = (side(way), number(id), Qty(number(qty)));
                match self.book.insert_resting(OrderId(id), side, price(limit, side), qty) {
                    Ok(handle) => {
                        self.handles.insert(id, handle);
                        format!("rests {}", size(qty))
                    }
                    Err(why) => format!("refused {why:?}"),
                }
            }
            ["cancel", id] => {
                let gone = self.book.cancel(self.handle(id));
                gone.map_or("too late".to_owned(), |qty| format!("took {}", size(qty)))
            }
            ["reduce", id, "by", qty] => taken(self.book.reduce(self.handle(id), Qty(number(qty)))),
            ["execute", id, "by", qty] => taken(self.book.execute(self.handle(id), Qty(number(qty)))),
            ["move", id, qty, "@", limit] => {
                let (handle, qty, price) = (self.handle(id), Qty(number(qty)), price(limit, Side::Buy));
                let outcome = self.book.replace_resting(handle, price, qty);
                self.outcome(number(id), outcome, &[])
            }
            ["market", "cancel", id] => {
                let gone = self.call.cancel(self.waiting[&number(id)]);
                gone.map_or("too late".to_owned(), |qty| format!("took {}", size(qty)))
            }
            ["market", "reduce", id, "by", qty] => {
                taken(self.call.reduce(self.waiting[&number(id)], Qty(number(qty))))
            }
            ["market", way, id, qty] => {
                let (id, qty) = (number(id), Qty(number(qty)));
                match self.call.add(OrderId(id), side(way), qty) {
                    Ok(handle) => {
                        self.waiting.insert(id, handle);
                        format!("waits {}", size(qty))
                    }
                    Err(why) => format!("refused {why:?}"),
                }
            }
            ["market", "back"] => {
                let mut back = Vec::new();
                self.call.clear(&mut |id, _, qty| back.push(format!("{}*{}", id.0, size(qty))));
                back.join(" ")
            }
            [what @ ("indicative" | "uncross"), "@", reference, ref with @ ..] => {
                self.call.rules = rules(with);
                let reference = price(reference, Side::Buy);
                let (call, book) = (&mut self.call, &mut self.book);
                let clearing = match what {
                    "uncross" => call.uncross(book, reference, &mut |of| {
                        let way = if of.side == Side::Buy { "buy" } else { "sell" };
                        let market = if of.limit.is_none() { " market" } else { "" };
                        self.fills.push(format!(
                            "{way}{market} {}: {}, {}",
                            of.id.0,
                            size(of.qty),
                            size(of.left)
                        ));
                    }),
                    _ => call.indicative(book, reference),
                };
                clearing.map_or("nothing".to_owned(), |Clearing { price, volume, surplus }| {
                    format!("{volume} @ {}, {surplus:+}", quote(price))
                })
            }
            ["clear"] => {
                self.book.clear();
                "cleared".to_owned()
            }
            _ => panic!("step {text:?}"),
        }
    }

    fn side(&self, side: Side) -> Vec<String> {
        let mut levels: Vec<(Price, String)> = Vec::new();
        for (handle, order) in self.book.orders(side) {
            assert_eq!(self.book.get(handle), Some(order));
            let text = format!(" {}*{}", order.id.0, size(order.left));
            match levels.last_mut() {
                Some((price, line)) if *price == order.price => line.push_str(&text),
                _ => levels.push((order.price, format!("{}:{text}", quote(order.price)))),
            }
        }
        let prices = self.book.levels(side).map(|level| level.price);
        assert!(levels.iter().map(|&(price, _)| price).eq(prices));
        levels.into_iter().map(|(_, line)| line).collect()
    }
}

fn run<B: BookEngine>(case: &Case) -> Vec<Vec<u64>> {
    let mut desk = Desk::<B>::default();
    let mut digests = Vec::new();
    for step in &case.steps {
        let gives = desk.step(&step.r#do);
        let at = format!("{}: {}", case.name, step.r#do);
        assert_eq!((&desk.fills, &gives), (&step.fills, &step.gives), "{at}");
        for (side, want) in [(Side::Buy, &step.bids), (Side::Sell, &step.asks)] {
            if let Some(want) = want {
                assert_eq!(&desk.side(side), want, "{at}, {side:?}");
            }
        }
        desk.book.check().unwrap_or_else(|wrong| panic!("{at}: {wrong}"));
        digests.push(support::digest(&desk.book));
        digests.push(support::digest(desk.call.market()));
    }
    digests
}

fn run_file(file: &File) {
    for case in &file.case {
        assert_eq!(run::<Naive>(case), run::<Ladder>(case), "digests of {}", case.name);
    }
}

corpus_files::corpus! { "testdata", run_file: priority partial_fills ioc_fok post_only replace reduce stale_handles empty_books extremes feeds auction }
