//! A synthetic city: for tests and measurements at sizes that no map beside the project has. Districts of local streets,
//! some of them one-way by turns, some with gaps; arterials around them; motorways with ramps every few arterials.
//! Same seed, same bytes.

use super::draft::{Draft, Street, line_metres};
use paceline_model::Position;

/// Metres between neighbouring junctions.
const BLOCK_M: f64 = 110.0;
const METRES_PER_DEGREE: f64 = 111_195.0;
/// Junctions between arterials, and arterials between motorways.
const DISTRICT: usize = 8;
const MOTORWAY: usize = DISTRICT * 6;
/// Junctions between the ramps of a motorway.
const RAMPS: usize = DISTRICT * 2;

/// Draws numbers. Source: SplitMix64 (Steele, Lea, Flood, 2014).
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ z >> 31) % limit
    }
    fn percent(&mut self, share: u64) -> bool {
        self.below(100) < share
    }
}

/// The directions in which a street is open.
#[derive(Clone, Copy)]
enum Open {
    Both,
    Ahead,
    Back,
}

/// A city of about `edges` directed edges.
pub(super) fn draft(edges: usize, seed: u64) -> Draft {
    // A junction has two streets of its own, nine in ten of them kept, most of them open in both directions.
    let side = (((edges as f64) / 2.95).sqrt() as usize).max(12);
    let mut city = City { side, draft: Draft::default(), draw: Draw(seed) };
    city.junctions();
    city.streets();
    city.motorways();
    city.draft
}

struct City {
    side: usize,
    draft: Draft,
    draw: Draw,
}

impl City {
    fn junctions(&mut self) {
        for row in 0..self.side {
            for column in 0..self.side {
                let jitter = |draw: &mut Draw| (draw.below(1_000) as f64 / 1_000.0 - 0.5) * 0.5;
                let (north, east) =
                    (row as f64 + jitter(&mut self.draw), column as f64 + jitter(&mut self.draw));
                self.node(north, east);
            }
        }
    }
    /// A node at so many blocks from the south-western corner, near the equator.
    fn node(&mut self, north: f64, east: f64) -> u32 {
        let degrees = |blocks: f64| blocks * BLOCK_M / METRES_PER_DEGREE;
        self.draft.nodes.push(Position::new(degrees(north), degrees(east)).unwrap_or_default());
        self.draft.nodes.len() as u32 - 1
    }
    fn street(&mut self, from: u32, to: u32, kmh: f64, open: Open) {
        let line = vec![self.draft.nodes[from as usize], self.draft.nodes[to as usize]];
        let street = Street {
            from,
            to,
            metres: line_metres(&line),
            line,
            ahead_kmh: (!matches!(open, Open::Back)).then_some(kmh),
            back_kmh: (!matches!(open, Open::Ahead)).then_some(kmh),
            name: None,
            ways: [0, 0],
            parts: Vec::new(),
        };
        self.draft.streets.push(street);
    }
    fn streets(&mut self) {
        let side = self.side;
        for row in 0..side {
            for column in 0..side {
                let here = (row * side + column) as u32;
                if column + 1 < side {
                    self.local(here, here + 1, row, column);
                }
                if row + 1 < side {
                    self.local(here, here + side as u32, column, row);
                }
            }
        }
    }
    /// The street along line `line`, between stations `station` and the next.
    fn local(&mut self, from: u32, to: u32, line: usize, station: usize) {
        if line.is_multiple_of(DISTRICT) {
            return self.street(from, to, 50.0, Open::Both);
        }
        // A district is drawn from its place alone, so that all its streets agree.
        let district =
            Draw((line / DISTRICT * 7_919 + station / DISTRICT) as u64 ^ self.draw.0 >> 63).below(100);
        if self.draw.percent(10) {
            return;
        }
        let kmh = if district < 30 { 20.0 } else { 30.0 };
        let open = match (district.is_multiple_of(3), line.is_multiple_of(2)) {
            (false, _) => Open::Both,
            (true, true) => Open::Ahead,
            (true, false) => Open::Back,
        };
        self.street(from, to, kmh, open);
    }
    /// Two carriageways along every few arterials, in both directions of the map, with ramps.
    fn motorways(&mut self) {
        for line in (MOTORWAY / 2..self.side).step_by(MOTORWAY) {
            for along in [true, false] {
                for back in [false, true] {
                    self.carriageway(line, along, back);
                }
            }
        }
    }
    fn carriageway(&mut self, line: usize, along: bool, back: bool) {
        let mut before: Option<u32> = None;
        for station in (0..self.side).step_by(RAMPS) {
            let beside = line as f64 + if back { 0.6 } else { 0.4 };
            let (north, east) = if along { (beside, station as f64) } else { (station as f64, beside) };
            let here = self.node(north, east);
            let (row, column) = if along { (line, station) } else { (station, line) };
            let junction = (row * self.side + column) as u32;
            self.street(junction, here, 50.0, Open::Ahead);
            self.street(here, junction, 50.0, Open::Ahead);
            if let Some(before) = before {
                self.street(before, here, 100.0, if back { Open::Back } else { Open::Ahead });
            }
            before = Some(here);
        }
    }
}
