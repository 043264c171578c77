//! What a role may be bound to: one set of rules for keys, certificates and tokens.

use paceline_api::Role;
use paceline_model::edge::NodeId;
use paceline_model::{Invalid, Rule, VehicleId};

/// Most requests a second that anybody can be given.
const RATE_MAX: u32 = 1_000_000;

/// Errors: a vehicle's role that is for no vehicle, or another that is for one; the same of a node; a rate beyond reason.
pub(super) fn validate(
    role: Role,
    vehicle: Option<&VehicleId>,
    node: Option<&NodeId>,
    rate: Option<u32>,
) -> Result<(), Invalid> {
    if let Some(rate) = rate
        && !(1..=RATE_MAX).contains(&rate)
    {
        let rule = Rule::Within { low: 1.0, high: RATE_MAX.into() };
        return Err(Invalid::new("requests_per_second", rate, rule));
    }
    bound(role, (Role::Vehicle, "vehicle"), vehicle)?;
    bound(role, (Role::Node, "node"), node)
}

/// Errors: a role that speaks only for itself, and does not say for whom; another that says so.
fn bound(role: Role, (of, field): (Role, &str), name: Option<&impl ToString>) -> Result<(), Invalid> {
    match name {
        None if role == of => {
            let rule = Rule::Shape(format!("must be given: a {field} speaks only for itself"));
            Err(Invalid::new(field, "left out", rule))
        }
        Some(name) if role != of => {
            Err(Invalid::new(field, name.to_string(), Rule::Without { other: format!("role {role}") }))
        }
        _ => Ok(()),
    }
}
