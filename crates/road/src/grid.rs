//! The grid over a network: square cells, and the plane in which distances within it are measured.

use paceline_model::Position;
use paceline_model::geo::METRES_PER_DEGREE;

/// Side of a grid cell. Smaller cells find faster in town, larger ones cost less file in the country.
const CELL_M: f64 = 150.0;
/// Cells per segment at most; a sparse network gets larger cells.
const CELLS_PER_SEGMENT: f64 = 4.0;

/// Distances to cells and to segments are rounded apart; a square millimetre is far above that.
pub(crate) const ROUNDING_M2: f64 = 1e-6;

/// Once round the globe, in 1e-7 degrees.
const ROUND_E7: i64 = 3_600_000_000;

/// A difference of longitudes in 1e-7 degrees, eastwards, by the shorter way round the globe.
pub(crate) fn eastwards(e7: i64) -> i64 {
    match e7 {
        _ if e7 > ROUND_E7 / 2 => e7 - ROUND_E7,
        _ if e7 < -ROUND_E7 / 2 => e7 + ROUND_E7,
        _ => e7,
    }
}

/// Where the narrowest strip between two meridians begins that holds all longitudes, and its width: over the 180th meridian if need be.
fn narrowest(lons: impl Iterator<Item = i32> + Clone) -> (i64, i64) {
    let strip = |shift: i64| {
        let lons = lons.clone().map(i64::from).map(|lon| if lon < 0 { lon + shift } else { lon });
        let (low, high) = (lons.clone().min().unwrap_or(0), lons.max().unwrap_or(0));
        (low, high - low)
    };
    let (straight, over) = (strip(0), strip(ROUND_E7));
    if over.1 < straight.1 { over } else { straight }
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
        let low = points.iter().map(|p| p[0]).min().unwrap_or(0);
        let high = points.iter().map(|p| p[0]).max().unwrap_or(0);
        let (lat, tall) = (i64::from(low), i64::from(high) - i64::from(low));
        let (lon, wide) = narrowest(points.iter().map(|p| p[1]));
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
    pub(crate) fn from_row(row: [i32; 8]) -> Self {
        let [lat, lon, cell_lat, cell_lon, rows, columns, ..] = row.map(i64::from);
        Self { lat, lon, cell_lat, cell_lon, rows, columns }
    }
    pub(crate) fn cells(self) -> usize {
        (self.rows * self.columns) as usize
    }
    /// Row and column of a place, possibly outside.
    pub(crate) fn cell(self, [lat, lon]: [i32; 2]) -> (i64, i64) {
        let row = (i64::from(lat) - self.lat).div_euclid(self.cell_lat);
        (row, self.east_of(i64::from(lon)).div_euclid(self.cell_lon))
    }
    /// How far east of the grid's western side a longitude lies, by the shorter way from the grid's middle.
    fn east_of(self, lon: i64) -> i64 {
        let middle = self.columns * self.cell_lon / 2;
        eastwards(lon - self.lon - middle) + middle
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
    pub(crate) fn ring(self, (row, column): (i64, i64), ring: i64) -> impl Iterator<Item = usize> {
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
    pub(crate) fn square_m_to(self, cell: usize, plane: &Plane) -> f64 {
        let (row, column) = (cell as i64 / self.columns, cell as i64 % self.columns);
        self.square_m_to_block((row, column), (1, 1), plane)
    }
    /// The square of a distance in metres within which `to` lies of every place in a cell.
    pub(crate) fn square_m_across(self, (row, column): (i64, i64), to: [i32; 2]) -> f64 {
        let off = |low: i64, side: i64, to: i64| (low - to).abs().max((low + side - to).abs()) as f64;
        let south = self.lat + row * self.cell_lat;
        let north = off(south, self.cell_lat, i64::from(to[0])) * METRES_PER_DEGREE / 1e7;
        let to_east = self.east_of(i64::from(to[1]));
        let east = off(column * self.cell_lon, self.cell_lon, to_east) * METRES_PER_DEGREE / 1e7;
        // A degree of longitude is longest at the cell's side towards the equator.
        let (low, high) = (south as f64 / 1e7, (south + self.cell_lat) as f64 / 1e7);
        let nearest_to_equator = if low <= 0.0 && high >= 0.0 { 0.0 } else { low.abs().min(high.abs()) };
        let east = east * nearest_to_equator.to_radians().cos();
        north * north + east * east
    }
    /// The number of the cell that a place is in. `None`: it is outside.
    pub(crate) fn cell_inside(self, place: [i32; 2]) -> Option<usize> {
        self.number(self.cell(place))
    }
    /// The number of a cell by its row and column. `None`: it is outside.
    pub(crate) fn number(self, (row, column): (i64, i64)) -> Option<usize> {
        let inside = (0..self.rows).contains(&row) && (0..self.columns).contains(&column);
        inside.then_some((row * self.columns + column) as usize)
    }
    /// Whether the whole grid is further off than that.
    pub(crate) fn is_beyond(self, max_m: f64, plane: &Plane) -> bool {
        self.square_m_to_block((0, 0), (self.rows, self.columns), plane) > max_m * max_m + ROUNDING_M2
    }
    /// The same to a block of cells, from its south-western one on.
    fn square_m_to_block(self, (row, column): (i64, i64), (rows, columns): (i64, i64), plane: &Plane) -> f64 {
        let off = |at: f64, low: i64, side: i64| (low as f64 - at).max(at - (low + side) as f64).max(0.0);
        let north = off(plane.lat_e7, self.lat + row * self.cell_lat, rows * self.cell_lat);
        let east =
            off(self.east_of(plane.lon_e7 as i64) as f64, column * self.cell_lon, columns * self.cell_lon);
        let (north, east) = (north * plane.metres_per_e7, east * plane.metres_per_e7 * plane.shrink);
        north * north + east * east
    }
    /// How many rings around `cell` cover the whole grid.
    pub(crate) fn rings(self, (row, column): (i64, i64)) -> i64 {
        let far = |at: i64, count: i64| at.abs().max((count - 1 - at).abs());
        far(row, self.rows).max(far(column, self.columns))
    }
    /// The shorter side of a cell in metres, near `at`.
    pub(crate) fn side_m(self, at: Position) -> f64 {
        let tall = self.cell_lat as f64 * METRES_PER_DEGREE / 1e7;
        let north = (self.lat + self.rows * self.cell_lat).abs().max(self.lat.abs()) as f64 / 1e7;
        let cosine = north.max(at.lat().abs()).to_radians().cos();
        tall.min(self.cell_lon as f64 * METRES_PER_DEGREE / 1e7 * cosine)
    }
}

/// The plane that touches the ground at a place, in metres from it.
#[derive(Clone, Copy)]
pub(crate) struct Plane {
    lat_e7: f64,
    lon_e7: f64,
    metres_per_e7: f64,
    /// Degrees of longitude are shorter by this.
    shrink: f64,
}

impl Plane {
    pub(crate) fn at(p: Position) -> Self {
        let (lat_e7, lon_e7) = (f64::from(p.lat_e7()), f64::from(p.lon_e7()));
        Self { lat_e7, lon_e7, metres_per_e7: METRES_PER_DEGREE / 1e7, shrink: p.lat().to_radians().cos() }
    }
    /// The share of the segment from `a` to `b` that is nearest to the place, and the square of the distance there in metres.
    pub(crate) fn project(&self, a: [i32; 2], b: [i32; 2]) -> (f64, f64) {
        let scale = self.metres_per_e7 * self.shrink;
        let ay = (f64::from(a[0]) - self.lat_e7) * self.metres_per_e7;
        let by = (f64::from(b[0]) - self.lat_e7) * self.metres_per_e7;
        let ax_e7 = eastwards(i64::from(a[1]) - self.lon_e7 as i64);
        let bx_e7 = ax_e7 + eastwards(i64::from(b[1]) - i64::from(a[1]));
        let (ax, bx) = (ax_e7 as f64 * scale, bx_e7 as f64 * scale);
        let (dx, dy) = (bx - ax, by - ay);
        let length = dx * dx + dy * dy;
        let share = if length > 0.0 { (-(ax * dx + ay * dy) / length).clamp(0.0, 1.0) } else { 0.0 };
        let (x, y) = (ax + dx * share, ay + dy * share);
        (share, x * x + y * y)
    }
}
