//! How the parts of a world are written to disk and read back.

use std::io::{self, Read, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

/// Why a part of a world could not be saved or loaded.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SaveError {
    /// The part does not say how it is saved.
    #[error("this part does not say how it is saved")]
    Unsupported,
    /// Reading or writing failed.
    #[error("saved state cannot be read or written")]
    Io(#[from] io::Error),
    /// The saved bytes do not fit the part.
    #[error("saved state does not fit: {0}")]
    Format(String),
}

/// Writes a serde value; [`read_value`] reads it back.
///
/// # Errors
/// [`SaveError::Io`] when the writer fails, [`SaveError::Format`] when the value cannot be encoded.
pub fn write_value<T: Serialize>(value: &T, to: &mut dyn Write) -> Result<(), SaveError> {
    let bytes = postcard::to_stdvec(value).map_err(|e| SaveError::Format(e.to_string()))?;
    to.write_all(&(bytes.len() as u64).to_le_bytes())?;
    to.write_all(&bytes)?;
    Ok(())
}

/// Reads what [`write_value`] wrote.
///
/// # Errors
/// [`SaveError::Io`] when the reader fails or ends early, [`SaveError::Format`] when the bytes are not a
/// `T`.
pub fn read_value<T: DeserializeOwned>(from: &mut dyn Read) -> Result<T, SaveError> {
    let mut len = [0; 8];
    from.read_exact(&mut len)?;
    let len = u64::from_le_bytes(len);
    let mut bytes = Vec::new();
    from.take(len).read_to_end(&mut bytes)?;
    if bytes.len() as u64 != len {
        return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
    }
    postcard::from_bytes(&bytes).map_err(|e| SaveError::Format(e.to_string()))
}

/// Writes the `save` and `load` of an [`Agent`](crate::agent::Agent) (or of a port) that is a serde type.
///
/// ```
/// use prism_core::prelude::*;
///
/// #[derive(Clone, serde::Serialize, serde::Deserialize)]
/// struct Counter(u64);
///
/// impl Agent for Counter {
///     fn on_wake(&mut self, _ctx: &mut Ctx<'_>) {
///         self.0 += 1;
///     }
///     prism_core::saved!();
/// }
///
/// let mut bytes = Vec::new();
/// Counter(7).save(&mut bytes)?;
/// let mut copy = Counter(0);
/// copy.load(&mut bytes.as_slice())?;
/// assert_eq!(copy.0, 7);
/// # Ok::<(), prism_core::save::SaveError>(())
/// ```
///
/// What has no state beside what it was made of has nothing to write: `saved!(nothing)`.
#[macro_export]
macro_rules! saved {
    () => {
        fn save(&self, to: &mut dyn ::std::io::Write) -> Result<(), $crate::save::SaveError> {
            $crate::save::write_value(self, to)
        }
        fn load(&mut self, from: &mut dyn ::std::io::Read) -> Result<(), $crate::save::SaveError> {
            *self = $crate::save::read_value(from)?;
            Ok(())
        }
    };
    (nothing) => {
        fn save(&self, _: &mut dyn ::std::io::Write) -> Result<(), $crate::save::SaveError> {
            Ok(())
        }
        fn load(&mut self, _: &mut dyn ::std::io::Read) -> Result<(), $crate::save::SaveError> {
            Ok(())
        }
    };
}

/// Writes the `save` and `load` of a port: of its implementations that say nothing about it.
macro_rules! unsaved {
    () => {
        /// Writes the state, to be read back by `load` into one that was made the same way;
        /// [`saved!`](crate::saved) writes both for a serde type.
        ///
        /// # Errors
        /// [`SaveError::Unsupported`](crate::save::SaveError::Unsupported) unless it says how it is saved.
        fn save(&self, to: &mut dyn ::std::io::Write) -> Result<(), $crate::save::SaveError> {
            let _ = to;
            Err($crate::save::SaveError::Unsupported)
        }
        /// Reads back what `save` wrote.
        ///
        /// # Errors
        /// [`SaveError::Unsupported`](crate::save::SaveError::Unsupported) unless it says how it is saved.
        fn load(&mut self, from: &mut dyn ::std::io::Read) -> Result<(), $crate::save::SaveError> {
            let _ = from;
            Err($crate::save::SaveError::Unsupported)
        }
    };
}
pub(crate) use unsaved;

/// Has a port cloned and shown behind a box, by its `clone_box` and its name.
macro_rules! boxed {
    ($port:ident) => {
        impl Clone for Box<dyn $port> {
            fn clone(&self) -> Self {
                (**self).clone_box()
            }
        }

        impl ::std::fmt::Debug for dyn $port {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(stringify!($port))
            }
        }
    };
}
pub(crate) use boxed;
