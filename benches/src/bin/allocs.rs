//! Heap traffic of order books: `cargo run --release --bin allocs`

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use prism_benches::book::harness::drive;
use prism_benches::book::ladder::Ladder;
use prism_benches::book::naive::Naive;
#[cfg(feature = "peers")]
use prism_benches::book::peers::{Bourse, Lobster, Matchcore, OrderBookRs, RustOb};
use prism_benches::book::prism::Prism;
use prism_benches::book::stream::{Load, SEED, Stream, make};
use prism_benches::book::{Engine, Sums};

struct Counting;
static CALLS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call is handed to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        CALLS.fetch_add(1, Relaxed);
        BYTES.fetch_add(layout.size() as u64, Relaxed);
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(at, layout) }
    }
    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        CALLS.fetch_add(1, Relaxed);
        BYTES.fetch_add(size as u64, Relaxed);
        // SAFETY: as above.
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn row<E: Engine>(name: &str, stream: &Stream, limit: usize) {
    let mut engine = E::new(stream.ids, stream.end);
    let mut sums = Sums::default();
    stream.warm.iter().for_each(|message| engine.on(message, &mut sums));
    let (calls, bytes) = (CALLS.load(Relaxed), BYTES.load(Relaxed));
    drive(&mut engine, stream, &mut sums, limit);
    let (calls, bytes) = (CALLS.load(Relaxed) - calls, BYTES.load(Relaxed) - bytes);
    let n = limit.min(stream.messages.len()) as f64;
    println!(
        "{:6} {name:14} {calls:>9} allocations {:>8.3} a message {:>9.1} bytes a message",
        stream.name,
        calls as f64 / n,
        bytes as f64 / n
    );
}

fn main() {
    for load in Load::ALL {
        let stream = make(load, 1_000_000, SEED);
        if stream.end <= 1 << 20 {
            row::<Ladder>("ladder", &stream, usize::MAX);
        }
        row::<Prism>("prism", &stream, usize::MAX);
        row::<Naive>("naive", &stream, usize::MAX);
        #[cfg(feature = "peers")]
        {
            row::<Matchcore>("matchcore", &stream, usize::MAX);
            row::<Bourse>("bourse-book", &stream, usize::MAX);
            row::<RustOb>("rust_ob", &stream, usize::MAX);
            row::<OrderBookRs>("orderbook-rs", &stream, usize::MAX);
            row::<Lobster>("lobster", &stream, 100_000);
        }
    }
}
