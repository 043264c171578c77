//! A record, played with other decisions: nodes, claims and pods come and go as they did, pods run as long as they ran, and who goes where is
//! decided anew.
//!
//! ```text
//! a pod waits -> bound by a decision -> it ends: finished as long after its binding as in the record, or deleted when it was
//!            \-> deleted while it waits                 \-> ends for another, or with its node
//! ```
//! A decision takes no time, and shows at once. Whoever ends for another is gone at once, and nobody is made in its stead; it is off its
//! disruption budgets for good. A pod that gave way in the record, or never had a node there, runs as long as half
//! of those did who ended by themselves, since nobody knows how long it would have.

use super::lives::{End, Life, LifeId};
use super::policy::KubernetesPolicy;
use super::record::ClusterRecord;
use super::stage::Stage;
use super::tally::{KubernetesOutcome, Tally};
use crate::agenda::Agenda;
use crate::error::SimError;
use crate::stopwatch::Stopwatch;
use claims::Claims;
use k8s_openapi::api::core::v1 as core;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use paceline_kubernetes::cluster::{Budget, Name, Phase, Pod, PodKey};
use paceline_kubernetes::decide::{self, Decided, Decision};
use paceline_kubernetes::limits::ROUND_MAX;
use paceline_kubernetes::record::{Event, Kind, Object};
use paceline_model::Instant;
use std::collections::{BTreeMap, BTreeSet};

mod claims;

/// Who places pods in a replay, whoever did in the record.
const SCHEDULER: &str = "paceline";
/// Rounds of one moment: each binds, refuses or ends somebody, so only a bug needs more.
const ROUNDS_MAX: u32 = 100_000;

pub(super) fn replay(
    record: &ClusterRecord,
    show: &mut dyn FnMut(f64),
) -> Result<KubernetesOutcome, SimError> {
    let mut replay = Replay::new(record);
    let mut events = record.events.iter().peekable();
    while let Some((at, _)) = events.peek() {
        let at = *at;
        replay.finish_until(at)?;
        replay.tally.look_until(at, &replay.stage);
        replay.now = at;
        show(replay.tally.share(at));
        while let Some((_, event)) = events.next_if(|(then, _)| *then == at) {
            replay.hear(event);
        }
        replay.rounds()?;
    }
    Ok(replay.tally.close(record, KubernetesPolicy::Paceline, &replay.stage))
}

/// Where a pod stands that is decided about.
#[derive(Clone, Debug)]
struct Played {
    life: LifeId,
    node: Option<Name>,
    nominated: Option<Name>,
}

struct Replay<'r> {
    record: &'r ClusterRecord,
    now: Instant,
    is_complete: bool,
    stage: Stage,
    tally: Tally,
    /// Who finishes when.
    agenda: Agenda<LifeId>,
    /// Who is decided about, and is there.
    played: BTreeMap<PodKey, Played>,
    /// Who is of which name in the record now.
    current: BTreeMap<PodKey, LifeId>,
    /// Who is over here: what the record goes on to say of them is not heard.
    over: BTreeSet<LifeId>,
    claims: Claims,
    /// Budgets as recorded, and how many of their pods ended here for others.
    budgets: BTreeMap<PodKey, (PodDisruptionBudget, i32)>,
}

impl<'r> Replay<'r> {
    fn new(record: &'r ClusterRecord) -> Self {
        Self {
            record,
            now: record.start,
            is_complete: false,
            stage: Stage::default(),
            tally: Tally::new(record),
            agenda: Agenda::default(),
            played: BTreeMap::new(),
            current: BTreeMap::new(),
            over: BTreeSet::new(),
            claims: Claims::default(),
            budgets: BTreeMap::new(),
        }
    }

    fn life(&self, id: LifeId) -> &'r Life {
        self.record.lives.get(id)
    }

    fn hear(&mut self, event: &Event) {
        match event {
            Event::Is(Object::Pod(of)) => self.hear_of_pod(of),
            Event::Is(Object::DeviceClaim(of)) => {
                // Until everybody was listed once, it is not known whose it is.
                let of = if self.is_complete { self.claims.as_played(of, &self.stage) } else { of.clone() };
                self.stage.put(Object::DeviceClaim(of));
            }
            Event::Is(Object::Budget(of)) => self.put_budget(of.clone()),
            Event::Is(other) => self.stage.put(other.clone()),
            Event::Gone(Kind::Pod, key) => self.pod_is_gone(key),
            Event::Gone(Kind::Node, key) => {
                self.stage.gone(Kind::Node, key);
                self.node_is_gone(&key.name);
            }
            Event::Gone(Kind::DeviceClaim, key) if self.claims.is_wanted(key, &self.stage) => {}
            Event::Gone(kind, key) => self.stage.gone(*kind, key),
            Event::Complete => {
                self.is_complete = true;
                self.claims.begin(&mut self.stage);
            }
            Event::Gap(_) | Event::CaughtUp(_) | Event::Still => {}
        }
    }

    fn hear_of_pod(&mut self, of: &core::Pod) {
        let key = PodKey::of(&of.metadata);
        let Some(id) = self.record.lives.find(&key, of.metadata.uid.as_deref()) else { return };
        self.current.insert(key.clone(), id);
        let life = self.life(id);
        if self.over.contains(&id) {
            return;
        }
        let phase = Pod::read(of).phase;
        if phase == Phase::Ending && life.end.is_some_and(|(end, _)| end == End::Preempted) {
            return;
        }
        if life.asked.is_none() {
            self.stage.put(Object::Pod(of.clone()));
            return;
        }
        // Whoever has its name from before has run out of time.
        if let Some(before) = self.played.get(&key).map(|played| played.life).filter(|before| *before != id) {
            self.end(before);
        }
        let played =
            self.played.entry(key).or_insert(Played { life: id, node: None, nominated: None }).clone();
        match phase {
            Phase::Finished => {}
            Phase::Ending if played.node.is_none() => self.end(id),
            Phase::Ending | Phase::Live => self.stage.put(Object::Pod(as_played(of.clone(), &played))),
        }
    }

    fn pod_is_gone(&mut self, key: &PodKey) {
        let Some(id) = self.current.remove(key).filter(|id| !self.over.contains(id)) else { return };
        let life = self.life(id);
        let runs_on = match life.end {
            Some((End::Preempted, _)) => true,
            Some((End::Finished, _)) => life.asked.is_some() && life.bound.is_some(),
            _ => false,
        };
        if !runs_on {
            self.end(id);
        }
    }

    fn node_is_gone(&mut self, node: &Name) {
        let there = self.played.values().filter(|played| played.node.as_ref() == Some(node));
        let there: Vec<_> = there.map(|played| played.life).collect();
        for id in there {
            // Where it was in the record too, the record says what became of it.
            let was_there = self.life(id).bound.as_ref().is_some_and(|(recorded, _)| recorded == node);
            if !was_there {
                self.tally.lost += 1;
                self.end(id);
            }
        }
    }

    /// A pod is gone, and its claims are free.
    fn end(&mut self, id: LifeId) {
        let key = &self.life(id).key;
        if !self.over.insert(id) {
            return;
        }
        let played = self.played.remove(key);
        if played.is_some_and(|played| played.node.is_none()) {
            self.tally.left(id, self.now);
        }
        let was = self.stage.cluster.pod(key).cloned();
        self.stage.gone(Kind::Pod, key);
        if let Some(pod) = was {
            self.claims.release(key, &pod, &mut self.stage);
        }
    }

    /// Ends those who have run as long as they ran, moment by moment, with the rounds that follow.
    fn finish_until(&mut self, at: Instant) -> Result<(), SimError> {
        while let Some(next) = self.agenda.next_at().filter(|next| *next < at) {
            self.tally.look_until(next, &self.stage);
            self.now = next;
            let due: Vec<_> = self.agenda.all_due(next).collect();
            due.into_iter().for_each(|id| self.end(id));
            self.rounds()?;
        }
        // What is due at the very moment comes before what is heard then.
        let due: Vec<_> = self.agenda.all_due(at).collect();
        due.into_iter().for_each(|id| self.end(id));
        Ok(())
    }

    /// Decides until nothing is left to decide.
    fn rounds(&mut self) -> Result<(), SimError> {
        if !self.is_complete {
            return Ok(());
        }
        for _ in 0..ROUNDS_MAX {
            let watch = Stopwatch::start();
            let round = decide::round(&self.stage.cluster, SCHEDULER, ROUND_MAX);
            if round.decided.is_empty() {
                return Ok(());
            }
            self.tally.decided(watch.elapsed());
            let gives_devices = |decided: &Decided| matches!(&decided.decision, Decision::Bind { devices, .. } if !devices.is_empty());
            let has_devices = round.decided.iter().any(gives_devices);
            round.decided.into_iter().for_each(|decided| self.carry(decided));
            if has_devices {
                let broken = self.stage.broken_devices();
                self.tally.broken(broken);
            }
        }
        Err(SimError::Restless { at: self.now })
    }

    fn carry(&mut self, Decided { pod: key, decision, .. }: Decided) {
        let Some(id) = self.played.get(&key).map(|played| played.life) else { return };
        match decision {
            Decision::Wait(why) => {
                self.stage.cluster.refuse(&key);
                self.tally.why(id, why.to_string());
            }
            Decision::Bind { node, devices } => {
                // Its claims first: the checker asks whether their devices can be used from the node.
                self.claims.take(&key, devices, &mut self.stage);
                self.tally.broken(self.stage.broken(&key, &node));
                self.show(&key, |played| {
                    played.node = Some(node.clone());
                    played.nominated = None;
                });
                self.tally.bound(id, node, self.now);
                if let Some(ran_ms) = self.record.lives.runs_ms(id) {
                    self.agenda.add(Instant(self.now.0 + ran_ms), id);
                }
            }
            Decision::MakeRoom { node, victims, why } => {
                self.tally.why(id, why.to_string());
                self.show(&key, |played| played.nominated = Some(node));
                victims.iter().for_each(|victim| self.give_way(victim));
            }
        }
    }

    /// Shows what became of a pod that is decided about.
    fn show(&mut self, key: &PodKey, change: impl FnOnce(&mut Played)) {
        let (Some(played), Some(of)) = (self.played.get_mut(key), self.stage.pod(key).cloned()) else {
            return;
        };
        change(played);
        let of = as_played(of, played);
        self.stage.put(Object::Pod(of));
    }

    fn give_way(&mut self, key: &PodKey) {
        let Some(id) =
            self.current.get(key).copied().or_else(|| self.played.get(key).map(|played| played.life))
        else {
            return;
        };
        self.tally.preempted += 1;
        let labels = self.stage.cluster.pod(key).map(|pod| pod.labels.clone()).unwrap_or_default();
        let protects = |(of, (budget, _)): &(&PodKey, &(PodDisruptionBudget, i32))| {
            of.namespace == key.namespace && Budget::read(budget).protects(&labels)
        };
        let budgets: Vec<_> = self.budgets.iter().filter(protects).map(|(key, _)| key.clone()).collect();
        for budget in budgets {
            if let Some((_, ended)) = self.budgets.get_mut(&budget) {
                *ended += 1;
            }
            if let Some((of, _)) = self.budgets.get(&budget).cloned() {
                self.put_budget(of);
            }
        }
        self.end(id);
    }

    fn put_budget(&mut self, of: PodDisruptionBudget) {
        let key = PodKey::of(&of.metadata);
        let (recorded, ended) = self.budgets.entry(key).or_insert((of.clone(), 0));
        recorded.clone_from(&of);
        let ended = *ended;
        let mut of = of;
        if let Some(allowed) = of.status.as_mut().and_then(|status| status.disruptions_allowed.as_mut()) {
            *allowed = allowed.saturating_sub(ended).max(0);
        }
        self.stage.put(Object::Budget(of));
    }
}

/// A pod as it stands here, whatever the record says of where it stood.
fn as_played(mut of: core::Pod, played: &Played) -> core::Pod {
    let spec = of.spec.get_or_insert_default();
    spec.node_name = played.node.as_ref().map(ToString::to_string);
    spec.scheduler_name = Some(SCHEDULER.into());
    of.status.get_or_insert_default().nominated_node_name =
        played.nominated.as_ref().map(ToString::to_string);
    of
}
