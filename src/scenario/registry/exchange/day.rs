//! The trading day of an exchange: its phases, its auctions, its batches.

use prism_book::auction::{Allocation, Candidates, Rules, Tie};
use prism_book::day::{Day, DayError, Stage};
use prism_book::{CallTime, Collar, DayRules, Halted, Phase};
use prism_core::spec::{Param, ParamError, Params, Unit};
use prism_core::types::{Decimal, Price, Span, Time};

use super::guards;
use super::phases::{self, US_EQUITIES, XETRA};
use super::texts::Item;
use crate::scenario::registry::VenueDecl;

pub(super) const NONE: &str = "none";
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
/// The length of volatility calls, and their random end, when nothing is said.
const VOLATILITY: CallTime = CallTime { length: Span::mins(2), random_end: Span::secs(30) };
/// A day by the clock.
const DAY: Span = Span::hours(24);
/// What time zones differ by.
const QUARTER: Span = Span::mins(15);

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
        "the time of the day at which the run begins, such as `8:50`; the time of `run.start` when not given, and 0:00 of a \
         day whose phases are spans or whose length is not 24h",
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
    Param::optional(
        "auction_prices",
        Unit::Choice(&[LIMITS, TICKS]),
        "the prices that an auction may have: those of limit orders, or every tick; limits when not given",
    ),
    Param::optional(
        "auction_tie",
        Unit::Choice(&[PRESSURE, REFERENCE]),
        "what decides between prices of equal volume and surplus: the side of the surplus and then the last price, or \
         the last price alone; pressure when not given",
    ),
    Param::optional(
        "auction_allocation",
        Unit::Choice(&[TIME, PRO_RATA]),
        "who trades at the price level that can trade only in part: the first to come, or all in proportion; time when \
         not given",
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
    Param::optional(
        "volatility_call",
        Unit::Span,
        "how long the call lasts that follows a volatility interruption or a halt; 2min when not given",
    )
    .above(0.0),
    Param::optional(
        "volatility_random_end",
        Unit::Span,
        "that call ends at random up to so much later; 30s when not given",
    )
    .at_least(0.0),
    Param::optional(
        "halted",
        Unit::Choice(&[REFUSE, COLLECT]),
        "what becomes of new orders while trading is halted: they are refused, or collected for the call that follows; \
         refused when not given",
    ),
];

/// The trading day; none where nothing asks for one.
pub(super) fn rules(decl: &VenueDecl, p: &Params<'_>) -> Result<Option<DayRules>, ParamError> {
    guards::check(p)?;
    belong(p)?;
    if !(by_the_clock(p) || guards::asked(p) || p.maybe_span("batch").is_some()) {
        return Ok(None);
    }
    let day = day(p)?;
    let begins = clock(decl, &day, p)?;
    let mut rules = DayRules::new(day, Time::ZERO - begins)
        .auction(auction(p))
        .volatility(CallTime {
            length: p.maybe_span("volatility_call").unwrap_or(VOLATILITY.length),
            random_end: p.maybe_span("volatility_random_end").unwrap_or(VOLATILITY.random_end),
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

/// True for a day with phases of its own.
fn by_the_clock(p: &Params<'_>) -> bool {
    p.choice("day") != NONE || p.maybe_text("phases").is_some()
}

/// Whether parameters that belong to others stand with them: what has no effect is a mistake.
fn belong(p: &Params<'_>) -> Result<(), ParamError> {
    let word = |name| !p.choice(name).is_empty();
    let span = |name| p.maybe_span(name).is_some();
    let of = |name: &'static str, there: bool, what: &str| {
        if there { Ok(()) } else { Err(ParamError::new(name, format!("is a parameter of {what} only"))) }
    };
    let nothing = |name: &'static str, there: bool, why: &str| {
        if there { Ok(()) } else { Err(ParamError::new(name, format!("means nothing where {why}"))) }
    };
    let (day, stops) = (by_the_clock(p), guards::asked(p));
    of("clock", day || p.maybe_text("clock").is_none(), "`day` and `phases`")?;
    of("random_end", day || !span("random_end"), "`day` and `phases`")?;
    of("day_length", p.maybe_text("phases").is_some() || !span("day_length"), "`phases`")?;
    of("call_every", p.choice("day") == CALL || !span("call_every"), "`day = \"call\"`")?;
    let collar = p.maybe_number("collar").is_some();
    of("collar_extension", collar || !span("collar_extension"), "`collar`")?;
    of("collar_extensions", collar || p.maybe_count("collar_extensions").is_none(), "`collar`")?;
    let calls = "there are no calls: add `day` or `phases`, or what interrupts trading (price bands, a corridor, a breaker)";
    nothing("collar", day || stops || !collar, calls)?;
    let auctions = "there are no auctions: add `day`, `phases` or `batch`, or what interrupts trading (price bands, a \
                    corridor, a breaker)";
    for name in ["auction_prices", "auction_tie", "auction_allocation"] {
        nothing(name, day || stops || span("batch") || !word(name), auctions)?;
    }
    let interrupts = "nothing interrupts trading: add price bands, a corridor or a breaker";
    for name in ["volatility_call", "volatility_random_end"] {
        nothing(name, stops || !span(name), interrupts)?;
    }
    let halts = "nothing halts trading: add price bands, a breaker, or a phase `halted`";
    let halted = p.maybe_text("phases").is_some_and(|phases| phases.contains(Phase::Halted.name()));
    nothing("halted", guards::halts(p) || halted || !word("halted"), halts)
}

/// The time of the day at which the run begins.
fn clock(decl: &VenueDecl, day: &Day, p: &Params<'_>) -> Result<Span, ParamError> {
    // Where the day is one by the clock, the date says the time, unless it says the day alone.
    let named = matches!(p.choice("day"), US | DE);
    let by_clock = named || p.maybe_text("phases").is_some_and(phases::is_clock_time);
    let date = if by_clock && day.length() == DAY {
        Span::nanos(decl.start.rem_euclid(DAY.as_nanos()))
    } else {
        Span::ZERO
    };
    let Some(text) = p.maybe_text("clock") else { return Ok(date) };
    let clock = phases::time_of_day(Item::all(text)).map_err(|wrong| wrong.of("clock"))?;
    if clock >= day.length() {
        return Err(ParamError::new("clock", format!("must be before the day ends, at {}", day.length())));
    }
    if date.is_positive() && (clock - date).as_nanos() % QUARTER.as_nanos() != 0 {
        let why = format!(
            "it does not agree with `run.start`, whose time is {} UTC: local times differ from that by whole quarters of \
             an hour",
            phases::shown(date)
        );
        return Err(ParamError::new("clock", why));
    }
    Ok(clock)
}

fn day(p: &Params<'_>) -> Result<Day, ParamError> {
    let random_end = p.maybe_span("random_end");
    let named = p.choice("day");
    let wrong = |why: String| ParamError::new("random_end", why);
    if let Some(text) = p.maybe_text("phases") {
        if named != NONE {
            return Err(ParamError::new("phases", "give `day` or `phases`, not both"));
        }
        let length = p.maybe_span("day_length").unwrap_or(DAY);
        let day = phases::day(text, length, random_end.unwrap_or(Span::ZERO))?;
        if random_end.is_some() && !day.stages().iter().any(|stage| stage.phase.is_call()) {
            return Err(wrong("means nothing where the day has no calls".to_owned()));
        }
        return Ok(day);
    }
    match named {
        US => phases::day(US_EQUITIES, DAY, random_end.unwrap_or(Span::ZERO)),
        DE => phases::day(XETRA, DAY, random_end.unwrap_or(Span::secs(30))),
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
