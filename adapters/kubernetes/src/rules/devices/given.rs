//! What was found, as an allocation.

use super::inventory::Inventory;
use super::search::Pick;
use crate::cluster::{Allocation, Given, Name, NodeTerms, Reach};
use k8s_openapi::api::core::v1::{NodeSelector, NodeSelectorRequirement, NodeSelectorTerm};

/// The allocation of one claim.
pub(super) fn allocation(inventory: &Inventory<'_>, node: &Name, picks: &[&Pick<'_>]) -> Allocation {
    let given = picks.iter().map(|pick| Given {
        request: pick.way.alternative.name.clone(),
        device: inventory.id(pick.unit),
        share: pick.share.clone(),
        is_admin: false,
        tolerations: pick.way.alternative.tolerations.clone(),
    });
    let nodes = nodes(inventory, node, picks).map(|selector| {
        let terms = NodeTerms::read(&selector);
        (selector, terms)
    });
    Allocation { given: given.collect(), nodes }
}

/// From which nodes all of these can be used: from this one alone where one of them is for it alone.
fn nodes(inventory: &Inventory<'_>, node: &Name, picks: &[&Pick<'_>]) -> Option<NodeSelector> {
    let devices = || picks.iter().map(|pick| inventory.units[pick.unit].device);
    if devices().any(|device| device.binds_to_node || matches!(device.reach, Reach::Node(_))) {
        return Some(one_node(node));
    }
    let mut all = NodeSelectorTerm::default();
    for device in devices() {
        let Reach::Selected(selected) = &device.reach else { continue };
        // The API has one term in each.
        for term in &selected.0.node_selector_terms {
            add(&mut all.match_expressions, &term.match_expressions);
            add(&mut all.match_fields, &term.match_fields);
        }
    }
    (all != NodeSelectorTerm::default()).then(|| NodeSelector { node_selector_terms: vec![all] })
}

fn one_node(name: &Name) -> NodeSelector {
    let is_it = NodeSelectorRequirement {
        key: "metadata.name".into(),
        operator: "In".into(),
        values: Some(vec![name.to_string()]),
    };
    let term = NodeSelectorTerm { match_fields: Some(vec![is_it]), ..NodeSelectorTerm::default() };
    NodeSelector { node_selector_terms: vec![term] }
}

fn add(to: &mut Option<Vec<NodeSelectorRequirement>>, from: &Option<Vec<NodeSelectorRequirement>>) {
    for one in from.iter().flatten() {
        let list = to.get_or_insert_default();
        if !list.contains(one) {
            list.push(one.clone());
        }
    }
}
