//! What an exchange does for those who trade at it, as far as `prism check` asks.

use prism_book::DayRules;
use prism_book::day::{LotRule, Stage, TickTable};
use prism_core::msg::Phase;
use prism_core::spec::{ParamError, Params, Value};
use prism_core::types::{Decimal, Qty, Span};

use super::{ALLOW, EXCHANGE, day, limits, margin, matching};
use crate::scenario::registry::{VenueDecl, VenueKind};

/// The rules of an exchange that decide who can trade there.
#[derive(Debug)]
pub(crate) struct Outlook {
    day: Option<DayRules>,
    pub(crate) ticks: TickTable,
    pub(crate) lots: LotRule,
    /// How many lots all together may be short, if that is limited.
    pub(crate) short_pool: Option<Qty>,
    /// The groups to whom margin and short-sale rules do not apply.
    pub(crate) exempt: Vec<String>,
    /// How late it sees the quotes that it protects, if it does.
    pub(crate) protects: bool,
    /// The parameter that asks for margin.
    pub(crate) margin: Option<&'static str>,
    /// Rules that are set and act in continuous trading only.
    pub(crate) continuous_only: Vec<&'static str>,
}

/// When something can trade in a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Chances {
    /// When continuous trading (or the collecting of batches) begins first.
    pub(crate) continuous: Option<Span>,
    /// When a call is uncrossed first.
    pub(crate) uncrossing: Option<Span>,
}

/// What the exchange will be like that these values make; `None` of another kind of venue, and of one that cannot be
/// made.
pub(crate) fn outlook(kind: &VenueKind, decl: &VenueDecl, values: &[Option<Value>]) -> Option<Outlook> {
    // Others may have registered a kind of the same name.
    if *kind.params != super::PARAMS {
        return None;
    }
    of(decl, &Params::without_instrument(EXCHANGE.params, values.to_vec())).ok()
}

fn of(decl: &VenueDecl, p: &Params<'_>) -> Result<Outlook, ParamError> {
    let day = day::rules(decl, p)?;
    let (ticks, lots) = limits::limits(limits::any_tick(day.as_ref()), p)?;
    let set = [
        ("self_trade", p.choice("self_trade") != ALLOW),
        (matching::MATCHING.name, p.choice(matching::MATCHING.name) != matching::PRICE_TIME),
        ("protect", p.maybe_span("protect").is_some()),
        ("bands", p.choice("bands") != day::NONE),
        ("band_width", p.maybe_number("band_width").is_some()),
        ("dynamic_corridor", p.maybe_number("dynamic_corridor").is_some()),
        ("static_corridor", p.maybe_number("static_corridor").is_some()),
    ];
    let margins = [margin::INITIAL.name, margin::INITIAL_PER_LOT.name];
    let has_margin = margin::margin(p)?.is_some();
    Ok(Outlook {
        day,
        ticks,
        lots,
        short_pool: margin::short_sales(p)?.pool,
        exempt: p.maybe_groups(margin::EXEMPT.name).unwrap_or_default().to_vec(),
        protects: p.maybe_span("protect").is_some(),
        margin: margins.into_iter().find(|_| has_margin),
        continuous_only: set.into_iter().filter(|(_, set)| *set).map(|(name, _)| name).collect(),
    })
}

/// The amounts of money among the values, which must be whole numbers of the currency's unit.
pub(crate) fn exact_amounts(kind: &VenueKind, values: &[Option<Value>]) -> Vec<(&'static str, Decimal)> {
    if *kind.params != super::PARAMS {
        return Vec::new();
    }
    let amount = |(param, value): (&'static prism_core::spec::Param, &Option<Value>)| match value {
        Some(Value::Money(amount)) => Some((param.name, *amount)),
        _ => None,
    };
    kind.params.iter().zip(values).filter_map(amount).collect()
}

impl Outlook {
    /// True if its days have continuous trading at all.
    pub(crate) fn is_ever_continuous(&self) -> bool {
        self.day.as_ref().is_none_or(|rules| rules.batch.is_none() && self.shows_prices())
    }

    /// True if it has a phase in which it quotes.
    pub(crate) fn shows_prices(&self) -> bool {
        let stages =
            |rules: &DayRules| rules.day.stages().iter().any(|stage| stage.phase == Phase::Continuous);
        self.day.as_ref().is_none_or(stages)
    }

    /// True if it crosses orders in auctions, at any time.
    pub(crate) fn has_auctions(&self) -> bool {
        self.day.is_some()
    }

    /// When trading begins after the beginning of a run, if it ever does.
    pub(crate) fn chances(&self) -> Chances {
        let Some(rules) = &self.day else {
            return Chances { continuous: Some(Span::ZERO), uncrossing: None };
        };
        let length = i128::from(rules.day.length().as_nanos());
        let begins = i128::from(rules.start.nanos());
        let stages = rules.day.stages();
        let at = |day: i128, stage: &Stage| {
            (begins + day * length + i128::from(stage.from.as_nanos()), stage.phase)
        };
        // What has begun at 0 is under way then. Whatever comes at all comes before the second day from there is over.
        let mut coming: Vec<(i128, Phase)> =
            (0..3).flat_map(|day| stages.iter().map(move |stage| at(day, stage))).collect();
        let begun = coming.iter().rposition(|(at, _)| *at <= 0);
        let now = begun.map_or(Phase::Closed, |n| coming[n].1);
        coming.drain(..begun.map_or(0, |n| n + 1));
        coming.insert(0, (0, now));
        let span = |at: i128| i64::try_from(at).ok().map(Span::nanos);
        let first = coming.iter().find(|(_, phase)| *phase == Phase::Continuous);
        let batch = rules.batch.unwrap_or(Span::ZERO);
        let collects = |phase: Phase| phase.is_call() || phase == Phase::PreOpen;
        let ends = coming.windows(2).find(|two| {
            let (from, to) = (two[0].1, two[1].1);
            (from.is_call() && (!collects(to) || from == to))
                || (from == Phase::PreOpen && to == Phase::Continuous)
        });
        Chances {
            continuous: first.and_then(|(at, _)| span(*at + i128::from(batch.as_nanos()))),
            uncrossing: ends.and_then(|two| span(two[1].0)),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use prism_book::day::Day;
    use prism_core::types::Time;

    use super::*;

    fn chances(length: Span, clock: Span, stages: &[(Phase, Span)]) -> [Option<i64>; 2] {
        let stage = |&(phase, from): &(Phase, Span)| Stage { phase, from, random_end: Span::ZERO };
        let stages: Vec<_> = stages.iter().map(stage).collect();
        let rules = DayRules::new(Day::new(length, &stages).unwrap(), Time::ZERO - clock);
        let outlook = Outlook {
            day: Some(rules),
            ticks: TickTable::default(),
            lots: LotRule::default(),
            short_pool: None,
            exempt: Vec::new(),
            protects: false,
            margin: None,
            continuous_only: Vec::new(),
        };
        let Chances { continuous, uncrossing } = outlook.chances();
        [continuous, uncrossing].map(|at| at.map(|at| at.as_nanos() / 60_000_000_000))
    }

    /// In minutes: continuous trading, and the first uncrossing.
    #[test]
    fn trading_begins_today_or_tomorrow_or_never() {
        let (hours, mins) = (Span::hours, Span::mins);
        let day = [
            (Phase::PreOpen, hours(7)),
            (Phase::Opening, hours(8)),
            (Phase::Continuous, hours(9)),
            (Phase::Closing, hours(17)),
            (Phase::Closed, hours(18)),
        ];
        assert_eq!(chances(hours(24), Span::ZERO, &day), [Some(540), Some(540)]);
        assert_eq!(chances(hours(24), hours(8) + mins(59), &day), [Some(1), Some(1)]);
        assert_eq!(chances(hours(24), hours(9), &day), [Some(0), Some(540)]);
        assert_eq!(chances(hours(24), hours(17) + mins(30), &day), [Some(930), Some(30)]);
        assert_eq!(chances(hours(24), hours(20), &day), [Some(780), Some(780)]);
        let call = [(Phase::Opening, Span::ZERO)];
        assert_eq!(chances(hours(1), mins(50), &call), [None, Some(10)]);
        let shut = [(Phase::PreOpen, hours(1)), (Phase::Closed, hours(2))];
        assert_eq!(chances(hours(24), Span::ZERO, &shut), [None, None]);
        let always = [(Phase::Continuous, Span::ZERO)];
        assert_eq!(chances(Span::MAX, Span::ZERO, &always), [Some(0), None]);
    }
}
