//! Orders that no venue takes for their size or their price.

use prism_core::spec::{Liquidity, Params};
use prism_core::types::{Instrument, Qty};
use prism_core::venue::VenueSpec;

use super::super::plan::{GroupPlan, Plan, VenuePlan};
use super::super::registry::{AgentKind, Outlook, Registry, outlook};
use super::dead::trades;
use super::{Places, VenuePlace, decl};
use crate::diagnostic::{Code, Diagnostic};

/// What a venue takes in one of its books, and who trades there.
struct Book<'a> {
    name: String,
    /// The symbol's number.
    symbol: usize,
    instrument: &'a Instrument,
    place: &'a VenuePlace,
    largest: Qty,
    rules: Option<&'a Outlook>,
}

/// Groups whose least order is larger than what a venue takes, is no whole round lot where odd ones are refused, or
/// has prices between the steps of a tick table.
pub(super) fn warnings(plan: &Plan, registry: &Registry, places: &Places, found: &mut Vec<Diagnostic>) {
    let mut books = plan.books().into_iter();
    for (venue, place) in plan.venues.iter().zip(&places.venues) {
        let own: Vec<(String, usize)> = books.by_ref().take(venue.symbols.len()).collect();
        let Some((spec, rules)) = made(plan, registry, venue) else { continue };
        for (name, symbol) in own {
            let instrument = &plan.symbols[symbol].instrument;
            let largest = spec.largest_order(instrument);
            let book = Book { name, symbol, instrument, place, largest, rules: rules.as_ref() };
            for (group, &at) in plan.groups.iter().zip(&places.groups) {
                let Some(kind) = registry.agents().find(&group.filled.kind).map(|found| found.kind) else {
                    continue;
                };
                let Some((least, greatest)) = book.orders(group, kind) else { continue };
                let name = &group.decl.0.name;
                // What who only takes asks for beyond what is offered is no order that rests.
                if least > book.largest && kind.make.liquidity != Liquidity::Takes {
                    found.push(book.too_large(name, least).at(at, "all of them are refused"));
                }
                let odd = book.odd_lots((name, kind), least, greatest);
                found.extend(odd.map(|(odd, label)| odd.at(at, label)));
            }
            found.extend(book.between_steps(plan, registry));
        }
    }
}

fn made(
    plan: &Plan,
    registry: &Registry,
    venue: &VenuePlan,
) -> Option<(Box<dyn VenueSpec>, Option<Outlook>)> {
    let kind = registry.venues().find(&venue.filled.kind)?.kind;
    let values = venue.filled.values.first()?;
    let decl = decl(venue, plan.surroundings());
    let spec = (kind.make)(&decl, &Params::without_instrument(kind.params, values.clone())).ok()?;
    Some((spec, outlook(kind, &decl, values)))
}

impl Book<'_> {
    /// The least and the greatest order that a group sends to the book; `None` if it does not trade there.
    fn orders(&self, group: &GroupPlan, kind: &AgentKind) -> Option<(Qty, Qty)> {
        if !trades(group, &self.name) {
            return None;
        }
        let mut sets = group.filled.values.iter().zip(&group.symbols);
        let (values, _) = sets.find(|(_, of)| **of == self.symbol)?;
        let params = Params::new(kind.params, values.clone(), self.instrument);
        Some(((kind.make.least_order)(&params).ok()?, (kind.make.greatest_order)(&params).ok()?))
    }

    fn too_large(&self, group: &str, least: Qty) -> Diagnostic {
        let (book, most) = (&self.name, self.largest.0);
        let message = format!("the orders of `{group}` are too large for `{book}`");
        Diagnostic::new(Code::TooLarge, message)
            .note(format!(
                "they have {} lots at least; at its previous close the venue takes {most} at most",
                least.0
            ))
            .help("make its orders smaller: a value such as `\"10000 USD\"` becomes so many lots")
    }

    /// Orders from `least` to `greatest` where only whole round lots are taken.
    fn odd_lots(
        &self,
        (group, kind): (&str, &AgentKind),
        least: Qty,
        greatest: Qty,
    ) -> Option<(Diagnostic, &'static str)> {
        let lots = &self.rules?.lots;
        if lots.is_plain() || lots.fits(Qty(1)) {
            return None;
        }
        let none = lots.up(least) > greatest || !lots.fits(lots.up(least));
        // Other kinds may know of round lots.
        let some = kind.make.number.is_some() && !(least == greatest && lots.fits(least));
        if !none && !some {
            return None;
        }
        let label = if none { "all of them are refused" } else { "those are refused" };
        let book = &self.name;
        let message = if none {
            format!("no order of `{group}` is a whole number of the round lots of `{book}`")
        } else {
            format!("orders of `{group}` need not be whole numbers of the round lots of `{book}`")
        };
        let sizes = match (least.0, greatest) {
            (least, Qty::MAX) => format!("they have {least} lots at least"),
            (1, Qty(1)) => "they have one lot each".to_owned(),
            (least, Qty(greatest)) if least == greatest => format!("they have {least} lots each"),
            (least, Qty(greatest)) => format!("they have {least} to {greatest} lots"),
        };
        let diagnostic = Diagnostic::new(Code::OddLots, message)
            .label(self.place.of("round_lot"), "with `odd_lots = false` no others are taken")
            .note(sizes)
            .help("give its orders one size, a multiple of `round_lot`, or leave out `odd_lots = false`");
        Some((diagnostic, label))
    }

    /// Groups of the catalogue's kinds, which name prices in single ticks.
    fn between_steps(&self, plan: &Plan, registry: &Registry) -> Option<Diagnostic> {
        let step = self.rules?.ticks.step(self.instrument.start);
        let quotes = |group: &&GroupPlan| {
            let kind = registry.agents().find(&group.filled.kind).map(|found| found.kind.make);
            kind.is_some_and(|kind| kind.number.is_some() && kind.liquidity != Liquidity::Takes)
                && trades(group, &self.name)
        };
        let groups: Vec<_> =
            plan.groups.iter().filter(quotes).map(|group| format!("`{}`", group.decl.0.name)).collect();
        if step == 1 || groups.is_empty() {
            return None;
        }
        let (book, tick) = (&self.name, self.instrument.tick);
        let coarse = tick.times(step).map_or(String::new(), |tick| format!(" of {tick}"));
        Some(
            Diagnostic::new(Code::BetweenSteps, format!("orders between the steps of `{book}` are refused"))
                .at(self.place.of("tick_table"), format!("steps of {step} ticks at its previous close"))
                .note(format!("{} name prices in single ticks", groups.join(", ")))
                .help(format!("a coarser `tick`{coarse} of the symbol in the place of the table is one that they keep to")),
        )
    }
}
