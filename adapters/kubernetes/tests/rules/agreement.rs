//! Decision against checker, on generated clusters: a pod is placed if and only if the checker finds nothing on some node, and it finds nothing
//! where the pod is placed; whoever gives way has to, and nobody is asked to where it would not help.

use crate::generated::{cluster, node, pod, running};
use crate::world::{World, key};
use k8s_openapi::api::core::v1::Pod;
use paceline_kubernetes::check::{self, Placed};
use paceline_kubernetes::cluster::PodKey;
use paceline_kubernetes::decide::{self, Decision, NoRoom};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_pod_is_placed_where_the_checker_finds_nothing_and_only_there(
        nodes in vec(node(), 1..6),
        running in vec(running(), 0..8),
        asked in pod(),
    ) {
        let mut world = cluster(&nodes, running);
        world.pod("asked", asked);
        let judged: Vec<_> = world.with(|placed| {
            let asked = &world.pods[&key("asked")];
            placed.nodes.iter().map(|node| (node.metadata.name.clone().unwrap_or_default(), check::broken(placed, asked, node))).collect()
        });
        match decide::ask(&world.cluster, &key("asked")) {
            Some(Decision::Bind { node, .. }) => {
                let broken = judged.iter().find(|(name, _)| *name == *node).map(|(_, broken)| broken.clone());
                prop_assert_eq!(broken, Some(Vec::new()), "on {}", node);
            }
            Some(Decision::Wait(why)) => {
                let free: Vec<_> = judged.iter().filter(|(_, broken)| broken.is_empty()).collect();
                prop_assert!(free.is_empty(), "{} but the checker finds nothing on {:?}", why, free);
                prop_assert_eq!(why.counts.values().sum::<usize>(), nodes.len());
            }
            other => prop_assert!(false, "{:?}", other),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn whoever_gives_way_is_needed_matters_less_and_makes_a_place(
        nodes in vec(node(), 1..4),
        running in vec(running(), 1..8),
        priorities in vec(0..4i32, 8),
        mut asked in pod(),
    ) {
        let mut world = cluster(&nodes, running);
        for (name, priority) in world.pods.keys().cloned().collect::<Vec<_>>().iter().zip(priorities) {
            world.change(&name.to_string(), json!({ "spec": { "priority": priority } }));
        }
        asked["spec"]["preemptionPolicy"] = json!("PreemptLowerPriority");
        asked["spec"]["priority"] = json!(2);
        world.pod("asked", asked);
        match decide::ask(&world.cluster, &key("asked")) {
            Some(Decision::MakeRoom { node, victims, .. }) => {
                for victim in &victims {
                    let priority = world.pods[victim].spec.as_ref().and_then(|spec| spec.priority);
                    prop_assert!(priority.unwrap_or(0) < 2, "{} matters as much", victim);
                }
                // Those who end anyway, and matter less, are no obstacle to come.
                let ending: Vec<_> = world.pods.iter().filter(|(_, pod)| is_lower(pod) && pod.metadata.deletion_timestamp.is_some()).map(|(key, _)| key.clone()).collect();
                let gone = |spared: Option<&PodKey>| -> Vec<PodKey> {
                    victims.iter().filter(|victim| Some(*victim) != spared).chain(&ending).cloned().collect()
                };
                prop_assert_eq!(broken_without(&world, &gone(None), &node), Vec::<&str>::new(), "with all of {:?} gone", &victims);
                for spared in &victims {
                    prop_assert!(!broken_without(&world, &gone(Some(spared)), &node).is_empty(), "{} need not end", spared);
                }
            }
            Some(Decision::Wait(why)) if why.no_room == Some(NoRoom::NoHelp) => {
                for name in world.nodes.keys() {
                    let lower: Vec<_> = world.pods.iter().filter(|(_, pod)| is_lower(pod) && is_on(pod, name)).map(|(key, _)| key.clone()).collect();
                    prop_assert!(lower.is_empty() || !broken_without(&world, &lower, name).is_empty(), "{} would do: {}", name, why);
                }
            }
            _ => {}
        }
    }
}

fn is_lower(pod: &Pod) -> bool {
    pod.spec.as_ref().and_then(|spec| spec.priority).unwrap_or(0) < 2
}

fn is_on(pod: &Pod, node: &str) -> bool {
    pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()) == Some(node)
}

/// Which rules `asked` would break on a node if these were gone.
fn broken_without(world: &World, gone: &[PodKey], node: &str) -> Vec<&'static str> {
    world.with(|placed| {
        let is_gone = |pod: &Pod| {
            let name = |text: &Option<String>| text.clone().unwrap_or_default();
            gone.contains(&PodKey::new(&name(&pod.metadata.namespace), &name(&pod.metadata.name)))
        };
        let pods: Vec<_> = placed.pods.iter().filter(|pod| !is_gone(pod)).cloned().collect();
        check::broken(&Placed { pods: &pods, ..*placed }, &world.pods[&key("asked")], &world.nodes[node])
    })
}
