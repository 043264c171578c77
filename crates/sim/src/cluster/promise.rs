//! The promises of a cluster, and one that is broken.

use std::fmt;

/// A promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise {
    /// What was acknowledged or told by a stream is in the region's log, and is the same.
    Kept,
    /// An order that is sent again under its key is placed once, and has one answer.
    OneEffect,
    /// Once somebody has opened a region's log, nobody who opened it before writes to it.
    OneWriter,
    /// A stream has every change once and in order, by whichever door and server.
    Streams,
    /// An order has one vehicle at a time, which brings it to its end.
    Rides,
    /// A vehicle is in one region, or on its way from one to another.
    OneRegion,
    /// A hand-over is told once it is durable, counts once, and is told until it has been taken.
    HandOvers,
    /// A server that gives signs of life keeps its regions until it gives them away.
    Owners,
    /// What operators do in a healthy cluster refuses nothing.
    PlannedMoves,
    /// Regions move when something changes, and then no more.
    Rest,
    /// Once the causes are gone every region runs once, where it should, and takes orders.
    Recovers,
    /// Nothing panics.
    Sound,
}

impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kept => "what was said is kept",
            Self::OneEffect => "a repeated order has one effect",
            Self::OneWriter => "a region has one writer",
            Self::Streams => "a stream has every change once and in order",
            Self::Rides => "an order has one vehicle, and ends with it",
            Self::OneRegion => "a vehicle is in one region or on its way",
            Self::HandOvers => "a hand-over counts once and is not lost",
            Self::Owners => "a server that lives keeps its regions",
            Self::PlannedMoves => "planned moves refuse nothing",
            Self::Rest => "regions move no more than they must",
            Self::Recovers => "all comes back by itself",
            Self::Sound => "nothing panics",
        })
    }
}

pub(super) type Judged<T = ()> = Result<T, (Promise, String)>;
