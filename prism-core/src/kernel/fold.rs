//! What of an event goes into the digest: all of it.

use super::run_loop::Delivery;
use crate::digest::Digest;
use crate::msg::{Msg, Order, Print, Report, Request, To};
use crate::types::Time;

/// Folds an event into the digest: its time, its receiver and every field of its message.
#[inline]
pub(crate) fn fold(digest: &mut Digest, at: Time, event: &Delivery) {
    let to = match event.to {
        To::Agent(id) => u64::from(id.0),
        To::Group(id) => 1 << 32 | u64::from(id.0),
        To::Venue(id) => 2 << 32 | u64::from(id.0),
    };
    // The sort of message goes beside the receiver, so a short message is one step.
    let mut head = |sort: u64| digest.pair(at.nanos() as u64, to | sort << 40);
    match event.msg {
        Msg::Wake { tag: None } => head(0),
        Msg::Wake { tag: Some(tag) } => {
            head(1);
            digest.word(u64::from(tag));
        }
        Msg::Clock => head(2),
        Msg::Request(req) => {
            head(3 + request_sort(&req));
            request(digest, &req);
        }
        Msg::Report(rep) => {
            head(7 + report_sort(&rep));
            report(digest, &rep);
        }
        Msg::Print(Print::Trade { book, price, qty, aggressor }) => {
            head(12);
            digest.pair(price.0 as u64, qty.0);
            digest.word(u64::from(book.0) << 8 | aggressor as u64);
        }
        Msg::Print(Print::Moved { book }) => {
            head(13);
            digest.word(u64::from(book.0));
        }
        Msg::Print(Print::Phase { book, phase }) => {
            head(14);
            digest.word(u64::from(book.0) << 8 | phase as u64);
        }
        Msg::Note(note) => {
            head(15);
            digest.pair(u64::from(note.from.0) << 32 | u64::from(note.topic), note.a as u64);
            digest.int(note.b);
        }
    }
}

fn request_sort(req: &Request) -> u64 {
    match req {
        Request::New { .. } => 0,
        Request::Cancel { .. } => 1,
        Request::Reduce { .. } => 2,
        Request::Replace { .. } => 3,
    }
}

#[inline]
fn request(digest: &mut Digest, req: &Request) {
    match *req {
        Request::New { id, order: Order { book, side, tif, qty, price } } => {
            digest.pair(id.0, u64::from(book.0) << 16 | (side as u64) << 8 | tif as u64);
            digest.pair(price.0 as u64, qty.0);
        }
        Request::Cancel { id, book } => digest.pair(id.0, u64::from(book.0)),
        Request::Reduce { id, book, by } => {
            digest.pair(id.0, u64::from(book.0));
            digest.word(by.0);
        }
        Request::Replace { id, book, price, qty } => {
            digest.pair(id.0, u64::from(book.0));
            digest.pair(price.0 as u64, qty.0);
        }
    }
}

fn report_sort(rep: &Report) -> u64 {
    match rep {
        Report::Accepted { .. } => 0,
        Report::Filled { .. } => 1,
        Report::Reduced { .. } => 2,
        Report::Cancelled { .. } => 3,
        Report::Rejected { .. } => 4,
    }
}

#[inline]
fn report(digest: &mut Digest, rep: &Report) {
    match *rep {
        Report::Accepted { id, price, left } => {
            digest.pair(id.0, price.0 as u64);
            digest.word(left.0);
        }
        Report::Filled { id, price, qty, left, fee, maker } => {
            digest.pair(id.0, price.0 as u64);
            digest.pair(qty.0, left.0);
            digest.pair(fee.0 as u64, u64::from(maker));
        }
        Report::Reduced { id, left } | Report::Cancelled { id, left } => digest.pair(id.0, left.0),
        Report::Rejected { id, why, open } => digest.pair(id.0, (why as u64) << 1 | u64::from(open)),
    }
}
