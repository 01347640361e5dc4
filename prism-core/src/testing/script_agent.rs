//! An agent that does what a script says and writes down what it hears.

use crate::agent::{Agent, Ctx, Prints};
use crate::market::Top;
use crate::msg::{Note, Order, Phase, Print, Report, Terms};
use crate::types::{AgentId, BookId, OrderId, Price, Qty, Span, Time};

/// One step of a [`Script`].
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// Send an order.
    Order(Order),
    /// Send an order with terms.
    OrderWith(Order, Terms),
    /// Cancel the order with this number among those sent.
    Cancel(usize),
    /// Reduce it.
    Reduce(usize, Qty),
    /// Replace it.
    Replace(usize, Price, Qty),
    /// Think: what follows leaves later.
    Busy(Span),
    /// Look at the top and write it down.
    Look(BookId),
    /// Send a note.
    Note(AgentId, u32),
}

/// Does each step at its time, in its own time or by the group's clock (then all steps that are due).
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// What to do, in the order of time.
    pub steps: Vec<(Time, Step)>,
    /// What it listens to.
    pub listens: Prints,
    /// The orders it has sent.
    pub sent: Vec<OrderId>,
    /// When it was woken.
    pub woken: Vec<Time>,
    /// What it has been told of its orders.
    pub reports: Vec<(Time, Report)>,
    /// What it has seen.
    pub seen: Vec<(Time, Top)>,
    /// In which phases it has seen that book.
    pub phases: Vec<Phase>,
    /// What it has heard.
    pub prints: Vec<(Time, Print)>,
    /// What others have written.
    pub notes: Vec<(Time, Note)>,
    next: usize,
}

impl Script {
    /// A script of these steps: nanoseconds and what to do then.
    pub fn new(steps: impl IntoIterator<Item = (i64, Step)>) -> Script {
        let steps = steps.into_iter().map(|(at, step)| (Time::from_nanos(at), step)).collect();
        Script { steps, ..Script::default() }
    }

    /// The same, listening.
    pub fn hearing(mut self, prints: Prints) -> Script {
        self.listens = prints;
        self
    }

    fn arm(&self, ctx: &mut Ctx<'_>) {
        if let Some((at, _)) = self.steps.get(self.next)
            && !ctx.clocked()
        {
            ctx.wake_in(*at - ctx.now());
        }
    }

    fn act(&mut self, step: Step, ctx: &mut Ctx<'_>) {
        match step {
            Step::Order(order) => self.sent.push(ctx.order(order)),
            Step::OrderWith(order, terms) => self.sent.push(ctx.order_with(order, &terms)),
            Step::Cancel(n) => ctx.cancel(self.sent[n]),
            Step::Reduce(n, by) => ctx.reduce(self.sent[n], by),
            Step::Replace(n, price, qty) => ctx.replace(self.sent[n], price, qty),
            Step::Busy(span) => ctx.busy_for(span),
            Step::Look(book) => {
                self.seen.push((ctx.now(), ctx.top(book)));
                self.phases.push(ctx.phase(book));
            }
            Step::Note(to, topic) => ctx.note(to, topic, 1, 2),
        }
    }
}

impl Agent for Script {
    fn on_start(&mut self, ctx: &mut Ctx<'_>) {
        self.arm(ctx);
    }
    fn on_wake(&mut self, ctx: &mut Ctx<'_>) {
        self.woken.push(ctx.now());
        while let Some(&(at, step)) = self.steps.get(self.next)
            && at <= ctx.now()
        {
            self.next += 1;
            self.act(step, ctx);
        }
        self.arm(ctx);
    }
    fn on_report(&mut self, report: &Report, ctx: &mut Ctx<'_>) {
        self.reports.push((ctx.now(), *report));
    }
    fn on_print(&mut self, print: &Print, ctx: &mut Ctx<'_>) {
        self.prints.push((ctx.now(), *print));
    }
    fn on_note(&mut self, note: &Note, ctx: &mut Ctx<'_>) {
        self.notes.push((ctx.now(), *note));
    }
    fn hears(&self) -> Prints {
        self.listens
    }
}
