//! Cells of the grid in which every place is near a street: most questions whether one is near are answered by one bit.

use crate::grid::{Frame, ROUNDING_M2};

/// Cells that a street's point is held against around its own: those further off are seldom near enough, and most have points of their own.
const RINGS: i64 = 2;

/// Which cells lie within a distance of a street, all of them. A cell that does not may still hold places that do.
#[derive(Debug)]
pub(crate) struct Covered {
    /// The distance in metres.
    pub(crate) max_m: f64,
    frame: Frame,
    /// A bit for each cell.
    cells: Box<[u64]>,
}

impl Covered {
    /// Of a grid, by points of streets, a few for each cell at least where it is to be dense.
    pub(crate) fn by(frame: Frame, max_m: f64, points: impl Iterator<Item = [i32; 2]>) -> Self {
        let cells = vec![0; frame.cells().div_ceil(64)].into_boxed_slice();
        let mut covered = Self { max_m, frame, cells };
        points.for_each(|point| covered.add(point));
        covered
    }

    fn add(&mut self, point: [i32; 2]) {
        let (row, column) = self.frame.cell(point);
        for at in (-RINGS..=RINGS)
            .flat_map(|down| (-RINGS..=RINGS).map(move |across| (row + down, column + across)))
        {
            let Some(cell) = self.frame.number(at) else { continue };
            if self.frame.square_m_across(at, point) + ROUNDING_M2 <= self.max_m * self.max_m {
                self.cells[cell / 64] |= 1 << (cell % 64);
            }
        }
    }

    /// Whether a place lies in one of them.
    pub(crate) fn has(&self, place: [i32; 2]) -> bool {
        self.frame.cell_inside(place).is_some_and(|cell| self.cells[cell / 64] >> (cell % 64) & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Plane;
    use paceline_model::Position;
    use proptest::prelude::*;

    proptest! {
        /// Wherever on the globe: a place in a cell that is covered has a point within the distance.
        #[test]
        fn a_covered_place_is_near(
            (lat, lon) in (-84.0..84.0f64, -179.0..179.0f64),
            points in prop::collection::vec((0.0..0.02f64, 0.0..0.02f64), 2..8),
            max_m in 100.0..900.0f64,
            (north, east) in (-0.01..0.03f64, -0.01..0.03f64),
        ) {
            let e7 = |degrees: f64| (degrees * 1e7) as i32;
            let points: Vec<[i32; 2]> = points.iter().map(|(up, on)| [e7(lat + up), e7(lon + on)]).collect();
            let covered = Covered::by(Frame::around(&points), max_m, points.iter().copied());
            let place = Position::new(lat + north, lon + east).unwrap();
            if covered.has([place.lat_e7(), place.lon_e7()]) {
                let plane = Plane::at(place);
                let nearest = points.iter().map(|at| plane.project(*at, *at).1).fold(f64::INFINITY, f64::min);
                prop_assert!(nearest <= max_m * max_m, "{} m", nearest.sqrt());
            }
            for at in points {
                // A distance that spans any cell covers every point's own.
                let all = Covered::by(Frame::around(&[at, [at[0] + 90_000, at[1] + 90_000]]), 900.0, std::iter::once(at));
                prop_assert!(all.has(at));
            }
        }
    }
}
