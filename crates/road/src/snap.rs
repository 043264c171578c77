//! From a position on the ground to the nearest edge: a grid of street segments, searched in rings.

use crate::columns::Section;
use crate::covered::Covered;
use crate::grid::{Frame, Plane, ROUNDING_M2};
use crate::leg::{EdgeId, RoadPoint, WHOLE};
use crate::network::{Roads, between, fractions, place};
use paceline_model::Position;

/// Places that differ by less in how far off they are, in metres, are equally near: neither positions nor maps are better than that.
const TIE_M: f64 = 1.0;

/// Where a position lands on the network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Snapped {
    /// The place on the road; on a two-way street it is named on the lower of both edges.
    pub point: RoadPoint,
    /// `point` on the ground.
    pub position: Position,
    /// How far off the road the position was.
    pub distance_m: f64,
}

/// The best segment so far.
#[derive(Clone, Copy)]
struct Nearest {
    square_m: f64,
    edge: u32,
    segment: u32,
    share: f64,
}

impl Roads {
    /// The nearest place on the nearest edge within `max_m` metres; of equally near edges the lowest. A junction at an end of that edge
    /// which is no further off than a metre more is that place: it belongs to every street there.
    pub fn snap(&self, p: Position, max_m: f64) -> Option<Snapped> {
        let frame = Frame::from_row(self.column(Section::Grid)[0]);
        let home = frame.cell([p.lat_e7(), p.lon_e7()]);
        let (side, plane) = (frame.side_m(p), Plane::at(p));
        // Near a pole the rings of a cell are many.
        if frame.is_beyond(max_m, &plane) {
            return None;
        }
        let mut best: Option<Nearest> = None;
        for ring in 0..=frame.rings(home) {
            // All that lies within `ring - 1` whole cells of the home cell has been seen.
            let seen_m = (ring - 1).max(0) as f64 * side;
            if seen_m > max_m || best.is_some_and(|best| best.square_m <= seen_m * seen_m) {
                break;
            }
            for cell in frame.ring(home, ring) {
                let nearer = |best: Nearest| frame.square_m_to(cell, &plane) <= best.square_m + ROUNDING_M2;
                if best.is_none_or(nearer) {
                    self.nearest_in(cell, &plane, &mut best);
                }
            }
        }
        let landed = best.filter(|best| best.square_m <= max_m * max_m).map(|best| self.landed(best))?;
        Some(self.at_junction(p, landed, max_m))
    }
    /// The nearer end of the edge that a position landed on, where it is as near as the place itself by what positions are good for.
    fn at_junction(&self, p: Position, landed: Snapped, max_m: f64) -> Snapped {
        let (plane, edge) = (Plane::at(p), landed.point.edge);
        let end = |fraction: u16, node: u32| {
            let at = self.nodes()[node as usize];
            let distance_m = plane.project(at, at).1.sqrt();
            Snapped { point: RoadPoint { edge, fraction }, position: place(at), distance_m }
        };
        let (tail, head) = self.edge_ends(edge);
        let (tail, head) = (end(0, tail), end(WHOLE, head));
        let nearer = if head.distance_m < tail.distance_m { head } else { tail };
        let tied = nearer.distance_m <= (landed.distance_m + TIE_M).min(max_m);
        if tied { nearer } else { landed }
    }
    /// Whether any street lies within `max_m` metres: a snap that ends with the first street that is near enough.
    pub fn is_near(&self, p: Position, max_m: f64) -> bool {
        let covered = self.covered().filter(|covered| covered.max_m <= max_m);
        covered.is_some_and(|covered| covered.has([p.lat_e7(), p.lon_e7()]))
            || self.segments_within(p, max_m).next().is_some()
    }
    /// Has [`Roads::is_near`] answer most questions about this distance and longer ones at once, here and in every clone under whatever
    /// metric. Done once: a later call for another distance changes nothing. Takes a bit of memory for each cell of the grid.
    pub fn cover(&self, max_m: f64) {
        self.cover_by(|| {
            let frame = Frame::from_row(self.column(Section::Grid)[0]);
            let first: &[u32] = self.column(Section::CellFirst);
            let segments: &[[u32; 2]] = self.column(Section::CellSegments);
            let one_of_each = first.windows(2).filter(|cell| cell[0] < cell[1]).filter_map(|cell| {
                let [edge, segment] = segments[cell[0] as usize];
                self.shape(EdgeId(edge)).0.get(segment as usize).copied()
            });
            Covered::by(frame, max_m, one_of_each)
        });
    }
    /// The nearest place on each street within `max_m` metres, nearest first; of equally near ones the lowest edge first.
    pub fn near(&self, p: Position, max_m: f64) -> Vec<Snapped> {
        let mut found: Vec<Nearest> = self.segments_within(p, max_m).collect();
        let order = |a: &Nearest, b: &Nearest| {
            a.square_m.total_cmp(&b.square_m).then((a.edge, a.segment).cmp(&(b.edge, b.segment)))
        };
        found.sort_by(|a, b| a.edge.cmp(&b.edge).then_with(|| order(a, b)));
        found.dedup_by_key(|nearest| nearest.edge);
        found.sort_by(order);
        found.into_iter().map(|nearest| self.landed(nearest)).collect()
    }
    /// The place on one edge that is nearest to a position. Panics if the edge is of another network.
    pub fn snap_to(&self, p: Position, edge: EdgeId) -> Snapped {
        let line: Vec<[i32; 2]> =
            self.edge_geometry(edge).iter().map(|at| [at.lat_e7(), at.lon_e7()]).collect();
        let plane = Plane::at(p);
        let segment = |(i, pair): (u32, &[[i32; 2]])| {
            let (share, square_m) = plane.project(pair[0], pair[1]);
            Nearest { square_m, edge: edge.0, segment: i, share }
        };
        let nearest =
            (0..).zip(line.windows(2)).map(segment).min_by(|a, b| a.square_m.total_cmp(&b.square_m));
        let line: Vec<Position> = line.into_iter().map(place).collect();
        landed_on(&line, nearest.unwrap_or(Nearest { square_m: 0.0, edge: edge.0, segment: 0, share: 0.0 }))
    }
    fn nearest_in(&self, cell: usize, plane: &Plane, best: &mut Option<Nearest>) {
        for next in self.segments_in(cell, *plane) {
            if best.is_none_or(|best| (next.square_m, next.edge) < (best.square_m, best.edge)) {
                *best = Some(next);
            }
        }
    }
    /// Every segment with a place within `max_m` metres, once for each cell that it touches, those of the nearer cells first.
    fn segments_within(&self, p: Position, max_m: f64) -> impl Iterator<Item = Nearest> {
        let frame = Frame::from_row(self.column(Section::Grid)[0]);
        let home = frame.cell([p.lat_e7(), p.lon_e7()]);
        let (side, plane) = (frame.side_m(p), Plane::at(p));
        let rings = ((max_m / side).ceil() as i64 + 1).min(frame.rings(home));
        let rings = if frame.is_beyond(max_m, &plane) { -1 } else { rings };
        let cells = (0..=rings).flat_map(move |ring| frame.ring(home, ring));
        let segments = cells.flat_map(move |cell| self.segments_in(cell, plane));
        segments.filter(move |segment| segment.square_m <= max_m * max_m)
    }
    /// Every segment that touches a cell, with its place nearest to where `plane` touches the ground.
    fn segments_in(&self, cell: usize, plane: Plane) -> impl Iterator<Item = Nearest> {
        let first: &[u32] = self.column(Section::CellFirst);
        let segments: &[[u32; 2]] = self.column(Section::CellSegments);
        let here = segments[first[cell] as usize..first[cell + 1] as usize].iter();
        here.filter_map(move |&[edge, segment]| {
            let shape = self.shape(EdgeId(edge)).0;
            let [a, b] = shape.get(segment as usize..segment as usize + 2)? else { return None };
            let (share, square_m) = plane.project(*a, *b);
            Some(Nearest { square_m, edge, segment, share })
        })
    }
    fn landed(&self, nearest: Nearest) -> Snapped {
        let edge = EdgeId(nearest.edge);
        let line: Vec<Position> = self.shape(edge).0.iter().copied().map(place).collect();
        landed_on(&line, nearest)
    }
}

/// The place of a segment's point, given the edge's line in driving direction.
fn landed_on(line: &[Position], nearest: Nearest) -> Snapped {
    let at = fractions(line);
    let i = nearest.segment as usize;
    let fraction = at[i] + (at[i + 1] - at[i]) * nearest.share;
    let edge = EdgeId(nearest.edge);
    Snapped {
        point: RoadPoint { edge, fraction: (fraction * f64::from(WHOLE)).round() as u16 },
        position: between(line[i], line[i + 1], nearest.share),
        distance_m: nearest.square_m.sqrt(),
    }
}
