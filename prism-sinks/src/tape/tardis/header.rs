//! The first line, which says what a file holds.

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `incremental_book_L2`: changes of the depth.
    Depth,
    /// `book_snapshot_N`: the best levels, after each change of one of them.
    Snapshots {
        /// Levels a side.
        levels: usize,
    },
    /// `quotes`: the best bid and ask.
    Quotes,
    /// `trades`.
    Trades,
}

pub(super) const EXPECTED: &str =
    "the header of a tardis.dev file: incremental_book_L2, book_snapshot_N, quotes or trades";

const FRONT: &str = "exchange,symbol,timestamp,local_timestamp,";

/// More levels than any such file has.
const MOST_LEVELS: usize = 1_000;

impl Kind {
    /// What the header says; `None` if it is none.
    pub(super) fn of(line: &[u8]) -> Option<Kind> {
        let rest = std::str::from_utf8(line).ok()?.strip_prefix(FRONT)?;
        match rest {
            "is_snapshot,side,price,amount" => Some(Kind::Depth),
            "ask_amount,ask_price,bid_price,bid_amount" => Some(Kind::Quotes),
            "id,side,price,amount" => Some(Kind::Trades),
            _ => levels(rest).map(|levels| Kind::Snapshots { levels }),
        }
    }
}

/// Levels of `asks[0].price,asks[0].amount,bids[0].price,bids[0].amount,asks[1].price,…`.
fn levels(columns: &str) -> Option<usize> {
    let mut columns = columns.split(',');
    for level in 0..MOST_LEVELS {
        let Some(first) = columns.next() else { return (level > 0).then_some(level) };
        let mut column = Some(first);
        for name in ["asks", "bids"] {
            for what in ["price", "amount"] {
                let found = column.take().or_else(|| columns.next())?;
                let number = found.strip_prefix(name)?.strip_prefix('[')?;
                let number = number.strip_suffix(what)?.strip_suffix("].")?;
                if number.parse() != Ok(level) {
                    return None;
                }
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_known() {
        let two = "asks[0].price,asks[0].amount,bids[0].price,bids[0].amount,\
            asks[1].price,asks[1].amount,bids[1].price,bids[1].amount";
        for (columns, kind) in [
            ("is_snapshot,side,price,amount", Some(Kind::Depth)),
            ("ask_amount,ask_price,bid_price,bid_amount", Some(Kind::Quotes)),
            ("id,side,price,amount", Some(Kind::Trades)),
            (two, Some(Kind::Snapshots { levels: 2 })),
            (&two[..two.len() - 1], None),
            (&two.replace("asks[1]", "asks[2]"), None),
            ("", None),
            ("id,side,price,amount,", None),
        ] {
            assert_eq!(Kind::of(format!("{FRONT}{columns}").as_bytes()), kind, "{columns}");
        }
        assert_eq!(Kind::of(b"id,side,price,amount"), None);
        assert_eq!(Kind::of(b"\xFF"), None);
    }
}
