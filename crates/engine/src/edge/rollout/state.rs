//! A rollout that was asked for, and how far it has come. It is part of the world, and stays until the next one of its workload begins.

use paceline_model::edge::SemanticVersion as Version;
use paceline_model::edge::{
    ArtefactDigest, MemberState, NodeId, PlannedStep, Precision, ReplicaCounters, RolloutChange,
    RolloutPhase, RolloutPlan, RolloutSpec, RolloutTrigger, Tier, VariantRef,
};
use paceline_model::{Instant, Millis};
use paceline_plan::edge::rollout::Tally;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// Reasons that are kept: each step, pause and hold of the longest rollouts, the newest where there were more.
const REASONS_MAX: usize = 256;

/// What was asked for, and what has become of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollout {
    /// What was asked for.
    pub spec: RolloutSpec,
    /// The version before.
    pub from: Version,
    /// What the version's variants are.
    pub artefacts: Vec<(Precision, ArtefactDigest)>,
    /// Where it stands.
    pub phase: RolloutPhase,
    /// When it began.
    pub started_at: Instant,
    /// Which of the steps is under way.
    pub step: u32,
    /// The steps.
    pub steps: Vec<PlannedStep>,
    /// Those that add no node.
    pub passed_over: Vec<PlannedStep>,
    /// The nodes that get it, or have got it late.
    pub members: BTreeMap<NodeId, Member>,
    /// Whether its gate holds it.
    pub held: bool,
    /// Why it has done what it did, in order.
    pub reasons: VecDeque<(Instant, String)>,
    /// How long the step has taken, up to the last pause.
    taken: Millis,
    /// Since when it goes on; `None`: it is paused.
    going_since: Option<Instant>,
}

/// A node of a rollout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its place in the order.
    pub place: u32,
    /// With whom it goes.
    pub tier: Tier,
    /// Where it stands.
    pub state: MemberState,
    /// Since when.
    pub since: Instant,
    /// The step that has reached it.
    pub step: u32,
    /// Whether it ran the version when it was reached: its counters then begin with the first reading.
    ran_before: bool,
    /// What its replicas have counted since.
    tallies: BTreeMap<u32, Tally>,
    /// The p99 that they gave last.
    p99: BTreeMap<u32, Millis>,
}

impl Member {
    fn new(place: u32, tier: Tier, ran_before: bool, at: Instant) -> Self {
        let state = if ran_before { MemberState::Running } else { MemberState::Waiting };
        let (tallies, p99) = (BTreeMap::new(), BTreeMap::new());
        Self { place, tier, state, since: at, step: 0, ran_before, tallies, p99 }
    }
    /// Whether it is to run the version.
    pub fn is_exposed(&self) -> bool {
        matches!(self.state, MemberState::Ordered | MemberState::Switched | MemberState::Running)
    }
    /// Whether it has let go of what it ran.
    pub fn has_switched(&self) -> bool {
        matches!(self.state, MemberState::Switched | MemberState::Running)
    }
    /// Whether it is on its way.
    pub fn is_under_way(&self) -> bool {
        matches!(self.state, MemberState::Ordered | MemberState::Switched)
    }
    /// Whether it has failed the version.
    pub fn has_failed(&self) -> bool {
        matches!(self.state, MemberState::Failed { .. })
    }
    /// What its replicas have counted.
    pub fn tallies(&self) -> impl Iterator<Item = &Tally> {
        self.tallies.values()
    }
    /// The largest p99 that they gave; `None`: not all of them gave one.
    pub fn p99(&self) -> Option<Millis> {
        (self.p99.len() == self.tallies.len()).then(|| self.p99.values().copied().max())?
    }
    /// Whether these counters say nothing new.
    pub(in crate::edge) fn knows(&self, of: &ReplicaCounters) -> bool {
        let mut with = self.tallies.get(&of.ordinal).copied().unwrap_or_else(|| self.fresh());
        let before = with;
        with.read(of.counters);
        before == with
            && self.tallies.contains_key(&of.ordinal)
            && self.p99.get(&of.ordinal).copied() == of.p99
    }
    fn fresh(&self) -> Tally {
        if self.ran_before { Tally::from_first_reading() } else { Tally::from_nought() }
    }
    fn count(&mut self, of: &ReplicaCounters) {
        let fresh = self.fresh();
        self.tallies.entry(of.ordinal).or_insert(fresh).read(of.counters);
        match of.p99 {
            Some(p99) => _ = self.p99.insert(of.ordinal, p99),
            None => _ = self.p99.remove(&of.ordinal),
        }
    }
}

impl Rollout {
    pub(in crate::edge) fn new(at: Instant, plan: RolloutPlan) -> Self {
        let RolloutPlan { spec, from, artefacts, members, steps, passed_over } = plan;
        let member = |(place, (node, tier, ran)): (u32, (NodeId, Tier, bool))| {
            (node, Member::new(place, tier, ran, at))
        };
        Self {
            spec,
            from,
            artefacts,
            phase: RolloutPhase::Stepping,
            started_at: at,
            step: 0,
            steps,
            passed_over,
            members: (0..).zip(members).map(member).collect(),
            held: false,
            reasons: VecDeque::from([(at, "it begins with its first step".to_owned())]),
            taken: Millis(0),
            going_since: Some(at),
        }
    }

    /// The version that is placed, and that whoever is not reached runs.
    pub fn stable(&self) -> &Version {
        if self.phase == RolloutPhase::Done { &self.spec.to } else { &self.from }
    }

    /// How long the step has taken, pauses not counted.
    pub fn elapsed(&self, now: Instant) -> Millis {
        let going = self.going_since.map_or(Millis(0), |since| now.since(since));
        Millis(self.taken.0.saturating_add(going.0))
    }

    /// Whether what a node says is of the version that is rolled out: of these artefacts, where they have names.
    pub fn is_of(&self, variant: &VariantRef, artefact: Option<ArtefactDigest>) -> bool {
        let named = self.artefacts.iter().find(|(precision, _)| *precision == variant.precision);
        variant.version == self.spec.to && named.is_none_or(|(_, named)| artefact == Some(*named))
    }

    pub(in crate::edge) fn change(&mut self, at: Instant, change: &RolloutChange) {
        match change {
            RolloutChange::Began(_) => {}
            RolloutChange::Turned(trigger, why) => self.turn(at, *trigger, why),
            RolloutChange::Stepped(step, why) => {
                (self.step, self.held) = (*step, false);
                (self.taken, self.going_since) = (Millis(0), Some(at));
                self.note(at, why);
            }
            RolloutChange::Member(node, state) => {
                let (step, place) = (self.step, self.members.len() as u32);
                let late = || Member::new(place, Tier::All, false, at);
                let member = self.members.entry(node.clone()).or_insert_with(late);
                if *state == MemberState::Ordered {
                    (member.step, member.ran_before) = (step, false);
                    (member.tallies, member.p99) = Default::default();
                }
                (member.state, member.since) = (state.clone(), at);
                if let MemberState::Failed { tries, error } = state {
                    self.note(at, &format!("{node} failed it after {tries} tries: {error}"));
                }
            }
            RolloutChange::Counted(all) => {
                for (node, counters) in all {
                    if let Some(member) = self.members.get_mut(node) {
                        member.count(counters);
                    }
                }
            }
            RolloutChange::Held(held, why) => {
                self.held = *held;
                self.note(at, why);
            }
        }
    }

    fn turn(&mut self, at: Instant, trigger: RolloutTrigger, why: &str) {
        let Some(phase) = self.phase.after(trigger) else { return };
        let begins = matches!(phase, RolloutPhase::RollingBack | RolloutPhase::Promoting)
            && trigger != RolloutTrigger::Resume;
        if matches!(phase, RolloutPhase::Paused { .. }) {
            (self.taken, self.going_since) = (self.elapsed(at), None);
        } else {
            self.taken = if begins { Millis(0) } else { self.taken };
            self.going_since = Some(if begins { at } else { self.going_since.unwrap_or(at) });
        }
        (self.phase, self.held) = (phase, false);
        self.note(at, why);
    }

    fn note(&mut self, at: Instant, why: &str) {
        if self.reasons.len() >= REASONS_MAX {
            self.reasons.pop_front();
        }
        self.reasons.push_back((at, why.to_owned()));
    }
}
