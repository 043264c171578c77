//! Joins streets that meet where nothing is decided: chains of nodes of degree two become one street with all their
//! corners. Lengths add up and times do too, because pieces are joined only if their name and speeds agree.

use super::draft::{Draft, Restriction, Street};

/// Joins all chains; returns how many pieces were absorbed.
pub(super) fn join_chains(draft: &mut Draft) -> u64 {
    let mut streets: Vec<Option<Street>> = std::mem::take(&mut draft.streets).into_iter().map(Some).collect();
    let mut ends = vec![Vec::new(); draft.nodes.len()];
    for (index, street) in streets.iter().flatten().enumerate() {
        ends[street.from as usize].push(index);
        ends[street.to as usize].push(index);
    }
    let mut kept = vec![false; draft.nodes.len()];
    for &node in draft.restrictions.iter().flat_map(Restriction::nodes) {
        kept[node as usize] = true;
    }
    let mut joined = 0;
    for node in 0..draft.nodes.len() {
        let &[first, second] = ends[node].as_slice() else { continue };
        if kept[node] || first == second {
            continue;
        }
        let Some((far, street)) = join(node as u32, streets[first].as_ref(), streets[second].as_ref()) else {
            continue;
        };
        streets[first] = Some(street);
        streets[second] = None;
        for end in ends[far as usize].iter_mut().filter(|end| **end == second) {
            *end = first;
        }
        ends[node].clear();
        joined += 1;
    }
    draft.streets = streets.into_iter().flatten().collect();
    joined
}

/// Both streets as one through `node`, with the far end of the second; `None` if something changes there or the
/// result would begin where it ends.
fn join(node: u32, first: Option<&Street>, second: Option<&Street>) -> Option<(u32, Street)> {
    let into = turned(first?, |street| street.to == node);
    let out = turned(second?, |street| street.from == node);
    let same = into.name == out.name && into.ahead_kmh == out.ahead_kmh && into.back_kmh == out.back_kmh;
    if !same || into.from == out.to {
        return None;
    }
    let mut line = into.line;
    line.extend_from_slice(&out.line[1..]);
    let metres = into.metres + out.metres;
    let mut parts = into.parts;
    for (way, metres) in out.parts {
        match parts.last_mut() {
            Some(last) if last.0 == way => last.1 += metres,
            _ => parts.push((way, metres)),
        }
    }
    let street = Street { to: out.to, line, metres, parts, ways: [into.ways[0], out.ways[1]], ..into };
    Some((out.to, street))
}

/// The street turned around if `fits` does not hold as it is.
fn turned(street: &Street, fits: impl Fn(&Street) -> bool) -> Street {
    let mut street = street.clone();
    if !fits(&street) {
        std::mem::swap(&mut street.from, &mut street.to);
        std::mem::swap(&mut street.ahead_kmh, &mut street.back_kmh);
        street.line.reverse();
        street.ways.reverse();
        street.parts.reverse();
        street.parts.iter_mut().for_each(|(way, _)| *way = -*way);
    }
    street
}

#[cfg(test)]
mod tests {
    use super::super::draft::{Turn, Via};
    use super::*;
    use paceline_model::Position;

    /// From, to, speed ahead, speed back, way.
    type Piece = (u32, u32, Option<f64>, Option<f64>, i64);

    /// Streets between places in a row, 0.001 degrees apart.
    fn draft(streets: &[Piece]) -> Draft {
        let place = |node: u32| Position::new(0.0, f64::from(node) / 1e3).unwrap();
        let street = |&(from, to, ahead_kmh, back_kmh, way): &Piece| Street {
            from,
            to,
            line: vec![place(from), place(to)],
            metres: 111.0,
            ahead_kmh,
            back_kmh,
            name: None,
            ways: [way, way],
            parts: vec![(way, 111.0)],
        };
        let streets = streets.iter().map(street).collect();
        Draft { nodes: (0..6).map(place).collect(), streets, ..Draft::default() }
    }

    /// Joins and writes the streets down as from-to, metres, corners and ways.
    fn check(mut draft: Draft, expected: expect_test::Expect) {
        join_chains(&mut draft);
        let line = |s: &Street| {
            let parts: Vec<i64> = s.parts.iter().map(|part| part.0).collect();
            format!("{}-{} {:.0} m {} corners, ways {parts:?}", s.from, s.to, s.metres, s.line.len())
        };
        expected.assert_eq(&draft.streets.iter().map(line).collect::<Vec<_>>().join("; "));
    }

    const FIFTY: Option<f64> = Some(50.0);

    #[test]
    fn a_chain_becomes_one_street_with_all_its_corners_whichever_way_its_pieces_point() {
        let chain = [(0, 1, FIFTY, FIFTY, 1), (2, 1, FIFTY, FIFTY, 2), (2, 3, FIFTY, FIFTY, 3)];
        check(draft(&chain), expect_test::expect!["0-3 333 m 4 corners, ways [1, -2, 3]"]);
    }

    #[test]
    fn one_way_pieces_join_only_head_to_tail() {
        let line = [(0, 1, FIFTY, None, 1), (2, 1, None, FIFTY, 2)];
        check(draft(&line), expect_test::expect!["0-2 222 m 3 corners, ways [1, -2]"]);
        let clash = [(0, 1, FIFTY, None, 1), (2, 1, FIFTY, None, 2)];
        check(
            draft(&clash),
            expect_test::expect!["0-1 111 m 2 corners, ways [1]; 2-1 111 m 2 corners, ways [2]"],
        );
    }

    #[test]
    fn a_change_of_speed_a_junction_and_a_restricted_turn_end_a_chain() {
        let faster = [(0, 1, FIFTY, FIFTY, 1), (1, 2, Some(70.0), FIFTY, 2)];
        check(
            draft(&faster),
            expect_test::expect!["0-1 111 m 2 corners, ways [1]; 1-2 111 m 2 corners, ways [2]"],
        );
        let junction = [(0, 1, FIFTY, FIFTY, 1), (1, 2, FIFTY, FIFTY, 2), (1, 3, FIFTY, FIFTY, 3)];
        assert_eq!(join_chains(&mut draft(&junction)), 0);
        let mut restricted = draft(&[(0, 1, FIFTY, FIFTY, 1), (1, 2, FIFTY, FIFTY, 2)]);
        let via = Via::Node(1);
        restricted.restrictions.push(Restriction { from_way: 1, via, to_way: 2, turn: Turn::Forbidden });
        assert_eq!(join_chains(&mut restricted), 0);
    }

    #[test]
    fn a_ring_keeps_two_pieces_so_that_no_street_ends_where_it_begins() {
        let ring = [(0, 1, FIFTY, FIFTY, 1), (1, 2, FIFTY, FIFTY, 2), (2, 0, FIFTY, FIFTY, 3)];
        check(
            draft(&ring),
            expect_test::expect!["1-2 222 m 3 corners, ways [-1, -3]; 1-2 111 m 2 corners, ways [2]"],
        );
    }
}
