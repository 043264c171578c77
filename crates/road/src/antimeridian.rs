//! Lines and rings over the 180th meridian, cut there as RFC 7946 asks for in section 3.1.9: no piece crosses it.

use crate::grid::eastwards;
use paceline_model::Position;

/// Latitude and longitude in degrees, the longitude counted on past 180 to either side.
pub(crate) type Unwrapped = [f64; 2];

/// The meridian itself.
const HALF: f64 = 180.0;

/// A line's pieces as longitude and latitude in degrees: mostly one, with the corners as they are.
pub(crate) fn pieces(line: &[Position]) -> Vec<Vec<[f64; 2]>> {
    let mut pieces: Vec<Vec<[f64; 2]>> = Vec::new();
    let mut before: Option<Position> = None;
    for &at in line {
        match (pieces.last_mut(), before.and_then(|before| crossing(before, at))) {
            (Some(piece), Some((lat, side))) => {
                piece.push([side, lat]);
                pieces.push(vec![[-side, lat], [at.lon(), at.lat()]]);
            }
            (Some(piece), None) => piece.push([at.lon(), at.lat()]),
            (None, _) => pieces.push(vec![[at.lon(), at.lat()]]),
        }
        before = Some(at);
    }
    pieces
}

/// The latitude at which the shorter way from `a` to `b` crosses the meridian, and on which side `a` lies: 180 or -180.
fn crossing(a: Position, b: Position) -> Option<(f64, f64)> {
    let straight = i64::from(b.lon_e7()) - i64::from(a.lon_e7());
    if eastwards(straight) == straight {
        return None;
    }
    let east = eastwards(straight) as f64 / 1e7;
    let side = HALF.copysign(east);
    let share = (side - a.lon()) / east;
    Some((a.lat() + (b.lat() - a.lat()) * share, side))
}

/// A polygon's rings, outer first, as polygons that lie between the meridians -180 and 180: mostly one, with the corners as they are.
pub(crate) fn cut(rings: &[Vec<Unwrapped>]) -> Vec<Vec<Vec<Unwrapped>>> {
    let worlds = [-1.0, 0.0, 1.0].map(|turn| turn * 2.0 * HALF);
    let clipped = worlds.into_iter().map(|world| {
        let inside = |ring: &Vec<Unwrapped>| {
            let east = clip(ring, |lon| lon - (world - HALF));
            let both = clip(&east, |lon| (world + HALF) - lon);
            both.into_iter().map(|[lat, lon]| [lat, lon - world]).collect::<Vec<Unwrapped>>()
        };
        rings.iter().map(inside).filter(|ring| ring.len() >= 4).collect::<Vec<_>>()
    });
    clipped.filter(|polygon| !polygon.is_empty()).collect()
}

/// The part of a closed ring where `inside` is not negative. Source: Sutherland and Hodgman, *Reentrant polygon clipping*, CACM 17(1), 1974.
fn clip(ring: &[Unwrapped], inside: impl Fn(f64) -> f64) -> Vec<Unwrapped> {
    if ring.iter().all(|at| inside(at[1]) >= 0.0) {
        return ring.to_vec();
    }
    let mut kept = Vec::new();
    for pair in ring.windows(2) {
        let (a, b) = (inside(pair[0][1]), inside(pair[1][1]));
        if a >= 0.0 {
            kept.push(pair[0]);
        }
        if (a < 0.0) != (b < 0.0) {
            let share = a / (a - b);
            kept.push([0, 1].map(|axis| pair[0][axis] + (pair[1][axis] - pair[0][axis]) * share));
        }
    }
    kept.extend(kept.first().copied());
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lat: f64, lon: f64) -> Position {
        Position::new(lat, lon).unwrap()
    }

    #[test]
    fn a_line_is_cut_where_it_crosses() {
        let line = [at(0.0, 179.0), at(1.0, -179.0), at(2.0, -178.0)];
        let cut = vec![vec![[179.0, 0.0], [180.0, 0.5]], vec![[-180.0, 0.5], [-179.0, 1.0], [-178.0, 2.0]]];
        assert_eq!(pieces(&line), cut);
        assert_eq!(pieces(&[at(1.0, -179.0), at(0.0, 179.0)])[1], [[180.0, 0.5], [179.0, 0.0]]);
        assert_eq!(pieces(&[at(0.0, -10.0), at(0.0, 20.0)]).len(), 1);
    }

    #[test]
    fn a_ring_over_the_meridian_becomes_one_on_each_side() {
        let ring = vec![[0.0, 179.0], [0.0, 181.0], [2.0, 181.0], [2.0, 179.0], [0.0, 179.0]];
        let parts = cut(&[ring]);
        let lons: Vec<Vec<f64>> = parts.iter().map(|p| p[0].iter().map(|at| at[1]).collect()).collect();
        assert_eq!(parts.len(), 2);
        assert!(lons[0].iter().all(|lon| (179.0..=180.0).contains(lon)), "{lons:?}");
        assert!(lons[1].iter().all(|lon| (-180.0..=-179.0).contains(lon)), "{lons:?}");
        let whole = vec![[0.0, 1.0], [0.0, 2.0], [1.0, 2.0], [0.0, 1.0]];
        assert_eq!(cut(std::slice::from_ref(&whole)), [[whole]]);
    }
}
