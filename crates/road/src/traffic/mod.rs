//! How fast every street is now: reported from outside, observed by the fleet's own drives, inferred from the streets around, or as
//! usual.
//! See the README beside this file. Pure; the caller swaps the metric.

mod inference;
mod probes;
mod profile;
mod sensor;

pub use inference::ProbeVehicle;
pub use profile::{Profile, ProfileError};
pub use sensor::{Sensor, SensorCounts, SensorOptions};

use crate::cch::Customisation;
use crate::energy::factor;
use crate::error::RoadError;
use crate::leg::{EdgeId, Leg};
use crate::map_matching::Stretch;
use crate::network::Roads;
use crate::threads::threads;
use crate::ways::WayIndex;
use inference::{Estimate, Estimates, SpatialInference};
use paceline_model::{Centimetres, Instant, Millis};
use probes::{Plain, Probes};
use std::collections::BTreeMap;
use std::sync::Arc;

pub use paceline_model::limits::SPEED_KMH;

/// Longest time that a report may hold, in milliseconds: beyond a week it is a change of the map.
const VALID_MS_MAX: u64 = 7 * 24 * 3_600_000;

/// The speed of an edge without drives counts as inferred when the edges around it change its time by this share.
const INFERRED_MIN: f64 = 0.1;

/// The edges that a report is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// One edge.
    Edge(EdgeId),
    /// All edges along a way of the input; in one direction if that is said (`true`: in the order of its nodes).
    Way(i64, Option<bool>),
}

/// A speed, or a closure, until a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpeedReport {
    /// An edge or a way.
    pub on: Subject,
    /// Within [`SPEED_KMH`]; `None`: closed.
    pub kmh: Option<f64>,
    /// After now and at most a week ahead; from then on the report counts no more.
    pub until: Instant,
}

/// Why a batch of reports was not taken; nothing of it was.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TrafficError {
    /// A speed that no vehicle drives.
    #[error("report {index}: kmh is {kmh}: must lie within {} and {}", SPEED_KMH.0, SPEED_KMH.1)]
    Speed {
        /// Of the report in its batch, from 0.
        index: usize,
        /// The reported speed.
        kmh: f64,
    },
    /// An edge that the network does not have.
    #[error("report {index}: edge {edge} is not known: this network has edges 0 to {}", edges - 1)]
    UnknownEdge {
        /// Of the report in its batch, from 0.
        index: usize,
        /// The reported edge.
        edge: u32,
        /// Edges of the network.
        edges: u32,
    },
    /// A way that no street of the network runs along.
    #[error("report {index}: way {way} is not known: no street of this network runs along it")]
    UnknownWay {
        /// Of the report in its batch, from 0.
        index: usize,
        /// The reported way.
        way: i64,
    },
    /// Over before it begins, or longer than a week.
    #[error("report {index}: until is {until}: must lie after now and at most 7 days ahead")]
    Until {
        /// Of the report in its batch, from 0.
        index: usize,
        /// The reported time.
        until: Instant,
    },
}

/// Where the speed of an edge comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpeedSource {
    /// A report from outside.
    Reported,
    /// The fleet's own drives along the edge.
    Observed,
    /// The fleet's drives along the streets around it.
    Inferred,
    /// The profile, or the empty street.
    Usual,
}

/// The speed of an edge of which more is known than the usual one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KnownSpeed {
    /// Of the network that the traffic was made for.
    pub edge: EdgeId,
    /// `None`: closed.
    pub kmh: Option<f64>,
    /// By the profile at this hour.
    pub usual_kmh: f64,
    /// Never [`SpeedSource::Usual`].
    pub source: SpeedSource,
}

/// What a report says of one edge; a way may cover a part of the edge only.
#[derive(Clone, Copy, Debug)]
struct ReportedSpeed {
    kmh: Option<f64>,
    until: Instant,
    /// Metres of the edge that it is about.
    metres: f64,
}

/// All that is known of the streets' speeds: reports, the fleet's drives and the profile. Grows with the network, not with time.
#[derive(Clone, Debug)]
pub struct Traffic {
    free: Vec<Leg>,
    profile: Profile,
    ways: WayIndex,
    reported: BTreeMap<(EdgeId, i64), ReportedSpeed>,
    probes: Probes,
    inference: SpatialInference,
}

impl Traffic {
    /// The streets of `roads` as imported, with what is usual at each hour.
    pub fn new(roads: &Roads, profile: Profile) -> Self {
        let free: Vec<Leg> =
            (0..roads.edge_count() as u32).map(|edge| roads.free_flow(EdgeId(edge))).collect();
        let (probes, ways) = (Probes::new(free.len()), WayIndex::new(roads));
        let inference = SpatialInference::new(roads);
        Self { free, profile, ways, reported: BTreeMap::new(), probes, inference }
    }

    /// Takes in reports, all or none; gives how many edges they are about.
    ///
    /// Errors: a speed or time out of bounds, an edge or a way that is not known.
    pub fn ingest(
        &mut self,
        roads: &Roads,
        reports: &[SpeedReport],
        now: Instant,
    ) -> Result<usize, TrafficError> {
        let mut rows = Vec::new();
        for (index, report) in reports.iter().enumerate() {
            self.check(index, report, now)?;
            let before = rows.len();
            self.rows(roads, report, &mut rows);
            if let (Subject::Way(way, _), true) = (report.on, rows.len() == before) {
                return Err(TrafficError::UnknownWay { index, way });
            }
        }
        let count = rows.len();
        self.reported.extend(rows);
        self.reported.retain(|_, speed| speed.until > now);
        Ok(count)
    }

    fn check(&self, index: usize, report: &SpeedReport, now: Instant) -> Result<(), TrafficError> {
        if let Some(kmh) = report.kmh.filter(|kmh| !(SPEED_KMH.0..=SPEED_KMH.1).contains(kmh)) {
            return Err(TrafficError::Speed { index, kmh });
        }
        if report.until <= now || report.until.0 - now.0 > VALID_MS_MAX {
            return Err(TrafficError::Until { index, until: report.until });
        }
        match report.on {
            Subject::Edge(edge) if edge.index() >= self.free.len() => {
                Err(TrafficError::UnknownEdge { index, edge: edge.0, edges: self.free.len() as u32 })
            }
            _ => Ok(()),
        }
    }

    fn rows(&self, roads: &Roads, report: &SpeedReport, rows: &mut Vec<((EdgeId, i64), ReportedSpeed)>) {
        let speed = |metres| ReportedSpeed { kmh: report.kmh, until: report.until, metres };
        match report.on {
            // No way has the number 0: it stands for the whole edge.
            Subject::Edge(edge) => {
                rows.push(((edge, 0), speed(self.free[edge.index()].distance.as_metres())))
            }
            Subject::Way(way, forward) => {
                for edge in self.ways.edges(way) {
                    let along = roads.edge_ways(edge);
                    let fits =
                        along.filter(|p| p.way == way && forward.is_none_or(|forward| forward == p.forward));
                    let metres: f64 = fits.map(|part| part.length.as_metres()).sum();
                    if metres > 0.0 {
                        rows.push(((edge, way), speed(metres)));
                    }
                }
            }
        }
    }

    /// Takes in a matched drive of the fleet.
    pub fn observe(&mut self, roads: &Roads, drive: &Stretch, by: ProbeVehicle) {
        // A stop has no length: it is a part of the time to the next place.
        let mut marks = drive.marks.clone();
        marks.dedup_by_key(|mark| (mark.edge, mark.fraction));
        // Spans on one edge first: they show of that edge alone what it takes, and the others are shared out by it.
        let (one, several): (Vec<_>, Vec<_>) =
            marks.windows(2).partition(|pair| pair[0].edge == pair[1].edge);
        for pair in one.into_iter().chain(several) {
            let (span, at) = (pair[1].at.since(pair[0].at), pair[1].at);
            let expected = |piece: probes::Piece| {
                let plain = self.plain(piece.edge, at);
                (piece, plain, self.probes.expected(piece.edge, plain, at) * piece.share)
            };
            let pieces: Vec<_> =
                probes::pieces(roads, drive, pair[0], pair[1]).into_iter().map(expected).collect();
            self.probes.share_out(&pieces, span, at, by);
        }
    }
    fn plain(&self, edge: EdgeId, at: Instant) -> Plain {
        Plain { free: self.free[edge.index()], usual_s: self.usual(edge, at).time.as_secs_f64() }
    }

    fn usual(&self, edge: EdgeId, at: Instant) -> Leg {
        let free = self.free[edge.index()];
        slowed(free, free.time.as_secs_f64() / self.profile.share(edge, at))
    }

    /// What the edges that were driven lately say of those around them.
    fn estimates(&self, at: Instant) -> Estimates {
        let edges = (0..self.free.len() as u32).map(EdgeId);
        let observations =
            edges.filter_map(|edge| self.probes.observation(edge, || self.plain(edge, at))).collect();
        self.inference.estimate(observations, at)
    }

    /// What driving an edge takes at a time, and how that is known. Weighs all observations for this one edge: for many edges use
    /// [`Self::weights`] or [`Self::known`].
    pub fn edge(&self, edge: EdgeId, at: Instant) -> (Leg, SpeedSource) {
        self.edge_given(edge, self.estimates(at).of(edge), at)
    }

    /// What an edge takes by the fleet's drives: its own, and the more of those around it the less is known of it itself. Those
    /// around only ever make it slower: that they are free does not mean that a street which was observed to be blocked is.
    fn observed(&self, edge: EdgeId, usual: Leg, estimate: Estimate, at: Instant) -> (Leg, SpeedSource) {
        let plain = Plain { free: self.free[edge.index()], usual_s: usual.time.as_secs_f64() };
        let own_s = self.probes.pace(edge, plain, at);
        let Estimate { share, slowdown_ln } = estimate;
        let around_s = plain.usual_s * slowdown_ln.exp();
        let believed_s = (own_s.ln() * (1.0 - share) + around_s.ln() * share).exp();
        let slower = share > 0.0 && believed_s > own_s;
        let leg = slowed(usual, if slower { probes::plausible(believed_s, plain) } else { own_s });
        if self.probes.knows(edge, at) {
            return (leg, SpeedSource::Observed);
        }
        let (now, then) = (f64::from(leg.time.0), f64::from(usual.time.0));
        let differs = (now - then).abs() > INFERRED_MIN * then;
        (leg, if differs { SpeedSource::Inferred } else { SpeedSource::Usual })
    }

    fn edge_given(&self, edge: EdgeId, estimate: Estimate, at: Instant) -> (Leg, SpeedSource) {
        let usual = self.usual(edge, at);
        let (observed, source) = self.observed(edge, usual, estimate, at);
        let reported: Vec<&ReportedSpeed> = self
            .reported
            .range((edge, i64::MIN)..=(edge, i64::MAX))
            .map(|row| row.1)
            .filter(|speed| speed.until > at)
            .collect();
        if reported.iter().any(|speed| speed.kmh.is_none()) {
            return (Leg::UNREACHABLE, SpeedSource::Reported);
        }
        if reported.is_empty() {
            return (observed, source);
        }
        // A way may be a part of the edge only: the rest takes what was observed of it.
        let metres = usual.distance.as_metres().max(0.01);
        let covered: f64 = reported.iter().map(|speed| speed.metres).sum::<f64>();
        let scale = if covered > metres { metres / covered } else { 1.0 };
        let seconds = |speed: &&ReportedSpeed| Some(speed.metres * scale * 3.6 / speed.kmh?);
        let reported_s: f64 = reported.iter().filter_map(seconds).sum();
        let rest = (1.0 - covered * scale / metres).max(0.0);
        (slowed(usual, reported_s + observed.time.as_secs_f64() * rest), SpeedSource::Reported)
    }

    /// Every edge in turn: what it takes, and how that is known.
    fn edges(&self, at: Instant) -> impl Iterator<Item = (EdgeId, Leg, SpeedSource)> {
        let estimates = self.estimates(at);
        (0..self.free.len() as u32).map(EdgeId).map(move |edge| {
            let (leg, source) = self.edge_given(edge, estimates.of(edge), at);
            (edge, leg, source)
        })
    }

    /// What every edge takes at a time, by edge: the weights of a metric.
    pub fn weights(&self, at: Instant) -> Vec<Leg> {
        self.edges(at).map(|(_, leg, _)| leg).collect()
    }

    /// How many edges the network has.
    pub fn edge_count(&self) -> usize {
        self.free.len()
    }
    /// The edges whose speed is reported, observed or inferred, ascending.
    pub fn known(&self, at: Instant) -> impl Iterator<Item = KnownSpeed> {
        let kmh = |leg: Leg| {
            leg.is_reachable().then(|| leg.distance.as_km() / leg.time.as_secs_f64().max(1e-3) * 3_600.0)
        };
        let known = self.edges(at).filter(|(.., source)| *source != SpeedSource::Usual);
        known.map(move |(edge, leg, source)| {
            let usual_kmh = kmh(self.usual(edge, at)).unwrap_or(0.0);
            KnownSpeed { edge, kmh: kmh(leg), usual_kmh, source }
        })
    }

    /// Edges that are now slower than `share` of their usual speed, as reported, observed or inferred; ascending.
    pub fn slow(&self, share: f64, at: Instant) -> Vec<EdgeId> {
        let is_slow = |edge: EdgeId, leg: Leg, source| {
            source != SpeedSource::Usual
                && f64::from(self.usual(edge, at).time.0) < share * f64::from(leg.time.0)
        };
        let slow = self.edges(at).filter(|&(edge, leg, source)| is_slow(edge, leg, source));
        slow.map(|(edge, ..)| edge).collect()
    }
}

impl Roads {
    /// The same streets under new weights, one per edge, as [`Traffic::weights`] gives them. This instance keeps
    /// the old ones: a caller that decides on one `Roads` from start to end decides on one metric.
    ///
    /// Errors: not one weight per edge.
    pub fn under(&self, weights: Vec<Leg>) -> Result<Self, RoadError> {
        let metric = self.customise(weights, Customisation::Basic, threads())?;
        self.with_metric(Arc::new(metric))
    }
}

/// A leg at another time: effort follows the speed.
fn slowed(leg: Leg, seconds: f64) -> Leg {
    if !leg.is_reachable() {
        return leg;
    }
    let ms = (seconds * 1e3).round().clamp(1.0, f64::from(u32::MAX / 2));
    if ms as u32 == leg.time.0 {
        return leg;
    }
    let kmh = leg.distance.as_metres() / ms * 3_600.0;
    let effort = Centimetres(
        (f64::from(leg.distance.0) * factor(kmh)).round().clamp(1.0, f64::from(u32::MAX / 2)) as u32,
    );
    Leg { time: Millis(ms as u32), effort, ..leg }
}
