//! The names of a place: on its edge, on the opposite one, and at a junction on as many of the edges there as it takes to leave by every exit
//! and to be reached by every entry. Who asks for a drive asks for all of them.

use crate::columns::Section;
use crate::leg::{EdgeId, RoadPoint, WHOLE};
use crate::network::Roads;
use arrayvec::ArrayVec;

/// Names of one place at most. Two stand for a junction without turn restrictions, and few need more than four.
const NAMES_MAX: usize = 8;

/// Something of each name of one place.
pub(crate) type OfNames<T> = ArrayVec<T, NAMES_MAX>;
/// The names of one place.
pub(crate) type Names = OfNames<RoadPoint>;

impl Roads {
    /// The names of a place that together are all that the place is: a drive that begins there may leave by any of them, one that ends there
    /// may come by any. At a junction they are those of the junction, whichever edge named it.
    pub(crate) fn names(&self, point: RoadPoint) -> Names {
        let at_junction = self.junction_of(point).and_then(|node| self.names_of_junction(node));
        at_junction.unwrap_or_else(|| self.directions(point).collect())
    }
    /// The names of a place on its street alone: ahead and, if it is two-way, back.
    pub(crate) fn directions(&self, point: RoadPoint) -> impl Iterator<Item = RoadPoint> + use<> {
        [Some(point), self.mirrored(point)].into_iter().flatten()
    }
    /// The junction that a place lies at, if it lies at one.
    pub(crate) fn junction_of(&self, point: RoadPoint) -> Option<u32> {
        match point.fraction {
            0 => Some(self.tail(point.edge)),
            WHOLE => Some(self.head(point.edge)),
            _ => None,
        }
    }
    /// Where on the edge that it drives first a drive from a place begins.
    pub(crate) fn begins_on(&self, from: RoadPoint, edge: EdgeId) -> u16 {
        match self.junction_of(from) {
            Some(node) if node == self.tail(edge) => 0,
            Some(node) if node == self.head(edge) => WHOLE,
            _ => self.fraction_on(from, edge).unwrap_or(0),
        }
    }
    /// Where on the edge that it drives last a drive to a place ends.
    pub(crate) fn ends_on(&self, to: RoadPoint, edge: EdgeId) -> u16 {
        match self.junction_of(to) {
            Some(node) if node == self.head(edge) => WHOLE,
            Some(node) if node == self.tail(edge) => 0,
            _ => self.fraction_on(to, edge).unwrap_or(WHOLE),
        }
    }
    fn fraction_on(&self, point: RoadPoint, edge: EdgeId) -> Option<u16> {
        self.directions(point).find(|name| name.edge == edge).map(|name| name.fraction)
    }

    /// Few names that together leave a junction by every edge and reach it by every edge: the one that adds most, then the one that adds most
    /// to that, and so on. `None` at a junction of more edges than can be told apart here.
    fn names_of_junction(&self, node: u32) -> Option<Names> {
        let junction = Junction::of(self, node)?;
        let mut names = Names::new();
        let mut missing = junction.all();
        while missing != 0 && !names.is_full() {
            let adds = |candidate: &(RoadPoint, u64)| (candidate.1 & missing).count_ones();
            // Of those that add as much, the first.
            let (name, covers) =
                junction.candidates().reduce(|a, b| if adds(&b) > adds(&a) { b } else { a })?;
            names.push(name);
            missing &= !covers;
        }
        Some(names)
    }
}

/// The edges at a junction. Sets of them are bits: exits first, then entries.
struct Junction<'a> {
    roads: &'a Roads,
    exits: std::ops::Range<u32>,
    entries: &'a [u32],
}

impl<'a> Junction<'a> {
    fn of(roads: &'a Roads, node: u32) -> Option<Self> {
        let range = |section: Section| {
            let first = roads.column::<u32>(section);
            first[node as usize]..first[node as usize + 1]
        };
        let (exits, coming) = (range(Section::OutFirst), range(Section::InFirst));
        let entries = &roads.column::<u32>(Section::InEdges)[coming.start as usize..coming.end as usize];
        (exits.len() + entries.len() <= u64::BITS as usize).then_some(Self { roads, exits, entries })
    }
    fn all(&self) -> u64 {
        let count = self.exits.len() + self.entries.len();
        u64::MAX.checked_shr(u64::BITS - count as u32).unwrap_or(0)
    }
    /// Every edge as a name of the junction, with what it covers.
    fn candidates(&self) -> impl Iterator<Item = (RoadPoint, u64)> {
        let entries = (0..self.entries.len()).map(|entry| {
            let edge = EdgeId(self.entries[entry]);
            (RoadPoint { edge, fraction: WHOLE }, self.by_entry(entry))
        });
        let exits = self
            .exits
            .clone()
            .map(|exit| (RoadPoint { edge: EdgeId(exit), fraction: 0 }, self.by_exit(exit)));
        entries.chain(exits)
    }
    /// Who begins at the end of an entry may leave by the exits from there; who ends there came by it.
    fn by_entry(&self, entry: usize) -> u64 {
        let hierarchy = self.roads.hierarchy();
        let on = hierarchy.on(hierarchy.port_of[self.entries[entry] as usize]).iter();
        // Where an exit goes on with a walk that is forbidden as a whole, who begins here has not begun that walk.
        let plain = on.filter(|arc| arc.head == hierarchy.port_of[arc.edge as usize]);
        plain.fold(self.bit_of_entry(entry), |covers, arc| covers | 1 << (arc.edge - self.exits.start))
    }
    /// Who begins at an exit leaves by it; who ends there came by an entry from which it may be taken, whatever was driven before.
    fn by_exit(&self, exit: u32) -> u64 {
        let hierarchy = self.roads.hierarchy();
        let covered = |&entry: &usize| {
            hierarchy
                .ends_of(self.entries[entry])
                .all(|end| hierarchy.entered_from(exit).any(|port| port == end))
        };
        let entries = (0..self.entries.len()).filter(covered);
        entries.fold(1 << (exit - self.exits.start), |covers, entry| covers | self.bit_of_entry(entry))
    }
    fn bit_of_entry(&self, entry: usize) -> u64 {
        1 << (self.exits.len() + entry)
    }
}
