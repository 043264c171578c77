//! Whether a command is put to the world: not where it comes too late to be worth beginning, or brings more than is kept.

use super::matters::Matters;
use crate::kind::Kind;
use crate::problem::Problem;
use paceline_api::Code;

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
            NotDone::Waited => Self::behind(),
        }
    }
}

/// Whether a command is put to the world; `waited_out`: new work has waited too long for it. Errors: why not.
pub(crate) fn admit<W: Kind>(
    world: &W,
    command: &W::Command,
    waited_out: bool,
) -> Result<(), NotDone<W::Refusal>> {
    if waited_out && W::matters(command) == Matters::New {
        return Err(NotDone::Waited);
    }
    match world.full(command) {
        Some((what, most)) => Err(NotDone::TooMany(what, most)),
        None => Ok(()),
    }
}
