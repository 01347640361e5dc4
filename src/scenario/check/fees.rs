//! `fees` of a `[[venue]]`.

use prism_book::venue::{Fee, FeeTier};
use prism_core::types::Qty;

use super::super::read::Section;
use super::super::units;
use crate::diagnostic::{Code, Diagnostic};

/// The keys of the fee of auctions.
pub(super) const AUCTION: [&str; 2] = ["auction", "auction_per_lot"];

/// Reads the fees of a venue: their tiers, the first from nothing, and the fee of auctions if there is one.
pub(super) fn fees(venue: &Section<'_>) -> (Vec<FeeTier>, Option<Fee>) {
    let Some(section) = venue.section("fees") else { return (vec![FeeTier::default()], None) };
    let first = rates(&section, FeeTier::default());
    let rate = section.read(AUCTION[0], units::fee).unwrap_or(first.taker.rate);
    let per_lot = section.read(AUCTION[1], units::decimal).unwrap_or(first.taker.per_lot);
    let auction = AUCTION.iter().any(|key| section.has(key)).then_some(Fee { rate, per_lot });
    let mut tiers = vec![first];
    for tier in section.sections("tiers") {
        let before = tiers.last().copied().unwrap_or(first);
        let from = tier
            .need("from", "from = 1_000_000", |node, key| units::whole(node, key, 1, i128::from(i64::MAX)));
        let from = from.and_then(|from| u64::try_from(from).ok()).map(Qty);
        let now = rates(&tier, before);
        if let Some(from) = from.filter(|from| *from <= before.from) {
            let message = format!(
                "`from` does not fit: {from} is not more than the {} of the tier before",
                before.from
            );
            tier.problem(Diagnostic::new(Code::Contradiction, message).at(tier.at_of("from"), ""));
        }
        tier.finish();
        tiers.push(FeeTier { from: from.unwrap_or(before.from), ..now });
    }
    section.finish();
    (tiers, auction)
}

/// The fees that a table names; the others are as before.
fn rates(section: &Section<'_>, before: FeeTier) -> FeeTier {
    let fee = |rate: &'static str, per_lot: &'static str, before: Fee| Fee {
        rate: section.read(rate, units::fee).unwrap_or(before.rate),
        per_lot: section.read(per_lot, units::decimal).unwrap_or(before.per_lot),
    };
    FeeTier {
        maker: fee("maker", "maker_per_lot", before.maker),
        taker: fee("taker", "taker_per_lot", before.taker),
        ..before
    }
}
