use super::stream::Stream;
use super::{Engine, Hashed, Sink, Sums, Tape};
use std::time::Instant;

pub fn cpu_ns() -> u64 {
    let mut t = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut t) };
    t.tv_sec as u64 * 1_000_000_000 + t.tv_nsec as u64
}

#[derive(Clone, Copy, Debug)]
pub struct Timed {
    pub cpu: f64,
    pub wall: f64,
    pub sums: Sums,
    pub touch: (u32, u32),
}

/// One timed pass over at most `limit` messages; ns per message.
pub fn timed<E: Engine>(s: &Stream, limit: usize) -> Timed {
    let mut e = E::new(s.ids, s.hi);
    let mut k = Sums::default();
    for m in &s.warm {
        e.on(m, &mut k);
    }
    let mut k = Sums::default();
    let ms = &s.msgs[..limit.min(s.msgs.len())];
    let (c, w) = (cpu_ns(), Instant::now());
    for m in ms {
        e.on(m, &mut k);
    }
    let (c, w) = (cpu_ns() - c, w.elapsed().as_nanos() as u64);
    let n = ms.len() as f64;
    Timed { cpu: c as f64 / n, wall: w as f64 / n, sums: k, touch: e.touch() }
}

/// Like `timed`, with every report written to a ring of 32-byte records.
pub fn timed_tape<E: Engine>(s: &Stream, limit: usize) -> Timed {
    let mut e = E::new(s.ids, s.hi);
    let mut k = Tape::default();
    for m in &s.warm {
        e.on(m, &mut k);
    }
    k.sums = Sums::default();
    let ms = &s.msgs[..limit.min(s.msgs.len())];
    let (c, w) = (cpu_ns(), Instant::now());
    for m in ms {
        e.on(m, &mut k);
    }
    let (c, w) = (cpu_ns() - c, w.elapsed().as_nanos() as u64);
    std::hint::black_box(&k.ring);
    let n = ms.len() as f64;
    Timed { cpu: c as f64 / n, wall: w as f64 / n, sums: k.sums, touch: e.touch() }
}

/// Untimed pass: order-sensitive hash of all reports plus the final touch.
pub fn verify<E: Engine>(s: &Stream, limit: usize) -> (Hashed, (u32, u32)) {
    let mut e = E::new(s.ids, s.hi);
    let mut k = Hashed::default();
    for m in s.warm.iter().chain(&s.msgs[..limit.min(s.msgs.len())]) {
        e.on(m, &mut k);
    }
    let t = e.touch();
    (k, t)
}

/// Per-message latency in TSC cycles: (p50, p90, p99, p99.9, p99.99, max).
#[cfg(target_arch = "x86_64")]
pub fn latency<E: Engine>(s: &Stream, limit: usize) -> [u64; 6] {
    use core::arch::x86_64::{_mm_lfence, _rdtsc};
    let mut e = E::new(s.ids, s.hi);
    let mut k = Sums::default();
    for m in &s.warm {
        e.on(m, &mut k);
    }
    let ms = &s.msgs[..limit.min(s.msgs.len())];
    let mut v = vec![0u32; ms.len()];
    for (m, x) in ms.iter().zip(v.iter_mut()) {
        unsafe {
            _mm_lfence();
            let a = _rdtsc();
            e.on(m, &mut k);
            _mm_lfence();
            *x = (_rdtsc() - a).min(u32::MAX as u64) as u32;
        }
    }
    std::hint::black_box(k);
    v.sort_unstable();
    let at = |q: f64| v[((v.len() - 1) as f64 * q) as usize] as u64;
    [at(0.5), at(0.9), at(0.99), at(0.999), at(0.9999), at(1.0)]
}

pub fn tsc_ghz() -> f64 {
    #[cfg(target_arch = "x86_64")]
    unsafe {
        let (a, t) = (core::arch::x86_64::_rdtsc(), Instant::now());
        while t.elapsed().as_millis() < 50 {}
        let c = core::arch::x86_64::_rdtsc() - a;
        c as f64 / t.elapsed().as_nanos() as f64
    }
    #[cfg(not(target_arch = "x86_64"))]
    1.0
}

pub fn median(v: &mut [f64]) -> f64 {
    v.sort_by(|a, b| a.partial_cmp(b).unwrap());
    let n = v.len();
    if n % 2 == 1 { v[n / 2] } else { (v[n / 2 - 1] + v[n / 2]) / 2.0 }
}

pub fn drive<E: Engine, S: Sink>(s: &Stream, k: &mut S, limit: usize) {
    let mut e = E::new(s.ids, s.hi);
    for m in s.warm.iter().chain(&s.msgs[..limit.min(s.msgs.len())]) {
        e.on(m, k);
    }
    std::hint::black_box(e.touch());
}
