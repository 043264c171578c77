//! What is concluded of streets that nobody has driven lately, from those around them that somebody has.
//!
//! A jam is larger than the part of it that a fleet has driven. Each edge that was driven lately is a *witness*: it says how many
//! times as long as usual it takes, and is heard by the edges within reach.
//!
//! ```text
//!   weight      how lately and how much of it the witness was driven, and exp(-distance / REACH_M)
//!   distance    along the streets in either direction; side streets and the opposite direction lie further
//!   mean        of the logarithms of what the witnesses say, by weight
//!   mass        all weights, less those of one street or one vehicle: a blocked street, or a slow drive, convinces nobody
//!   share       mass / (mass + DOUBT + weight of the edge's own drives)
//! ```
//!
//! The share goes to the mean and the rest to the edge's own belief, which is the usual time where nobody drove. So an edge that was
//! driven a minute ago keeps what was seen of it, and one that was free ten minutes ago believes its neighbours. They only ever make it
//! slower.
//!
//! Sources: the mean is a kernel regression (E. A. Nadaraya, *On estimating regression*, Theory of Probability and its Applications
//! 9(1), 1964; G. S. Watson, *Smooth regression analysis*, Sankhya A 26(4), 1964), drawn towards a known mean by its doubt as in
//! simple kriging. Distance along streets for speeds of probe vehicles: H. Zou, Y. Yue, Q. Li, A. Yeh, *An improved distance metric
//! for the interpolation of link-based traffic data using kriging*, International Journal of Geographical Information Science
//! 26(4), 2012. How many streets or vehicles the weights amount to: L. Kish, *Survey Sampling*, 1965. The numbers: one evening of our own runs,
//! with another jam and seed than those of docs/benchmarks/traffic.md.

use super::SeenBy;
use crate::leg::EdgeId;
use crate::network::{Roads, place};
use paceline_model::{Instant, Position};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Over such a distance a witness loses two thirds of its weight; beyond the last one it is not heard.
const REACH_M: f64 = 150.0;
const REACH_MAX_M: f64 = 600.0;
/// How much further than their distance a street across and the opposite direction lie.
const ACROSS_M: f64 = 100.0;
const OPPOSITE_M: f64 = 100.0;
/// Edges that meet within 25 degrees of straight on are one street.
const STRAIGHT: f64 = 0.9;
/// As many streets, and as many vehicles, have no weight.
const VOICES_LEAST: f64 = 1.0;
/// What the usual weighs against all of them: as much as a witness 450 m away along the same street.
const DOUBT: f64 = 0.05;
/// What the edge's own drives weigh against them, by length driven up to so many lengths.
const OWN: f64 = 4.0;
const OWN_LENGTHS_MAX: f64 = 2.0;
/// A witness' weight halves every minute, down to the part that halves every eight: what happened before a jam is no news of it, but
/// where nothing newer is known it is something.
const NEW_MS: f64 = 60_000.0;
const OLD_MS: f64 = 480_000.0;
const OLD_SHARE: f64 = 0.1;
/// Who weighs less is not asked: nobody has driven there for half an hour.
const WEIGHT_LEAST: f64 = 0.01;
/// Most witnesses, the newest first, and most edges that one of them is heard by: with all of them five million, some seconds of work
/// in the background. Manhattan has 7,451 edges in all.
const WITNESSES_MAX: usize = 20_000;
const HEARERS_MAX: usize = 256;
/// What a witness may say: nobody is convinced of a street faster than its limit, or thirty times as slow as usual.
const SAID: (f64, f64) = (-0.3, 3.4);

/// What the drives along one edge say of those around it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Witness {
    pub(super) edge: EdgeId,
    /// Whose drive was the last one.
    pub(super) by: SeenBy,
    /// When it was last driven.
    pub(super) seen: Instant,
    /// Lengths driven, as of then.
    pub(super) lengths: f64,
    /// The logarithm of the time that it takes over the usual one.
    pub(super) slowdown: f64,
}

impl Witness {
    pub(super) fn weight(&self, at: Instant) -> f64 {
        let age_ms = at.0.saturating_sub(self.seen.0) as f64;
        let lately = (1.0 - OLD_SHARE) * (-age_ms / NEW_MS).exp2() + OLD_SHARE * (-age_ms / OLD_MS).exp2();
        self.lengths.min(1.0) * lately
    }
    /// What its own drives weigh against what others say of it.
    fn own(&self, at: Instant) -> f64 {
        OWN * self.weight(at) * self.lengths.clamp(1.0, OWN_LENGTHS_MAX)
    }
}

/// The weights of voices, where the witnesses of one come one after the other: each voice is a street, or a vehicle.
#[derive(Clone, Copy, Debug, Default)]
struct Voices {
    /// Squared weights of all voices but the last one.
    squares: f64,
    last: u64,
    last_weight: f64,
}

impl Voices {
    fn hear(&mut self, voice: u64, weight: f64) {
        if self.last != voice {
            self.squares += self.last_weight * self.last_weight;
            (self.last, self.last_weight) = (voice, 0.0);
        }
        self.last_weight += weight;
    }
    fn squares(&self) -> f64 {
        self.squares + self.last_weight * self.last_weight
    }
}

/// What an edge has heard.
#[derive(Clone, Copy, Debug, Default)]
struct Heard {
    said: f64,
    weight: f64,
    streets: Voices,
    vehicles: Voices,
    /// What its own drives weigh.
    own: f64,
}

impl Heard {
    /// The weight of all witnesses, less that of an average street or vehicle of theirs.
    fn mass(&self) -> f64 {
        let voice = self.streets.squares().max(self.vehicles.squares()) / self.weight;
        let mass = self.weight - VOICES_LEAST * voice;
        // What one voice says alone cancels out but for rounding.
        if mass > 1e-9 * self.weight { mass } else { 0.0 }
    }
}

/// What all edges have heard at a time.
#[derive(Clone, Debug)]
pub(super) struct Hearsay(Vec<Heard>);

impl Hearsay {
    /// How far an edge believes the edges around it, 0 to 1, and the logarithm of the slowdown that they say.
    pub(super) fn of(&self, edge: EdgeId) -> (f64, f64) {
        let heard = self.0[edge.index()];
        if heard.weight <= 0.0 {
            return (0.0, 0.0);
        }
        let mass = heard.mass();
        (mass / (mass + DOUBT + heard.own), heard.said / heard.weight)
    }
}

/// Which edges are near which.
#[derive(Clone, Debug)]
pub(super) struct Nearby {
    roads: Roads,
    /// By edge: east and north of the straight line from its tail to its head; of length 1, or 0 for a loop.
    headings: Vec<[f32; 2]>,
    /// By edge: the lowest edge of its street, which goes straight on in both directions.
    streets: Vec<u32>,
}

impl Nearby {
    pub(super) fn new(roads: &Roads) -> Self {
        let ends = |edge| {
            let (tail, head) = roads.edge_ends(EdgeId(edge));
            [tail, head].map(|node| place(roads.nodes()[node as usize]))
        };
        let headings = (0..roads.edge_count() as u32).map(|edge| heading(ends(edge))).collect();
        let mut nearby = Self { roads: roads.clone(), headings, streets: Vec::new() };
        nearby.streets = nearby.join();
        nearby
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

    /// What the witnesses tell those around them. Any order of the witnesses gives the same.
    pub(super) fn hear(&self, mut witnesses: Vec<Witness>, at: Instant) -> Hearsay {
        witnesses.retain(|witness| witness.weight(at) >= WEIGHT_LEAST);
        if witnesses.len() > WITNESSES_MAX {
            witnesses.sort_unstable_by_key(|witness| (Reverse(witness.seen), witness.edge));
            witnesses.truncate(WITNESSES_MAX);
        }
        witnesses.sort_unstable_by_key(|witness| (self.streets[witness.edge.index()], witness.edge));
        let mut heard = vec![Heard::default(); self.headings.len()];
        let mut round = Round { nearby: self, far_cm: vec![u32::MAX; heard.len()], touched: Vec::new() };
        // Who hears each witness, with its weight there; all of them in one list.
        let (mut hearers, mut first) = (Vec::new(), vec![0]);
        for witness in &witnesses {
            let (weight, street) = (witness.weight(at), self.streets[witness.edge.index()]);
            let said = witness.slowdown.clamp(SAID.0, SAID.1);
            round.visit(witness.edge, |edge, metres| {
                let heard = &mut heard[edge.index()];
                if edge == witness.edge {
                    heard.own = witness.own(at);
                    return;
                }
                let weight = weight * (-metres / REACH_M).exp();
                heard.said += weight * said;
                heard.weight += weight;
                heard.streets.hear(street.into(), weight);
                hearers.push((edge, weight));
            });
            first.push(hearers.len());
        }
        let mut by_vehicle: Vec<usize> = (0..witnesses.len()).collect();
        by_vehicle.sort_by_key(|&index| witnesses[index].by);
        for index in by_vehicle {
            for &(edge, weight) in &hearers[first[index]..first[index + 1]] {
                heard[edge.index()].vehicles.hear(witnesses[index].by.0, weight);
            }
        }
        Hearsay(heard)
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

/// The lowest edge of a set; shortens the way to it.
fn root(streets: &mut [u32], mut edge: u32) -> u32 {
    while streets[edge as usize] != edge {
        streets[edge as usize] = streets[streets[edge as usize] as usize];
        edge = streets[edge as usize];
    }
    edge
}

/// Searches from one edge after the other: Dijkstra's algorithm over edges that meet.
struct Round<'a> {
    nearby: &'a Nearby,
    far_cm: Vec<u32>,
    touched: Vec<EdgeId>,
}

impl Round<'_> {
    /// Shows the edges around one, itself first, nearest first, with their distance in metres.
    fn visit(&mut self, from: EdgeId, mut show: impl FnMut(EdgeId, f64)) {
        let mut queue = BinaryHeap::from([Reverse((0, from))]);
        self.reach(from, 0);
        let mut shown = 0;
        while let Some(Reverse((cm, edge))) = queue.pop() {
            if self.far_cm[edge.index()] != cm {
                continue;
            }
            if shown == HEARERS_MAX {
                break;
            }
            show(edge, f64::from(cm) / 100.0);
            shown += 1;
            let (tail, head) = self.nearby.roads.edge_ends(edge);
            for next in [tail, head].into_iter().flat_map(|node| self.nearby.roads.edges_at(node)) {
                let far = cm.saturating_add(self.nearby.step_cm(edge, next));
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
