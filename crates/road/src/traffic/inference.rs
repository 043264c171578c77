//! Spatial inference: the time of a street that was not driven lately, from drives on the streets around it.
//!
//! A jam is larger than the part of it that a fleet has driven. Each edge that was driven lately is an *observation*: how many times as
//! long as usual it takes. An observation counts for every edge within reach; all that count for an edge give it an *estimate*.
//!
//! ```text
//!   weight      how lately and how much of it the observed edge was driven, and exp(-distance / REACH_M)
//!   distance    along the streets in either direction; side streets and the opposite direction lie further
//!   mean        of the logarithms of the observed slowdowns, by weight
//!   mass        all weights, less those of one source: a street or a vehicle. One blocked street, or one slow drive, is no evidence
//!   share       mass / (mass + PRIOR_WEIGHT + weight of the edge's own drives)
//! ```
//!
//! The share goes to the mean and the rest to the edge's own belief, which is the usual time, the *prior*, where there are no drives. So an
//! edge that was driven a minute ago keeps what was observed on it, and one that was free ten minutes ago follows newer observations
//! around it. An estimate only ever makes an edge slower.
//!
//! Sources: the mean is a kernel regression (E. A. Nadaraya, *On estimating regression*, Theory of Probability and its Applications
//! 9(1), 1964; G. S. Watson, *Smooth regression analysis*, Sankhya A 26(4), 1964), drawn towards a known mean by the prior's weight as
//! in simple kriging. Distance along streets for speeds of probe vehicles: H. Zou, Y. Yue, Q. Li, A. Yeh, *An improved distance metric
//! for the interpolation of link-based traffic data using kriging*, International Journal of Geographical Information Science 26(4),
//! 2012. How many streets or vehicles the weights amount to: L. Kish, *Survey Sampling*, 1965. The numbers: one evening of our own
//! runs, with another jam and seed than those of docs/benchmarks/traffic.md.

use crate::leg::EdgeId;
use crate::network::{Roads, place};
use paceline_model::{Instant, Position, VehicleId};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Over such a distance an observation loses two thirds of its weight; beyond the last one it does not count.
const REACH_M: f64 = 150.0;
const REACH_MAX_M: f64 = 600.0;
/// How much further than their distance a street across and the opposite direction lie.
const ACROSS_M: f64 = 100.0;
const OPPOSITE_M: f64 = 100.0;
/// Edges that meet within 25 degrees of straight on are one street.
const STRAIGHT: f64 = 0.9;
/// As many streets, and as many vehicles, have no weight.
const SOURCES_MIN: f64 = 1.0;
/// What the usual time weighs against all observations: as much as one that is 450 m away along the same street.
const PRIOR_WEIGHT: f64 = 0.05;
/// What the edge's own drives weigh against them, by length driven up to so many lengths.
const OWN_WEIGHT: f64 = 4.0;
const OWN_LENGTHS_MAX: f64 = 2.0;
/// An observation's weight halves every minute, down to the part that halves every eight: what happened before a jam says nothing of
/// it, but where nothing newer is known it is something.
const NEW_MS: f64 = 60_000.0;
const OLD_MS: f64 = 480_000.0;
const OLD_SHARE: f64 = 0.1;
/// An observation that weighs less does not count: the last drive there was half an hour ago.
const WEIGHT_MIN: f64 = 0.01;
/// Most observations, the newest first, and most edges that one of them counts for: with all of them five million, some seconds of
/// work in the background. Manhattan has 7,451 edges in all.
const OBSERVATIONS_MAX: usize = 20_000;
const EDGES_PER_OBSERVATION_MAX: usize = 256;
/// Bounds of an observed slowdown, as logarithms: no street is inferred to be faster than its limit, or thirty times as slow as usual.
const SLOWDOWN_LN: (f64, f64) = (-0.3, 3.4);

/// The vehicle of a drive. What one vehicle alone shows infers nothing for the streets around it: it may be just slow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProbeVehicle(pub u64);

impl From<&VehicleId> for ProbeVehicle {
    /// The name's 64-bit FNV-1a, so that a vehicle is the same one on its next trip leg.
    fn from(vehicle: &VehicleId) -> Self {
        let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        Self(vehicle.as_str().bytes().fold(0xcbf2_9ce4_8422_2325, mix))
    }
}

/// What the newest drives along one edge show.
#[derive(Clone, Copy, Debug)]
pub(super) struct Observation {
    pub(super) edge: EdgeId,
    /// Whose drive was the last one.
    pub(super) by: ProbeVehicle,
    /// When it was last driven.
    pub(super) at: Instant,
    /// Lengths driven, as of then.
    pub(super) lengths: f64,
    /// The logarithm of the time that it takes over the usual one.
    pub(super) slowdown_ln: f64,
}

impl Observation {
    pub(super) fn weight(&self, now: Instant) -> f64 {
        let age_ms = now.0.saturating_sub(self.at.0) as f64;
        let lately = (1.0 - OLD_SHARE) * (-age_ms / NEW_MS).exp2() + OLD_SHARE * (-age_ms / OLD_MS).exp2();
        self.lengths.min(1.0) * lately
    }
    /// What the edge's own drives weigh against observations around it.
    fn own_weight(&self, now: Instant) -> f64 {
        OWN_WEIGHT * self.weight(now) * self.lengths.clamp(1.0, OWN_LENGTHS_MAX)
    }
}

/// Weights by source, a street or a vehicle. All of one source are added one after the other, before those of the next.
#[derive(Clone, Copy, Debug, Default)]
struct SourceWeights {
    /// Squared weights of all sources but the last one.
    squares: f64,
    last: u64,
    last_weight: f64,
}

impl SourceWeights {
    fn add(&mut self, source: u64, weight: f64) {
        if self.last != source {
            self.squares += self.last_weight * self.last_weight;
            (self.last, self.last_weight) = (source, 0.0);
        }
        self.last_weight += weight;
    }
    fn squares(&self) -> f64 {
        self.squares + self.last_weight * self.last_weight
    }
}

/// The sums over all observations that count for one edge.
#[derive(Clone, Copy, Debug, Default)]
struct Evidence {
    /// Of weight times logarithm of the slowdown.
    slowdown_ln: f64,
    weight: f64,
    streets: SourceWeights,
    vehicles: SourceWeights,
    own_weight: f64,
}

impl Evidence {
    /// The weight of all observations, less that of an average street or vehicle among their sources.
    fn mass(&self) -> f64 {
        let source = self.streets.squares().max(self.vehicles.squares()) / self.weight;
        let mass = self.weight - SOURCES_MIN * source;
        // What one source shows alone cancels out but for rounding.
        if mass > 1e-9 * self.weight { mass } else { 0.0 }
    }
}

/// What the streets around an edge say of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Estimate {
    /// How much it counts against the edge's own belief, 0 to 1.
    pub(super) share: f64,
    /// The logarithm of the time that the edge takes over the usual one.
    pub(super) slowdown_ln: f64,
}

/// The evidence for every edge at one time.
#[derive(Clone, Debug)]
pub(super) struct Estimates(Vec<Evidence>);

impl Estimates {
    pub(super) fn of(&self, edge: EdgeId) -> Estimate {
        let evidence = self.0[edge.index()];
        if evidence.weight <= 0.0 {
            return Estimate::default();
        }
        let mass = evidence.mass();
        Estimate {
            share: mass / (mass + PRIOR_WEIGHT + evidence.own_weight),
            slowdown_ln: evidence.slowdown_ln / evidence.weight,
        }
    }
}

/// Which edges are near which: the geometry of the inference, built once per network.
#[derive(Clone, Debug)]
pub(super) struct SpatialInference {
    roads: Roads,
    /// By edge: east and north of the straight line from its tail to its head; of length 1, or 0 for a loop.
    headings: Vec<[f32; 2]>,
    /// By edge: the lowest edge of its street, which goes straight on in both directions.
    streets: Vec<u32>,
}

impl SpatialInference {
    pub(super) fn new(roads: &Roads) -> Self {
        let ends = |edge| {
            let (tail, head) = roads.edge_ends(EdgeId(edge));
            [tail, head].map(|node| place(roads.nodes()[node as usize]))
        };
        let headings = (0..roads.edge_count() as u32).map(|edge| heading(ends(edge))).collect();
        let mut inference = Self { roads: roads.clone(), headings, streets: Vec::new() };
        inference.streets = inference.join();
        inference
    }

    /// Names each edge's street: sets of edges are joined, each named by its lowest one. A street may bend, between junctions too.
    fn join(&self) -> Vec<u32> {
        let edges = || (0..self.headings.len() as u32).map(EdgeId);
        let mut streets: Vec<u32> = edges().map(|edge| edge.0).collect();
        let ends: Vec<[[f32; 2]; 2]> =
            edges().map(|edge| end_headings(&self.roads.edge_geometry(edge))).collect();
        for edge in edges() {
            let (_, head) = self.roads.edge_ends(edge);
            for next in self.roads.edges_at(head).filter(|&next| self.roads.edge_ends(next).0 == head) {
                let straight = along(ends[edge.index()][1], ends[next.index()][0]) > STRAIGHT;
                if straight || self.roads.twin(edge) == Some(next) {
                    let [a, b] = [edge, next].map(|edge| root(&mut streets, edge.0));
                    streets[a.max(b) as usize] = a.min(b);
                }
            }
        }
        (0..streets.len() as u32).map(|edge| root(&mut streets, edge)).collect()
    }

    /// What the observations say of every edge. Any order of the observations gives the same.
    pub(super) fn estimate(&self, mut observations: Vec<Observation>, now: Instant) -> Estimates {
        observations.retain(|observation| observation.weight(now) >= WEIGHT_MIN);
        if observations.len() > OBSERVATIONS_MAX {
            observations.sort_unstable_by_key(|observation| (Reverse(observation.at), observation.edge));
            observations.truncate(OBSERVATIONS_MAX);
        }
        observations
            .sort_unstable_by_key(|observation| (self.streets[observation.edge.index()], observation.edge));
        let mut evidence = vec![Evidence::default(); self.headings.len()];
        let mut search = Neighbourhood::new(self);
        // The edges that each observation counts for, with its weight there; all of them in one list.
        let (mut counted, mut first) = (Vec::new(), vec![0]);
        for observation in &observations {
            let (weight, street) = (observation.weight(now), self.streets[observation.edge.index()]);
            let slowdown_ln = observation.slowdown_ln.clamp(SLOWDOWN_LN.0, SLOWDOWN_LN.1);
            search.visit(observation.edge, |edge, metres| {
                let evidence = &mut evidence[edge.index()];
                if edge == observation.edge {
                    evidence.own_weight = observation.own_weight(now);
                    return;
                }
                let weight = weight * (-metres / REACH_M).exp();
                evidence.slowdown_ln += weight * slowdown_ln;
                evidence.weight += weight;
                evidence.streets.add(street.into(), weight);
                counted.push((edge, weight));
            });
            first.push(counted.len());
        }
        let mut by_vehicle: Vec<usize> = (0..observations.len()).collect();
        by_vehicle.sort_by_key(|&index| observations[index].by);
        for index in by_vehicle {
            for &(edge, weight) in &counted[first[index]..first[index + 1]] {
                evidence[edge.index()].vehicles.add(observations[index].by.0, weight);
            }
        }
        Estimates(evidence)
    }

    /// From the middle of an edge to the middle of one that meets it, and more if they head in different directions.
    fn step_cm(&self, from: EdgeId, to: EdgeId) -> u32 {
        let along = along(self.headings[from.index()], self.headings[to.index()]);
        let further_m = ACROSS_M * (1.0 - along.abs()).max(0.0) + OPPOSITE_M * (-along).max(0.0);
        let beside = self.roads.twin(from) == Some(to);
        let cm = if beside {
            0
        } else {
            (self.roads.length(from).0 / 2).saturating_add(self.roads.length(to).0 / 2)
        };
        cm.saturating_add((further_m * 100.0).round() as u32)
    }
}

/// East and north of the straight line from one place to another; of length 1, or 0 if they are the same.
fn heading([from, to]: [Position; 2]) -> [f32; 2] {
    let north = to.lat() - from.lat();
    let east = (to.lon() - from.lon()) * from.lat().to_radians().cos();
    let length = north.hypot(east);
    if length > 0.0 { [(east / length) as f32, (north / length) as f32] } else { [0.0, 0.0] }
}

/// Where a line heads at its beginning and at its end.
fn end_headings(line: &[Position]) -> [[f32; 2]; 2] {
    let pair = |index: usize| line.get(index..index + 2).map_or([0.0; 2], |pair| heading([pair[0], pair[1]]));
    [pair(0), pair(line.len().saturating_sub(2))]
}

/// 1 for headings that are the same, 0 across, -1 for opposite ones.
fn along(a: [f32; 2], b: [f32; 2]) -> f64 {
    f64::from(a[0] * b[0] + a[1] * b[1])
}

/// The lowest edge of a set; shortens the path to it.
fn root(streets: &mut [u32], mut edge: u32) -> u32 {
    while streets[edge as usize] != edge {
        streets[edge as usize] = streets[streets[edge as usize] as usize];
        edge = streets[edge as usize];
    }
    edge
}

/// The scratch of searches from one edge after the other: Dijkstra's algorithm over edges that meet.
struct Neighbourhood<'a> {
    inference: &'a SpatialInference,
    far_cm: Vec<u32>,
    touched: Vec<EdgeId>,
}

impl<'a> Neighbourhood<'a> {
    fn new(inference: &'a SpatialInference) -> Self {
        Self { inference, far_cm: vec![u32::MAX; inference.headings.len()], touched: Vec::new() }
    }
    /// Calls `each` with the edges around one, itself first, nearest first, with their distance in metres.
    fn visit(&mut self, from: EdgeId, mut each: impl FnMut(EdgeId, f64)) {
        let mut queue = BinaryHeap::from([Reverse((0, from))]);
        self.reach(from, 0);
        let mut visited = 0;
        while let Some(Reverse((cm, edge))) = queue.pop() {
            if self.far_cm[edge.index()] != cm {
                continue;
            }
            if visited == EDGES_PER_OBSERVATION_MAX {
                break;
            }
            each(edge, f64::from(cm) / 100.0);
            visited += 1;
            let (tail, head) = self.inference.roads.edge_ends(edge);
            for next in [tail, head].into_iter().flat_map(|node| self.inference.roads.edges_at(node)) {
                let far = cm.saturating_add(self.inference.step_cm(edge, next));
                if f64::from(far) <= REACH_MAX_M * 100.0 && far < self.far_cm[next.index()] {
                    self.reach(next, far);
                    queue.push(Reverse((far, next)));
                }
            }
        }
        for edge in self.touched.drain(..) {
            self.far_cm[edge.index()] = u32::MAX;
        }
    }
    fn reach(&mut self, edge: EdgeId, cm: u32) {
        self.far_cm[edge.index()] = cm;
        self.touched.push(edge);
    }
}
