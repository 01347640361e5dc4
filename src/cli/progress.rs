//! What a person sees of a long run, and how they end it: a bar on a terminal, and Ctrl-C.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use prism_core::types::{Span, Time};
use signal_hook::{consts, flag, low_level};

use super::out::{Out, complain};

/// Set by the first Ctrl-C (or termination, or hang-up) of the process.
static INTERRUPTED: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// True from when the command has seen the interrupt and ends in order.
static SEEN: AtomicBool = AtomicBool::new(false);

/// How long an interrupt may stay unseen. A command looks about twenty times a second; one that does not for so
/// long waits for somebody else, such as the other end of a pipe.
const GRACE: Duration = Duration::from_secs(5);

/// How often the guard looks whether there was an interrupt.
const LOOK: Duration = Duration::from_millis(100);

/// A bar with the time left, where there is a terminal and nobody asked for quiet.
pub(super) struct Progress {
    bar: ProgressBar,
    interrupted: Arc<AtomicBool>,
}

impl Progress {
    /// A bar for `length` of simulated time.
    pub(super) fn new(length: Span, out: &Out) -> Progress {
        let total = u64::try_from(length.as_nanos()).unwrap_or(0);
        Progress::of(total, "{wide_bar} {percent:>3} % · {msg} simulated · {eta} left", out)
    }

    /// A bar for reading a file of `total` bytes.
    pub(super) fn reading(total: u64, out: &Out) -> Progress {
        Progress::of(total, "{wide_bar} {percent:>3} % · {bytes_per_sec} · {eta} left", out)
    }

    fn of(total: u64, template: &str, out: &Out) -> Progress {
        let shown = !out.is_quiet() && std::io::stderr().is_terminal();
        let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(total), target);
        // A template that is wrong would be a fault of this file; the default bar then still serves.
        bar.set_style(
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        Progress { bar, interrupted: interrupts() }
    }

    /// Shows how far the run is; false when it is to end here.
    pub(super) fn watch(&self, now: Time) -> bool {
        self.bar.set_message(clock(now));
        self.at(u64::try_from(now.nanos()).unwrap_or(0))
    }

    /// Shows how much is done of the total; false when it is to end here.
    pub(super) fn at(&self, position: u64) -> bool {
        self.bar.set_position(position);
        let interrupted = self.interrupted.load(Ordering::Relaxed);
        if interrupted {
            SEEN.store(true, Ordering::Relaxed);
        }
        !interrupted
    }

    /// Takes the bar away.
    pub(super) fn done(&self) {
        self.bar.finish_and_clear();
    }
}

/// The flag of the process's interrupts. The first interrupt asks the run to end in order; a second one, of
/// a process that does not, ends it at once, and so does the first of a process that is blocked.
fn interrupts() -> Arc<AtomicBool> {
    let flag = INTERRUPTED.get_or_init(|| {
        let flag = Arc::new(AtomicBool::new(false));
        for signal in signals() {
            // Without a handler the signal ends the process as ever, which loses the order and nothing else.
            let _ = flag::register_conditional_shutdown(signal, super::INTERRUPTED.into(), flag.clone())
                .and_then(|_| flag::register(signal, flag.clone()));
        }
        let seen_by_guard = flag.clone();
        // Without the guard a blocked process ends with the second interrupt, as it says above.
        let _ = thread::Builder::new().name("prism-guard".to_owned()).spawn(move || guard(&seen_by_guard));
        flag
    });
    flag.clone()
}

/// Ends a process that is blocked when it is interrupted: a system call that waits for a pipe is begun anew after
/// a signal, so nothing else would. What is being written has a name that says that it is not whole, and a
/// manifest that says so from the beginning.
fn guard(interrupted: &AtomicBool) {
    while !interrupted.load(Ordering::Relaxed) {
        thread::sleep(LOOK);
    }
    thread::sleep(GRACE);
    if SEEN.load(Ordering::Relaxed) {
        // What is being flushed may be much, or may wait for a reader: whoever sits there decides.
        complain("interrupted; what is left is being written, a second interrupt ends this at once");
        return;
    }
    // On a thread of its own: what blocks the process may be its standard error.
    let _ = thread::Builder::new().spawn(|| {
        complain(
            "interrupted, and nothing moved for 5 s (set-up, or a pipe whose other end waits); \
             what was being written is kept under a name that ends in .incomplete",
        );
    });
    thread::sleep(LOOK);
    low_level::exit(super::INTERRUPTED.into());
}

/// The signals that ask a run to end. One that the process was told to ignore (`nohup`, a job in the
/// background of a script) stays ignored.
fn signals() -> impl Iterator<Item = i32> {
    #[cfg(unix)]
    const ENDING: [i32; 3] = [consts::SIGINT, consts::SIGTERM, consts::SIGHUP];
    #[cfg(not(unix))]
    const ENDING: [i32; 2] = [consts::SIGINT, consts::SIGTERM];
    let ignored = ignored();
    ENDING.into_iter().filter(move |signal| ignored >> (signal - 1) & 1 == 0)
}

/// The signals that the process ignores, a bit each, as Linux tells; none where the system does not tell.
fn ignored() -> u64 {
    let mask = |status: String| {
        let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
        u64::from_str_radix(line.trim(), 16).ok()
    };
    std::fs::read_to_string("/proc/self/status").ok().and_then(mask).unwrap_or(0)
}

/// Hours, minutes and seconds.
fn clock(now: Time) -> String {
    let seconds = now.nanos() / 1_000_000_000;
    format!("{}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}
