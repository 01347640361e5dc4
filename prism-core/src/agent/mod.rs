//! Traders: the trait they implement, what they see, and how groups of them are declared.
//!
//! ```
//! use prism_core::prelude::*;
//!
//! /// Buys one lot whenever the ask is below what it thinks the thing is worth.
//! #[derive(Clone)]
//! struct Bargain { worth: Price }
//!
//! impl Agent for Bargain {
//!     fn on_wake(&mut self, ctx: &mut Ctx<'_>) {
//!         let book = ctx.home();
//!         if ctx.top(book).ask().is_some_and(|ask| ask.price < self.worth) {
//!             ctx.order(Order::market(book, Side::Buy, Qty(1)));
//!         }
//!     }
//! }
//!
//! let group = Group::of(Bargain { worth: Price(10_000) }).named("bargain").count(10).poisson(Span::secs(1));
//! # let _ = group;
//! ```

mod account;
mod any;
mod ctx;
mod group;
mod population;
mod roll;
mod working;

pub use account::Account;
pub(crate) use account::Accounts;
pub use any::AnyAgent;
pub use ctx::Ctx;
pub(crate) use ctx::{Aside, Member, Shared, Views};
pub(crate) use group::GroupPlan;
pub use group::{AnyGroup, Group, GroupDecl, PopulateError, Wakes};
pub use population::{Hook, Pool, Population};
pub(crate) use roll::{Place, Roll};
pub(crate) use working::Arena;
pub use working::Working;

use crate::msg::{Note, Print, Report};
use crate::param::ParamError;
use crate::save::unsaved;

/// A trader. It writes the hooks it needs; all have empty bodies.
///
/// A hook runs at one instant of simulated time: it reads and sends through [`Ctx`], and
/// returns. It cannot touch another agent or see what has not reached it. `Clone` is what forks of a world
/// depend on: a clone must be a full copy.
pub trait Agent: Clone + Send + 'static {
    /// Whether [`on_report`](Agent::on_report) is called. An agent that does not write that hook should say
    /// `false`: its account and working orders are as up to date as ever when it is called, and a market of
    /// such agents runs a good deal faster.
    const HEARS_REPORTS: bool = true;

    /// Once, at the beginning of the run.
    fn on_start(&mut self, ctx: &mut Ctx<'_>) {
        let _ = ctx;
    }
    /// When the group's clock ticks for this agent, or a time asked for with [`Ctx::wake_in`] has come.
    fn on_wake(&mut self, ctx: &mut Ctx<'_>) {
        let _ = ctx;
    }
    /// When a timer set with [`Ctx::timer`] runs out.
    fn on_timer(&mut self, tag: u32, ctx: &mut Ctx<'_>) {
        let _ = (tag, ctx);
    }
    /// When a report on one of its orders arrives. Account and working orders are up to date already.
    fn on_report(&mut self, report: &Report, ctx: &mut Ctx<'_>) {
        let _ = (report, ctx);
    }
    /// When a public message arrives, of the sorts that [`hears`](Agent::hears) names and from the agent's
    /// own books.
    fn on_print(&mut self, print: &Print, ctx: &mut Ctx<'_>) {
        let _ = (print, ctx);
    }
    /// When another agent's note arrives.
    fn on_note(&mut self, note: &Note, ctx: &mut Ctx<'_>) {
        let _ = (note, ctx);
    }
    /// Once, at the end of the run. Actions are no longer carried out.
    fn on_stop(&mut self, ctx: &mut Ctx<'_>) {
        let _ = ctx;
    }
    /// Whether this agent's [`on_report`](Agent::on_report) is called; asked once, when the simulation is built. A
    /// group in which nobody hears reports is spared them. It is for agents that hold another one: all others
    /// say it with [`HEARS_REPORTS`](Agent::HEARS_REPORTS).
    fn hears_reports(&self) -> bool {
        Self::HEARS_REPORTS
    }
    /// Which public messages are pushed to [`on_print`](Agent::on_print); asked once, at the beginning.
    /// Reading the market with [`Ctx::top`] costs nothing, being told costs an event.
    fn hears(&self) -> Prints {
        Prints::NONE
    }
    /// Holds what it was made of against the ranges of its parameters; asked when the simulation is built.
    /// [`spec::check`](crate::spec::check) answers for a kind that scenarios can name.
    ///
    /// # Errors
    /// The first parameter that is wrong.
    fn check(&self) -> Result<(), ParamError> {
        Ok(())
    }
    unsaved!();
}

/// A set of sorts of public messages.
///
/// ```
/// use prism_core::agent::Prints;
/// let both = Prints::TRADES | Prints::TOUCH;
/// assert!(both.has(Prints::TRADES) && !both.has(Prints::PHASES));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prints(u8);

impl Prints {
    /// Nothing.
    pub const NONE: Prints = Prints(0);
    /// Every trade.
    pub const TRADES: Prints = Prints(1);
    /// Every change of a best price or its size.
    pub const TOUCH: Prints = Prints(2);
    /// Changes of phase.
    pub const PHASES: Prints = Prints(4);

    /// True when all of `sort` is in the set.
    #[inline]
    pub const fn has(self, sort: Prints) -> bool {
        self.0 & sort.0 == sort.0
    }

    /// True for the empty set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The sort of a message.
    #[inline]
    pub const fn of(print: &Print) -> Prints {
        match print {
            Print::Trade { .. } => Prints::TRADES,
            Print::Moved { .. } => Prints::TOUCH,
            Print::Phase { .. } | Print::Indicative { .. } => Prints::PHASES,
        }
    }
}

impl std::ops::BitOr for Prints {
    type Output = Prints;
    fn bitor(self, other: Prints) -> Prints {
        Prints(self.0 | other.0)
    }
}
