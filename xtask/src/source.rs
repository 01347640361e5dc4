//! Reads Rust source just well enough to see what it imports: words and signs with their lines, without
//! comments, texts and tests.

/// A word or a sign of the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    pub(crate) text: &'a str,
    /// Counted from 1.
    pub(crate) line: usize,
}

/// The code of a file as tokens: words, `::` and single signs. Comments, texts, characters and lifetimes
/// are left out.
pub(crate) fn tokens(text: &str) -> Vec<Token<'_>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < bytes.len() {
        let start = at;
        let rest = &bytes[at..];
        let keep = match rest[0] {
            b'/' if rest.starts_with(b"//") => {
                at += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
                false
            }
            b'/' if rest.starts_with(b"/*") => {
                at += block_comment(rest);
                false
            }
            b'"' => {
                at += quoted(rest, b'"');
                false
            }
            b'r' | b'b' | b'c' if literal(rest) > 0 => {
                at += literal(rest);
                false
            }
            b'\'' => {
                at += character(rest);
                false
            }
            b':' if rest.starts_with(b"::") => {
                at += 2;
                true
            }
            byte if is_word(byte) => {
                at += rest.iter().position(|byte| !is_word(*byte)).unwrap_or(rest.len());
                true
            }
            byte => {
                at += 1;
                !byte.is_ascii_whitespace()
            }
        };
        if keep {
            found.push(Token { text: &text[start..at], line });
        }
        line += text[start..at].matches('\n').count();
    }
    found
}

/// Letters, digits, `_`, and the bytes of letters outside ASCII, which only occur together.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

/// The length of a block comment, which may hold others.
fn block_comment(text: &[u8]) -> usize {
    let (mut at, mut depth) = (0, 0);
    while at < text.len() {
        if text[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    at
}

/// The length of a text that begins and ends with `quote` and knows `\`.
fn quoted(text: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < text.len() {
        match text[at] {
            b'\\' => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

/// The length of `r"…"`, `r#"…"#`, `b"…"`, `br"…"`, `c"…"` or `b'…'`; zero when it is none.
fn literal(text: &[u8]) -> usize {
    let prefix = text.iter().take(2).take_while(|byte| b"rbc".contains(byte)).count();
    let raw = text[..prefix].contains(&b'r');
    let hashes = text[prefix..].iter().take_while(|byte| **byte == b'#').count();
    match text.get(prefix + hashes) {
        Some(b'"') if raw => {
            let close: Vec<u8> = std::iter::once(b'"').chain(std::iter::repeat_n(b'#', hashes)).collect();
            let body = prefix + hashes + 1;
            let length = text[body..].windows(close.len()).position(|window| window == close);
            length.map_or(text.len(), |length| body + length + close.len())
        }
        Some(b'"') if hashes == 0 => prefix + quoted(&text[prefix..], b'"'),
        Some(b'\'') if hashes == 0 && text[..prefix] == *b"b" => prefix + quoted(&text[prefix..], b'\''),
        _ => 0,
    }
}

/// The length of a character or of a lifetime.
fn character(text: &[u8]) -> usize {
    if text.get(1) == Some(&b'\\') {
        return quoted(text, b'\'');
    }
    let width = 1 + text[1..].iter().take(4).position(|byte| *byte == b'\'').unwrap_or(4);
    let one =
        std::str::from_utf8(&text[1..width.min(text.len())]).is_ok_and(|inner| inner.chars().count() == 1);
    if one && text.get(width) == Some(&b'\'') {
        return width + 1;
    }
    1 + text[1..].iter().position(|byte| !is_word(*byte)).unwrap_or(text.len() - 1)
}

/// Leaves out every item that stands under `#[cfg(test)]` or `#[test]`. Names the modules among them whose
/// body is in another file: those files are tests too.
pub(crate) fn without_tests<'a>(all: &[Token<'a>]) -> (Vec<Token<'a>>, Vec<&'a str>) {
    let mut kept = Vec::with_capacity(all.len());
    let mut elsewhere = Vec::new();
    let mut at = 0;
    while at < all.len() {
        let after = attribute(all, at);
        if after == at || !is_test(&all[at..after]) {
            kept.extend_from_slice(&all[at..after.max(at + 1)]);
            at = after.max(at + 1);
            continue;
        }
        at = after;
        while attribute(all, at) > at {
            at = attribute(all, at);
        }
        let end = item(all, at);
        let words: Vec<&str> = all[at..end].iter().map(|token| token.text).collect();
        if let [.., "mod", name, ";"] = words[..] {
            elsewhere.push(name);
        }
        at = end;
    }
    (kept, elsewhere)
}

/// Where the attribute `#[…]` that begins at `at` ends; `at` itself when there is none.
fn attribute(all: &[Token<'_>], at: usize) -> usize {
    let opens = |offset: usize, sign: &str| all.get(at + offset).is_some_and(|token| token.text == sign);
    if opens(0, "#") && opens(1, "[") { closing(all, at + 1) } else { at }
}

fn is_test(attribute: &[Token<'_>]) -> bool {
    let inner: String = attribute[2..attribute.len() - 1].iter().map(|token| token.text).collect();
    inner == "test" || inner == "cfg(test)" || inner.starts_with("cfg(all(test,")
}

/// Where the item that begins at `at` ends: behind its `;` or its `{…}`.
fn item(all: &[Token<'_>], mut at: usize) -> usize {
    // `use` comes before the braces of an import; `use<'a>` of a signature is none.
    let head = all[at..].iter().take_while(|token| !matches!(token.text, "{" | ";" | "<"));
    let import =
        head.clone().any(|token| token.text == "use") && head.last().is_none_or(|token| token.text != "use");
    while at < all.len() {
        match all[at].text {
            ";" => return at + 1,
            "{" if !import => return closing(all, at),
            "(" | "[" | "{" => at = closing(all, at),
            _ => at += 1,
        }
    }
    at
}

/// The place behind the bracket that closes the one at `at`.
fn closing(all: &[Token<'_>], mut at: usize) -> usize {
    let mut depth = 0;
    while at < all.len() {
        match all[at].text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return at;
        }
    }
    at
}

/// One path of the code: from where it starts, and the first names behind that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path<'a> {
    pub(crate) from: From<'a>,
    pub(crate) name: &'a str,
    /// The name behind it, `{` for a group, or nothing.
    pub(crate) next: &'a str,
    pub(crate) line: usize,
}

/// Where a path starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From<'a> {
    /// `crate::name`
    Crate,
    /// `super::super::name`, so many times
    Super(usize),
    /// `other::name`
    Name(&'a str),
}

/// Every path, those of a group `crate::{a, b::c}` one by one.
pub(crate) fn paths<'a>(all: &[Token<'a>]) -> Vec<Path<'a>> {
    let text = |at: usize| all.get(at).map_or("", |token| token.text);
    let mut found = Vec::new();
    let mut at = 0;
    while at < all.len() {
        let start = at;
        at += 1;
        let goes_on =
            start > 0 && text(start - 1) == "::" && start > 1 && is_word(text(start - 2).as_bytes()[0]);
        if goes_on || text(at) != "::" || !is_word(text(start).as_bytes()[0]) {
            continue;
        }
        let from = match text(start) {
            "crate" => From::Crate,
            "super" => {
                let mut times = 1;
                while text(at + 1) == "super" && text(at + 2) == "::" {
                    times += 1;
                    at += 2;
                }
                From::Super(times)
            }
            name => From::Name(name),
        };
        let first = at + 1;
        let path = |place: usize| {
            let next = if text(place + 1) == "::" { text(place + 2) } else { "" };
            all.get(place).map(|token| Path { from, name: token.text, next, line: token.line })
        };
        if text(first) != "{" {
            found.extend(path(first));
            continue;
        }
        let end = closing(all, first);
        let mut depth = 0;
        for place in first..end - 1 {
            let pair = [&all[place], &all[place + 1]];
            match pair[0].text {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ => {}
            }
            if depth == 1 && matches!(pair[0].text, "{" | ",") && is_word(pair[1].text.as_bytes()[0]) {
                found.extend(path(place + 1));
            }
        }
        at = end;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        tokens(text).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn comments_texts_and_characters_are_not_code() {
        let code = r##"
            // use crate::a;
            /// [`crate::b`]
            /* crate::c /* crate::d */ crate::e */
            let f<'a> = ("crate::g \" crate::h", r#"crate::i " crate::j"#, b"crate::k", 'l', '\'', '"', b'"', 'é');
            r#type::m
        "##;
        let seen = words(code);
        assert!(!seen.contains(&"crate"), "{seen:?}");
        assert_eq!(seen[..3], ["let", "f", "<"]);
        assert_eq!(seen[seen.len() - 3..], ["type", "::", "m"]);
        assert_eq!(tokens("a\n/*\n\n*/ \"\n\" b").last().map(|token| token.line), Some(5));
    }

    fn found(text: &str) -> Vec<String> {
        let all = tokens(text);
        let (kept, _) = without_tests(&all);
        let show = |path: &Path<'_>| format!("{:?} {} {}", path.from, path.name, path.line);
        paths(&kept).iter().map(show).collect()
    }

    #[test]
    fn every_path_of_a_use_is_seen() {
        let text = "use crate::{kernel::{Run, run_loop}, types::Time};\nuse super::super::msg;\n\
                    fn f(x: crate::venue::Venue) { $crate::save::go(::prism_book::b(), std::mem::take(x)) }";
        assert_eq!(
            found(text),
            [
                "Crate kernel 1",
                "Crate types 1",
                "Super(2) msg 2",
                "Crate venue 3",
                "Crate save 3",
                "Name(\"prism_book\") b 3",
                "Name(\"std\") mem 3",
            ]
        );
        assert_eq!(found("kernel::Run::go"), ["Name(\"kernel\") Run 1"]);
    }

    #[test]
    fn tests_may_import_what_they_like() {
        let text = "use crate::a::A;\n#[cfg(test)]\nuse crate::{b::B};\n#[cfg(test)]\n#[allow(x)]\nmod tests { use crate::c; \
                    fn f() {} }\n#[cfg(test)] mod far;\n#[cfg(any(test, feature = \"x\"))] mod d { use crate::d; }\nuse crate::e;";
        assert_eq!(found(text), ["Crate a 1", "Crate d 8", "Crate e 9"]);
        assert_eq!(without_tests(&tokens(text)).1, ["far"]);
    }
}
