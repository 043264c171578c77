//! What happens at a time of its own.

use super::calls::{Call, Said};
use super::clients::Who;
use super::database::{Answer, Statement};
use super::process::{Back, Channel, Pid, Timer};
use paceline_model::{Instant, Millis};

/// What happens at a time of its own.
pub(super) enum Step {
    /// A process starts under a server's name.
    Start(usize),
    Statement {
        from: Pid,
        channel: Channel,
        number: u64,
        statement: Statement,
        sent: Instant,
    },
    Answer {
        to: Pid,
        channel: Channel,
        number: u64,
        answer: Option<Answer>,
    },
    Timer(Pid, Timer),
    Call {
        to: Pid,
        call: Call,
    },
    Forward {
        from: Pid,
        to: Pid,
        id: u64,
        nth: u64,
        call: Call,
    },
    Back {
        to: Pid,
        id: u64,
        nth: u64,
        back: Back,
    },
    ToClient {
        attempt: u64,
        said: Said,
    },
    /// A client sends.
    Send(Who),
    /// A client waits no longer.
    GiveUp(u64),
    Happens(Happening),
    Heal,
}

/// What befalls a cluster, or is done to it. Servers and regions by their numbers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Happening {
    /// Its process dies, and starts again after a while.
    Crash(usize, Millis),
    Pause(usize, Millis),
    /// Nothing goes from one to the other: servers by number, `None` the store.
    Cut {
        from: End,
        to: End,
        lasts: Millis,
        both: bool,
    },
    StoreGone(Millis),
    Jump(usize, i64),
    Replace(usize),
    Drain(usize, bool),
    Pin(usize, Option<usize>),
    Join(usize),
    Leave(usize),
    /// Ends in order and starts again.
    Roll(usize),
}

/// Whom a cut is between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Store,
    Clients,
    Server(usize),
}

impl Step {
    /// The process to which it happens: one that stands still meets it later.
    pub(super) fn process(&self) -> Option<Pid> {
        match self {
            Self::Answer { to, .. }
            | Self::Call { to, .. }
            | Self::Forward { to, .. }
            | Self::Back { to, .. } => Some(*to),
            Self::Timer(pid, _) => Some(*pid),
            _ => None,
        }
    }

    /// What a trace says of it; `None`: it is told elsewhere, or too often.
    pub(super) fn line(&self) -> Option<String> {
        Some(match self {
            Self::Start(server) => format!("a process of s{server} starts"),
            Self::Statement { from, statement, .. } => match statement {
                Statement::Beat { .. }
                | Statement::Regions(_)
                | Statement::Tail { .. }
                | Statement::Check { .. } => {
                    return None;
                }
                other => format!("the store does for p{}: {other:?}", from.0),
            },
            Self::Answer { answer: None, to, channel, .. } => {
                format!("p{} has no answer for {channel:?}", to.0)
            }
            Self::Call { to, call } => format!("{} is at the door of p{}", call.line()?, to.0),
            Self::Forward { from, to, call, .. } => {
                format!("{} is sent on from p{} to p{}", call.line()?, from.0, to.0)
            }
            Self::ToClient { attempt, said: Said::Receipt(version) } => {
                format!("attempt {attempt} has its receipt: {version}")
            }
            Self::ToClient { attempt, said: Said::Denied(refusal) } => {
                format!("attempt {attempt} is refused: {refusal}")
            }
            Self::ToClient { attempt, said: Said::Refused } => format!("attempt {attempt} is refused"),
            Self::ToClient { attempt, said: Said::Unanswered } => {
                format!("attempt {attempt} may have been done")
            }
            Self::Happens(happening) => format!("{happening:?}"),
            Self::Heal => "all faults are healed".to_owned(),
            _ => return None,
        })
    }
}
