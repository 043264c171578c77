//! The network as everybody reads it: columns of the road file, by node and by directed edge.
//! Written once by `import`, checked by `file` and `consistency`; nothing here changes it.

use crate::cch::{Customisation, Hierarchy, Metric, Streets, complete, set_walks, walked};
use crate::columns::{Arc, NONE, Section, set_section};
use crate::consistency::consistent;
use crate::covered::Covered;
use crate::error::RoadError;
use crate::file::Image;
use crate::grid::eastwards;
use crate::leg::{EdgeId, Leg, RoadPoint, TurnRestriction, TurnRule, WHOLE};
use crate::threads::threads;
use bytemuck::Pod;
use paceline_model::{Centimetres, Position};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::{Arc as Shared, OnceLock};

/// A street network under one metric: immutable, shared, memory-mapped or built in memory.
///
/// Streets and metric are held by reference, so that [`Roads::with_metric`] is cheap: while one tick decides on what it was
/// given, the next may be given the same streets under newer travel times.
#[derive(Clone, Debug)]
pub struct Roads {
    image: Shared<Image>,
    metric: Shared<Metric>,
    /// Where a street is near, once it was asked for.
    covered: Shared<OnceLock<Covered>>,
}

impl Roads {
    /// Maps a road file that [`Roads::save`] wrote.
    ///
    /// Errors: not readable, foreign, of a newer version, cut short, damaged (with section and offset).
    pub fn open(path: &Path) -> Result<Self, RoadError> {
        Self::free_flowing(Image::open(path)?)
    }
    /// The network in `bytes`, a road file's content. Errors as [`Roads::open`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RoadError> {
        Self::free_flowing(Image::from_bytes(bytes)?)
    }
    fn free_flowing(image: Image) -> Result<Self, RoadError> {
        consistent(&image)?;
        let weights = image.column::<Arc>(Section::OutArcs).iter().map(|arc| arc.leg()).collect();
        let metric = Metric::new(&Hierarchy::of(&image), weights, Customisation::Perfect, threads());
        Ok(Self { image: Shared::new(image), metric: Shared::new(metric), covered: Shared::default() })
    }
    /// A metric of these streets with new weights for all edges, by edge; a closed edge is [`Leg::UNREACHABLE`].
    /// Times below 1 ms count as 1 ms. Any number of threads gives the same metric.
    ///
    /// Errors: not one weight per edge.
    pub fn customise(
        &self,
        weights: Vec<Leg>,
        customisation: Customisation,
        threads: NonZeroUsize,
    ) -> Result<Metric, RoadError> {
        self.expect_edges(weights.len())?;
        Ok(Metric::new(&self.hierarchy(), weights, customisation, threads))
    }
    /// The present metric after a change of some edges, of which the last named counts: work grows with what they touch.
    ///
    /// Errors: an edge that is not of this network.
    pub fn customise_changes(
        &self,
        changes: &[(EdgeId, Leg)],
        threads: NonZeroUsize,
    ) -> Result<Metric, RoadError> {
        if let Some(&(edge, _)) = changes.iter().find(|(edge, _)| edge.index() >= self.edge_count()) {
            return Err(RoadError::UnknownEdge { edge: edge.0, edges: self.edge_count() });
        }
        Ok(self.metric.changed(&self.hierarchy(), changes, threads))
    }
    /// The same streets under another metric of them. Errors: not one weight per edge.
    pub fn with_metric(&self, metric: Shared<Metric>) -> Result<Self, RoadError> {
        self.expect_edges(metric.weights().len())?;
        Ok(Self { metric, ..self.clone() })
    }
    pub(crate) fn covered(&self) -> Option<&Covered> {
        self.covered.get()
    }
    pub(crate) fn cover_by(&self, covered: impl FnOnce() -> Covered) {
        self.covered.get_or_init(covered);
    }
    fn expect_edges(&self, found: usize) -> Result<(), RoadError> {
        let expected = self.edge_count();
        if found == expected { Ok(()) } else { Err(RoadError::Weights { expected, found }) }
    }
    /// The metric that questions are answered by.
    pub fn metric(&self) -> &Shared<Metric> {
        &self.metric
    }
    /// What driving the whole edge takes without traffic, as imported. Panics if the edge is of another network.
    pub fn free_flow(&self, edge: EdgeId) -> Leg {
        self.arcs()[edge.index()].leg()
    }
    /// Writes the road file, whole or not at all: beside `path` first, then renamed.
    pub fn save(&self, path: &Path) -> Result<(), RoadError> {
        self.image.save(path)
    }
    /// The road file's content.
    pub fn as_bytes(&self) -> &[u8] {
        self.image.bytes()
    }
    /// A checksum of the content: equal networks have equal digests.
    pub fn digest(&self) -> u32 {
        self.image.digest()
    }
    /// Directed edges.
    pub fn edge_count(&self) -> usize {
        self.arcs().len()
    }
    /// Junctions, dead ends, and places where a street's name or speed changes.
    pub fn node_count(&self) -> usize {
        self.nodes().len()
    }
    /// The south-western and north-eastern corners of all streets.
    pub fn bounds(&self) -> (Position, Position) {
        let points = self.shape_points();
        let fold =
            |axis: usize, pick: fn(i32, i32) -> i32| points.iter().map(|p| p[axis]).reduce(pick).unwrap_or(0);
        (place([fold(0, i32::min), fold(1, i32::min)]), place([fold(0, i32::max), fold(1, i32::max)]))
    }
    /// What driving the whole edge takes under the present metric; [`Leg::UNREACHABLE`] if it is closed.
    /// Panics if the edge is of another network.
    pub fn edge_leg(&self, edge: EdgeId) -> Leg {
        self.metric.weights()[edge.index()]
    }
    /// The junctions, from 0 to [`Roads::node_count`], at which an edge begins and ends.
    pub fn edge_ends(&self, edge: EdgeId) -> (u32, u32) {
        (self.tail(edge), self.head(edge))
    }
    /// The edges that begin or end at a junction; one that does both comes twice.
    pub(crate) fn edges_at(&self, node: u32) -> impl Iterator<Item = EdgeId> {
        let range = |first: &[u32]| first[node as usize]..first[node as usize + 1];
        let coming = range(self.column(Section::InFirst));
        let coming = &self.column::<u32>(Section::InEdges)[coming.start as usize..coming.end as usize];
        range(self.column(Section::OutFirst)).chain(coming.iter().copied()).map(EdgeId)
    }
    /// Whether a driver on `from` may go on to `to`: an edge that begins where `from` ends, by the turn restrictions and
    /// without turning back mid-block or where turns are restricted; whatever was driven before, see [`Roads::forbidden_walks`].
    /// Panics if an edge is of another network.
    pub fn may_turn(&self, from: EdgeId, to: EdgeId) -> bool {
        let numbers = |walk: Vec<EdgeId>| walk.into_iter().map(|edge| edge.0).collect();
        let walks: Vec<Vec<u32>> = self.forbidden_walks().map(numbers).collect();
        let streets = Streets {
            out_first: self.column(Section::OutFirst),
            in_first: self.column(Section::InFirst),
            in_edges: self.column(Section::InEdges),
            twins: self.column(Section::Twins),
            restrictions: self.column(Section::Restrictions),
            walks: &[],
            walked: &walked(&walks),
        };
        self.head(from) == self.tail(to) && streets.may_turn(from.0, to.0)
    }
    /// The walks of three edges or more that a restriction forbids as a whole, ascending: each turn of one may be made.
    pub fn forbidden_walks(&self) -> impl Iterator<Item = Vec<EdgeId>> + use<'_> {
        let edges: &[u32] = self.column(Section::WalkEdges);
        self.column::<u32>(Section::WalkFirst)
            .windows(2)
            .map(|row| edges[row[0] as usize..row[1] as usize].iter().copied().map(EdgeId).collect())
    }
    /// The graph in which every walk is a drive that the turn restrictions allow, to search it by other means: ports are
    /// numbered from 0, and each arc is (port, port, edge driven).
    pub fn turn_arcs(&self) -> impl Iterator<Item = (u32, u32, EdgeId)> + use<'_> {
        let hierarchy = self.hierarchy();
        let from =
            move |port: u32| hierarchy.on(port).iter().map(move |arc| (port, arc.head, EdgeId(arc.edge)));
        (0..self.port_count() as u32).flat_map(from)
    }
    /// Ports of [`Roads::turn_arcs`]: as many as junctions, and some more where turns are restricted.
    pub fn port_count(&self) -> usize {
        self.hierarchy().ports()
    }
    /// Arcs of the hierarchy, each for both directions.
    pub fn hierarchy_arc_count(&self) -> usize {
        self.hierarchy().arcs()
    }
    /// The turn restrictions that the file keeps.
    pub fn turn_restrictions(&self) -> impl Iterator<Item = TurnRestriction> + use<'_> {
        let rule = |word: u32| if word == 0 { TurnRule::Forbidden } else { TurnRule::Compulsory };
        let restriction = move |&[from, _, to, word]: &[u32; 4]| TurnRestriction {
            from: EdgeId(from),
            to: EdgeId(to),
            rule: rule(word),
        };
        self.column::<[u32; 4]>(Section::Restrictions).iter().map(restriction)
    }
    /// The same streets, free-flowing, with `restrictions` in place of those that were there, and without the walks that were forbidden.
    ///
    /// Errors: a restriction of a turn between edges that do not meet.
    pub fn with_turn_restrictions(&self, restrictions: &[TurnRestriction]) -> Result<Self, RoadError> {
        self.with_restrictions(restrictions, &[])
    }
    /// The same, with `walks` forbidden as a whole, each of three edges or more.
    ///
    /// Errors: a turn between edges that do not meet; a shorter walk.
    pub fn with_restrictions(
        &self,
        restrictions: &[TurnRestriction],
        walks: &[Vec<EdgeId>],
    ) -> Result<Self, RoadError> {
        let mut rows = Vec::with_capacity(restrictions.len());
        for restriction in restrictions {
            self.expect_turn(restriction.from, restriction.to)?;
            let word = u32::from(restriction.rule == TurnRule::Compulsory);
            rows.push([restriction.from.0, self.head(restriction.from), restriction.to.0, word]);
        }
        rows.sort_unstable();
        rows.dedup();
        for walk in walks {
            if walk.len() < 3 {
                return Err(RoadError::ShortWalk(walk.len()));
            }
            walk.windows(2).try_for_each(|pair| self.expect_turn(pair[0], pair[1]))?;
        }
        let mut walks: Vec<Vec<u32>> =
            walks.iter().map(|walk| walk.iter().map(|edge| edge.0).collect()).collect();
        walks.sort_unstable();
        walks.dedup();
        let mut columns = self.image.columns();
        set_section(&mut columns, Section::Restrictions, &rows);
        set_walks(&mut columns, &walks);
        Self::from_bytes(&complete(columns, threads()))
    }
    fn expect_turn(&self, from: EdgeId, to: EdgeId) -> Result<(), RoadError> {
        let known = from.index().max(to.index()) < self.edge_count();
        let meet = known && self.head(from) == self.tail(to);
        if meet { Ok(()) } else { Err(RoadError::NoTurn { from: from.0, to: to.0 }) }
    }
    /// The street's name, if it has one.
    pub fn edge_name(&self, edge: EdgeId) -> Option<&str> {
        let name = self.column::<u32>(Section::NameOf)[edge.index()];
        let first = self.column::<u32>(Section::NameFirst);
        let text: &[u8] = self.column(Section::NameText);
        (name != NONE)
            .then(|| &text[first[name as usize] as usize..first[name as usize + 1] as usize])
            .and_then(|bytes| str::from_utf8(bytes).ok())
    }
    /// The street's line in driving direction, both ends included.
    pub fn edge_geometry(&self, edge: EdgeId) -> Vec<Position> {
        let (shape, reversed) = self.shape(edge);
        let places = shape.iter().copied().map(place);
        if reversed { places.rev().collect() } else { places.collect() }
    }
    /// The opposite direction of the same street, if it is open.
    pub fn twin(&self, edge: EdgeId) -> Option<EdgeId> {
        let twin = self.column::<u32>(Section::Twins)[edge.index()];
        (twin != NONE).then_some(EdgeId(twin))
    }
    /// Every street once, two-way ones by the lower of their edges: for drawing.
    pub fn street_polylines(&self) -> impl Iterator<Item = (EdgeId, Vec<Position>)> {
        (0..self.edge_count() as u32)
            .map(EdgeId)
            .filter(|&edge| self.twin(edge).is_none_or(|twin| edge < twin))
            .map(|edge| (edge, self.edge_geometry(edge)))
    }
    /// How many turn restrictions the file keeps.
    pub fn restriction_count(&self) -> usize {
        self.column::<[u32; 4]>(Section::Restrictions).len()
    }
    /// Where on the ground a place on the road is.
    pub fn position(&self, point: RoadPoint) -> Position {
        along(&self.edge_geometry(point.edge), point.fraction)
    }

    /// The same place named on the opposite edge.
    pub(crate) fn mirrored(&self, point: RoadPoint) -> Option<RoadPoint> {
        Some(RoadPoint { edge: self.twin(point.edge)?, fraction: WHOLE - point.fraction })
    }
    /// From the tail of the edge to the place.
    pub(crate) fn before(&self, point: RoadPoint) -> Leg {
        self.edge_leg(point.edge).part(point.fraction)
    }
    /// From the place to the head of the edge. On a closed edge only its ends can be left.
    pub(crate) fn after(&self, point: RoadPoint) -> Leg {
        let whole = self.edge_leg(point.edge);
        match (whole.is_reachable(), point.fraction) {
            (true, _) => whole.without(self.before(point)),
            (false, WHOLE) => Leg::default(),
            (false, _) => Leg::UNREACHABLE,
        }
    }
    /// The length of an edge, open or closed.
    pub(crate) fn length(&self, edge: EdgeId) -> Centimetres {
        self.free_flow(edge).distance
    }
    /// From the tail of the edge to the place, open or closed.
    pub(crate) fn along_cm(&self, point: RoadPoint) -> Centimetres {
        self.free_flow(point.edge).part(point.fraction).distance
    }
    pub(crate) fn hierarchy(&self) -> Hierarchy<'_> {
        Hierarchy::of(&self.image)
    }
    pub(crate) fn tail(&self, edge: EdgeId) -> u32 {
        self.column::<u32>(Section::Tails)[edge.index()]
    }
    pub(crate) fn head(&self, edge: EdgeId) -> u32 {
        self.arcs()[edge.index()].other
    }
    pub(crate) fn column<T: Pod>(&self, section: Section) -> &[T] {
        self.image.column(section)
    }
    pub(crate) fn nodes(&self) -> &[[i32; 2]] {
        self.column(Section::Nodes)
    }
    pub(crate) fn arcs(&self) -> &[Arc] {
        self.column(Section::OutArcs)
    }
    pub(crate) fn shape_points(&self) -> &[[i32; 2]] {
        self.column(Section::ShapePoints)
    }
    /// The stored line of the edge's street, and whether the edge drives it backwards.
    pub(crate) fn shape(&self, edge: EdgeId) -> (&[[i32; 2]], bool) {
        let shape = self.column::<u32>(Section::ShapeOf)[edge.index()];
        let first = self.column::<u32>(Section::ShapeFirst);
        let index = (shape >> 1) as usize;
        (&self.shape_points()[first[index] as usize..first[index + 1] as usize], shape & 1 == 1)
    }
}

/// A stored coordinate pair (latitude first, 1e-7 degrees) as a place; `consistency` has checked the ranges.
pub(crate) fn place([lat, lon]: [i32; 2]) -> Position {
    Position::from_e7(lat, lon).unwrap_or_default()
}

/// The place at `fraction` of the length of a line.
pub(crate) fn along(line: &[Position], fraction: u16) -> Position {
    // Most lines are asked for one of their ends, or are straight: these need no measuring.
    let wanted = f64::from(fraction) / f64::from(WHOLE);
    match (fraction, line) {
        (0, [first, ..]) => return *first,
        (WHOLE, [.., last]) => return *last,
        (_, [first, last]) => return between(*first, *last, wanted),
        _ => {}
    }
    let at = fractions(line);
    let next = at.partition_point(|&f| f < wanted).clamp(1, line.len() - 1);
    let (low, high) = (at[next - 1], at[next]);
    let share = if high > low { ((wanted - low) / (high - low)).clamp(0.0, 1.0) } else { 0.0 };
    between(line[next - 1], line[next], share)
}

/// For each corner of a line, how far along it lies, 0 to 1.
pub(crate) fn fractions(line: &[Position]) -> Vec<f64> {
    let mut sum = 0.0;
    let mut at = vec![0.0];
    for pair in line.windows(2) {
        sum += pair[0].distance_m(pair[1]);
        at.push(sum);
    }
    if sum > 0.0 {
        at.iter_mut().for_each(|f| *f /= sum);
    }
    at
}

/// The place at `share` of the straight line from `a` to `b`.
pub(crate) fn between(a: Position, b: Position, share: f64) -> Position {
    let mix = |a: i32, off: i64| (f64::from(a) + off as f64 * share).round() as i64;
    let (a, b) = ([a.lat_e7(), a.lon_e7()], [b.lat_e7(), b.lon_e7()]);
    let off = [i64::from(b[0]) - i64::from(a[0]), eastwards(i64::from(b[1]) - i64::from(a[1]))];
    place([mix(a[0], off[0]) as i32, eastwards(mix(a[1], off[1])) as i32])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Large enough that halves of the map, and cuts of one region, are shared out among threads.
    #[test]
    fn preprocessing_gives_the_same_bytes_each_time_and_on_any_number_of_threads() {
        let roads = Roads::synthetic_city(30_000, 7).unwrap().0;
        assert!(roads.node_count() > 8_192);
        for count in [1, 1, 2, 5] {
            let again = complete(roads.image.columns(), NonZeroUsize::new(count).unwrap());
            assert!(again == roads.as_bytes(), "{count} threads");
        }
    }
}
