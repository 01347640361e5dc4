//! Heap traffic per message: cargo run --release --bin allocs
use prism_benches::book::ladder::Ladder;
use prism_benches::book::naive::Naive;
#[cfg(feature = "peers")]
use prism_benches::book::peers::*;
use prism_benches::book::stream::{make, Load, Stream};
use prism_benches::book::{Engine, Sums};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

struct Count;
static N: AtomicU64 = AtomicU64::new(0);
static B: AtomicU64 = AtomicU64::new(0);
unsafe impl GlobalAlloc for Count {
    unsafe fn alloc(&self, l: Layout) -> *mut u8 {
        N.fetch_add(1, Relaxed);
        B.fetch_add(l.size() as u64, Relaxed);
        System.alloc(l)
    }
    unsafe fn dealloc(&self, p: *mut u8, l: Layout) {
        System.dealloc(p, l)
    }
    unsafe fn realloc(&self, p: *mut u8, l: Layout, n: usize) -> *mut u8 {
        N.fetch_add(1, Relaxed);
        B.fetch_add(n as u64, Relaxed);
        System.realloc(p, l, n)
    }
}
#[global_allocator]
static A: Count = Count;

fn go<E: Engine>(name: &str, s: &Stream, cap: usize) {
    let mut e = E::new(s.ids, s.hi);
    let mut k = Sums::default();
    for m in &s.warm {
        e.on(m, &mut k);
    }
    let ms = &s.msgs[..cap.min(s.msgs.len())];
    let (n, b) = (N.load(Relaxed), B.load(Relaxed));
    for m in ms {
        e.on(m, &mut k);
    }
    let (n, b) = (N.load(Relaxed) - n, B.load(Relaxed) - b);
    let d = ms.len() as f64;
    println!("{:6} {:14} {:>8.3} allocs/msg {:>9.1} bytes/msg", s.name, name, n as f64 / d, b as f64 / d);
}

fn main() {
    for load in [Load::Near, Load::Deep, Load::Sweep] {
        let s = make(load, 1_000_000, 20_261_122);
        go::<Ladder>("ladder", &s, usize::MAX);
        go::<Naive>("naive", &s, usize::MAX);
        #[cfg(feature = "peers")]
        {
            go::<Matchcore>("matchcore", &s, usize::MAX);
            // nanobook 0.19.3 does not return from these streams
            go::<Bourse>("bourse-book", &s, usize::MAX);
            go::<RustOb>("rust_ob", &s, usize::MAX);
            go::<OrderBookRs>("orderbook-rs", &s, usize::MAX);
            go::<Lobster>("lobster", &s, 100_000);
        }
    }
}
