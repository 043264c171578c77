//! Whether any street comes near an area. Asked when an area is defined: one that lies elsewhere, such as with latitude and longitude
//! exchanged, would hold nobody, and nobody would learn why.

use crate::columns::Section;
use crate::grid::{Plane, eastwards};
use crate::network::{Roads, place};
use paceline_model::geo::METRES_PER_DEGREE;
use paceline_model::{Geofence, Position};

impl Roads {
    /// Whether a street lies in an area, crosses its outline or comes within `near_m` metres of it.
    ///
    /// Work: a pass over the streets' lines, and for each that comes near the box around the area one over the outline.
    pub fn touches(&self, area: &Geofence, near_m: f64) -> bool {
        let ring = area.ring();
        // Streets hang together: where none crosses the outline, all are in the area or none is.
        let inside = || self.shape_points().first().is_some_and(|&first| area.contains(place(first)));
        ring.iter().any(|&corner| self.is_near(corner, near_m)) || inside() || self.come_near(ring, near_m)
    }

    /// Whether a street crosses a ring, or one of its corners is near it.
    fn come_near(&self, ring: &[Position], near_m: f64) -> bool {
        let Some(outline) = Outline::of(ring, near_m) else { return false };
        let first: &[u32] = self.column(Section::ShapeFirst);
        let streets =
            first.windows(2).map(|street| &self.shape_points()[street[0] as usize..street[1] as usize]);
        streets.flat_map(|street| street.windows(2)).any(|pair| outline.is_met(pair[0], pair[1]))
    }
}

/// A ring, east and north of its first corner in 1e-7 degrees.
struct Outline {
    zero: [i32; 2],
    near_m: f64,
    edges: Vec<[Point; 2]>,
    /// South-western and north-eastern corners of what is near.
    near: [Point; 2],
}

/// East and north.
type Point = [i64; 2];

impl Outline {
    /// `None`: no corners.
    fn of(ring: &[Position], near_m: f64) -> Option<Self> {
        let corner = |at: &Position| [at.lat_e7(), at.lon_e7()];
        let zero = corner(ring.first()?);
        let corners: Vec<Point> = ring.iter().map(|at| from(zero, corner(at))).collect();
        let after = corners.iter().cycle().skip(1);
        let edges: Vec<[Point; 2]> = corners.iter().zip(after).map(|(a, b)| [*a, *b]).collect();
        let north = near_m / METRES_PER_DEGREE * 1e7;
        let furthest = ring.iter().map(|at| at.lat().abs()).fold(0.0, f64::max);
        // Degrees of longitude are shortest at the side away from the equator; near a pole all are near.
        let east = north / furthest.to_radians().cos().max(1e-3);
        let fold = |axis: usize, pick: fn(i64, i64) -> i64| corners.iter().map(|c| c[axis]).reduce(pick);
        let [low, high] = [i64::min, i64::max];
        let near = [
            [fold(0, low)? - east.ceil() as i64, fold(1, low)? - north.ceil() as i64],
            [fold(0, high)? + east.ceil() as i64, fold(1, high)? + north.ceil() as i64],
        ];
        Some(Self { zero, near_m, edges, near })
    }

    /// Whether a piece of a street crosses it, or one of its ends is near it.
    fn is_met(&self, a: [i32; 2], b: [i32; 2]) -> bool {
        let piece = [from(self.zero, a), from(self.zero, b)];
        !apart(piece, self.near)
            && (self.edges.iter().any(|edge| cross(piece, *edge)) || self.is_near(a) || self.is_near(b))
    }

    fn is_near(&self, at: [i32; 2]) -> bool {
        let plane = Plane::at(place(at));
        let corner = |[east, north]: Point| {
            [(i64::from(self.zero[0]) + north) as i32, eastwards(i64::from(self.zero[1]) + east) as i32]
        };
        let near = |[from, to]: &[Point; 2]| plane.project(corner(*from), corner(*to)).1;
        self.edges.iter().any(|edge| near(edge) <= self.near_m * self.near_m)
    }
}

fn from(zero: [i32; 2], at: [i32; 2]) -> Point {
    [eastwards(i64::from(at[1]) - i64::from(zero[1])), i64::from(at[0]) - i64::from(zero[0])]
}

/// Whether the boxes around two pieces have no place in common.
fn apart(a: [Point; 2], b: [Point; 2]) -> bool {
    let beyond = |axis: usize, low: [Point; 2], high: [Point; 2]| {
        low[0][axis].max(low[1][axis]) < high[0][axis].min(high[1][axis])
    };
    (0..2).any(|axis| beyond(axis, a, b) || beyond(axis, b, a))
}

/// Whether two pieces cross: the ends of each lie on both sides of the other. Those that only touch are near one another anyway.
fn cross(a: [Point; 2], b: [Point; 2]) -> bool {
    let side = |[from, to]: [Point; 2], of: Point| {
        let product =
            |a: Point, b: Point| i128::from(a[0]) * i128::from(b[1]) - i128::from(a[1]) * i128::from(b[0]);
        product([to[0] - from[0], to[1] - from[1]], [of[0] - from[0], of[1] - from[1]]).signum()
    };
    !apart(a, b) && side(a, b[0]) * side(a, b[1]) < 0 && side(b, a[0]) * side(b, a[1]) < 0
}
