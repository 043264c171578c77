//! The world around an edge region: boxes that warm and cool, links and fans that fail, workloads that come and go. It is asked what it
//! does next, and told what the region has published.

use super::arrivals;
use super::body::Body;
use super::crew;
use super::names::written_out;
use super::scene::Scene;
use super::wake::{Stay, Wake};
use crate::agenda::Agenda;
use crate::error::SimError;
use paceline_engine::edge::Change;
use paceline_engine::ledger::Entry;
use paceline_model::edge::label::LabelValue;
use paceline_model::edge::{
    Command, Event, NodeId, NodeReport, NodeSpec, Operator, ReplicaId, Requirement, Taint, TaintEffect,
    WorkloadId, WorkloadSpec,
};
use paceline_model::{Instant, Millis};
use paceline_plan::Rng;
use std::collections::BTreeMap;
use std::sync::Arc;

/// By how much a signal must be better than weak to count as good again, in dB.
const SIGNAL_HYSTERESIS_DB: f64 = 2.0;
/// How much of its last deviation a signal keeps from one measurement to the next.
const SIGNAL_KEEPS: f64 = 0.9;

/// Something that the world says to the region.
pub(super) enum Act {
    Report(Box<NodeReport>),
    Command(Box<Command>),
}

/// A kind of demand, ready to be asked for.
struct Asked {
    name: String,
    of: super::parts::Demand,
    /// Workloads of it so far.
    count: u32,
}

/// A stream of chance for each purpose.
struct Dice {
    demand: Rng,
    links: Rng,
    fans: Rng,
    sensors: Rng,
    signals: Rng,
}

pub(super) struct Site {
    scene: Scene,
    pub(super) bodies: Vec<Body>,
    places: BTreeMap<NodeId, usize>,
    agenda: Agenda<Wake>,
    demand: Vec<Asked>,
    /// How much of their GPUs workloads use.
    uses: BTreeMap<WorkloadId, f64>,
    /// On which box each replica runs.
    at: BTreeMap<ReplicaId, usize>,
    dice: Dice,
    /// From when on a box is hot, by the settings that the region is run by.
    hot_celsius: f64,
    end: Instant,
}

impl Site {
    /// Draws the scene, and what is said at its beginning: models, nodes and first workloads. A box is hot from `hot_celsius` on.
    /// Errors: files, values out of bounds.
    pub(super) fn new(scene: &Scene, hot_celsius: f64, seed: u64) -> Result<(Self, Vec<Act>), SimError> {
        let rng = |purpose| Rng::of(seed, purpose);
        let begins = scene.begins();
        let bodies = crew::bodies(scene, ambient(scene, begins), &mut rng("boxes"))?;
        let demand = scene.demand.iter();
        let mut site = Self {
            places: (0..).zip(&bodies).map(|(place, body)| (body.spec.id.clone(), place)).collect(),
            bodies,
            agenda: Agenda::default(),
            demand: demand.map(|(name, of)| Asked { name: name.clone(), of: of.clone(), count: 0 }).collect(),
            uses: BTreeMap::new(),
            at: BTreeMap::new(),
            dice: Dice {
                demand: rng("demand"),
                links: rng("links"),
                fans: rng("fans"),
                sensors: rng("sensors"),
                signals: rng("signals"),
            },
            hot_celsius,
            end: begins + scene.lasts,
            scene: scene.clone(),
        };
        let mut acts: Vec<Act> = crew::models(scene)?
            .into_iter()
            .map(|model| Act::Command(Box::new(Command::PutModel(model))))
            .collect();
        acts.extend(
            site.bodies.iter().map(|body| Act::Command(Box::new(Command::PutNode(body.spec.clone())))),
        );
        site.begin(begins)?;
        Ok((site, acts))
    }

    fn begin(&mut self, begins: Instant) -> Result<(), SimError> {
        for place in 0..self.bodies.len() {
            let every = self.bodies[place].of.report_every;
            let phase = Millis((self.dice.sensors.unit() * f64::from(every.0)) as u32);
            self.agenda.add(begins + phase, Wake::Measure(place));
            self.next_outage(begins, place);
            if let Some(radio) = self.bodies[place].of.radio {
                let phase = Millis((self.dice.signals.unit() * f64::from(radio.every.0)) as u32);
                self.agenda.add(begins + phase, Wake::Signal(place));
            }
        }
        self.draw_fans(begins);
        // The first reports are in by then.
        let first = begins + Millis::from_secs(1);
        (0..self.demand.len()).try_for_each(|demand| self.first_asks(first, demand))
    }

    /// What is there from the beginning, what comes by a file, and the first that comes by chance. Errors: the file.
    fn first_asks(&mut self, first: Instant, demand: usize) -> Result<(), SimError> {
        for _ in 0..self.demand[demand].of.at_start {
            self.agenda.add(first, Wake::Ask { demand, stay: Stay::Always });
        }
        if let Some(file) = self.demand[demand].of.arrivals.clone() {
            for arrival in arrivals::read(&self.scene, &file)? {
                let stay = arrival.until.map_or(Stay::Always, Stay::Until);
                self.agenda.add(arrival.at.max(first), Wake::Ask { demand, stay });
            }
        }
        self.next_ask(first, demand);
        Ok(())
    }

    /// Fans that fail during the scene.
    fn draw_fans(&mut self, begins: Instant) {
        let mut first = 0;
        for kind in self.bodies.chunk_by(|a, b| Arc::ptr_eq(&a.of, &b.of)) {
            let per_day = kind[0].of.heat.fan_failures_per_day;
            let fans = &mut self.dice.fans;
            // Nothing is drawn where none fail.
            let mut at =
                if per_day > 0.0 { begins + exponential(fans, 86_400.0 / per_day) } else { self.end };
            while at < self.end {
                self.agenda.add(at, Wake::Fan(first + fans.below(kind.len()), false));
                at = at + exponential(fans, 86_400.0 / per_day);
            }
            first += kind.len();
        }
    }

    fn next_outage(&mut self, now: Instant, place: usize) {
        let per_day = self.bodies[place].of.link.outages_per_day;
        if per_day > 0.0 {
            let at = now + exponential(&mut self.dice.links, 86_400.0 / per_day);
            self.agenda.add(at, Wake::Link(place, false));
        }
    }

    fn next_ask(&mut self, now: Instant, demand: usize) {
        let per_hour = self.demand[demand].of.per_hour;
        if per_hour > 0.0 {
            let at = now + exponential(&mut self.dice.demand, 3_600.0 / per_hour);
            self.agenda.add(at, Wake::Ask { demand, stay: Stay::AWhile });
        }
    }

    /// When something happens next.
    pub(super) fn next_at(&self) -> Option<Instant> {
        self.agenda.next_at()
    }

    /// Does the next thing that is due. `None`: nothing is.
    pub(super) fn step(&mut self, now: Instant) -> Option<Result<Option<Act>, SimError>> {
        let wake = self.agenda.due(now)?;
        Some(match wake {
            Wake::Measure(place) => {
                self.measure(now, place);
                Ok(None)
            }
            Wake::Arrive(report) => Ok(Some(Act::Report(report))),
            Wake::Link(place, up) => {
                self.link(now, place, up);
                Ok(None)
            }
            Wake::Fan(place, turns) => {
                self.advance(now, place);
                self.bodies[place].fan = turns;
                if !turns {
                    self.agenda.add(now + self.bodies[place].of.heat.fan_out, Wake::Fan(place, true));
                }
                Ok(None)
            }
            Wake::Signal(place) => {
                Ok(self.signal(now, place).map(|spec| Act::Command(Box::new(Command::PutNode(spec)))))
            }
            Wake::Ask { demand, stay } => {
                if stay == Stay::AWhile {
                    self.next_ask(now, demand);
                }
                self.ask(now, demand, stay)
                    .map(|spec| Some(Act::Command(Box::new(Command::PutWorkload(spec)))))
            }
            Wake::Leave(workload) => Ok(Some(Act::Command(Box::new(Command::RemoveWorkload(workload))))),
        })
    }

    pub(super) fn advance(&mut self, now: Instant, place: usize) {
        let ambient = ambient(&self.scene, now);
        self.bodies[place].advance(now, ambient, self.hot_celsius);
    }

    /// All boxes as they are now.
    pub(super) fn advance_all(&mut self, now: Instant) {
        (0..self.bodies.len()).for_each(|place| self.advance(now, place));
    }

    /// A box measures; what it says takes its time, and is lost while its link is down. A box without power says nothing.
    fn measure(&mut self, now: Instant, place: usize) {
        self.advance(now, place);
        let body = &self.bodies[place];
        let next = now + body.report_every(self.hot_celsius);
        if body.linked && !body.is_empty() {
            let mut report = body.report(now, &mut self.dice.sensors);
            report.reaches = self.neighbours(place);
            let jitter = (self.dice.links.unit() * f64::from(body.of.link.jitter.0)) as u32;
            let arrives = now + body.of.link.delay + Millis(jitter);
            self.agenda.add(arrives, Wake::Arrive(Box::new(report)));
        }
        self.agenda.add(next, Wake::Measure(place));
    }

    /// The boxes before and after it answer it as long as they have power: their own links to the region are not asked.
    fn neighbours(&self, place: usize) -> Vec<(NodeId, bool)> {
        let near = [place.checked_sub(1), Some(place + 1)].into_iter().flatten();
        let known = near.filter_map(|near| self.bodies.get(near));
        known.map(|body| (body.spec.id.clone(), !body.is_empty())).collect()
    }

    fn link(&mut self, now: Instant, place: usize, up: bool) {
        self.bodies[place].linked = up;
        if up {
            return self.next_outage(now, place);
        }
        let lasts = exponential(&mut self.dice.links, self.bodies[place].of.link.outage.as_secs_f64());
        self.agenda.add(now + lasts, Wake::Link(place, true));
    }

    /// A signal that wanders around its mean (first-order autoregressive). The node as it is registered anew where it became weak or good.
    fn signal(&mut self, now: Instant, place: usize) -> Option<NodeSpec> {
        let body = &mut self.bodies[place];
        let (radio, (dbm, weak)) = (body.of.radio?, body.signal?);
        let step = (1.0 - SIGNAL_KEEPS * SIGNAL_KEEPS).sqrt();
        let wander = self.dice.signals.around(radio.spread_db * 3f64.sqrt()) * step;
        let dbm = (radio.dbm + SIGNAL_KEEPS * (dbm - radio.dbm) + wander).min(-1.0);
        let is_weak = dbm <= radio.weak_dbm || weak && dbm < radio.weak_dbm + SIGNAL_HYSTERESIS_DB;
        body.signal = Some((dbm, is_weak));
        self.agenda.add(now + radio.every, Wake::Signal(place));
        if is_weak == weak || !body.linked {
            body.signal = Some((dbm, weak));
            return None;
        }
        let key = paceline_model::edge::LabelKey::new("paceline.dev/weak-signal").ok()?;
        body.spec.taints.retain(|taint| taint.key != key);
        if is_weak {
            let value = LabelValue::new("").ok()?;
            body.spec.taints.push(Taint { key, value, effect: TaintEffect::NoSchedule });
        }
        Some(body.spec.clone())
    }

    /// The next workload of a demand.
    fn ask(&mut self, now: Instant, demand: usize, stay: Stay) -> Result<WorkloadSpec, SimError> {
        let asked = &mut self.demand[demand];
        let n = asked.count;
        asked.count += 1;
        let id = format!("{}-{n}", asked.name);
        let made =
            written_out(&asked.of.workload, &id, n).and_then(|workload| workload.spec(WorkloadId::new(&id)?));
        let mut spec = self.scene.checked(made, &format!("demand.{}.workload", asked.name))?;
        if let Some(key) = &asked.of.at {
            let body = &self.bodies[self.dice.demand.below(self.bodies.len())];
            if let Some(value) = body.spec.label(key) {
                let requirement = paceline_model::edge::LabelKey::new(key).and_then(|key| {
                    Ok(Requirement { key, operator: Operator::In, values: vec![LabelValue::new(value)?] })
                });
                spec.affinity.push(self.scene.checked(requirement, &format!("demand.{}.at", asked.name))?);
            }
        }
        let used = f64::from(spec.requests.gpus) * f64::from(spec.requests.milli_gpu.0) * asked.of.load;
        self.uses.insert(spec.id.clone(), used);
        let leaves = match stay {
            Stay::Always => None,
            Stay::AWhile => Some(now + exponential(&mut self.dice.demand, asked.of.stays.as_secs_f64())),
            Stay::Until(until) => Some(until.max(now)),
        };
        if let Some(leaves) = leaves {
            self.agenda.add(leaves, Wake::Leave(spec.id.clone()));
        }
        Ok(spec)
    }

    /// What was published changes what boxes do.
    pub(super) fn react(&mut self, now: Instant, change: &Change) {
        let Entry::Event(event) = &change.event else { return };
        match event {
            Event::ReplicaPlaced { replica, bound, .. } | Event::ReplicaMoved { replica, bound, .. } => {
                self.stop(now, replica);
                let Some(place) = self.places.get(&bound.node).copied() else { return };
                self.advance(now, place);
                let used = self.uses.get(&replica.workload).copied().unwrap_or_default();
                self.bodies[place].runs.insert(replica.clone(), used);
                self.at.insert(replica.clone(), place);
            }
            Event::ReplicaEvicted { replica, .. } | Event::ReplicaEnded(replica) => self.stop(now, replica),
            Event::WorkloadRemoved(workload) => {
                let first = ReplicaId { workload: workload.clone(), ordinal: 0 };
                let of_it = self.at.range(first..).map(|(id, _)| id.clone());
                let gone: Vec<ReplicaId> = of_it.take_while(|id| id.workload == *workload).collect();
                gone.iter().for_each(|replica| self.stop(now, replica));
                self.uses.remove(workload);
            }
            _ => {}
        }
    }

    fn stop(&mut self, now: Instant, replica: &ReplicaId) {
        if let Some(place) = self.at.remove(replica) {
            self.advance(now, place);
            self.bodies[place].runs.remove(replica);
        }
    }

    /// The box of that name.
    pub(super) fn body(&self, node: &NodeId) -> Option<&Body> {
        self.bodies.get(*self.places.get(node)?)
    }
}

/// The temperature around the boxes: warmest at 15:00, coldest at 3:00, UTC.
fn ambient(scene: &Scene, now: Instant) -> f64 {
    let hour = (now.0 % 86_400_000) as f64 / 3_600_000.0;
    let phase = (hour - 15.0) / 24.0 * std::f64::consts::TAU;
    scene.ambient.celsius + scene.ambient.swing_celsius * phase.cos()
}

/// A span with this mean, in seconds, between things that happen at any time alike. A millisecond at least, so that time goes on.
fn exponential(rng: &mut Rng, mean_s: f64) -> Millis {
    let span = -mean_s * (1.0 - rng.unit()).ln();
    Millis((span * 1_000.0).clamp(1.0, f64::from(u32::MAX)) as u32)
}
