//! Fees, margin, short sales and lead makers, from the scenario to what a run does with them.
#![allow(clippy::unwrap_used)] // a test that cannot go on fails

use prism::prelude::*;
use prism::scenario::Scenario;
use prism_core::kernel::GroupSummary;
use prism_core::sink::{LiquidationRow, Tables};
use prism_core::types::CurrencyId;
use prism_sinks::Memory;

/// One stock, two makers and a crowd, with these lines in its venue.
fn scenario(venue: &str) -> Scenario {
    let text = format!(
        "schema = 1\nrun = {{ seed = 3, length = \"1min\" }}\n\
         [[symbol]]\nname = \"ACME\"\nvalue = {{ law = \"gbm\", start = \"100\", sigma = 5e-4 }}\n\
         [[venue]]\nname = \"XPRM\"\nkind = \"exchange\"\n{venue}\n\
         [link.near]\norder = \"1ms\"\nfeed = \"1ms\"\n\
         [[agents]]\nkind = \"ladder_mm\"\nname = \"makers\"\ncount = 2\nlink = \"near\"\nmin_size = 100\n\
         [[agents]]\nkind = \"noise_trader\"\nname = \"crowd\"\ncount = 60\nlink = \"near\"\nsize_min = \"20 lots\"\nsize_max = \"90 lots\"\nrepeat = true\nrate = \"every 2s\"\n"
    );
    Scenario::parse(&text, "clearing").unwrap_or_else(|report| panic!("{report}"))
}

fn simulation(venue: &str) -> Simulation {
    scenario(venue).builder().unwrap().build().unwrap()
}

/// A minute of it, with what each group was refused for.
fn run(venue: &str) -> (Run, Vec<u64>, Simulation) {
    let mut sim = simulation(venue);
    let run = sim.run_for(Span::secs(60)).unwrap();
    let count = |why| {
        move |group: &GroupSummary| group.refused.iter().filter(|(of, _)| *of == why).map(|(_, n)| n).sum()
    };
    let counts =
        run.groups.iter().map(count(Reject::NoMargin)).chain(run.groups.iter().map(count(Reject::ShortSale)));
    let counts = counts.collect();
    (run, counts, sim)
}

#[test]
fn what_is_written_is_what_is_read() {
    for (venue, fees) in [
        ("", "{ maker = \"0 bp\", taker = \"0 bp\", maker_per_lot = \"0\", taker_per_lot = \"0\" }"),
        (
            "fees = { maker = \"-0.2 bp\", taker_per_lot = 0.0030, tiers = [{ from = 1_000, taker_per_lot = \"0.0029\" }, { from = 5000, maker = \"-0.3 bp\" }] }",
            "{ maker = \"-0.2 bp\", taker = \"0 bp\", maker_per_lot = \"0\", taker_per_lot = \"0.003\", tiers = [\
             { from = 1000, maker = \"-0.2 bp\", taker = \"0 bp\", maker_per_lot = \"0\", taker_per_lot = \"0.0029\" }, \
             { from = 5000, maker = \"-0.3 bp\", taker = \"0 bp\", maker_per_lot = \"0\", taker_per_lot = \"0.0029\" }] }",
        ),
    ] {
        let read = scenario(venue);
        let expanded = read.expanded();
        assert!(expanded.contains(&format!("\nfees = {fees}")), "{expanded}");
        assert_eq!(Scenario::parse(&expanded, "expanded").unwrap(), read);
    }
    let read = scenario(
        "initial_margin_per_lot = \"12.50\"\ncollateral = 1000\nshort_pool = 7\nexempt = [\"makers\"]\n\
         matching = \"lead_maker\"\nlead_makers = [\"makers\"]",
    );
    let expanded = read.expanded();
    assert!(
        expanded.contains("\nexempt = [\"makers\"]") && expanded.contains("\nlead_makers = [\"makers\"]"),
        "{expanded}"
    );
    assert_eq!(Scenario::parse(&expanded, "expanded").unwrap(), read);
}

/// Nobody is refused where there is more than enough, and the market is another one where there is not.
#[test]
fn margin_is_asked_of_all_but_the_exempt() {
    let plain = run("").0;
    let (rich, counts, _) = run("initial_margin = 50\ncollateral = 1_000_000_000_000");
    assert_eq!(counts, [0; 4]);
    assert_eq!(rich.trades, plain.trades);
    let (poor, counts, sim) = run("initial_margin = \"2 %\"\ncollateral = \"20\"\nexempt = [\"makers\"]");
    assert!(counts[0] == 0 && counts[1] > 0 && counts[2..] == [0; 2], "{counts:?}");
    assert_ne!(poor.trades, plain.trades);
    // 20.00 carry at most ten shares of 100.00 at two percent, and nobody can lose more.
    for agent in (2..62).map(AgentId) {
        let (lots, cash) = (sim.position(agent, SymbolId(0)), sim.cash(agent, CurrencyId(0)).0);
        let last = sim.top(BookId(0)).last().0;
        assert!(lots.abs() <= 21, "{agent:?} has {lots}"); // at maintenance it is half of that margin
        assert!(2_000 + cash + lots * last >= 0, "{agent:?} owes {cash}");
    }
}

/// Each trade of the venue's is in the table, and each loss: the till has nothing else to pay.
#[test]
fn liquidations_are_told_one_by_one() {
    let memory = Memory::new(Tables::ALL);
    let scenario = scenario("initial_margin = 0.02\ncollateral = 20\nexempt = [\"makers\"]");
    let mut sim = scenario.builder().unwrap().sink(memory.clone()).build().unwrap();
    sim.run_for(scenario.length()).unwrap();
    sim.finish().unwrap();
    let rows = memory.liquidations();
    let (trades, losses): (Vec<LiquidationRow>, Vec<LiquidationRow>) =
        rows.iter().partition(|row| row.side < 2);
    assert!(trades.len() > 20 && losses.len() > 2, "{} and {}", trades.len(), losses.len());
    let fills = memory.fills();
    let forced = fills.iter().filter(|fill| OrderId(fill.id).is_reserved());
    let told = |at, id, price, qty, fee| (at, id, price, qty, fee);
    assert!(
        forced
            .map(|fill| told(fill.at, fill.id, fill.price, fill.qty, fill.fee))
            .eq(trades.iter().map(|row| told(row.at, row.id, row.price, row.qty, row.fee)))
    );
    for row in &rows {
        assert_eq!(row.agent, OrderId(row.id).agent().0);
        assert!(row.agent >= 2 && row.book == 0, "{row:?}");
        let is_trade = row.side < 2;
        assert_eq!((row.qty > 0, row.price > 0, row.covered > 0), (is_trade, is_trade, !is_trade), "{row:?}");
    }
    // What the venue did for an agent is what it took on the other side: the takers' side of the trades.
    let trade = |row: &LiquidationRow| {
        memory.trades().into_iter().find(|trade| {
            (trade.at, trade.taker, trade.price, trade.qty) == (row.at, row.id, row.price, row.qty)
        })
    };
    assert!(trades.iter().all(|row| trade(row).is_some_and(|trade| trade.aggressor == row.side)));
    let paid: i128 = losses.iter().map(|row| i128::from(row.covered)).sum();
    assert_eq!(sim.fees(CurrencyId(0)), -paid);
}

#[test]
fn short_sales_are_forbidden_to_all_but_the_exempt() {
    let (run, counts, mut sim) = run("short_pool = 0\nexempt = [\"makers\"]");
    assert!(run.trades > 0 && counts[2] == 0 && counts[3] > 0, "{counts:?}");
    sim.run_for(Span::secs(1)).unwrap();
    let lots: Vec<i64> = (0..62).map(|agent| sim.position(AgentId(agent), SymbolId(0))).collect();
    assert!(lots[2..].iter().all(|lots| *lots >= 0) && lots[..2].iter().sum::<i64>() < 0, "{lots:?}");
}

/// Every lot that trades is paid for twice, to the cent.
#[test]
fn fees_per_lot_are_what_is_traded() {
    let (run, _, sim) = run("fees = { maker_per_lot = \"0.01\", taker_per_lot = 0.02 }");
    assert!(run.volume > 0);
    assert_eq!(sim.fees(CurrencyId(0)), 3 * run.volume.cast_signed());
    let (_, _, sim) = self::run("fees = { taker_per_lot = 0.02, tiers = [{ from = 1, taker_per_lot = 0 }] }");
    let first: i128 = sim.fees(CurrencyId(0));
    assert!(first > 0 && first < run.volume.cast_signed(), "only an agent's first trade costs: {first}");
}

#[test]
fn lead_makers_get_their_share() {
    let others =
        "[[agents]]\nkind = \"ladder_mm\"\nname = \"others\"\ncount = 2\nlink = \"near\"\nmin_size = 100";
    let volume = |rule: &str| {
        let run = run(&format!("matching = {rule}\n{others}")).0;
        (run.groups[0].volume, run.groups[0].name.clone())
    };
    let lead =
        |group: &str| volume(&format!("\"lead_maker\"\nlead_makers = [\"{group}\"]\nlead_share = 100")).0;
    let [makers, all, crowd] = [lead("others"), volume("\"pro_rata\"").0, lead("makers")];
    assert_eq!(volume("\"pro_rata\"").1, "others");
    assert!(makers > all && all > crowd, "{makers} of {all}, {crowd}");
}

/// An amount that money cannot be is told by `prism check`, where it stands.
#[test]
fn collateral_is_a_whole_number_of_units() {
    let fine = scenario("initial_margin = 50\ncollateral = 0.01");
    let wrong = fine.with("venue.XPRM.collateral", 0.005).expect_err("half a unit");
    let told: Vec<_> = wrong.located().map(|d| (d.code, d.message.to_owned())).collect();
    assert_eq!(told.len(), 1, "{wrong}");
    assert_eq!(told[0].0, "P0110");
    assert!(told[0].1.starts_with("`collateral` of 0.005 is no whole number of the 0.01 USD"), "{wrong}");
}
