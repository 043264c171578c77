//! What the optimum does not cover, refused before anything is searched for.

use crate::day::{Day, Shift, Starting};
use crate::error::SimError;
use crate::options::RunOptions;
use crate::scenario::Scenario;
use paceline_model::limits::{Invalid, Rule, within};
use paceline_plan::PolicyKind;

/// Orders at most: each has some four hundred links, eight bytes each, and every round looks at all of them.
const ORDERS_MAX: usize = 50_000;

/// Errors: a scenario in which vehicles are shared, streets change over the day, or riders call off.
pub(super) fn uncovered(scenario: &Scenario, options: &RunOptions) -> Result<(), SimError> {
    let invalid = |invalid: Invalid| SimError::Invalid { path: scenario.path.clone(), invalid };
    let varied = options.vary(scenario).map_err(invalid)?;
    let one_to_one = || Rule::OneOf("policies without shared rides, for an optimum".into());
    let fleet = &varied.fleet;
    if fleet.policy.kind == PolicyKind::Pooled {
        return Err(invalid(Invalid::new("fleet.policy.kind", fleet.policy.kind, one_to_one())));
    }
    let mut rules = fleet.policy_rules.iter().enumerate();
    if let Some((number, rule)) = rules.find(|(_, rule)| rule.policy.kind == PolicyKind::Pooled) {
        let field = format!("fleet.policy_rules[{number}].policy.kind");
        return Err(invalid(Invalid::new(field, rule.policy.kind, one_to_one())));
    }
    if let Some(profile) = &scenario.speed_profile {
        let rule = Rule::Without { other: "an optimum".into() };
        return Err(invalid(Invalid::new("speed_profile", profile.display(), rule)));
    }
    if options.traffic.is_some() {
        return Err(invalid(Invalid::new("traffic", "given", Rule::Without { other: "an optimum".into() })));
    }
    within("riders.cancel_share", scenario.riders.cancel_share, (0.0, 0.0)).map_err(invalid)?;
    Ok(())
}

/// Errors: more orders than are searched through, none, or vehicles that are not alike or have shifts.
pub(super) fn uncovered_day(scenario: &Scenario, day: &Day) -> Result<(), SimError> {
    let invalid = |invalid| SimError::Invalid { path: scenario.path.clone(), invalid };
    if !(1..=ORDERS_MAX).contains(&day.trips.len()) {
        let rule = Rule::Size { least: 1, most: ORDERS_MAX, unit: "orders, for an optimum".into() };
        return Err(invalid(Invalid::new("trips", day.trips.len(), rule)));
    }
    let offered = |vehicle: &Starting| (vehicle.spec.seats, vehicle.spec.attributes.clone(), vehicle.shift);
    for vehicle in &day.vehicles {
        let other = day.vehicles.first().is_some_and(|first| offered(first) != offered(vehicle));
        if other || vehicle.shift != Shift::default() {
            let rule = Rule::OneOf("vehicles that are alike and work all day, for an optimum".into());
            return Err(invalid(Invalid::new("fleets", &vehicle.spec.id, rule)));
        }
    }
    Ok(())
}
