//! What claims were given, judged as a whole: every device by what its driver and its claim say, all shares of it together.
//!
//! What an expression says of a device is asked of the one language that there is here (`expression`); everything else is read anew.

use super::placed::Placed;
use super::pools::{Pools, Unit, amount, reaches};
use super::violation::Violation;
use crate::amount::Amount;
use crate::expression::Expression;
use k8s_openapi::api::resource::v1::{
    CapacityRequestPolicy, DeviceConstraint, DeviceRequestAllocationResult, DeviceSubRequest, DeviceTaint,
    DeviceToleration, ExactDeviceRequest, ResourceClaim,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use std::collections::{BTreeMap, BTreeSet};

/// One way to meet a request, as the API has it.
struct Way {
    /// As allocations name it.
    name: String,
    of: DeviceSubRequest,
}

impl Way {
    fn is_all(&self) -> bool {
        self.of.allocation_mode.as_deref() == Some("All")
    }

    fn count(&self) -> usize {
        usize::try_from(self.of.count.unwrap_or(1)).unwrap_or(0)
    }

    /// How much is asked for, by the name that the request has for it.
    fn capacity(&self) -> impl Iterator<Item = (&String, &Quantity)> {
        self.of.capacity.iter().flat_map(|capacity| capacity.requests.iter().flatten())
    }
}

/// By request, the ways to meet it.
fn requests(claim: &ResourceClaim) -> Vec<Vec<Way>> {
    let requests = claim.spec.devices.iter().flat_map(|devices| devices.requests.iter().flatten());
    let ways = requests.map(|request| {
        let exactly = request.exactly.iter().map(|one| Way { name: request.name.clone(), of: one_way(one) });
        let first = request.first_available.iter().flatten();
        let first = first.map(|one| Way { name: format!("{}/{}", request.name, one.name), of: one.clone() });
        exactly.chain(first).collect()
    });
    ways.collect()
}

fn one_way(of: &ExactDeviceRequest) -> DeviceSubRequest {
    DeviceSubRequest {
        name: String::new(),
        device_class_name: of.device_class_name.clone(),
        selectors: of.selectors.clone(),
        allocation_mode: of.allocation_mode.clone(),
        count: of.count,
        capacity: of.capacity.clone(),
        tolerations: of.tolerations.clone(),
    }
}

fn results(claim: &ResourceClaim) -> impl Iterator<Item = &DeviceRequestAllocationResult> {
    let allocation = claim.status.as_ref().and_then(|status| status.allocation.as_ref());
    allocation.and_then(|of| of.devices.as_ref()).into_iter().flat_map(|of| of.results.iter().flatten())
}

pub(super) fn name_of(claim: &ResourceClaim) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    format!("{}/{}", text(&claim.metadata.namespace), text(&claim.metadata.name))
}

/// Everything that was given as a rule forbids it.
pub(super) fn all(placed: &Placed<'_>) -> Vec<Violation> {
    let pools = Pools::of(placed.slices);
    let mut found = Vec::new();
    for claim in placed.claims {
        let rules = of_claim(placed, &pools, claim);
        let violation =
            |rule| Violation { subject: format!("resource claim {}", name_of(claim)), node: None, rule };
        found.extend(rules.into_iter().map(violation));
    }
    let violation = |(subject, rule)| Violation { subject, node: None, rule };
    found.extend(of_devices(placed, &pools).into_iter().map(violation));
    found
}

fn of_claim(placed: &Placed<'_>, pools: &Pools<'_>, claim: &ResourceClaim) -> Vec<&'static str> {
    let results: Vec<_> = results(claim).collect();
    let has_any = claim.status.as_ref().is_some_and(|status| status.allocation.is_some());
    if !has_any {
        return Vec::new();
    }
    let requests = requests(claim);
    let reserved = claim.status.as_ref().and_then(|status| status.reserved_for.as_ref()).map_or(0, Vec::len);
    let is_known =
        |one: &&DeviceRequestAllocationResult| requests.iter().flatten().any(|way| way.name == one.request);
    let mut rules = BTreeSet::new();
    let mut add = |is_broken: bool, rule| is_broken.then(|| rules.insert(rule));
    add(results.len() > 32 || reserved > 256, "more devices or users than a claim may have");
    add(!results.iter().all(is_known), "a device for no request");
    for ways in &requests {
        let used: Vec<_> =
            ways.iter().filter(|way| results.iter().any(|one| one.request == way.name)).collect();
        add(used.len() != 1, "a request that is not met, or by two alternatives");
        for way in used {
            let own: Vec<_> = results.iter().copied().filter(|one| one.request == way.name).collect();
            add(!way.is_all() && own.len() != way.count(), "another number of devices than asked for");
            let distinct: BTreeSet<_> = own.iter().map(|one| (&one.driver, &one.pool, &one.device)).collect();
            add(distinct.len() != own.len(), "one device twice for one request");
            add(way.is_all() && misses_one(placed, pools, claim, way, &own), "not all devices that match");
            for one in own {
                let Some(unit) = pools.find(&one.driver, &one.pool, &one.device) else {
                    add(true, "a device that is not there");
                    continue;
                };
                add(!selects(placed, way, unit), "a device that a selector leaves out");
                add(!can_be_used(placed, claim, unit), "a device that a node of the claim cannot use");
                add(keeps_off(unit, way), "a device whose taint is not tolerated");
                add(!has_its_share(unit, way, one), "another share than its device gives for what is asked");
            }
        }
    }
    let constraints = claim.spec.devices.iter().flat_map(|devices| devices.constraints.iter().flatten());
    for constraint in constraints {
        add(!holds(pools, constraint, &results), "a constraint between requests");
    }
    rules.into_iter().collect()
}

fn selects(placed: &Placed<'_>, way: &Way, unit: &Unit<'_>) -> bool {
    let class =
        placed.classes.iter().find(|class| class.metadata.name.as_deref() == Some(&way.of.device_class_name));
    let Some(class) = class else { return false };
    let of_class = class.spec.selectors.iter().flatten();
    of_class.chain(way.of.selectors.iter().flatten()).all(|selector| {
        let text = selector.cel.as_ref().map_or("false", |cel| cel.expression.as_str());
        Expression::read(text).is_ok_and(|expression| expression.selects(&unit.described) == Ok(true))
    })
}

/// Whether a device can be used from every node that the claim leaves its pods.
fn can_be_used(placed: &Placed<'_>, claim: &ResourceClaim, unit: &Unit<'_>) -> bool {
    placed.nodes.iter().filter(|node| reaches(claim, node)).all(|node| unit.is_for(node))
}

fn keeps_off(unit: &Unit<'_>, way: &Way) -> bool {
    let mut taints = unit.device.taints.iter().flatten();
    taints.any(|taint| {
        matches!(taint.effect.as_str(), "NoSchedule" | "NoExecute")
            && !way.of.tolerations.iter().flatten().any(|one| tolerates(one, taint))
    })
}

fn tolerates(one: &DeviceToleration, taint: &DeviceTaint) -> bool {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let exists = one.operator.as_deref() == Some("Exists");
    let (key, effect) = (text(&one.key), text(&one.effect));
    (effect.is_empty() || effect == taint.effect)
        && (key == taint.key || (key.is_empty() && exists))
        && (exists || text(&one.value) == text(&taint.value))
}

/// Of what is asked for of a capacity by this name.
fn asked(way: &Way, unit: &Unit<'_>, name: &str) -> Option<Amount> {
    let mut all = way.capacity();
    all.find(|(other, _)| unit.full_name(other) == unit.full_name(name)).map(|(_, quantity)| amount(quantity))
}

fn has_its_share(unit: &Unit<'_>, way: &Way, given: &DeviceRequestAllocationResult) -> bool {
    let capacity = || unit.device.capacity.iter().flatten();
    let is_shared = unit.device.allow_multiple_allocations == Some(true);
    let is_enough = capacity().all(|(name, of)| {
        let asked = asked(way, unit, name);
        if !is_shared {
            return asked.is_none_or(|asked| asked <= amount(&of.value));
        }
        let has = given.consumed_capacity.as_ref().and_then(|share| share.get(name)).map(amount);
        has.is_some_and(|has| is_share(of.request_policy.as_ref(), asked, has, amount(&of.value)))
    });
    let is_marked = is_shared == given.share_id.is_some();
    has_what_is_named(unit, way) && is_enough && is_marked
}

/// Whether a device has every capacity that a request names.
fn has_what_is_named(unit: &Unit<'_>, way: &Way) -> bool {
    let mut wanted = way.capacity().map(|(name, _)| unit.full_name(name));
    let capacity = || unit.device.capacity.iter().flatten();
    wanted.all(|name| capacity().any(|(other, _)| unit.full_name(other) == name))
}

/// Whether a device that nobody has would give what is asked for: one that would not is none of all that match.
fn can_give(unit: &Unit<'_>, way: &Way) -> bool {
    let is_shared = unit.device.allow_multiple_allocations == Some(true);
    let mut capacity = unit.device.capacity.iter().flatten();
    let has_enough = capacity.all(|(name, of)| {
        let Some(asked) = asked(way, unit, name) else { return true };
        let policy = of.request_policy.as_ref().filter(|_| is_shared);
        let values = policy.and_then(|policy| policy.valid_values.as_ref()).filter(|list| !list.is_empty());
        let range = policy.and_then(|policy| policy.valid_range.as_ref());
        let least = match (values, range) {
            (Some(values), _) => values.iter().map(amount).filter(|value| *value >= asked).min(),
            (None, Some(range)) => {
                let step = range.step.as_ref().map_or(Amount::ZERO, amount);
                let least = asked.stepped_up(amount(&range.min), step);
                range.max.as_ref().is_none_or(|most| least <= amount(most)).then_some(least)
            }
            (None, None) => Some(asked),
        };
        least.is_some_and(|least| least <= amount(&of.value))
    });
    has_enough && has_what_is_named(unit, way)
}

/// Whether a share is the least that a policy has for what is asked.
fn is_share(policy: Option<&CapacityRequestPolicy>, asked: Option<Amount>, has: Amount, all: Amount) -> bool {
    let Some(asked) = asked else {
        let default = policy.and_then(|policy| policy.default.as_ref());
        return has == default.map_or(all, amount);
    };
    let values = policy.and_then(|policy| policy.valid_values.as_ref()).filter(|list| !list.is_empty());
    if let Some(values) = values {
        let enough = values.iter().map(amount).filter(|value| *value >= asked);
        return enough.min() == Some(has);
    }
    let Some(range) = policy.and_then(|policy| policy.valid_range.as_ref()) else { return has == asked };
    let (least, step) = (amount(&range.min), range.step.as_ref().map(amount));
    let is_within = has >= asked.max(least) && range.max.as_ref().is_none_or(|most| has <= amount(most));
    match step {
        // A step less would be too little, or none.
        Some(step) => is_within && is_step(least, step, has) && (has == least || has.minus(step) < asked),
        None => is_within && has == asked.max(least),
    }
}

fn is_step(least: Amount, step: Amount, has: Amount) -> bool {
    has.stepped_up(least, step) == has
}

/// Whether a device of a node of the claim matches and was not given.
fn misses_one(
    placed: &Placed<'_>,
    pools: &Pools<'_>,
    claim: &ResourceClaim,
    way: &Way,
    given: &[&DeviceRequestAllocationResult],
) -> bool {
    let mut nodes = placed.nodes.iter().filter(|node| reaches(claim, node));
    let Some(node) = nodes.next() else { return false };
    pools.units().filter(|unit| unit.is_for(node)).any(|unit| {
        let is_given = given.iter().any(|one| unit.is(one));
        can_give(unit, way) && !is_given && selects(placed, way, unit)
    })
}

fn holds(pools: &Pools<'_>, of: &DeviceConstraint, results: &[&DeviceRequestAllocationResult]) -> bool {
    let named = of.requests.as_deref().unwrap_or_default();
    let is_about = |one: &&&DeviceRequestAllocationResult| {
        let main = one.request.split('/').next().unwrap_or_default();
        named.is_empty() || named.iter().any(|name| *name == one.request || name == main)
    };
    let about = results.iter().filter(is_about);
    let values = |name: &str| -> Option<Vec<String>> {
        let value = |one: &&DeviceRequestAllocationResult| {
            pools.find(&one.driver, &one.pool, &one.device).and_then(|unit| unit.attribute(name))
        };
        about.clone().map(value).collect()
    };
    let distinct = |values: &[String]| values.iter().collect::<BTreeSet<_>>().len();
    let is_same =
        of.match_attribute.as_ref().is_none_or(|name| values(name).is_some_and(|all| distinct(&all) <= 1));
    let is_other = |name: &String| values(name).is_some_and(|all| distinct(&all) == all.len());
    is_same && of.distinct_attribute.as_ref().is_none_or(is_other)
}

/// Devices that are given twice, or beyond what they have; and counters beyond what there is.
fn of_devices(placed: &Placed<'_>, pools: &Pools<'_>) -> Vec<(String, &'static str)> {
    let given: Vec<_> =
        placed.claims.iter().flat_map(results).filter(|one| one.admin_access != Some(true)).collect();
    let mut found = Vec::new();
    let mut counters: BTreeMap<(String, String), Amount> = BTreeMap::new();
    for unit in pools.units() {
        let own: Vec<_> = given.iter().filter(|one| unit.is(one)).collect();
        let is_shared = unit.device.allow_multiple_allocations == Some(true);
        if own.len() > 1 && !is_shared {
            found.push((unit.name(), "given twice, though it is not to be shared"));
        }
        for (name, of) in unit.device.capacity.iter().flatten().filter(|_| is_shared) {
            let shares = own.iter().filter_map(|one| one.consumed_capacity.as_ref()?.get(name));
            if shares.map(amount).fold(Amount::ZERO, Amount::plus) > amount(&of.value) {
                found.push((unit.name(), "more of it given than it has"));
            }
        }
        let consumed = unit.device.consumes_counters.iter().flatten().filter(|_| !own.is_empty());
        for (set, name, of) in
            consumed.flat_map(|one| one.counters.iter().map(|(name, of)| (&one.counter_set, name, of)))
        {
            let key = (unit.pool_name(), format!("{set}/{name}"));
            let sum = counters.entry(key).or_default();
            *sum = sum.plus(amount(&of.value));
        }
    }
    let over = counters.into_iter().filter(|((pool, counter), sum)| *sum > pools.counter(pool, counter));
    found.extend(over.map(|((pool, counter), _)| {
        (format!("{pool} {counter}"), "a counter that has less than is used of it")
    }));
    found
}
