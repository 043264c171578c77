//! Search around a packing: a few vehicles that compete for the same requests are set free, and the best way to pack
//! them again is found by depth-first search, everything else held.
//!
//! What a packing is short of the bound is the sum of its regrets (see `dual`). Regrets are never negative, so a
//! partial choice is given up as soon as its regrets reach those of the present one.

use super::dual::Dual;
use super::sheet::Sheet;
use super::state::State;
use crate::Budget;
use crate::rng::Rng;

/// Vehicles set free at once: at first, at least and at most.
const SIZE: (usize, usize, usize) = (10, 4, 40);
/// Columns tried in one search before it is given up.
const TRIES_MAX: u64 = 6_000;
/// Tries per step of [`Budget`].
const TRIES_PER_STEP: u64 = 8;

/// Columns of a vehicle ranked per step of [`Budget`].
const RANKED_PER_STEP: u64 = 1;

/// The columns of one request with the least regrets, which come first; of equal ones those of lower number.
#[derive(Clone, Copy, Default)]
struct Takers {
    columns: [(i64, u32); 8],
    count: usize,
}

impl Takers {
    fn all(&self) -> &[(i64, u32)] {
        &self.columns[..self.count]
    }
    /// Takes in a column of higher number than those before it.
    fn offer(&mut self, regret: i64, column: u32) {
        let at = self.all().partition_point(|&(other, _)| other <= regret);
        if at < self.columns.len() {
            self.count = (self.count + 1).min(self.columns.len());
            self.columns[at..self.count].rotate_right(1);
            self.columns[at] = (regret, column);
        }
    }
}

/// The search with its tables.
pub(super) struct Search<'a> {
    sheet: &'a Sheet,
    dual: &'a Dual,
    vehicle_of: &'a [u32],
    /// Columns of each vehicle, least regret first.
    ranked: Vec<u32>,
    takers: Vec<Takers>,
    rng: Rng,
    size: f64,
    /// Per vehicle: its position among the freed, or `u32::MAX`.
    position: Vec<u32>,
    /// Per request: whether it may be served by the freed.
    open: Vec<bool>,
}

/// One set of freed vehicles with their choices.
struct Freed {
    vehicles: Vec<u32>,
    /// Position `p` may take `choices[starts[p]..starts[p + 1]]`, least regret first; `None` is to do nothing.
    starts: Vec<usize>,
    choices: Vec<(i64, Option<u32>)>,
    /// Requests that nobody after position `p` can serve: `closing[closes[p]..closes[p + 1]]`.
    closes: Vec<usize>,
    closing: Vec<u32>,
    /// What the present packing gives away here.
    regret: i64,
}

struct Tree<'a> {
    search: &'a Search<'a>,
    freed: &'a Freed,
    used: &'a mut Vec<bool>,
    now: Vec<Option<u32>>,
    best: Vec<Option<u32>>,
    least: i64,
    found: bool,
    tries: u64,
}

impl<'a> Search<'a> {
    /// `None` if the budget ends while columns are ranked.
    pub(super) fn new(
        sheet: &'a Sheet,
        dual: &'a Dual,
        vehicle_of: &'a [u32],
        seed: u64,
        budget: &mut Budget,
    ) -> Option<Self> {
        let mut ranked: Vec<u32> = (0..sheet.columns() as u32).collect();
        let mut takers = vec![Takers::default(); sheet.requests];
        for vehicle in 0..sheet.vehicles() {
            let own = sheet.own(vehicle);
            if !budget.spend(own.len() as u64 / RANKED_PER_STEP + 1) {
                return None;
            }
            ranked[own.clone()].sort_by_key(|&column| dual.regret[column as usize]);
            for column in own {
                let regret = dual.regret[column];
                sheet
                    .requests_of(column)
                    .iter()
                    .for_each(|&r| takers[r as usize].offer(regret, column as u32));
            }
        }
        Some(Self {
            sheet,
            dual,
            vehicle_of,
            ranked,
            takers,
            rng: Rng::new(seed),
            size: SIZE.0 as f64,
            position: vec![u32::MAX; sheet.vehicles()],
            open: vec![false; sheet.requests],
        })
    }
    /// One neighbourhood. Whether the packing became better.
    pub(super) fn step(&mut self, state: &mut State, used: &mut Vec<bool>, budget: &mut Budget) -> bool {
        let vehicles = self.gather(state);
        let freed = self.free(state, vehicles);
        let mut tree = Tree {
            search: self,
            freed: &freed,
            used,
            now: vec![None; freed.vehicles.len()],
            best: Vec::new(),
            least: freed.regret,
            found: false,
            tries: 0,
        };
        tree.walk(0, 0);
        let (found, best, tries) = (tree.found, tree.best, tree.tries);
        budget.spend(1 + (tries + freed.choices.len() as u64) / TRIES_PER_STEP);
        if found {
            freed.vehicles.iter().for_each(|&vehicle| state.take(self.sheet, vehicle as usize, None));
            for (&vehicle, column) in freed.vehicles.iter().zip(best) {
                state.take(self.sheet, vehicle as usize, column);
            }
        }
        freed.vehicles.iter().for_each(|&vehicle| self.position[vehicle as usize] = u32::MAX);
        let change = if tries < TRIES_MAX / 4 {
            1.02
        } else if tries >= TRIES_MAX {
            0.97
        } else {
            1.0
        };
        self.size = (self.size * change).clamp(SIZE.1 as f64, SIZE.2 as f64);
        found
    }
    /// Vehicles to free: one that gives something away or could serve somebody left out, and those it competes with.
    fn gather(&mut self, state: &State) -> Vec<u32> {
        let wanted = (self.size as usize).min(self.sheet.vehicles());
        let mut vehicles = Vec::with_capacity(wanted);
        let mut next = 0;
        let seed = self.seed(state);
        self.add(&mut vehicles, seed);
        while vehicles.len() < wanted {
            if next == vehicles.len() {
                let other = self.rng.below(self.sheet.vehicles());
                self.add(&mut vehicles, other);
                continue;
            }
            self.rivals(state, &mut vehicles, next, wanted);
            next += 1;
        }
        vehicles
    }
    fn add(&mut self, vehicles: &mut Vec<u32>, vehicle: usize) {
        if self.position[vehicle] == u32::MAX {
            self.position[vehicle] = vehicles.len() as u32;
            vehicles.push(vehicle as u32);
        }
    }
    /// Of a few vehicles drawn, the one that gives away most.
    fn seed(&mut self, state: &State) -> usize {
        let count = self.sheet.vehicles();
        let drawn: [usize; 3] = std::array::from_fn(|_| self.rng.below(count));
        drawn.into_iter().max_by_key(|&vehicle| state.regret(self.dual, vehicle)).unwrap_or(0)
    }
    /// Adds those who hold or could take what the vehicle at `from` could take with little regret.
    fn rivals(&mut self, state: &State, vehicles: &mut Vec<u32>, from: usize, wanted: usize) {
        let own = self.sheet.own(vehicles[from] as usize);
        let few = own.len().min(6);
        for _ in 0..3.min(few) {
            let column = self.ranked[own.start + self.rng.below(few)];
            for row in 0..self.sheet.requests_of(column as usize).len() {
                let request = self.sheet.requests_of(column as usize)[row] as usize;
                let rival = match state.server[request] {
                    Some(server) => server as usize,
                    None => {
                        let takers = self.takers[request].all();
                        self.vehicle_of[takers[self.rng.below(takers.len())].1 as usize] as usize
                    }
                };
                if vehicles.len() < wanted {
                    self.add(vehicles, rival);
                }
            }
        }
    }
    /// What the freed vehicles could do, with everybody else held.
    fn free(&mut self, state: &State, vehicles: Vec<u32>) -> Freed {
        let mut freed = Freed {
            starts: vec![0],
            choices: Vec::new(),
            closes: vec![0],
            closing: Vec::new(),
            regret: vehicles.iter().map(|&vehicle| state.regret(self.dual, vehicle as usize)).sum(),
            vehicles,
        };
        for &vehicle in &freed.vehicles {
            let vehicle = vehicle as usize;
            let idle = self.dual.idle[vehicle];
            let mut rests = false;
            for &column in &self.ranked[self.sheet.own(vehicle)] {
                let regret = self.dual.regret[column as usize];
                if !rests && regret > idle {
                    rests = true;
                    freed.choices.push((idle, None));
                }
                let may = |&request: &u32| {
                    state.server[request as usize]
                        .is_none_or(|server| self.position[server as usize] != u32::MAX)
                };
                if self.sheet.requests_of(column as usize).iter().all(may) {
                    freed.choices.push((regret, Some(column)));
                }
            }
            if !rests {
                freed.choices.push((idle, None));
            }
            freed.starts.push(freed.choices.len());
        }
        self.close(state, &mut freed);
        freed
    }
    /// For each request, after whom its fate is sealed; and what leaving the present ones out gives away.
    fn close(&mut self, state: &State, freed: &mut Freed) {
        let mut backwards = Vec::new();
        let mut ends = Vec::new();
        for position in (0..freed.vehicles.len()).rev() {
            for (_, column) in &freed.choices[freed.starts[position]..freed.starts[position + 1]] {
                let Some(column) = *column else { continue };
                for &request in self.sheet.requests_of(column as usize) {
                    if !std::mem::replace(&mut self.open[request as usize], true) {
                        backwards.push(request);
                        if state.server[request as usize].is_none() {
                            freed.regret += self.dual.price[request as usize];
                        }
                    }
                }
            }
            ends.push(backwards.len());
        }
        backwards.iter().for_each(|&request| self.open[request as usize] = false);
        let mut start = backwards.len();
        for &end in ends.iter().rev().skip(1).chain(&[0]) {
            freed.closing.extend(&backwards[end..start]);
            freed.closes.push(freed.closing.len());
            start = end;
        }
    }
}

impl Tree<'_> {
    fn walk(&mut self, position: usize, regret: i64) {
        let Some(&end) = self.freed.starts.get(position + 1) else {
            self.least = regret;
            self.best.clone_from(&self.now);
            self.found = true;
            return;
        };
        for choice in self.freed.starts[position]..end {
            let (own, column) = self.freed.choices[choice];
            self.tries += 1;
            if regret + own >= self.least || self.tries > TRIES_MAX {
                break;
            }
            if !self.occupy(column) {
                continue;
            }
            let lost = self.lost(position);
            if regret + own + lost < self.least {
                self.now[position] = column;
                self.walk(position + 1, regret + own + lost);
            }
            self.release(column);
        }
    }
    fn occupy(&mut self, column: Option<u32>) -> bool {
        let sheet = self.search.sheet;
        let requests = column.map_or(&[][..], |column| sheet.requests_of(column as usize));
        if requests.iter().any(|&request| self.used[request as usize]) {
            return false;
        }
        requests.iter().for_each(|&request| self.used[request as usize] = true);
        true
    }
    fn release(&mut self, column: Option<u32>) {
        let sheet = self.search.sheet;
        let requests = column.map_or(&[][..], |column| sheet.requests_of(column as usize));
        requests.iter().for_each(|&request| self.used[request as usize] = false);
    }
    /// Prices of the requests that nobody will serve once this position has chosen.
    fn lost(&self, position: usize) -> i64 {
        let sealed = &self.freed.closing[self.freed.closes[position]..self.freed.closes[position + 1]];
        let left = sealed.iter().filter(|&&request| !self.used[request as usize]);
        left.map(|&request| self.search.dual.price[request as usize]).sum()
    }
}
