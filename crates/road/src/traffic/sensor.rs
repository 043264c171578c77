//! The fleet as its own sensor: positions of vehicles under way become traces, traces are matched to streets, drives are observed.
//!
//! A trace belongs to one *trip leg*: what lies between two legs is standing about, and so is what lies at the end of one, where
//! riders get in and out. Standing counts once the vehicle has moved on under the same leg: then it was the street. What no
//! vehicle can have done (a jump, a clock that runs backwards) cuts the trace and is counted. Room and work are bounded.

use super::{ProbeVehicle, Traffic};
use crate::map_matching::{Fix, MatchOptions, Matcher, Stretch};
use crate::network::Roads;
use paceline_model::{Instant, Millis, VehicleId};
use std::collections::{BTreeMap, VecDeque};

/// What a sensor assumes of its positions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SensorOptions {
    /// Standard deviation of the positions, along each axis, in metres.
    pub sigma_m: f64,
    /// A trace shorter than this waits for more: two positions a second apart name no street.
    pub trace_least: Millis,
}

/// Most positions of one vehicle that wait to be matched: a minute of one a second.
const TRACE_MAX: usize = 64;
/// Most vehicles with a trace: room for the largest fleet.
const TRACES_MAX: usize = 200_000;
/// Edges that one pass may settle, a second of work; vehicles whose turn did not come are first in the next pass.
const STEPS_MAX: u64 = 10_000_000;
/// Silence after which a vehicle's trace begins again.
const GAP: Millis = Millis::from_secs(120);
/// Faster than this nothing drives on a street, in m/s: 250 km/h, as for speeds that are reported.
const JUMP_M_S: f64 = super::SPEED_KMH.1 / 3.6;
/// A position may be this much ahead of our clock, and this much behind.
const AHEAD: Millis = Millis::from_secs(5);
const BEHIND: Millis = Millis::from_secs(600);

/// What became of the positions that a sensor was given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SensorCounts {
    /// Part of a matched drive.
    pub matched: u64,
    /// Not near any street, or on no drive that the streets allow.
    pub off_map: u64,
    /// A jump that no vehicle makes, or a time in the future, long ago, or before the last one.
    pub implausible: u64,
    /// No room left for it.
    pub dropped: u64,
}

/// Positions in the order of their times; the first `known` belong to an earlier drive as well.
#[derive(Clone, Debug, Default)]
struct Trace {
    by: ProbeVehicle,
    fixes: Vec<Fix>,
    known: usize,
}

/// Traces of a fleet; `TripLeg` separates one drive with a purpose from the next.
#[derive(Clone, Debug)]
pub struct Sensor<TripLeg> {
    options: SensorOptions,
    traces: BTreeMap<VehicleId, (TripLeg, Trace)>,
    /// Of trip legs that are over, oldest first.
    over: VecDeque<Trace>,
    /// Whose trace the next pass begins with.
    turn: Option<VehicleId>,
    counts: SensorCounts,
}

impl<TripLeg: PartialEq> Sensor<TripLeg> {
    /// A sensor without positions.
    pub fn new(options: SensorOptions) -> Self {
        let (traces, over) = (BTreeMap::new(), VecDeque::new());
        Self { options, traces, over, turn: None, counts: SensorCounts::default() }
    }
    /// What became of all positions so far.
    pub fn counts(&self) -> SensorCounts {
        self.counts
    }
    /// Takes in a position. `leg`: the drive that the vehicle is on; `None` if it is not expected to drive.
    pub fn ingest(&mut self, now: Instant, vehicle: &VehicleId, leg: Option<TripLeg>, fix: Fix) {
        let Some(leg) = leg else {
            if let Some((_, trace)) = self.traces.remove(vehicle) {
                self.end(trace);
            }
            return;
        };
        if fix.at > now + AHEAD || fix.at + BEHIND < now {
            self.counts.implausible += 1;
            return;
        }
        let (by, full) = (ProbeVehicle::from(vehicle), self.traces.len() >= TRACES_MAX);
        let Some((known, trace)) = self.traces.get_mut(vehicle) else {
            if full {
                self.counts.dropped += 1;
            } else {
                self.traces.insert(vehicle.clone(), (leg, Trace::of(fix, by)));
            }
            return;
        };
        if *known != leg {
            *known = leg;
            let over = std::mem::replace(trace, Trace::of(fix, by));
            self.end(over);
            return;
        }
        match trace.push(fix, self.options.sigma_m) {
            Pushed::Taken => {}
            Pushed::Apart => {
                let over = std::mem::replace(trace, Trace::of(fix, by));
                self.end(over);
            }
            Pushed::Implausible => {
                self.counts.implausible += 1;
                *trace = Trace::of(fix, by);
            }
            Pushed::Disordered => self.counts.implausible += 1,
            Pushed::Full => self.counts.dropped += 1,
        }
    }

    /// Keeps a trace that will get no longer.
    fn end(&mut self, trace: Trace) {
        if self.over.len() < TRACES_MAX {
            self.over.push_back(trace);
        } else {
            self.counts.dropped += (trace.fixes.len() - trace.known) as u64;
        }
    }

    /// Matches the positions since the last pass; `traffic` and `on_drive` are given the drives.
    pub fn match_traces(&mut self, roads: &Roads, traffic: &mut Traffic, mut on_drive: impl FnMut(&Stretch)) {
        let options = self.options;
        let matcher = Matcher::new(roads, MatchOptions::for_sigma(options.sigma_m));
        let counts = &mut self.counts;
        let mut pass = MatchPass { roads, matcher, steps: 0, counts, traffic, on_drive: &mut on_drive };
        while pass.steps < STEPS_MAX {
            let Some(mut trace) = self.over.pop_front() else { break };
            pass.run(&mut trace, SensorOptions { trace_least: Millis(1), ..options });
        }
        let from = self.turn.take();
        let ids: Vec<VehicleId> = self.traces.keys().cloned().collect();
        let is_first = |id: &VehicleId| from.as_ref().is_none_or(|from| id >= from);
        let (first, then): (Vec<_>, Vec<_>) = ids.into_iter().partition(is_first);
        for id in first.into_iter().chain(then) {
            if pass.steps >= STEPS_MAX {
                self.turn = Some(id);
                break;
            }
            if let Some((_, trace)) = self.traces.get_mut(&id) {
                pass.run(trace, options);
            }
        }
    }
}

/// One pass over the traces that are ready.
struct MatchPass<'a> {
    roads: &'a Roads,
    matcher: Matcher<'a>,
    steps: u64,
    counts: &'a mut SensorCounts,
    traffic: &'a mut Traffic,
    on_drive: &'a mut dyn FnMut(&Stretch),
}

impl MatchPass<'_> {
    fn run(&mut self, trace: &mut Trace, options: SensorOptions) {
        let Some(end) = trace.ready(&options) else { return };
        let fresh = (end - trace.known) as u64;
        match self.matcher.run(&trace.fixes[..end]) {
            Ok(mut matched) => {
                let stood = trace.known > 0
                    && trace.fixes[0].position.distance_m(trace.fixes[1].position) <= options.sigma_m;
                if let Some(mark) = matched.stretches.first_mut().and_then(|s| s.marks.first_mut())
                    && stood
                {
                    // Where a vehicle stands the mark lies in the middle of the time; it stood there from the beginning.
                    mark.at = mark.at.min(trace.fixes[0].at);
                }
                self.steps += matched.steps;
                let found = matched.fixes.iter().skip(trace.known).flatten().count() as u64;
                self.counts.matched += found;
                self.counts.off_map += fresh - found;
                for stretch in &matched.stretches {
                    self.traffic.observe(self.roads, stretch, trace.by);
                    (self.on_drive)(stretch);
                }
            }
            Err(_) => self.counts.off_map += fresh,
        }
        trace.fixes.drain(..end - 1);
        trace.known = 1;
    }
}

/// What became of a position that was to lengthen a trace.
enum Pushed {
    Taken,
    /// It follows after too long a silence.
    Apart,
    /// No vehicle gets there in that time.
    Implausible,
    /// It is not newer than the last.
    Disordered,
    /// It has taken the last one's place.
    Full,
}

impl Trace {
    fn of(fix: Fix, by: ProbeVehicle) -> Self {
        Self { by, fixes: vec![fix], known: 0 }
    }
    fn push(&mut self, fix: Fix, sigma_m: f64) -> Pushed {
        let Some(last) = self.fixes.last_mut() else {
            self.fixes.push(fix);
            return Pushed::Taken;
        };
        if fix.at <= last.at {
            return Pushed::Disordered;
        }
        let span = fix.at.since(last.at);
        if span > GAP {
            return Pushed::Apart;
        }
        if last.position.distance_m(fix.position) > span.as_secs_f64() * JUMP_M_S + 4.0 * sigma_m {
            return Pushed::Implausible;
        }
        if self.fixes.len() < TRACE_MAX {
            self.fixes.push(fix);
            return Pushed::Taken;
        }
        // A vehicle that stands for long says the same again and again: its newest position is enough.
        self.fixes[TRACE_MAX - 1] = fix;
        Pushed::Full
    }
    /// How many of its positions can be matched now: all but those at which it stands at the end. `None`: too few.
    fn ready(&self, options: &SensorOptions) -> Option<usize> {
        let last = self.fixes.last()?;
        let stands = |fix: &&Fix| fix.position.distance_m(last.position) <= 2.0 * options.sigma_m;
        let standing = self.fixes.iter().rev().take_while(stands).count();
        // The first of them is where it came to stand.
        let end = self.fixes.len() + 1 - standing;
        let span = self.fixes[end - 1].at.since(self.fixes[0].at);
        (end > self.known.max(1) && span >= options.trace_least).then_some(end)
    }
}
