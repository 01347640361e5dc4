//! bourse-de 0.4 as published: its own `RandomAgents`, its own runner.

use bourse_de::agents::{Agent, AgentSet, RandomAgents};
use bourse_de::{Env, sim_runner};

use super::Timed;
use super::random::Rule;
use crate::book::harness::cpu_ns;

struct Crowd {
    agents: RandomAgents,
}

impl AgentSet for Crowd {
    fn update<R: rand::RngCore>(&mut self, env: &mut Env, rng: &mut R) {
        self.agents.update(env, rng);
    }
}

/// Runs `warm` steps, then times `steps`. bourse does not count its instructions: their number is taken at its
/// expectation, which it meets within a thousandth.
pub fn timed(agents: usize, rule: Rule, seed: u64, warm: u64, steps: u64) -> Timed {
    let mut env: Env = Env::new(0, 1, 1_000_000, true);
    let agents_ = RandomAgents::new(agents, rule.ticks, rule.sizes, 1, rule.activity);
    let mut crowd = Crowd { agents: agents_ };
    sim_runner(&mut env, &mut crowd, seed, warm, false);
    let trades = env.get_trades().len();
    let begin = cpu_ns();
    sim_runner(&mut env, &mut crowd, seed + 1, steps, false);
    let cpu = (cpu_ns() - begin) as f64;
    Timed {
        requests: steps as f64 * agents as f64 * f64::from(rule.activity),
        trades: (env.get_trades().len() - trades) as f64,
        cpu,
        resting: env
            .get_orders()
            .iter()
            .filter(|order| order.status == bourse_de::types::Status::Active)
            .count(),
        ..Timed::default()
    }
}
