//! What nodes report decides as it should: unknown behind all that is known, better before worse.

use crate::common::{node, running, task};
use paceline_plan::Rng;
use paceline_plan::edge::placement::scores::{
    Bandwidth, Battery, BestFit, FourFactor, FourFactorComparable, Locality, ModelPresent, RoundTrip, Signal,
    Thermal,
};
use paceline_plan::edge::placement::*;

type Change = fn(Readings, u16) -> Readings;

/// Each score with the reading that it goes by, worst at 0 and best at 1,000.
fn all() -> Vec<(fn() -> Mix, Change)> {
    vec![
        (|| Mix::of(Thermal), |r, good| Readings { headroom_celsius: Some(good as i16 / 10 - 40), ..r }),
        (|| Mix::of(Battery), |r, good| Readings { charge_percent: Some((good / 10) as u8), ..r }),
        (|| Mix::of(RoundTrip), |r, good| Readings { round_trip_ms: Some(u32::from(1_000 - good) * 3), ..r }),
        (|| Mix::of(Signal), |r, good| Readings { rssi_dbm: Some(good as i16 / 10 - 120), ..r }),
        (|| Mix::of(Bandwidth), |r, good| Readings { bandwidth_mbit: Some(u32::from(good) * 20), ..r }),
        (|| Mix::of(Locality), |r, good| Readings { users_m: Some(u32::from(1_000 - good) * 150), ..r }),
    ]
}

/// Two nodes that are alike but for what they report; which of them is taken.
fn taken(mix: Mix, first: Readings, second: Readings) -> NodeRow {
    let mut cluster = Cluster::new();
    for readings in [first, second] {
        let spec = Node { cpu_milli: 8_000, devices: vec![Device::whole(16_384)], ..Node::default() };
        let row = cluster.add(spec);
        cluster.inform(row, PolicyRow::default(), readings);
    }
    let task = Task { devices: 1, device_milli: 500, device_memory_mib: 4_000, ..Task::default() };
    Placer::new(mix).find(&cluster, &task).unwrap().node
}

#[test]
fn what_is_unknown_ranks_behind_all_that_is_known() {
    let mut rng = Rng::new(1);
    for (mix, known) in all() {
        for good in (0..40).map(|_| rng.below(1_001) as u16).chain([0, 1_000]) {
            let readings = known(Readings::default(), good);
            assert_eq!(taken(mix(), Readings::default(), readings), NodeRow(1), "{readings:?}");
        }
    }
    for mix in [|| Mix::of(FourFactor), || Mix::of(FourFactorComparable)] as [fn() -> Mix; 2] {
        let poor = Readings {
            charge_percent: Some(0),
            round_trip_ms: Some(60_000),
            bandwidth_mbit: Some(0),
            ..Readings::default()
        };
        let half = Readings { charge_percent: None, ..poor };
        assert_eq!(taken(mix(), half, poor), NodeRow(1), "half known is unknown");
    }
}

#[test]
fn a_better_reading_is_never_worse_and_equals_go_by_order() {
    let mut rng = Rng::new(2);
    for (mix, known) in all() {
        for _ in 0..60 {
            let (a, b) = (rng.below(1_001) as u16, rng.below(1_001) as u16);
            let (worse, better) =
                (known(Readings::default(), a.min(b)), known(Readings::default(), a.max(b)));
            assert_eq!(taken(mix(), better, worse), NodeRow(0), "{better:?} before {worse:?}");
        }
        let (worst, best) = (known(Readings::default(), 0), known(Readings::default(), 1_000));
        assert_eq!(taken(mix(), worst, best), NodeRow(1), "{best:?} before {worst:?}");
    }
}

fn random(rng: &mut Rng) -> Readings {
    all().into_iter().fold(Readings::default(), |readings, (_, known)| match rng.below(3) {
        0 => readings,
        _ => known(readings, rng.below(1_001) as u16),
    })
}

fn mixed() -> Mix {
    Mix::of(BestFit)
        .and_by(vec![2, 0, 7], Thermal)
        .and_by(vec![0, 3, 1], Battery)
        .and(1, RoundTrip)
        .and(1, Signal)
}

#[test]
fn what_was_reported_meanwhile_counts_as_for_a_placer_that_knows_nothing() {
    let mut rng = Rng::new(3);
    let nodes: Vec<Node> = (0..9).map(|_| node(&mut rng)).collect();
    let kinds: Vec<Task> = (0..6).map(|_| task(&mut rng)).collect();
    let mut cluster = Cluster::shuffled(nodes.clone(), 3);
    let (mut placer, mut placed) = (Placer::new(mixed()), Vec::new());
    for step in 0..4_000 {
        let row = NodeRow(rng.below(nodes.len()) as u32);
        match rng.below(4) {
            0 => cluster.inform(row, PolicyRow(rng.below(3) as u8), random(&mut rng)),
            1 => cluster.update(row, nodes[row.0 as usize].clone()),
            _ => {}
        }
        let task = &kinds[rng.below(kinds.len())];
        let found = placer.find(&cluster, task);
        assert_eq!(found, Placer::new(mixed()).find(&cluster, task), "step {step}");
        match found {
            Ok(found) => {
                let parts = placer.parts(&cluster, task, &found);
                assert_eq!(parts.sum(), found.points, "the parts are what the points are the sum of");
                cluster.take(task, &found).unwrap();
                placed.push((running(task, &found), found));
            }
            Err(_) if !placed.is_empty() => {
                let (gone, at) = placed.swap_remove(rng.below(placed.len()));
                cluster.give_back(&gone.task, &at);
            }
            Err(_) => {}
        }
    }
}

#[test]
fn what_has_the_model_wins_its_size_and_no_more_than_the_most() {
    let goes = |has: [Verdict; 2], weight: i32| {
        let mut cluster = Cluster::new();
        for class in 0..2 {
            cluster.add(Node {
                class: ClassRow(class),
                cpu_milli: 1_000 + u32::from(class),
                ..Node::default()
            });
        }
        let task = Task { cpu_milli: 1_000, verdicts: has.to_vec(), ..Task::default() };
        let found = Placer::new(Mix::default().and(weight, ModelPresent)).find(&cluster, &task).unwrap();
        (found.node.0, found.points)
    };
    assert_eq!(goes([Verdict::Allowed, Verdict::Present(4_000)], 2), (1, 8_000));
    assert_eq!(goes([Verdict::Present(4_000), Verdict::Present(4_001)], 1), (1, 4_001));
    assert_eq!(goes([Verdict::Present(100_000), Verdict::Present(u32::MAX)], 1), (0, 100_000));
    assert_eq!(goes([Verdict::Allowed, Verdict::Refused(1)], 1), (0, 0), "none has it, and one may not");
}

#[test]
fn each_cluster_is_judged_by_its_own_weights() {
    let cold = Readings { headroom_celsius: Some(30), charge_percent: Some(10), ..Readings::default() };
    let full = Readings { headroom_celsius: Some(5), charge_percent: Some(90), ..Readings::default() };
    let mix = || Mix::default().and_by(vec![1, 0], Thermal).and_by(vec![0, 1], Battery);
    let best = |policy| {
        let mut cluster = Cluster::new();
        for readings in [cold, full] {
            let row = cluster.add(Node { cpu_milli: 1_000, ..Node::default() });
            cluster.inform(row, PolicyRow(policy), readings);
        }
        Placer::new(mix()).find(&cluster, &Task::default()).unwrap().node
    };
    assert_eq!(
        [0, 1, 9].map(best),
        [NodeRow(0), NodeRow(1), NodeRow(0)],
        "an unknown number is the usual one"
    );
}
