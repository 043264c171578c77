//! Moves: each has a place by the rules when it is made, the pod that they are made for fits at the end, and no budget is broken.

use crate::generated::{cluster, node, pod, running};
use crate::world::{World, cpu, cpu_and, key, labelled, on};
use k8s_openapi::api::core::v1 as core;
use paceline_kubernetes::check;
use paceline_kubernetes::cluster::{Phase, Pod, PodKey};
use paceline_kubernetes::decide::moves::{NoPlan, Owned, Plan, plan};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;
use std::collections::BTreeMap;

/// All pods are made anew by somebody.
fn all_owned(world: &World) -> BTreeMap<PodKey, Owned> {
    let owned = Owned { owner: "ReplicaSet/x".into(), containers: 1 };
    world.pods.keys().map(|key| (key.clone(), owned.clone())).collect()
}

fn ask(world: &World, name: &str) -> Result<Plan, NoPlan> {
    plan(&world.cluster, &all_owned(world), &key(name), 10)
}

/// In words: the node, and who goes where.
fn says(world: &World, name: &str) -> String {
    match ask(world, name) {
        Ok(Plan { node, moves }) => {
            let moves: Vec<_> = moves.iter().map(|one| format!("{} to {}", one.pod.name, one.to)).collect();
            format!("{node}: {}", moves.join(", "))
        }
        Err(no) => no.to_string(),
    }
}

/// Two nodes of 4 CPUs, of which 2 are taken on each: nobody has 3 left.
fn fragmented() -> World {
    let mut world = World::new();
    world.node("n1", json!({}));
    world.node("n2", json!({}));
    world.pod("a", on("n1", cpu("2")));
    world.pod("b", on("n2", cpu("1")));
    world.pod("c", on("n2", cpu("1")));
    world.pod("large", cpu("3"));
    world
}

#[test]
fn the_fewest_move_and_each_has_a_place() {
    let mut world = fragmented();
    assert_eq!(says(&world, "large"), "n1: a to n2");
    // Whoever matters more than it stays.
    let matters = json!({ "spec": { "priority": 5 } });
    world.change("a", matters.clone());
    assert_eq!(says(&world, "large"), "n2: c to n1");
    world.change("c", matters.clone());
    assert_eq!(says(&world, "large"), "n2: b to n1");
    world.change("b", matters);
    assert!(says(&world, "large").ends_with("No moves would help."));
}

#[test]
fn nobody_moves_where_there_is_a_place_or_where_it_would_not_help() {
    let mut world = fragmented();
    world.pod("small", cpu("1"));
    assert_eq!(says(&world, "small"), "n1: ");
    world.pod("huge", cpu("5"));
    assert!(says(&world, "huge").ends_with("No moves would help."), "{}", says(&world, "huge"));
    assert_eq!(ask(&world, "a"), Err(NoPlan::NotWaiting));
    world.pod("d", on("n1", cpu("2")));
    assert!(says(&world, "large").ends_with("No moves would help."));
}

#[test]
fn who_has_no_owner_stays() {
    let world = fragmented();
    let mut owned = all_owned(&world);
    owned.remove(&key("a"));
    owned.remove(&key("b"));
    let found = plan(&world.cluster, &owned, &key("large"), 10).unwrap();
    assert_eq!(found.moves[0].pod, key("c"));
    let none = plan(&world.cluster, &BTreeMap::new(), &key("large"), 10);
    assert!(matches!(none, Err(NoPlan::NoHelp(_))), "{none:?}");
}

#[test]
fn gangs_and_pods_with_volumes_stay() {
    let mut world = fragmented();
    let gang =
        json!({ "metadata": { "annotations": { "paceline.dev/gang": "g", "paceline.dev/gang-size": "1" } } });
    world.change("b", gang.clone());
    let volume = json!([{ "name": "v", "persistentVolumeClaim": { "claimName": "v" } }]);
    world.change("c", json!({ "spec": { "volumes": volume } }));
    assert_eq!(says(&world, "large"), "n1: a to n2");
    world.change("large", gang);
    assert_eq!(ask(&world, "large"), Err(NoPlan::Gang));
}

#[test]
fn a_budget_is_kept_and_what_is_left_of_it_is_said() {
    let mut world = fragmented();
    for name in ["a", "b", "c"] {
        world.change(name, json!({ "metadata": { "labels": { "app": "x" } } }));
    }
    let selector = json!({ "selector": { "matchLabels": { "app": "x" } } });
    world.budget("x", selector.clone(), 1);
    let Ok(Plan { moves, .. }) = ask(&world, "large") else { panic!("there is a plan") };
    assert_eq!(moves[0].budgets, [(key("x"), 1)]);
    world.budget("x", selector, 0);
    assert!(says(&world, "large").ends_with("No moves would help."));
}

#[test]
fn more_moves_than_may_be_are_said_and_not_planned() {
    let mut world = World::new();
    for name in ["n1", "n2", "n3"] {
        world.node(name, json!({}));
    }
    for at in 0..6 {
        world.pod(&format!("p{at}"), on(&format!("n{}", at % 3 + 1), cpu("1")));
    }
    world.pod("large", cpu("4"));
    let Ok(Plan { moves, .. }) = ask(&world, "large") else { panic!("there is a plan") };
    assert_eq!(moves.len(), 2);
    let no = plan(&world.cluster, &all_owned(&world), &key("large"), 1);
    assert!(matches!(no, Err(NoPlan::TooMany { needed: 2, .. })), "{no:?}");
}

#[test]
fn what_moves_does_not_go_where_the_pod_would_not_bear_it() {
    let mut world = World::new();
    for (name, zone) in [("n1", "a"), ("n2", "a"), ("n3", "b")] {
        world.zoned(name, zone, "2");
    }
    world.pod("b", on("n1", labelled("app", "noisy", cpu("1"))));
    let term = json!({ "topologyKey": "topology.kubernetes.io/zone", "labelSelector": { "matchLabels": { "app": "noisy" } } });
    let apart = json!({ "spec": { "affinity": { "podAntiAffinity": { "requiredDuringSchedulingIgnoredDuringExecution": [term] } },
        "nodeSelector": { "topology.kubernetes.io/zone": "a" } } });
    world.pod("quiet", cpu_and("1", apart));
    assert!(says(&world, "quiet").ends_with(": b to n3"), "{}", says(&world, "quiet"));
}

#[test]
fn only_owners_who_make_pods_anew_anywhere_count() {
    let owned_by = |kind: &str, controller: bool| {
        let of: core::Pod = crate::world::read(json!({ "metadata": { "name": "p", "ownerReferences": [
            { "apiVersion": "v1", "kind": kind, "name": "o", "uid": "1", "controller": controller }] },
            "spec": { "containers": [{ "name": "a" }, { "name": "b" }] } }));
        Owned::read(&of)
    };
    assert_eq!(owned_by("ReplicaSet", true), Some(Owned { owner: "ReplicaSet/o".into(), containers: 2 }));
    for (kind, controller) in [("ReplicaSet", false), ("DaemonSet", true), ("Node", true)] {
        assert_eq!(owned_by(kind, controller), None);
    }
}

/// Which rules a pod breaks on a node.
fn broken(world: &World, pod: &PodKey, node: &str) -> Vec<&'static str> {
    world.with(|placed| check::broken(placed, &world.pods[pod], &world.nodes[node]))
}

/// Whether one move would do, tried out with the checker alone: it has a place elsewhere, and the pod fits without it and beside it.
fn one_would_do(world: &World, asked: &PodKey) -> Option<(PodKey, String, String)> {
    let running: Vec<_> = world
        .pods
        .iter()
        .filter_map(|(key, of)| {
            let node = of.spec.as_ref()?.node_name.clone()?;
            (Pod::read(of).phase == Phase::Live).then_some((key.clone(), node))
        })
        .collect();
    running.into_iter().find_map(|(moved, from)| {
        let mut without = World::copy(world);
        let of = without.take(&moved);
        if !broken(&without, asked, &from).is_empty() {
            return None;
        }
        world.nodes.keys().filter(|to| **to != from).find_map(|to| {
            let mut with = World::copy(&without);
            with.put(crate::world::read(json!(of)));
            let fits = broken(&with, &moved, to).is_empty();
            with.bind(&moved, to);
            (fits && broken(&with, asked, &from).is_empty())
                .then(|| (moved.clone(), from.clone(), to.clone()))
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn each_move_has_a_place_the_pod_fits_at_the_end_and_one_move_that_would_do_is_found(
        nodes in vec(node(), 2..5), running in vec(running(), 1..9), asked in pod(), allowed in 0..3i32,
    ) {
        let mut world = cluster(&nodes, running);
        world.budget("x", json!({ "selector": { "matchLabels": { "app": "x" } } }), allowed);
        world.pod("asked", asked);
        let asked = key("asked");
        match ask(&world, "asked") {
            Ok(Plan { node, moves }) => {
                let mut kept = 0;
                for one in &moves {
                    let of = world.take(&one.pod);
                    prop_assert_eq!(of.spec.as_ref().unwrap().node_name.as_deref(), Some(one.from.as_ref()));
                    kept += i32::from(&*one.pod.namespace == "default" && Pod::read(&of).labels.get("app").is_some_and(|app| app == "x"));
                    world.put(of);
                    prop_assert_eq!(broken(&world, &one.pod, &one.to), Vec::<&str>::new(), "{:?}", one);
                    world.bind(&one.pod, &one.to);
                }
                prop_assert!(kept <= allowed);
                prop_assert_eq!(broken(&world, &asked, &node), Vec::<&str>::new());
            }
            Err(NoPlan::NoHelp(_)) if allowed > 0 => prop_assert_eq!(one_would_do(&world, &asked), None),
            Err(_) => {}
        }
    }
}

impl World {
    /// The same again.
    fn copy(of: &Self) -> Self {
        let mut world = Self::new();
        world.namespace("other");
        of.nodes.iter().for_each(|(name, node)| world.node(name, json!(node)));
        of.pods.values().for_each(|pod| world.put(pod.clone()));
        world
    }

    /// Takes a pod away.
    fn take(&mut self, pod: &PodKey) -> core::Pod {
        let of = self.pods[pod].clone();
        self.remove(&pod.to_string());
        of
    }

    fn bind(&mut self, pod: &PodKey, node: &str) {
        self.change(&pod.to_string(), json!({ "spec": { "nodeName": node } }));
    }
}
