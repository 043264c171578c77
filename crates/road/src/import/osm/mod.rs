//! OpenStreetMap extracts: ways and turn restrictions first, then the nodes that they use.

use super::draft::{Draft, Restriction, Street, Turn, line_metres};
use super::report::ImportReport;
use super::speed;
use super::tags::{Drivable, Tags, barrier, drivable, simplified};
use crate::error::RoadError;
use osmpbf::{Element, ElementReader, RelMemberType, Relation, Way};
use paceline_model::Position;
use std::collections::BTreeMap;
use std::path::Path;

struct RawWay {
    id: i64,
    nodes: Vec<i64>,
    drivable: Drivable,
}

struct RawTurn {
    from_way: i64,
    via: i64,
    to_way: i64,
    turn: Turn,
}

/// The nodes that drivable ways use, by id, with what is known of each.
struct Nodes {
    ids: Vec<i64>,
    uses: Vec<u32>,
    places: Vec<Option<Position>>,
}

pub(super) fn read(
    path: &Path,
    country: Option<&str>,
    report: &mut ImportReport,
) -> Result<Draft, RoadError> {
    let (ways, turns) = ways(path, report)?;
    let mut nodes = Nodes::used_by(&ways);
    nodes.locate(path, report)?;
    let defaults = match country {
        Some(code) => {
            speed::by_code(code).ok_or_else(|| RoadError::Osm(format!("no speed limits known for {code}")))?
        }
        None => nodes.centre().map_or(speed::by_place(0.0, 0.0), |(lat, lon)| speed::by_place(lat, lon)),
    };
    report.speed_defaults = defaults.code.to_owned();
    let mut streets = Streets::new(&nodes);
    for way in &ways {
        streets.add(way, way.drivable.speeds(defaults), report);
    }
    Ok(streets.finish(&turns, report))
}

fn elements(path: &Path, each: impl for<'a> FnMut(Element<'a>)) -> Result<(), RoadError> {
    let io = |source| RoadError::Io { path: path.to_owned(), source };
    let file = std::fs::File::open(path).map_err(io)?;
    let reader = ElementReader::new(std::io::BufReader::new(file));
    reader.for_each(each).map_err(|error| RoadError::Osm(error.to_string()))
}

fn ways(path: &Path, report: &mut ImportReport) -> Result<(Vec<RawWay>, Vec<RawTurn>), RoadError> {
    let (mut ways, mut turns) = (Vec::new(), Vec::new());
    elements(path, |element| match element {
        Element::Way(way) => {
            report.read += 1;
            match drivable(&Tags(way.tags().collect())) {
                Ok(drivable) => {
                    simplified(&Tags(way.tags().collect())).for_each(|reason| report.simplify(reason));
                    report.speeds_by_default += u64::from(drivable.lacks_limit());
                    ways.push(raw(&way, drivable));
                }
                Err(reason) => reason.into_iter().for_each(|reason| report.skip(reason)),
            }
        }
        Element::Relation(relation) => match restrictions(&relation) {
            Ok(found) => turns.extend(found),
            Err(reason) => reason.into_iter().for_each(|reason| report.skip(reason)),
        },
        _ => {}
    })?;
    Ok((ways, turns))
}

fn raw(way: &Way<'_>, drivable: Drivable) -> RawWay {
    let mut nodes: Vec<i64> = way.refs().collect();
    nodes.dedup();
    RawWay { id: way.id(), nodes, drivable }
}

/// The turn restrictions for cars that a relation means, or why it means none. `None` inside: some other relation.
/// `no_entry` may name several ways in and `no_exit` several ways out; each pair is a restriction.
fn restrictions(relation: &Relation<'_>) -> Result<Vec<RawTurn>, Option<&'static str>> {
    let tags = Tags(relation.tags().collect());
    if tags.get("type").and_then(|kind| kind.split(':').next()) != Some("restriction") {
        return Err(None);
    }
    let kind = kind(&tags)?;
    let turn = match kind.split('_').next() {
        Some("no") => Turn::Forbidden,
        Some("only") => Turn::Compulsory,
        _ => return Err(Some("turn restriction of an unknown kind")),
    };
    let members = |role: &str, kind: RelMemberType| -> Vec<i64> {
        let plays = |m: &osmpbf::RelMember<'_>| m.member_type == kind && m.role().is_ok_and(|r| r == role);
        relation.members().filter(plays).map(|m| m.member_id).collect()
    };
    if !members("via", RelMemberType::Way).is_empty() {
        return Err(Some("turn restriction over a way between"));
    }
    let (from, to) = (members("from", RelMemberType::Way), members("to", RelMemberType::Way));
    let &[via] = members("via", RelMemberType::Node).as_slice() else {
        return Err(Some("turn restriction without its members"));
    };
    if from.is_empty() || to.is_empty() {
        return Err(Some("turn restriction without its members"));
    }
    if (from.len() > 1 && kind != "no_entry") || (to.len() > 1 && kind != "no_exit") {
        return Err(Some("turn restriction with more than one way in or out"));
    }
    let pairs = from.iter().flat_map(|&from_way| to.iter().map(move |&to_way| (from_way, to_way)));
    Ok(pairs.map(|(from_way, to_way)| RawTurn { from_way, via, to_way, turn }).collect())
}

/// Which turn it is about, if it always holds and holds for cars.
fn kind<'a>(tags: &Tags<'a>) -> Result<&'a str, Option<&'static str>> {
    let cars = ["restriction:motorcar", "restriction:motor_vehicle", "restriction"];
    let Some(kind) = cars.iter().find_map(|key| tags.get(key)) else {
        let hours =
            tags.0.iter().any(|(key, _)| key.starts_with("restriction") && key.ends_with(":conditional"));
        let whom = Some("turn restriction for other vehicles only");
        return Err(if hours { Some("turn restriction for certain hours only") } else { whom });
    };
    if ["hour_on", "hour_off", "day_on", "day_off"].iter().any(|key| tags.get(key).is_some()) {
        return Err(Some("turn restriction for certain hours only"));
    }
    let car = |who: &str| matches!(who.trim(), "motorcar" | "motor_vehicle");
    if tags.get("except").is_some_and(|list| list.split(';').any(car)) {
        return Err(Some("turn restriction that cars are excepted from"));
    }
    Ok(kind)
}

impl Nodes {
    /// Counts uses; the ends of a way count double, so that they are junctions in any case.
    fn used_by(ways: &[RawWay]) -> Self {
        let mut all: Vec<i64> = Vec::new();
        for way in ways {
            all.extend_from_slice(&way.nodes);
            all.extend(way.nodes.first().into_iter().chain(way.nodes.last()));
        }
        all.sort_unstable();
        let (mut ids, mut uses) = (Vec::new(), Vec::new());
        for run in all.chunk_by(|a, b| a == b) {
            ids.push(run[0]);
            uses.push(run.len() as u32);
        }
        let places = vec![None; ids.len()];
        Self { ids, uses, places }
    }
    fn index(&self, id: i64) -> Option<usize> {
        self.ids.binary_search(&id).ok()
    }
    fn locate(&mut self, path: &Path, report: &mut ImportReport) -> Result<(), RoadError> {
        elements(path, |element| {
            let (id, lat, lon, blocked) = match element {
                Element::Node(n) => {
                    (n.id(), n.decimicro_lat(), n.decimicro_lon(), barrier(&Tags(n.tags().collect())))
                }
                Element::DenseNode(n) => {
                    (n.id(), n.decimicro_lat(), n.decimicro_lon(), barrier(&Tags(n.tags().collect())))
                }
                _ => return,
            };
            let Some(index) = self.index(id) else { return };
            if blocked {
                report.skip("node with a barrier that stops cars");
            } else {
                self.places[index] = Position::from_e7(lat, lon).ok();
            }
        })
    }
    /// The mean of all places, in degrees.
    fn centre(&self) -> Option<(f64, f64)> {
        let count = self.places.iter().flatten().count();
        let sum = |axis: fn(Position) -> f64| {
            self.places.iter().flatten().map(|&p| axis(p)).sum::<f64>() / count as f64
        };
        (count > 0).then(|| (sum(Position::lat), sum(Position::lon)))
    }
}

/// Cuts ways into streets at junctions and at nodes that are missing or blocked.
struct Streets<'a> {
    known: &'a Nodes,
    /// The draft's number of each known node, once a street ends there.
    numbers: Vec<Option<u32>>,
    names: BTreeMap<String, u32>,
    draft: Draft,
}

impl<'a> Streets<'a> {
    fn new(known: &'a Nodes) -> Self {
        Self { known, numbers: vec![None; known.ids.len()], names: BTreeMap::new(), draft: Draft::default() }
    }
    fn add(&mut self, way: &RawWay, speeds: [Option<f64>; 2], report: &mut ImportReport) {
        let name = way.drivable.name.as_deref().map(|name| self.name(name));
        let at: Vec<Option<(usize, Position)>> = way.nodes.iter().map(|&id| self.place(id)).collect();
        report.skip_many(
            "node missing from the extract or blocked, the way was cut there",
            at.iter().filter(|n| n.is_none()).count() as u64,
        );
        for run in at.split(Option::is_none) {
            let run: Vec<(usize, Position)> = run.iter().flatten().copied().collect();
            let mut begin = 0;
            for end in 1..run.len() {
                if self.known.uses[run[end].0] >= 2 || end + 1 == run.len() {
                    self.street(&run[begin..=end], speeds, name, way.id);
                    begin = end;
                }
            }
        }
    }
    fn place(&self, id: i64) -> Option<(usize, Position)> {
        let index = self.known.index(id)?;
        Some((index, self.known.places[index]?))
    }
    fn name(&mut self, name: &str) -> u32 {
        if let Some(&number) = self.names.get(name) {
            return number;
        }
        let number = self.draft.names.len() as u32;
        self.names.insert(name.to_owned(), number);
        self.draft.names.push(name.to_owned());
        number
    }
    fn street(&mut self, run: &[(usize, Position)], speeds: [Option<f64>; 2], name: Option<u32>, way: i64) {
        let line: Vec<Position> = run.iter().map(|&(_, place)| place).collect();
        let metres = line_metres(&line);
        let street = Street {
            from: self.number(run[0]),
            to: self.number(run[run.len() - 1]),
            metres,
            line,
            ahead_kmh: speeds[0],
            back_kmh: speeds[1],
            name,
            ways: [way, way],
            parts: vec![(way, metres)],
        };
        self.draft.streets.push(street);
    }
    fn number(&mut self, (index, place): (usize, Position)) -> u32 {
        *self.numbers[index].get_or_insert_with(|| {
            self.draft.nodes.push(place);
            self.draft.nodes.len() as u32 - 1
        })
    }
    fn finish(mut self, turns: &[RawTurn], report: &mut ImportReport) -> Draft {
        for turn in turns {
            match self.known.index(turn.via).and_then(|index| self.numbers[index]) {
                Some(via) => {
                    let (from_way, to_way) = (turn.from_way, turn.to_way);
                    self.draft.restrictions.push(Restriction { from_way, via, to_way, turn: turn.turn });
                }
                None => report.skip("turn restriction on a street that was left out"),
            }
        }
        self.draft
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    /// Cuts ways of the given nodes, all on one line, with node 9 missing; writes the streets down by their nodes.
    fn check(ways: &[(i64, &[i64])], turns: &[RawTurn], expected: Expect) {
        let tags = || Tags(vec![("highway", "residential"), ("name", "Long Lane")]);
        let raw = |&(id, nodes): &(i64, &[i64])| RawWay {
            id,
            nodes: nodes.to_vec(),
            drivable: drivable(&tags()).unwrap(),
        };
        let ways: Vec<RawWay> = ways.iter().map(raw).collect();
        let mut nodes = Nodes::used_by(&ways);
        let place = |&id: &i64| (id != 9).then(|| Position::new(0.0, id as f64 / 1e3).unwrap());
        nodes.places = nodes.ids.iter().map(place).collect();
        let mut report = ImportReport::default();
        let mut streets = Streets::new(&nodes);
        ways.iter().for_each(|way| streets.add(way, [Some(30.0), None], &mut report));
        let draft = streets.finish(turns, &mut report);
        let id = |place: &Position| format!("{:.0}", place.lon() * 1e3);
        let street = |s: &Street| s.line.iter().map(id).collect::<Vec<_>>().join("-");
        let mut lines: Vec<String> = draft.streets.iter().map(street).collect();
        lines.extend(
            draft
                .restrictions
                .iter()
                .map(|r| format!("{:?} at {}", r.turn, id(&draft.nodes[r.via as usize]))),
        );
        lines.extend(report.skipped.iter().map(|(reason, count)| format!("{count} {reason}")));
        expected.assert_eq(&lines.join("; "));
    }

    #[test]
    fn ways_are_cut_where_they_meet_and_keep_their_corners_elsewhere() {
        check(&[(1, &[1, 2, 3, 4]), (2, &[5, 3, 6])], &[], expect!["1-2-3; 3-4; 5-3; 3-6"]);
    }

    #[test]
    fn a_way_that_meets_itself_is_cut_there() {
        check(&[(1, &[1, 2, 3, 4, 2])], &[], expect!["1-2; 2-3-4-2"]);
    }

    #[test]
    fn a_missing_node_cuts_the_way_and_is_counted() {
        check(
            &[(1, &[1, 2, 9, 3, 4]), (2, &[9, 5])],
            &[],
            expect!["1-2; 3-4; 2 node missing from the extract or blocked, the way was cut there"],
        );
    }

    #[test]
    fn a_restriction_is_kept_at_its_junction_and_counted_where_that_is_gone() {
        let turn = |via| RawTurn { from_way: 1, via, to_way: 2, turn: Turn::Forbidden };
        check(
            &[(1, &[1, 2]), (2, &[2, 3])],
            &[turn(2), turn(7)],
            expect!["1-2; 2-3; Forbidden at 2; 1 turn restriction on a street that was left out"],
        );
    }
}
