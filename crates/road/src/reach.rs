//! How far one gets from a place within a time, or with an energy: the pieces of road reached, and the area around them.
//!
//! Dijkstra's algorithm over edges with the thing that runs out as the length, so that a range is that of the driver
//! who saves it: the fastest path for a time, the thriftiest for an energy.

use crate::antimeridian::{Unwrapped, cut};
use crate::consumption::EnergyModel;
use crate::grid::eastwards;
use crate::leg::{EdgeId, Leg, RoadPoint, WHOLE};
use crate::network::Roads;
use contour::ContourBuilder;
use paceline_model::geo::METRES_PER_DEGREE;
use paceline_model::{Millis, MilliwattHours, Position};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The limit of a reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReachLimit {
    /// Driving time at most, by the metric.
    Time(Millis),
    /// Energy, as a vehicle uses it.
    Energy(EnergyModel, MilliwattHours),
}

impl ReachLimit {
    /// Milliseconds or microwatt-hours.
    fn bound(self) -> u64 {
        match self {
            Self::Time(time) => u64::from(time.0),
            Self::Energy(_, energy) => u64::from(energy.0) * 1_000,
        }
    }
    fn cost(self, leg: Leg) -> u64 {
        match self {
            _ if !leg.is_reachable() => u64::MAX / 4,
            Self::Time(_) => u64::from(leg.time.0),
            Self::Energy(model, _) => model.driving_uwh(leg),
        }
    }
}

/// A piece of an edge that is reached, from its beginning or from the start on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReachedEdge {
    /// Of the network that was searched.
    pub edge: EdgeId,
    /// Where the piece begins, in 1/65535 of the edge: 0 but on the edge of the start.
    pub from: u16,
    /// Where it ends: all of the edge, or where the limit is met.
    pub to: u16,
    /// The drive from the start to where the piece ends.
    pub leg: Leg,
}

/// The streets and the area within a limit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reach {
    /// Pieces of road, by edge, then by where they begin.
    pub edges: Vec<ReachedEdge>,
    /// The area within [`NEAR_M`] of them: polygons, each an outer ring and then its holes; rings are closed. Outer rings run
    /// counter-clockwise, holes clockwise, and none crosses the 180th meridian, as RFC 7946 has them.
    pub area: Vec<Vec<Vec<Position>>>,
}

/// How far off a reached road still counts as reached, in metres: a block's depth.
pub const NEAR_M: f64 = 60.0;
/// Most cells of the area's grid along one side; a larger range gets larger cells.
const CELLS_MAX: usize = 400;
/// The least cell side in metres.
const CELL_M: f64 = 20.0;

impl Roads {
    /// What is reached from a place. Closed roads are not. Panics if the place is of another network.
    pub fn reach(&self, from: RoadPoint, limit: ReachLimit) -> Reach {
        let edges = Frontier::new(self, limit).run(from);
        let area = area(self, &edges);
        Reach { edges, area }
    }
}

/// The search's state: for each port the drive to it, and for each edge that to its tail, once known.
struct Frontier<'a> {
    roads: &'a Roads,
    limit: ReachLimit,
    ports: Vec<Leg>,
    tails: Vec<Leg>,
    queue: BinaryHeap<Reverse<(u64, u32)>>,
}

impl<'a> Frontier<'a> {
    fn new(roads: &'a Roads, limit: ReachLimit) -> Self {
        Self {
            roads,
            limit,
            ports: vec![Leg::UNREACHABLE; roads.port_count()],
            tails: vec![Leg::UNREACHABLE; roads.edge_count()],
            queue: BinaryHeap::new(),
        }
    }

    fn run(mut self, from: RoadPoint) -> Vec<ReachedEdge> {
        let mut reached = Vec::new();
        for start in self.roads.names(from) {
            let (port, rest) = self.roads.start(start);
            reached.push(self.piece(start, Leg::default(), rest));
            self.offer(port, rest);
        }
        let hierarchy = self.roads.hierarchy();
        while let Some(Reverse((cost, port))) = self.queue.pop() {
            let leg = self.ports[port as usize];
            if self.limit.cost(leg) != cost {
                continue;
            }
            for arc in hierarchy.on(port) {
                let edge = arc.edge as usize;
                if cost < self.limit.cost(self.tails[edge])
                    && self.roads.edge_leg(EdgeId(arc.edge)).is_reachable()
                {
                    self.tails[edge] = leg;
                }
                self.offer(arc.head, leg.then(self.roads.edge_leg(EdgeId(arc.edge))));
            }
        }
        for (edge, &leg) in (0..).map(EdgeId).zip(&self.tails).filter(|(_, leg)| leg.is_reachable()) {
            let whole = self.roads.edge_leg(edge);
            reached.push(self.piece(RoadPoint { edge, fraction: 0 }, leg, whole));
        }
        reached.retain(|piece| piece.to > piece.from);
        // From a junction, edges are reached by more than one of its names.
        reached.sort_by_key(|piece| (piece.edge, piece.from, Reverse(piece.to)));
        reached.dedup_by_key(|piece| (piece.edge, piece.from));
        reached
    }

    /// Offers the drive that comes to a port with `leg`.
    fn offer(&mut self, port: u32, leg: Leg) {
        let cost = self.limit.cost(leg);
        if cost <= self.limit.bound() && cost < self.limit.cost(self.ports[port as usize]) {
            self.ports[port as usize] = leg;
            self.queue.push(Reverse((cost, port)));
        }
    }

    /// The part of what lies ahead of `start` that the limit allows; `rest` is the drive to the end of the edge.
    fn piece(&self, start: RoadPoint, leg: Leg, rest: Leg) -> ReachedEdge {
        let (used, bound) = (self.limit.cost(leg), self.limit.bound());
        let (ahead, left) = (self.limit.cost(rest).max(1), bound.saturating_sub(used));
        let span = u64::from(WHOLE - start.fraction);
        let to = start.fraction + (u128::from(span) * u128::from(left.min(ahead)) / u128::from(ahead)) as u16;
        let done = self.roads.before(RoadPoint { edge: start.edge, fraction: to });
        let leg = leg.then(done.without(self.roads.before(start)));
        ReachedEdge { edge: start.edge, from: start.fraction, to, leg }
    }
}

/// A plane about the pieces, cut into cells.
struct Grid {
    south: f64,
    /// From the origin, in degrees.
    west: f64,
    origin: Position,
    cosine: f64,
    cell_m: f64,
    wide: usize,
    tall: usize,
    /// Metres to the nearest piece, at most [`FAR_M`].
    near: Vec<f64>,
}

/// Beyond this nothing is measured.
const FAR_M: f64 = NEAR_M * 2.0;

fn area(roads: &Roads, edges: &[ReachedEdge]) -> Vec<Vec<Vec<Position>>> {
    let lines: Vec<Vec<Position>> = edges.iter().map(|piece| piece_line(roads, piece)).collect();
    let Some(mut grid) = Grid::around(lines.iter().flatten()) else { return Vec::new() };
    for pair in lines.iter().flat_map(|line| line.windows(2)) {
        grid.draw(pair[0], pair[1]);
    }
    grid.outline()
}

/// The line of a piece of road.
pub(crate) fn piece_line(roads: &Roads, piece: &ReachedEdge) -> Vec<Position> {
    let line = roads.edge_geometry(piece.edge);
    let at = crate::network::fractions(&line);
    let share = |fraction: u16| f64::from(fraction) / f64::from(WHOLE);
    let (low, high) = (share(piece.from), share(piece.to));
    let inner = line.iter().zip(at).filter(|&(_, at)| at > low && at < high).map(|(&corner, _)| corner);
    let end = |fraction| crate::network::along(&line, fraction);
    std::iter::once(end(piece.from)).chain(inner).chain([end(piece.to)]).collect()
}

impl Grid {
    fn around<'a>(points: impl Iterator<Item = &'a Position> + Clone) -> Option<Self> {
        let origin = *points.clone().next()?;
        let fold = |axis: &dyn Fn(&Position) -> f64| {
            points.clone().map(axis).fold((f64::MAX, f64::MIN), |(low, high), at| (low.min(at), high.max(at)))
        };
        let ((south, north), (west, east)) = (fold(&|p| p.lat()), fold(&|p| east_of(origin, *p)));
        let cosine = ((south + north) / 2.0).to_radians().cos().max(0.01);
        let margin = (FAR_M + CELL_M) / METRES_PER_DEGREE;
        let (south, west) = (south - margin, west - margin / cosine);
        let tall_m = (north + margin - south) * METRES_PER_DEGREE;
        let wide_m = (east + margin / cosine - west) * METRES_PER_DEGREE * cosine;
        let cell_m = CELL_M.max(tall_m.max(wide_m) / CELLS_MAX as f64);
        let (wide, tall) = ((wide_m / cell_m) as usize + 2, (tall_m / cell_m) as usize + 2);
        Some(Self { south, west, origin, cosine, cell_m, wide, tall, near: vec![FAR_M; wide * tall] })
    }
    /// Columns and rows from the south-western corner, in cells.
    fn flat(&self, at: Position) -> (f64, f64) {
        let scale = METRES_PER_DEGREE / self.cell_m;
        ((east_of(self.origin, at) - self.west) * scale * self.cosine, (at.lat() - self.south) * scale)
    }
    fn place(&self, x: f64, y: f64) -> Unwrapped {
        let scale = self.cell_m / METRES_PER_DEGREE;
        let lon = self.origin.lon() + self.west + x * scale / self.cosine;
        [(self.south + y * scale).clamp(-90.0, 90.0), lon]
    }
    /// Notes how near the cells about a segment lie to it.
    fn draw(&mut self, a: Position, b: Position) {
        let ((ax, ay), (bx, by)) = (self.flat(a), self.flat(b));
        let reach = FAR_M / self.cell_m;
        let range = |a: f64, b: f64, count: usize| {
            let low = (a.min(b) - reach).floor().max(0.0) as usize;
            low..((a.max(b) + reach).ceil() as usize + 1).min(count)
        };
        let (dx, dy) = (bx - ax, by - ay);
        let square = dx * dx + dy * dy;
        for y in range(ay, by, self.tall) {
            for x in range(ax, bx, self.wide) {
                let (px, py) = (x as f64 - ax, y as f64 - ay);
                let share = if square > 0.0 { ((px * dx + py * dy) / square).clamp(0.0, 1.0) } else { 0.0 };
                let metres = (px - dx * share).hypot(py - dy * share) * self.cell_m;
                let near = &mut self.near[y * self.wide + x];
                *near = near.min(metres);
            }
        }
    }
    /// The outline of the cells that lie near enough, as marching squares draw it.
    fn outline(&self) -> Vec<Vec<Vec<Position>>> {
        let height: Vec<f64> = self.near.iter().map(|metres| -metres).collect();
        // A larger range has cells larger than a block's depth; then what a cell touches counts.
        let threshold = -NEAR_M.max(self.cell_m).min(FAR_M * 0.9);
        let drawn = ContourBuilder::new(self.wide, self.tall, true).contours(&height, &[threshold]);
        let polygons = drawn.iter().flatten().flat_map(|contour| contour.geometry().iter());
        let whole = polygons.flat_map(|polygon| {
            // The crate puts the value of a cell into its middle.
            let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
            let rings =
                rings.map(|ring| ring.coords().map(|at| self.place(at.x - 0.5, at.y - 0.5)).collect());
            cut(&rings.collect::<Vec<Vec<Unwrapped>>>())
        });
        whole
            .map(|polygon| (0..).zip(&polygon).map(|(number, ring)| turned(ring, number == 0)).collect())
            .collect()
    }
}

/// Degrees of longitude from `origin` eastwards, by the shorter way round the globe.
fn east_of(origin: Position, at: Position) -> f64 {
    eastwards(i64::from(at.lon_e7()) - i64::from(origin.lon_e7())) as f64 / 1e7
}

/// The ring's corners, counter-clockwise if it is an outer one, clockwise if it is a hole.
fn turned(ring: &[Unwrapped], outer: bool) -> Vec<Position> {
    // The shoelace formula: twice the area, positive counter-clockwise.
    let double: f64 = ring.windows(2).map(|pair| pair[0][1] * pair[1][0] - pair[1][1] * pair[0][0]).sum();
    let corner = |at: &Unwrapped| Position::new(at[0], at[1]).unwrap_or_default();
    if (double > 0.0) == outer {
        ring.iter().map(corner).collect()
    } else {
        ring.iter().rev().map(corner).collect()
    }
}
