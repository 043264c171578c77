//! From the labels of a finished search to a path with its line on the ground.

use crate::leg::{EdgeId, Leg, Path, PathStep, RoadPoint, WHOLE};
use crate::network::{Roads, along, fractions};
use crate::search::{Drive, START, Search};

/// One edge of a path, from one fraction to another.
struct Piece {
    edge: EdgeId,
    from: u16,
    to: u16,
}

/// The path of `drive`, which `search` has just found.
pub(crate) fn trace(roads: &Roads, search: &Search, drive: &Drive) -> Path {
    let pieces = pieces(roads, search, drive);
    let mut path = Path::default();
    for piece in &pieces {
        path.edges.push(piece.edge);
        lay(roads, piece, &mut path);
    }
    // A path has a start and an end, even where both are one place on the ground.
    if path.steps.len() == 1 || path.steps.last().is_some_and(|last| last.at != path.leg) {
        path.steps.push(PathStep { position: roads.position(drive.to), at: path.leg });
    }
    debug_assert_eq!(path.leg, drive.leg, "the way must take what the search said");
    path
}

/// The edges driven, in order.
fn pieces(roads: &Roads, search: &Search, drive: &Drive) -> Vec<Piece> {
    if drive.direct {
        return vec![Piece { edge: drive.to.edge, from: drive.from.fraction, to: drive.to.fraction }];
    }
    let mut pieces = vec![Piece { edge: drive.to.edge, from: 0, to: drive.to.fraction }];
    let mut node = roads.tail(drive.to.edge);
    loop {
        let parent = search.parent(node);
        let edge = Roads::edge_of(parent);
        if parent & START != 0 {
            let from = left_at(drive.from, edge);
            pieces.push(Piece { edge, from, to: WHOLE });
            break;
        }
        pieces.push(Piece { edge, from: 0, to: WHOLE });
        node = roads.tail(edge);
    }
    pieces.reverse();
    pieces
}

/// The fraction at which the start lies on `edge`: its own edge or the opposite one.
fn left_at(from: RoadPoint, edge: EdgeId) -> u16 {
    if from.edge == edge { from.fraction } else { WHOLE - from.fraction }
}

/// Adds one piece's corners and leg to the path.
fn lay(roads: &Roads, piece: &Piece, path: &mut Path) {
    let line = roads.edge_geometry(piece.edge);
    let whole = roads.edge_leg(piece.edge);
    let done = whole.part(piece.from);
    let base = path.leg;
    let at = |fraction: u16| base.then(whole.part(fraction).without(done));
    let mut add = |position, leg: Leg| {
        if path.steps.last().is_none_or(|last| last.position != position) {
            path.steps.push(PathStep { position, at: leg });
        }
    };
    add(along(&line, piece.from), base);
    for (corner, fraction) in line.iter().zip(fractions(&line)) {
        let fraction = (fraction * f64::from(WHOLE)).round() as u16;
        if fraction > piece.from && fraction < piece.to {
            add(*corner, at(fraction));
        }
    }
    path.leg = at(piece.to);
    add(along(&line, piece.to), path.leg);
}
