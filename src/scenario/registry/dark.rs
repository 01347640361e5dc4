//! The kind of venue that shows nothing.

use prism_book::venue::{Dark, DarkPriority};
use prism_core::spec::{Param, ParamError, Unit};

use super::VenueKind;

const TIME: &str = "time";
const SIZE_TIME: &str = "size_time";

const PARAMS: [Param; 2] = [
    Param::new("watch", Unit::Span, "0s", "how late it sees the quotes of other venues").at_least(0.0),
    Param::new(
        "priority",
        Unit::Choice(&[TIME, SIZE_TIME]),
        TIME,
        "who trades first: those who came first, or the largest",
    ),
];

/// True for the kind of venue that shows nothing.
pub(crate) fn is_dark(kind: &VenueKind) -> bool {
    *kind.params == PARAMS
}

pub(super) const DARK: VenueKind = VenueKind {
    kind: "dark",
    doc: "a dark venue: orders rest unseen and trade at the midpoint of what the other venues of their symbol quote",
    cites: &["Zhu 2014, Do Dark Pools Harm Price Discovery?, Review of Financial Studies 27(3)"],
    params: &PARAMS,
    presets: &[],
    make: |decl, p| {
        if decl.depth > 0 {
            return Err(ParamError::new("depth", "a dark venue shows no levels"));
        }
        let by_size = p.choice("priority") == SIZE_TIME;
        let dark = Dark::new(&decl.name).fee_schedule(decl.fees.clone()).watch(p.span("watch"));
        let dark = dark.priority(if by_size { DarkPriority::SizeTime } else { DarkPriority::Time });
        Ok(Box::new(decl.symbols.iter().cloned().fold(dark, Dark::list)))
    },
};
