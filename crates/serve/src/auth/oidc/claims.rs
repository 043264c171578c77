//! What a token that is believed says of its bearer.

use super::super::grant;
use super::super::principal::Principal;
use super::options::OidcOptions;
use paceline_api::Role;
use paceline_model::{RegionId, VehicleId};
use serde_json::{Map, Value};

/// What the issuer has signed.
pub(super) type Claims = Map<String, Value>;

/// Most of a subject's name that is shown.
const NAME_CHARS_MAX: usize = 100;

/// Who bears a token of these claims. Errors: in words, why they may ask nothing here.
pub(super) fn principal(claims: &Claims, options: &OidcOptions) -> Result<Principal, String> {
    let subject: String =
        claims.get("sub").and_then(Value::as_str).unwrap_or_default().chars().take(NAME_CHARS_MAX).collect();
    let role = role(claims, options)?;
    let vehicle = match (role, at(claims, &options.vehicle_claim)) {
        (Role::Vehicle, Some(id)) => Some(vehicle(id, &options.vehicle_claim)?),
        _ => None,
    };
    if role == Role::Node {
        return Err("its role is node, and nodes say who they are by a key or a certificate".into());
    }
    grant::validate(role, vehicle.as_ref(), None, None)
        .map_err(|_| format!("its role is vehicle, and its claim {} names none", options.vehicle_claim))?;
    let regions = match at(claims, &options.regions_claim) {
        None => Vec::new(),
        Some(named) => regions(named, &options.regions_claim)?,
    };
    Ok(Principal { name: format!("token {subject}"), role, regions, vehicle, node: None, rate: None })
}

/// The one role that the claim means here.
fn role(claims: &Claims, options: &OidcOptions) -> Result<Role, String> {
    let claim = &options.role_claim;
    let means = |text: &String| match options.roles.is_empty() {
        true => text.parse().ok(),
        false => options.roles.get(text).copied(),
    };
    let said = at(claims, claim).and_then(texts).unwrap_or_default();
    let mut roles: Vec<Role> = said.iter().filter_map(means).collect();
    roles.sort_unstable();
    roles.dedup();
    match roles[..] {
        [role] => Ok(role),
        [] => Err(format!("its claim {claim} names no role of this server")),
        // Which one is meant is the issuer's to say: the wider one may be a mistake.
        _ => {
            let names: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
            Err(format!("its claim {claim} names several roles of this server: {}", names.join(", ")))
        }
    }
}

fn vehicle(id: &Value, claim: &str) -> Result<VehicleId, String> {
    let id = id.as_str().and_then(|id| VehicleId::new(id).ok());
    id.ok_or_else(|| format!("its claim {claim} is no vehicle's name"))
}

/// At least one: a token that may ask no region is not one that may ask all.
fn regions(named: &Value, claim: &str) -> Result<Vec<RegionId>, String> {
    let texts = texts(named).filter(|texts| !texts.is_empty());
    let regions = texts.and_then(|texts| texts.iter().map(|text| RegionId::new(text).ok()).collect());
    regions.ok_or_else(|| format!("its claim {claim} is no list of regions' names"))
}

/// A claim by its path.
fn at<'a>(claims: &'a Claims, path: &str) -> Option<&'a Value> {
    if let Some(value) = claims.get(path) {
        // Also names with points in them, such as `https://fleet.example/role`.
        return Some(value);
    }
    let mut parts = path.split('.');
    let first = claims.get(parts.next()?)?;
    parts.try_fold(first, |value, part| value.get(part))
}

/// A text, or a list of texts; `None`: anything else.
fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(items) => items.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(claims: Value, change: fn(&mut OidcOptions), expected: &str) {
        let mut options = OidcOptions::of("https://id.example", "dispatch");
        change(&mut options);
        let Value::Object(map) = &claims else { panic!("claims are an object") };
        let said = match principal(map, &options) {
            Ok(of) => format!("{}: {} {:?} {:?}", of.name, of.role, of.vehicle, of.regions),
            Err(why) => why,
        };
        assert_eq!(said, expected, "{claims}");
    }

    #[test]
    fn a_token_has_one_role_and_what_that_is_bound_to() {
        let usual = |_: &mut OidcOptions| {};
        check(json!({ "sub": "a", "role": "rider" }), usual, "token a: rider None []");
        check(json!({ "sub": "a", "role": ["auditor", "other"] }), usual, "token a: auditor None []");
        check(
            json!({ "sub": "a", "role": "vehicle", "vehicle": "v1" }),
            usual,
            "token a: vehicle Some(VehicleId(\"v1\")) []",
        );
        check(
            json!({ "sub": "a", "role": "operator", "regions": ["east"], "vehicle": "v1" }),
            usual,
            "token a: operator None [RegionId(\"east\")]",
        );
        check(json!({ "sub": "a" }), usual, "its claim role names no role of this server");
        check(json!({ "sub": "a", "role": 7 }), usual, "its claim role names no role of this server");
        check(
            json!({ "sub": "a", "role": ["rider", "admin"] }),
            usual,
            "its claim role names several roles of this server: rider, admin",
        );
        check(
            json!({ "sub": "a", "role": "vehicle" }),
            usual,
            "its role is vehicle, and its claim vehicle names none",
        );
        check(
            json!({ "sub": "a", "role": "vehicle", "vehicle": 7 }),
            usual,
            "its claim vehicle is no vehicle's name",
        );
        check(
            json!({ "sub": "a", "role": "rider", "regions": [] }),
            usual,
            "its claim regions is no list of regions' names",
        );
    }

    #[test]
    fn roles_may_have_other_names_in_another_place() {
        let mapped = |options: &mut OidcOptions| {
            options.role_claim = "realm_access.roles".into();
            options.roles.insert("fleet-desk".into(), Role::Operator);
        };
        let said = json!({ "sub": "a", "realm_access": { "roles": ["offline_access", "fleet-desk"] } });
        check(said, mapped, "token a: operator None []");
        let own = json!({ "sub": "a", "realm_access": { "roles": ["admin"] } });
        check(own, mapped, "its claim realm_access.roles names no role of this server");
        let by_url = |options: &mut OidcOptions| options.role_claim = "https://fleet.example/role".into();
        check(json!({ "sub": "a", "https://fleet.example/role": "rider" }), by_url, "token a: rider None []");
    }
}
