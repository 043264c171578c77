//! From the chosen states to driven edges, their line, and the place of every position on them.

use super::groups::Group;
use super::lattice::{Chain, HiddenState};
use super::matched::{Fix, Mark, Matched, MatchedFix, Stretch};
use super::routes::RouteSearch;
use crate::leg::{EdgeId, RoadPoint, WHOLE};
use crate::network::{Roads, along, fractions};
use paceline_model::Centimetres;

/// The bound of the last searches, in centimetres: the states were found within less.
const ANY_CM: u32 = u32::MAX / 2;

/// Adds a chain to the answer, as one stretch.
pub(super) fn lay(
    roads: &Roads,
    routes: &mut RouteSearch<'_>,
    fixes: &[Fix],
    groups: &[Group],
    chain: &Chain,
    matched: &mut Matched,
) {
    let Some(&(_, first)) = chain.first() else { return };
    let mut stretch = Stretch { edges: vec![first.point.edge], start: first.point, ..Stretch::default() };
    let mut furthest = first.point.fraction;
    stretch.marks.push(Mark { edge: 0, fraction: furthest, at: groups[chain[0].0].at });
    for pair in chain.windows(2) {
        let (from, to) = (pair[0].1.point, pair[1].1.point);
        if from.edge == to.edge && behind_is_standing(roads, groups, pair, from, to) {
            furthest = furthest.max(to.fraction);
        } else {
            routes.search(from, &[to.edge], ANY_CM);
            stretch.edges.extend(routes.edges(to.edge));
            furthest = to.fraction;
        }
        let edge = stretch.edges.len() - 1;
        stretch.marks.push(Mark { edge, fraction: furthest, at: groups[pair[1].0].at });
    }
    stretch.end = RoadPoint { edge: stretch.edges[stretch.edges.len() - 1], fraction: furthest };
    let ends = (groups[chain[0].0].first, groups[chain[chain.len() - 1].0].last);
    lengthen(roads, &mut stretch, &fixes[ends.0], &fixes[ends.1]);
    draw(roads, &mut stretch);
    place_fixes(roads, fixes, groups, chain, &stretch, matched);
    matched.stretches.push(stretch);
}

/// Whether the second state is ahead on the same edge, or so little behind that it counts as standing.
fn behind_is_standing(
    roads: &Roads,
    groups: &[Group],
    pair: &[(usize, HiddenState)],
    from: RoadPoint,
    to: RoadPoint,
) -> bool {
    let noise_m = groups[pair[0].0].sigma_m.hypot(groups[pair[1].0].sigma_m);
    let ahead = roads.along_cm(to).as_metres() - roads.along_cm(from).as_metres();
    ahead >= -3.0 * noise_m
}

/// A group's state stands for its mean: the stretch extends to where its first and its last position lie on the same edges.
fn lengthen(roads: &Roads, stretch: &mut Stretch, first: &Fix, last: &Fix) {
    let begin = roads.snap_to(first.position, stretch.start.edge).point.fraction;
    let end = roads.snap_to(last.position, stretch.end.edge).point.fraction;
    stretch.start.fraction = stretch.start.fraction.min(begin);
    stretch.end.fraction = stretch.end.fraction.max(end);
}

/// The line of the stretch and its length.
fn draw(roads: &Roads, stretch: &mut Stretch) {
    let last = stretch.edges.len() - 1;
    let mut centimetres = 0u64;
    for (i, &edge) in stretch.edges.iter().enumerate() {
        let low = if i == 0 { stretch.start.fraction } else { 0 };
        let high = if i == last { stretch.end.fraction.max(low) } else { WHOLE };
        let length = |fraction| u64::from(roads.along_cm(RoadPoint { edge, fraction }).0);
        centimetres += length(high) - length(low);
        let line = roads.edge_geometry(edge);
        let between =
            |at: f64| at > f64::from(low) / f64::from(WHOLE) && at < f64::from(high) / f64::from(WHOLE);
        stretch.line.push(along(&line, low));
        let corners = line.iter().zip(fractions(&line));
        stretch.line.extend(corners.filter(|&(_, at)| between(at)).map(|(&corner, _)| corner));
        stretch.line.push(along(&line, high));
    }
    stretch.line.dedup();
    stretch.distance = Centimetres(centimetres.min(u64::from(u32::MAX)) as u32);
}

/// Each position lies at the nearest place on the edges between the states before and after its group.
fn place_fixes(
    roads: &Roads,
    fixes: &[Fix],
    groups: &[Group],
    chain: &Chain,
    stretch: &Stretch,
    matched: &mut Matched,
) {
    for (i, &(group, _)) in chain.iter().enumerate() {
        let low = stretch.marks[i.saturating_sub(1)].edge;
        let high = stretch.marks[(i + 1).min(chain.len() - 1)].edge;
        for (fix, place) in (groups[group].first..=groups[group].last).map(|f| (&fixes[f], f)) {
            matched.fixes[place] = nearest(roads, fix, &stretch.edges[low..=high], matched.stretches.len());
        }
    }
}

fn nearest(roads: &Roads, fix: &Fix, edges: &[EdgeId], stretch: usize) -> Option<MatchedFix> {
    let on = |&edge: &EdgeId| {
        let snapped = roads.snap_to(fix.position, edge);
        let (point, position, distance_m) = (snapped.point, snapped.position, snapped.distance_m);
        MatchedFix { stretch, point, position, distance_m }
    };
    edges.iter().map(on).min_by(|a, b| a.distance_m.total_cmp(&b.distance_m))
}
