//! Cuts ways into streets: at junctions, at nodes that are missing, and at barriers, where a street is a dead end on both sides.

use super::super::draft::{Draft, Restriction, Street, Via, line_metres};
use super::super::report::ImportReport;
use super::nodes::{Nodes, Used};
use super::relations::{self, RawTurn};
use std::collections::BTreeMap;

pub(super) struct Streets<'a> {
    known: &'a Nodes,
    /// The draft's number of each known node, once a street ends there.
    numbers: Vec<Option<u32>>,
    /// The nodes at which each way that is wanted for a restriction ends.
    ends: BTreeMap<i64, Vec<u32>>,
    names: BTreeMap<String, u32>,
    draft: Draft,
}

impl<'a> Streets<'a> {
    /// `turns` says which ways a restriction will ask for.
    pub(super) fn new(known: &'a Nodes, turns: &[RawTurn]) -> Self {
        let over = |turn: &'_ RawTurn| match &turn.via {
            relations::Via::Node(_) => Vec::new(),
            relations::Via::Ways(ways) => ways.clone(),
        };
        Self {
            known,
            numbers: vec![None; known.len()],
            ends: turns.iter().flat_map(over).map(|way| (way, Vec::new())).collect(),
            names: BTreeMap::new(),
            draft: Draft::default(),
        }
    }
    pub(super) fn add(
        &mut self,
        way: i64,
        nodes: &[i64],
        speeds: [Option<f64>; 2],
        name: Option<&str>,
        report: &mut ImportReport,
    ) {
        let name = name.map(|name| self.name(name));
        let at: Vec<Option<Used>> = nodes.iter().map(|&id| self.known.used(id)).collect();
        report.skip_many(
            "node missing from the extract, the way was cut there",
            at.iter().filter(|n| n.is_none()).count() as u64,
        );
        for run in at.split(Option::is_none) {
            let run: Vec<Used> = run.iter().flatten().copied().collect();
            let mut begin = 0;
            for end in 1..run.len() {
                if run[end].barred || self.known.is_junction(run[end].index) || end + 1 == run.len() {
                    self.street(&run[begin..=end], speeds, name, way);
                    begin = end;
                }
            }
        }
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
    fn street(&mut self, run: &[Used], speeds: [Option<f64>; 2], name: Option<u32>, way: i64) {
        let line: Vec<_> = run.iter().map(|used| used.place).collect();
        let metres = line_metres(&line);
        let (from, to) = (self.number(run[0]), self.number(run[run.len() - 1]));
        if let Some(ends) = self.ends.get_mut(&way) {
            ends.extend([from, to]);
        }
        self.draft.streets.push(Street {
            from,
            to,
            metres,
            line,
            ahead_kmh: speeds[0],
            back_kmh: speeds[1],
            name,
            ways: [way, way],
            parts: vec![(way, metres)],
        });
    }
    /// At a barrier every street that ends there has a node of its own, so that none leads on to another.
    fn number(&mut self, used: Used) -> u32 {
        let next = self.draft.nodes.len() as u32;
        let number = if used.barred { next } else { *self.numbers[used.index].get_or_insert(next) };
        if number == next {
            self.draft.nodes.push(used.place);
        }
        number
    }
    pub(super) fn finish(mut self, turns: &[RawTurn], report: &mut ImportReport) -> Draft {
        for turn in turns {
            match self.via(&turn.via) {
                Some(via) => {
                    let (from_way, to_way) = (turn.from_way, turn.to_way);
                    self.draft.restrictions.push(Restriction { from_way, via, to_way, turn: turn.turn });
                }
                None => report.skip("turn restriction on a street that was left out"),
            }
        }
        self.draft
    }
    fn via(&self, via: &relations::Via) -> Option<Via> {
        match via {
            relations::Via::Node(id) => {
                self.known.index(*id).and_then(|index| self.numbers[index]).map(Via::Node)
            }
            relations::Via::Ways(ways) => {
                let ends: Vec<&Vec<u32>> = ways.iter().filter_map(|way| self.ends.get(way)).collect();
                ends.iter()
                    .all(|ends| !ends.is_empty())
                    .then(|| Via::Ways(ways.clone(), ends.into_iter().flatten().copied().collect()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::draft::Turn;
    use super::*;
    use expect_test::{Expect, expect};
    use paceline_model::Position;

    /// Cuts ways of the given nodes, all on one line, with node 9 missing and a barrier at node 8; writes the streets down by their nodes.
    fn check(ways: &[(i64, &[i64])], turns: &[RawTurn], expected: Expect) {
        let mut nodes = Nodes::used_by(ways.iter().map(|way| way.1));
        for &id in ways.iter().flat_map(|way| way.1).filter(|&&id| id != 9) {
            nodes.put(id, Position::new(0.0, id as f64 / 1e3).unwrap());
        }
        nodes.bar(8);
        let mut report = ImportReport::default();
        let mut streets = Streets::new(&nodes, turns);
        ways.iter()
            .for_each(|way| streets.add(way.0, way.1, [Some(30.0), None], Some("Long Lane"), &mut report));
        let draft = streets.finish(turns, &mut report);
        let id = |place: &Position| format!("{:.0}", place.lon() * 1e3);
        let street = |s: &Street| s.line.iter().map(id).collect::<Vec<_>>().join("-");
        let mut lines: Vec<String> = draft.streets.iter().map(street).collect();
        let at =
            |r: &Restriction| r.nodes().iter().map(|&n| id(&draft.nodes[n as usize])).collect::<Vec<_>>();
        lines.extend(draft.restrictions.iter().map(|r| format!("{:?} at {}", r.turn, at(r).join(" "))));
        lines.extend(report.skipped.iter().map(|(reason, count)| format!("{count} {reason}")));
        expected.assert_eq(&lines.join("; "));
        let ends = draft.streets.iter().flat_map(|s| [s.from, s.to]);
        let barrier = Position::new(0.0, 0.008).unwrap();
        let at_barrier: Vec<u32> = ends.filter(|&node| draft.nodes[node as usize] == barrier).collect();
        let apart: std::collections::BTreeSet<_> = at_barrier.iter().collect();
        assert_eq!(apart.len(), at_barrier.len(), "no two streets meet at a barrier");
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
            expect!["1-2; 3-4; 2 node missing from the extract, the way was cut there"],
        );
    }

    #[test]
    fn a_barrier_parts_every_street_that_comes_to_it() {
        check(&[(1, &[1, 2, 8, 3]), (2, &[8, 5])], &[], expect!["1-2-8; 8-3; 8-5"]);
    }

    #[test]
    fn a_restriction_is_kept_at_its_junction_and_counted_where_that_is_gone() {
        let turn = |via| RawTurn { from_way: 1, via, to_way: 2, turn: Turn::Forbidden };
        let (node, ways) = (relations::Via::Node, relations::Via::Ways);
        check(
            &[(1, &[1, 2]), (2, &[2, 3])],
            &[turn(node(2)), turn(node(7)), turn(ways(vec![2])), turn(ways(vec![1, 6]))],
            expect![
                "1-2; 2-3; Forbidden at 2; Forbidden at 2 3; 2 turn restriction on a street that was left out"
            ],
        );
    }
}
