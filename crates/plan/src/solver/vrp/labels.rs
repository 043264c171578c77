//! What a route's stops say about batteries: how a vehicle may come there, and what it must keep to from there on.
//!
//! Two choices of stations, one before a stop and one behind it, meet if each bound of the first from below is at most the
//! second's from above (see `label`). So an insertion is judged at the gap, without a walk over the route.

use super::energy::{Hop, Stations};
use super::grid::{DEPOT, Grid, Ticks};
use super::label::EnergyLabel;

/// Sets of labels, one set for each stop of a sequence from one of its ends on.
#[derive(Debug, Default)]
struct Sets {
    labels: Vec<EnergyLabel>,
    /// Where each set begins, and where the last one ends.
    bounds: Vec<u32>,
}

impl Sets {
    /// Keeps the first `count` sets.
    fn truncate(&mut self, count: usize) {
        self.bounds.truncate(count + 1);
        self.labels.truncate(self.bounds.last().map_or(0, |&end| end as usize));
    }
    fn get(&self, at: usize) -> &[EnergyLabel] {
        &self.labels[self.bounds[at] as usize..self.bounds[at + 1] as usize]
    }
    /// Begins with a set of one.
    fn begin(&mut self, label: EnergyLabel) {
        self.labels.clear();
        self.labels.push(label);
        self.bounds.clear();
        self.bounds.extend([0, 1]);
    }
    fn len(&self) -> usize {
        self.bounds.len().saturating_sub(1)
    }
    /// Adds the set that comes from moving each label of the last one over each of `hops`; says whether it is empty.
    fn push(
        &mut self,
        hops: impl Iterator<Item = Hop> + Clone,
        go: impl Fn(EnergyLabel, Hop) -> Option<EnergyLabel>,
        beats: impl Fn(&EnergyLabel, &EnergyLabel) -> bool,
    ) -> bool {
        let (from, until) = (self.bounds[self.bounds.len() - 2] as usize, self.labels.len());
        for at in from..until {
            for hop in hops.clone() {
                if let Some(next) = go(self.labels[at], hop) {
                    offer(&mut self.labels, until, next, &beats);
                }
            }
        }
        self.bounds.push(self.labels.len() as u32);
        self.labels.len() > until
    }
}

impl Clone for Sets {
    fn clone(&self) -> Self {
        Self { labels: self.labels.clone(), bounds: self.bounds.clone() }
    }
    fn clone_from(&mut self, other: &Self) {
        self.labels.clone_from(&other.labels);
        self.bounds.clone_from(&other.bounds);
    }
}

/// Labels in either direction for a sequence. Empty where nothing drives on a battery.
#[derive(Debug, Default)]
pub(super) struct EnergyLabels {
    stops: Vec<u32>,
    ahead: Sets,
    /// From the last stop to the first.
    behind: Sets,
}

impl Clone for EnergyLabels {
    fn clone(&self) -> Self {
        Self { stops: self.stops.clone(), ahead: self.ahead.clone(), behind: self.behind.clone() }
    }
    fn clone_from(&mut self, other: &Self) {
        self.stops.clone_from(&other.stops);
        self.ahead.clone_from(&other.ahead);
        self.behind.clone_from(&other.behind);
    }
}

impl EnergyLabels {
    /// Becomes the labels of `stops`, depots included; what the old and the new sequence share at their ends is kept.
    /// `false`: the battery does not last, or windows do not allow the charging.
    ///
    /// Time: linear in the stops that are not shared, times the square of the labels that a stop keeps.
    pub(super) fn follow(&mut self, grid: &Grid, stations: &Stations, stops: &[u32]) -> bool {
        let same = |pair: &(&u32, &u32)| pair.0 == pair.1;
        let head = self.stops.iter().zip(stops).take_while(same).count().min(self.ahead.len());
        let tail =
            self.stops.iter().rev().zip(stops.iter().rev()).take_while(same).count().min(self.behind.len());
        self.stops.clear();
        self.stops.extend_from_slice(stops);
        self.ahead.truncate(head);
        if head == 0 {
            self.ahead.begin(stations.leaving(grid));
        }
        for leg in stops.windows(2).skip(self.ahead.len() - 1) {
            let go = |label, hop| stations.ahead(grid, label, hop);
            if !self.ahead.push(stations.hops(leg[0], leg[1]), go, EnergyLabel::beats) {
                // The empty set would pass for one that was found.
                self.ahead.truncate(self.ahead.len() - 1);
                self.behind.truncate(0);
                return false;
            }
        }
        self.behind.truncate(tail);
        if tail == 0 {
            self.behind.begin(stations.returning(grid));
        }
        for leg in stops.windows(2).rev().skip(self.behind.len() - 1) {
            let go = |label, hop| stations.behind(grid, label, hop);
            self.behind.push(stations.hops(leg[0], leg[1]), go, EnergyLabel::beats_behind);
        }
        true
    }

    /// The least that stations add to the length of the sequence.
    pub(super) fn detour(&self) -> Ticks {
        self.ahead(self.stops.len() - 1).iter().map(|label| label.detour).min().unwrap_or(0)
    }
    /// The least that stations add if there is a stop more behind this one, but for those on the way to and from it.
    pub(super) fn detour_around(&self, at: usize) -> Ticks {
        self.ahead(at)[0].detour + self.behind(at + 1)[0].detour
    }
    /// The least that stations add with `place` behind the stop `at`, and how many labels were tried. `None`: the
    /// battery does not last, windows do not allow the charging, or it is no less than `limit`.
    pub(super) fn with(
        &self,
        grid: &Grid,
        stations: &Stations,
        at: usize,
        place: u32,
        limit: Ticks,
    ) -> (Option<Ticks>, u64) {
        let behind = self.behind(at + 1);
        let (mut least, mut tried) = (limit, 0);
        for &label in self.ahead(at) {
            for into in stations.hops(self.stops[at], place) {
                tried += 1;
                let Some(there) = stations.ahead(grid, label, into) else { continue };
                if there.detour + behind[0].detour >= least {
                    continue;
                }
                for out in stations.hops(place, self.stops[at + 1]) {
                    tried += 1;
                    let Some(next) = stations.ahead(grid, there, out) else { continue };
                    let room = behind.iter().take_while(|room| next.detour + room.detour < least);
                    if let Some(room) = room.into_iter().find(|room| next.meets(room)) {
                        least = next.detour + room.detour;
                    }
                }
            }
        }
        ((least < limit).then_some(least), tried)
    }

    /// How the way of least detour leads from stop to stop.
    pub(super) fn hops(&self, grid: &Grid, stations: &Stations) -> Vec<Hop> {
        let mut hops = Vec::with_capacity(self.stops.len());
        let Some(mut label) = self.ahead(self.stops.len() - 1).first().copied() else { return hops };
        for at in (0..self.stops.len() - 1).rev() {
            let from = |&before: &EnergyLabel| {
                let mut hops = stations.hops(self.stops[at], self.stops[at + 1]);
                Some((before, hops.find(|&hop| stations.ahead(grid, before, hop) == Some(label))?))
            };
            let (before, hop) =
                self.ahead(at).iter().find_map(from).expect("each label came from one before");
            hops.push(hop);
            label = before;
        }
        debug_assert!(self.stops[0] == DEPOT);
        hops.reverse();
        hops
    }

    fn ahead(&self, at: usize) -> &[EnergyLabel] {
        self.ahead.get(at)
    }
    fn behind(&self, at: usize) -> &[EnergyLabel] {
        self.behind.get(self.stops.len() - 1 - at)
    }
}

/// Keeps `next` among the labels from `from` on, which ascend by detour, unless one of them is as good; drops those that
/// it beats.
fn offer(
    labels: &mut Vec<EnergyLabel>,
    from: usize,
    next: EnergyLabel,
    beats: impl Fn(&EnergyLabel, &EnergyLabel) -> bool,
) {
    let mut at = from;
    while at < labels.len() && labels[at].detour <= next.detour {
        if beats(&labels[at], &next) {
            return;
        }
        at += 1;
    }
    // One of equal detour that it beats stands before `at`; it stays, and costs no more than a look.
    labels.insert(at, next);
    let mut kept = at + 1;
    for other in at + 1..labels.len() {
        let label = labels[other];
        labels[kept] = label;
        kept += usize::from(!beats(&next, &label));
    }
    labels.truncate(kept);
}

#[cfg(test)]
mod tests {
    use super::super::text::parse;
    use super::*;
    use crate::rng::Rng;

    /// What a walk over the whole sequence says.
    fn walked(grid: &Grid, stations: &Stations, stops: &[u32]) -> Option<Ticks> {
        let mut labels = EnergyLabels::default();
        labels.follow(grid, stations, stops).then(|| labels.detour())
    }

    #[test]
    fn an_insertion_is_judged_at_the_gap_as_by_a_walk_over_the_whole_route() {
        let text = include_str!("../../../tests/vrp/instances/schneider_7.txt");
        let mut problem = parse(text).unwrap();
        let mut rng = Rng::new(5);
        let (mut lasting, mut charged, mut empty) = (0, 0, 0);
        for round in 0..400 {
            // Windows apart, so that batteries decide, and from ample to scarce.
            problem.energy.as_mut().unwrap().capacity = 40.0 + f64::from(round % 60);
            problem.places.iter_mut().for_each(|place| place.window.earliest = 0.0);
            problem
                .places
                .iter_mut()
                .for_each(|place| place.window.latest = 200.0 + f64::from(round % 7) * 50.0);
            let grid = Grid::new(&problem);
            let stations = &Stations::new(&problem, problem.energy.as_ref().unwrap());
            let mut places: Vec<u32> = (1..grid.sites.len() as u32).collect();
            rng.shuffle(&mut places);
            let place = places.pop().unwrap();
            places.truncate(rng.below(places.len()));
            let stops: Vec<u32> = [DEPOT].into_iter().chain(places).chain([DEPOT]).collect();
            let mut labels = EnergyLabels::default();
            if !labels.follow(&grid, stations, &stops) {
                continue;
            }
            for at in 0..stops.len() - 1 {
                let mut longer = stops.clone();
                longer.insert(at + 1, place);
                let (judged, _) = labels.with(&grid, stations, at, place, Ticks::MAX);
                assert_eq!(
                    judged,
                    walked(&grid, stations, &longer),
                    "round {round}: {stops:?}, {place} behind {at}"
                );
                lasting += u32::from(judged == Some(0));
                charged += u32::from(judged.is_some_and(|detour| detour > 0));
                empty += u32::from(judged.is_none());
            }
        }
        assert!(lasting > 50 && charged > 50 && empty > 50, "{lasting} {charged} {empty}: one-sided");
    }

    #[test]
    fn labels_that_follow_a_change_are_those_of_a_fresh_walk() {
        let problem = parse(include_str!("../../../tests/vrp/instances/schneider_7.txt")).unwrap();
        let grid = Grid::new(&problem);
        let stations = &Stations::new(&problem, problem.energy.as_ref().unwrap());
        let (mut rng, mut labels) = (Rng::new(9), EnergyLabels::default());
        let mut inner: Vec<u32> = Vec::new();
        let mut lasted = 0;
        for round in 0..500 {
            // A place more or a place less, over and over, also after a sequence that the battery does not last for.
            let place = 1 + rng.below(grid.sites.len() - 1) as u32;
            match inner.iter().position(|&own| own == place) {
                Some(at) => drop(inner.remove(at)),
                None => inner.insert(rng.below(inner.len() + 1), place),
            }
            let stops: Vec<u32> = [DEPOT].into_iter().chain(inner.iter().copied()).chain([DEPOT]).collect();
            let followed = labels.follow(&grid, stations, &stops).then(|| labels.detour());
            assert_eq!(followed, walked(&grid, stations, &stops), "round {round}: {stops:?}");
            lasted += u32::from(followed.is_some());
        }
        assert!((50..450).contains(&lasted), "{lasted}: one-sided");
    }
}
