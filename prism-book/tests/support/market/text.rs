//! Messages and what is told of them as text, the same in `testdata/market/` and in what a failing test prints.

use std::fmt;

use prism_book::market::Told;
use prism_core::msg::{Display, Expiry, Peg, PegTo, Session, Terms, Trigger};
use prism_core::types::{AgentId, OrderId, Price, Qty, Side, Span, Tif, Time};

use super::{Message, Step};

/// An id as text: the counter, with the agent before it if that is not 0.
pub fn name(id: OrderId) -> String {
    if id.agent() == AgentId(0) { id.counter().to_string() } else { id.to_string() }
}

fn id(text: &str) -> OrderId {
    let (agent, counter) = text.split_once('/').unwrap_or(("0", text));
    OrderId::new(AgentId(number(agent)), number(counter))
}

fn number<T: std::str::FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("number {text:?}"))
}

fn price(text: &str) -> Price {
    match text {
        "max" => Price::MAX,
        "min" => Price::MIN,
        _ => Price(number(text)),
    }
}

/// A price as text.
pub fn quote(price: Price) -> String {
    match price {
        Price::MAX => "max".to_owned(),
        Price::MIN => "min".to_owned(),
        Price(ticks) => ticks.to_string(),
    }
}

/// Reads a message: the words after the price are the time in force and the terms.
pub fn parse(text: &str) -> Message {
    let words: Vec<&str> = text.split([' ', ':']).filter(|word| !word.is_empty()).collect();
    match words[..] {
        ["wait"] => Message::Wait,
        ["cancel", of] => Message::Cancel { id: id(of) },
        ["reduce", of, "by", by] => Message::Reduce { id: id(of), by: Qty(number(by)) },
        ["replace", of, qty, "@", at] => {
            Message::Replace { id: id(of), price: price(at), qty: Qty(number(qty)) }
        }
        [way @ ("buy" | "sell"), of, qty, "@", at, ref rest @ ..] => {
            let side = if way == "buy" { Side::Buy } else { Side::Sell };
            let (limit, tif) = if at == "market" { (None, Tif::Ioc) } else { (Some(price(at)), Tif::Gtc) };
            let (tif, terms) = terms(tif, rest);
            Message::New { id: id(of), side, qty: Qty(number(qty)), price: limit, tif, terms }
        }
        _ => panic!("message {text:?}"),
    }
}

fn terms(mut tif: Tif, words: &[&str]) -> (Tif, Terms) {
    let mut terms = Terms::default();
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        let mut value = || words.next().unwrap_or_else(|| panic!("{word} of what"));
        match word {
            "gtc" => tif = Tif::Gtc,
            "ioc" => tif = Tif::Ioc,
            "fok" => tif = Tif::Fok,
            "post" => tif = Tif::PostOnly,
            "stop" => terms.trigger = Some(Trigger::Stop { price: price(value()) }),
            "trail" => terms.trigger = Some(Trigger::Trail { ticks: number(value()) }),
            "trail_bp" => terms.trigger = Some(Trigger::TrailBp { bp: number(value()) }),
            "peak" => terms.display = Display::Peak { qty: Qty(number(value())) },
            "peaks" => {
                terms.display = Display::RandomPeak { low: Qty(number(value())), high: Qty(number(value())) };
            }
            "hidden" => terms.display = Display::Hidden,
            "primary" => terms.peg = Some(Peg { to: PegTo::Primary, offset: number(value()) }),
            "market" => terms.peg = Some(Peg { to: PegTo::Market, offset: number(value()) }),
            "midpoint" => terms.peg = Some(Peg { to: PegTo::Midpoint, offset: number(value()) }),
            "min" => terms.min_qty = Qty(number(value())),
            "for" => terms.expiry = Expiry::At { time: Time::from_nanos(number(value())) },
            "day" => terms.expiry = Expiry::Day,
            "at_open" => terms.session = Session::AtOpen,
            "at_close" => terms.session = Session::AtClose,
            "to_limit" => terms.market_to_limit = true,
            "slide" => terms.slide = true,
            "oco" => terms.oco = Some(id(value())),
            "after" => terms.after = Some(id(value())),
            _ => panic!("term {word:?}"),
        }
    }
    (tif, terms)
}

fn words_of(terms: &Terms) -> String {
    let trigger = terms.trigger.map(|trigger| match trigger {
        Trigger::Stop { price } => format!("stop {}", quote(price)),
        Trigger::Trail { ticks } => format!("trail {ticks}"),
        Trigger::TrailBp { bp } => format!("trail_bp {bp}"),
    });
    let display = match terms.display {
        Display::Full => None,
        Display::Peak { qty } => Some(format!("peak {}", qty.0)),
        Display::RandomPeak { low, high } => Some(format!("peaks {} {}", low.0, high.0)),
        Display::Hidden => Some("hidden".to_owned()),
    };
    let peg = terms.peg.map(|peg| {
        let to = match peg.to {
            PegTo::Primary => "primary",
            PegTo::Market => "market",
            PegTo::Midpoint => "midpoint",
        };
        format!("{to} {}", peg.offset)
    });
    let min = (!terms.min_qty.is_zero()).then(|| format!("min {}", terms.min_qty.0));
    let expiry = match terms.expiry {
        Expiry::Never => None,
        Expiry::Day => Some("day".to_owned()),
        Expiry::At { time } => Some(format!("for {}", time.nanos())),
    };
    let session = match terms.session {
        Session::Any => None,
        Session::AtOpen => Some("at_open".to_owned()),
        Session::AtClose => Some("at_close".to_owned()),
    };
    let flag = |there: bool, word: &str| there.then(|| word.to_owned());
    let link = |word: &str, id: Option<OrderId>| id.map(|id| format!("{word} {}", name(id)));
    let all = [
        trigger,
        display,
        peg,
        min,
        expiry,
        session,
        flag(terms.market_to_limit, "to_limit"),
        flag(terms.slide, "slide"),
        link("oco", terms.oco),
        link("after", terms.after),
    ];
    all.into_iter().flatten().fold(String::new(), |words, word| words + " " + &word)
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Message::Wait => write!(f, "wait"),
            Message::Cancel { id } => write!(f, "cancel {}", name(*id)),
            Message::Reduce { id, by } => write!(f, "reduce {} by {}", name(*id), by.0),
            Message::Replace { id, price, qty } => {
                write!(f, "replace {}: {} @ {}", name(*id), qty.0, quote(*price))
            }
            Message::New { id, side, qty, price, tif, terms } => {
                let way = if *side == Side::Buy { "buy" } else { "sell" };
                let tif = match (tif, price) {
                    (Tif::Gtc, Some(_)) | (Tif::Ioc, None) => "",
                    (Tif::Gtc, None) => " gtc",
                    (Tif::Ioc, Some(_)) => " ioc",
                    (Tif::Fok, _) => " fok",
                    (Tif::PostOnly, _) => " post",
                };
                let price = price.map_or("market".to_owned(), quote);
                write!(f, "{way} {}: {} @ {price}{tif}{}", name(*id), qty.0, words_of(terms))
            }
        }
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.after != Span::ZERO {
            write!(f, "{{ {} ns later }} ", self.after.as_nanos())?;
        }
        self.message.fmt(f)
    }
}

/// What a market told, as text.
pub fn told(told: &Told) -> String {
    match *told {
        Told::Accepted { id, price, left } => format!("{} accepted {} @ {}", name(id), left.0, quote(price)),
        Told::Rejected { id, why, open } => {
            format!("{} rejected {why:?}{}", name(id), if open { ", open" } else { "" })
        }
        Told::Trade { maker, taker, aggressor, price, qty, maker_left, taker_left } => {
            let way = if aggressor == Side::Buy { "buys" } else { "sells" };
            let (maker, taker) = (name(maker), name(taker));
            format!(
                "{taker} {way} {} @ {}, {} left; {maker} has {} left",
                qty.0,
                quote(price),
                taker_left.0,
                maker_left.0
            )
        }
        Told::Reduced { id, left, why } => format!("{} reduced to {}, {why:?}", name(id), left.0),
        Told::Cancelled { id, left, why } => format!("{} cancelled {}, {why:?}", name(id), left.0),
        Told::Triggered { id, left } => format!("{} triggered, {}", name(id), left.0),
        Told::Phase { from, to } => format!("{from:?} to {to:?}"),
        Told::Uncrossed { price, volume, surplus } => {
            format!("uncrossed {} @ {}, surplus {surplus}", volume.0, quote(price))
        }
        Told::Indicative { price, volume, surplus } => {
            format!("indicative {} @ {}, surplus {surplus}", volume.0, quote(price))
        }
        Told::Crossed { buy, sell, price, qty, buy_left, sell_left } => {
            let (buy, sell) = (name(buy), name(sell));
            format!(
                "{buy} crosses {sell}: {} @ {}, {} left; {sell} has {} left",
                qty.0,
                quote(price),
                buy_left.0,
                sell_left.0
            )
        }
    }
}
