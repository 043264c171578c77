//! The promises, and one that is broken.

use std::fmt;

/// A promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise {
    /// What was acknowledged or published is there after every restart, and is the same.
    Kept,
    /// A command that was repeated under its key has one effect and one answer.
    OneEffect,
    /// An order has one vehicle at a time, and ends once.
    OneAssignment,
    /// No vehicle has more riders than seats.
    Seats,
    /// Replicas go where they may, one at a time, and nothing of a node is given twice.
    Placement,
    /// Every bike that a crew moved is counted once, in one place, and no van carries more than fit.
    Bikes,
    /// A work order rests on what is so, has one van at a time and ends once, and what is known to be short has one.
    WorkOrders,
    /// No record is longer than the journal takes.
    RecordLimit,
    /// The world is the replay of its records, with snapshots and without.
    Replay,
    /// A sound journal opens.
    Opens,
    /// Nothing panics.
    Sound,
    /// Once the causes are gone all is taken, answered and written down again.
    Recovers,
}

impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kept => "what was said is kept",
            Self::OneEffect => "a repeated command has one effect",
            Self::OneAssignment => "an order has one vehicle at a time and ends once",
            Self::Seats => "no vehicle has more riders than seats",
            Self::Placement => "replicas go where they may and nothing of a node is given twice",
            Self::Bikes => "every bike is in one place and no van carries more than fit",
            Self::WorkOrders => "a work order rests on what is so, has one van at a time and ends once",
            Self::RecordLimit => "no record is longer than the journal takes",
            Self::Replay => "the world is the replay of its records",
            Self::Opens => "a sound journal opens",
            Self::Sound => "nothing panics",
            Self::Recovers => "all comes back by itself",
        })
    }
}
