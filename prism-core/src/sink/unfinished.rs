//! What a sink has begun and not ended, for whoever has to tell of a run that did not come to its end.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The files that a sink has begun and not ended, under the names they have now. Clones see the same, also
/// while the sink works on another thread, and after it is gone.
#[derive(Clone, Debug, Default)]
pub struct Unfinished(Arc<Mutex<Vec<PathBuf>>>);

impl Unfinished {
    fn files(&self) -> MutexGuard<'_, Vec<PathBuf>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A file has been begun.
    pub fn begin(&self, file: PathBuf) {
        self.files().push(file);
    }

    /// A file has come to its end, or is gone.
    pub fn end(&self, file: &Path) {
        self.files().retain(|other| other != file);
    }

    /// The files that are begun, in the order in which they were.
    pub fn list(&self) -> Vec<PathBuf> {
        self.files().clone()
    }
}
