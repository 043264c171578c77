//! From a drive to a path with its line on the ground.

use super::drive::Drive;
use crate::leg::{EdgeId, Leg, Path, PathStep, RoadPoint, WHOLE};
use crate::network::{Roads, along, fractions};

/// One edge of a path, from one fraction to another.
struct Piece {
    edge: EdgeId,
    from: u16,
    to: u16,
}

/// The path of `drive`.
pub(super) fn trace(roads: &Roads, drive: &Drive) -> Path {
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
    debug_assert_eq!(path.leg, drive.leg, "the path must take what the search found");
    path
}

impl Roads {
    /// The same edges under this metric: what a drive that was planned under another one really takes. Goes from where `planned`
    /// begins to where it ends; streets that are closed here are driven as if empty, since a vehicle on them must get off.
    pub fn drive_along(&self, planned: &Path, from: RoadPoint, to: RoadPoint) -> Path {
        let last = planned.edges.len().saturating_sub(1);
        let mut path = Path::default();
        for (i, &edge) in planned.edges.iter().enumerate() {
            let low = if i == 0 { self.begins_on(from, edge) } else { 0 };
            let high = if i == last { self.ends_on(to, edge) } else { WHOLE };
            path.edges.push(edge);
            lay(self, &Piece { edge, from: low, to: high.max(low) }, &mut path);
        }
        if path.steps.len() == 1 || path.steps.last().is_some_and(|last| last.at != path.leg) {
            path.steps.push(PathStep { position: self.position(to), at: path.leg });
        }
        path
    }
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
    let mut pieces: Vec<Piece> = std::iter::once(first).chain(whole).chain(std::iter::once(last)).collect();
    // A junction is named by edges that are not driven: they are no part of the path, unless nothing else is.
    let driven = pieces.iter().any(|piece| piece.from < piece.to);
    pieces.retain(|piece| !driven || piece.from < piece.to);
    if !driven {
        pieces.truncate(1);
    }
    pieces
}

/// Adds one piece's corners and leg to the path.
fn lay(roads: &Roads, piece: &Piece, path: &mut Path) {
    let line = roads.edge_geometry(piece.edge);
    let now = roads.edge_leg(piece.edge);
    let whole = if now.is_reachable() { now } else { roads.free_flow(piece.edge) };
    let done = whole.part(piece.from);
    let base = path.leg;
    let at = |fraction: u16| base.then(whole.part(fraction).without(done));
    let mut add = |position, leg: Leg| {
        if path.steps.last().is_none_or(|last| last.position != position) {
            path.steps.push(PathStep { position, at: leg });
        }
    };
    add(along(&line, piece.from), base);
    // A straight street has no corners but its ends.
    let inner = if line.len() > 2 { fractions(&line) } else { Vec::new() };
    for (corner, fraction) in line.iter().zip(inner) {
        let fraction = (fraction * f64::from(WHOLE)).round() as u16;
        if fraction > piece.from && fraction < piece.to {
            add(*corner, at(fraction));
        }
    }
    path.leg = at(piece.to);
    add(along(&line, piece.to), path.leg);
}
