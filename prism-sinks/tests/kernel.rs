//! Sinks on a real run of the kernel: they change nothing, and files hold what memory holds.
#![cfg(feature = "parquet")]
#![allow(clippy::unwrap_used)]

use prism_core::agent::Group;
use prism_core::prelude::*;
use prism_core::sink::{Sink, Table, Tables};
use prism_core::testing::{EchoSpec, Script, Step};
use prism_sinks::{Csv, Folder, Manifest, Memory, Ndjson, ScenarioText};

/// Thirty agents who send, change and cancel orders for a while, some of them market orders.
fn run(sinks: Vec<Box<dyn Sink>>) -> u64 {
    let book = BookId(0);
    let steps = (1..200_u32).flat_map(|n| {
        let side = if n % 2 == 0 { Side::Buy } else { Side::Sell };
        let order = match n % 7 {
            0 => Order::market(book, side, Qty(3)),
            _ => Order::limit(
                book,
                side,
                Qty(1 + u64::from(n) % 5),
                Price(10_000 + side.sign() * i64::from(n)),
            ),
        };
        let at = i64::from(n) * 1_000;
        let sent = n as usize - 1;
        let replace = Step::Replace(sent, Price(9_000), Qty(2));
        [
            (at, Step::Order(order)),
            (at + 300, Step::Reduce(sent, Qty(1))),
            (at + 500, replace),
            (at + 700, Step::Cancel(sent)),
        ]
    });
    let mut builder = Simulation::builder()
        .seed(7)
        .venue(EchoSpec::new(&["A", "B"]).depth(2))
        .agents(Group::of(Script::new(steps)).named("writers").count(30));
    for sink in sinks {
        builder = builder.sink_boxed(sink);
    }
    let mut sim = builder.build().unwrap();
    sim.run_for(Span::millis(1)).unwrap();
    sim.finish().unwrap().digest
}

#[test]
fn no_sink_and_every_sink_give_one_digest_and_one_set_of_rows() {
    let dir = tempfile::tempdir().unwrap();
    let alone = run(Vec::new());
    let manifest = Manifest::new("prism", ScenarioText::default(), 7, Vec::new());
    let mut folder = Folder::create(dir.path().join("out"), manifest, false).unwrap();
    let memory = Memory::new(Tables::ALL);
    let watched = run(vec![
        Box::new(folder.sink(Tables::ALL)),
        Box::new(memory.clone()),
        Box::new(Csv::to_folder(dir.path().join("csv"), Tables::ALL)),
        Box::new(Ndjson::to_file(dir.path().join("all.ndjson"), Tables::ALL)),
    ]);
    assert_eq!(watched, alone);
    let path = folder.complete(watched, &()).unwrap();
    let tables = Manifest::read(&path).unwrap().tables;
    let lines = std::fs::read_to_string(dir.path().join("all.ndjson")).unwrap();
    for table in Table::ALL {
        let rows = memory.rows(table);
        assert_eq!(tables[table.name()].rows, rows as u64, "{table}");
        let csv = std::fs::read_to_string(dir.path().join(format!("csv/{table}.csv"))).unwrap();
        assert_eq!(csv.lines().count(), rows + 1, "{table}");
        let json = lines.lines().filter(|line| line.starts_with(&format!("{{\"table\":\"{table}\""))).count();
        assert_eq!(json, rows, "{table}");
    }
    // Of each of 199 orders four requests, but of the 28 market orders nothing is left to change.
    assert_eq!(memory.rows(Table::Orders), 30 * (199 * 4 - 28 * 3));
    assert!(
        memory.rows(Table::Trades) > 500 && memory.rows(Table::Tops) > 100 && memory.rows(Table::Depth) > 100
    );
    assert_eq!(memory.world().unwrap().groups[0].name, "writers");
}
