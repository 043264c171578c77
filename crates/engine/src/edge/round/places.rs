//! Where nodes stand, for work that goes to somewhere near.

use super::layout::Rows;
use crate::edge::world::Edge;
use paceline_model::edge::{MoveCause, NodeIdx, label};
use paceline_plan::edge::placement::NodeRow as Row;
use paceline_plan::edge::round::Place;
use std::collections::BTreeMap;

/// Who is named as near a node, by row, where what leaves it goes to a neighbour rather than to a better node far away.
pub(super) fn near(world: &Edge, rows: &Rows, (node, cause): (NodeIdx, MoveCause)) -> Option<Vec<Row>> {
    if !(cause.passes() || cause == MoveCause::Unreachable) {
        return None;
    }
    let named = world.nodes.get(node).into_iter().flat_map(|row| &row.spec.neighbours);
    let mut near: Vec<Row> = named.filter_map(|name| rows.of(world.nodes.find(name)?)).collect();
    near.sort_unstable();
    Some(near)
}

/// By row: who shares a rack is near, then who shares a site, then a zone, then a cluster.
pub(super) fn places(world: &Edge) -> Vec<Place> {
    let mut names: [BTreeMap<(&str, &str), u32>; 4] = Default::default();
    let mut places = Vec::with_capacity(world.nodes.len());
    for node in world.nodes.rows() {
        let of = |key| node.spec.label(key);
        let keys = [
            // A rack is called alike on many sites.
            of(label::RACK).map(|rack| (of(label::SITE).unwrap_or_default(), rack)),
            of(label::SITE).map(|site| ("", site)),
            of(label::ZONE).map(|zone| ("", zone)),
            of(label::CLUSTER).map(|cluster| ("", cluster)),
        ];
        let mut number = |level: usize| {
            let next = names[level].len() as u32;
            keys[level].map(|name| *names[level].entry(name).or_insert(next))
        };
        places.push(Place([number(0), number(1), number(2), number(3)]));
    }
    places
}
