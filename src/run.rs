//! What a finished run came to, in the units people use: decimals and currencies instead of ticks.

use std::collections::BTreeMap;
use std::fmt;

use prism_core::kernel::{BookSummary, GatewaySummary, GroupSummary, PhaseSummary, Run, RunWarning};
use prism_core::types::{Decimal, Price, Span, Time};
use serde::Serialize;

use crate::diagnostic::{Code, Diagnostic, Finding, Report, Sources};

/// How long a run took; the only figures of a run that are not reproducible.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Timing {
    /// From the start of the process until the first event.
    pub setup_seconds: f64,
    /// From the start of the process until the first trade; `None` without a trade.
    pub first_trade_seconds: Option<f64>,
    /// The run itself, without set-up.
    pub wall_seconds: f64,
    /// The most memory the process had at once; `None` where the system does not tell.
    pub peak_rss_bytes: Option<u64>,
}

/// The figures of a run, as `prism run --json` prints them. Prices and money are numbers in the currency.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunReport {
    /// The scenario's file or name.
    pub scenario: String,
    /// The seed.
    pub seed: u64,
    /// The fingerprint of the run: 16 hexadecimal digits.
    pub digest: String,
    /// False for a run that was interrupted.
    pub complete: bool,
    /// Simulated seconds.
    pub sim_seconds: f64,
    /// See [`Timing`].
    pub setup_seconds: f64,
    /// See [`Timing`].
    pub first_trade_seconds: Option<f64>,
    /// See [`Timing`].
    pub wall_seconds: f64,
    /// Messages taken from the queue.
    pub events: u64,
    /// Requests that arrived at venues, or their gateways.
    pub requests: u64,
    /// New orders among them.
    pub orders: u64,
    /// Cancels among them.
    pub cancels: u64,
    /// Trades.
    pub trades: u64,
    /// Lots traded.
    pub volume: u128,
    /// Agents.
    pub agents: u32,
    /// Events per wall second.
    pub events_per_second: Option<f64>,
    /// Requests per wall second.
    pub requests_per_second: Option<f64>,
    /// See [`Timing`].
    pub peak_rss_bytes: Option<u64>,
    /// The output folder.
    pub out: Option<String>,
    /// Each symbol on each venue.
    pub symbols: Vec<SymbolReport>,
    /// Each gateway; nothing of a venue without one.
    pub gateways: Vec<GatewayReport>,
    /// Each group.
    pub groups: Vec<GroupReport>,
    /// What looks wrong about the scenario, and about the run.
    pub warnings: Vec<Finding>,
    /// Of a run that did not come to its end, the files that its sinks have begun and not ended.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unfinished: Vec<String>,
}

/// The figures of one symbol on one venue.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SymbolReport {
    /// The symbol.
    pub name: String,
    /// The venue.
    pub venue: String,
    /// What its prices and money are in.
    pub currency: String,
    /// Trades.
    pub trades: u64,
    /// Lots traded.
    pub volume: u128,
    /// First traded price.
    pub first: Option<f64>,
    /// Last traded price.
    pub last: Option<f64>,
    /// Highest traded price.
    pub high: Option<f64>,
    /// Lowest traded price.
    pub low: Option<f64>,
    /// Time-weighted mean spread, in ticks.
    pub mean_spread_ticks: Option<f64>,
    /// Standard deviation of the one-minute log mid returns.
    pub return_volatility: Option<f64>,
    /// The phases of its day; none without one.
    pub phases: Vec<PhaseReport>,
}

/// The figures of all times in one phase.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PhaseReport {
    /// The phase, such as `opening`.
    pub phase: &'static str,
    /// How often it began.
    pub times: u32,
    /// How long it lasted, in all.
    pub seconds: f64,
    /// Trades, those of the uncrossing at its end too.
    pub trades: u64,
    /// Lots traded.
    pub volume: u128,
}

/// The figures of the gateway of one venue.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GatewayReport {
    /// The venue.
    pub venue: String,
    /// Requests that were let in.
    pub passed: u64,
    /// Requests above the limit of their agent.
    pub rejected_by_rate: u64,
    /// Requests that found the queue full.
    pub rejected_by_queue: u64,
    /// The most requests that waited at once.
    pub largest_queue: u64,
    /// How long a request that was let in waits for its turn on average.
    pub mean_wait_seconds: f64,
    /// The longest such wait.
    pub max_wait_seconds: f64,
}

/// The figures of one group.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupReport {
    /// The group.
    pub name: String,
    /// The kind of its agents.
    pub kind: String,
    /// Its members.
    pub count: u32,
    /// Members with at least one fill.
    pub traded: u32,
    /// New orders.
    pub orders: u64,
    /// Fills.
    pub trades: u64,
    /// Lots filled.
    pub volume: u128,
    /// Requests that the venues refused, by reason; a reason that did not occur is left out.
    pub refused: BTreeMap<&'static str, u64>,
    /// Profit and loss at the mark, after fees; `None` if the run has several currencies.
    pub pnl: Option<f64>,
    /// The same for each currency.
    pub pnl_by_currency: Vec<Money>,
}

/// An amount of a currency.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Money {
    /// The currency.
    pub currency: String,
    /// How much.
    pub amount: f64,
}

impl RunReport {
    /// The report of `run` of the scenario `name`.
    pub fn new(name: &str, run: &Run, timing: Timing, complete: bool, out: Option<String>) -> RunReport {
        let per_second = |n: u64| (timing.wall_seconds > 0.0).then(|| n as f64 / timing.wall_seconds);
        RunReport {
            scenario: name.to_owned(),
            seed: run.world.seed,
            digest: format!("{:016x}", run.digest),
            complete,
            sim_seconds: run.time.as_secs_f64(),
            setup_seconds: timing.setup_seconds,
            first_trade_seconds: timing.first_trade_seconds,
            wall_seconds: timing.wall_seconds,
            events: run.events,
            requests: run.requests,
            orders: run.orders,
            cancels: run.cancels,
            trades: run.trades,
            volume: run.volume,
            agents: run.agents,
            events_per_second: per_second(run.events),
            requests_per_second: per_second(run.requests),
            peak_rss_bytes: timing.peak_rss_bytes,
            out,
            symbols: run.books.iter().map(|book| symbol_report(run, book)).collect(),
            gateways: run.gateways.iter().map(|gateway| gateway_report(run, gateway)).collect(),
            groups: run.groups.iter().map(|group| group_report(run, group)).collect(),
            warnings: warnings(run).findings().collect(),
            unfinished: Vec::new(),
        }
    }
}

/// What looks wrong about a run, with how it is mended.
fn warnings(run: &Run) -> Report {
    let diagnostic = |warning: &RunWarning| {
        let code = Code::of(warning.code()).unwrap_or(Code::IdleGroup); // the kernel has no other so far
        let diagnostic = Diagnostic::new(code, warning.to_string());
        match warning {
            RunWarning::IdleGroup { .. } => {
                diagnostic.help("leave out `wakes`, or let its agents ask for a first wake-up in `on_start`")
            }
            _ => diagnostic,
        }
    };
    Report { sources: Sources::new(), diagnostics: run.warnings.iter().map(diagnostic).collect() }
}

fn symbol_report(run: &Run, book: &BookSummary) -> SymbolReport {
    let table = &run.world.instruments;
    let symbol = table.of_book(book.book);
    let price = |price: Option<Price>| price.and_then(|p| symbol.price(p)).map(Decimal::to_f64);
    SymbolReport {
        name: symbol.name.clone(),
        venue: table.venues()[table.books()[book.book.index()].venue.index()].clone(),
        currency: table.currencies()[symbol.currency.index()].name.clone(),
        trades: book.trades,
        volume: book.volume,
        first: price(book.first),
        last: price(book.last),
        high: price(book.high),
        low: price(book.low),
        mean_spread_ticks: book.mean_spread,
        return_volatility: book.return_volatility,
        phases: book.phases.iter().map(phase_report).collect(),
    }
}

fn phase_report(phase: &PhaseSummary) -> PhaseReport {
    PhaseReport {
        phase: phase.phase.name(),
        times: phase.times,
        seconds: phase.length.as_secs_f64(),
        trades: phase.trades,
        volume: phase.volume,
    }
}

fn gateway_report(run: &Run, gateway: &GatewaySummary) -> GatewayReport {
    GatewayReport {
        venue: run.world.instruments.venues()[gateway.venue.index()].clone(),
        passed: gateway.passed,
        rejected_by_rate: gateway.rejected_by_rate,
        rejected_by_queue: gateway.rejected_by_queue,
        largest_queue: gateway.largest_queue,
        mean_wait_seconds: gateway.mean_wait.as_secs_f64(),
        max_wait_seconds: gateway.max_wait.as_secs_f64(),
    }
}

fn group_report(run: &Run, group: &GroupSummary) -> GroupReport {
    let currencies = run.world.instruments.currencies();
    let amount = |(units, currency): (&f64, &prism_core::types::Currency)| Money {
        currency: currency.name.clone(),
        amount: units * currency.unit.to_f64(),
    };
    let by_currency: Vec<Money> = group.pnl.iter().zip(currencies).map(amount).collect();
    GroupReport {
        name: group.name.clone(),
        kind: group.kind.clone(),
        count: group.count,
        traded: group.traded,
        orders: group.orders,
        trades: group.trades,
        volume: group.volume,
        refused: group.refused.iter().map(|(why, count)| (why.name(), *count)).collect(),
        pnl: if let [only] = by_currency.as_slice() { Some(only.amount) } else { None },
        pnl_by_currency: by_currency,
    }
}

impl fmt::Display for RunReport {
    /// The summary a trader would recognise: a line for the run, a table of instruments, a table of groups.
    /// The warnings are not in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let venues = distinct(self.symbols.iter().map(|s| s.venue.as_str()));
        let symbols = distinct(self.symbols.iter().map(|s| s.name.as_str()));
        writeln!(
            f,
            "{} on {} · {} · {} simulated in {:.2} s · seed {}",
            counted(symbols.len() as u64, "instrument"),
            venues.join(", "),
            counted(u64::from(self.agents), "agent"),
            Time::ZERO + Span::from_secs_f64(self.sim_seconds),
            self.wall_seconds,
            self.seed,
        )?;
        write!(f, "{}", counted(self.events, "event"))?;
        if let Some(rate) = self.events_per_second {
            write!(f, " ({:.1} million a second)", rate / 1e6)?;
        }
        writeln!(f, " · {} · digest {}", counted(self.trades, "trade"), self.digest)?;
        if !self.complete {
            writeln!(f, "INCOMPLETE: interrupted before the end of the scenario")?;
        }
        if !self.symbols.is_empty() {
            writeln!(f)?;
            self.symbol_table(f, venues.len() > 1)?;
        }
        for symbol in self.symbols.iter().filter(|symbol| !symbol.phases.is_empty()) {
            writeln!(f)?;
            phase_table(f, symbol, venues.len() > 1)?;
        }
        if !self.gateways.is_empty() {
            writeln!(f)?;
            self.gateway_table(f)?;
        }
        if !self.groups.is_empty() {
            writeln!(f)?;
            self.group_table(f)?;
            self.refusals(f)?;
        }
        if let Some(out) = &self.out {
            writeln!(f, "\ntables in {out}")?;
        }
        Ok(())
    }
}

fn phase_table(f: &mut fmt::Formatter<'_>, symbol: &SymbolReport, with_venue: bool) -> fmt::Result {
    let name = &symbol.name;
    let title = if with_venue { format!("{name} @ {}", symbol.venue) } else { name.clone() };
    let mut rows = vec![
        [&format!("phases of {title}"), "times", "time", "trades", "volume"].map(str::to_owned).to_vec(),
    ];
    for phase in &symbol.phases {
        rows.push(vec![
            phase.phase.to_owned(),
            phase.times.to_string(),
            format!("{:.1} s", phase.seconds),
            grouped(u128::from(phase.trades)),
            format!("{} lots", grouped(phase.volume)),
        ]);
    }
    table(f, &rows, 1)
}

impl RunReport {
    fn symbol_table(&self, f: &mut fmt::Formatter<'_>, with_venue: bool) -> fmt::Result {
        let mut rows = vec![
            ["instrument", "last", "change", "high", "low", "spread", "trades", "volume", "1-min vol"]
                .map(str::to_owned)
                .to_vec(),
        ];
        for s in &self.symbols {
            let change =
                s.first.zip(s.last).map(|(first, last)| format!("{:+.2} %", (last / first - 1.0) * 100.0));
            rows.push(vec![
                if with_venue { format!("{} @ {}", s.name, s.venue) } else { s.name.clone() },
                or_dash(s.last.map(|p| p.to_string())),
                or_dash(change),
                or_dash(s.high.map(|p| p.to_string())),
                or_dash(s.low.map(|p| p.to_string())),
                or_dash(s.mean_spread_ticks.map(|t| format!("{t:.1} ticks"))),
                grouped(u128::from(s.trades)),
                format!("{} lots", grouped(s.volume)),
                or_dash(s.return_volatility.map(|v| format!("{:.1} bp", v * 1e4))),
            ]);
        }
        table(f, &rows, 1)
    }

    fn gateway_table(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rows = vec![
            ["gateway", "passed", "over the limit", "queue full", "largest queue", "mean wait", "max wait"]
                .map(str::to_owned)
                .to_vec(),
        ];
        for g in &self.gateways {
            let mut row = vec![g.venue.clone()];
            let counts = [g.passed, g.rejected_by_rate, g.rejected_by_queue, g.largest_queue];
            row.extend(counts.map(|n| grouped(u128::from(n))));
            let waits = [g.mean_wait_seconds, g.max_wait_seconds];
            row.extend(waits.map(short));
            rows.push(row);
        }
        table(f, &rows, 1)
    }

    fn group_table(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rows =
            vec![["group", "kind", "agents", "traded", "orders", "fills", "P&L"].map(str::to_owned).to_vec()];
        for g in &self.groups {
            let pnl = g.pnl_by_currency.iter().map(|m| format!("{} {}", money(m.amount), m.currency));
            rows.push(vec![
                g.name.clone(),
                g.kind.clone(),
                grouped(u128::from(g.count)),
                grouped(u128::from(g.traded)),
                grouped(u128::from(g.orders)),
                grouped(u128::from(g.trades)),
                pnl.collect::<Vec<_>>().join(" · "),
            ]);
        }
        table(f, &rows, 2)
    }
}

impl RunReport {
    /// A line for what the venues refused, of all groups.
    fn refusals(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut all: BTreeMap<&str, u64> = BTreeMap::new();
        for (why, count) in self.groups.iter().flat_map(|group| &group.refused) {
            *all.entry(why).or_default() += count;
        }
        if all.is_empty() {
            return Ok(());
        }
        let count =
            |(why, count): (&str, u64)| format!("{} {}", grouped(u128::from(count)), why.replace('_', " "));
        writeln!(f, "\nrefused: {}", all.into_iter().map(count).collect::<Vec<_>>().join(", "))
    }
}

/// Writes rows in columns: the first `left` of them to the left, numbers to the right.
fn table(f: &mut fmt::Formatter<'_>, rows: &[Vec<String>], left: usize) -> fmt::Result {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |c: usize| rows.iter().map(|row| row[c].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in rows {
        let mut line = String::new();
        for (c, cell) in row.iter().enumerate() {
            let pad = " ".repeat(widths[c] - cell.chars().count());
            line += if c == 0 { "" } else { "  " };
            let (first, second) = if c < left { (cell, &pad) } else { (&pad, cell) };
            line += first;
            line += second;
        }
        writeln!(f, "{}", line.trim_end())?;
    }
    Ok(())
}

fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = Vec::new();
    for name in names {
        if !seen.contains(&name) {
            seen.push(name);
        }
    }
    seen
}

fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "–".to_owned())
}

fn counted(n: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(u128::from(n)), if n == 1 { "" } else { "s" })
}

/// A whole number with its thousands apart.
fn grouped(n: u128) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A short span of time in the unit that fits.
fn short(seconds: f64) -> String {
    match seconds {
        s if s < 1e-6 => format!("{:.0} ns", s * 1e9),
        s if s < 1e-3 => format!("{:.1} us", s * 1e6),
        s if s < 1.0 => format!("{:.2} ms", s * 1e3),
        s => format!("{s:.2} s"),
    }
}

/// An amount of money to the cent, with its sign and its thousands apart.
fn money(amount: f64) -> String {
    let cents = format!("{:.2}", amount.abs());
    let (whole, rest) = cents.split_once('.').unwrap_or((&cents, "00"));
    let sign = if amount < -0.004_999 { "-" } else { "+" };
    format!("{sign}{}.{rest}", whole.parse().map_or_else(|_| whole.to_owned(), grouped))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_write_them() {
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(grouped(0), "0");
        assert_eq!(money(-1_234.567), "-1,234.57");
        assert_eq!(money(0.0), "+0.00");
        assert_eq!(counted(1, "agent"), "1 agent");
        let spans = [0.0, 19.96e-6, 0.007_552_688, 2.5].map(short);
        assert_eq!(spans, ["0 ns", "20.0 us", "7.55 ms", "2.50 s"]);
    }
}
