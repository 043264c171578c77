//! In which order junctions are contracted: nested dissection. A small set of junctions parts the map in two halves, each
//! half is parted again, and what parts a region comes after everything in it.
//!
//! Source: Schild and Sommer, *On balanced separators in road networks*, SEA 2015 (inertial flow): sort along a line, take both ends,
//! cut between them by maximum flow; of several lines the one with the best cut counts. The choice depends on the network
//! alone, so one thread and many give the same order.

use super::flow::{Side, Strip, part};
use crate::threads::join;
use std::cmp::Reverse;
use std::num::NonZeroUsize;

/// Junctions with their neighbours in either direction, without repeats.
pub(super) struct Plane<'a> {
    pub(super) places: &'a [[i32; 2]],
    pub(super) first: &'a [u32],
    pub(super) neighbours: &'a [u32],
}

/// Latitude and longitude weights of the lines along which nodes are sorted.
const LINES: [(i64, i64); 8] = [(0, 1), (1, 0), (1, 1), (1, -1), (1, 2), (2, 1), (1, -2), (2, -1)];
/// The share of all nodes that each end holds at least, in percent.
const ENDS: [usize; 2] = [25, 40];
/// Below this a second thread costs more than it brings.
const WORTH_A_THREAD: usize = 4_096;

/// A region in two halves and what separates them.
struct Cut {
    near: Vec<u32>,
    far: Vec<u32>,
    cut: Vec<u32>,
}

/// Junctions in order of contraction.
pub(super) fn dissect(plane: &Plane<'_>, threads: NonZeroUsize) -> Vec<u32> {
    let nodes = plane.places.len();
    let mut order: Vec<u32> = (0..nodes as u32).collect();
    let mut local = vec![u32::MAX; nodes];
    region(plane, &mut order, &mut local, threads.get());
    order
}

/// Orders the nodes of one region in place. `local` is scratch: all `MAX` before and after.
fn region(plane: &Plane<'_>, nodes: &mut [u32], local: &mut Vec<u32>, threads: usize) {
    if nodes.len() <= 2 {
        nodes.sort_unstable();
        return;
    }
    let threads = if nodes.len() < WORTH_A_THREAD { 1 } else { threads };
    let best = best_cut(plane, nodes, local, threads);
    let (near, far) = (best.near.len(), best.far.len());
    nodes[..near].copy_from_slice(&best.near);
    nodes[near..near + far].copy_from_slice(&best.far);
    nodes[near + far..].copy_from_slice(&best.cut);
    drop(best);
    let (near, rest) = nodes.split_at_mut(near);
    let far = &mut rest[..far];
    if threads == 1 {
        region(plane, near, local, 1);
        region(plane, far, local, 1);
        return;
    }
    std::thread::scope(|scope| {
        scope.spawn(|| region(plane, near, &mut vec![u32::MAX; plane.places.len()], threads / 2));
        region(plane, far, local, threads - threads / 2);
    });
}

/// The cut with the fewest nodes for the size of its smaller side; of equals the first. What a cut costs grows with the square of
/// its nodes (they end up joined to each other), so that is set against the nodes that it parts off.
fn best_cut(plane: &Plane<'_>, nodes: &[u32], local: &mut Vec<u32>, threads: usize) -> Cut {
    let tries: Vec<((i64, i64), usize)> =
        LINES.iter().flat_map(|&line| ENDS.iter().map(move |&ends| (line, ends))).collect();
    let attempt =
        |&(line, ends): &((i64, i64), usize), local: &mut Vec<u32>| cut(plane, nodes, line, ends, local);
    let cuts: Vec<Cut> = if threads == 1 {
        tries.iter().map(|it| attempt(it, local)).collect()
    } else {
        std::thread::scope(|scope| {
            let each = tries.len().div_ceil(threads);
            let work = |part: &[((i64, i64), usize)]| {
                let mut local = vec![u32::MAX; plane.places.len()];
                part.iter().map(|it| attempt(it, &mut local)).collect::<Vec<_>>()
            };
            let parts: Vec<_> = tries.chunks(each).map(|part| scope.spawn(move || work(part))).collect();
            parts.into_iter().flat_map(join).collect()
        })
    };
    let price = |cut: &Cut| {
        let (smaller, nodes) = (cut.near.len().min(cut.far.len()) as u128, cut.cut.len() as u128);
        // In millionths; nothing to part off is the worst.
        (nodes * nodes * 1_000_000).checked_div(smaller).unwrap_or(u128::MAX)
    };
    let best =
        cuts.iter().enumerate().min_by_key(|(number, cut)| (price(cut), *number)).map_or(0, |(n, _)| n);
    cuts.into_iter().nth(best).unwrap_or_else(|| Cut {
        near: Vec::new(),
        far: Vec::new(),
        cut: nodes.to_vec(),
    })
}

/// Parts the region across one line.
fn cut(plane: &Plane<'_>, nodes: &[u32], line: (i64, i64), percent: usize, local: &mut [u32]) -> Cut {
    let mut sorted = nodes.to_vec();
    sorted.sort_unstable_by_key(|&node| {
        let [lat, lon] = plane.places[node as usize].map(i64::from);
        (lat * line.0 + lon * line.1, node)
    });
    for (index, &node) in (0..).zip(&sorted) {
        local[node as usize] = index;
    }
    let strip = strip(plane, &sorted, local);
    for &node in &sorted {
        local[node as usize] = u32::MAX;
    }
    let ends = (nodes.len() * percent / 100).max(1);
    let sides = part(&strip, ends);
    let on = |wanted: Side| {
        let mut of: Vec<u32> =
            sorted.iter().zip(&sides).filter(|(_, side)| **side == wanted).map(|(&node, _)| node).collect();
        of.sort_unstable();
        of
    };
    Cut { near: on(Side::Near), far: on(Side::Far), cut: on(Side::Cut) }
}

/// The region's own graph, numbered along the line.
fn strip(plane: &Plane<'_>, sorted: &[u32], local: &[u32]) -> Strip {
    let mut first = Vec::with_capacity(sorted.len() + 1);
    let mut neighbours: Vec<u32> = Vec::new();
    first.push(0);
    for &node in sorted {
        let from = neighbours.len();
        let all =
            &plane.neighbours[plane.first[node as usize] as usize..plane.first[node as usize + 1] as usize];
        neighbours.extend(all.iter().map(|&other| local[other as usize]).filter(|&other| other != u32::MAX));
        neighbours[from..].sort_unstable_by_key(|&other| Reverse(other));
        first.push(neighbours.len() as u32);
    }
    Strip { first, neighbours }
}
