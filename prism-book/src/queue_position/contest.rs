//! How wrong estimators are: a book that knows, and estimators that see its levels.

use std::collections::BTreeMap;

use prism_core::math;
use prism_core::msg::Reject;
use prism_core::types::{OrderId, Price, Qty, Side};

use super::{Biased, Log, Optimistic, Pessimistic, Posterior, Power, Proportional, QueueEstimator, Shared};
use crate::book::{BookEngine, Fill, Handle, Incoming, Ladder, Outcome};

/// An estimator with its name: how a new one is made for each order.
#[derive(Clone, Copy, Debug)]
pub struct Entrant {
    /// Its name.
    pub name: &'static str,
    /// Makes one.
    pub make: fn() -> Box<dyn QueueEstimator>,
}

impl Entrant {
    /// The estimators of this module, with the parameters of their sources: from the most pessimistic law to the
    /// most optimistic one, and Bayes' rule over two of them.
    pub const ALL: [Entrant; 9] = [
        Entrant { name: "pessimistic", make: || Box::new(Shared::new(Pessimistic)) },
        Entrant { name: "biased -0.8", make: || Box::new(Shared::new(Biased::BACK)) },
        Entrant { name: "power 3", make: || Box::new(Shared::new(Power::CUBE)) },
        Entrant { name: "power 2", make: || Box::new(Shared::new(Power::SQUARE)) },
        Entrant { name: "proportional", make: || Box::new(Shared::new(Proportional)) },
        Entrant { name: "log", make: || Box::new(Shared::new(Log)) },
        Entrant { name: "optimistic", make: || Box::new(Shared::new(Optimistic)) },
        Entrant { name: "Bayes, proportional", make: || Box::new(Posterior::new(Proportional)) },
        Entrant { name: "Bayes, biased -0.8", make: || Box::new(Posterior::new(Biased::BACK)) },
    ];
}

/// Errors of estimates, in lots: the estimate less the exact quantity ahead.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Errors {
    count: u64,
    sum: f64,
    squares: f64,
}

impl Errors {
    fn add(&mut self, error: f64) {
        self.count += 1;
        self.sum += error;
        self.squares += error * error;
    }

    /// How many estimates.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The mean error; 0 without estimates.
    pub fn bias(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.sum / self.count as f64 }
    }

    /// The root of the mean squared error; 0 without estimates.
    pub fn rms(&self) -> f64 {
        if self.count == 0 { 0.0 } else { math::sqrt(self.squares / self.count as f64) }
    }
}

/// What one estimator was worth.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// Its name.
    pub name: &'static str,
    /// By time in the queue: before the first age given to the contest, before the second, and so on, and after.
    pub by_age: Vec<Errors>,
    /// Over all ages.
    pub all: Errors,
    /// Orders that it took for hit by a trade that did not reach them.
    pub early: u64,
    /// Orders that it took for not hit by the trade that was their first fill.
    pub late: u64,
    /// Orders whose first fill it told, neither early nor late.
    pub right: u64,
}

/// An order that is followed.
#[derive(Debug)]
struct Followed {
    handle: Handle,
    since: u64,
    /// One for each entrant, and whether it takes the order for hit.
    estimators: Vec<(Box<dyn QueueEstimator>, bool)>,
}

/// A book whose orders can be followed by estimators that see nothing but the levels and trades at their price.
///
/// After every change at the price of a followed order by others each estimate is held against
/// [`BookEngine::ahead`]. An order is followed until its first fill or until it leaves or moves.
#[derive(Debug)]
pub struct Contest {
    book: Ladder,
    entrants: Vec<Entrant>,
    /// Ascending, in the unit of the times given.
    ages: Vec<u64>,
    scores: Vec<Score>,
    followed: BTreeMap<(Side, Price), Vec<Followed>>,
    orders: u64,
    fills: Vec<Fill>,
}

impl Contest {
    /// Between these estimators, with errors told apart at these ages (ascending; the unit is that of the times
    /// given to the other calls).
    pub fn new(entrants: &[Entrant], ages: &[u64]) -> Contest {
        let score = |entrant: &Entrant| Score {
            name: entrant.name,
            by_age: vec![Errors::default(); ages.len() + 1],
            all: Errors::default(),
            early: 0,
            late: 0,
            right: 0,
        };
        Contest {
            book: Ladder::default(),
            scores: entrants.iter().map(score).collect(),
            entrants: entrants.to_vec(),
            ages: ages.to_vec(),
            followed: BTreeMap::new(),
            orders: 0,
            fills: Vec::new(),
        }
    }

    /// The book as it is.
    pub fn book(&self) -> &Ladder {
        &self.book
    }

    /// The scores, in the order of the entrants.
    pub fn scores(&self) -> &[Score] {
        &self.scores
    }

    /// Orders that were followed.
    pub fn orders(&self) -> u64 {
        self.orders
    }

    /// Follows an order that has just come to rest, if anything is ahead of it.
    pub fn follow(&mut self, handle: Handle, now: u64) {
        let Some((order, ahead)) = self.book.get(handle).zip(self.book.ahead(handle)) else { return };
        if ahead.qty.is_zero() {
            return;
        }
        let estimators = self.entrants.iter().map(|entrant| {
            let mut estimator = (entrant.make)();
            estimator.on_order(ahead.qty);
            (estimator, false)
        });
        let followed = Followed { handle, since: now, estimators: estimators.collect() };
        self.followed.entry((order.side, order.price)).or_default().push(followed);
        self.orders += 1;
    }

    /// Puts an order at the end of its queue, as [`BookEngine::insert_resting`].
    ///
    /// # Errors
    /// As there.
    pub fn insert(
        &mut self,
        (id, side): (OrderId, Side),
        price: Price,
        qty: Qty,
        now: u64,
    ) -> Result<Handle, Reject> {
        let handle = self.book.insert_resting(id, side, price, qty)?;
        self.look(side, price, Qty::ZERO, now);
        Ok(handle)
    }

    /// Sends an order that may trade, as [`BookEngine::submit`].
    pub fn submit(&mut self, order: Incoming, now: u64) -> Outcome {
        let mut fills = std::mem::take(&mut self.fills);
        fills.clear();
        let outcome = self.book.submit(order, &mut |fill| fills.push(fill));
        for queue in fills.chunk_by(|one, next| one.price == next.price) {
            let (side, price) = (!order.side, queue[0].price);
            let mut traded = Qty::ZERO;
            for fill in queue {
                traded = Qty(traded.0.saturating_add(fill.qty.0));
                self.hit(side, price, fill.handle, traded);
            }
            self.look(side, price, traded, now);
        }
        self.fills = fills;
        if let Outcome::Rests { .. } = outcome {
            self.look(order.side, order.price, Qty::ZERO, now);
        }
        outcome
    }

    /// Takes a trade off a resting order, as [`BookEngine::execute`].
    pub fn execute(&mut self, handle: Handle, qty: Qty, now: u64) {
        let Some(order) = self.book.get(handle) else { return };
        self.hit(order.side, order.price, handle, qty);
        let traded = self.book.execute(handle, qty).map_or(Qty::ZERO, |taken| taken.qty);
        self.look(order.side, order.price, traded, now);
    }

    /// Makes an order smaller or takes it out, as [`BookEngine::reduce`].
    pub fn reduce(&mut self, handle: Handle, by: Qty, now: u64) {
        let Some(order) = self.book.get(handle) else { return };
        self.book.reduce(handle, by);
        self.look(order.side, order.price, Qty::ZERO, now);
    }

    /// A followed order is hit: its first fill, with which it is no longer followed. `traded` is the whole trade up
    /// to and with its fill.
    fn hit(&mut self, side: Side, price: Price, handle: Handle, traded: Qty) {
        let Some(queue) = self.followed.get_mut(&(side, price)) else { return };
        let Some(at) = queue.iter().position(|order| order.handle == handle) else { return };
        let order = queue.swap_remove(at);
        for ((estimator, early), score) in order.estimators.into_iter().zip(&mut self.scores) {
            if !early {
                let told = reaches(&*estimator, traded);
                *(if told { &mut score.right } else { &mut score.late }) += 1;
            }
        }
    }

    /// Something has changed at a price, a trade of `traded` lots with it.
    fn look(&mut self, side: Side, price: Price, traded: Qty, now: u64) {
        let Some(queue) = self.followed.get_mut(&(side, price)) else { return };
        let level = self.book.level(side, price).map_or(Qty::ZERO, |level| level.qty);
        let (book, scores, ages) = (&mut self.book, &mut self.scores, &self.ages);
        queue.retain_mut(|order| {
            let Some((own, ahead)) = book.get(order.handle).zip(book.ahead(order.handle)) else {
                return false;
            };
            let others = Qty(level.0.saturating_sub(own.left.0));
            let age = now.saturating_sub(order.since);
            let age = ages.iter().take_while(|&&limit| limit <= age).count();
            for ((estimator, early), score) in order.estimators.iter_mut().zip(&mut *scores) {
                if !traded.is_zero() {
                    if !*early && reaches(&**estimator, traded) {
                        *early = true;
                        score.early += 1;
                    }
                    estimator.on_trade(traded);
                }
                estimator.on_level(others);
                let error = estimator.ahead() - ahead.qty.0 as f64;
                score.by_age[age].add(error);
                score.all.add(error);
            }
            true
        });
        if queue.is_empty() {
            self.followed.remove(&(side, price));
        }
    }
}

/// Whether an estimator takes its order for hit by a trade: by half a lot or more, since it counts in fractions.
fn reaches(estimator: &dyn QueueEstimator, traded: Qty) -> bool {
    traded.0 as f64 - estimator.ahead() >= 0.5
}
