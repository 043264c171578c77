//! Whether a command is put to the world: not where it comes too late to be worth beginning, or brings more than is kept.

use super::matters::Matters;
use crate::kind::Kind;
use crate::problem::Problem;
use paceline_api::Code;
use std::time::Duration;

/// Longest that new work may have waited in the queue. Its caller has waited as long, and is better served by an answer: what is taken on
/// later than this is answered later still.
const WAITED_MAX: Duration = Duration::from_secs(1);

/// Why a command was not done.
#[derive(Debug)]
pub(crate) enum NotDone<R> {
    /// The world does not allow it.
    Refused(R),
    /// There are as many already as are kept.
    TooMany(&'static str, usize),
    /// It waited too long to be worth beginning.
    Waited,
}

impl<R: Into<Problem>> From<NotDone<R>> for Problem {
    fn from(why: NotDone<R>) -> Self {
        match why {
            NotDone::Refused(refusal) => refusal.into(),
            NotDone::TooMany(what, most) => {
                let detail = format!("There are {most} {what} already, as many as are kept.");
                Self::new(Code::E0306, detail).come_back()
            }
            NotDone::Waited => Self::busy("The region is behind; nothing of this request was applied."),
        }
    }
}

/// Whether a command is put to the world, after it has waited so long. Errors: why not.
pub(crate) fn admit<W: Kind>(
    world: &W,
    command: &W::Command,
    waited: Duration,
) -> Result<(), NotDone<W::Refusal>> {
    if W::matters(command) == Matters::New && waited > WAITED_MAX {
        return Err(NotDone::Waited);
    }
    match world.full(command) {
        Some((what, most)) => Err(NotDone::TooMany(what, most)),
        None => Ok(()),
    }
}
