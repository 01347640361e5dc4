//! Did you mean …?

use strsim::osa_distance;

/// The longest word that is compared: nobody mistypes more, and the cost grows with the square.
const LONGEST: usize = 64;

/// The one of `candidates` that `word` was most likely meant to be, if any is close: a typing error or two
/// in three letters each, or the beginning of the word.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.is_empty() || word.len() > LONGEST {
        return None;
    }
    let plain = plain(word);
    let length = plain.chars().count();
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates.into_iter().filter(|c| !c.is_empty() && c.len() <= LONGEST) {
        let other = self::plain(candidate);
        let mut distance = osa_distance(&plain, &other);
        let longer = length.max(other.chars().count());
        let begins = length >= 3 && (other.starts_with(&plain) || plain.starts_with(&other));
        if distance > 1.max(longer / 3) {
            if !begins {
                continue;
            }
            distance = longer; // behind everything that differs by a typing error
        }
        if best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Without case and with one kind of dash.
fn plain(word: &str) -> String {
    word.to_lowercase().replace(['-', ' '], "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [&str; 6] = ["every", "count", "half_life", "sigma", "kind", "rate"];

    #[test]
    fn typing_errors_are_seen_through() {
        for (word, meant) in [
            ("evry", Some("every")),
            ("Count", Some("count")),
            ("half-life", Some("half_life")),
            ("halflife", Some("half_life")),
            ("simga", Some("sigma")),
            ("sig", Some("sigma")),
            ("gamma", None),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(nearest(word, KEYS), meant, "{word}");
        }
        assert_eq!(nearest(&"k".repeat(1_000_000), KEYS), None);
    }

    #[test]
    fn the_first_of_equals_is_taken() {
        assert_eq!(nearest("ab", ["aa", "bb"]), Some("aa"));
    }
}
