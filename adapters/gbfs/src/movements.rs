//! Loose bikes from poll to poll: which left, which came, and where each of them really stands. Receivers err by a hundred metres between two
//! polls and by a river's width; a bike that was not in one poll was not ridden; and a bike's name changes with a ride, or at the feed's whim.
//!
//! ```text
//!   new name ──> there ──(absent from two polls)──> gone ──(same name, same place)──> there, and it was never gone
//!                  │ ^
//!                  └─┘ absent from one poll; another name at the same place in the same poll; readings around one place
//! ```
//! Nobody may call a bike that left and one that came the same.

use paceline_model::bikes::{BikeId, BikeKind, BikeReading, BikeState, FeedReading};
use paceline_model::{Charge, Instant, Position};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Readings of one bike that are kept: at one a minute the last quarter of an hour.
const READINGS_MAX: usize = 15;
/// Readings before what they centre on is believed over the first.
const READINGS_SETTLED: usize = 5;
/// Readings within this distance of where a bike stands say that it stands there, in metres: in streets between houses they err by up to a
/// hundred.
const JITTER_M: f64 = 120.0;
/// How far the centre of what is read must lie from where a bike is said to stand, before it is said to stand elsewhere, in metres.
const SHIFT_M: f64 = 40.0;
/// So many readings in a row beyond [`JITTER_M`], near one another, and it has moved.
const MOVED_READINGS: usize = 3;
/// Another name this near in the same poll is the same bike, in metres.
const RENAMED_WITHIN_M: f64 = 15.0;
/// The side of a cell in ten-millionths of a degree: wider than [`RENAMED_WITHIN_M`] up to 74 degrees north and south.
const CELL_E7: i32 = 5_000;
/// A bike that was absent from so many polls in a row is gone.
const ABSENT_POLLS: u32 = 2;
/// Bikes that are gone are remembered for so many polls, should they come back under the same name.
const REMEMBERED_POLLS: u32 = 30;

/// What happened between two polls.
#[derive(Clone, Debug, PartialEq)]
pub enum Movement {
    /// It left.
    Departed(Seen),
    /// It came.
    Arrived(Seen),
    /// It was said to have left, and never had.
    Returned(Seen),
    /// Another may take it, or nobody: it is for hire, reserved or broken.
    Became {
        /// Which, and where.
        bike: Seen,
        /// What it was before.
        from: BikeState,
        /// What it is now.
        to: BikeState,
    },
    /// The feed calls it something else.
    Renamed {
        /// What it was called.
        from: BikeId,
        /// What it is called.
        to: BikeId,
    },
}

/// A bike where it stands, or stood.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// Its name at the time.
    pub bike: BikeId,
    /// What kind it is, if that is known.
    pub kind: Option<BikeKind>,
    /// Where it stands: the middle of what was read.
    pub at: Position,
    /// It happened after this poll,
    pub after: Instant,
    /// and before or at this one.
    pub before: Instant,
}

/// A bike that is there.
#[derive(Clone, Debug, PartialEq)]
pub struct StandingBike {
    /// What it is called.
    pub id: BikeId,
    /// What kind it is, if that is known.
    pub kind: Option<BikeKind>,
    /// Who may take it.
    pub state: BikeState,
    /// Where it stands: the middle of what was read.
    pub at: Position,
    /// How far its battery goes, in metres, if it says.
    pub range_m: Option<u32>,
    /// How full its battery is, if it says.
    pub charge: Option<Charge>,
    /// The newest poll that listed it.
    pub listed_at: Instant,
}

#[derive(Clone, Debug)]
struct Track {
    kind: Option<BikeKind>,
    state: BikeState,
    range_m: Option<u32>,
    charge: Option<Charge>,
    at: Position,
    readings: VecDeque<Position>,
    /// Readings in a row that are too far off.
    far: Vec<Position>,
    last_seen: Instant,
    /// Polls in a row without it.
    absent: u32,
}

/// Follows loose bikes from poll to poll.
#[derive(Clone, Debug, Default)]
pub struct Movements {
    tracks: BTreeMap<BikeId, Track>,
    /// The time of the newest poll that was taken in.
    newest: Option<Instant>,
}

impl Movements {
    /// Takes in a poll. One that is not fresh, and one that says nothing newer, says nothing of movements.
    pub fn observe(&mut self, reading: &FeedReading) -> Vec<Movement> {
        let at = reading.as_of.unwrap_or(reading.asked_at);
        if !reading.health.is_fresh() || self.newest.is_some_and(|newest| at <= newest) {
            return Vec::new();
        }
        let mut movements = Vec::new();
        let before = self.newest.replace(at);
        let listed: BTreeMap<&BikeId, (&BikeReading, Position)> =
            reading.loose().map(|(bike, place)| (&bike.id, (bike, place))).collect();
        self.rename(&listed, &mut movements);
        for (id, (bike, place)) in &listed {
            match self.tracks.get_mut(*id) {
                Some(track) => track.follow(id, bike, *place, at, &mut movements),
                None => {
                    let track = Track::new(bike, *place, at);
                    // Whatever stands there at the first poll has not come.
                    if let Some(after) = before {
                        movements.push(Movement::Arrived(track.seen(id, after, at)));
                    }
                    self.tracks.insert((*id).clone(), track);
                }
            }
        }
        for (id, track) in &mut self.tracks {
            if !listed.contains_key(id) {
                track.absent = track.absent.saturating_add(1);
                if track.absent == ABSENT_POLLS {
                    movements.push(Movement::Departed(track.seen(id, track.last_seen, at)));
                }
            }
        }
        self.tracks.retain(|_, track| track.absent <= REMEMBERED_POLLS);
        movements
    }

    /// Bikes that are there, by name.
    pub fn standing(&self) -> impl Iterator<Item = StandingBike> {
        let there = self.tracks.iter().filter(|(_, track)| track.absent < ABSENT_POLLS);
        there.map(|(id, track)| StandingBike {
            id: id.clone(),
            kind: track.kind.clone(),
            state: track.state,
            at: track.at,
            range_m: track.range_m,
            charge: track.charge,
            listed_at: track.last_seen,
        })
    }

    /// The time of the newest poll that was taken in.
    pub fn newest(&self) -> Option<Instant> {
        self.newest
    }

    /// Gives the tracks of names that are gone to names that are new at the same place, where that is the only one.
    fn rename(
        &mut self,
        listed: &BTreeMap<&BikeId, (&BikeReading, Position)>,
        movements: &mut Vec<Movement>,
    ) {
        let gone: Vec<BikeId> = self
            .tracks
            .iter()
            .filter(|(id, track)| track.absent == 0 && !listed.contains_key(id))
            .map(|(id, _)| id.clone())
            .collect();
        let mut new = Nearby::default();
        for (id, (_, place)) in listed.iter().filter(|(id, _)| !self.tracks.contains_key(**id)) {
            new.0.entry(cell(*place)).or_default().insert(*id);
        }
        for from in gone {
            let Some(track) = self.tracks.get(&from) else { continue };
            let is_same = |id: &&BikeId| {
                let (bike, place) = &listed[*id];
                bike.kind == track.kind && track.was_at(*place)
            };
            let around: BTreeSet<&BikeId> = new.around(track.newest()).chain(new.around(track.at)).collect();
            let mut near = around.into_iter().filter(is_same);
            let (Some(to), None) = (near.next(), near.next()) else { continue };
            new.remove(to, listed[to].1);
            if let Some(track) = self.tracks.remove(&from) {
                self.tracks.insert(to.clone(), track);
                movements.push(Movement::Renamed { from, to: to.clone() });
            }
        }
    }
}

impl Track {
    fn new(bike: &BikeReading, place: Position, at: Instant) -> Self {
        Self {
            kind: bike.kind.clone(),
            state: bike.state,
            range_m: bike.range_m,
            charge: bike.charge,
            at: place,
            readings: [place].into(),
            far: Vec::new(),
            last_seen: at,
            absent: 0,
        }
    }

    fn seen(&self, id: &BikeId, after: Instant, before: Instant) -> Seen {
        Seen { bike: id.clone(), kind: self.kind.clone(), at: self.at, after, before }
    }

    /// Whether the newest reading of it, or where it stands, is as good as here.
    fn was_at(&self, place: Position) -> bool {
        self.newest().distance_m(place).min(self.at.distance_m(place)) <= RENAMED_WITHIN_M
    }

    fn newest(&self) -> Position {
        self.readings.back().copied().unwrap_or(self.at)
    }

    fn follow(
        &mut self,
        id: &BikeId,
        bike: &BikeReading,
        place: Position,
        at: Instant,
        movements: &mut Vec<Movement>,
    ) {
        let after = self.last_seen;
        if self.absent >= ABSENT_POLLS {
            let is_here = self.at.distance_m(place) <= JITTER_M;
            if !is_here {
                *self = Self::new(bike, place, at);
            }
            let seen = self.seen(id, after, at);
            movements.push(if is_here { Movement::Returned(seen) } else { Movement::Arrived(seen) });
        } else if let Some(left) = self.place(place) {
            movements.push(Movement::Departed(Seen { at: left, ..self.seen(id, after, at) }));
            movements.push(Movement::Arrived(self.seen(id, after, at)));
        }
        if self.state != bike.state {
            let seen = self.seen(id, after, at);
            movements.push(Movement::Became { bike: seen, from: self.state, to: bike.state });
        }
        (self.state, self.last_seen, self.absent) = (bike.state, at, 0);
        (self.range_m, self.charge) = (bike.range_m, bike.charge);
    }

    /// Takes a place in. Returns where it stood, if it now stands elsewhere.
    fn place(&mut self, place: Position) -> Option<Position> {
        if self.at.distance_m(place) > JITTER_M {
            self.far.push(place);
            let first = self.far.first().copied().unwrap_or(place);
            if first.distance_m(place) > JITTER_M {
                // Neither here nor there: what was far off before says nothing of this.
                self.far = vec![place];
            }
            if self.far.len() < MOVED_READINGS {
                return None;
            }
            self.readings = std::mem::take(&mut self.far).into();
            return Some(std::mem::replace(&mut self.at, middle(&self.readings).unwrap_or(place)));
        }
        self.far.clear();
        self.readings.push_back(place);
        if self.readings.len() > READINGS_MAX {
            self.readings.pop_front();
        }
        let settled = middle(&self.readings).filter(|_| self.readings.len() >= READINGS_SETTLED);
        if let Some(centre) = settled.filter(|centre| centre.distance_m(self.at) > SHIFT_M) {
            self.at = centre;
        }
        None
    }
}

/// Names that are new, by cell: a feed that gives all its bikes other names in each poll is looked through once.
#[derive(Default)]
struct Nearby<'a>(BTreeMap<(i32, i32), BTreeSet<&'a BikeId>>);

impl<'a> Nearby<'a> {
    /// Those in the cell of a place and in the eight around it.
    fn around(&self, place: Position) -> impl Iterator<Item = &'a BikeId> + '_ {
        let (north, east) = cell(place);
        let cells = (-1..=1).flat_map(move |dn| (-1..=1).map(move |de| (north + dn, east + de)));
        cells.filter_map(|cell| self.0.get(&cell)).flatten().copied()
    }

    fn remove(&mut self, id: &BikeId, place: Position) {
        self.0.get_mut(&cell(place)).into_iter().for_each(|ids| _ = ids.remove(id));
    }
}

fn cell(place: Position) -> (i32, i32) {
    (place.lat_e7().div_euclid(CELL_E7), place.lon_e7().div_euclid(CELL_E7))
}

/// The median by latitude and by longitude: half of the readings may be anywhere without moving it far.
fn middle(readings: &VecDeque<Position>) -> Option<Position> {
    let median = |of: fn(&Position) -> i32| {
        let mut all: Vec<i32> = readings.iter().map(of).collect();
        let half = all.len() / 2;
        (!all.is_empty()).then(|| *all.select_nth_unstable(half).1)
    };
    let (lat, lon) = (median(|place| place.lat_e7())?, median(|place| place.lon_e7())?);
    Position::from_e7(lat, lon).ok()
}
