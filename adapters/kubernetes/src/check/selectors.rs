//! Selectors, as their text says.

use k8s_openapi::api::core::v1::{Affinity, Node, NodeSelectorRequirement, NodeSelectorTerm, PodSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use std::collections::BTreeMap;

type Labels = BTreeMap<String, String>;

/// Whether a selector takes labels. None takes nothing, an empty one everything.
pub(super) fn selects(selector: Option<&LabelSelector>, labels: &Labels) -> bool {
    let Some(selector) = selector else { return false };
    for (key, value) in selector.match_labels.iter().flatten() {
        if labels.get(key) != Some(value) {
            return false;
        }
    }
    for one in selector.match_expressions.iter().flatten() {
        let values: &[String] = one.values.as_deref().unwrap_or_default();
        let holds = match (one.operator.as_str(), labels.get(&one.key)) {
            ("In", value) => value.is_some_and(|value| values.contains(value)),
            ("NotIn", value) => value.is_none_or(|value| !values.contains(value)),
            ("Exists", value) => value.is_some(),
            ("DoesNotExist", value) => value.is_none(),
            _ => false,
        };
        if !holds {
            return false;
        }
    }
    true
}

/// Whether a node is one that the pod's node selector and required node affinity ask for.
pub(super) fn wants_node(spec: &PodSpec, node: &Node) -> bool {
    let nothing = Labels::new();
    let labels = node.metadata.labels.as_ref().unwrap_or(&nothing);
    let mut selector = spec.node_selector.iter().flatten();
    selector.all(|(key, value)| labels.get(key) == Some(value))
        && required_terms(spec.affinity.as_ref())
            .is_none_or(|terms| terms.iter().any(|term| term_takes(term, node, labels)))
}

fn required_terms(affinity: Option<&Affinity>) -> Option<&Vec<NodeSelectorTerm>> {
    let required =
        affinity?.node_affinity.as_ref()?.required_during_scheduling_ignored_during_execution.as_ref()?;
    Some(&required.node_selector_terms)
}

pub(super) fn term_takes(term: &NodeSelectorTerm, node: &Node, labels: &Labels) -> bool {
    let expressions = term.match_expressions.as_deref().unwrap_or_default();
    let fields = term.match_fields.as_deref().unwrap_or_default();
    if expressions.is_empty() && fields.is_empty() {
        return false;
    }
    let name = node.metadata.name.clone();
    expressions.iter().all(|one| requirement(one, labels.get(&one.key)))
        && fields.iter().all(|one| one.key == "metadata.name" && requirement(one, name.as_ref()))
}

fn requirement(one: &NodeSelectorRequirement, value: Option<&String>) -> bool {
    let values = one.values.as_deref().unwrap_or_default();
    let number = |text: &String| text.parse::<i64>();
    match one.operator.as_str() {
        "In" => value.is_some_and(|value| values.contains(value)),
        "NotIn" => !value.is_some_and(|value| values.contains(value)),
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        comparison @ ("Gt" | "Lt") => match (value.map(number), values.first().map(number)) {
            (Some(Ok(value)), Some(Ok(bound))) if comparison == "Gt" => value > bound,
            (Some(Ok(value)), Some(Ok(bound))) => value < bound,
            _ => false,
        },
        _ => false,
    }
}
