//! What names may look like.

use thiserror::Error;

/// Why something cannot be called so.
///
/// Names may have spaces and letters of all alphabets, but they are shown in tables and written to files, and
/// `SYMBOL@VENUE` names a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NameError {
    /// There is nothing to see.
    #[error("must not be empty")]
    Empty,
    /// It cannot be told from the same name without the space.
    #[error("must not begin or end with a space")]
    Space,
    /// It would break a line or hide.
    #[error("must not have a control character in it")]
    Control,
    /// A symbol or a venue could be taken for a book.
    #[error("must not have `@` in it, which stands between a symbol and its venue")]
    At,
}

impl NameError {
    /// Holds a name against the rules; `@` may stand in names of things that are no part of a book's name.
    ///
    /// ```
    /// use prism_core::types::NameError;
    /// assert_eq!(NameError::check("Crédit 1", false), Ok(()));
    /// assert_eq!(NameError::check("A@X", false), Err(NameError::At));
    /// assert_eq!(NameError::check("A@X", true), Ok(()));
    /// ```
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn check(name: &str, may_have_at: bool) -> Result<(), NameError> {
        if name.is_empty() {
            Err(NameError::Empty)
        } else if name.trim() != name {
            Err(NameError::Space)
        } else if name.chars().any(char::is_control) {
            Err(NameError::Control)
        } else if !may_have_at && name.contains('@') {
            Err(NameError::At)
        } else {
            Ok(())
        }
    }
}
