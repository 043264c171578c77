//! Rollouts: what is asked for, what would be done, and how far it has come.

use super::at;
use super::model::version;
use crate::mirror::mirror;
use crate::schema;
use paceline_model::edge::{self as model, GateRules, RolloutSpec, WorkloadId};
use paceline_model::{Instant, Invalid, Millis, Rule};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

mirror! {
    /// What a gate does when patience is over and not enough is known. Never a pass.
    OnPatience beside paceline_model::edge::OnPatience {
        /// Stops until there is more evidence, or a person says what to do.
        Hold,
        /// Goes back.
        RollBack,
    }
}

mirror! {
    /// Which nodes go together.
    Tier beside paceline_model::edge::Tier {
        /// All are alike.
        All,
        /// On a cable.
        Wired,
        /// On a radio above −65 dBm.
        GoodRadio,
        /// On another, or one of which nothing is known.
        WeakRadio,
        /// On a narrow band.
        Narrowband,
    }
}

/// What a version is held to at each step. What is left out has its default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NewGate {
    /// Errors in a thousand requests from which it is bad (20); up to half of that it is good.
    pub errors_permille_max: Option<u16>,
    /// The latency that 99 of 100 requests keep to; left out, it is not asked.
    pub p99_ms_max: Option<u32>,
    /// Requests that the nodes of a step serve at least (200).
    pub requests_min: Option<u64>,
    /// How long a step may take, pauses not counted (900).
    pub patience_s: Option<u32>,
    /// What is done then.
    pub on_patience: Option<OnPatience>,
    /// Nodes that may fail it, in all steps together (0).
    pub failures_max: Option<u32>,
    /// How often a good version is rolled back at a step at most, in a thousand (10).
    pub alarm_permille: Option<u16>,
    /// How often a bad one passes a step at most, in a thousand (10).
    pub miss_permille: Option<u16>,
}

/// A rollout that is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRollout {
    /// Of which workload.
    pub workload: String,
    /// The version that it is to run; one that the workload allows.
    pub version: String,
    /// Parts of all nodes, rising to 100; left out: 10, 50, 100.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub steps_percent: Option<Vec<u8>>,
    /// By the nodes' networks instead: wired ones at once, radios by their signal, narrow bands last.
    #[serde(default)]
    pub by_network: bool,
    /// Nodes that may be on their way to it at once (4).
    #[serde(default)]
    pub unavailable_max: Option<u32>,
    /// What it is held to.
    #[serde(default)]
    pub gate: NewGate,
}

/// How long a pause lasts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RolloutPause {
    /// In seconds; left out: until it is resumed.
    pub seconds: Option<u32>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RolloutStep {
    /// Of which nodes.
    pub tier: Tier,
    /// As it was asked for; null: doubled, or all at once.
    pub percent: Option<u8>,
    /// How many nodes it adds; 0: it is passed over.
    pub adds: u32,
    /// Which, if all can be reached when their turn comes; at most 1,000.
    pub nodes: Vec<String>,
}

/// What a rollout would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RolloutPlanView {
    /// Of which workload.
    pub workload: String,
    /// The version before.
    pub from: String,
    /// The version after.
    pub to: String,
    /// Whether it is under way already: nothing is begun a second time.
    pub under_way: bool,
    /// The steps, in order.
    pub steps: Vec<RolloutStep>,
    /// What is to be known beforehand, in words.
    pub remarks: Vec<String>,
}

/// Why it has done what it did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RolloutReason {
    /// When.
    #[schema(value_type = schema::Time)]
    pub at: Instant,
    /// Why, in words.
    pub why: String,
}

/// A node in a rollout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RolloutNode {
    /// Which node.
    pub node: String,
    /// `waiting`, `ordered`, `switched`, `running` or `failed`.
    pub state: String,
    /// Since when.
    #[schema(value_type = schema::Time)]
    pub since: Instant,
    /// What it was ordered to run; null: nothing of the workload.
    pub ordered: Option<String>,
    /// What it runs by its own word; null: unknown.
    pub runs: Option<String>,
    /// Whether it is silent.
    pub silent: bool,
    /// After so many tries it gave up.
    pub tries: Option<u32>,
    /// Its last error.
    pub error: Option<String>,
}

/// A rollout in a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RolloutSummary {
    /// Of which workload; its name too.
    #[schema(value_type = schema::Id)]
    pub workload: String,
    /// The version before.
    pub from: String,
    /// The version after.
    pub to: String,
    /// `stepping`, `paused`, `promoting`, `rolling_back`, `done` or `rolled_back`.
    pub phase: String,
    /// Whether its gate holds it.
    pub held: bool,
    /// Which step is under way, from 1.
    pub step: u32,
    /// Of how many.
    pub steps: u32,
    /// When it began.
    #[schema(value_type = schema::Time)]
    pub started_at: Instant,
}

/// Rollouts: of each workload the last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RolloutsView {
    /// By workload; at most 1,000, those that are under way first.
    pub rollouts: Vec<RolloutSummary>,
}

/// How a rollout stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RolloutView {
    /// In a line.
    pub summary: RolloutSummary,
    /// When its pause ends by itself.
    #[schema(value_type = Option<schema::Time>)]
    pub paused_until: Option<Instant>,
    /// What it waits for now, in words; null: for nothing.
    pub waits_for: Option<String>,
    /// Its steps.
    pub planned: Vec<RolloutStep>,
    /// Its nodes, in order; at most 1,000.
    pub nodes: Vec<RolloutNode>,
    /// Nodes that run another version and follow when it is done and they can be reached; at most 1,000.
    pub behind: Vec<String>,
    /// What it has done, and why, in order.
    pub reasons: Vec<RolloutReason>,
}

impl NewRollout {
    /// What is asked for. Errors: a value breaks a rule.
    pub fn spec(&self) -> Result<RolloutSpec, Invalid> {
        if self.by_network && self.steps_percent.is_some() {
            let rule = Rule::Without { other: "by_network".into() };
            return Err(Invalid::new("steps_percent", format!("{:?}", self.steps_percent), rule));
        }
        let percents = match (&self.steps_percent, self.by_network) {
            (_, true) => Vec::new(),
            (Some(percents), _) if percents.is_empty() => vec![0],
            (Some(percents), _) => percents.clone(),
            (None, _) => vec![10, 50, 100],
        };
        let spec = RolloutSpec {
            workload: at("workload", WorkloadId::new(&self.workload))?,
            to: version("version", &self.version)?,
            percents,
            unavailable_max: self.unavailable_max.unwrap_or(4),
            gate: self.gate.rules(),
        };
        spec.validate()
    }
}

impl NewGate {
    fn rules(&self) -> GateRules {
        let usual = GateRules::default();
        GateRules {
            errors_permille_max: self.errors_permille_max.unwrap_or(usual.errors_permille_max),
            p99_max: self.p99_ms_max.map(Millis),
            requests_min: self.requests_min.unwrap_or(usual.requests_min),
            patience: self.patience_s.map_or(usual.patience, |seconds| Millis(seconds.saturating_mul(1_000))),
            on_patience: self.on_patience.map_or(usual.on_patience, Into::into),
            failures_max: self.failures_max.unwrap_or(usual.failures_max),
            alarm_permille: self.alarm_permille.unwrap_or(usual.alarm_permille),
            miss_permille: self.miss_permille.unwrap_or(usual.miss_permille),
        }
    }
}

impl RolloutPause {
    /// The order that is meant.
    pub fn order(&self) -> model::RolloutOrder {
        model::RolloutOrder::Pause(self.seconds.map(|seconds| Millis(seconds.saturating_mul(1_000))))
    }
}

/// A phase in a word.
pub fn phase(of: model::RolloutPhase) -> &'static str {
    match of {
        model::RolloutPhase::Stepping => "stepping",
        model::RolloutPhase::Paused { .. } => "paused",
        model::RolloutPhase::Promoting => "promoting",
        model::RolloutPhase::RollingBack => "rolling_back",
        model::RolloutPhase::Done => "done",
        model::RolloutPhase::RolledBack => "rolled_back",
    }
}

/// Where a node stands, in a word.
pub fn member_state(of: &model::MemberState) -> &'static str {
    match of {
        model::MemberState::Waiting => "waiting",
        model::MemberState::Ordered => "ordered",
        model::MemberState::Switched => "switched",
        model::MemberState::Running => "running",
        model::MemberState::Failed { .. } => "failed",
    }
}
