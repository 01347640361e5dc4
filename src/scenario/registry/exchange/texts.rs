//! Lists that stand in one text, such as `opening 8:50, continuous 9:00`: their items, and what is wrong with one.

use prism_core::spec::ParamError;

/// A part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Item<'t> {
    pub(super) text: &'t str,
    /// Where it begins in the text of the parameter.
    from: usize,
}

/// What is wrong with an item.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) why: String,
    part: std::ops::Range<usize>,
    instead: Option<String>,
}

impl Wrong {
    /// The complaint about the parameter that holds the text.
    pub(super) fn of(self, name: &'static str) -> ParamError {
        let error = ParamError::new(name, self.why).at(self.part);
        match self.instead {
            Some(text) => error.instead(text),
            None => error,
        }
    }

    /// The same with what was perhaps meant.
    pub(super) fn instead(mut self, text: Option<&str>) -> Wrong {
        self.instead = text.map(str::to_owned);
        self
    }
}

impl<'t> Item<'t> {
    /// All of a text, without the spaces around it.
    pub(super) fn all(text: &'t str) -> Item<'t> {
        Item { text, from: 0 }.trimmed()
    }

    fn trimmed(self) -> Item<'t> {
        let spaces = self.text.len() - self.text.trim_start().len();
        Item { text: self.text.trim(), from: self.from + spaces }
    }

    /// The word before the first space, and what comes after it.
    pub(super) fn halves(self) -> Option<(Item<'t>, Item<'t>)> {
        let (first, second) = self.text.split_once(char::is_whitespace)?;
        let from = self.from + self.text.len() - second.len();
        Some((Item { text: first, ..self }, Item { text: second, from }.trimmed()))
    }

    pub(super) fn wrong(self, why: impl Into<String>) -> Wrong {
        Wrong { why: why.into(), part: self.from..self.from + self.text.len(), instead: None }
    }
}

/// The items between the commas.
pub(super) fn items(text: &str) -> impl Iterator<Item = Item<'_>> {
    text.split(',').scan(0, |next, text| {
        let from = *next;
        *next += text.len() + 1;
        Some(Item { text, from }.trimmed())
    })
}

/// Reads each item, and holds what has been read up to each against `check`: so the first with which a list goes wrong
/// is the one that is complained of.
pub(super) fn list<T>(
    text: &str,
    read: impl Fn(Item<'_>) -> Result<T, Wrong>,
    check: impl Fn(&[T]) -> Result<(), String>,
) -> Result<Vec<T>, Wrong> {
    let mut all = Vec::new();
    for item in items(text) {
        all.push(read(item)?);
        check(&all).map_err(|why| item.wrong(why))?;
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_know_where_they_stand() {
        let text = " opening  8:50 ,continuous 9:00,, é 1";
        let all: Vec<_> = items(text).collect();
        assert_eq!(
            all.iter().map(|item| item.text).collect::<Vec<_>>(),
            ["opening  8:50", "continuous 9:00", "", "é 1"]
        );
        for item in all {
            assert_eq!(&text[item.from..item.from + item.text.len()], item.text);
            for half in item.halves().into_iter().flat_map(|(a, b)| [a, b]) {
                assert_eq!(&text[half.from..half.from + half.text.len()], half.text);
                assert_eq!(half.text.trim(), half.text);
            }
        }
    }

    #[test]
    fn the_first_item_that_goes_wrong_is_named() {
        let read = |item: Item<'_>| item.text.parse::<u32>().map_err(|_| item.wrong("no number"));
        let rising = |all: &[u32]| if all.is_sorted() { Ok(()) } else { Err("falls".to_owned()) };
        assert_eq!(list("1, 2,3", read, rising), Ok(vec![1, 2, 3]));
        let wrong = |text: &str| list(text, read, rising).map_err(|wrong| (wrong.why, wrong.part));
        assert_eq!(wrong("1, x, 0"), Err(("no number".to_owned(), 3..4)));
        assert_eq!(wrong("10, 2, 3"), Err(("falls".to_owned(), 4..5)));
    }
}
