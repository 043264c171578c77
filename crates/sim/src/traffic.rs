//! The streets of a run that change: an injected jam, and the fleet as its own sensor. The streets know what drives really take;
//! the engine learns of it only through the positions that vehicles report.

use crate::error::SimError;
use crate::scenario::Scenario;
use crate::stopwatch::Stopwatch;
use paceline_engine::TripLeg;
use paceline_model::{Centimetres, Instant, Millis, Position, Reading, VehicleId};
use paceline_road::traffic::{Profile, Sensor, SensorOptions, Traffic};
use paceline_road::{EdgeId, Fix, Leg, RoadError, Roads, Stretch};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// Streets around a place that are slow for a while.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Jam {
    /// Its middle.
    pub around: Position,
    /// Streets with both ends this near are in it, in metres.
    pub radius_m: f64,
    /// How long after the start of the day it begins.
    pub after: Millis,
    /// How long it lasts.
    pub lasts: Millis,
    /// What is left of the speed, above 0 and at most 1.
    pub speed_share: f64,
}

/// What happens on the streets of a run, and who notices.
#[derive(Clone, Debug, PartialEq)]
pub struct TrafficOptions {
    /// A jam, on top of what the scenario's speed profile says.
    pub jam: Option<Jam>,
    /// Whether positions become edge speeds that the engine and the drivers decide by. If not, both believe the map.
    pub senses: bool,
    /// Time between two metrics.
    pub every: Millis,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrafficReport {
    /// Edges in the jam.
    pub jam_edges: usize,
    /// Metrics swapped in.
    pub metrics: u64,
    /// Drives that were planned again from where they were.
    pub planned_again: u64,
    /// By minute of the jam: what is known of it.
    pub minutes: Vec<JamMinute>,
}

/// What is known of the jam at the end of one of its minutes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct JamMinute {
    /// Minutes since it began.
    pub minute: u32,
    /// Edges in it of which vehicles have driven 30 m, or half, since it began.
    pub driven: usize,
    /// Edges in it, driven or not, that are held to be slow: at most 0.6 of their usual speed.
    pub found: usize,
    /// Of those, edges that have been driven.
    pub found_driven: usize,
    /// Edges outside that are held to be slow.
    pub false_alarms: usize,
    /// Over all edges in it: the mean of |estimated speed / real speed - 1|.
    pub speed_error: f64,
    /// The same over those that have been driven.
    pub speed_error_driven: f64,
}

/// Virtual time between two metrics of a speed profile: it runs straight between hours.
const PROFILE_EVERY: Millis = Millis::from_secs(300);
/// An edge counts as slow below this share of its usual speed.
const SLOW: f64 = 0.6;
/// Simulated positions lie on the streets; what is left is the rounding of heads and tails.
const SIGMA_M: f64 = 5.0;
/// An edge counts as driven when so many metres of it have been, or half of it if it is shorter than twice that: at a sixth of the
/// town's speed that is what a vehicle covers in 20 s.
const DRIVEN_M: f64 = 30.0;

/// The streets under both metrics that hold from now on.
pub(crate) struct StreetChange {
    pub(crate) real: Arc<Roads>,
    pub(crate) believed: Arc<Roads>,
}

/// The streets of a run.
pub(crate) struct Streets {
    roads: Arc<Roads>,
    options: TrafficOptions,
    start: Instant,
    next: Instant,
    jam: BTreeSet<EdgeId>,
    /// What is usual at each hour; no report and no drive changes it.
    usual: Traffic,
    /// The newest metrics of what the streets really take and of what is usual, with their weights.
    real: (Vec<Leg>, Arc<Roads>),
    expected: (Vec<Leg>, Arc<Roads>),
    traffic: Traffic,
    sensor: Sensor<TripLeg>,
    /// For each edge of the jam, how much of it has been driven since it began, in edges.
    driven: BTreeMap<EdgeId, f64>,
    report: TrafficReport,
    /// Wall time of matching and of working out what every edge takes.
    sensing: Duration,
}

impl Streets {
    /// The streets of a run, if anything on them changes: by the scenario's profile, by a jam, or by what the fleet observes.
    ///
    /// Errors: a profile that cannot be read, or is none of these roads.
    pub(crate) fn of_run(
        scenario: &Scenario,
        roads: &Arc<Roads>,
        options: Option<&TrafficOptions>,
        start: Instant,
    ) -> Result<Option<Self>, SimError> {
        let profile = scenario.read_profile(roads)?;
        let by_profile = TrafficOptions { jam: None, senses: false, every: PROFILE_EVERY };
        let options = options.cloned().or_else(|| profile.is_some().then_some(by_profile));
        let profile = profile.unwrap_or_else(Profile::free_flow);
        Ok(options.map(|options| Self::new(roads, &options, profile, start)))
    }

    fn new(roads: &Arc<Roads>, options: &TrafficOptions, profile: Profile, start: Instant) -> Self {
        let jam = options.jam.map_or_else(BTreeSet::new, |jam| edges_in(roads, &jam));
        let report = TrafficReport { jam_edges: jam.len(), ..TrafficReport::default() };
        let metric = (roads.metric().weights().to_vec(), roads.clone());
        Self {
            roads: roads.clone(),
            options: options.clone(),
            start,
            next: start,
            jam,
            usual: Traffic::new(roads, profile.clone()),
            real: metric.clone(),
            expected: metric,
            traffic: Traffic::new(roads, profile),
            sensor: Sensor::new(SensorOptions { sigma_m: SIGMA_M, trace_least: Millis(1) }),
            driven: BTreeMap::new(),
            report,
            sensing: Duration::ZERO,
        }
    }
    /// When the streets change next.
    pub(crate) fn next_at(&self) -> Instant {
        self.next
    }
    /// The jam at a time, and for how long it has been there.
    fn jam_at(&self, at: Instant) -> Option<(Jam, Millis)> {
        let jam = self.options.jam?;
        let begin = self.start + jam.after;
        (at >= begin && at < begin + jam.lasts).then(|| (jam, at.since(begin)))
    }

    /// The streets as they are, and as they are believed to be, from `at` on.
    pub(crate) fn change(&mut self, at: Instant) -> Result<StreetChange, RoadError> {
        self.next = at + self.options.every;
        let jam = self.jam_at(at);
        let usual = self.usual.weights(at);
        let mut weights = usual.clone();
        if let Some((jam, _)) = jam {
            for edge in &self.jam {
                let weight = &mut weights[edge.0 as usize];
                *weight = slowed(*weight, jam.speed_share);
            }
        }
        let real = under(&self.roads, weights, &mut self.real)?;
        let mut believed = under(&self.roads, usual, &mut self.expected)?;
        if self.options.senses {
            let watch = Stopwatch::start();
            self.match_traces();
            let weights = self.traffic.weights(at);
            self.sensing += watch.elapsed();
            believed = Arc::new(self.roads.under(weights)?);
            self.report.metrics += 1;
        }
        if let Some((_, lasting)) = jam {
            self.record_minute(at, lasting);
        }
        Ok(StreetChange { real, believed })
    }

    /// Takes in a vehicle's position, on a trip leg or on none.
    pub(crate) fn ingest(&mut self, vehicle: &VehicleId, leg: Option<TripLeg>, reading: Reading) {
        if self.options.senses {
            let fix = Fix { position: reading.position, at: reading.at };
            self.sensor.ingest(reading.at, vehicle, leg, fix);
        }
    }

    /// Matches the positions since the last time.
    fn match_traces(&mut self) {
        let (jam, driven) = (&self.jam, &mut self.driven);
        self.sensor.match_traces(&self.roads, &mut self.traffic, |stretch| {
            for (edge, share) in shares(stretch).filter(|(edge, _)| jam.contains(edge)) {
                *driven.entry(edge).or_default() += share;
            }
        });
    }

    /// Adds to the report what is known of the jam.
    fn record_minute(&mut self, at: Instant, lasting: Millis) {
        let minute = lasting.0 / 60_000;
        if minute == 0 {
            self.driven.clear();
        }
        let (slow, weights) = (self.traffic.slow(SLOW, at), self.traffic.weights(at));
        let driven = |edge: &EdgeId| {
            let metres = self.roads.edge_leg(*edge).distance.as_metres();
            self.driven.get(edge).is_some_and(|&share| share >= 0.5 || share * metres >= DRIVEN_M)
        };
        let error = |edge: &EdgeId| {
            let (real, held) = (self.real.1.edge_leg(*edge), weights[edge.0 as usize]);
            (f64::from(real.time.0) / f64::from(held.time.0) - 1.0).abs()
        };
        let mean = |of: &[EdgeId]| of.iter().map(error).sum::<f64>() / of.len().max(1) as f64;
        let all: Vec<EdgeId> = self.jam.iter().copied().collect();
        let driven: Vec<EdgeId> = all.iter().copied().filter(driven).collect();
        let found = |of: &[EdgeId]| of.iter().filter(|edge| slow.binary_search(edge).is_ok()).count();
        self.report.minutes.push(JamMinute {
            minute,
            driven: driven.len(),
            found: found(&all),
            found_driven: found(&driven),
            false_alarms: slow.len() - found(&all),
            speed_error: mean(&all),
            speed_error_driven: mean(&driven),
        });
    }
    pub(crate) fn planned_again(&mut self, count: usize) {
        self.report.planned_again += count as u64;
    }
    /// What came of it, and the wall time that sensing took.
    pub(crate) fn report(self) -> (TrafficReport, Duration) {
        (self.report, self.sensing)
    }
}

/// The streets under `weights`: those of the newest metric, if they are the same.
fn under(
    roads: &Roads,
    weights: Vec<Leg>,
    newest: &mut (Vec<Leg>, Arc<Roads>),
) -> Result<Arc<Roads>, RoadError> {
    if newest.0 != weights {
        *newest = (weights.clone(), Arc::new(roads.under(weights)?));
    }
    Ok(newest.1.clone())
}

/// How much of each of its edges a drive went along.
fn shares(stretch: &Stretch) -> impl Iterator<Item = (EdgeId, f64)> {
    let last = stretch.edges.len() - 1;
    let part = |fraction: u16| f64::from(fraction) / f64::from(u16::MAX);
    stretch.edges.iter().enumerate().map(move |(i, &edge)| {
        let low = if i == 0 { part(stretch.start.fraction) } else { 0.0 };
        let high = if i == last { part(stretch.end.fraction) } else { 1.0 };
        (edge, (high - low).max(0.0))
    })
}

fn edges_in(roads: &Roads, jam: &Jam) -> BTreeSet<EdgeId> {
    let near = |at: &Position| at.distance_m(jam.around) <= jam.radius_m;
    let inside = |edge: &EdgeId| {
        let line = roads.edge_geometry(*edge);
        line.first().is_some_and(near) && line.last().is_some_and(near)
    };
    (0..roads.edge_count() as u32).map(EdgeId).filter(inside).collect()
}

/// A leg at a share of its speed. Crawling costs what the slowest row of the powertrain's table costs.
fn slowed(leg: Leg, share: f64) -> Leg {
    let time = Millis((f64::from(leg.time.0) / share).round() as u32);
    let effort = Centimetres((f64::from(leg.distance.0) * 1.44).round() as u32);
    Leg { time, effort, ..leg }
}
