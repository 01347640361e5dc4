//! What a phase of a trading day is in the formats.

use prism_core::msg::Phase;

use crate::tape::TradingHalt;
use crate::tape::itch::{Alpha, Char};

/// The phase of its number; one that there is not is [`Phase::Continuous`].
pub(super) fn phase_of(number: u8) -> Phase {
    Phase::ALL.into_iter().find(|phase| *phase as u8 == number).unwrap_or_default()
}

/// The state of an ITCH trading action (H halted, P paused, Q quotation only, T trading) and its reason, which says
/// which phase it is where the state alone does not.
pub(super) fn trading_state(phase: Phase) -> (Char, Alpha<4>) {
    let (state, reason) = match phase {
        Phase::PreOpen => (b'Q', "PREO"),
        Phase::Opening => (b'Q', "OPEN"),
        Phase::Closing => (b'Q', "CLOS"),
        // The exchange's own word for a pause after a move of the price.
        Phase::Volatility => (b'P', "LUDP"),
        Phase::Halted => (b'H', "HALT"),
        Phase::Closed => (b'H', "SHUT"),
        _ => (b'T', ""),
    };
    (Char(state), Alpha::new(reason).unwrap_or_default())
}

/// The type of an ITCH cross and of its imbalance messages: O opening, C closing, H after a halt or a pause, I for a
/// batch in continuous trading. `collected` is the phase in which its orders were collected.
pub(super) fn cross_type(collected: Phase) -> Char {
    Char(match collected {
        Phase::PreOpen | Phase::Opening | Phase::Closed => b'O',
        Phase::Closing => b'C',
        Phase::Volatility | Phase::Halted => b'H',
        _ => b'I',
    })
}

/// What LOBSTER announces of a phase: trading in it, quotes alone, or neither.
pub(super) fn halt(phase: Phase) -> TradingHalt {
    match phase {
        Phase::PreOpen | Phase::Opening | Phase::Closing => TradingHalt::QuotingResumes,
        Phase::Volatility | Phase::Halted | Phase::Closed => TradingHalt::Halted,
        _ => TradingHalt::TradingResumes,
    }
}
