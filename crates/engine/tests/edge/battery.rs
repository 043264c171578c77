//! A battery below its reserve sheds the lowest priority first and a little at a time, and what left comes back once the battery is well.

use crate::bench::{Bench, detector, node, node_id, workload};
use paceline_model::Instant;
use paceline_model::edge::{
    Command, MoveCause, NodeReport, Percent, Power, PowerSupply, RawNumber, WorkloadSpec,
};

/// What both nodes say each ten seconds until then.
fn charge(bench: &mut Bench, until: u64, supply: PowerSupply, percent: f64) -> Vec<String> {
    while bench.now.0 / 1_000 + 10 <= until {
        let next = bench.now.0 / 10_000 * 10 + 10;
        bench.say(NodeReport::heartbeat(node_id("mains"), bench.now));
        let battery = Some((supply, RawNumber(Some(percent))));
        bench.say(NodeReport { battery, ..NodeReport::heartbeat(node_id("b"), bench.now) });
        bench.until(next);
    }
    let named = bench.moves().into_iter().map(|(id, cause): (String, MoveCause)| format!("{id} {cause:?}"));
    let mut named: Vec<String> = named.collect();
    named.sort();
    named
}

#[test]
fn it_sheds_by_priority_a_step_at_a_time_and_takes_work_back_above_its_hysteresis() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut bench = Bench::open(dir.path(), u64::MAX, Instant(0));
    bench.ask(Command::PutModel(detector()));
    let devices: Vec<String> = (0..5).map(|number| format!("GPU-{number}")).collect();
    let mut spec = node("b", "z", &devices.iter().map(String::as_str).collect::<Vec<_>>());
    spec.power = Power::Battery { reserve: Percent(30) };
    bench.ask(Command::PutNode(spec));
    for priority in [3, 0, 4, 1, 2] {
        bench.ask(Command::PutWorkload(WorkloadSpec {
            priority,
            ..workload(&format!("p{priority}"), 1, 1, 1_000)
        }));
    }
    bench.until(10);
    let devices: Vec<String> = (0..5).map(|number| format!("GPU-m{number}")).collect();
    bench.ask(Command::PutNode(node("mains", "z", &devices.iter().map(String::as_str).collect::<Vec<_>>())));
    let on = PowerSupply::Battery;
    assert_eq!(charge(&mut bench, 20, on, 30.0), Vec::<String>::new(), "at its reserve it keeps its work");
    assert_eq!(charge(&mut bench, 30, on, 29.0), ["p0-0 LowBattery", "p1-0 LowBattery"]);
    assert_eq!(charge(&mut bench, 40, on, 29.0), ["p2-0 LowBattery", "p3-0 LowBattery"]);
    // Above the reserve, and not by enough: the last goes too, and nothing comes back.
    assert_eq!(charge(&mut bench, 60, on, 34.0), ["p4-0 LowBattery"]);
    assert_eq!(charge(&mut bench, 600, on, 34.0), Vec::<String>::new());
    assert_eq!(charge(&mut bench, 890, on, 35.0), Vec::<String>::new(), "well for 290 s");
    let back = charge(&mut bench, 920, on, 35.0);
    assert!(back.len() >= 2 && back.len() <= 4 && back.iter().all(|id| id.ends_with("Returned")), "{back:?}");
    assert!(back.contains(&"p4-0 Returned".to_owned()) && back.contains(&"p3-0 Returned".to_owned()));
    assert_eq!(charge(&mut bench, 960, on, 35.0).len() + back.len(), 5);
}
