//! The shipped scenes of edge regions: what each promises, on a part of it that takes seconds.
#![allow(clippy::unwrap_used, reason = "a scene that does not load is a test that fails")]

use paceline_engine::Ledger;
use paceline_engine::edge::Edge;
use paceline_engine::ledger::World as _;
use paceline_journal::{Journal, Seq};
use paceline_model::Millis;
use paceline_sim::edge::{EdgeKpis, EdgeOutcome, EdgePolicy, EdgeRun, Scene, report, run};
use std::path::Path;

fn scene(name: &str, lasts: Millis) -> Scene {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/edge").join(name);
    Scene { lasts, ..Scene::load(&file).unwrap() }
}

fn played(scene: &Scene, policy: EdgePolicy, seed: u64) -> EdgeOutcome {
    let outcome = run(scene, &EdgeRun { policy, seed, journal: None }, &mut |_| {}).unwrap();
    assert_eq!(outcome.broken, Vec::<String>::new(), "{} breaks a rule", scene.name);
    if std::env::var_os("SHOW").is_some() {
        println!("{:#?}", outcome.kpis);
    }
    outcome
}

#[test]
fn on_the_welding_line_every_detector_is_placed_with_the_next_round() {
    let scene = scene("welding.toml", Millis::from_secs(180));
    for policy in [EdgePolicy::Configured, EdgePolicy::RoundRobin] {
        let EdgeKpis { nodes, placing, moves, .. } = played(&scene, policy, 1).kpis;
        assert_eq!(nodes, 217);
        assert!(placing.asked > 200 && placing.placed == placing.asked - placing.waiting, "{placing:?}");
        // The tick, and nothing beside it: well within the 800 ms that are asked for.
        assert!(placing.wait_p99_ms <= 100.0 && placing.never == 0 && moves.lost == 0, "{placing:?}");
    }
}

#[test]
fn a_turbine_that_becomes_hot_gives_its_work_to_a_neighbour_within_a_second() {
    let scene = scene("wind.toml", Millis::from_secs(2_400));
    let EdgeKpis { placing, moves, heat, .. } = played(&scene, EdgePolicy::Configured, 1).kpis;
    assert!(moves.hot >= 3, "{moves:?} {heat:?}");
    assert!(heat.to_move_max_s <= 1.0, "{heat:?}");
    assert_eq!((moves.lost, placing.waiting), (0, 0), "{moves:?}");
}

#[test]
fn no_vehicle_on_narrowband_ever_gets_the_large_variant() {
    let scene = scene("port.toml", Millis::from_secs(300));
    let outcome = played(&scene, EdgePolicy::Configured, 1);
    let EdgeKpis { nodes, placing, forbidden, .. } = outcome.kpis;
    assert_eq!((nodes, forbidden), (137, 0));
    assert!(placing.placed > 100, "{placing:?}");
}

#[test]
fn the_city_serves_its_users_and_its_batteries_run_down() {
    let scene = scene("city.toml", Millis::from_secs(1_200));
    let EdgeOutcome { kpis, courses, .. } = played(&scene, EdgePolicy::Configured, 1);
    let EdgeKpis { nodes, placing, battery, users, .. } = kpis;
    assert_eq!((nodes, placing.placed, battery.boxes, users.users), (125, 48, 62, 816));
    // What users had stands beside what the boxes did, from when on all was placed.
    let known: Vec<bool> = courses.latency_ms.iter().map(Option::is_some).collect();
    assert_eq!(known.len(), courses.states.len());
    assert!(known.iter().enumerate().all(|(look, known)| *known == (look > 1)), "{known:?}");
    assert!(users.unserved < 0.01 && users.latency_mean_ms > 50.0, "{users:?}");
    assert!(battery.endurance_h > 3.0 && battery.empty == 0, "{battery:?}");
}

#[test]
fn a_policy_that_the_scene_does_not_have_is_refused_by_name() {
    let scene = scene("wind.toml", Millis::from_secs(30));
    let policy = "coolest".parse().unwrap();
    let refused = run(&scene, &EdgeRun { policy, seed: 1, journal: None }, &mut |_| {});
    let text = refused.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(text.contains("coolest") && text.contains("configured, round-robin"), "{text}");
}

#[test]
fn one_seed_gives_the_same_world_and_another_gives_another() {
    let scene = scene("welding.toml", Millis::from_secs(60));
    let digest = |seed| played(&scene, EdgePolicy::Configured, seed).digest;
    let first = digest(1);
    assert_eq!(digest(1), first);
    assert_ne!(digest(2), first);
}

#[test]
fn the_world_of_a_scene_is_the_replay_of_its_journal() {
    let (scene, dir) = (scene("wind.toml", Millis::from_secs(1_200)), tempfile::tempdir().unwrap());
    let options =
        EdgeRun { policy: EdgePolicy::Configured, seed: 3, journal: Some(dir.path().join("journal")) };
    let outcome = run(&scene, &options, &mut |_| {}).unwrap();
    assert!(outcome.kpis.moves.hot > 0 && outcome.kpis.moves.silences > 0, "{:?}", outcome.kpis.moves);
    let mut replayed = Ledger::new(Edge::new(scene.edge.clone()));
    for record in Journal::replay(&dir.path().join("journal"), Seq(0)).unwrap() {
        replayed.replay(record.unwrap().payload.read(Edge::decode).unwrap()).unwrap();
    }
    assert_eq!(replayed.checkpoint().digest(), outcome.digest);
}

#[test]
fn the_report_of_a_scene_holds_everything_it_needs() {
    let scene = scene("welding.toml", Millis::from_secs(30));
    let outcomes = [EdgePolicy::Configured, EdgePolicy::RoundRobin].map(|policy| played(&scene, policy, 1));
    let html = report::render(&scene, &outcomes).unwrap();
    assert!(html.contains("<title>A welding line</title>") && html.contains("Side by side"));
    for outside in ["http://", "https://", "<script", "<link", "@import", "NaN", "inf"] {
        assert!(!html.contains(outside), "the report must not hold {outside}");
    }
}

#[test]
fn a_report_draws_what_its_scene_has() {
    let of_a_city = ["Where the boxes are", "What users waited", "What the batteries held"];
    for (name, is_city) in [("city.toml", true), ("wind.toml", false)] {
        let scene = scene(name, Millis::from_secs(60));
        let html = report::render(&scene, &[played(&scene, EdgePolicy::Configured, 1)]).unwrap();
        assert_eq!(of_a_city.map(|title| html.contains(title)), [is_city; 3], "{name}");
        assert!(html.contains("too hot from 85 °C on") && html.contains("UTC on · a round every"), "{name}");
    }
}
