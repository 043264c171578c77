//! Joins streets that meet where nothing is decided: chains of nodes of degree two become one street with all their
//! corners. Lengths add up and times do too, because pieces are joined only if their name and speeds agree.

use super::{Draft, Street};

/// Joins all chains; returns how many pieces were absorbed.
pub(super) fn join_chains(draft: &mut Draft) -> u64 {
    let mut streets: Vec<Option<Street>> = std::mem::take(&mut draft.streets).into_iter().map(Some).collect();
    let mut ends = vec![Vec::new(); draft.nodes.len()];
    for (index, street) in streets.iter().flatten().enumerate() {
        ends[street.from as usize].push(index);
        ends[street.to as usize].push(index);
    }
    let mut kept = vec![false; draft.nodes.len()];
    for restriction in &draft.restrictions {
        kept[restriction.via as usize] = true;
    }
    let mut joined = 0;
    for node in 0..draft.nodes.len() {
        let &[first, second] = ends[node].as_slice() else { continue };
        if kept[node] || first == second {
            continue;
        }
        let Some((far, street)) = join(node as u32, streets[first].as_ref(), streets[second].as_ref()) else {
            continue;
        };
        streets[first] = Some(street);
        streets[second] = None;
        for end in ends[far as usize].iter_mut().filter(|end| **end == second) {
            *end = first;
        }
        ends[node].clear();
        joined += 1;
    }
    draft.streets = streets.into_iter().flatten().collect();
    joined
}

/// Both streets as one through `node`, with the far end of the second; `None` if something changes there or the
/// result would begin where it ends.
fn join(node: u32, first: Option<&Street>, second: Option<&Street>) -> Option<(u32, Street)> {
    let into = turned(first?, |street| street.to == node);
    let out = turned(second?, |street| street.from == node);
    let same = into.name == out.name && into.ahead_kmh == out.ahead_kmh && into.back_kmh == out.back_kmh;
    if !same || into.from == out.to {
        return None;
    }
    let mut line = into.line;
    line.extend_from_slice(&out.line[1..]);
    let metres = into.metres + out.metres;
    let street = Street { to: out.to, line, metres, ways: [into.ways[0], out.ways[1]], ..into };
    Some((out.to, street))
}

/// The street turned around if `fits` does not hold as it is.
fn turned(street: &Street, fits: impl Fn(&Street) -> bool) -> Street {
    let mut street = street.clone();
    if !fits(&street) {
        std::mem::swap(&mut street.from, &mut street.to);
        std::mem::swap(&mut street.ahead_kmh, &mut street.back_kmh);
        street.line.reverse();
        street.ways.reverse();
    }
    street
}
