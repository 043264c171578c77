//! The policies of one round: the usual one, and those of areas, which hold for the orders picked up in them.

use super::{HoldSpec, Policy, PolicySpec};
use crate::rows::Demand;
use paceline_model::{Geofence, GeofenceId, Instant, Millis, Tag};
use std::sync::Arc;

/// A policy for the orders that are picked up in an area.
#[derive(Clone, Debug, PartialEq)]
pub struct AreaPolicy {
    /// The rule that says so.
    pub rule: Tag,
    /// Where.
    pub area: GeofenceId,
    /// What holds there.
    pub policy: PolicySpec,
}

/// Which policy holds for which order of a round. All are of one kind where there are several, so that prices add up.
#[derive(Clone, Debug, PartialEq)]
pub struct Policies {
    usual: PolicySpec,
    areas: Vec<AreaPolicy>,
    /// Per policy, the usual one first: its name, with the rule that set it.
    names: Vec<String>,
    /// Above any price of a pair under any of them: nobody is left out because another area weighs things heavier.
    base: i64,
}

impl From<PolicySpec> for Policies {
    fn from(usual: PolicySpec) -> Self {
        Self::new(usual, None, Vec::new())
    }
}

impl Policies {
    /// `rule` is the one that set `usual`, if one did; `areas` by falling precedence.
    pub fn new(usual: PolicySpec, rule: Option<Tag>, areas: Vec<AreaPolicy>) -> Self {
        let named = |policy: &PolicySpec, rule: Option<&Tag>| match rule {
            Some(rule) => format!("{}/{rule}", policy.name()),
            None => policy.name().to_owned(),
        };
        let mut names = vec![named(&usual, rule.as_ref())];
        names.extend(areas.iter().map(|area| named(&area.policy, Some(&area.rule))));
        let base = areas.iter().map(|area| area.policy.base()).fold(usual.base(), i64::max);
        Self { usual, areas, names, base }
    }

    /// What holds where no area's policy does, and for all that is not about one order.
    pub fn usual(&self) -> &PolicySpec {
        &self.usual
    }
    /// Names of all of them, the usual one first: `weighted`, or `weighted/airport` where the rule `airport` set it.
    pub fn names(&self) -> &[String] {
        &self.names
    }
    /// The longest drive to a pick-up that any of them allows.
    pub fn pickup_time_max(&self) -> Millis {
        self.all().map(|policy| policy.pickup_time_max).fold(Millis::ZERO, Millis::max)
    }
    /// How long orders wait for vehicles that will soon be free, where any policy lets them: the longest wait.
    pub fn hold(&self) -> Option<HoldSpec> {
        self.all().filter_map(|policy| policy.hold).max_by_key(|hold| hold.wait_max)
    }
    /// All of them, the usual one first.
    pub fn all(&self) -> impl Iterator<Item = &PolicySpec> {
        std::iter::once(&self.usual).chain(self.areas.iter().map(|area| &area.policy))
    }
    /// The number of the policy that holds for `order`. `geofences` by id; nothing is inside an area that is not known.
    pub(crate) fn number(&self, geofences: &[Arc<Geofence>], order: &Demand) -> u32 {
        let inside = |area: &AreaPolicy| {
            let known = geofences.binary_search_by(|known| known.id().cmp(&area.area));
            known.is_ok_and(|row| geofences[row].contains(order.spec.pickup))
        };
        self.areas.iter().position(inside).map_or(0, |row| row as u32 + 1)
    }
    /// The policy of that number.
    pub(crate) fn get(&self, number: u32) -> &PolicySpec {
        match number.checked_sub(1) {
            None => &self.usual,
            Some(row) => &self.areas[row as usize].policy,
        }
    }
    /// The policy that holds for `order`.
    pub(crate) fn of(&self, geofences: &[Arc<Geofence>], order: &Demand) -> &PolicySpec {
        self.get(self.number(geofences, order))
    }
    /// Above the price of leaving out any order but one that a vehicle is on its way to.
    pub(crate) fn base(&self) -> i64 {
        self.base
    }
    /// The price of leaving `order`, for which policy `number` holds, for a later round.
    pub(crate) fn unserved(&self, number: u32, at: Instant, order: &Demand) -> i64 {
        self.get(number).unserved_above(self.base, at, order)
    }
}
