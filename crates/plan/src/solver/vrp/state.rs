//! The routes as the search moves them, with what makes a change cheap to judge and cheap to take back.

use super::grid::{DEPOT, Grid, Rules, Ticks};
use super::labels::Labels;
use super::ride::{self, Ride};

/// Not in any route.
pub(super) const NOWHERE: u32 = u32::MAX;

/// One vehicle's sequence, the depot at both ends. For each stop it keeps what the segment up to it and the segment
/// from it on have to say to a neighbour: merging two segments is comparing these (Vidal et al., EJOR 234(3), 2014).
#[derive(Debug, Default)]
pub(super) struct Route {
    pub(super) stops: Vec<u32>,
    /// Of the segment up to here: when service can begin at the earliest.
    pub(super) begin: Vec<Ticks>,
    /// Of the segment from here on: when service may begin at the latest.
    pub(super) latest: Vec<Ticks>,
    /// What is aboard on leaving.
    pub(super) load: Vec<i64>,
    /// Length from place to place.
    pub(super) distance: Ticks,
    /// What the way over stations adds.
    pub(super) detour: Ticks,
    /// Who rides from where to where, where rides have limits; `begin` and `latest` keep to these limits then.
    pub(super) rides: Vec<Ride>,
    /// What the stops say about batteries.
    pub(super) labels: Labels,
    /// Names the content: two routes in the same slot with the same version are the same.
    pub(super) version: u64,
}

impl Route {
    fn empty() -> Self {
        Self { stops: vec![DEPOT, DEPOT], ..Self::default() }
    }
    pub(super) fn is_empty(&self) -> bool {
        self.stops.len() == 2
    }
    /// Places served.
    pub(super) fn inner(&self) -> &[u32] {
        &self.stops[1..self.stops.len() - 1]
    }
    pub(super) fn cost(&self) -> Ticks {
        self.distance + self.detour
    }
    /// Becomes, in `into`, the route without some requests, the further rules not looked at: [`Route::judge`] does that.
    pub(super) fn without(&self, grid: &Grid, requests: &[u32], into: &mut Route) {
        into.stops.clone_from(&self.stops);
        into.stops.retain(|&place| !requests.contains(&grid.site(place).request));
        into.retime(grid);
    }
    /// Recomputes all that follows from the stops. `false`: the further rules forbid the route.
    fn refresh(&mut self, grid: &Grid) -> bool {
        self.retime(grid);
        self.judge(grid)
    }
    /// Recomputes times, loads and length.
    fn retime(&mut self, grid: &Grid) {
        let last = self.stops.len() - 1;
        self.begin.resize(last + 1, 0);
        self.latest.resize(last + 1, 0);
        self.load.resize(last + 1, 0);
        self.begin[0] = grid.site(DEPOT).earliest;
        self.load[0] = 0;
        self.distance = 0;
        for at in 1..=last {
            let (from, to) = (self.stops[at - 1], self.stops[at]);
            let leg = grid.leg(from, to);
            self.begin[at] = (self.begin[at - 1] + Ticks::from(leg.time)).max(grid.site(to).earliest);
            self.load[at] = self.load[at - 1] + grid.site(to).load;
            self.distance += Ticks::from(leg.distance);
        }
        self.latest[last] = grid.site(DEPOT).latest;
        for at in (0..last).rev() {
            let limit = self.latest[at + 1] - grid.time(self.stops[at], self.stops[at + 1]);
            self.latest[at] = limit.min(grid.site(self.stops[at]).latest);
        }
        self.detour = 0;
        if let Rules::Rides(_) = &grid.rules {
            ride::rides(grid, &self.stops, &mut self.rides);
        }
    }
    /// Recomputes what the further rules say. `false`: they forbid the route.
    pub(super) fn judge(&mut self, grid: &Grid) -> bool {
        match &grid.rules {
            Rules::Plain => true,
            Rules::Rides(limits) => limits.narrow(grid, self, &mut ride::Days::default()),
            Rules::Battery(stations) => {
                let lasts = self.labels.follow(grid, stations, &self.stops);
                if lasts {
                    self.detour = self.labels.detour();
                }
                lasts
            }
        }
    }
}

impl Clone for Route {
    fn clone(&self) -> Self {
        let mut clone = Self::default();
        clone.clone_from(self);
        clone
    }
    fn clone_from(&mut self, other: &Self) {
        self.stops.clone_from(&other.stops);
        self.begin.clone_from(&other.begin);
        self.latest.clone_from(&other.latest);
        self.load.clone_from(&other.load);
        self.rides.clone_from(&other.rides);
        self.labels.clone_from(&other.labels);
        (self.distance, self.detour, self.version) = (other.distance, other.detour, other.version);
    }
}

/// Where a request goes in a route: behind which stops, and at what extra length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) delta: Ticks,
    pub(super) pickup_behind: u32,
    /// In terms of the stops before the insertion; equal to `pickup_behind`: directly behind the pick-up.
    pub(super) delivery_behind: u32,
}

impl Position {
    pub(super) const NONE: Self = Self { delta: Ticks::MAX, pickup_behind: 0, delivery_behind: 0 };
}

/// All routes, and a way back to where they were at the last [`State::commit`].
#[derive(Debug)]
pub(super) struct State {
    pub(super) routes: Vec<Route>,
    /// For each place its slot in `routes`, or [`NOWHERE`].
    pub(super) route_of: Vec<u32>,
    /// Requests in no route.
    pub(super) absent: Vec<u32>,
    pub(super) distance: Ticks,
    versions: u64,
    undo: Vec<(usize, Route)>,
    touched: Vec<bool>,
    spare: Vec<Route>,
    before: (Vec<u32>, Ticks),
}

impl State {
    /// Nothing served, `grid.vehicles` empty routes.
    pub(super) fn new(grid: &Grid) -> Self {
        let mut state = Self {
            routes: vec![Route::empty(); grid.vehicles],
            route_of: vec![NOWHERE; grid.sites.len()],
            absent: (0..grid.jobs.len() as u32).collect(),
            distance: 0,
            versions: 0,
            undo: Vec::new(),
            touched: vec![false; grid.vehicles],
            spare: Vec::new(),
            before: (Vec::new(), 0),
        };
        for slot in 0..state.routes.len() {
            state.refreshed(grid, slot);
        }
        state.commit();
        state
    }

    pub(super) fn vehicles(&self) -> usize {
        self.routes.iter().filter(|route| !route.is_empty()).count()
    }
    pub(super) fn slot_of(&self, place: u32) -> Option<usize> {
        let slot = self.route_of[place as usize];
        (slot != NOWHERE).then_some(slot as usize)
    }

    /// Puts an absent request where `position` says; the caller takes it off `absent`.
    pub(super) fn insert(&mut self, grid: &Grid, request: u32, slot: usize, position: Position) {
        self.touch(slot);
        let job = grid.jobs[request as usize];
        let stops = &mut self.routes[slot].stops;
        if job.delivery != DEPOT {
            stops.insert(position.delivery_behind as usize + 1, job.delivery);
            self.route_of[job.delivery as usize] = slot as u32;
        }
        stops.insert(position.pickup_behind as usize + 1, job.pickup);
        self.route_of[job.pickup as usize] = slot as u32;
        self.refreshed(grid, slot);
    }

    /// Takes requests out of their routes and onto `absent`. Each must be in one.
    pub(super) fn remove(&mut self, grid: &Grid, requests: &[u32]) {
        let mut slots: Vec<usize> = Vec::new();
        for &request in requests {
            let job = grid.jobs[request as usize];
            let slot = self.route_of[job.pickup as usize] as usize;
            if !slots.contains(&slot) {
                slots.push(slot);
                self.touch(slot);
            }
            self.leave(job.pickup);
            if job.delivery != DEPOT {
                self.leave(job.delivery);
            }
            self.absent.push(request);
        }
        for slot in slots {
            let route_of = &self.route_of;
            self.routes[slot].stops.retain(|&place| place == DEPOT || route_of[place as usize] != NOWHERE);
            self.refreshed(grid, slot);
        }
    }

    fn leave(&mut self, place: u32) {
        self.route_of[place as usize] = NOWHERE;
    }

    /// Keeps everything since the last commit.
    pub(super) fn commit(&mut self) {
        for (slot, route) in self.undo.drain(..) {
            self.touched[slot] = false;
            self.spare.push(route);
        }
        self.before.0.clone_from(&self.absent);
        self.before.1 = self.distance;
    }

    /// Takes back everything since the last commit.
    pub(super) fn rollback(&mut self) {
        for (slot, _) in &self.undo {
            let route = &self.routes[*slot];
            route.inner().iter().for_each(|&place| self.route_of[place as usize] = NOWHERE);
        }
        while let Some((slot, mut route)) = self.undo.pop() {
            std::mem::swap(&mut self.routes[slot], &mut route);
            self.spare.push(route);
            self.touched[slot] = false;
            let route = &self.routes[slot];
            route.inner().iter().for_each(|&place| self.route_of[place as usize] = slot as u32);
        }
        self.absent.clone_from(&self.before.0);
        self.distance = self.before.1;
    }

    fn touch(&mut self, slot: usize) {
        if !std::mem::replace(&mut self.touched[slot], true) {
            let mut kept = self.spare.pop().unwrap_or_default();
            kept.clone_from(&self.routes[slot]);
            self.undo.push((slot, kept));
        }
    }

    /// Recomputes a route. If its battery no longer lasts (a stop that had a station beside it is gone), all of it is
    /// taken out.
    fn refreshed(&mut self, grid: &Grid, slot: usize) {
        let before = self.routes[slot].cost();
        self.versions += 1;
        let route = &mut self.routes[slot];
        route.version = self.versions;
        if !route.refresh(grid) {
            for &place in &route.stops[1..route.stops.len() - 1] {
                self.route_of[place as usize] = NOWHERE;
                let request = grid.site(place).request;
                if grid.jobs[request as usize].pickup == place {
                    self.absent.push(request);
                }
            }
            route.stops = vec![DEPOT, DEPOT];
            route.refresh(grid);
        }
        self.distance += self.routes[slot].cost() - before;
    }
}

impl State {
    /// Becomes `answer`.
    pub(super) fn load(&mut self, grid: &Grid, answer: &super::search::Answer) {
        for slot in 0..self.routes.len() {
            let inner = answer.routes.get(slot).map_or(&[][..], |route| route);
            if self.routes[slot].inner() == inner {
                continue;
            }
            self.touch(slot);
            let stops = &mut self.routes[slot].stops;
            stops.clear();
            stops.push(DEPOT);
            stops.extend_from_slice(inner);
            stops.push(DEPOT);
            self.refreshed(grid, slot);
        }
        self.absent.clone_from(&answer.absent);
        self.route_of.fill(NOWHERE);
        for (slot, route) in self.routes.iter().enumerate() {
            route.inner().iter().for_each(|&place| self.route_of[place as usize] = slot as u32);
        }
        self.commit();
    }
}
