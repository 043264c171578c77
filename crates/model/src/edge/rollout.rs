//! A rollout: which version a workload is to run instead of the one that it runs, in which steps, and how far that has come.

use super::artefact::ArtefactDigest;
use super::id::{NodeId, WorkloadId};
use super::model::Precision;
use crate::limits::{Invalid, REPLICAS_MAX, ROLLOUT_STEPS_MAX, Rule, at_most, within};
use crate::{Instant, Millis};
use semver::Version;
use serde::{Deserialize, Serialize};

/// What a gate answers when patience is over and not enough is known. Never a pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnPatience {
    /// Stops until there is more evidence, or a person says what to do.
    #[default]
    Hold,
    /// Goes back.
    RollBack,
}

/// What is asked of a version at each step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateRules {
    /// Errors in a thousand requests from which it is bad; up to half of that it is good.
    pub errors_permille_max: u16,
    /// The latency that 99 of 100 requests keep to; `None`: it is not asked.
    pub p99_max: Option<Millis>,
    /// Requests that its nodes serve in a step, at least.
    pub requests_min: u64,
    /// How long a step may take, pauses not counted.
    pub patience: Millis,
    /// What is done then.
    pub on_patience: OnPatience,
    /// Nodes that may fail it, in all steps together.
    pub failures_max: u32,
    /// How often a good version is rolled back at a step at most, in a thousand.
    pub alarm_permille: u16,
    /// How often a bad one passes a step at most, in a thousand.
    pub miss_permille: u16,
}

/// The fields' own experience: 2 % of errors, 200 requests and a quarter of an hour; one wrong answer in a hundred either way.
impl Default for GateRules {
    fn default() -> Self {
        Self {
            errors_permille_max: 20,
            p99_max: None,
            requests_min: 200,
            patience: Millis::from_secs(900),
            on_patience: OnPatience::Hold,
            failures_max: 0,
            alarm_permille: 10,
            miss_permille: 10,
        }
    }
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RolloutSpec {
    /// Of which workload.
    pub workload: WorkloadId,
    /// The version that it is to run.
    pub to: Version,
    /// Parts of all nodes, rising to 100; empty: by the nodes' networks.
    pub percents: Vec<u8>,
    /// Nodes that may be on their way to it at once.
    pub unavailable_max: u32,
    /// What it is held to.
    pub gate: GateRules,
}

impl RolloutSpec {
    /// Errors: steps that do not rise to 100, or too many; a bound outside its range.
    pub fn validate(self) -> Result<Self, Invalid> {
        at_most("steps_percent", self.percents.len(), ROLLOUT_STEPS_MAX)?;
        let rises = self.percents.windows(2).all(|pair| pair[0] < pair[1]);
        let begins = self.percents.first().is_none_or(|first| *first > 0);
        let ends = self.percents.last().is_none_or(|last| *last == 100);
        if !(rises && begins && ends) {
            let rule = Rule::Shape("must rise from at least 1 to 100".into());
            return Err(Invalid::new("steps_percent", format!("{:?}", self.percents), rule));
        }
        within("unavailable_max", f64::from(self.unavailable_max), (1.0, f64::from(REPLICAS_MAX)))?;
        self.gate.check().map_err(|invalid| invalid.within("gate"))?;
        Ok(self)
    }
}

impl GateRules {
    fn check(&self) -> Result<(), Invalid> {
        within("errors_permille_max", f64::from(self.errors_permille_max), (1.0, 500.0))?;
        within("p99_ms_max", f64::from(self.p99_max.map_or(1, |most| most.0)), (1.0, 3_600_000.0))?;
        within("requests_min", self.requests_min as f64, (1.0, 1e9))?;
        within("patience_s", f64::from(self.patience.0) / 1e3, (10.0, 604_800.0))?;
        within("failures_max", f64::from(self.failures_max), (0.0, f64::from(REPLICAS_MAX)))?;
        within("alarm_permille", f64::from(self.alarm_permille), (1.0, 200.0))?;
        within("miss_permille", f64::from(self.miss_permille), (1.0, 200.0))?;
        Ok(())
    }
}

/// Which nodes go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// All are alike.
    All,
    /// On a cable.
    Wired,
    /// On a radio with a good signal.
    GoodRadio,
    /// On another, or one of which nothing is known.
    WeakRadio,
    /// On a narrow band.
    Narrowband,
}

/// One step: the first so many nodes of a tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedStep {
    /// Of which tier.
    pub tier: Tier,
    /// As it was asked for; `None`: doubled, or all at once.
    pub percent: Option<u8>,
    /// Nodes of the tier that are exposed then.
    pub upto: u32,
}

/// What a process has counted since it was loaded. `None`: unknown, and not 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Requests.
    pub requests: Option<u64>,
    /// Of these, those that were not answered as they should.
    pub errors: Option<u64>,
    /// Of these, those that took longer than the bound.
    pub slow: Option<u64>,
}

/// Where a rollout stands.
///
/// ```text
///   Stepping --Promote--> Promoting --Finish--> Done          Stepping --Finish--> Done
///      |  ^                  |  ^
///    Pause Resume          Pause Resume        Paused --Promote--> Promoting
///      v  |                  v  |
///     Paused               Paused (promoting)
///
///   Stepping, Paused, Promoting --Abort, Fail--> RollingBack --Restore--> RolledBack
/// ```
/// What has ended stays until the next one of its workload begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RolloutPhase {
    /// Step by step, a gate behind each.
    Stepping,
    /// Nobody gets it now; until a time, or until a person says so.
    Paused {
        /// `None`: until a person says so.
        until: Option<Instant>,
        /// Whether it goes on to all nodes then.
        promoting: bool,
    },
    /// To all nodes, by a person's word.
    Promoting,
    /// Back to the version before.
    RollingBack,
    /// It is the stable version now.
    Done,
    /// The version before is the stable one.
    RolledBack,
}

/// What can happen to a rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RolloutTrigger {
    /// Nobody gets it, until a time or a person's word.
    Pause(Option<Instant>),
    /// It goes on.
    Resume,
    /// To all, by a person's word.
    Promote,
    /// Back, by a person's word.
    Abort,
    /// Back, by a gate.
    Fail,
    /// All that can be reached run it.
    Finish,
    /// All that can be reached run the version before.
    Restore,
}

impl RolloutPhase {
    /// The phase after `trigger`, or `None` if that cannot happen here.
    pub fn after(self, trigger: RolloutTrigger) -> Option<Self> {
        use RolloutTrigger as T;
        match (self, trigger) {
            (Self::Stepping, T::Pause(until)) => Some(Self::Paused { until, promoting: false }),
            (Self::Promoting, T::Pause(until)) => Some(Self::Paused { until, promoting: true }),
            // A person's pause is the stronger one: it ends by a person's word.
            (Self::Paused { until: Some(_), promoting }, T::Pause(until)) => {
                Some(Self::Paused { until, promoting })
            }
            (Self::Paused { promoting: false, .. }, T::Resume) => Some(Self::Stepping),
            (Self::Paused { promoting: true, .. }, T::Resume)
            | (Self::Stepping | Self::Paused { .. }, T::Promote) => Some(Self::Promoting),
            (Self::Stepping | Self::Paused { .. } | Self::Promoting, T::Abort | T::Fail) => {
                Some(Self::RollingBack)
            }
            (Self::Stepping | Self::Promoting, T::Finish) => Some(Self::Done),
            (Self::RollingBack, T::Restore) => Some(Self::RolledBack),
            (Self::Paused { until: None, .. }, T::Pause(_))
            | (Self::Stepping | Self::Promoting, T::Resume)
            | (Self::Promoting, T::Promote)
            | (Self::Paused { .. }, T::Finish)
            | (Self::Stepping | Self::Paused { .. } | Self::Promoting, T::Restore)
            | (Self::RollingBack, T::Pause(_) | T::Resume | T::Promote | T::Abort | T::Fail | T::Finish)
            | (Self::Done | Self::RolledBack, _) => None,
        }
    }

    /// Whether nothing more comes of it.
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Done | Self::RolledBack)
    }
}

/// Where a node stands in a rollout.
///
/// `Waiting -> Ordered -> Switched -> Running`; `Failed` from anywhere behind `Ordered`; a node that falls silent before it has switched is
/// `Waiting` again, and one that is ordered back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberState {
    /// It runs what it ran.
    Waiting,
    /// It is to run the version, and what it runs is what it ran, as far as is known.
    Ordered,
    /// It has let go of what it ran: what it runs is unknown.
    Switched,
    /// It runs the version, and has answered a probe rightly.
    Running,
    /// It went back by itself, or answered wrongly. Nothing offers it again but a new order.
    Failed {
        /// After so many tries.
        tries: u32,
        /// In its words.
        error: String,
    },
}

/// What one replica's counters said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplicaCounters {
    /// Which replica of the workload.
    pub ordinal: u32,
    /// What they said.
    pub counters: Counters,
    /// The p99 that the node gives.
    pub p99: Option<Millis>,
}

/// What is to be done, told before it begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RolloutPlan {
    /// What was asked for.
    pub spec: RolloutSpec,
    /// The version before.
    pub from: Version,
    /// What the version's variants are: evidence belongs to these.
    pub artefacts: Vec<(Precision, ArtefactDigest)>,
    /// The nodes that get it, in order; with `true` those that run it already.
    pub members: Vec<(NodeId, Tier, bool)>,
    /// The steps.
    pub steps: Vec<PlannedStep>,
    /// Those that add no node.
    pub passed_over: Vec<PlannedStep>,
}

/// Something that has happened in a rollout. New variants follow at the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RolloutChange {
    /// It begins.
    Began(Box<RolloutPlan>),
    /// It has gone a step of its lifecycle, and why.
    Turned(RolloutTrigger, String),
    /// The next of its steps begins, and why.
    Stepped(u32, String),
    /// A node stands elsewhere.
    Member(NodeId, MemberState),
    /// What nodes have counted.
    Counted(Vec<(NodeId, ReplicaCounters)>),
    /// Its gate holds it, or does so no longer, and why.
    Held(bool, String),
}

/// What a person may do with a rollout that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RolloutOrder {
    /// Nobody gets it now, for so long or until a person says so.
    Pause(Option<Millis>),
    /// It goes on.
    Resume,
    /// Back.
    Abort,
    /// To all nodes, whatever the gate says.
    Promote,
}

impl std::fmt::Display for RolloutOrder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Pause(_) => "pause",
            Self::Resume => "resume",
            Self::Abort => "abort",
            Self::Promote => "promote",
        })
    }
}
