//! One route as the search moves it, with what makes a change cheap to judge.

use super::instance::Instance;
use super::load::LoadSpan;

/// A stop, and what the two parts of the route that meet at it say.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stop {
    pub(super) vertex: u32,
    /// Cost of the leg from here to the next stop; 0 at the last.
    pub(super) leg: i32,
    /// Cost of the way here from the first stop.
    pub(super) driven: i64,
    /// Cost of the same stops from here to the first, in the other direction.
    pub(super) driven_back: i64,
    /// Of the part up to here, with this stop.
    pub(super) before: LoadSpan,
    /// Of the part from here on, with this stop.
    pub(super) behind: LoadSpan,
}

/// One vehicle's sequence, the depot at both ends.
#[derive(Debug, Default)]
pub(super) struct SearchRoute {
    pub(super) stops: Vec<Stop>,
    pub(super) cost: i64,
}

/// Where a station goes: behind which stop, and what that adds to cost and priced excess.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) behind: usize,
    pub(super) worth: i64,
}

impl SearchRoute {
    pub(super) fn empty() -> Self {
        Self { stops: vec![Stop::default(); 2], cost: 0 }
    }
    pub(super) fn replace(&mut self, instance: &Instance, vertices: &[u32]) {
        self.stops.clear();
        self.stops.extend(vertices.iter().map(|&vertex| Stop { vertex, ..Stop::default() }));
        self.refresh(instance);
    }
    pub(super) fn is_empty(&self) -> bool {
        self.stops.len() == 2
    }
    /// Stations in order.
    pub(super) fn inner(&self) -> &[Stop] {
        &self.stops[1..self.stops.len() - 1]
    }
    pub(super) fn stations(&self) -> impl Iterator<Item = u32> {
        self.inner().iter().map(|stop| stop.vertex)
    }
    pub(super) fn insert(&mut self, instance: &Instance, station: u32, behind: usize) {
        self.stops.insert(behind + 1, Stop { vertex: station, ..Stop::default() });
        self.refresh(instance);
    }
    /// Recomputes legs, spans and cost.
    pub(super) fn refresh(&mut self, instance: &Instance) {
        let last = self.stops.len() - 1;
        let mut before = LoadSpan::default();
        let (mut driven, mut driven_back) = (0, 0);
        for at in 0..last {
            let (from, to) = (self.stops[at].vertex, self.stops[at + 1].vertex);
            let (leg, leg_back) = (instance.leg(from, to), instance.leg(to, from));
            before = before.then(LoadSpan::stop(instance.demand(from)));
            (self.stops[at].leg, self.stops[at].before) = (leg, before);
            (self.stops[at].driven, self.stops[at].driven_back) = (driven, driven_back);
            driven += i64::from(leg);
            driven_back += i64::from(leg_back);
        }
        self.stops[last].before = before;
        (self.stops[last].driven, self.stops[last].driven_back) = (driven, driven_back);
        self.cost = driven;
        let mut behind = LoadSpan::default();
        for stop in self.stops.iter_mut().rev() {
            behind = LoadSpan::stop(instance.demand(stop.vertex)).then(behind);
            stop.behind = behind;
        }
    }
    /// Bikes that a vehicle would have to carry beyond its capacity.
    pub(super) fn excess(&self, instance: &Instance) -> i64 {
        i64::from((self.stops[0].behind.width() - instance.capacity()).max(0))
    }
    /// The cheapest position for `station` that is worth less than `below`, where each bike of excess costs `price`; each
    /// that would be the best so far is passed over where `blink` says so.
    pub(super) fn cheapest(
        &self,
        instance: &Instance,
        station: u32,
        price: i64,
        below: i64,
        mut blink: impl FnMut() -> bool,
    ) -> Option<Position> {
        let (from, to) = (instance.from(station), instance.to(station));
        let own = LoadSpan::stop(instance.demand(station));
        let relief = price * self.excess(instance);
        let capacity = instance.capacity();
        let (mut found, mut least) = (None, below);
        for (behind, pair) in self.stops.windows(2).enumerate() {
            let cost = i64::from(to[pair[0].vertex as usize] + from[pair[1].vertex as usize] - pair[0].leg);
            if cost - relief >= least {
                continue;
            }
            let width = pair[0].before.then(own).then(pair[1].behind).width();
            let worth = cost - relief + price * i64::from((width - capacity).max(0));
            if worth < least && !blink() {
                (found, least) = (Some(Position { behind, worth }), worth);
            }
        }
        found
    }
}

impl Clone for SearchRoute {
    fn clone(&self) -> Self {
        Self { stops: self.stops.clone(), cost: self.cost }
    }
    fn clone_from(&mut self, other: &Self) {
        self.stops.clone_from(&other.stops);
        self.cost = other.cost;
    }
}
