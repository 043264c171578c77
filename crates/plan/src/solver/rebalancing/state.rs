//! All routes of the search, and what makes a change cheap to take back.

use super::instance::{DEPOT, Instance};
use super::route::SearchRoute;

/// In no route.
const NOWHERE: u32 = u32::MAX;

/// All routes, and a way back to where they were at the last [`SearchState::commit`]. Between two commits stations may be
/// absent; at a commit all are in routes.
#[derive(Debug)]
pub(super) struct SearchState {
    /// Some may be empty.
    pub(super) routes: Vec<SearchRoute>,
    /// For each vertex its slot in `routes`, or [`NOWHERE`].
    route_of: Vec<u32>,
    /// For each station in a route its index among the stops there.
    index_of: Vec<u32>,
    pub(super) absent: Vec<u32>,
    pub(super) cost: i64,
    pub(super) excess: i64,
    undo: Vec<(usize, SearchRoute)>,
    touched: Vec<bool>,
    spare: Vec<SearchRoute>,
    before: (i64, i64),
}

impl SearchState {
    /// No routes, all stations absent.
    pub(super) fn new(instance: &Instance) -> Self {
        Self {
            routes: Vec::new(),
            route_of: vec![NOWHERE; instance.vertices()],
            index_of: vec![0; instance.vertices()],
            absent: (1..instance.vertices() as u32).collect(),
            cost: 0,
            excess: 0,
            undo: Vec::new(),
            touched: Vec::new(),
            spare: Vec::new(),
            before: (0, 0),
        }
    }
    /// Routes with a stop.
    pub(super) fn vehicles(&self) -> usize {
        self.routes.iter().filter(|route| !route.is_empty()).count()
    }
    pub(super) fn slot_of(&self, station: u32) -> Option<usize> {
        let slot = self.route_of[station as usize];
        (slot != NOWHERE).then_some(slot as usize)
    }
    /// An empty slot, a new one if need be.
    pub(super) fn empty_slot(&mut self) -> usize {
        self.routes.iter().position(SearchRoute::is_empty).unwrap_or_else(|| {
            self.routes.push(SearchRoute::empty());
            self.touched.push(false);
            self.routes.len() - 1
        })
    }
    /// Puts a station where `position` says; the caller has taken it off `absent`.
    pub(super) fn insert(&mut self, instance: &Instance, station: u32, slot: usize, behind: usize) {
        self.touch(slot);
        self.route_of[station as usize] = slot as u32;
        self.change(instance, slot, |route| route.insert(instance, station, behind));
    }
    /// Makes the route in `slot` one of these vertices, the depot at both ends. Stations that leave it are to be put
    /// elsewhere before anything else is asked.
    pub(super) fn replace(&mut self, instance: &Instance, slot: usize, vertices: &[u32]) {
        self.touch(slot);
        vertices.iter().for_each(|&vertex| self.route_of[vertex as usize] = slot as u32);
        self.route_of[DEPOT as usize] = NOWHERE;
        self.change(instance, slot, |route| route.replace(instance, vertices));
    }
    /// Takes stations out of the route in `slot`, where they are, and onto `absent`.
    pub(super) fn remove(&mut self, instance: &Instance, slot: usize, stations: impl Iterator<Item = u32>) {
        self.touch(slot);
        let from = self.absent.len();
        self.absent.extend(stations);
        self.absent[from..].iter().for_each(|&station| self.route_of[station as usize] = NOWHERE);
        let route_of = std::mem::take(&mut self.route_of);
        self.change(instance, slot, |route| {
            route.stops.retain(|stop| stop.vertex == DEPOT || route_of[stop.vertex as usize] != NOWHERE);
            route.refresh(instance);
        });
        self.route_of = route_of;
    }
    /// Where a station stands: its slot and its index among the stops there.
    pub(super) fn place_of(&self, station: u32) -> Option<(usize, usize)> {
        Some((self.slot_of(station)?, self.index_of[station as usize] as usize))
    }
    fn change(&mut self, instance: &Instance, slot: usize, change: impl FnOnce(&mut SearchRoute)) {
        let route = &mut self.routes[slot];
        self.cost -= route.cost;
        self.excess -= route.excess(instance);
        change(route);
        self.cost += route.cost;
        self.excess += route.excess(instance);
        for (index, stop) in route.stops.iter().enumerate() {
            self.index_of[stop.vertex as usize] = index as u32;
        }
    }
    /// Keeps everything since the last commit.
    pub(super) fn commit(&mut self) {
        for (slot, route) in self.undo.drain(..) {
            self.touched[slot] = false;
            self.spare.push(route);
        }
        self.before = (self.cost, self.excess);
    }
    /// Takes back everything since the last commit.
    pub(super) fn rollback(&mut self) {
        while let Some((slot, mut route)) = self.undo.pop() {
            std::mem::swap(&mut self.routes[slot], &mut route);
            self.spare.push(route);
            self.touched[slot] = false;
            for (index, stop) in self.routes[slot].inner().iter().enumerate() {
                self.route_of[stop.vertex as usize] = slot as u32;
                self.index_of[stop.vertex as usize] = index as u32 + 1;
            }
        }
        self.absent.clear();
        (self.cost, self.excess) = self.before;
    }

    fn touch(&mut self, slot: usize) {
        if !std::mem::replace(&mut self.touched[slot], true) {
            let mut kept = self.spare.pop().unwrap_or_default();
            kept.clone_from(&self.routes[slot]);
            self.undo.push((slot, kept));
        }
    }
}
