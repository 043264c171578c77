//! All routes of the search, and what makes a change cheap to take back.

use super::grid::{DEPOT, Ticks};
use super::route::{Position, SearchRoute};
use super::rules::Instance;

/// An answer as sequences of places, without depots.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sequences {
    pub(super) routes: Vec<Vec<u32>>,
    pub(super) absent: Vec<u32>,
}

/// Not in any route.
pub(super) const NOWHERE: u32 = u32::MAX;

/// All routes, and a way back to where they were at the last [`SearchState::commit`].
#[derive(Debug)]
pub(super) struct SearchState {
    pub(super) routes: Vec<SearchRoute>,
    /// For each place its slot in `routes`, or [`NOWHERE`].
    pub(super) route_of: Vec<u32>,
    /// Requests in no route.
    pub(super) absent: Vec<u32>,
    pub(super) distance: Ticks,
    versions: u64,
    undo: Vec<(usize, SearchRoute)>,
    touched: Vec<bool>,
    spare: Vec<SearchRoute>,
    before: (Vec<u32>, Ticks),
}

impl SearchState {
    /// Nothing served, `grid.vehicles` empty routes.
    pub(super) fn new(instance: &Instance) -> Self {
        let mut state = Self {
            routes: vec![SearchRoute::empty(); instance.grid.vehicles],
            route_of: vec![NOWHERE; instance.grid.sites.len()],
            absent: (0..instance.grid.jobs.len() as u32).collect(),
            distance: 0,
            versions: 0,
            undo: Vec::new(),
            touched: vec![false; instance.grid.vehicles],
            spare: Vec::new(),
            before: (Vec::new(), 0),
        };
        for slot in 0..state.routes.len() {
            state.refreshed(instance, slot);
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
    pub(super) fn insert(&mut self, instance: &Instance, request: u32, slot: usize, position: Position) {
        self.touch(slot);
        let job = instance.grid.jobs[request as usize];
        let stops = &mut self.routes[slot].stops;
        if job.delivery != DEPOT {
            stops.insert(position.delivery_behind as usize + 1, job.delivery);
            self.route_of[job.delivery as usize] = slot as u32;
        }
        stops.insert(position.pickup_behind as usize + 1, job.pickup);
        self.route_of[job.pickup as usize] = slot as u32;
        self.refreshed(instance, slot);
    }

    /// Takes requests out of their routes and onto `absent`. Each must be in one.
    pub(super) fn remove(&mut self, instance: &Instance, requests: &[u32]) {
        let mut slots: Vec<usize> = Vec::new();
        for &request in requests {
            let job = instance.grid.jobs[request as usize];
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
            self.refreshed(instance, slot);
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
    fn refreshed(&mut self, instance: &Instance, slot: usize) {
        let before = self.routes[slot].cost();
        self.versions += 1;
        let route = &mut self.routes[slot];
        route.version = self.versions;
        if !instance.refresh(route) {
            for &place in &route.stops[1..route.stops.len() - 1] {
                self.route_of[place as usize] = NOWHERE;
                let request = instance.grid.site(place).request;
                if instance.grid.jobs[request as usize].pickup == place {
                    self.absent.push(request);
                }
            }
            route.stops = vec![DEPOT, DEPOT];
            instance.refresh(route);
        }
        self.distance += self.routes[slot].cost() - before;
    }
}

impl SearchState {
    /// Becomes `answer`.
    pub(super) fn load(&mut self, instance: &Instance, answer: &Sequences) {
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
            self.refreshed(instance, slot);
        }
        self.absent.clone_from(&answer.absent);
        self.route_of.fill(NOWHERE);
        for (slot, route) in self.routes.iter().enumerate() {
            route.inner().iter().for_each(|&place| self.route_of[place as usize] = slot as u32);
        }
        self.commit();
    }
}
