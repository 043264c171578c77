//! What happens at a time of its own.

use super::around::{Around, PlanOf, RecordedOf, TelemetryOf};
use paceline_engine::ledger::Change;
use std::sync::Arc;

/// What happens at a time of its own.
pub(super) enum Step<A: Around> {
    Send(u64),
    Arrives(u64),
    Answered(u64),
    Heard(Arc<Change<RecordedOf<A>>>),
    Roll,
    Readings(TelemetryOf<A>),
    Write,
    Tend,
    Solved(Box<PlanOf<A>>),
    Stop { power: bool },
    DieSoon,
    Start,
    Fill,
    Empty,
    Jump(i64),
    Heal,
}

impl<A: Around> Step<A> {
    pub(super) fn line(&self) -> String {
        match self {
            Self::Send(call) => format!("call {call} is sent"),
            Self::Arrives(call) => format!("call {call} arrives"),
            Self::Answered(call) => format!("the answer to call {call} arrives"),
            Self::Heard(change) => format!("{} is heard: {:?}", change.version.0, change.event),
            Self::Roll => "all devices report".to_owned(),
            Self::Readings(_) => "readings arrive".to_owned(),
            Self::Write => "the log writes".to_owned(),
            Self::Tend => "the log looks after itself".to_owned(),
            Self::Solved(_) => "a plan comes".to_owned(),
            Self::Stop { power: false } => "the process is killed".to_owned(),
            Self::Stop { power: true } => "the power fails".to_owned(),
            Self::DieSoon => "the process will die in a call of the disk".to_owned(),
            Self::Start => "the process starts".to_owned(),
            Self::Fill => "the disk fills up".to_owned(),
            Self::Empty => "there is room again".to_owned(),
            Self::Jump(ms) => format!("the clock jumps by {ms} ms"),
            Self::Heal => "all faults are healed".to_owned(),
        }
    }

    /// Whether it belongs to the process, and ends with it.
    pub(super) fn is_of_process(&self) -> bool {
        matches!(self, Self::Write | Self::Tend | Self::Solved(_))
    }
}
