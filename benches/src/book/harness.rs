//! Timing and verification.

use std::time::Instant;

use super::stream::Stream;
use super::{Engine, Hashed, Sink, Sums, Tape};

/// CPU time of this thread, in nanoseconds: the machine may be shared.
pub fn cpu_ns() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a live timespec, which is all that the call asks for.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// Nanoseconds a message.
#[derive(Clone, Copy, Debug)]
pub struct Timed {
    pub cpu: f64,
    pub wall: f64,
}

/// One pass of an engine over at most `limit` messages, the reports into a sink of type `S`. The messages
/// that fill the book, and making the engine, are not timed.
fn pass<E: Engine, S: Sink + Default>(stream: &Stream, limit: usize) -> Timed {
    let mut engine = E::new(stream.ids, stream.end);
    let mut sink = S::default();
    for message in &stream.warm {
        engine.on(message, &mut sink);
    }
    let messages = &stream.messages[..limit.min(stream.messages.len())];
    let (cpu, wall) = (cpu_ns(), Instant::now());
    for message in messages {
        engine.on(message, &mut sink);
    }
    let (cpu, wall) = (cpu_ns() - cpu, wall.elapsed().as_nanos());
    std::hint::black_box(&sink);
    let n = messages.len() as f64;
    Timed { cpu: cpu as f64 / n, wall: wall as f64 / n }
}

/// Timed with sums of the reports only.
pub fn timed<E: Engine>(stream: &Stream, limit: usize) -> Timed {
    pass::<E, Sums>(stream, limit)
}

/// Timed with every report written to a ring of 32-byte records.
pub fn timed_tape<E: Engine>(stream: &Stream, limit: usize) -> Timed {
    pass::<E, Tape>(stream, limit)
}

/// The hash of all reports, and the final touch.
pub fn verify<E: Engine>(stream: &Stream, limit: usize) -> (Hashed, (u32, u32)) {
    let mut engine = E::new(stream.ids, stream.end);
    let mut sink = Hashed::default();
    let messages = &stream.messages[..limit.min(stream.messages.len())];
    for message in stream.warm.iter().chain(messages) {
        engine.on(message, &mut sink);
    }
    (sink, engine.touch())
}

/// Cycles of the time stamp counter for each message: p50, p90, p99, p99.9, p99.99 and the worst.
#[cfg(target_arch = "x86_64")]
pub fn latency<E: Engine>(stream: &Stream, limit: usize) -> [u64; 6] {
    use core::arch::x86_64::{_mm_lfence, _rdtsc};
    let mut engine = E::new(stream.ids, stream.end);
    let mut sink = Sums::default();
    for message in &stream.warm {
        engine.on(message, &mut sink);
    }
    let messages = &stream.messages[..limit.min(stream.messages.len())];
    let mut cycles = vec![0u32; messages.len()];
    for (message, cycles) in messages.iter().zip(cycles.iter_mut()) {
        // SAFETY: every x86-64 processor has both instructions.
        unsafe {
            _mm_lfence();
            let begin = _rdtsc();
            engine.on(message, &mut sink);
            _mm_lfence();
            *cycles = (_rdtsc() - begin).min(u64::from(u32::MAX)) as u32;
        }
    }
    std::hint::black_box(&sink);
    cycles.sort_unstable();
    let last = (cycles.len() - 1) as f64;
    [0.5, 0.9, 0.99, 0.999, 0.9999, 1.0].map(|share| u64::from(cycles[(last * share) as usize]))
}

/// Not measured on this processor.
#[cfg(not(target_arch = "x86_64"))]
pub fn latency<E: Engine>(_stream: &Stream, _limit: usize) -> [u64; 6] {
    [0; 6]
}

/// Cycles of the time stamp counter in a nanosecond.
pub fn cycles_per_ns() -> f64 {
    #[cfg(target_arch = "x86_64")]
    {
        use core::arch::x86_64::_rdtsc;
        // SAFETY: every x86-64 processor has the instruction.
        let read = || unsafe { _rdtsc() };
        let (begin, clock) = (read(), Instant::now());
        while clock.elapsed().as_millis() < 50 {}
        (read() - begin) as f64 / clock.elapsed().as_nanos() as f64
    }
    #[cfg(not(target_arch = "x86_64"))]
    1.0
}

/// The median; sorts the values.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    f64::midpoint(values[(n - 1) / 2], values[n / 2])
}

/// Runs a stream through an engine.
pub fn drive<E: Engine, S: Sink>(engine: &mut E, stream: &Stream, sink: &mut S, limit: usize) {
    for message in &stream.messages[..limit.min(stream.messages.len())] {
        engine.on(message, sink);
    }
}
