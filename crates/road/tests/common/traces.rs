//! Traces of known drives with known noise, and how much of a drive was found again: for tests and benchmarks.
#![allow(dead_code, unreachable_pub, reason = "each user takes its part")]

use paceline_model::geo::METRES_PER_DEGREE;
use paceline_model::{Instant, Position};
use paceline_road::{EdgeId, Fix, Matched, Path, RoadPoint, Roads, Search, TravelTimes};
use std::collections::BTreeSet;

/// A seeded generator. Source: SplitMix64 (Steele, Lea, Flood, 2014).
pub struct Rng(pub u64);

impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }
    /// Above 0, at most 1.
    pub fn unit(&mut self) -> f64 {
        ((self.next() >> 11) + 1) as f64 / (1u64 << 53) as f64
    }
    /// Of mean 0 and deviation 1. Source: Box and Muller, 1958.
    pub fn normal(&mut self) -> f64 {
        (-2.0 * self.unit().ln()).sqrt() * (std::f64::consts::TAU * self.unit()).cos()
    }
    pub fn place(&mut self, roads: &Roads) -> RoadPoint {
        let edge = EdgeId((self.next() % roads.edge_count() as u64) as u32);
        RoadPoint { edge, fraction: (self.next() & 0xffff) as u16 }
    }
}

/// The fastest path between two random places, if its length lies within the bounds.
pub fn random_drive(roads: &Roads, search: &mut Search, rng: &mut Rng, metres: std::ops::Range<f64>) -> Path {
    loop {
        let (from, to) = (rng.place(roads), rng.place(roads));
        if let Some(path) = roads.path(search, from, to)
            && metres.contains(&path.leg.distance.as_metres())
        {
            return path;
        }
    }
}

/// What a receiver with an error of `sigma_m` along each axis reports every `every_ms` of the drive.
pub fn trace(path: &Path, every_ms: u32, sigma_m: f64, rng: &mut Rng) -> Vec<Fix> {
    let whole = path.leg.time.0;
    let times = (0..=whole / every_ms).map(|i| i * every_ms);
    times.map(|ms| Fix { position: noisy(at(path, ms), sigma_m, rng), at: Instant(ms.into()) }).collect()
}

/// Where the drive is after `ms`.
fn at(path: &Path, ms: u32) -> Position {
    let next = path.steps.partition_point(|step| step.at.time.0 < ms).clamp(1, path.steps.len() - 1);
    let (a, b) = (path.steps[next - 1], path.steps[next]);
    let span = f64::from(b.at.time.0 - a.at.time.0).max(1.0);
    let share = ((f64::from(ms) - f64::from(a.at.time.0)) / span).clamp(0.0, 1.0);
    let mix = |a: f64, b: f64| a + (b - a) * share;
    Position::new(mix(a.position.lat(), b.position.lat()), mix(a.position.lon(), b.position.lon()))
        .expect("between two places")
}

fn noisy(at: Position, sigma_m: f64, rng: &mut Rng) -> Position {
    let north = rng.normal() * sigma_m / METRES_PER_DEGREE;
    let east = rng.normal() * sigma_m / METRES_PER_DEGREE / at.lat().to_radians().cos();
    Position::new(at.lat() + north, at.lon() + east).expect("near a place")
}

/// Lengths in metres: of the driven edges, of those that were found, and of those found that were not driven.
/// The first and the last edge of the drive count for nothing: they are driven in part.
#[derive(Clone, Copy, Debug, Default)]
pub struct Score {
    pub driven_m: f64,
    pub found_m: f64,
    pub wrong_m: f64,
}

impl Score {
    pub fn of(roads: &Roads, path: &Path, matched: &Matched) -> Self {
        let ends = [path.edges.first(), path.edges.last()];
        let driven: BTreeSet<EdgeId> = path.edges.iter().copied().collect();
        let found: BTreeSet<EdgeId> =
            matched.stretches.iter().flat_map(|s| s.edges.iter().copied()).collect();
        let metres = |edges: &mut dyn Iterator<Item = &EdgeId>| -> f64 {
            edges
                .filter(|edge| !ends.contains(&Some(edge)))
                .map(|&e| roads.edge_leg(e).distance.as_metres())
                .sum()
        };
        Self {
            driven_m: metres(&mut driven.iter()),
            found_m: metres(&mut driven.intersection(&found)),
            wrong_m: metres(&mut found.difference(&driven)),
        }
    }
    pub fn add(&mut self, other: Self) {
        self.driven_m += other.driven_m;
        self.found_m += other.found_m;
        self.wrong_m += other.wrong_m;
    }
    pub fn found(self) -> f64 {
        self.found_m / self.driven_m
    }
    pub fn wrong(self) -> f64 {
        self.wrong_m / self.driven_m
    }
}
