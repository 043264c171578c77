//! `check` sees each rule broken, and the reader says what is wrong where.

use super::{TINY, sound, tiny};
use paceline_plan::solver::vrp::{VrpRule, VrpSolution, VrpViolation, check, parse};

/// Breaks a sound answer of the tiny instance that begins with `name`; gives the rules that `check` names.
fn broken(name: &str, spoil: impl FnOnce(&mut VrpSolution)) -> Vec<VrpViolation> {
    let (name, problem) = tiny().find(|(own, _)| own.starts_with(name)).expect("a tiny instance");
    let (mut solution, _) = sound(name, &problem, 50_000, 1);
    spoil(&mut solution);
    check(&problem, &solution)
}

fn names(violations: &[VrpViolation], wanted: VrpRule) -> bool {
    violations
        .iter()
        .any(|violation| matches!(violation, VrpViolation::Limit { rule, .. } if *rule == wanted))
}

#[test]
fn check_sees_a_stop_before_the_vehicle_can_be_there() {
    let violations = broken("solomon", |solution| {
        let stops = &mut solution.routes[0].stops;
        stops[1].begin = stops[0].begin;
    });
    assert!(names(&violations, VrpRule::Travel), "{violations:?}");
}

#[test]
fn check_sees_windows_missed_on_either_side() {
    let early = broken("solomon", |solution| solution.routes[0].stops[0].begin = -1.0);
    assert!(names(&early, VrpRule::Early), "{early:?}");
    let late = broken("solomon", |solution| {
        solution.routes[0].stops.iter_mut().for_each(|stop| stop.begin += 500.0)
    });
    assert!(names(&late, VrpRule::Late), "{late:?}");
}

#[test]
fn check_sees_requests_served_twice_by_halves_or_not_at_all() {
    let twice = broken("solomon", |solution| {
        let stop = solution.routes[0].stops[0];
        solution.routes[0].stops.push(stop);
    });
    assert!(
        twice.iter().any(|violation| matches!(violation, VrpViolation::Served { times: 2, .. })),
        "{twice:?}"
    );
    let never = broken("solomon", |solution| drop(solution.routes.pop()));
    assert!(
        never.iter().any(|violation| matches!(violation, VrpViolation::Served { times: 0, .. })),
        "{never:?}"
    );
    let half = broken("li_lim", |solution| {
        solution.routes[0].stops.pop();
    });
    assert!(half.iter().any(|violation| matches!(violation, VrpViolation::Order { .. })), "{half:?}");
    let unknown = broken("li_lim", |solution| solution.unserved.push(99));
    assert!(
        unknown.iter().any(|violation| matches!(violation, VrpViolation::Served { request: 99, .. })),
        "{unknown:?}"
    );
}

#[test]
fn check_sees_a_delivery_before_its_pick_up_and_loads_below_nothing() {
    let violations = broken("li_lim", |solution| {
        let stops = &mut solution.routes[0].stops;
        let (first, last) = (0, stops.len() - 1);
        (stops[first].place, stops[last].place) = (stops[last].place, stops[first].place);
    });
    assert!(
        violations.iter().any(|violation| matches!(violation, VrpViolation::Order { .. })),
        "{violations:?}"
    );
    assert!(names(&violations, VrpRule::Load), "{violations:?}");
}

#[test]
fn check_sees_more_routes_than_vehicles_and_stops_at_no_place() {
    let violations = broken("li_lim", |solution| {
        let route = solution.routes[0].clone();
        solution.routes.extend([route.clone(), route.clone(), route.clone(), route]);
    });
    assert!(
        violations.iter().any(|violation| matches!(violation, VrpViolation::Vehicles { vehicles: 4, .. })),
        "{violations:?}"
    );
    let violations = broken("li_lim", |solution| solution.routes[0].stops[0].place = 500);
    assert!(
        violations.iter().any(|violation| matches!(violation, VrpViolation::Place { place: 500, .. })),
        "{violations:?}"
    );
}

#[test]
fn check_sees_long_rides_and_long_days() {
    let violations = broken("cordeau", |solution| {
        solution.routes[0].leave = -1_000.0;
        solution.routes[0].stops[0].begin -= 1_000.0;
    });
    assert!(names(&violations, VrpRule::Ride) && names(&violations, VrpRule::Duration), "{violations:?}");
}

#[test]
fn check_sees_an_empty_battery_and_a_charge_where_there_is_no_station() {
    let (name, mut problem) = tiny().nth(3).unwrap();
    let (mut solution, _) = sound(name, &problem, 50_000, 1);
    solution.routes[0].stops[0].charge = if solution.routes[0].stops[0].place < 8 { 1.0 } else { 1_000.0 };
    assert!(names(&check(&problem, &solution), VrpRule::Charge));
    problem.energy.as_mut().unwrap().per_distance = 5.0;
    assert!(names(&check(&problem, &solution), VrpRule::Empty));
}

/// What the reader says about a text.
fn refusal(text: &str) -> String {
    parse(text).err().map_or_else(|| "sound".into(), |error| error.to_string())
}

#[test]
fn refusals_name_line_field_value_and_rule() {
    let li_lim = |from, to| refusal(&TINY[0].1.replacen(from, to, 1));
    let said = [
        refusal(""),
        refusal("hello world\n1 2\n"),
        li_lim("4\t30\t1", "4\t-30\t1"),
        li_lim("\n0\t50\t50", "\n0\tfifty\t50"),
        li_lim("\n1\t", "\n7\t"),
        refusal("1 10 1\n0 0 0 0 0 100 0 0 0\n1 3 4 5 50 40 0 0 2\n2 6 8 -5 0 100 0 1 0\n"),
        refusal("1 10 1\n0 0 0 0 0 100 0 0 0\n1 3 4 5 0 100 0 0 9\n2 6 8 -5 0 100 0 1 0\n"),
        refusal("1 10 1\n0 0 0 0 0 100 0 0 0\n1 3 4 5 0 100 0 0 2\n2 6 8 -4 0 100 0 1 0\n"),
        refusal("1 10 1\n0 0 0 0 0 100 0 0 0\n1 3 4 5 0 1e9 0 0 2\n2 6 8 -5 0 100 0 1 0\n"),
        refusal(&TINY[2].1.replacen("2 12 300", "2 9 300", 1)),
        refusal(&TINY[3].1.replacen("/70.0/", "/empty/", 1)),
        refusal(&TINY[3].1.replacen("D0         d", "D0         x", 1)),
        refusal(&TINY[1].1.replacen("  5         50", "  5", 1)),
    ];
    expect_test::expect![[r#"
        line 0, text: "": an instance has at least a line for the fleet and one for the depot
        line 1, format: "hello world": begins like none of Li-Lim, Solomon, Cordeau, Schneider
        line 1, capacity: "-30": greater than 0
        line 2, x: "fifty": a number
        line 3, number: "7": places count up from 0; this is 1
        line 3, due date: "40": no earlier than the ready time
        line 3, pickup and delivery: "0 9": names another place of this instance
        line 4, demand: "-4": place 2: what place 1 loads, negative
        line 3, due date: "1e9": at most 100000, either way
        line 1, places: "9": 6 riders and 12 places follow
        line 14, Q, battery capacity: "empty": a number
        line 2, Type: "x": d, f or c
        line 5, capacity: "5": column 2 is missing"#]]
    .assert_eq(&said.join("\n"));
}

/// A Solomon instance whose capacity is 100, with the rows of its customers from 1 on.
fn solomon(depot: &str, rows: &[&str]) -> String {
    format!(
        "TINY\n\nVEHICLE\nNUMBER CAPACITY\n 5 100\n\nCUSTOMER\nCUST NO.\n\n{depot}\n{}\n",
        rows.join("\n")
    )
}

#[test]
fn a_refusal_names_the_line_of_the_place_that_is_at_fault() {
    let depot = "0 40 50 0 0 1000 0";
    let said = [
        refusal(&solomon(depot, &["1 45 68 10 0 900 10", "2 45 70 150 0 900 10", "3 42 66 10 0 900 10"])),
        refusal(&solomon(depot, &["1 45 68 -10 0 900 10", "2 45 70 30 0 900 10"])),
        refusal(&solomon(depot, &["1 NaN 68 10 0 900 10"])),
        refusal(&TINY[3].1.replacen("\nC2", "\nC1", 1)),
    ];
    expect_test::expect![[r#"
        line 12, demand: "150": place 2: between 0 and the capacity of 100
        line 11, demand: "-10": place 1: between 0 and the capacity of 100
        line 11, x: "NaN": a number
        line 7, StringID: "C1": the id of no line before"#]]
    .assert_eq(&said.join("\n"));
}

#[test]
fn a_byte_order_mark_belongs_to_no_format() {
    for (name, text) in TINY {
        assert_eq!(refusal(&format!("\u{feff}{text}")), "sound", "{name}");
    }
}

#[test]
fn an_answer_that_serves_nobody_is_no_distance_long() {
    let problem = parse(&solomon("0 40 50 0 0 10 0", &["1 45 68 10 0 900 10"])).unwrap();
    let (solution, report) = sound("closed", &problem, 1_000, 1);
    assert_eq!((solution.unserved.len(), report.distance.to_bits()), (1, 0.0_f64.to_bits()));
}
