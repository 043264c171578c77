//! From a position on the ground to the nearest edge: a grid of street segments, searched in rings.

use crate::columns::Section;
use crate::leg::{EdgeId, RoadPoint, WHOLE};
use crate::network::{Roads, between, fractions, place};
use paceline_model::Position;
use paceline_model::geo::METRES_PER_DEGREE;

/// Side of a grid cell. Smaller cells find faster in town, larger ones cost less file in the country.
const CELL_M: f64 = 150.0;
/// Cells per segment at most; a sparse network gets larger cells.
const CELLS_PER_SEGMENT: f64 = 4.0;

/// Distances to cells and to segments are rounded apart; a square millimetre is far above that.
const ROUNDING_M2: f64 = 1e-6;

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

/// The grid's frame: south-western corner, cell sides and cell counts, in 1e-7 degrees.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    lat: i64,
    lon: i64,
    cell_lat: i64,
    cell_lon: i64,
    rows: i64,
    columns: i64,
}

impl Frame {
    pub(crate) fn around(points: &[[i32; 2]]) -> Self {
        let low = |axis: usize| points.iter().map(|p| p[axis]).min().unwrap_or(0);
        let high = |axis: usize| points.iter().map(|p| p[axis]).max().unwrap_or(0);
        let (lat, lon) = (i64::from(low(0)), i64::from(low(1)));
        let (tall, wide) = (i64::from(high(0)) - lat, i64::from(high(1)) - lon);
        let cosine = ((lat + tall / 2) as f64 / 1e7).to_radians().cos().max(0.01);
        let mut cell = CELL_M / METRES_PER_DEGREE * 1e7;
        let area = |cell: f64| (tall as f64 / cell + 1.0) * (wide as f64 * cosine / cell + 1.0);
        while area(cell) > points.len() as f64 * CELLS_PER_SEGMENT + 64.0 {
            cell *= 1.25;
        }
        let (cell_lat, cell_lon) = (cell as i64, (cell / cosine) as i64);
        Self { lat, lon, cell_lat, cell_lon, rows: tall / cell_lat + 1, columns: wide / cell_lon + 1 }
    }
    pub(crate) fn to_row(self) -> [i32; 8] {
        let all = [self.lat, self.lon, self.cell_lat, self.cell_lon, self.rows, self.columns, 0, 0];
        all.map(|n| n as i32)
    }
    fn from_row(row: [i32; 8]) -> Self {
        let [lat, lon, cell_lat, cell_lon, rows, columns, ..] = row.map(i64::from);
        Self { lat, lon, cell_lat, cell_lon, rows, columns }
    }
    pub(crate) fn cells(self) -> usize {
        (self.rows * self.columns) as usize
    }
    /// Row and column of a place, possibly outside.
    fn cell(self, [lat, lon]: [i32; 2]) -> (i64, i64) {
        let row = (i64::from(lat) - self.lat).div_euclid(self.cell_lat);
        (row, (i64::from(lon) - self.lon).div_euclid(self.cell_lon))
    }
    /// The cells that the box around a segment touches.
    pub(crate) fn touched(self, a: [i32; 2], b: [i32; 2]) -> impl Iterator<Item = usize> {
        let ((r1, c1), (r2, c2)) = (self.cell(a), self.cell(b));
        let columns = self.columns;
        (r1.min(r2)..=r1.max(r2)).flat_map(move |row| {
            (c1.min(c2)..=c1.max(c2)).map(move |column| (row * columns + column) as usize)
        })
    }
    /// The cells at `ring` cells from (row, column) that lie inside.
    fn ring(self, (row, column): (i64, i64), ring: i64) -> impl Iterator<Item = usize> {
        let across = (column - ring).max(0)..=(column + ring).min(self.columns - 1);
        let down = (row - ring).max(0)..=(row + ring).min(self.rows - 1);
        down.flat_map(move |r| {
            let edge = (r - row).abs() == ring;
            let step = if edge || ring == 0 { 1 } else { 2 * ring };
            let from = if edge || ring == 0 { *across.start() } else { column - ring };
            let until = *across.end();
            (from..=until).step_by(step as usize).map(move |c| (r, c))
        })
        .filter(move |&(_, c)| (0..self.columns).contains(&c))
        .map(move |(r, c)| (r * self.columns + c) as usize)
    }
    /// The square of the distance from where `plane` touches the ground to the nearest corner or side of a cell, in metres.
    fn square_m_to(self, cell: usize, plane: &Plane) -> f64 {
        let (row, column) = (cell as i64 / self.columns, cell as i64 % self.columns);
        self.square_m_to_block((row, column), (1, 1), plane)
    }
    /// Whether the whole grid is further off than that.
    fn is_beyond(self, max_m: f64, plane: &Plane) -> bool {
        self.square_m_to_block((0, 0), (self.rows, self.columns), plane) > max_m * max_m + ROUNDING_M2
    }
    /// The same to a block of cells, from its south-western one on.
    fn square_m_to_block(self, (row, column): (i64, i64), (rows, columns): (i64, i64), plane: &Plane) -> f64 {
        let off = |at: f64, low: i64, side: i64| (low as f64 - at).max(at - (low + side) as f64).max(0.0);
        let north = off(plane.lat_e7, self.lat + row * self.cell_lat, rows * self.cell_lat);
        let east = off(plane.lon_e7, self.lon + column * self.cell_lon, columns * self.cell_lon);
        let (north, east) = (north * plane.metres_per_e7, east * plane.metres_per_e7 * plane.shrink);
        north * north + east * east
    }
    /// How many rings around `cell` cover the whole grid.
    fn rings(self, (row, column): (i64, i64)) -> i64 {
        let far = |at: i64, count: i64| at.abs().max((count - 1 - at).abs());
        far(row, self.rows).max(far(column, self.columns))
    }
    /// The shorter side of a cell in metres, near `at`.
    fn side_m(self, at: Position) -> f64 {
        let tall = self.cell_lat as f64 * METRES_PER_DEGREE / 1e7;
        let north = (self.lat + self.rows * self.cell_lat).abs().max(self.lat.abs()) as f64 / 1e7;
        let cosine = north.max(at.lat().abs()).to_radians().cos();
        tall.min(self.cell_lon as f64 * METRES_PER_DEGREE / 1e7 * cosine)
    }
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
    /// The nearest place on the nearest edge within `max_m` metres; of equally near edges the lowest.
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
        best.filter(|best| best.square_m <= max_m * max_m).map(|best| self.landed(best))
    }
    /// Whether any street lies within `max_m` metres: a snap that ends with the first street that is near enough.
    pub fn is_near(&self, p: Position, max_m: f64) -> bool {
        self.segments_within(p, max_m).next().is_some()
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

/// The plane that touches the ground at a place, in metres from it.
#[derive(Clone, Copy)]
struct Plane {
    lat_e7: f64,
    lon_e7: f64,
    metres_per_e7: f64,
    /// Degrees of longitude are shorter by this.
    shrink: f64,
}

impl Plane {
    fn at(p: Position) -> Self {
        let (lat_e7, lon_e7) = (f64::from(p.lat_e7()), f64::from(p.lon_e7()));
        Self { lat_e7, lon_e7, metres_per_e7: METRES_PER_DEGREE / 1e7, shrink: p.lat().to_radians().cos() }
    }
    /// The share of the segment from `a` to `b` that is nearest to the place, and the square of the distance there in metres.
    fn project(&self, a: [i32; 2], b: [i32; 2]) -> (f64, f64) {
        let flat = |q: [i32; 2]| {
            let north = (f64::from(q[0]) - self.lat_e7) * self.metres_per_e7;
            ((f64::from(q[1]) - self.lon_e7) * self.metres_per_e7 * self.shrink, north)
        };
        let ((ax, ay), (bx, by)) = (flat(a), flat(b));
        let (dx, dy) = (bx - ax, by - ay);
        let length = dx * dx + dy * dy;
        let share = if length > 0.0 { (-(ax * dx + ay * dy) / length).clamp(0.0, 1.0) } else { 0.0 };
        let (x, y) = (ax + dx * share, ay + dy * share);
        (share, x * x + y * y)
    }
}
