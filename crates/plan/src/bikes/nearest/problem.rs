//! What a round asks, and what it proposes: vans, sites and jobs by their numbers.

use paceline_model::{Millis, Position, Version};

/// So many bikes at least and at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// With fewer a visit was not worth much.
    pub least: u32,
    /// More does harm.
    pub most: u32,
}

/// A van as it will stand after what its crew has been told.
#[derive(Clone, Debug, PartialEq)]
pub struct Van {
    /// Where it is free.
    pub position: Position,
    /// When, from now.
    pub free_in: Millis,
    /// Bikes aboard then.
    pub aboard: u32,
    /// Bikes that it carries at most.
    pub capacity: u32,
    /// What handling one bike takes.
    pub handling: Millis,
    /// When its shift ends, from now; [`Millis::MAX`]: it does not.
    pub shift_ends_in: Millis,
    /// How many more stops its crew may be told.
    pub stops_left: u32,
    /// Whether its crew mends things.
    pub repairs: bool,
    /// Why it gets nothing at all: a number of the caller's.
    pub out: Option<u8>,
}

/// Where bikes may be taken for elsewhere.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Site {
    /// Where.
    pub position: Position,
    /// How many.
    pub spare: u32,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Bring bikes.
    Deliver(Interval),
    /// Take bikes away.
    Collect(Interval),
    /// Go there; `true`: by a crew that mends things.
    Visit(bool),
}

/// Something that wants a van.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Where.
    pub position: Position,
    /// What.
    pub work: Work,
    /// Vans that are not to be asked, each with a number of the caller's.
    pub barred: Vec<(usize, u8)>,
}

/// One round.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Of the world that it was made from.
    pub version: Version,
    /// Who can go.
    pub vans: Vec<Van>,
    /// Where bikes are to spare. None of them is the site of a job.
    pub sites: Vec<Site>,
    /// What is to be done, in the order in which it is served.
    pub jobs: Vec<Job>,
}

/// Why a van does not get a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Excluded {
    /// The caller says so, by this number.
    Caller(u8),
    /// Its shift ends before.
    ShiftOver,
    /// Its crew has been told enough.
    Busy,
    /// It has no bikes, and there are none to spare.
    NoBikes,
    /// It has no room.
    NoRoom,
    /// Its crew mends nothing.
    CannotRepair,
}

/// Bikes that a van takes up on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Supply {
    /// Where.
    pub site: usize,
    /// How many.
    pub bikes: Interval,
}

/// Who goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Which van.
    pub van: usize,
    /// Where it takes bikes up first, if it does.
    pub supply: Option<Supply>,
    /// How many bikes it brings or takes.
    pub bikes: Interval,
    /// When it is there, from now.
    pub arrives_in: Millis,
    /// Bikes aboard when it sets out for this job.
    pub aboard: u32,
    /// The next best van, and when it would be there.
    pub next_best: Option<(usize, Millis)>,
}

/// What a round comes to for one job.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Which job.
    pub job: usize,
    /// Who goes; `None`: nobody can.
    pub found: Option<Found>,
    /// Vans that cannot, by why.
    pub excluded: Vec<(Excluded, u32)>,
}

/// What is proposed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// Of the world that it was made from.
    pub made_from: Version,
    /// In the order of the jobs that were looked at.
    pub outcomes: Vec<Outcome>,
    /// Whether the budget ended before all of them were.
    pub ran_short: bool,
}

/// How much longer than the straight line a drive in a city is: between 1.2 on a grid and 1.5 with a river (Boscoe, Henry and Zdeb, 2012,
/// find 1.4 on the whole).
const DETOUR: f64 = 1.4;
/// A van in a city, lights and parking included, in metres a millisecond: 20 km/h.
const METRES_PER_MS: f64 = 20.0 / 3_600.0;

/// What a drive takes, by the straight line.
pub fn drive(from: Position, to: Position) -> Millis {
    Millis((from.distance_m(to) * DETOUR / METRES_PER_MS).min(f64::from(u32::MAX - 1)) as u32)
}
