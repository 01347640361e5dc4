//! Runs another sink on a thread of its own.

use std::fmt;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use prism_core::sink::{Batch, Sink, SinkError, Tables, Unfinished, World};

/// Batches that may wait for the writer. With the one it works on and the one that is being filled, at most
/// four of a table are alive.
const WAITING: usize = 2;

/// A sink whose work is done by a thread, so that the simulation does not wait for compression and disk.
///
/// It never loses a batch: when the writer falls behind by two, the simulation waits. An error of the writer
/// surfaces at the next batch or at the end. Dropped before the end, it waits until the writer has taken what
/// was sent.
pub struct Threaded<S> {
    wanted: Tables,
    unfinished: Unfinished,
    /// The sink until the thread has it.
    idle: Option<S>,
    writer: Option<Writer>,
}

struct Writer {
    to: SyncSender<Work>,
    thread: JoinHandle<()>,
    error: Arc<Mutex<Option<SinkError>>>,
}

enum Work {
    Batch(Arc<Batch>),
    Finish,
}

impl<S: Sink + 'static> Threaded<S> {
    /// Runs `sink` on its own thread from the first batch on.
    pub fn new(sink: S) -> Threaded<S> {
        Threaded { wanted: sink.wants(), unfinished: sink.unfinished(), idle: Some(sink), writer: None }
    }

    fn send(&mut self, work: Work) -> Result<(), SinkError> {
        if let Some(sink) = self.idle.take() {
            self.writer = Some(Writer::start(sink)?);
        }
        let gone = || SinkError::Other { what: "batch".to_owned(), why: "the writer has ended".to_owned() };
        let writer = self.writer.as_ref().ok_or_else(gone)?;
        if writer.to.send(work).is_ok() {
            return Ok(());
        }
        // The writer hangs up only after an error, which is then there to be taken.
        self.writer.take().map_or(Ok(()), Writer::join)?;
        Err(gone())
    }
}

impl Writer {
    fn start(sink: impl Sink + 'static) -> Result<Writer, SinkError> {
        let (to, from) = sync_channel(WAITING);
        let error = Arc::new(Mutex::new(None));
        let slot = error.clone();
        let thread = thread::Builder::new()
            .name("prism-sink".to_owned())
            .spawn(move || write(sink, &from, &slot))
            .map_err(|source| SinkError::Io { what: "on a thread of its own".to_owned(), source })?;
        Ok(Writer { to, thread, error })
    }

    /// Waits for the thread; its error, if it had one.
    fn join(self) -> Result<(), SinkError> {
        drop(self.to);
        let panicked = self.thread.join().is_err();
        let error = self.error.lock().unwrap_or_else(PoisonError::into_inner).take();
        match error {
            Some(error) => Err(error),
            None if panicked => Err(SinkError::Other {
                what: "results".to_owned(),
                why: "the writer's thread panicked".to_owned(),
            }),
            None => Ok(()),
        }
    }
}

/// The thread: takes batches until the end, an error, or until the other end hangs up.
fn write(mut sink: impl Sink, from: &Receiver<Work>, slot: &Mutex<Option<SinkError>>) {
    for work in from {
        let done = match work {
            Work::Batch(batch) => sink.on_batch(&batch),
            Work::Finish => sink.finish(),
        };
        if let Err(error) = done {
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            return;
        }
    }
}

impl<S: Sink + 'static> Sink for Threaded<S> {
    fn wants(&self) -> Tables {
        self.wanted
    }

    fn ready(&self) -> Result<(), SinkError> {
        self.idle.as_ref().map_or(Ok(()), Sink::ready)
    }

    fn unfinished(&self) -> Unfinished {
        self.unfinished.clone()
    }

    fn start(&mut self, world: &Arc<World>) -> Result<(), SinkError> {
        // Before the thread begins, so that a folder that cannot be made ends the run at once.
        self.idle.as_mut().map_or(Ok(()), |sink| sink.start(world))
    }

    fn on_batch(&mut self, batch: &Arc<Batch>) -> Result<(), SinkError> {
        self.send(Work::Batch(batch.clone()))
    }

    fn finish(&mut self) -> Result<(), SinkError> {
        self.send(Work::Finish)?;
        self.writer.take().map_or(Ok(()), Writer::join)
    }
}

impl<S> Drop for Threaded<S> {
    fn drop(&mut self) {
        if let Some(writer) = self.writer.take() {
            // Nobody is left to hear of an error: the run has failed already, or was interrupted.
            let _ = writer.join();
        }
    }
}

impl<S> fmt::Debug for Threaded<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let running = self.writer.is_some();
        f.debug_struct("Threaded")
            .field("wanted", &self.wanted)
            .field("running", &running)
            .finish_non_exhaustive()
    }
}
