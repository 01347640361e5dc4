//! The JSON of a message, read without an allocation.

use std::fmt;

use prism_core::types::Side;
use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::message::{Depth, Event, Snapshot, Ticker, Trade};
use crate::tape::decimal::e8;

/// Levels of a message as price and size.
pub(super) type Levels = Vec<(i64, u64)>;

/// The fields of a message whose kind is not yet known. One letter is a list in one kind and a price or a number in
/// another.
#[derive(Debug, Default)]
pub(super) struct Raw {
    kind: Kind,
    symbol_given: bool,
    time: Option<i64>,
    first: Option<u64>,
    last: Option<u64>,
    previous: Option<u64>,
    snapshot: Option<u64>,
    id: Option<u64>,
    /// `b` and `B`, `a` and `A`, `p` and `q` where they are decimals.
    bid: [Option<u64>; 2],
    ask: [Option<u64>; 2],
    traded: [Option<u64>; 2],
    maker_buys: Option<bool>,
    off_market: bool,
    lists: [bool; 2],
}

/// The kind that a message names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    /// Spot tickers and snapshots do not name theirs.
    #[default]
    Unnamed,
    Depth,
    Ticker,
    Trade,
    Other,
}

/// Why a message is none.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Bad {
    /// A kind that is not read here.
    Unknown,
    /// What should be there.
    Missing(&'static str),
}

impl Raw {
    /// What the fields say together.
    pub(super) fn event(&self) -> Result<Event, Bad> {
        let need = |value: Option<u64>, what| value.ok_or(Bad::Missing(what));
        let time = self.time.ok_or(Bad::Missing("a time `E`"));
        if self.kind != Kind::Other && self.kind != Kind::Unnamed && !self.symbol_given {
            return Err(Bad::Missing("a symbol `s`"));
        }
        match self.kind {
            Kind::Unnamed => {
                if let Some(last_update) = self.snapshot {
                    self.need_lists("lists `bids` and `asks`")?;
                    return Ok(Event::Snapshot(Snapshot { last_update, time_ms: self.time }));
                }
                if !self.symbol_given || self.last.is_none() {
                    return Err(Bad::Unknown);
                }
                self.ticker()
            }
            Kind::Ticker => self.ticker(),
            Kind::Depth => {
                self.need_lists("lists `b` and `a`")?;
                let first = need(self.first, "an update id `U`")?;
                let last = need(self.last, "an update id `u`")?;
                if last < first {
                    return Err(Bad::Missing("an update id `u` that is no less than `U`"));
                }
                Ok(Event::Depth(Depth { time_ms: time?, first, last, previous: self.previous }))
            }
            Kind::Trade => {
                let maker_buys = self.maker_buys.ok_or(Bad::Missing("a flag `m`"))?;
                let price = need(self.traded[0], "a price `p`")?;
                // Positions that are taken over may have no price.
                if price == 0 && !self.off_market {
                    return Err(Bad::Missing("a price `p` above 0"));
                }
                Ok(Event::Trade(Trade {
                    time_ms: time?,
                    id: need(self.id, "a number `t`")?,
                    price_e8: price as i64,
                    qty_e8: need(self.traded[1], "a size `q`")?,
                    aggressor: if maker_buys { Side::Sell } else { Side::Buy },
                    market: !self.off_market,
                }))
            }
            Kind::Other => Err(Bad::Unknown),
        }
    }

    fn ticker(&self) -> Result<Event, Bad> {
        let pair = |[price, size]: [Option<u64>; 2], what| match (price, size) {
            (Some(price), Some(size)) => Ok((price as i64, size)),
            _ => Err(Bad::Missing(what)),
        };
        Ok(Event::Ticker(Ticker {
            time_ms: self.time,
            update: self.last.ok_or(Bad::Missing("an update id `u`"))?,
            bid_e8: pair(self.bid, "a bid `b` and its size `B`")?,
            ask_e8: pair(self.ask, "an ask `a` and its size `A`")?,
        }))
    }

    fn need_lists(&self, what: &'static str) -> Result<(), Bad> {
        if self.lists == [true; 2] { Ok(()) } else { Err(Bad::Missing(what)) }
    }
}

/// Reads one message into places that are used again.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    pub(super) raw: &'a mut Raw,
    pub(super) symbol: &'a mut String,
    pub(super) bids: &'a mut Levels,
    pub(super) asks: &'a mut Levels,
}

/// The fields that are read.
#[derive(Clone, Copy, Debug)]
enum Key {
    Data,
    Kind,
    Symbol,
    Time,
    First,
    Last,
    Previous,
    Snapshot,
    Id,
    Bids,
    Asks,
    BidSize,
    AskSize,
    Price,
    Size,
    MakerBuys,
    How,
    Other,
}

impl Key {
    fn of(name: &str) -> Key {
        match name {
            "data" => Key::Data,
            "e" => Key::Kind,
            "s" => Key::Symbol,
            "E" => Key::Time,
            "U" => Key::First,
            "u" => Key::Last,
            "pu" => Key::Previous,
            "lastUpdateId" => Key::Snapshot,
            "t" => Key::Id,
            "b" | "bids" => Key::Bids,
            "a" | "asks" => Key::Asks,
            "B" => Key::BidSize,
            "A" => Key::AskSize,
            "p" => Key::Price,
            "q" => Key::Size,
            "m" => Key::MakerBuys,
            "X" => Key::How,
            _ => Key::Other,
        }
    }
}

impl Kind {
    fn of(name: &str) -> Kind {
        match name {
            "depthUpdate" => Kind::Depth,
            "bookTicker" => Kind::Ticker,
            "trade" => Kind::Trade,
            _ => Kind::Other,
        }
    }
}

impl<'de> DeserializeSeed<'de> for Reading<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Reading<'_> {
    type Value = ();

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Reading { raw, symbol, bids, asks } = self;
        while let Some(key) = map.next_key_seed(Text(Key::of))? {
            match key {
                Key::Data => map.next_value_seed(Reading { raw, symbol, bids, asks })?,
                Key::Kind => raw.kind = map.next_value_seed(Text(Kind::of))?,
                Key::Symbol => {
                    map.next_value_seed(Text(|name: &str| {
                        symbol.clear();
                        symbol.push_str(name);
                    }))?;
                    raw.symbol_given = true;
                }
                Key::Time => raw.time = Some(map.next_value()?),
                Key::First => raw.first = Some(map.next_value()?),
                Key::Last => raw.last = Some(map.next_value()?),
                Key::Previous => raw.previous = Some(map.next_value()?),
                Key::Snapshot => raw.snapshot = Some(map.next_value()?),
                Key::Id => raw.id = Some(map.next_value()?),
                Key::Bids => match map.next_value_seed(Either(bids))? {
                    Given::List => raw.lists[0] = true,
                    Given::Price(price) => raw.bid[0] = Some(price),
                    Given::Number => {}
                },
                Key::Asks => match map.next_value_seed(Either(asks))? {
                    Given::List => raw.lists[1] = true,
                    Given::Price(price) => raw.ask[0] = Some(price),
                    Given::Number => {}
                },
                Key::BidSize => raw.bid[1] = Some(map.next_value_seed(Decimal)?),
                Key::AskSize => raw.ask[1] = Some(map.next_value_seed(Decimal)?),
                Key::Price => raw.traded[0] = Some(map.next_value_seed(Decimal)?),
                Key::Size => raw.traded[1] = Some(map.next_value_seed(Decimal)?),
                Key::MakerBuys => raw.maker_buys = Some(map.next_value()?),
                Key::How => raw.off_market = map.next_value_seed(Text(|how: &str| how != "MARKET"))?,
                Key::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// A string, handed to a function.
struct Text<F>(F);

impl<'de, T, F: FnOnce(&str) -> T> DeserializeSeed<'de> for Text<F> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<T, D::Error> {
        from.deserialize_str(self)
    }
}

impl<T, F: FnOnce(&str) -> T> Visitor<'_> for Text<F> {
    type Value = T;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        Ok((self.0)(text))
    }
}

/// A price or size, in 1/10⁸.
struct Decimal;

const DECIMAL: &str = "a decimal number from 0 on with up to 8 decimals, below 92233720369";

fn decimal<E: Error>(text: &str) -> Result<u64, E> {
    e8(text.as_bytes()).ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &DECIMAL))
}

impl<'de> DeserializeSeed<'de> for Decimal {
    type Value = u64;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<u64, D::Error> {
        from.deserialize_str(self)
    }
}

impl Visitor<'_> for Decimal {
    type Value = u64;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(DECIMAL)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<u64, E> {
        decimal(text)
    }
}

/// A list of levels, a price, or the number of an order, which older trades carry under the same letter.
struct Either<'a>(&'a mut Levels);

enum Given {
    List,
    Price(u64),
    Number,
}

impl<'de> DeserializeSeed<'de> for Either<'_> {
    type Value = Given;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Given, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Either<'_> {
    type Value = Given;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a list of levels or a price")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Given, E> {
        decimal(text).map(Given::Price)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Given, E> {
        Ok(Given::Number)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Given, A::Error> {
        self.0.clear();
        while let Some(level) = list.next_element_seed(Level)? {
            self.0.push(level);
        }
        Ok(Given::List)
    }
}

/// `[price, size]`; older recordings have a third, empty element.
struct Level;

impl<'de> DeserializeSeed<'de> for Level {
    type Value = (i64, u64);

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(i64, u64), D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Level {
    type Value = (i64, u64);

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a level of price and size")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut pair: A) -> Result<(i64, u64), A::Error> {
        let price = pair.next_element_seed(Decimal)?.ok_or_else(|| A::Error::invalid_length(0, &self))?;
        let size = pair.next_element_seed(Decimal)?.ok_or_else(|| A::Error::invalid_length(1, &self))?;
        while pair.next_element::<IgnoredAny>()?.is_some() {}
        if price == 0 {
            return Err(A::Error::custom("a level at a price of 0"));
        }
        Ok((price as i64, size))
    }
}
