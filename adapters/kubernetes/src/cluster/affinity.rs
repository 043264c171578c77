//! What a pod wishes of nodes and of the pods near it. Source: Kubernetes, "Assigning Pods to Nodes".

use super::labels::Labels;
use super::selector::{NodeTerm, NodeTerms, Requirement, Selector};
use k8s_openapi::api::core::v1 as core;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a pod wishes of its node.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeWishes {
    selector: Vec<Requirement>,
    required: Option<NodeTerms>,
    preferred: Vec<(i32, NodeTerm)>,
}

impl NodeWishes {
    /// Reads node selector and node affinity.
    pub fn read(selector: Option<&BTreeMap<String, String>>, affinity: Option<&core::Affinity>) -> Self {
        let selector = selector.into_iter().flatten().map(|(key, value)| Requirement::is(key, value));
        let affinity = affinity.and_then(|affinity| affinity.node_affinity.as_ref());
        let required =
            affinity.and_then(|node| node.required_during_scheduling_ignored_during_execution.as_ref());
        let preferred =
            affinity.and_then(|node| node.preferred_during_scheduling_ignored_during_execution.as_ref());
        let preferred = preferred.into_iter().flatten();
        Self {
            selector: selector.collect(),
            required: required.map(NodeTerms::read),
            preferred: preferred.map(|one| (one.weight, NodeTerm::read(&one.preference))).collect(),
        }
    }

    /// Whether a node is what it has to be.
    pub fn takes(&self, name: &str, labels: &Labels) -> bool {
        self.selector.iter().all(|one| one.holds(labels.get(&one.key).map(String::as_str)))
            && self.required.as_ref().is_none_or(|terms| terms.takes(name, labels))
    }

    /// The weights of the preferences that a node meets.
    pub fn weight(&self, name: &str, labels: &Labels) -> i64 {
        let met = self.preferred.iter().filter(|(_, term)| term.takes(name, labels));
        met.map(|(weight, _)| i64::from(*weight)).sum()
    }
}

/// Pods in one place: those that a selector takes, of some namespaces, where a label of their nodes has one value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PodTerm {
    /// The label of nodes whose value is the place.
    pub topology_key: String,
    selector: Option<Selector>,
    namespaces: BTreeSet<Arc<str>>,
    namespace_selector: Option<Selector>,
}

impl PodTerm {
    fn read(of: &core::PodAffinityTerm, own_namespace: &str) -> Self {
        let mut namespaces: BTreeSet<Arc<str>> =
            of.namespaces.iter().flatten().map(|name| name.as_str().into()).collect();
        if namespaces.is_empty() && of.namespace_selector.is_none() {
            namespaces.insert(own_namespace.into());
        }
        Self {
            topology_key: of.topology_key.clone(),
            selector: of.label_selector.as_ref().map(Selector::read),
            namespaces,
            namespace_selector: of.namespace_selector.as_ref().map(Selector::read),
        }
    }

    /// Whether it is about a pod with these labels, in a namespace with those. No selector is about none.
    pub fn is_about(&self, namespace: &str, of_namespace: &Labels, labels: &Labels) -> bool {
        let in_namespace = self.namespaces.contains(namespace)
            || self.namespace_selector.as_ref().is_some_and(|selector| selector.takes(of_namespace));
        in_namespace && self.selector.as_ref().is_some_and(|selector| selector.takes(labels))
    }
}

/// What a pod wishes of the pods near it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct PodWishes {
    /// Beside these it has to be.
    pub near: Vec<PodTerm>,
    /// Beside these it must not be, nor they beside it.
    pub apart: Vec<PodTerm>,
    /// Beside these it had better be; a weight below nothing: had better not be.
    pub preferred: Vec<(i32, PodTerm)>,
}

impl PodWishes {
    /// Reads affinity and anti-affinity of pods.
    pub fn read(affinity: Option<&core::Affinity>, namespace: &str) -> Self {
        let near = affinity.and_then(|affinity| affinity.pod_affinity.as_ref());
        let apart = affinity.and_then(|affinity| affinity.pod_anti_affinity.as_ref());
        let terms = |list: Option<&Vec<core::PodAffinityTerm>>| {
            let list = list.into_iter().flatten();
            list.map(|term| PodTerm::read(term, namespace)).collect::<Vec<_>>()
        };
        let weighted = |list: Option<&Vec<core::WeightedPodAffinityTerm>>, sign: i32| {
            let list = list.into_iter().flatten();
            let read = |one: &core::WeightedPodAffinityTerm| {
                (sign * one.weight, PodTerm::read(&one.pod_affinity_term, namespace))
            };
            list.map(read).collect::<Vec<_>>()
        };
        let wanted = near.and_then(|of| of.preferred_during_scheduling_ignored_during_execution.as_ref());
        let unwanted = apart.and_then(|of| of.preferred_during_scheduling_ignored_during_execution.as_ref());
        Self {
            near: terms(near.and_then(|of| of.required_during_scheduling_ignored_during_execution.as_ref())),
            apart: terms(
                apart.and_then(|of| of.required_during_scheduling_ignored_during_execution.as_ref()),
            ),
            preferred: [weighted(wanted, 1), weighted(unwanted, -1)].concat(),
        }
    }
}
