//! The texts that diagnostics point into, and places in them.

use std::ops::Range;

/// A text among [`Sources`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(u16);

impl SourceId {
    /// The first text, which is the scenario itself.
    pub const FIRST: SourceId = SourceId(0);
}

/// A place: a range of bytes of one text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct At {
    /// The text.
    pub source: SourceId,
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl At {
    /// A range of bytes of a text.
    pub fn new(source: SourceId, range: Range<usize>) -> At {
        At { source, start: range.start, end: range.end }
    }
}

/// A place in numbers that people count by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
}

/// Texts and what they are called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources(Vec<(String, String)>);

impl Sources {
    /// No text yet.
    pub fn new() -> Sources {
        Sources::default()
    }

    /// Adds a text. `name` is shown before the line number: a path, or `command line`.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> SourceId {
        self.0.push((name.into(), text.into()));
        SourceId(u16::try_from(self.0.len() - 1).unwrap_or(u16::MAX))
    }

    /// What a text is called.
    pub fn name(&self, source: SourceId) -> &str {
        self.0.get(usize::from(source.0)).map_or("", |(name, _)| name)
    }

    /// A text.
    pub fn text(&self, source: SourceId) -> &str {
        self.0.get(usize::from(source.0)).map_or("", |(_, text)| text)
    }

    /// The range of a place, brought inside its text and to whole characters.
    pub fn range(&self, at: At) -> Range<usize> {
        let text = self.text(at.source);
        let start = text.floor_char_boundary(at.start);
        start..text.ceil_char_boundary(at.end.max(start))
    }

    /// Line and column of the beginning of a place.
    pub fn position(&self, at: At) -> Position {
        let before = &self.text(at.source)[..self.range(at).start];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Position {
            line: before.bytes().filter(|&b| b == b'\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_characters() {
        let mut sources = Sources::new();
        let id = sources.add("a.toml", "x = 1\r\nñame = 2\r\n");
        let at = |start, end| At::new(id, start..end);
        assert_eq!(sources.position(at(7, 8)), Position { line: 2, column: 1 });
        assert_eq!(sources.position(at(15, 16)), Position { line: 2, column: 8 });
        // Inside ñ, and beyond the end.
        assert_eq!(sources.range(at(8, 8)), 7..9);
        assert_eq!(sources.range(at(99, 120)), 18..18);
        assert_eq!(sources.position(at(99, 99)).line, 3);
    }
}
