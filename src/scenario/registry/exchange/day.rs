//! The trading day of an exchange: its phases, its auctions, its batches.

use prism_book::auction::{Allocation, Candidates, Rules, Tie};
use prism_book::day::{Day, DayError, Stage};
use prism_book::{CallTime, Collar, DayRules, Halted, Phase};
use prism_core::spec::{Param, ParamError, Params, Unit};
use prism_core::types::{Decimal, Price, Span, Time};

use super::guards;
use super::phases::{self, US_EQUITIES, XETRA};
use crate::scenario::registry::VenueDecl;

const NONE: &str = "none";
const US: &str = "us_equities";
const DE: &str = "xetra";
pub(super) const CALL: &str = "call";
const LIMITS: &str = "limits";
const TICKS: &str = "ticks";
const PRESSURE: &str = "pressure";
const REFERENCE: &str = "reference";
const TIME: &str = "time";
const PRO_RATA: &str = "pro_rata";
const REFUSE: &str = "refuse";
const COLLECT: &str = "collect";

/// How long calls go on, and how often, when a collar does not say.
const EXTENSION: Span = Span::mins(5);
const EXTENSIONS: u32 = 3;

pub(super) const PARAMS: [Param; 16] = [
    Param::new(
        "day",
        Unit::Choice(&[NONE, US, DE, CALL]),
        NONE,
        "the trading day: none (trading never stops), the hours of US stock exchanges (opening cross at 9:30, closing \
         cross at 16:00) or of Xetra (opening call from 8:50, intraday auction at 13:00, closing call from 17:30), or a \
         call market, where orders are collected and crossed every `call_every`; or give `phases`",
    ),
    Param::optional(
        "phases",
        Unit::Text,
        "the phases of the day and their times, such as `opening 8:50, continuous 9:00, closing 17:30, closed 17:35`; \
         times are those of the day's clock, or spans since it began; the phases are pre_open, opening, continuous, \
         volatility, closing, halted and closed; those of `day` when not given",
    ),
    Param::optional("day_length", Unit::Span, "of `phases`: when the next day begins; 24h when not given").at_least(1.0),
    Param::optional(
        "clock",
        Unit::Text,
        "the time of the day at which the run begins, such as `8:50`; that at which the day begins, 0:00, when not given",
    ),
    Param::optional(
        "random_end",
        Unit::Span,
        "calls of the day end at random up to so much later; 30s for `day = \"xetra\"`, else 0s, when not given",
    )
    .at_least(0.0),
    Param::optional("call_every", Unit::Span, "of `day = \"call\"`: how often is crossed; 1h when not given").at_least(0.001),
    Param::optional(
        "batch",
        Unit::Span,
        "orders are crossed every so often instead of as they come (a frequent batch auction); as they come when not given",
    )
    .at_least(0.000_01),
    Param::new(
        "auction_prices",
        Unit::Choice(&[LIMITS, TICKS]),
        LIMITS,
        "the prices that an auction may have: those of limit orders, or every tick",
    ),
    Param::new(
        "auction_tie",
        Unit::Choice(&[PRESSURE, REFERENCE]),
        PRESSURE,
        "what decides between prices of equal volume and surplus: the side of the surplus and then the last price, or \
         the last price alone",
    ),
    Param::new(
        "auction_allocation",
        Unit::Choice(&[TIME, PRO_RATA]),
        TIME,
        "who trades at the price level that can trade only in part: the first to come, or all in proportion",
    ),
    Param::optional(
        "collar",
        Unit::Of("bp"),
        "a call goes on while its price is further from the last one than this, and so much more with each extension; \
         no such rule when not given",
    )
    .at_least(1.0)
    .at_most(10_000.0),
    Param::optional(
        "collar_extension",
        Unit::Span,
        "of `collar`: how much longer a call lasts each time; 5min when not given",
    )
    .above(0.0),
    Param::optional("collar_extensions", Unit::Count, "of `collar`: how often at most; 3 when not given")
        .at_least(0.0)
        .at_most(1_000.0),
    Param::new(
        "volatility_call",
        Unit::Span,
        "2min",
        "how long the call lasts that follows a volatility interruption or a halt",
    )
    .above(0.0),
    Param::new("volatility_random_end", Unit::Span, "30s", "that call ends at random up to so much later")
        .at_least(0.0),
    Param::new(
        "halted",
        Unit::Choice(&[REFUSE, COLLECT]),
        REFUSE,
        "what becomes of new orders while trading is halted: they are refused, or collected for the call that follows",
    ),
];

/// The trading day; none where nothing asks for one.
pub(super) fn rules(decl: &VenueDecl, p: &Params<'_>) -> Result<Option<DayRules>, ParamError> {
    let by_the_clock = p.choice("day") != NONE || p.maybe_text("phases").is_some();
    let asked = by_the_clock
        || p.maybe_span("batch").is_some()
        || p.maybe_number("collar").is_some()
        || guards::asked(p);
    let of = |name: &'static str, given: bool, what: &str| {
        if given { Err(ParamError::new(name, format!("is a parameter of {what} only"))) } else { Ok(()) }
    };
    if !by_the_clock {
        of("clock", p.maybe_text("clock").is_some(), "`day` and `phases`")?;
        of("random_end", p.maybe_span("random_end").is_some(), "`day` and `phases`")?;
    }
    if p.maybe_text("phases").is_none() {
        of("day_length", p.maybe_span("day_length").is_some(), "`phases`")?;
    }
    if p.choice("day") != CALL {
        of("call_every", p.maybe_span("call_every").is_some(), "`day = \"call\"`")?;
    }
    if p.maybe_number("collar").is_none() {
        of("collar_extension", p.maybe_span("collar_extension").is_some(), "`collar`")?;
        of("collar_extensions", p.maybe_count("collar_extensions").is_some(), "`collar`")?;
    }
    guards::check(p)?;
    if !asked {
        return Ok(None);
    }
    let clock = p.maybe_text("clock").map_or(Ok(Span::ZERO), phases::time_of_day);
    let clock = clock.map_err(|why| ParamError::new("clock", why))?;
    let day = day(p)?;
    if clock >= day.length() {
        return Err(ParamError::new("clock", format!("must be before the day ends, at {}", day.length())));
    }
    let mut rules = DayRules::new(day, Time::ZERO - clock)
        .auction(auction(p))
        .volatility(CallTime {
            length: p.span("volatility_call"),
            random_end: p.span("volatility_random_end"),
        })
        .halted(if p.choice("halted") == COLLECT { Halted::Collect } else { Halted::Refuse });
    if let Some(bp) = guards::whole_bp(p, "collar")? {
        let extensions = p.maybe_count("collar_extensions").and_then(|n| u32::try_from(n).ok());
        rules = rules.collar(Collar {
            bp,
            extension: p.maybe_span("collar_extension").unwrap_or(EXTENSION),
            extensions: extensions.unwrap_or(EXTENSIONS),
        });
    }
    if let Some(interval) = p.maybe_span("batch") {
        rules = rules.batch(interval);
    }
    rules = guards::guarded(rules, decl, p)?;
    for close in closes(decl) {
        rules.check(close).map_err(|why| about(&why))?;
    }
    Ok(Some(rules))
}

fn day(p: &Params<'_>) -> Result<Day, ParamError> {
    let random_end = p.maybe_span("random_end");
    let named = p.choice("day");
    if let Some(text) = p.maybe_text("phases") {
        if named != NONE {
            return Err(ParamError::new("phases", "give `day` or `phases`, not both"));
        }
        let length = p.maybe_span("day_length").unwrap_or(Span::hours(24));
        let day = phases::day(text, length, random_end.unwrap_or(Span::ZERO));
        return day.map_err(|why| ParamError::new("phases", why));
    }
    let wrong = |why: String| ParamError::new("random_end", why);
    match named {
        US => phases::day(US_EQUITIES, Span::hours(24), random_end.unwrap_or(Span::ZERO)).map_err(wrong),
        DE => phases::day(XETRA, Span::hours(24), random_end.unwrap_or(Span::secs(30))).map_err(wrong),
        CALL => {
            let call = Stage { phase: Phase::Opening, from: Span::ZERO, random_end: Span::ZERO };
            if random_end.is_some_and(Span::is_positive) {
                return Err(wrong("a call market crosses at its times".to_owned()));
            }
            let every = p.maybe_span("call_every").unwrap_or(Span::hours(1));
            Day::new(every, &[call]).map_err(|why| ParamError::new("call_every", why.to_string()))
        }
        _ => {
            let always = Stage { phase: Phase::Continuous, from: Span::ZERO, random_end: Span::ZERO };
            Day::new(Span::MAX, &[always]).map_err(|why| about(&why))
        }
    }
}

fn auction(p: &Params<'_>) -> Rules {
    Rules {
        candidates: if p.choice("auction_prices") == TICKS { Candidates::Ticks } else { Candidates::Limits },
        tie: if p.choice("auction_tie") == REFERENCE { Tie::Reference } else { Tie::Pressure },
        allocation: if p.choice("auction_allocation") == PRO_RATA {
            Allocation::ProRata
        } else {
            Allocation::Time
        },
    }
}

/// The previous closes of what is listed, in ticks, where they are known.
fn closes(decl: &VenueDecl) -> impl Iterator<Item = Price> {
    decl.symbols.iter().filter_map(|symbol| {
        let (tick, start): (Decimal, Decimal) = (symbol.tick.parse().ok()?, symbol.start.parse().ok()?);
        Some(Price(i64::try_from(start.steps(tick).ok()?).ok()?))
    })
}

/// A complaint about the rules of a day, at the parameter that it is about.
pub(super) fn about(why: &DayError) -> ParamError {
    const OF: [(&str, &str); 13] = [
        ("collar", "collar"),
        ("extension", "collar_extension"),
        ("batch", "batch"),
        ("volatility call", "volatility_call"),
        ("random end of volatility calls", "volatility_random_end"),
        ("window", "band_window"),
        ("moves", "band_moves"),
        ("patience", "band_patience"),
        ("pause", "band_pause"),
        ("width", "band_width"),
        ("dynamic", "dynamic_corridor"),
        ("static", "static_corridor"),
        ("reference", "bands"),
    ];
    let name = match why {
        DayError::Range { field, .. } => {
            OF.iter().find(|(known, _)| known == field).map_or("day", |(_, name)| name)
        }
        _ => "day",
    };
    ParamError::new(name, why.to_string())
}
