//! The keys that sections have whatever their kind, described once: for listings, the schema, and kinds that
//! must not hide them.

use prism_core::spec::{Param, Unit};

/// Of every `[[venue]]`, beside its `kind`.
pub(crate) const VENUE: &[Param] = &[
    Param::needed("name", Unit::Text, "the name of the venue"),
    Param::optional("symbols", Unit::Text, "what it lists, by name; all symbols when not given"),
    Param::new(
        "fees.maker",
        Unit::Of("%"),
        "0 %",
        "what the owner of the resting order pays of the traded value, in % or bp; negative for a rebate",
    )
    .above(-100.0)
    .below(100.0),
    Param::new(
        "fees.taker",
        Unit::Of("%"),
        "0 %",
        "what the owner of the incoming order pays of the traded value, in % or bp",
    )
    .above(-100.0)
    .below(100.0),
    Param::new(
        "fees.maker_per_lot",
        Unit::Money,
        "0",
        "what the owner of the resting order pays for each lot, beside that; negative for a rebate",
    ),
    Param::new(
        "fees.taker_per_lot",
        Unit::Money,
        "0",
        "what the owner of the incoming order pays for each lot, beside that",
    ),
    Param::optional(
        "fees.auction",
        Unit::Of("%"),
        "what both sides of an auction's trade pay of its value, in % or bp, in every tier; `fees.taker` when not given",
    )
    .above(-100.0)
    .below(100.0),
    Param::optional(
        "fees.auction_per_lot",
        Unit::Money,
        "what both sides of an auction's trade pay for each lot, beside that; `fees.taker_per_lot` when not given",
    ),
    Param::optional(
        "fees.tiers",
        Unit::Text,
        "other fees for whoever has traded many lots at the venue: a list of tables with `from` and the keys of \
         makers and takers, which are as in the tier before when not given",
    ),
    Param::new("depth", Unit::Count, "0", "how many levels a side are recorded, in the table depth")
        .at_least(0.0)
        .at_most(65_535.0),
    Param::new(
        "gateway.service",
        Unit::Span,
        "0s",
        "how long the gateway takes for each request, one after the other; requests wait for their turn",
    )
    .at_least(0.0),
    Param::optional(
        "gateway.limit",
        Unit::Count,
        "how many requests of an agent pass in a window, the others are rejected; no limit when not given",
    )
    .at_least(1.0)
    .at_most(u32::MAX as f64),
    Param::new(
        "gateway.window",
        Unit::Span,
        "1s",
        "how long a window of the limit is; it begins with an agent's first request",
    )
    .above(0.0),
    Param::new(
        "gateway.exempt_cancels",
        Unit::Flag,
        "false",
        "whether cancels are neither counted nor rejected for the limit",
    ),
    Param::optional(
        "gateway.max_queue",
        Unit::Count,
        "how many requests may wait, the others are rejected; no bound when not given",
    )
    .at_least(0.0)
    .at_most(u32::MAX as f64),
];

/// Of every `[[agents]]`, beside its `kind`.
pub(crate) const AGENTS: &[Param] = &[
    Param::optional("name", Unit::Text, "the name of the group; its kind when not given"),
    Param::new("count", Unit::Count, "1", "how many there are").at_least(0.0).at_most(u32::MAX as f64),
    Param::optional("link", Unit::Text, "the name of its link; without one it has no delay"),
    Param::optional(
        "books",
        Unit::Text,
        "its books, `SYMBOL` or, where several venues list it, `SYMBOL@VENUE`; all when not given",
    ),
    Param::optional(
        "wakes",
        Unit::Text,
        "who keeps the time: `{ poisson = SPAN }`, `{ periodic = SPAN }` or `own`; the kind's way when not given",
    ),
    Param::optional(
        "informed",
        Unit::Flag,
        "whether it learns the fundamental value; as its kind needs when not given",
    ),
];

/// Of every `[[sink]]`, beside its `kind`.
pub(crate) const SINK: &[Param] = &[Param::optional(
    "tables",
    Unit::Text,
    "which tables it gets, by name, or all; trades, tops and agents when not given",
)];

/// What a key of such a list means.
pub(crate) fn doc(keys: &[Param], name: &str) -> &'static str {
    keys.iter().find(|key| key.name == name).map_or("", |key| key.doc)
}
