//! The search for devices against one that tries everything, on small ones.

use crate::world::{World, key};
use paceline_kubernetes::cluster::Allocation;
use paceline_kubernetes::decide::{self, Decision};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A device of a node as generated: kind, root, memory in Gi, whether shared, what it consumes of one counter, and whether it is tainted.
type Made = (u8, Option<u8>, u8, bool, u8, bool);
/// An alternative as generated: kind, count (`None`: all), memory asked for, and whether taints are tolerated.
type Way = (u8, Option<u8>, Option<u8>, bool);
/// A request as generated: its alternatives.
type Wish = Vec<Way>;

const COUNTER: u64 = 4;

fn made() -> impl Strategy<Value = Made> {
    let root = prop::option::weighted(0.8, 0..2u8);
    (
        0..2u8,
        root,
        1..4u8,
        prop::bool::weighted(0.4),
        prop_oneof![3 => Just(0u8), 2 => 1..3u8],
        prop::bool::weighted(0.15),
    )
}

fn wish() -> impl Strategy<Value = Wish> {
    let count = prop_oneof![6 => (1..3u8).prop_map(Some), 1 => Just(None)];
    let way = (0..3u8, count, prop::option::weighted(0.4, 1..4u8), prop::bool::weighted(0.2));
    vec(way, 1..3)
}

fn device(at: usize, (kind, root, memory, is_shared, consumes, is_tainted): Made) -> Value {
    let mut attributes = json!({ "kind": { "int": kind } });
    root.into_iter().for_each(|root| attributes["root"] = json!({ "int": root }));
    let counters =
        json!([{ "counterSet": "set", "counters": { "units": { "value": consumes.to_string() } } }]);
    let taint = json!([{ "key": "k", "value": "", "effect": "NoSchedule" }]);
    json!({
        "name": format!("d{at}"), "attributes": attributes, "capacity": { "memory": { "value": format!("{memory}Gi") } },
        "allowMultipleAllocations": is_shared, "consumesCounters": if consumes > 0 { counters } else { json!(null) },
        "taints": if is_tainted { taint } else { json!(null) },
    })
}

fn request(at: usize, wish: &Wish) -> Value {
    let way = |(nth, (kind, count, memory, tolerates)): (usize, &Way)| {
        let kind = format!("device.attributes[\"gpu.example.com\"].kind <= {kind}");
        json!({
            "name": format!("w{nth}"), "deviceClassName": "gpu", "selectors": [{ "cel": { "expression": kind } }],
            "allocationMode": if count.is_some() { "ExactCount" } else { "All" }, "count": count,
            "capacity": memory.map(|memory| json!({ "requests": { "memory": format!("{memory}Gi") } })),
            "tolerations": if *tolerates { json!([{ "operator": "Exists" }]) } else { json!(null) },
        })
    };
    let ways: Vec<_> = wish.iter().enumerate().map(way).collect();
    json!({ "name": format!("r{at}"), "firstAvailable": ways })
}

/// The least choice of alternatives, request by request, for which there are devices: found by trying everything.
fn least(devices: &[Made], wishes: &[Wish], constraint: Option<bool>) -> Option<Vec<usize>> {
    let mut choices: Vec<Vec<usize>> = vec![Vec::new()];
    for wish in wishes {
        choices = choices
            .iter()
            .flat_map(|c| (0..wish.len()).map(move |way| [c.as_slice(), &[way]].concat()))
            .collect();
    }
    choices.into_iter().find(|choice| {
        let slots = choice.iter().zip(wishes).map(|(way, wish)| {
            let (kind, count, memory, tolerates) = wish[*way];
            let matches: Vec<_> = (0..devices.len())
                .filter(|at| devices[*at].0 <= kind && memory.is_none_or(|memory| memory <= devices[*at].2))
                .collect();
            (matches, count, memory, tolerates)
        });
        let slots: Vec<_> = slots.collect();
        let all = slots.iter().map(|(matches, count, ..)| count.map_or(matches.len(), usize::from));
        if slots.iter().any(|(matches, count, ..)| count.is_none() && matches.is_empty()) {
            return false;
        }
        // One slot for each device that is wanted, with the devices that it may have.
        let wanted: Vec<_> = slots
            .iter()
            .zip(all)
            .enumerate()
            .flat_map(|(request, ((matches, count, memory, tolerates), n))| {
                (0..n).map(move |nth| {
                    let own = if count.is_none() { vec![matches[nth]] } else { matches.clone() };
                    (own, *memory, *tolerates, request)
                })
            })
            .collect();
        wanted.len() <= 32 && try_all(devices, &wanted, constraint, &mut Vec::new())
    })
}

/// One device wanted: of these, so much of it, whether taints are tolerated, and for which request.
type Slot = (Vec<usize>, Option<u8>, bool, usize);

fn try_all(devices: &[Made], wanted: &[Slot], constraint: Option<bool>, chosen: &mut Vec<usize>) -> bool {
    let Some((own, ..)) = wanted.get(chosen.len()) else {
        return is_right(devices, wanted, constraint, chosen);
    };
    own.iter().any(|at| {
        chosen.push(*at);
        let is_right = try_all(devices, wanted, constraint, chosen);
        chosen.pop();
        is_right
    })
}

fn is_right(devices: &[Made], wanted: &[Slot], constraint: Option<bool>, chosen: &[usize]) -> bool {
    let given = |at: usize| chosen.iter().zip(wanted).filter(move |(other, _)| **other == at);
    let is_fair = |at: usize| {
        let (_, _, memory, is_shared, _, _) = devices[at];
        let used: u32 = given(at).map(|(_, (_, asked, ..))| u32::from(asked.unwrap_or(memory))).sum();
        let requests: BTreeSet<_> = given(at).map(|(_, (_, _, _, request))| request).collect();
        let is_once = requests.len() == given(at).count();
        if is_shared { is_once && used <= u32::from(memory) } else { given(at).count() <= 1 }
    };
    let counter: u64 =
        (0..devices.len()).filter(|at| given(*at).next().is_some()).map(|at| u64::from(devices[at].4)).sum();
    let tainted = chosen.iter().zip(wanted).any(|(at, (_, _, tolerates, _))| devices[*at].5 && !tolerates);
    let roots: Option<Vec<u8>> = chosen.iter().map(|at| devices[*at].1).collect();
    let agrees = match (constraint, roots) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(is_same), Some(roots)) => {
            (0..roots.len()).all(|a| (0..a).all(|b| (roots[a] == roots[b]) == is_same))
        }
    };
    (0..devices.len()).all(is_fair) && counter <= COUNTER && !tainted && agrees
}

fn chosen(allocation: &Allocation, wishes: &[Wish]) -> Vec<usize> {
    let way = |at: usize| {
        let prefix = format!("r{at}/w");
        let mut ways = allocation.given.iter().filter_map(|given| given.request.strip_prefix(&prefix));
        ways.next().and_then(|way| way.parse().ok()).unwrap_or(usize::MAX)
    };
    (0..wishes.len()).map(way).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn devices_are_found_if_and_only_if_there_are_some_with_the_best_alternatives_and_the_checker_finds_nothing(
        devices in vec(made(), 1..6),
        wishes in vec(wish(), 1..3),
        constraint in prop::option::weighted(0.4, any::<bool>()),
        kind in select(vec!["gpu.example.com/root"]),
    ) {
        let mut world = World::new();
        world.node("n1", json!({}));
        world.device_class("gpu", "true");
        let pool = json!({ "name": "n1", "resourceSliceCount": 2 });
        let counters = json!([{ "name": "set", "counters": { "units": { "value": COUNTER.to_string() } } }]);
        world.slice("counters", json!({ "nodeName": "n1", "pool": pool, "sharedCounters": counters }));
        let listed: Vec<_> = devices.iter().copied().enumerate().map(|(at, made)| device(at, made)).collect();
        world.slice("devices", json!({ "nodeName": "n1", "pool": pool, "devices": listed }));
        let requests: Vec<_> = wishes.iter().enumerate().map(|(at, wish)| request(at, wish)).collect();
        let constraints = constraint.map(|is_same| json!([{ if is_same { "matchAttribute" } else { "distinctAttribute" }: kind }]));
        world.device_claim("claim", json!({ "requests": requests, "constraints": constraints }));
        world.pod("asked", json!({ "spec": { "resourceClaims": [{ "name": "c", "resourceClaimName": "claim" }] } }));
        let least = least(&devices, &wishes, constraint);
        match decide::ask(&world.cluster, &key("asked")) {
            Some(Decision::Bind { devices, .. }) => {
                prop_assert_eq!(Some(chosen(&devices[0].allocation, &wishes)), least);
                // The world hands every allocation to the checker.
                world.settle();
            }
            Some(Decision::Wait(why)) => prop_assert_eq!(None, least, "{}", why),
            other => prop_assert!(false, "{:?}", other),
        }
    }
}
