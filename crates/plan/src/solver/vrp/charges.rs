//! From a sequence of places to one with stations, and what is charged at each.

use super::energy::{ALWAYS, Hop, NONE, Stations, depart};
use super::grid::{DEPOT, Grid, Ticks};
use super::label::EnergyLabel;
use super::labels::EnergyLabels;
use super::problem::PlaceIdx;

/// A stop of a route with its stations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Charged {
    pub(super) place: PlaceIdx,
    /// Time spent charging.
    pub(super) charge: Ticks,
}

/// The sequence of least detour with its stations and charges, without the depots.
pub(super) fn charges(stations: &Stations, grid: &Grid, stops: &[u32]) -> Option<Vec<Charged>> {
    let mut labels = EnergyLabels::default();
    let hops = labels.follow(grid, stations, stops).then(|| labels.hops(grid, stations))?;
    let nodes: Vec<Node> = hops.iter().flat_map(|&hop| nodes(stations, grid, hop)).collect();
    // What must hold on leaving each node but the last, from the last to the first.
    let mut leaving = Vec::with_capacity(nodes.len());
    let mut coming = stations.returning(grid);
    for (node, next) in nodes.iter().zip(&nodes[1..]).rev() {
        let label = depart(coming, next.time, next.usage, next.window.0, ALWAYS)?;
        leaving.push(label);
        coming = if node.station {
            stations.charging(label, node.window)?
        } else {
            EnergyLabel { time: label.time.min(node.window.1), ..label }
        };
    }
    leaving.reverse();
    let (mut time, mut lack) = (grid.site(DEPOT).earliest, 0);
    let mut charged = Vec::with_capacity(leaving.len());
    for (node, leaving) in nodes.iter().zip(&leaving) {
        time = (time + node.time).max(node.window.0);
        lack += node.usage;
        // No more than what is to come asks for.
        let charge = if node.station { (lack - leaving.lack).max(0) } else { 0 };
        (time, lack) = (time + charge, lack - charge);
        charged.push(Charged { place: node.place, charge });
    }
    Some(charged)
}

/// A stop or a station on the way.
struct Node {
    place: PlaceIdx,
    station: bool,
    /// From beginning at the node before, but for what is charged there.
    time: Ticks,
    usage: Ticks,
    window: (Ticks, Ticks),
}

/// What a hop leads to: its station, if any, and its end.
fn nodes(stations: &Stations, grid: &Grid, hop: Hop) -> Vec<Node> {
    let Hop { from, to, via } = hop;
    let end = |time: Ticks, usage: Ticks| {
        let window = (grid.site(to).earliest, grid.site(to).latest);
        Node { place: to as usize, station: false, time, usage, window }
    };
    if via == NONE {
        return vec![end(grid.time(from, to), stations.usage(from, to))];
    }
    let (into, out) = (stations.station_leg(from, via), stations.station_leg(to, via));
    let station = Node {
        place: stations.places + via as usize,
        station: true,
        time: stations.place_services[from as usize] + into.drive,
        usage: into.usage,
        window: stations.windows[via as usize],
    };
    vec![station, end(stations.services[via as usize] + out.drive, out.usage)]
}
