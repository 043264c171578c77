//! From a drive to a path with its line on the ground.

use crate::leg::{EdgeId, Leg, Path, PathStep, WHOLE};
use crate::network::{Roads, along, fractions};
use crate::search::Drive;

/// One edge of a path, from one fraction to another.
struct Piece {
    edge: EdgeId,
    from: u16,
    to: u16,
}

/// The path of `drive`.
pub(crate) fn trace(roads: &Roads, drive: &Drive) -> Path {
    let pieces = pieces(drive);
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
fn pieces(drive: &Drive) -> Vec<Piece> {
    let (from, to) = (drive.from, drive.to);
    let Some(between) = &drive.between else {
        return vec![Piece { edge: to.edge, from: from.fraction, to: to.fraction }];
    };
    let first = Piece { edge: from.edge, from: from.fraction, to: WHOLE };
    let last = Piece { edge: to.edge, from: 0, to: to.fraction };
    let whole = between.iter().map(|&edge| Piece { edge, from: 0, to: WHOLE });
    std::iter::once(first).chain(whole).chain(std::iter::once(last)).collect()
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
