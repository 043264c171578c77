//! What a role may be bound to: one set of rules for keys, certificates and tokens.

use paceline_api::Role;
use paceline_model::{Invalid, Rule, VehicleId};

/// Most requests a second that anybody can be given.
const RATE_MAX: u32 = 1_000_000;

/// Errors: a vehicle's role that is for no vehicle, or another that is for one; a rate beyond reason.
pub(super) fn validate(role: Role, vehicle: Option<&VehicleId>, rate: Option<u32>) -> Result<(), Invalid> {
    if let Some(rate) = rate
        && !(1..=RATE_MAX).contains(&rate)
    {
        let rule = Rule::Within { low: 1.0, high: RATE_MAX.into() };
        return Err(Invalid::new("requests_per_second", rate, rule));
    }
    match (role, vehicle) {
        (Role::Vehicle, None) => {
            let rule = Rule::Shape("must be given: a vehicle speaks only for itself".into());
            Err(Invalid::new("vehicle", "left out", rule))
        }
        (Role::Vehicle, Some(_)) | (_, None) => Ok(()),
        (role, Some(vehicle)) => {
            Err(Invalid::new("vehicle", vehicle, Rule::Without { other: format!("role {role}") }))
        }
    }
}
