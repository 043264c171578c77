//! As what of a version a replica may run where it is: what the node's hardware and its link carry.

use crate::edge::round::rules;
use crate::edge::row::{NodeRow, WorkloadRow};
use crate::edge::world::Edge;
use paceline_model::edge::{Bound, LabelKey, Precision, SemanticVersion as Version};
use paceline_plan::edge::rollout::Network;

/// The label by which a node says what it is connected by: `wired`, `radio` or `narrowband`.
const NETWORK: &str = "paceline.io/network";

/// What a node is connected by: as its label says, or a radio if it has reported one.
pub(super) fn network(node: &NodeRow) -> Network {
    let rssi = node.heard().rssi;
    let label = LabelKey::new(NETWORK).ok();
    let said = label.as_ref().and_then(|key| node.spec.label(key.as_str()));
    match said {
        Some("narrowband") => Network::Narrowband,
        Some("radio") => Network::Radio(rssi),
        Some("wired") => Network::Wired,
        _ => rssi.map_or(Network::Wired, |signal| Network::Radio(Some(signal))),
    }
}

/// Whether a node's link carries a variant of that precision: on a narrow band only quantised ones.
pub(in crate::edge) fn suits(node: &NodeRow, precision: Precision) -> bool {
    matches!(precision, Precision::Int8 | Precision::Int4) || network(node) != Network::Narrowband
}

/// As what of a version a replica might run where it is: the precision that it runs at first.
pub(super) fn fitting<'a>(
    world: &'a Edge,
    node: &'a NodeRow,
    row: &'a WorkloadRow,
    bound: &'a Bound,
    version: &'a Version,
) -> impl Iterator<Item = Bound> + 'a {
    let mut options = rules::options_of(world, &row.spec, |known| known == version);
    options.sort_by_key(|named| named.precision != bound.variant.precision);
    options.into_iter().filter_map(move |named| {
        let variant = world.model(&row.spec.model)?.variant(&named)?;
        let runs = rules::runs(node, variant) && suits(node, named.precision);
        let device_memory = if bound.devices.is_empty() { Default::default() } else { variant.memory };
        runs.then(|| Bound { variant: named, device_memory, file: variant.size, ..bound.clone() })
    })
}
