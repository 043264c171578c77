//! The problem by itself: rides with a window and a length, vehicles with a place, and drives between them, as numbers.

/// A ride that a vehicle may serve. Times count from one moment that is the caller's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ride {
    /// It does not begin before.
    pub earliest_ms: u32,
    /// It does not begin later.
    pub latest_ms: u32,
    /// From its begin until the vehicle is free at its end.
    pub takes_ms: u32,
}

/// A drive from an origin to where a ride begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    /// Row of the ride.
    pub to: u32,
    /// How long the drive takes.
    pub drive_ms: u32,
}

/// What is known of the rides that an origin has no link to. Whoever goes beyond its links finds no ride sooner than this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beyond {
    /// Every ride that begins before `earliest_ms` and has no link is at least so far; `u32::MAX` if there is none.
    pub drive_ms: u32,
    /// Rides that begin from here on have no link, however near they are; `u32::MAX` if there is none.
    pub earliest_ms: u32,
}

impl Beyond {
    /// Every ride that could be reached in time has a link.
    pub const NOTHING: Self = Self { drive_ms: u32::MAX, earliest_ms: u32::MAX };
}

/// A day: which rides may follow which, and on which each vehicle may begin.
///
/// Drives are quickest ways: none is longer than to another ride, with it, and on from its end. [`super::bound`] relies on it.
///
/// An *origin* is a row: first all rides, where their vehicle is free again, then all vehicles, where they stand at 0.
#[derive(Clone, Debug, Default)]
pub struct ChainProblem {
    rides: Vec<Ride>,
    vehicles: usize,
    first: Vec<usize>,
    links: Vec<Link>,
    beyond: Vec<Beyond>,
}

impl ChainProblem {
    /// A day without links; [`Self::push`] is then called for each origin in turn.
    ///
    /// Panics if rides do not ascend by `earliest_ms`, or a window ends before it begins: the caller's bugs.
    pub fn new(rides: Vec<Ride>, vehicles: usize) -> Self {
        assert!(rides.is_sorted_by_key(|ride| ride.earliest_ms), "rides ascend by their earliest time");
        assert!(rides.iter().all(|ride| ride.earliest_ms <= ride.latest_ms), "windows end after they begin");
        Self { rides, vehicles, first: vec![0], links: Vec::new(), beyond: Vec::new() }
    }
    /// Adds the next origin with its links, and what is true of all rides that it has no link to.
    ///
    /// Panics if links do not ascend by ride, or there are more origins than rides and vehicles: the caller's bugs.
    pub fn push(&mut self, links: impl IntoIterator<Item = Link>, beyond: Beyond) {
        assert!(self.beyond.len() < self.origins(), "an origin is a ride or a vehicle");
        let first = self.links.len();
        self.links.extend(links);
        assert!(self.links[first..].is_sorted_by(|a, b| a.to < b.to), "links ascend by ride");
        self.first.push(self.links.len());
        self.beyond.push(beyond);
    }
    /// The rides by row.
    pub fn rides(&self) -> &[Ride] {
        &self.rides
    }
    /// How many vehicles there are.
    pub fn vehicles(&self) -> usize {
        self.vehicles
    }
    /// How many origins there are.
    pub fn origins(&self) -> usize {
        self.rides.len() + self.vehicles
    }
    /// The origin of a vehicle.
    pub fn origin_of(&self, vehicle: usize) -> usize {
        self.rides.len() + vehicle
    }
    /// The links of an origin, by ride.
    pub fn links(&self, origin: usize) -> &[Link] {
        &self.links[self.first[origin]..self.first[origin + 1]]
    }
    /// What is known beyond them.
    pub fn beyond(&self, origin: usize) -> Beyond {
        self.beyond[origin]
    }
    /// The drive from an origin to a ride, if it has a link.
    pub fn drive_ms(&self, origin: usize, ride: u32) -> Option<u32> {
        let links = self.links(origin);
        links.binary_search_by_key(&ride, |link| link.to).ok().map(|found| links[found].drive_ms)
    }
    /// How many links there are.
    pub fn link_count(&self) -> usize {
        self.links.len()
    }
    /// When whoever begins at `start_ms` with a ride is free again; a vehicle is free at 0.
    pub fn free_ms(&self, origin: usize, start_ms: u32) -> u32 {
        self.rides.get(origin).map_or(0, |ride| start_ms.saturating_add(ride.takes_ms))
    }
    /// When `ride` begins if a vehicle sets out at `free_ms` and drives so long; `None` if that is too late.
    pub fn start_ms(&self, free_ms: u32, drive_ms: u32, ride: u32) -> Option<u32> {
        let ride = self.rides[ride as usize];
        let start_ms = free_ms.saturating_add(drive_ms).max(ride.earliest_ms);
        (start_ms <= ride.latest_ms).then_some(start_ms)
    }
}
