//! Counts what an edge region publishes, beside what the boxes were when it did.

use super::kpis::{EdgeCourses, EdgeKpis, Fared, HeatKpis, Moves, Placing};
use super::rules::{Books, Broken};
use super::site::Site;
use super::users::Latencies;
use crate::kpi::{quantile, ratio};
use paceline_engine::edge::Change;
use paceline_engine::ledger::Entry;
use paceline_model::Instant;
use paceline_model::edge::{
    Bound, Condition, Event, EvictionCause, MoveCause, NodeId, PlacementDecision, ReplicaId, WorkloadId,
};
use std::collections::{BTreeMap, BTreeSet};

/// Rules that are kept in words; the others are counted.
const WORDS_MAX: usize = 20;

/// What looks add up to.
#[derive(Default)]
struct Looks {
    latency_ms: f64,
    answered: u64,
    unserved: u64,
    watts: f64,
}

/// What moves from heat add up to.
#[derive(Default)]
struct Heat {
    alarms: u64,
    to_move_ms: Vec<u32>,
    behind_outages: u64,
}

/// Rules that were broken.
#[derive(Default)]
struct BrokenRules {
    count: u64,
    forbidden: u64,
    words: Vec<String>,
}

pub(super) struct Tally {
    pub(super) books: Books,
    /// Replicas that are wanted and have no node, since when, and whether they had one.
    waiting: BTreeMap<ReplicaId, (Instant, bool)>,
    placing: Placing,
    waits_ms: Vec<u32>,
    moves: Moves,
    heat: Heat,
    broken: BrokenRules,
    strained: BTreeSet<NodeId>,
    worked: BTreeSet<NodeId>,
    pub(super) courses: EdgeCourses,
    looks: Looks,
}

impl Tally {
    pub(super) fn new(books: Books, courses: EdgeCourses) -> Self {
        Self {
            books,
            courses,
            waiting: BTreeMap::new(),
            placing: Placing::default(),
            waits_ms: Vec::new(),
            moves: Moves::default(),
            heat: Heat::default(),
            broken: BrokenRules::default(),
            strained: BTreeSet::new(),
            worked: BTreeSet::new(),
            looks: Looks::default(),
        }
    }

    /// Rules that were broken, in words.
    pub(super) fn broken_words(&self) -> Vec<String> {
        self.broken.words.clone()
    }

    /// A rule is broken.
    pub(super) fn broke(&mut self, at: Instant, rule: &Broken) {
        self.broken.count += 1;
        self.broken.forbidden += u64::from(matches!(rule, Broken::Forbidden(_)));
        if self.broken.words.len() < WORDS_MAX {
            self.broken.words.push(format!("{at}: {rule}"));
        }
    }

    /// Takes in one published event, while the boxes are still as they were.
    pub(super) fn see(&mut self, change: &Change, site: &Site) {
        let Entry::Event(event) = &change.event else { return };
        match event {
            Event::WorkloadPut(_) => {}
            Event::WorkloadRemoved(workload) => {
                let gone = |id: &ReplicaId| id.workload == *workload;
                let never = self.waiting.iter().filter(|(id, (_, had))| gone(id) && !had).count();
                self.placing.never += never as u64;
                self.waiting.retain(|id, _| !gone(id));
            }
            Event::ReplicaPlaced { replica, bound, decision } => {
                self.placed(change.at, replica, bound, decision);
            }
            Event::ReplicaMoved { replica, bound, cause, .. } => {
                self.moved(change.at, replica, *cause, site);
                self.worked.insert(bound.node.clone());
            }
            Event::ReplicaEnded(replica) => _ = self.waiting.remove(replica),
            Event::ReplicaSwitched { .. } => self.moves.switched += 1,
            Event::ReplicaEvicted { replica, cause } => {
                match cause {
                    EvictionCause::DeviceLost => self.moves.device_lost += 1,
                    EvictionCause::Preempted => self.moves.preempted += 1,
                }
                self.waiting.insert(replica.clone(), (change.at, true));
            }
            Event::ConditionBegan(node, condition) => match condition {
                Condition::Heating { .. } => {}
                Condition::Hot { .. } => {
                    self.heat.alarms += 1;
                    self.strained.insert(node.clone());
                }
                Condition::Silent => self.moves.silences += 1,
                Condition::LowBattery => _ = self.strained.insert(node.clone()),
            },
            _ => {}
        }
        let known = match event {
            Event::WorkloadPut(spec) => self.books.ordinals(&spec.id),
            _ => Vec::new(),
        };
        if let Err(rule) = self.books.enter(event) {
            self.broke(change.at, &rule);
        }
        if let Event::WorkloadPut(spec) = event {
            self.asked(change.at, &spec.id, &known);
        }
    }

    /// Replicas that are wanted now and were not, and the other way round.
    fn asked(&mut self, at: Instant, workload: &WorkloadId, known: &[u32]) {
        let wanted = self.books.ordinals(workload);
        let of = |ordinal: u32| ReplicaId { workload: workload.clone(), ordinal };
        for ordinal in wanted.iter().filter(|ordinal| !known.contains(ordinal)) {
            self.waiting.insert(of(*ordinal), (at, false));
            self.placing.asked += 1;
        }
        for ordinal in known.iter().filter(|ordinal| !wanted.contains(ordinal)) {
            self.waiting.remove(&of(*ordinal));
        }
    }

    fn placed(&mut self, at: Instant, id: &ReplicaId, bound: &Bound, decision: &PlacementDecision) {
        if let Some((since, had)) = self.waiting.remove(id)
            && !had
        {
            self.placing.placed += 1;
            self.waits_ms.push(at.since(since).0);
        }
        self.placing.downgraded += u64::from(decision.downgraded);
        self.worked.insert(bound.node.clone());
    }

    fn moved(&mut self, at: Instant, id: &ReplicaId, cause: MoveCause, site: &Site) {
        match cause {
            MoveCause::LowBattery => self.moves.low_battery += 1,
            MoveCause::Returned => self.moves.returned += 1,
            MoveCause::Hot | MoveCause::Heating => {
                self.moves.hot += 1;
                let from = self.books.bound(id).and_then(|bound| site.body(&bound.node));
                let Some(body) = from else { return };
                match body.hot_since {
                    // Before it was hot: by the trend, or within the sensor's error.
                    None => self.heat.to_move_ms.push(0),
                    Some(_) if body.was_cut_off => self.heat.behind_outages += 1,
                    Some(since) => self.heat.to_move_ms.push(at.since(since).0),
                }
            }
            _ => self.moves.other += 1,
        }
    }

    /// Looks at the boxes and at what users have.
    pub(super) fn look(&mut self, now: Instant, site: &Site, latencies: Option<Latencies>) {
        let celsius = site.bodies.iter().map(|body| body.lump.celsius);
        let highest = celsius.clone().fold(f64::NEG_INFINITY, f64::max);
        let count = site.bodies.len().max(1) as f64;
        self.courses.celsius.push((celsius.sum::<f64>() / count, highest));
        self.looks.watts += site.bodies.iter().map(|body| body.watts()).sum::<f64>();
        let mut states = [0; 6];
        site.bodies.iter().for_each(|body| states[self.state(body)] += 1);
        self.courses.states.push(states);
        let charges: Vec<f64> = site.bodies.iter().filter_map(|body| body.percent()).collect();
        if let Some(lowest) = charges.iter().copied().min_by(f64::total_cmp) {
            self.courses.charge_percent.push((charges.iter().sum::<f64>() / charges.len() as f64, lowest));
        }
        if let Some(latencies) = latencies {
            // Not before everything that is there from the beginning had its time to be placed.
            let counts = now > self.courses.start + self.courses.every;
            let waits = counts.then(|| self.waits(&latencies));
            self.courses.latency_ms.push(waits);
        }
    }

    /// Adds up what users had at one look. Returns the mean and the 95th percentile.
    fn waits(&mut self, latencies: &Latencies) -> (f64, f64) {
        let sum: f64 = latencies.ms.iter().sum();
        self.looks.latency_ms += sum;
        self.looks.answered += latencies.ms.len() as u64;
        self.looks.unserved += u64::from(latencies.unserved);
        (sum / latencies.ms.len().max(1) as f64, quantile(&latencies.ms, 0.95))
    }

    fn state(&self, body: &super::body::Body) -> usize {
        let is = |wanted: fn(&Condition) -> bool| {
            self.books.conditions(&body.spec.id).is_some_and(|known| known.iter().any(wanted))
        };
        match () {
            () if body.is_empty() => 5,
            () if is(|condition| matches!(condition, Condition::Hot { .. })) => 4,
            () if is(|condition| *condition == Condition::Silent) => 3,
            () if is(|condition| *condition == Condition::LowBattery) => 2,
            () if body.runs.is_empty() => 1,
            () => 0,
        }
    }

    /// Writes what was counted into the table, and hands out the courses.
    pub(super) fn finish(mut self, site: &Site, kpis: &mut EdgeKpis) -> EdgeCourses {
        self.moves.lost = self.waiting.values().filter(|(_, had)| *had).count() as u64;
        self.placing.waiting = self.waiting.len() as u64;
        self.waits_ms.sort_unstable();
        self.placing.wait_p50_ms = f64::from(quantile(&self.waits_ms, 0.5));
        self.placing.wait_p99_ms = f64::from(quantile(&self.waits_ms, 0.99));
        self.heat.to_move_ms.sort_unstable();
        let to_move = |share| f64::from(quantile(&self.heat.to_move_ms, share)) / 1_000.0;
        kpis.heat = HeatKpis {
            alarms: self.heat.alarms,
            to_move_p50_s: to_move(0.5),
            to_move_p99_s: to_move(0.99),
            to_move_max_s: to_move(1.0),
            behind_outages: self.heat.behind_outages,
            celsius_max: self.courses.celsius.iter().map(|(_, highest)| *highest).fold(0.0, f64::max),
            working_hot_min: site.bodies.iter().map(|body| body.hot.as_secs_f64() / 60.0).sum(),
        };
        let Looks { latency_ms, answered, unserved, watts } = self.looks;
        let p95s: Vec<f64> = self.courses.latency_ms.iter().flatten().map(|(_, p95)| *p95).collect();
        kpis.users.unserved = ratio(unserved as f64, (answered + unserved) as f64);
        kpis.users.latency_mean_ms = ratio(latency_ms, answered as f64);
        kpis.users.latency_p95_ms = ratio(p95s.iter().sum(), p95s.len() as f64);
        kpis.watts_mean = ratio(watts, self.courses.states.len() as f64);
        (kpis.broken, kpis.forbidden) = (self.broken.count, self.broken.forbidden);
        (kpis.placing, kpis.moves) = (self.placing, self.moves);
        self.courses.map = site
            .bodies
            .iter()
            .map(|body| (body.spec.place.position, fared(&self.strained, &self.worked, &body.spec.id)))
            .collect();
        self.courses
    }
}

fn fared(strained: &BTreeSet<NodeId>, worked: &BTreeSet<NodeId>, id: &NodeId) -> Fared {
    match () {
        () if strained.contains(id) => Fared::Strained,
        () if worked.contains(id) => Fared::Worked,
        () => Fared::Idle,
    }
}
