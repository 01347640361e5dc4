//! Draws reports: source lines with carets, help with the text to write, notes.

use std::borrow::Cow;

use annotate_snippets::{
    Annotation, AnnotationKind, Group, Level, Patch as Replace, Renderer, Snippet, normalize_untrusted_str,
};

use super::{Diagnostic, Label, Report, Severity, SourceId, Sources};

/// The most problems that are drawn; the number of the others is told.
const MOST: usize = 50;

/// With or without colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// Text alone.
    #[default]
    Plain,
    /// With the escape sequences of a terminal.
    Coloured,
}

pub(super) fn report(report: &Report, style: Style) -> String {
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Coloured => Renderer::styled(),
    };
    let mut drawn: Vec<String> =
        report.diagnostics.iter().take(MOST).map(|d| diagnostic(&renderer, &report.sources, d)).collect();
    if report.diagnostics.len() > MOST {
        drawn.push(format!("… and {} more", report.diagnostics.len() - MOST));
    }
    drawn.join("\n\n")
}

fn diagnostic(renderer: &Renderer, sources: &Sources, d: &Diagnostic) -> String {
    let level = match d.severity() {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(safe(&d.message)).id(d.code.id());
    let mut groups = vec![match &d.primary {
        None => Group::with_title(title),
        Some(primary) => title.elements(snippets(sources, primary, &d.labels)),
    }];
    if let Some(help) = &d.help {
        let title = Level::HELP.secondary_title(safe(help));
        groups.push(match &d.patch {
            None => Group::with_title(title),
            Some(patch) => title.element(
                Snippet::source(drawable(sources.text(patch.at.source)))
                    .patch(Replace::new(sources.range(patch.at), safe(&patch.text))),
            ),
        });
    }
    if let Some(note) = &d.note {
        groups.push(Group::with_title(Level::NOTE.secondary_title(safe(note))));
    }
    if d.primary.is_some() {
        return renderer.render(&groups);
    }
    // Without source lines there is no margin for help and note to hang on.
    groups.chunks(1).map(|group| renderer.render(group)).collect::<Vec<_>>().join("\n")
}

/// A text without characters that command a terminal.
fn safe(text: &str) -> String {
    drawable(&normalize_untrusted_str(text)).into_owned()
}

/// A source text without the control characters that the drawing itself lets through, byte for byte in the
/// same places.
fn drawable(text: &str) -> Cow<'_, str> {
    let commands = |c: char| ('\u{80}'..='\u{9f}').contains(&c);
    if text.contains(commands) { text.replace(commands, "·").into() } else { text.into() }
}

/// One snippet for each text that has a label, that of the primary label first.
fn snippets<'a>(
    sources: &'a Sources,
    primary: &'a Label,
    labels: &'a [Label],
) -> Vec<Snippet<'a, Annotation<'a>>> {
    let mut texts: Vec<SourceId> = vec![primary.at.source];
    for label in labels {
        if !texts.contains(&label.at.source) {
            texts.push(label.at.source);
        }
    }
    let annotation = |kind: AnnotationKind, label: &'a Label| {
        let bare = kind.span(sources.range(label.at));
        if label.text.is_empty() { bare } else { bare.label(safe(&label.text)) }
    };
    let of = |text: SourceId| {
        let mut all = Vec::new();
        if primary.at.source == text {
            all.push(annotation(AnnotationKind::Primary, primary));
        }
        let others = labels.iter().filter(|label| label.at.source == text);
        all.extend(others.map(|label| annotation(AnnotationKind::Context, label)));
        Snippet::source(drawable(sources.text(text))).path(safe(sources.name(text))).annotations(all)
    };
    texts.into_iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{At, Code};
    use super::*;

    fn one(text: &str, diagnostic: impl Fn(&dyn Fn(usize, usize) -> At) -> Diagnostic) -> String {
        let mut sources = Sources::new();
        let id = sources.add("a.toml", text);
        let diagnostic = diagnostic(&|start, end| At::new(id, start..end));
        Report { sources, diagnostics: vec![diagnostic] }.render(Style::Plain)
    }

    #[test]
    fn places_outside_the_text_are_drawn_at_its_end() {
        for text in ["", "\n", "x", "x = 1\r\n", "ñ"] {
            for (start, end) in [(0, 0), (0, 99), (1, 1), (7, 99)] {
                let drawn = one(text, |at| {
                    Diagnostic::new(Code::Syntax, "wrong").at(at(start, end), "here").label(at(end, end), "")
                });
                assert!(drawn.starts_with("error[P0003]: wrong\n"), "{drawn}");
            }
        }
    }

    #[test]
    fn escape_sequences_do_not_reach_the_terminal() {
        let drawn = one("x = 1 # \u{9b}31m \u{1b}[31m", |at| {
            Diagnostic::new(Code::Syntax, "\u{1b}[31mred")
                .at(at(0, 1), "\u{1b}[31m")
                .help("\u{1b}[31m")
                .note("\u{9b}31m")
        });
        assert!(!drawn.contains(['\u{1b}', '\u{9b}']), "{drawn:?}");
    }

    #[test]
    fn a_problem_without_a_place_is_a_line() {
        let report = Report {
            sources: Sources::new(),
            diagnostics: vec![Diagnostic::new(Code::Unreadable, "cannot read x").help("look"); 51],
        };
        let drawn = report.render(Style::Plain);
        assert!(drawn.starts_with("error[P0001]: cannot read x\n"), "{drawn}");
        assert!(drawn.ends_with("\n\n… and 1 more"), "{drawn}");
    }
}
