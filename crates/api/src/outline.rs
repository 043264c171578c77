//! Whether a ring of corners is the outline of an area: it crosses neither itself nor the date line, and it encloses something. What is
//! in a journal was taken once and is not asked again.

use paceline_model::{Invalid, Position, Rule};

/// Half the way around the globe, in ten-millionths of a degree: an edge that is longer goes the other way around.
const HALF_E7: i64 = 180 * 10_000_000;

/// Errors: an edge across the date line; edges that cross or lie on one another; no area.
pub(crate) fn check(ring: &[Position]) -> Result<(), Invalid> {
    let wrong = |value: String, rule: &str| Err(Invalid::new("ring", value, Rule::Shape(rule.into())));
    let corners: Vec<Corner> = ring.iter().copied().map(Corner::from).collect();
    let edges = edges(&corners);
    if let Some(edge) = edges.iter().find(|edge| (edge.to.x - edge.from.x).abs() > HALF_E7) {
        let rule = "must not cross the date line: cut it there and define two areas";
        return wrong(format!("an edge from {} to {}", edge.from, edge.to), rule);
    }
    if twice_area(&edges) == 0 {
        return wrong(format!("{} corners without an area between them", ring.len()), "must enclose an area");
    }
    match crossing(&edges) {
        Some((one, other)) => {
            let rule = "must not cross or touch itself";
            wrong(format!("an outline whose edges from {} and from {} meet", one.from, other.from), rule)
        }
        None => Ok(()),
    }
}

/// A corner, in ten-millionths of a degree: whole numbers, so that nothing is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Corner {
    x: i64,
    y: i64,
}

impl From<Position> for Corner {
    fn from(at: Position) -> Self {
        Self { x: at.lon_e7().into(), y: at.lat_e7().into() }
    }
}

/// Longitude and latitude, as the ring was written.
impl std::fmt::Display for Corner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[{}, {}]", self.x as f64 / 1e7, self.y as f64 / 1e7)
    }
}

#[derive(Clone, Copy, Debug)]
struct Edge {
    from: Corner,
    to: Corner,
    /// Its place around the ring.
    index: usize,
}

impl Edge {
    fn low_x(&self) -> i64 {
        self.from.x.min(self.to.x)
    }
    fn high_x(&self) -> i64 {
        self.from.x.max(self.to.x)
    }
    /// On which side of it a corner lies: -1, 0 or 1.
    fn side(&self, of: Corner) -> i128 {
        let (dx, dy) = (i128::from(self.to.x - self.from.x), i128::from(self.to.y - self.from.y));
        (dx * i128::from(of.y - self.from.y) - dy * i128::from(of.x - self.from.x)).signum()
    }
    /// Whether a corner on its line lies between its ends.
    fn spans(&self, of: Corner) -> bool {
        let between = |a: i64, b: i64, c: i64| a.min(b) <= c && c <= a.max(b);
        between(self.from.x, self.to.x, of.x) && between(self.from.y, self.to.y, of.y)
    }
    /// Whether they have a point in common. Source: Cormen et al., Introduction to Algorithms, 33.1.
    fn meets(&self, other: &Self) -> bool {
        let (a, b) = (self.side(other.from), self.side(other.to));
        let (c, d) = (other.side(self.from), other.side(self.to));
        if a * b < 0 && c * d < 0 {
            return true;
        }
        (a == 0 && self.spans(other.from))
            || (b == 0 && self.spans(other.to))
            || (c == 0 && other.spans(self.from))
            || (d == 0 && other.spans(self.to))
    }
}

/// The edges around the ring. A corner that is written twice in a row is one.
fn edges(corners: &[Corner]) -> Vec<Edge> {
    let mut corners = corners.to_vec();
    corners.dedup();
    let next = corners.iter().copied().cycle().skip(1);
    corners.iter().zip(next).enumerate().map(|(index, (&from, to))| Edge { from, to, index }).collect()
}

/// Twice the area between the corners, signed. Source: the shoelace formula.
fn twice_area(edges: &[Edge]) -> i128 {
    let of = |edge: &Edge| {
        i128::from(edge.from.x) * i128::from(edge.to.y) - i128::from(edge.to.x) * i128::from(edge.from.y)
    };
    edges.iter().map(of).sum()
}

/// Two edges that meet elsewhere than at the corner between them: swept from west to east, so that an outline of 10,000 short edges takes
/// milliseconds.
fn crossing(edges: &[Edge]) -> Option<(Edge, Edge)> {
    let mut by_west = edges.to_vec();
    by_west.sort_by_key(Edge::low_x);
    for (at, one) in by_west.iter().enumerate() {
        let beside = by_west[at + 1..].iter().take_while(|other| other.low_x() <= one.high_x());
        for other in beside {
            if meet_wrongly(one, other, edges.len()) {
                return Some((*one, *other));
            }
        }
    }
    None
}

/// Whether two edges have more in common than the corner between neighbours.
fn meet_wrongly(one: &Edge, other: &Edge, edges: usize) -> bool {
    let (first, second) = if (one.index + 1) % edges == other.index {
        (one, other)
    } else if (other.index + 1) % edges == one.index {
        (other, one)
    } else {
        return one.meets(other);
    };
    // Neighbours share a corner; they lie on one another where the second goes back along the first.
    first.side(second.to) == 0 && (first.spans(second.to) || second.spans(first.from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(ring: &[[f64; 2]]) -> String {
        let at = |[lon, lat]: &[f64; 2]| Position::new(*lat, *lon).expect("on earth");
        let ring: Vec<Position> = ring.iter().map(at).collect();
        check(&ring).map_or_else(|invalid| invalid.to_string(), |()| "an area".into())
    }

    #[test]
    fn an_outline_goes_around_something_once() {
        let l = [[0.0, 0.0], [2.0, 0.0], [2.0, 1.0], [1.0, 1.0], [1.0, 2.0], [0.0, 2.0]];
        assert_eq!(checked(&l), "an area");
        let mut other_way = l;
        other_way.reverse();
        assert_eq!(checked(&other_way), "an area");
        assert_eq!(checked(&[[0.0, 0.0], [0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]), "an area", "a corner twice");
        assert_eq!(
            checked(&[[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [1.0, 1.0]]),
            "an area",
            "a corner on a side"
        );
    }

    #[test]
    fn a_bow_tie_a_line_a_spike_and_the_date_line_are_no_outlines() {
        for (ring, why) in [
            (
                &[[-74.03, 40.69], [-73.90, 40.88], [-73.90, 40.69], [-74.03, 40.88]][..],
                "must enclose an area",
            ),
            (&[[-74.0, 40.0], [-73.0, 41.0], [-73.0, 40.0], [-74.0, 42.0]], "must not cross or touch itself"),
            (&[[-74.0, 40.7], [-73.9, 40.8], [-73.95, 40.75]], "must enclose an area"),
            (
                &[[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [3.0, 3.0], [2.0, 2.0], [0.0, 2.0]],
                "must not cross or touch itself",
            ),
            (
                &[[179.0, -18.0], [-179.0, -18.0], [-179.0, -16.0], [179.0, -16.0]],
                "must not cross the date line",
            ),
        ] {
            let said = checked(ring);
            assert!(said.contains(why), "{ring:?}: {said}");
        }
    }

    #[test]
    fn a_large_outline_is_checked_in_no_time() {
        let corner = |n: u32| {
            let angle = f64::from(n) / 10_000.0 * std::f64::consts::TAU;
            [-73.98 + 0.02 * angle.cos(), 40.75 + 0.02 * angle.sin()]
        };
        let ring: Vec<[f64; 2]> = (0..10_000).map(corner).collect();
        assert_eq!(checked(&ring), "an area");
    }
}
