//! Whole markets: requests per second of thread CPU time.
//!
//! `cargo run --release --features peers --bin kernel -- [--rounds N] [--only random|mixed|million]
//! [--requests N] [--agents N]`
//!
//! *random*: bourse-de 0.4 with its own `RandomAgents`, and PRISM with agents of the same rule, rate, prices and
//! sizes. PRISM keeps accounts, delays and digest; bourse has none of them. In each round all run one after the
//! other; a quotient is the median over the rounds of the quotient inside a round.
//! *mixed*: 1,000 makers and traders, log-normal delays, fees. *million*: set-up and memory of a million agents.
//! `--profile SETTING` runs one PRISM market alone, for a profiler.

use std::process::ExitCode;
use std::time::Instant;

use prism_benches::book::harness::{cpu_ns, median};
use prism_benches::kernel::random::{RULE, STEP, Setting};
use prism_benches::kernel::{Timed, million, mixed, random, timed};
use prism_core::types::{Span, Time};

const SETTINGS: [(&str, Setting); 4] = [
    ("PRISM, no delay", Setting::Instant),
    ("PRISM, 50 us", Setting::Fixed),
    ("PRISM, in turn", Setting::InTurn),
    ("PRISM, log-normal", Setting::LogNormal),
];

/// Steps before the clock starts: by then the book is as full as it gets.
const WARM: u32 = 10;

fn steps(agents: u32, requests: usize) -> u32 {
    (requests as f64 / (f64::from(agents) * f64::from(RULE.activity))).ceil() as u32
}

fn prism(agents: u32, setting: Setting, requests: usize) -> Timed {
    let length = STEP * i64::from(steps(agents, requests));
    timed(random::market(agents, setting, 7), STEP * i64::from(WARM), length)
}

#[cfg(feature = "peers")]
fn peer(agents: u32, requests: usize) -> Timed {
    let steps = u64::from(steps(agents, requests));
    prism_benches::kernel::peer::timed(agents as usize, RULE, 7, u64::from(WARM), steps)
}

fn line(name: &str, runs: &[Timed], ratio: Option<f64>) {
    let ns = median(&mut runs.iter().map(Timed::per_request).collect::<Vec<_>>());
    let first = &runs[0];
    print!(
        "{name:18} {ns:>9.1} {:>9.2} {:>10.3} {:>9.2}",
        1e3 / ns,
        first.trades / first.requests,
        first.events / first.requests,
    );
    match ratio {
        Some(ratio) => println!(" {ratio:>9.2}x"),
        None => println!(" {:>10}", "-"),
    }
}

fn header() {
    println!(
        "{:18} {:>9} {:>9} {:>10} {:>9} {:>10}",
        "", "ns/req", "M req/s", "trades/req", "ev/req", "x bourse"
    );
}

/// True when every PRISM run of one setting ended in the same digest.
fn random_table(agents: u32, rounds: usize, requests: usize) -> bool {
    println!("\n== {agents} random agents, {requests} requests a run, {rounds} rounds");
    let mut rows: Vec<(&str, Vec<Timed>)> = Vec::new();
    #[cfg(feature = "peers")]
    rows.push(("bourse-de 0.4.0", Vec::new()));
    let peers = rows.len();
    rows.extend(SETTINGS.map(|(name, _)| (name, Vec::new())));
    for _ in 0..rounds {
        #[cfg(feature = "peers")]
        rows[0].1.push(peer(agents, requests));
        for (row, (_, setting)) in rows[peers..].iter_mut().zip(SETTINGS) {
            row.1.push(prism(agents, setting, requests));
        }
    }
    header();
    let base: Option<Vec<f64>> = (peers > 0).then(|| rows[0].1.iter().map(Timed::per_request).collect());
    for (name, runs) in &rows {
        let ratio = base.as_ref().map(|base| {
            median(&mut base.iter().zip(runs).map(|(b, r)| b / r.per_request()).collect::<Vec<_>>())
        });
        line(name, runs, ratio);
    }
    rows[peers..].iter().all(|(_, runs)| runs.iter().all(|run| run.digest == runs[0].digest))
}

fn mixed_table(rounds: usize, requests: usize) {
    // About 7,200 requests a simulated second.
    let length = Span::from_secs_f64(requests as f64 / 7_200.0);
    let runs: Vec<Timed> = (0..rounds).map(|_| timed(mixed::market(7), Span::secs(20), length)).collect();
    println!("\n== mixed: 20 makers and 980 traders, log-normal delays, fees");
    header();
    line("PRISM", &runs, None);
    let ns = median(&mut runs.iter().map(Timed::per_request).collect::<Vec<_>>());
    println!("80 million requests: {:.1} s of CPU time", ns * 80e6 / 1e9);
}

fn million_alone() {
    let (begin, cpu) = (Instant::now(), cpu_ns());
    let mut sim = million::market();
    sim.advance(Time::ZERO).expect("nothing to go wrong");
    let (wall, cpu) = (begin.elapsed().as_secs_f64(), (cpu_ns() - cpu) as f64 / 1e9);
    let set_up = million::peak_memory();
    let begin = cpu_ns();
    sim.advance(Time::ZERO + Span::secs(60)).expect("the agents keep the rules");
    let run = (cpu_ns() - begin) as f64 / 1e9;
    let megabytes = |bytes: Option<u64>| bytes.map_or(f64::NAN, |bytes| bytes as f64 / 1e6);
    println!("\n== million: a million agents, one wake-up each a minute");
    println!("set-up {wall:.2} s ({cpu:.2} s of CPU time), {:.0} MB", megabytes(set_up));
    println!(
        "a minute: {} requests in {run:.2} s of CPU time, {:.0} MB at most",
        sim.summary().requests,
        megabytes(million::peak_memory())
    );
}

/// In a process of its own, since the peak of memory is that of a process.
fn million_table() {
    let child = std::env::current_exe()
        .and_then(|exe| std::process::Command::new(exe).arg("--million-alone").status());
    if !child.is_ok_and(|status| status.success()) {
        eprintln!("the run of a million agents failed");
    }
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().collect();
    let given = |name: &str| args.iter().position(|arg| arg == name).and_then(|at| args.get(at + 1));
    let number = |name: &str, default: usize| {
        given(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} wants a number")))
    };
    if args.iter().any(|arg| arg == "--million-alone") {
        million_alone();
        return ExitCode::SUCCESS;
    }
    let (rounds, requests) = (number("--rounds", 5), number("--requests", 2_000_000));
    if let Some(setting) = given("--profile") {
        let run = match setting.as_str() {
            "mixed" => {
                timed(mixed::market(7), Span::secs(20), Span::from_secs_f64(requests as f64 / 7_200.0))
            }
            name => {
                let setting =
                    SETTINGS.into_iter().find(|(known, _)| known.contains(name)).expect("a known setting");
                prism(number("--agents", 1_000) as u32, setting.1, requests)
            }
        };
        println!(
            "{:.1} ns a request, {} requests, digest {:016x}",
            run.per_request(),
            run.requests,
            run.digest
        );
        return ExitCode::SUCCESS;
    }
    let wanted = |name: &str| given("--only").is_none_or(|only| only == name);
    let mut same = true;
    if wanted("random") {
        let crowds = given("--agents").map_or(vec![1_000, 100_000], |_| vec![number("--agents", 0) as u32]);
        for agents in crowds {
            same &= random_table(agents, rounds, requests);
        }
    }
    if wanted("mixed") {
        mixed_table(rounds, requests);
    }
    if wanted("million") {
        million_table();
    }
    if same {
        ExitCode::SUCCESS
    } else {
        eprintln!("the same market ended in different digests");
        ExitCode::FAILURE
    }
}
