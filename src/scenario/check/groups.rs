//! `[[agents]]`.

use prism_core::agent::{GroupDecl, Wakes};
use prism_core::kernel::LEAST_GAP;
use prism_core::spec::Params;

use super::super::params::{Filled, Target};
use super::super::plan::{Decl, GroupPlan, LinkPlan, SymbolPlan, VenuePlan, books};
use super::super::read::Section;
use super::super::registry::{Found, Trader};
use super::super::tree::{Node, Value, quoted, toml_text};
use super::super::units;
use super::super::units::amounts::Market;
use super::law::{self, Sort};
use super::{Context, Places, at_most, market, unique};
use crate::diagnostic::{At, Code, Diagnostic, nearest};

const KIND: Sort =
    Sort { key: "kind", name: "agent kind", example: "kind = \"noise_trader\"", list: "prism list agents" };

/// What groups refer to.
type World<'a> = (&'a [SymbolPlan], &'a [VenuePlan], &'a [LinkPlan]);

/// Reads all groups of agents.
pub(super) fn groups(
    root: &Section<'_>,
    context: Context<'_>,
    world: World<'_>,
    places: &mut Places,
) -> Vec<GroupPlan> {
    let mut plans = Vec::new();
    let mut names = Vec::new();
    for section in root.sections("agents") {
        let named = if section.has("name") { section.at_of("name") } else { section.at };
        let (name, plan) = group(&section, context, world, places);
        names.push((name, named));
        if let Some(plan) = plan {
            places.groups.push(named);
            plans.push(plan);
        }
    }
    unique(root, "groups", names.iter().filter(|(n, _)| !n.is_empty()).map(|(n, at)| (n.as_str(), *at)));
    at_most(root, "groups", plans.len(), 1 << 16);
    let agents: u64 = plans.iter().map(|plan| u64::from(plan.decl.0.count)).sum();
    at_most(root, "agents", usize::try_from(agents).unwrap_or(usize::MAX), u32::MAX as usize);
    plans
}

/// Reads one group; also its name, which counts even where the group is wrong.
fn group(
    section: &Section<'_>,
    context: Context<'_>,
    world: World<'_>,
    places: &Places,
) -> (String, Option<GroupPlan>) {
    let kind = law::kind(section, KIND, context.registry.agents());
    let own_name = section.name("name", true);
    let name = match (&own_name, &kind) {
        (Some(name), _) => name.clone(),
        (None, Some((kind, _, _))) if !section.has("name") => kind.clone(),
        _ => String::new(),
    };
    let count = section.read("count", |node, key| units::whole(node, key, 0, i128::from(u32::MAX)));
    let count = count.map_or(1, |n| u32::try_from(n).unwrap_or_default());
    let link = section.read("link", units::text).unwrap_or_default();
    check_link(section, &link, world.2);
    let books = group_books(section, world);
    let given_wakes = section.entry("wakes").map(|entry| wakes(section, &entry.node));
    let informed = section.read("informed", units::flag);
    let Some((kind, at, found)) = kind else { return (name, None) };

    let trader = found.kind.make;
    let chosen = if trader.one_book { &books[..] } else { &books[..books.len().min(1)] };
    let markets: Vec<Market<'_>> =
        chosen.iter().map(|(_, s)| market(&world.0[*s], places.symbols.get(*s).and_then(|p| p.1))).collect();
    let filled = law::parameters(section, KIND, (&kind, at, &found), Target::Markets(&markets), context);
    let own_wakes = own_wakes(section, (at, &found), &filled, &markets);
    let wakes = match given_wakes {
        Some(given) => given.unwrap_or_default(),
        None => own_wakes.unwrap_or_default(),
    };
    check_gap(section, (at, &name, count), wakes, given_wakes.is_some());
    let decl = GroupDecl {
        name: name.clone(),
        kind,
        count,
        wakes,
        link,
        books: books.iter().map(|(name, _)| name.clone()).collect(),
        dealt: trader.one_book,
        informed: informed.unwrap_or(trader.informed),
    };
    let symbols = chosen.iter().map(|(_, s)| *s).collect();
    (name, Some(GroupPlan { decl: Decl(decl), filled, symbols }))
}

fn check_link(section: &Section<'_>, link: &str, links: &[LinkPlan]) {
    if !section.has("link") || links.iter().any(|plan| plan.name == link) {
        return;
    }
    let at = section.at_of("link");
    let diagnostic = Diagnostic::new(Code::UnknownLink, format!("no link is called {}", quoted(link)))
        .at(at, "not declared");
    let near = nearest(link, links.iter().map(|plan| plan.name.as_str()));
    section.problem(if let Some(near) = near {
        diagnostic.help(format!("a similar name exists: `{near}`")).patch(at, toml_text(near))
    } else {
        let bare = !link.is_empty() && link.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
        let key = if bare { link.to_owned() } else { toml_text(link) };
        diagnostic.help(format!("declare it: `[link.{key}]` with `order` and `feed`"))
    });
}

/// The names of the group's books in their shortest form, with the index of the symbol.
fn group_books(section: &Section<'_>, (symbols, venues, _): World<'_>) -> Vec<(String, usize)> {
    let all = books(symbols, venues);
    if section.entry("books").is_none() {
        if all.is_empty() {
            // No venue lists anything, which is reported; the symbols serve to read prices and sizes.
            return symbols.iter().enumerate().map(|(s, plan)| (plan.symbol.name.clone(), s)).collect();
        }
        return all;
    }
    let Some(names) = section.names("books") else { return Vec::new() };
    if names.is_empty()
        && matches!(section.entry("books").map(|e| &e.node.value), Some(Value::Array(a)) if a.is_empty())
    {
        section.problem(
            Diagnostic::new(Code::OutOfRange, "`books` must name at least one book")
                .at(section.at_of("books"), "no book")
                .help("leave `books` out for all books"),
        );
    }
    let mut chosen: Vec<((String, usize), At)> = Vec::new();
    for (name, at) in names {
        let Some(book) = book_named(&name, &all, symbols, venues) else {
            section.problem(unknown_book(&name, at, &all));
            continue;
        };
        match chosen.iter().find(|(other, _)| other.0 == book.0) {
            Some((_, first)) => section.problem(
                Diagnostic::new(Code::SaidTwice, format!("the book {} is named twice", quoted(&name)))
                    .at(at, "the second")
                    .label(*first, "the first"),
            ),
            None => chosen.push((book, at)),
        }
    }
    chosen.into_iter().map(|(book, _)| book).collect()
}

/// `SYMBOL` is its only book; `SYMBOL@VENUE` may be that too.
fn book_named(
    name: &str,
    all: &[(String, usize)],
    symbols: &[SymbolPlan],
    venues: &[VenuePlan],
) -> Option<(String, usize)> {
    if let Some(book) = all.iter().find(|(book, _)| book == name) {
        return Some(book.clone());
    }
    let (symbol, venue) = name.rsplit_once('@')?;
    let s = symbols.iter().position(|plan| plan.symbol.name == symbol)?;
    let v = venues.iter().position(|plan| plan.name == venue)?;
    all.iter().find(|(book, _)| book == symbol).filter(|_| venues[v].symbols.contains(&s)).cloned()
}

fn unknown_book(name: &str, at: At, all: &[(String, usize)]) -> Diagnostic {
    let several =
        all.iter().filter(|(book, _)| book.rsplit_once('@').is_some_and(|(symbol, _)| symbol == name));
    let choices: Vec<String> = several.map(|(book, _)| format!("`{book}`")).collect();
    if !choices.is_empty() {
        let message = format!("several venues list {}, so it does not name a book", quoted(name));
        return Diagnostic::new(Code::UnknownBook, message)
            .at(at, "on which venue?")
            .help(format!("write {}", choices.join(" or ")));
    }
    let diagnostic = Diagnostic::new(Code::UnknownBook, format!("no book is called {}", quoted(name)))
        .at(at, "no venue lists it")
        .note("a book is named by its symbol, or by symbol and venue: `ACME@XPRM`");
    match nearest(name, all.iter().map(|(book, _)| book.as_str())) {
        Some(near) => diagnostic.help(format!("a similar name exists: `{near}`")).patch(at, toml_text(near)),
        None => diagnostic,
    }
}

/// Who keeps the time, as the scenario says; `None` if that is wrong and reported.
fn wakes(section: &Section<'_>, node: &Node) -> Option<Wakes> {
    const HELP: &str = "write `{ poisson = \"100ms\" }`, `{ periodic = \"1s\" }`, or \"own\" for agents that keep their own time";
    let wrong = |message: String| {
        section.problem(Diagnostic::new(Code::WrongType, message).at(node.at, "").help(HELP));
        None
    };
    match &node.value {
        Value::Text(word) | Value::Bare(word) if word == "own" => return Some(Wakes::Own),
        Value::Table(_) => {}
        _ => return wrong(format!("`wakes` must be a table or \"own\", not {}", node.sort())),
    }
    let clock = section.section("wakes")?;
    let poisson = clock.entry("poisson").map(|_| clock.read("poisson", units::span));
    let periodic = clock.entry("periodic").map(|_| clock.read("periodic", units::span));
    clock.finish();
    match (poisson, periodic) {
        (Some(mean), None) => mean.map(Wakes::Poisson),
        (None, Some(every)) => every.map(Wakes::Periodic),
        (None, None) if !clock.named().is_empty() => None, // an unknown key, which is reported
        _ => wrong("`wakes` takes one of `poisson` and `periodic`".to_owned()),
    }
}

/// Tries the parameters on each market, and asks who keeps the time of such an agent.
fn own_wakes(
    section: &Section<'_>,
    (at, found): (At, &Found<'_, Trader>),
    filled: &Filled,
    markets: &[Market<'_>],
) -> Option<Wakes> {
    if !law::complete(found.kind.params, filled) {
        return None;
    }
    let mut first = None;
    for (set, market) in filled.values.iter().zip(markets) {
        let params = Params::new(found.kind.params, set.clone(), market.instrument);
        match (found.kind.make.wakes)(&params) {
            Ok(wakes) => first = first.or(Some(wakes)),
            Err(why) => {
                law::contradiction(section, at, &why);
                return None;
            }
        }
    }
    first
}

/// A group's clock has a least gap between two ticks.
fn check_gap(section: &Section<'_>, (kind_at, name, count): (At, &str, u32), wakes: Wakes, given: bool) {
    let (Wakes::Poisson(gap) | Wakes::Periodic(gap)) = wakes else { return };
    let least = LEAST_GAP * i64::from(count.max(1));
    if gap >= least {
        return;
    }
    let message = format!("the wake-ups of `{name}` must be at least {least} apart, not {gap}");
    let at = if given { section.at_of("wakes") } else { kind_at };
    let note = format!("{count} members share one clock, which needs {LEAST_GAP} between two ticks");
    section.problem(Diagnostic::new(Code::OutOfRange, message).at(at, "too often").note(note));
}
