//! Bytes as messages to a market, and back: every field is its own bytes, so that a change of one is a change of
//! one, and every message that there is can be said.

use prism_core::msg::{Display, Expiry, Peg, PegTo, Session, Terms, Trigger};
use prism_core::types::{Price, Qty, Side, Span, Tif, Time};

use crate::bytes::{Bytes, Pen};
use crate::support::market::random::MIDDLE;
use crate::support::market::{Message, Step};

const TIFS: [Tif; 4] = [Tif::Gtc, Tif::PostOnly, Tif::Ioc, Tif::Fok];
const PEGS: [PegTo; 3] = [PegTo::Primary, PegTo::Market, PegTo::Midpoint];
const SESSIONS: [Session; 4] = [Session::Any, Session::AtOpen, Session::AtClose, Session::Any];

// The low four bits of the first byte: what it is. Sorts that are more often wanted have more than one.
const PLAIN: u8 = 0;
const WITH_TERMS: u8 = 4;
const CANCEL: u8 = 9;
const REDUCE: u8 = 11;
const REPLACE: u8 = 12;
const LATER: u8 = 14;
const REST: u8 = 15;
// Its high four bits of the last sort.
const HALT: u8 = 0x00;
const END_DAY: u8 = 0x80;
const WAIT: u8 = 0xa0;
// Of a new order: a sell, no price; the two bits between them are the time in force.
const SELL: u8 = 0x10;
const NO_PRICE: u8 = 0x80;

// Which terms a new order has.
const TRIGGER: u8 = 0x01;
const DISPLAY: u8 = 0x02;
const PEG: u8 = 0x04;
const MIN_QTY: u8 = 0x08;
const EXPIRY: u8 = 0x10;
const MORE: u8 = 0x20;
const OCO: u8 = 0x40;
const AFTER: u8 = 0x80;
// In the byte of `MORE`, beside the session in its low two bits.
const TO_LIMIT: u8 = 0x04;
const SLIDE: u8 = 0x08;

/// The next message; `most` is the longest time that may pass before it. `None` at the end.
pub(crate) fn read(bytes: &mut Bytes, most: Span) -> Option<Step> {
    let mut after = Span::ZERO;
    while !bytes.0.is_empty() {
        let head = bytes.byte();
        let message = match head & 0x0f {
            0..CANCEL => new_order(bytes, head),
            CANCEL..REDUCE => Message::Cancel { id: bytes.id() },
            REDUCE => Message::Reduce { id: bytes.id(), by: Qty(bytes.qty()) },
            REPLACE..LATER => {
                let (id, price) = (bytes.id(), Price(bytes.price(MIDDLE)));
                Message::Replace { id, price, qty: Qty(bytes.qty()) }
            }
            LATER => {
                after = (after + bytes.span()).min(most);
                continue;
            }
            _ => match head & 0xf0 {
                HALT..END_DAY => Message::Halt { length: bytes.span() },
                END_DAY..WAIT => Message::EndDay,
                _ => Message::Wait,
            },
        };
        return Some(Step { after, message });
    }
    None
}

fn new_order(bytes: &mut Bytes, head: u8) -> Message {
    let side = if head & SELL == 0 { Side::Buy } else { Side::Sell };
    let tif = TIFS[usize::from(head >> 5 & 3)];
    let (id, qty) = (bytes.id(), Qty(bytes.qty()));
    let price = (head & NO_PRICE == 0).then(|| Price(bytes.price(MIDDLE)));
    let terms = if head & 0x0f < WITH_TERMS { Terms::default() } else { terms(bytes) };
    Message::New { id, side, qty, price, tif, terms }
}

fn terms(bytes: &mut Bytes) -> Terms {
    let has = bytes.byte();
    let mut terms = Terms::default();
    if has & TRIGGER != 0 {
        terms.trigger = Some(match bytes.byte() % 3 {
            0 => Trigger::Stop { price: Price(bytes.price(MIDDLE)) },
            1 => Trigger::Trail { ticks: bytes.qty() as u32 },
            _ => Trigger::TrailBp { bp: bytes.qty() as u16 },
        });
    }
    if has & DISPLAY != 0 {
        terms.display = match bytes.byte() % 3 {
            0 => Display::Peak { qty: Qty(bytes.qty()) },
            1 => Display::RandomPeak { low: Qty(bytes.qty()), high: Qty(bytes.qty()) },
            _ => Display::Hidden,
        };
    }
    if has & PEG != 0 {
        let to = PEGS[usize::from(bytes.byte() % 3)];
        terms.peg = Some(Peg { to, offset: bytes.price(0) as i32 });
    }
    if has & MIN_QTY != 0 {
        terms.min_qty = Qty(bytes.qty());
    }
    if has & EXPIRY != 0 {
        let end_of_day = bytes.byte() % 2 == 1;
        terms.expiry = if end_of_day { Expiry::Day } else { Expiry::At { time: Time::ZERO + bytes.span() } };
    }
    if has & MORE != 0 {
        let more = bytes.byte();
        terms.session = SESSIONS[usize::from(more & 3)];
        (terms.market_to_limit, terms.slide) = (more & TO_LIMIT != 0, more & SLIDE != 0);
    }
    terms.oco = (has & OCO != 0).then(|| bytes.id());
    terms.after = (has & AFTER != 0).then(|| bytes.id());
    terms
}

/// Where a value is in a list that has it.
fn index<T: PartialEq>(list: &[T], of: &T) -> u8 {
    list.iter().position(|one| one == of).map_or(0, |at| at as u8)
}

/// Writes a message so that [`read`] reads it.
pub(crate) fn write(step: &Step, pen: &mut Pen) {
    if step.after != Span::ZERO {
        pen.byte(LATER);
        pen.span(step.after);
    }
    match step.message {
        Message::New { id, side, qty, price, tif, ref terms } => {
            let sort = if *terms == Terms::default() { PLAIN } else { WITH_TERMS };
            let side = if side == Side::Buy { 0 } else { SELL };
            let no_price = if price.is_none() { NO_PRICE } else { 0 };
            pen.byte(sort | side | index(&TIFS, &tif) << 5 | no_price);
            pen.id(id);
            pen.qty(qty);
            price.into_iter().for_each(|price| pen.price(MIDDLE, price));
            if sort == WITH_TERMS {
                write_terms(terms, pen);
            }
        }
        Message::Cancel { id } => {
            pen.byte(CANCEL);
            pen.id(id);
        }
        Message::Reduce { id, by } => {
            pen.byte(REDUCE);
            pen.id(id);
            pen.qty(by);
        }
        Message::Replace { id, price, qty } => {
            pen.byte(REPLACE);
            pen.id(id);
            pen.price(MIDDLE, price);
            pen.qty(qty);
        }
        Message::Halt { length } => {
            pen.byte(REST | HALT);
            pen.span(length);
        }
        Message::EndDay => pen.byte(REST | END_DAY),
        Message::Wait => pen.byte(REST | WAIT),
    }
}

fn write_terms(terms: &Terms, pen: &mut Pen) {
    let more = index(&SESSIONS, &terms.session)
        | if terms.market_to_limit { TO_LIMIT } else { 0 }
        | if terms.slide { SLIDE } else { 0 };
    let has = [
        (TRIGGER, terms.trigger.is_some()),
        (DISPLAY, terms.display != Display::Full),
        (PEG, terms.peg.is_some()),
        (MIN_QTY, !terms.min_qty.is_zero()),
        (EXPIRY, terms.expiry != Expiry::Never),
        (MORE, more != 0),
        (OCO, terms.oco.is_some()),
        (AFTER, terms.after.is_some()),
    ];
    pen.byte(has.iter().filter(|(_, there)| *there).fold(0, |bits, (bit, _)| bits | bit));
    match terms.trigger {
        Some(Trigger::Stop { price }) => {
            pen.byte(0);
            pen.price(MIDDLE, price);
        }
        Some(Trigger::Trail { ticks }) => {
            pen.byte(1);
            pen.qty(Qty(ticks.into()));
        }
        Some(Trigger::TrailBp { bp }) => {
            pen.byte(2);
            pen.qty(Qty(bp.into()));
        }
        None => {}
    }
    match terms.display {
        Display::Full => {}
        Display::Peak { qty } => {
            pen.byte(0);
            pen.qty(qty);
        }
        Display::RandomPeak { low, high } => {
            pen.byte(1);
            pen.qty(low);
            pen.qty(high);
        }
        Display::Hidden => pen.byte(2),
    }
    if let Some(Peg { to, offset }) = terms.peg {
        pen.byte(index(&PEGS, &to));
        pen.price(0, Price(offset.into()));
    }
    if !terms.min_qty.is_zero() {
        pen.qty(terms.min_qty);
    }
    match terms.expiry {
        Expiry::Never => {}
        Expiry::Day => pen.byte(1),
        Expiry::At { time } => {
            pen.byte(0);
            pen.span(time - Time::ZERO);
        }
    }
    if more != 0 {
        pen.byte(more);
    }
    terms.oco.into_iter().chain(terms.after).for_each(|id| pen.id(id));
}

#[cfg(test)]
mod tests {
    use prism_core::rng::StreamKey;

    use super::*;
    use crate::support::market::days;

    #[test]
    fn what_is_written_is_read() {
        let mut stream = StreamKey::root(1).stream();
        for _ in 0..20_000 {
            let step = days::next_step(&mut stream);
            let mut pen = Pen::default();
            write(&step, &mut pen);
            let mut bytes = Bytes(&pen.0);
            assert_eq!(read(&mut bytes, Span::secs(1)), Some(step), "{:?}", pen.0);
            assert!(bytes.0.is_empty(), "{step:?}: {:?}", pen.0);
        }
    }
}
