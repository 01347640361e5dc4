//! A checked scenario as plain data, with everything looked up and all defaults filled in.

use prism_book::venue::{Fee, FeeTier};
use prism_core::agent::GroupDecl;
use prism_core::kernel::Ties;
use prism_core::sink::Tables;
use prism_core::types::{Decimal, Instrument, Span, Symbol};

use super::params::Filled;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plan {
    pub(crate) run: RunPlan,
    pub(crate) symbols: Vec<SymbolPlan>,
    pub(crate) venues: Vec<VenuePlan>,
    pub(crate) links: Vec<LinkPlan>,
    pub(crate) groups: Vec<GroupPlan>,
    pub(crate) sinks: Vec<SinkPlan>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RunPlan {
    pub(crate) seed: u64,
    pub(crate) length: Span,
    /// Nanoseconds since 1970 that t = 0 stands for.
    pub(crate) start: i64,
    pub(crate) ties: Ties,
    /// How late everybody sees the best prices over all venues, if anybody does.
    pub(crate) consolidated: Option<Span>,
    /// The series of numbers that are recorded.
    pub(crate) series: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SymbolPlan {
    pub(crate) symbol: Symbol,
    pub(crate) instrument: Instrument,
    /// The exact unit of its currency, once the venues are known.
    pub(crate) unit: Option<Decimal>,
    pub(crate) value: Option<Filled>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct VenuePlan {
    pub(crate) name: String,
    /// Indices into the symbols.
    pub(crate) symbols: Vec<usize>,
    /// Their tiers, the first from nothing.
    pub(crate) fees: Vec<FeeTier>,
    /// What both sides pay in auctions, if that is not what takers of the first tier do.
    pub(crate) auction_fee: Option<Fee>,
    pub(crate) depth: u16,
    pub(crate) gateway: Option<GatewayPlan>,
    pub(crate) filled: Filled,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct GatewayPlan {
    pub(crate) service: Span,
    pub(crate) limit: Option<u32>,
    pub(crate) window: Span,
    pub(crate) exempt_cancels: bool,
    pub(crate) max_queue: Option<u32>,
}

impl GatewayPlan {
    /// The window of a limit that names none.
    pub(crate) const WINDOW: Span = Span::secs(1);
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LinkPlan {
    pub(crate) name: String,
    pub(crate) order: Delay,
    pub(crate) report: Delay,
    pub(crate) feed: Delay,
}

/// The delay of one direction.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Delay {
    Fixed(Span),
    Law(Filled),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct GroupPlan {
    /// With all names in their shortest form.
    pub(crate) decl: Decl,
    /// One set of values for each book, or one for all of them.
    pub(crate) filled: Filled,
    /// The symbol of each set of values.
    pub(crate) symbols: Vec<usize>,
}

/// A [`GroupDecl`] that can be compared.
#[derive(Clone, Debug)]
pub(crate) struct Decl(pub(crate) GroupDecl);

impl PartialEq for Decl {
    fn eq(&self, Decl(b): &Decl) -> bool {
        let a = &self.0;
        (&a.name, &a.kind, a.count, a.wakes, &a.link, &a.books, a.dealt, a.informed)
            == (&b.name, &b.kind, b.count, b.wakes, &b.link, &b.books, b.dealt, b.informed)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SinkPlan {
    pub(crate) tables: Tables,
    pub(crate) filled: Filled,
}

impl Plan {
    /// What venues are told of the rest: symbols, groups, and the date of the beginning.
    pub(crate) fn surroundings(&self) -> (&[SymbolPlan], &[GroupPlan], i64) {
        (&self.symbols, &self.groups, self.run.start)
    }

    /// The names of the books in the order of the venues: `SYMBOL` for the only book of a symbol,
    /// `SYMBOL@VENUE` for one of several; with the index of the symbol.
    pub(crate) fn books(&self) -> Vec<(String, usize)> {
        books(&self.symbols, &self.venues)
    }
}

/// See [`Plan::books`].
pub(crate) fn books(symbols: &[SymbolPlan], venues: &[VenuePlan]) -> Vec<(String, usize)> {
    let mut books: Vec<(String, usize)> = Vec::new();
    let mut listed = vec![0_usize; symbols.len()];
    venues.iter().flat_map(|venue| &venue.symbols).for_each(|&s| listed[s] += 1);
    for venue in venues {
        for &s in &venue.symbols {
            let symbol = &symbols[s].symbol.name;
            let name = if listed[s] == 1 { symbol.clone() } else { format!("{symbol}@{}", venue.name) };
            books.push((name, s));
        }
    }
    books
}
