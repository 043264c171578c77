//! Streets drawn in text, networks from lists of links, and a slow oracle: what the tests of this crate run on.
#![allow(dead_code, reason = "each test binary uses its part")]

pub(crate) mod relaxation;
pub(crate) mod slow;

use paceline_model::Position;
use paceline_road::{EdgeId, RoadError, RoadPoint, Roads, TurnRestriction, TurnRule};
use std::fmt::Write as _;

/// Degrees of latitude (and, at the equator, of longitude) that 100 m are.
const HUNDRED_METRES: f64 = 100.0 / 111_195.08;

/// One directed link between numbered nodes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) metres: f64,
    pub(crate) kmh: f64,
}

/// Where node `index` of [`network`] lies: a square lattice near the equator, 10 columns wide.
pub(crate) fn lattice(index: usize) -> Position {
    Position::new((index / 10) as f64 * HUNDRED_METRES, (index % 10) as f64 * HUNDRED_METRES).unwrap()
}

/// Everything that a place is: on its street in both directions, or at a junction on every street there.
pub(crate) fn names(roads: &Roads, place: RoadPoint) -> Vec<RoadPoint> {
    let (tail, head) = roads.edge_ends(place.edge);
    let node = match place.fraction {
        0 => tail,
        u16::MAX => head,
        _ => {
            let twin = roads.twin(place.edge);
            let other = twin.map(|edge| RoadPoint { edge, fraction: u16::MAX - place.fraction });
            return [Some(place), other].into_iter().flatten().collect();
        }
    };
    let at = |edge: EdgeId| {
        let (tail, head) = roads.edge_ends(edge);
        let leaves = (tail == node).then_some(RoadPoint { edge, fraction: 0 });
        leaves.into_iter().chain((head == node).then_some(RoadPoint { edge, fraction: u16::MAX }))
    };
    (0..roads.edge_count() as u32).map(EdgeId).flat_map(at).collect()
}

/// The node-link document of `links`; each pair of ends has a name of its own if `named`.
pub(crate) fn document(places: &[Position], links: &[Link], named: bool) -> String {
    let mut text = String::from("{\"nodes\":[");
    let comma = |i: usize| if i == 0 { "" } else { "," };
    for (i, place) in places.iter().enumerate() {
        write!(text, "{}{{\"id\":{i},\"x\":{},\"y\":{}}}", comma(i), place.lon(), place.lat()).unwrap();
    }
    text.push_str("],\"links\":[");
    for (i, link) in links.iter().enumerate() {
        let name = format!("{}-{}", link.from.min(link.to), link.from.max(link.to));
        let name = if named { format!(",\"name\":\"{name}\"") } else { String::new() };
        let Link { from, to, metres, kmh } = link;
        let ends = format!("\"source\":{from},\"target\":{to}");
        write!(text, "{}{{{ends},\"length\":{metres},\"speed_kmph\":{kmh}{name}}}", comma(i)).unwrap();
    }
    text.push_str("]}");
    text
}

/// The network of `links` between the first `nodes` places of [`lattice`].
pub(crate) fn network(nodes: usize, links: &[Link]) -> Result<Roads, RoadError> {
    let places: Vec<Position> = (0..nodes).map(lattice).collect();
    Roads::import_node_link(document(&places, links, false).as_bytes()).map(|(roads, _)| roads)
}

/// A drawn map. Capital letters are junctions; a line of `-` or `|` between two is a street, a dash 100 m at 10 m/s;
/// with `>`, `<`, `^` or `v` in it, it is open that way only.
pub(crate) struct Map {
    pub(crate) roads: Roads,
    letters: Vec<(char, Position)>,
}

impl Map {
    pub(crate) fn draw(text: &str) -> Self {
        let rows: Vec<Vec<char>> = text.lines().map(|row| row.chars().collect()).collect();
        let at =
            |row: usize, column: usize| rows.get(row).and_then(|r| r.get(column)).copied().unwrap_or(' ');
        let mut letters = Vec::new();
        let mut links = Vec::new();
        let cells = || (0..rows.len()).flat_map(|r| (0..rows[r].len()).map(move |c| (r, c)));
        for (r, c) in cells().filter(|&(r, c)| at(r, c).is_ascii_uppercase()) {
            let place = Position::new(-(r as f64) * HUNDRED_METRES, c as f64 * HUNDRED_METRES).unwrap();
            letters.push((at(r, c), place));
        }
        let number = |letter: char| letters.iter().position(|&(l, _)| l == letter).unwrap();
        for (r, c) in cells().filter(|&(r, c)| at(r, c).is_ascii_uppercase()) {
            let across = (1..).map(|i| at(r, c + i)).take_while(|&l| "-<>".contains(l)).collect::<String>();
            let down = (1..).map(|i| at(r + i, c)).take_while(|&l| "|v^".contains(l)).collect::<String>();
            for (street, far) in [(&across, at(r, c + across.len() + 1)), (&down, at(r + down.len() + 1, c))]
            {
                if street.is_empty() {
                    continue;
                }
                let (from, to) = (number(at(r, c)), number(far));
                let link = Link { from, to, metres: street.len() as f64 * 100.0, kmh: 36.0 };
                if !street.contains(['<', '^']) {
                    links.push(link);
                }
                if !street.contains(['>', 'v']) {
                    links.push(Link { from: to, to: from, ..link });
                }
            }
        }
        let places: Vec<Position> = letters.iter().map(|&(_, place)| place).collect();
        let json = document(&places, &links, true);
        Self { roads: Roads::import_node_link(json.as_bytes()).unwrap().0, letters }
    }
    /// The place `metres` from the first letter of `street` towards its second, named on that direction.
    pub(crate) fn place(&self, street: &str, metres: f64) -> RoadPoint {
        let edge = self.edge(street);
        let share = metres / self.roads.edge_leg(edge).distance.as_metres();
        RoadPoint { edge, fraction: (share * 65_535.0).round() as u16 }
    }
    /// The same map with turn restrictions such as `no AB BC` or `only AB BC`, separated by commas.
    pub(crate) fn with_turn_restrictions(mut self, restrictions: &str) -> Self {
        let restriction = |text: &str| {
            let [rule, from, to] = text.split_whitespace().collect::<Vec<_>>()[..] else {
                panic!("what does {text} say?")
            };
            let rule = if rule == "no" { TurnRule::Forbidden } else { TurnRule::Compulsory };
            TurnRestriction { from: self.edge(from), to: self.edge(to), rule }
        };
        let restrictions: Vec<TurnRestriction> = restrictions.split(',').map(restriction).collect();
        self.roads = self.roads.with_turn_restrictions(&restrictions).unwrap();
        self
    }
    pub(crate) fn edge(&self, street: &str) -> EdgeId {
        let ends: Vec<Position> = street
            .chars()
            .map(|letter| self.letters.iter().find(|&&(l, _)| l == letter).unwrap().1)
            .collect();
        (0..self.roads.edge_count() as u32)
            .map(EdgeId)
            .find(|&edge| {
                let line = self.roads.edge_geometry(edge);
                line.first() == ends.first() && line.last() == ends.last()
            })
            .unwrap_or_else(|| panic!("no street {street}"))
    }
    /// The name of an edge as two letters.
    pub(crate) fn name(&self, edge: EdgeId) -> String {
        let line = self.roads.edge_geometry(edge);
        [line.first(), line.last()]
            .into_iter()
            .map(|end| self.letters.iter().find(|(_, place)| Some(place) == end).unwrap().0)
            .collect()
    }
}
