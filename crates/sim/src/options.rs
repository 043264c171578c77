//! What a run may vary of its scenario: how the day is drawn, another policy, a shadow, and what is done beyond matching.
//! Filled in by `paceline sim`, tests and benchmarks.

use crate::day::Draw;
use crate::scenario::{Regions, Scenario};
use crate::traffic::TrafficOptions;
use paceline_engine::FleetOptions;
use paceline_model::Invalid;
use paceline_plan::PolicyKind;
use paceline_plan::forecast::ValueFunction;
use paceline_plan::policy::HoldSpec;
use std::path::PathBuf;
use std::sync::Arc;

/// What a run may vary of its scenario.
#[derive(Clone, Debug, Default)]
pub struct RunOptions {
    /// Fleet, demand, seed, time of day.
    pub draw: Draw,
    /// What vehicles are worth where and when, for policies that look ahead.
    pub values: Option<Arc<ValueFunction>>,
    /// Whether orders may wait for vehicles that will soon be free, instead of as the scenario says.
    pub hold: Option<bool>,
    /// Whether orders may be moved to another vehicle than is on its way to them, instead of as the scenario says.
    pub reassign: Option<bool>,
    /// Whether idle vehicles are sent to where riders are expected, instead of as the scenario says.
    pub rebalance: Option<bool>,
    /// Another policy than the scenario's, for all orders at all times.
    pub policy: Option<PolicyKind>,
    /// A policy that is solved beside the live one, instead of the scenario's shadow.
    pub shadow: Option<PolicyKind>,
    /// Traffic that the streets were not imported with, and whether the fleet is its own sensor.
    pub traffic: Option<TrafficOptions>,
    /// As how many regions the city is played, cut so that each has as many pick-ups, instead of as the scenario says.
    pub regions: Option<u32>,
    /// Writes the run's journal into this directory, which must be empty or absent; that of each of several regions into one of its name
    /// in it.
    pub journal: Option<PathBuf>,
}

impl RunOptions {
    /// The scenario as a run with these options plays it.
    ///
    /// Errors: the fleet's settings break a rule together with what was asked for.
    pub fn vary(&self, scenario: &Scenario) -> Result<Scenario, Invalid> {
        let mut scenario = scenario.clone();
        let dropoff_dwell = scenario.drivers.dropoff_dwell;
        if let Some(number) = self.regions {
            scenario.regions = Regions { number, areas: Vec::new(), ..scenario.regions };
            scenario.regions.validate().map_err(|invalid| invalid.within("regions"))?;
        }
        let fleet = &mut scenario.fleet;
        self.change_policies(fleet);
        if self.values.is_some() {
            fleet.policy.look_ahead.get_or_insert_default();
        }
        match self.hold {
            // What a drop-off takes is the drivers' business, and the engine is told what is true.
            Some(true) => {
                _ = fleet.policy.hold.get_or_insert(HoldSpec { dropoff_dwell, ..HoldSpec::default() })
            }
            Some(false) => fleet.policy.hold = None,
            None => {}
        }
        match self.reassign {
            // Shared rides are moved by their own rules.
            Some(true) if fleet.policy.kind == PolicyKind::Pooled => {}
            Some(true) => _ = fleet.policy.reassign.get_or_insert_default(),
            Some(false) => fleet.policy.reassign = None,
            None => {}
        }
        match self.rebalance {
            Some(true) => _ = fleet.rebalance.get_or_insert_default(),
            Some(false) => fleet.rebalance = None,
            None => {}
        }
        scenario.fleet.clone().validate().map_err(|invalid| invalid.within("fleet"))?;
        Ok(scenario)
    }

    /// A policy for all orders at all times, and a shadow, each as the scenario's own but for its kind.
    fn change_policies(&self, fleet: &mut FleetOptions) {
        if let Some(kind) = self.shadow {
            fleet.shadow_policy = Some(fleet.policy.clone().of_kind(kind));
        }
        if let Some(kind) = self.policy {
            fleet.policy = fleet.policy.clone().of_kind(kind);
            fleet.policy_rules.clear();
        }
    }
}
