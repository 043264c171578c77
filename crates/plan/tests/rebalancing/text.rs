//! What is refused as an instance, and with which words.

use paceline_plan::solver::rebalancing::{is_rebalancing, parse};

const SOUND: &str = "3\n0 2 -2\n5\n1e+009 10 20\n11 1e+009 12\n21 13 1e+009\n";

#[test]
fn an_instance_is_read_as_it_stands() {
    let problem = parse(SOUND).unwrap();
    assert_eq!((problem.demands.as_slice(), problem.capacity), (&[0, 2, -2][..], 5));
    assert_eq!((problem.costs.get(1, 0), problem.costs.get(0, 2)), (11, 20));
    assert!(
        is_rebalancing(SOUND)
            && !is_rebalancing("2 10 1\n")
            && !is_rebalancing("R101\n")
            && !is_rebalancing("")
    );
}

#[test]
fn refusals_name_line_field_value_and_rule() {
    let refused = |from: &str, to: &str| {
        let text = SOUND.replacen(from, to, 1);
        assert_ne!(text, SOUND);
        format!("{}\n", parse(&text).unwrap_err())
    };
    let refusals = [
        parse("").unwrap_err().to_string() + "\n",
        refused("3\n", "1\n"),
        refused("3\n", "1001\n"),
        refused("0 2 -2", "1 2 -2"),
        refused("0 2 -2", "0 2.5 -2"),
        refused("-2\n5", "-2\n1"),
        refused("12", "-1"),
        refused("12", "1e9"),
        refused("12", "12.5"),
        refused("12", "NaN"),
        refused("13 1e+009", "13"),
        refused("13 1e+009", "13 0 7"),
    ];
    expect_test::expect![[r#"
        line 0, vertices: "": the number of vertices is missing
        line 1, vertices: "1": a whole number from 2 to 1000
        line 1, vertices: "1001": a whole number from 2 to 1000
        line 2, demand: "1": the first vertex is the depot, whose demand is 0
        line 2, demand: "2.5": vertex 1: a whole number, at most 1000000, either way
        line 3, capacity: "1": a whole number from 2, which is the largest demand and at least 1, to 1000000
        line 5, cost: "-1": vertex 1 to 2: a whole number from 0 to 500000000
        line 5, cost: "1e9": vertex 1 to 2: a whole number from 0 to 500000000
        line 5, cost: "12.5": vertex 1 to 2: a whole number from 0 to 500000000
        line 5, cost: "NaN": vertex 1 to 2: a whole number from 0 to 500000000
        line 6, cost: "": that from vertex 2 to 2 is missing
        line 6, cost: "7": nothing follows the table of costs
    "#]]
    .assert_eq(&refusals.concat());
}
