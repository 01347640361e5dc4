//! The instrument table: what every id stands for, and the exact unit of every currency.

use thiserror::Error;

use super::{BookId, Cash, CurrencyId, Decimal, NameError, Price, Qty, Symbol, SymbolId, VenueId};

/// The table of instruments, currencies, venues and books of one simulation. Built once; ids index it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Instruments {
    symbols: Vec<Instrument>,
    currencies: Vec<Currency>,
    venues: Vec<String>,
    books: Vec<Book>,
}

/// An instrument with its units.
#[derive(Clone, Debug, PartialEq)]
pub struct Instrument {
    /// The ticker.
    pub name: String,
    /// The price step.
    pub tick: Decimal,
    /// The quantity step.
    pub lot: Decimal,
    /// What it is paid in.
    pub currency: CurrencyId,
    /// Units of the currency in one tick × one lot.
    pub tick_lot: i64,
    /// The previous close.
    pub start: Price,
}

/// A currency with its exact unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Currency {
    /// The code, such as USD.
    pub name: String,
    /// What one unit of [`Cash`] is worth.
    pub unit: Decimal,
}

/// One symbol on one venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Book {
    /// The instrument.
    pub symbol: SymbolId,
    /// Where it is traded.
    pub venue: VenueId,
}

/// What is wrong with a set of declared symbols.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum InstrumentsError {
    /// A name that cannot be used.
    #[error("name {name:?} of a {what} {why}")]
    Name {
        /// `symbol`, `venue` or `currency`.
        what: &'static str,
        /// The name.
        name: String,
        /// The rule that it breaks.
        why: NameError,
    },
    /// A decimal text is malformed.
    #[error("{field} of {symbol}: {text:?} is not a decimal number such as 0.01")]
    Number {
        /// The instrument.
        symbol: String,
        /// `tick`, `lot` or `start`.
        field: &'static str,
        /// What was written.
        text: String,
    },
    /// A tick or lot is not above zero.
    #[error("{field} of {symbol} must be above 0, not {text}")]
    NotPositive {
        /// The instrument.
        symbol: String,
        /// `tick` or `lot`.
        field: &'static str,
        /// What was written.
        text: String,
    },
    /// A price is between two ticks.
    #[error(
        "start of {symbol}: {text} is not a whole number of ticks of {tick} (between {below} and {above})"
    )]
    OffTick {
        /// The instrument.
        symbol: String,
        /// What was written.
        text: String,
        /// The tick.
        tick: Decimal,
        /// The nearest price below.
        below: Decimal,
        /// The nearest price above.
        above: Decimal,
    },
    /// A price is further from zero than orders may rest.
    #[error("start of {symbol}: {text} is {ticks} ticks, and must be between -2^42 and 2^42 ({})", Price::FARTHEST.0)]
    StartRange {
        /// The instrument.
        symbol: String,
        /// What was written.
        text: String,
        /// The same in ticks.
        ticks: i128,
    },
    /// The exact unit of a currency would leave too few digits for money.
    #[error("{symbol}: tick {tick} times lot {lot} leaves no headroom for exact cash in 64 bits")]
    Headroom {
        /// The instrument.
        symbol: String,
        /// The tick.
        tick: Decimal,
        /// The lot.
        lot: Decimal,
    },
    /// The same name was declared with different units.
    #[error("{symbol} is declared twice, with different units")]
    Twice {
        /// The instrument.
        symbol: String,
    },
    /// A venue lists a symbol twice.
    #[error("{venue} lists {symbol} twice")]
    ListedTwice {
        /// The instrument.
        symbol: String,
        /// The venue.
        venue: String,
    },
    /// More entries than ids.
    #[error("too many {what}: at most {limit}")]
    TooMany {
        /// What there are too many of.
        what: &'static str,
        /// The most there can be.
        limit: usize,
    },
}

impl Instruments {
    /// Builds the table: for each venue, in order, its name and the symbols it lists.
    ///
    /// A symbol listed by several venues is one symbol with several books.
    ///
    /// # Errors
    /// Every problem of every symbol, not only the first.
    pub fn build(venues: &[(String, Vec<Symbol>)]) -> Result<Instruments, Vec<InstrumentsError>> {
        let mut table = Instruments::default();
        let mut declared: Vec<&Symbol> = Vec::new();
        let mut errors = Vec::new();
        let mut steps: Vec<Option<Decimal>> = Vec::new();
        for (v, (name, symbols)) in venues.iter().enumerate() {
            let Ok(venue) = u8::try_from(v) else {
                errors.push(InstrumentsError::TooMany { what: "venues", limit: 256 });
                break;
            };
            errors.extend(bad_name("venue", name, false));
            table.venues.push(name.clone());
            for symbol in symbols {
                let known = declared.iter().position(|known| known.name == symbol.name);
                let id = known.unwrap_or(declared.len());
                if known.is_none() {
                    declared.push(symbol);
                    table.declare(symbol, &mut steps, &mut errors);
                } else if declared[id] != symbol {
                    errors.push(InstrumentsError::Twice { symbol: symbol.name.clone() });
                }
                let book = Book { symbol: SymbolId::from_index(id), venue: VenueId(venue) };
                if table.books.contains(&book) {
                    errors.push(InstrumentsError::ListedTwice {
                        symbol: symbol.name.clone(),
                        venue: name.clone(),
                    });
                }
                match (u16::try_from(id), u16::try_from(table.books.len())) {
                    (Ok(_), Ok(_)) => table.books.push(book),
                    _ => errors.push(InstrumentsError::TooMany { what: "books", limit: 65_536 }),
                }
            }
        }
        if errors.is_empty() {
            table.find_units(&steps, &mut errors);
        }
        if errors.is_empty() { Ok(table) } else { Err(errors) }
    }

    fn declare(&mut self, s: &Symbol, steps: &mut Vec<Option<Decimal>>, errors: &mut Vec<InstrumentsError>) {
        errors.extend(bad_name("symbol", &s.name, false));
        let mut read = |field: &'static str, text: &str, positive: bool| match text.parse::<Decimal>() {
            Ok(value) if positive && !value.is_positive() => {
                errors.push(InstrumentsError::NotPositive {
                    symbol: s.name.clone(),
                    field,
                    text: text.to_owned(),
                });
                None
            }
            Ok(value) => Some(value),
            Err(_) => {
                errors.push(InstrumentsError::Number {
                    symbol: s.name.clone(),
                    field,
                    text: text.to_owned(),
                });
                None
            }
        };
        let tick = read("tick", &s.tick, true).unwrap_or(Decimal::ONE);
        let lot = read("lot", &s.lot, true).unwrap_or(Decimal::ONE);
        let start = read("start", &s.start, false).unwrap_or(Decimal::ZERO);
        let price = match start.steps(tick) {
            Ok(ticks) => {
                let near = i64::try_from(ticks).ok().filter(|near| near.unsigned_abs() <= FARTHEST);
                if near.is_none() {
                    let (symbol, text) = (s.name.clone(), s.start.clone());
                    errors.push(InstrumentsError::StartRange { symbol, text, ticks });
                }
                Price(near.unwrap_or(0))
            }
            Err((below, above)) => {
                let at = |n: i128| i64::try_from(n).ok().and_then(|n| tick.times(n)).unwrap_or(Decimal::ZERO);
                errors.push(InstrumentsError::OffTick {
                    symbol: s.name.clone(),
                    text: s.start.clone(),
                    tick,
                    below: at(below),
                    above: at(above),
                });
                Price(0)
            }
        };
        let step = tick.product(lot);
        if step.is_none() {
            errors.push(InstrumentsError::Headroom { symbol: s.name.clone(), tick, lot });
        }
        steps.push(step);
        let currency = self.currency_named(&s.currency, errors);
        self.symbols.push(Instrument {
            name: s.name.clone(),
            tick,
            lot,
            currency,
            tick_lot: 1,
            start: price,
        });
    }

    fn currency_named(&mut self, name: &str, errors: &mut Vec<InstrumentsError>) -> CurrencyId {
        let at = self.currencies.iter().position(|known| known.name == name).unwrap_or_else(|| {
            errors.extend(bad_name("currency", name, true));
            self.currencies.push(Currency { name: name.to_owned(), unit: Decimal::ONE });
            self.currencies.len() - 1
        });
        if at > CurrencyId(u8::MAX).index() {
            errors.push(InstrumentsError::TooMany { what: "currencies", limit: 256 });
        }
        CurrencyId::from_index(at)
    }

    /// The unit of a currency: the greatest common divisor of tick × lot over its instruments.
    fn find_units(&mut self, steps: &[Option<Decimal>], errors: &mut Vec<InstrumentsError>) {
        for (c, currency) in self.currencies.iter_mut().enumerate() {
            let of_it = |s: &Instrument| s.currency.index() == c;
            let members = || self.symbols.iter().zip(steps).filter(|(s, _)| of_it(s));
            let scale = members().filter_map(|(_, step)| step.map(Decimal::scale)).max().unwrap_or(0);
            let at = |step: &Option<Decimal>| step.and_then(|step| step.at_scale(scale)).unwrap_or(1);
            let unit = members().fold(0, |unit, (_, step)| gcd(unit, at(step)));
            currency.unit =
                i64::try_from(unit).ok().and_then(|unit| Decimal::new(unit, scale)).unwrap_or(Decimal::ONE);
        }
        for (symbol, step) in self.symbols.iter_mut().zip(steps) {
            let unit = self.currencies[symbol.currency.index()].unit;
            let per = step.and_then(|step| step.steps(unit).ok()).and_then(|n| i64::try_from(n).ok());
            // One lot at the previous close must leave room for 2^20 of them in an account.
            let one = per.and_then(|per| per.checked_mul(symbol.start.0.saturating_abs().max(1)));
            match (per, one) {
                (Some(per), Some(one)) if one < i64::MAX >> 20 => symbol.tick_lot = per,
                _ => errors.push(InstrumentsError::Headroom {
                    symbol: symbol.name.clone(),
                    tick: symbol.tick,
                    lot: symbol.lot,
                }),
            }
        }
    }

    /// All instruments; [`SymbolId`] indexes them.
    pub fn symbols(&self) -> &[Instrument] {
        &self.symbols
    }

    /// All currencies; [`CurrencyId`] indexes them.
    pub fn currencies(&self) -> &[Currency] {
        &self.currencies
    }

    /// The names of all venues; [`VenueId`] indexes them.
    pub fn venues(&self) -> &[String] {
        &self.venues
    }

    /// All books; [`BookId`] indexes them.
    pub fn books(&self) -> &[Book] {
        &self.books
    }

    /// The instrument traded in `book`.
    ///
    /// # Panics
    /// If the book is not of this table.
    #[inline]
    pub fn of_book(&self, book: BookId) -> &Instrument {
        &self.symbols[self.books[book.index()].symbol.index()]
    }

    /// The symbol called `name`.
    pub fn symbol_named(&self, name: &str) -> Option<SymbolId> {
        self.symbols.iter().position(|s| s.name == name).map(SymbolId::from_index)
    }

    /// The first book of `symbol`.
    pub fn book_of(&self, symbol: SymbolId) -> Option<BookId> {
        self.books.iter().position(|b| b.symbol == symbol).map(BookId::from_index)
    }

    /// All books of `symbol`, in order.
    pub fn books_of(&self, symbol: SymbolId) -> impl Iterator<Item = BookId> + '_ {
        let of = move |(_, b): &(usize, &Book)| b.symbol == symbol;
        self.books.iter().enumerate().filter(of).map(|(at, _)| BookId::from_index(at))
    }

    /// The name of a book that no other has: `SYMBOL@VENUE`. Empty for a book that is not of this table.
    pub fn full_name(&self, book: BookId) -> String {
        let name =
            |b: &Book| format!("{}@{}", self.symbols[b.symbol.index()].name, self.venues[b.venue.index()]);
        self.books.get(book.index()).map(name).unwrap_or_default()
    }

    /// The book called `SYMBOL`, if one venue alone lists it, or `SYMBOL@VENUE`.
    pub fn book_named(&self, name: &str) -> Option<BookId> {
        if let Some(symbol) = self.symbol_named(name) {
            return self.book_of(symbol).filter(|_| self.books_of(symbol).count() == 1);
        }
        let (symbol, venue) = name.rsplit_once('@')?;
        let symbol = self.symbol_named(symbol)?;
        let venue = self.venues.iter().position(|known| known == venue)?;
        self.books_on(VenueId::from_index(venue)).find(|book| self.books[book.index()].symbol == symbol)
    }

    /// The books of `venue`, in order.
    pub fn books_on(&self, venue: VenueId) -> impl Iterator<Item = BookId> + '_ {
        let on = move |(_, b): &(usize, &Book)| b.venue == venue;
        self.books.iter().enumerate().filter(on).map(|(at, _)| BookId::from_index(at))
    }
}

impl Instrument {
    /// The exact value of `qty` at `price`; `None` if it does not fit 64 bits.
    #[inline]
    pub fn value(&self, price: Price, qty: Qty) -> Option<Cash> {
        let lots = i64::try_from(qty.0).ok()?;
        price.0.checked_mul(lots)?.checked_mul(self.tick_lot).map(Cash)
    }

    /// A price as a decimal; `None` if it does not fit.
    pub fn price(&self, price: Price) -> Option<Decimal> {
        self.tick.times(price.0)
    }
}

fn bad_name(what: &'static str, name: &str, may_have_at: bool) -> Option<InstrumentsError> {
    let why = NameError::check(name, may_have_at).err()?;
    Some(InstrumentsError::Name { what, name: name.to_owned(), why })
}

const FARTHEST: u64 = Price::FARTHEST.0.unsigned_abs();

fn gcd(a: i128, b: i128) -> i128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_one(symbols: Vec<Symbol>) -> Result<Instruments, Vec<InstrumentsError>> {
        Instruments::build(&[("X".to_owned(), symbols)])
    }

    #[test]
    fn the_unit_is_the_greatest_common_divisor() {
        let table = on_one(vec![
            Symbol::new("A").tick("0.05").lot("0.1"), // 0.005
            Symbol::new("B").tick("0.02").lot("0.1"), // 0.002
            Symbol::new("C").tick("0.5").currency("EUR"),
        ])
        .expect("a table");
        assert_eq!(table.currencies()[0].unit, "0.001".parse().expect("decimal"));
        assert_eq!(table.symbols()[0].tick_lot, 5);
        assert_eq!(table.symbols()[1].tick_lot, 2);
        assert_eq!(table.symbols()[2].tick_lot, 1);
        assert_eq!(table.symbols()[0].value(Price(2_000), Qty(10)), Some(Cash(100_000)));
    }

    #[test]
    fn every_problem_is_reported() {
        let bad = on_one(vec![
            Symbol::new("A").tick("0").start("1x"),
            Symbol::new("B").tick("0.01").start("99.995"),
            Symbol::new("B").tick("0.02"),
        ]);
        let errors = bad.expect_err("three problems at least");
        assert_eq!(errors.len(), 5, "{errors:?}");
        assert!(errors[2].to_string().contains("between 99.99 and 100"), "{}", errors[2]);
    }

    #[test]
    fn a_start_is_where_orders_may_rest() {
        let of = |start: &str| on_one(vec![Symbol::new("A").tick("0.01").lot("1").start(start)]);
        for fits in ["43980465111.04", "-43980465111.04"] {
            assert_eq!(of(fits).expect("2^42 ticks").symbols()[0].start.0.unsigned_abs(), FARTHEST);
        }
        for beyond in ["43980465111.05", "-43980465111.05", "99999999999999999"] {
            let errors = of(beyond).expect_err(beyond);
            assert!(matches!(&errors[..], [InstrumentsError::StartRange { .. }]), "{errors:?}");
            let told = errors[0].to_string();
            assert!(told.starts_with("start of A: ") && told.contains("2^42 (4398046511104)"), "{told}");
        }
    }

    #[test]
    fn names_follow_the_rules() {
        let of = |venue: &str, symbol: Symbol| Instruments::build(&[(venue.to_owned(), vec![symbol])]);
        for (built, text) in [
            (of("", Symbol::new("A")), "name \"\" of a venue must not be empty"),
            (of("X", Symbol::new("A@Y")), "name \"A@Y\" of a symbol must not have `@` in it"),
            (of("X@Y", Symbol::new("A")), "name \"X@Y\" of a venue must not have `@` in it"),
            (
                of("X", Symbol::new("A\nB")),
                "name \"A\\nB\" of a symbol must not have a control character in it",
            ),
            (of("X", Symbol::new("A").currency(" EUR")), "name \" EUR\" of a currency must not begin or end"),
        ] {
            let errors = built.expect_err(text);
            assert!(matches!(&errors[..], [InstrumentsError::Name { .. }]), "{errors:?}");
            assert!(errors[0].to_string().starts_with(text), "{}", errors[0]);
        }
        of("Börse X", Symbol::new("A B").currency("U@D")).expect("odd but legal");
    }

    #[test]
    fn one_symbol_on_two_venues_is_two_books() {
        let s = vec![Symbol::new("A")];
        let table = Instruments::build(&[("X".into(), s.clone()), ("Y".into(), s)]).expect("a table");
        assert_eq!((table.symbols().len(), table.books().len()), (1, 2));
        assert_eq!(table.books_on(VenueId(1)).collect::<Vec<_>>(), [BookId(1)]);
        assert_eq!(table.books_of(SymbolId(0)).collect::<Vec<_>>(), [BookId(0), BookId(1)]);
        let named = ["A@X", "A@Y", "A", "A@Z", "B@X", "@X"].map(|name| table.book_named(name));
        assert_eq!(named, [Some(BookId(0)), Some(BookId(1)), None, None, None, None]);
        assert_eq!((table.full_name(BookId(1)), table.full_name(BookId(2))), ("A@Y".into(), String::new()));
    }
}
