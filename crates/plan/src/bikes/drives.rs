//! What drives of vans take: by the streets, or, where none are known, by the straight line.

use super::tours::TravelTimes;
use paceline_model::{Centimetres, Millis, Position};
use paceline_road::{Leg, RoadPoint, Roads, Search, TravelTimes as _};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// How much longer than the straight line a drive in a city is: between 1.2 on a grid and 1.5 with a river (Boscoe, Henry and Zdeb, 2012,
/// find 1.4 on the whole).
const DETOUR: f64 = 1.4;
/// A van in a city, lights and parking included, in metres a millisecond: 20 km/h.
const METRES_PER_MS: f64 = 20.0 / 3_600.0;
/// A place further than this from any street lies beyond the map: its drives go by the straight line.
const OFF_ROAD_M: f64 = 500.0;

/// Where vans drive. What was asked last is kept: from round to round few places are new.
#[derive(Default)]
pub struct Drives {
    streets: Option<Streets>,
    known: Arc<DriveTable>,
}

struct Streets {
    roads: Arc<Roads>,
    search: Search,
}

/// The drives between some places. Shape: places x places, row = from, column = to.
#[derive(Debug, Default)]
pub struct DriveTable {
    rows: BTreeMap<(i32, i32), usize>,
    places: usize,
    legs: Vec<Leg>,
}

impl DriveTable {
    /// From one place to another, by their numbers; [`Leg::UNREACHABLE`] if there is no way.
    pub fn leg(&self, from: usize, to: usize) -> Leg {
        self.legs[from * self.places + to]
    }
    /// How long they take.
    pub fn times(&self) -> TravelTimes {
        TravelTimes::of(self.places, |from, to| self.leg(from, to).time)
    }
    fn row(&self, place: Position) -> Option<usize> {
        self.rows.get(&name(place)).copied()
    }
}

impl Drives {
    /// Along streets, as fast as they say now.
    pub fn along(roads: Arc<Roads>) -> Self {
        let search = Search::new(&roads);
        Self { streets: Some(Streets { roads, search }), known: Arc::default() }
    }
    /// Goes by these travel times from now on.
    pub fn renew(&mut self, roads: &Arc<Roads>) {
        let same = self.streets.as_ref().is_some_and(|known| is_same(&known.roads, roads));
        if !same {
            *self = Self::along(roads.clone());
        }
    }
    /// The drive from one place to another; [`Leg::UNREACHABLE`] if there is no way.
    pub fn leg(&mut self, from: Position, to: Position) -> Leg {
        if let (Some(from), Some(to)) = (self.known.row(from), self.known.row(to)) {
            return self.known.leg(from, to);
        }
        let Some(Streets { roads, search }) = &mut self.streets else { return straight(from, to) };
        match (landed(roads, from), landed(roads, to)) {
            (Some(from), Some(to)) => roads.leg(search, from, to),
            _ => straight(from, to),
        }
    }
    /// The drives between all of `places`. Only those from and to places that were not asked about the last time are looked up.
    pub fn among(&mut self, places: &[Position]) -> Arc<DriveTable> {
        let old = std::mem::take(&mut self.known);
        let before: Vec<Option<usize>> = places.iter().map(|&place| old.row(place)).collect();
        let is_new = |&at: &usize| before[at].is_none();
        let (new, kept): (Vec<usize>, Vec<usize>) = (0..places.len()).partition(is_new);
        let mut legs = vec![Leg::UNREACHABLE; places.len() * places.len()];
        let mut set = |from: usize, to: usize, leg: Leg| legs[from * places.len() + to] = leg;
        let whole: Vec<usize> = (0..places.len()).collect();
        for (rows, columns) in [(&new, &whole), (&kept, &new)] {
            let ends = |of: &[usize]| of.iter().map(|&at| places[at]).collect::<Vec<Position>>();
            let found = self.between(&ends(rows), &ends(columns));
            let pairs = rows.iter().flat_map(|&from| columns.iter().map(move |&to| (from, to)));
            pairs.zip(found).for_each(|((from, to), leg)| set(from, to, leg));
        }
        for &from in &kept {
            for &to in &kept {
                if let (Some(row), Some(column)) = (before[from], before[to]) {
                    set(from, to, old.leg(row, column));
                }
            }
        }
        let rows = places.iter().enumerate().map(|(row, &place)| (name(place), row)).collect();
        self.known = Arc::new(DriveTable { rows, places: places.len(), legs });
        self.known.clone()
    }
    /// Row by row.
    fn between(&self, from: &[Position], to: &[Position]) -> Vec<Leg> {
        let straights = || from.iter().flat_map(|&from| to.iter().map(move |&to| straight(from, to)));
        let Some(Streets { roads, .. }) = &self.streets else { return straights().collect() };
        let on = |places: &[Position]| places.iter().map(|&at| landed(roads, at)).collect::<Vec<_>>();
        let (starts, ends) = (on(from), on(to));
        let on_road = |of: &[Option<RoadPoint>]| of.iter().copied().flatten().collect::<Vec<_>>();
        let mut found = roads.table(&on_road(&starts), &on_road(&ends), NonZeroUsize::MIN).into_iter();
        let pairs = starts.iter().flat_map(|from| ends.iter().map(move |to| from.is_some() && to.is_some()));
        let leg = |(by_road, straight)| if by_road { found.next().unwrap_or(straight) } else { straight };
        pairs.zip(straights()).map(leg).collect()
    }
}

fn is_same(one: &Arc<Roads>, other: &Arc<Roads>) -> bool {
    let digests = |roads: &Roads| (roads.digest(), roads.metric().digest());
    Arc::ptr_eq(one, other) || digests(one) == digests(other)
}

fn name(place: Position) -> (i32, i32) {
    (place.lat_e7(), place.lon_e7())
}

fn landed(roads: &Roads, place: Position) -> Option<RoadPoint> {
    roads.snap(place, OFF_ROAD_M).map(|snapped| snapped.point)
}

/// A drive by the straight line.
pub(super) fn straight(from: Position, to: Position) -> Leg {
    let metres = from.distance_m(to) * DETOUR;
    let time = Millis((metres / METRES_PER_MS).min(f64::from(u32::MAX - 1)) as u32);
    let distance = Centimetres((metres * 100.0).min(f64::from(u32::MAX - 1)) as u32);
    Leg { time, distance, effort: distance }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn city() -> (Arc<Roads>, Vec<Position>) {
        let (roads, _) = Roads::synthetic_city(400, 3).expect("a city");
        let (low, high) = roads.bounds();
        let share = |from: f64, to: f64, part: usize| from + (to - from) * part as f64 / 12.0;
        let at = |part: usize| {
            let (lat, lon) =
                (share(low.lat(), high.lat(), part), share(low.lon(), high.lon(), part * 7 % 12));
            Position::new(lat, lon).expect("within the city")
        };
        let places = (0..=12).map(at).collect();
        (Arc::new(roads), places)
    }

    #[test]
    fn what_is_kept_from_before_is_what_would_be_found_anew() {
        let (roads, mut places) = city();
        // Far beyond the map.
        places.push(Position::new(0.0, 0.0).expect("a place"));
        let mut drives = Drives::along(roads.clone());
        for asked in [&places[..5], &places[3..], &places[..], &places[2..9]] {
            let table = drives.among(asked);
            for (from, &start) in asked.iter().enumerate() {
                for (to, &end) in asked.iter().enumerate() {
                    assert_eq!(table.leg(from, to), Drives::along(roads.clone()).leg(start, end));
                }
            }
        }
    }

    #[test]
    fn a_street_that_is_closed_is_driven_around_from_the_next_round_on() {
        let (roads, places) = city();
        let mut drives = Drives::along(roads.clone());
        let before = drives.among(&places);
        let slow: Vec<Leg> =
            roads.metric().weights().iter().map(|leg| Leg { time: Millis(leg.time.0 * 3), ..*leg }).collect();
        let metric = roads
            .customise(slow, paceline_road::Customisation::Basic, NonZeroUsize::MIN)
            .expect("weights of it");
        let slowed = Arc::new(roads.with_metric(Arc::new(metric)).expect("its own"));
        drives.renew(&slowed);
        let after = drives.among(&places);
        let drives = (0..places.len()).flat_map(|from| (0..places.len()).map(move |to| (from, to)));
        let mut longer = drives.filter(|&(from, to)| {
            before.leg(from, to).is_reachable() && before.leg(from, to).time > Millis::ZERO
        });
        assert!(longer.all(|(from, to)| after.leg(from, to).time > before.leg(from, to).time));
    }

    #[test]
    fn without_streets_a_drive_goes_by_the_straight_line() {
        let [from, to] = [10.70, 10.75].map(|lon| Position::new(59.9, lon).expect("a place"));
        let leg = Drives::default().leg(from, to);
        // 2.8 km: 3.9 km of driving, at 20 km/h.
        assert!((690..720).contains(&(leg.time.0 / 1_000)), "{leg:?}");
        assert_eq!(Drives::default().among(&[from, to]).leg(0, 1), leg);
    }
}
