//! Any agent behind one type, for lists that are made at run time.

use std::fmt;
use std::io::{Read, Write};

use super::{Agent, Ctx, Prints};
use crate::msg::{Note, Print, Report};
use crate::param::ParamError;
use crate::save::SaveError;

/// An agent whose type is only known at run time. It costs one more indirect call.
pub struct AnyAgent(Box<dyn DynAgent>);

impl AnyAgent {
    /// Wraps an agent.
    pub fn new<A: Agent>(agent: A) -> AnyAgent {
        AnyAgent(Box::new(agent))
    }
}

/// The object-safe twin of [`Agent`], whose `Clone` forbids `dyn Agent` itself.
trait DynAgent: Send {
    fn start(&mut self, ctx: &mut Ctx<'_>);
    fn wake(&mut self, ctx: &mut Ctx<'_>);
    fn timer(&mut self, tag: u32, ctx: &mut Ctx<'_>);
    fn report(&mut self, report: &Report, ctx: &mut Ctx<'_>);
    fn print(&mut self, print: &Print, ctx: &mut Ctx<'_>);
    fn note(&mut self, note: &Note, ctx: &mut Ctx<'_>);
    fn stop(&mut self, ctx: &mut Ctx<'_>);
    fn hears_of_its_orders(&self) -> bool;
    fn what_it_hears(&self) -> Prints;
    fn is_fit(&self) -> Result<(), ParamError>;
    fn write(&self, to: &mut dyn Write) -> Result<(), SaveError>;
    fn read(&mut self, from: &mut dyn Read) -> Result<(), SaveError>;
    fn copy(&self) -> Box<dyn DynAgent>;
}

impl<A: Agent> DynAgent for A {
    fn start(&mut self, ctx: &mut Ctx<'_>) {
        self.on_start(ctx);
    }
    fn wake(&mut self, ctx: &mut Ctx<'_>) {
        self.on_wake(ctx);
    }
    fn timer(&mut self, tag: u32, ctx: &mut Ctx<'_>) {
        self.on_timer(tag, ctx);
    }
    fn report(&mut self, report: &Report, ctx: &mut Ctx<'_>) {
        self.on_report(report, ctx);
    }
    fn print(&mut self, print: &Print, ctx: &mut Ctx<'_>) {
        self.on_print(print, ctx);
    }
    fn note(&mut self, note: &Note, ctx: &mut Ctx<'_>) {
        self.on_note(note, ctx);
    }
    fn stop(&mut self, ctx: &mut Ctx<'_>) {
        self.on_stop(ctx);
    }
    fn hears_of_its_orders(&self) -> bool {
        self.hears_reports()
    }
    fn what_it_hears(&self) -> Prints {
        self.hears()
    }
    fn is_fit(&self) -> Result<(), ParamError> {
        self.check()
    }
    fn write(&self, to: &mut dyn Write) -> Result<(), SaveError> {
        self.save(to)
    }
    fn read(&mut self, from: &mut dyn Read) -> Result<(), SaveError> {
        self.load(from)
    }
    fn copy(&self) -> Box<dyn DynAgent> {
        Box::new(self.clone())
    }
}

impl Clone for AnyAgent {
    fn clone(&self) -> AnyAgent {
        AnyAgent(self.0.copy())
    }
}

impl fmt::Debug for AnyAgent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnyAgent")
    }
}

impl Agent for AnyAgent {
    fn on_start(&mut self, ctx: &mut Ctx<'_>) {
        self.0.start(ctx);
    }
    fn on_wake(&mut self, ctx: &mut Ctx<'_>) {
        self.0.wake(ctx);
    }
    fn on_timer(&mut self, tag: u32, ctx: &mut Ctx<'_>) {
        self.0.timer(tag, ctx);
    }
    fn on_report(&mut self, report: &Report, ctx: &mut Ctx<'_>) {
        self.0.report(report, ctx);
    }
    fn on_print(&mut self, print: &Print, ctx: &mut Ctx<'_>) {
        self.0.print(print, ctx);
    }
    fn on_note(&mut self, note: &Note, ctx: &mut Ctx<'_>) {
        self.0.note(note, ctx);
    }
    fn on_stop(&mut self, ctx: &mut Ctx<'_>) {
        self.0.stop(ctx);
    }
    fn hears_reports(&self) -> bool {
        self.0.hears_of_its_orders()
    }
    fn hears(&self) -> Prints {
        self.0.what_it_hears()
    }
    fn check(&self) -> Result<(), ParamError> {
        self.0.is_fit()
    }
    fn save(&self, to: &mut dyn Write) -> Result<(), SaveError> {
        self.0.write(to)
    }
    fn load(&mut self, from: &mut dyn Read) -> Result<(), SaveError> {
        self.0.read(from)
    }
}
