//! A sink on its own thread: it holds the run back rather than lose or pile up batches, and its errors surface.
#![allow(clippy::unwrap_used)]

mod support;

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use prism_core::sink::{Batch, Recorder, Sink, SinkError, Table, Tables, TradeRow};
use prism_sinks::{Memory, Threaded};
use support::{trades, world};

const BATCHES: usize = 50;

/// Takes a batch each time the gate gives leave, and checks how many were sent by then.
struct Gated {
    gate: Receiver<()>,
    sent: Arc<AtomicUsize>,
    taken: Arc<Mutex<Vec<usize>>>,
}

impl Sink for Gated {
    fn wants(&self) -> Tables {
        Tables::ALL
    }
    fn on_batch(&mut self, batch: &Arc<Batch>) -> Result<(), SinkError> {
        self.gate.recv().unwrap();
        let mut taken = self.taken.lock().unwrap();
        // Gives a sender that is not held back every chance to run ahead.
        (0..1_000).for_each(|_| thread::yield_now());
        let ahead = self.sent.load(Ordering::SeqCst) - taken.len();
        assert!(ahead <= 3, "{ahead} batches ahead: one in work and two waiting are all there may be");
        taken.push(batch.len());
        Ok(())
    }
}

#[test]
fn the_run_waits_and_nothing_is_lost() {
    let (open, gate) = channel();
    let (sent, taken) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
    let mut sink = Threaded::new(Gated { gate, sent: sent.clone(), taken: taken.clone() });
    thread::scope(|scope| {
        let run = scope.spawn(|| {
            sink.start(&world()).unwrap();
            for n in 1..=BATCHES {
                sink.on_batch(&trades(0..n as i64)).unwrap();
                sent.fetch_add(1, Ordering::SeqCst);
            }
            sink.finish()
        });
        (0..BATCHES).for_each(|_| open.send(()).unwrap());
        run.join().unwrap().unwrap();
    });
    assert_eq!(*taken.lock().unwrap(), (1..=BATCHES).collect::<Vec<_>>());
}

/// Fails, or panics, at its third batch.
struct Failing {
    seen: usize,
    panics: bool,
}

impl Sink for Failing {
    fn wants(&self) -> Tables {
        Tables::ALL
    }
    fn on_batch(&mut self, _: &Arc<Batch>) -> Result<(), SinkError> {
        self.seen += 1;
        assert!(!self.panics || self.seen < 3, "deliberate");
        match self.seen {
            3 => Err(SinkError::Io { what: "third".to_owned(), source: io::ErrorKind::StorageFull.into() }),
            _ => Ok(()),
        }
    }
}

#[test]
fn an_error_of_the_writer_surfaces_at_the_next_batch_or_the_end() {
    let mut sink = Threaded::new(Failing { seen: 0, panics: false });
    let failed = (0..BATCHES).find_map(|_| sink.on_batch(&trades(0..1)).err()).unwrap();
    assert!(matches!(failed, SinkError::Io { ref what, .. } if what == "third"), "{failed}");
    assert!(sink.on_batch(&trades(0..1)).is_err() && sink.finish().is_err(), "it stays failed");

    let mut sink = Threaded::new(Failing { seen: 0, panics: false });
    let failed = (0..3).find_map(|_| sink.on_batch(&trades(0..1)).err()).or_else(|| sink.finish().err());
    assert!(matches!(failed, Some(SinkError::Io { .. })), "{failed:?}");
}

#[test]
fn a_panic_of_the_writer_is_an_error() {
    let mut sink = Threaded::new(Failing { seen: 0, panics: true });
    let failed =
        (0..BATCHES).find_map(|_| sink.on_batch(&trades(0..1)).err()).or_else(|| sink.finish().err());
    assert!(failed.unwrap().to_string().contains("results"), "the message names what is lost");
}

#[test]
fn dropping_it_waits_for_what_was_sent() {
    let memory = Memory::new(Tables::ALL);
    let mut sink = Threaded::new(memory.clone());
    sink.start(&world()).unwrap();
    (0..20).for_each(|_| sink.on_batch(&trades(0..10)).unwrap());
    drop(sink);
    assert_eq!(memory.rows(Table::Trades), 200);
    assert!(!memory.is_complete(), "dropped before the end");
}

/// Writes down where the buffers lie.
struct Watching(Arc<Mutex<Vec<usize>>>);
impl Sink for Watching {
    fn wants(&self) -> Tables {
        Table::Trades.into()
    }
    fn on_batch(&mut self, batch: &Arc<Batch>) -> Result<(), SinkError> {
        let Batch::Trades(cols) = &**batch else { panic!("trades alone were asked for") };
        self.0.lock().unwrap().push(cols.at.as_ptr().addr());
        Ok(())
    }
}

/// As the kernel drives it: the recorder's buffers come back although the sink has a thread.
#[test]
fn the_recorder_gets_its_buffers_back() {
    let addresses = Arc::new(Mutex::new(Vec::new()));
    let mut recorder = Recorder::new(vec![Box::new(Threaded::new(Watching(addresses.clone())))]);
    recorder.start(&world()).unwrap();
    let rows = 40 * prism_core::sink::BATCH_ROWS;
    for at in 0..rows as i64 {
        recorder.trade(TradeRow { at, book: 0, price: 1, qty: 1, aggressor: 0, maker: 0, taker: 0 });
    }
    recorder.finish().unwrap();
    let mut addresses = addresses.lock().unwrap().clone();
    assert_eq!(addresses.len(), 40);
    addresses.sort_unstable();
    addresses.dedup();
    assert!(addresses.len() <= 5, "{} buffers for forty batches", addresses.len());
}
