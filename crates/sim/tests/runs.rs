//! What every run promises: each order in exactly one outcome, plans without a finding, the same seed the same bytes.

mod common;

use common::{RULES, Town, bytes};
use paceline_sim::Outcome;

fn check(outcome: &Outcome) {
    let kpis = &outcome.kpis;
    let seed = kpis.seed;
    assert_eq!(kpis.check_notes, 0, "seed {seed}: a plan broke a rule");
    assert_eq!(kpis.stranded, 0, "seed {seed}: a vehicle ran empty away from a charger");
    let sum = kpis.served + kpis.timed_out + kpis.cancelled + kpis.refused;
    assert_eq!(sum, kpis.orders, "seed {seed}: each order has one outcome");
    assert!(kpis.orders > 200 && kpis.served > kpis.orders / 2, "seed {seed}: {kpis:?}");
    // A vehicle is there within 300 s, and the riders take 20 s to get in; a breakdown may cost some more.
    assert!(
        kpis.wait_p50_s <= 320.0 && kpis.wait_p95_s <= 380.0,
        "seed {seed}: a rider waited {} s",
        kpis.wait_p95_s
    );
}

#[test]
fn over_100_seeds_every_order_has_one_outcome_and_no_plan_breaks_a_rule() {
    let town = Town::new();
    let outcomes: Vec<Outcome> = (1..=100).map(|seed| town.run(seed, None)).collect();
    outcomes.iter().for_each(check);
    // The rules are such that everything happens: a hundred quiet days would prove little.
    let total = |count: fn(&Outcome) -> u64| outcomes.iter().map(count).sum::<u64>();
    let seen = [
        total(|outcome| outcome.kpis.timed_out),
        total(|outcome| outcome.kpis.cancelled),
        total(|outcome| outcome.kpis.charges),
        total(|outcome| outcome.kpis.faults),
        total(|outcome| outcome.kpis.offers),
        total(|outcome| outcome.kpis.dispatch_failed),
        total(|outcome| outcome.kpis.rank_km as u64),
    ];
    assert!(seen.iter().all(|&count| count > 50), "{seen:?}");
}

#[test]
fn one_seed_gives_the_same_journal_byte_for_byte() {
    let town = Town::new();
    let dirs = ["first", "second", "other"].map(|name| town.dir.path().join(name));
    let first = town.run(7, Some(&dirs[0]));
    let second = town.run(7, Some(&dirs[1]));
    let other = town.run(8, Some(&dirs[2]));
    assert!(bytes(&dirs[0]) == bytes(&dirs[1]), "the journals of one seed differ");
    assert_eq!(first.digest, second.digest);
    assert!(bytes(&dirs[0]) != bytes(&dirs[2]), "another seed is another day");
    assert_ne!(first.digest, other.digest);
}

#[test]
fn the_world_equals_the_replay_of_its_journal() {
    let town = Town::new();
    let dir = town.dir.path().join("journal");
    let outcome = town.run(3, Some(&dir));
    let empty = paceline_engine::Fleet::new(town.roads.clone(), town.scenario.fleet.clone());
    let mut fleet = paceline_engine::Ledger::new(empty);
    for record in paceline_journal::Journal::replay(&dir, paceline_journal::Seq(0)).expect("a sound journal")
    {
        let record = record.expect("a sound record");
        let record = record.payload.read(paceline_engine::record::decode).expect("a record");
        fleet.replay(record).expect("records follow each other");
    }
    assert_eq!(fleet.checkpoint().digest(), outcome.digest);
}

#[test]
fn a_slow_solver_loses_no_order() {
    let town = Town::with(&RULES.replace("[engine]", "[engine]\nsolver_delay = \"7500 ms\""));
    for seed in 1..=5 {
        let outcome = town.run(seed, None);
        assert_eq!(outcome.kpis.check_notes, 0);
        let sum = outcome.kpis.served + outcome.kpis.timed_out + outcome.kpis.cancelled;
        assert_eq!(sum, outcome.kpis.orders, "seed {seed}");
    }
}

#[test]
fn a_budget_that_ends_early_degrades_and_says_so() {
    let town = Town::with(&RULES.replace("[engine]", "[engine]\nbudget_steps = 150"));
    let outcome = town.run(1, None);
    assert!(outcome.kpis.degraded_ticks > 0, "{:?}", outcome.kpis);
    assert_eq!(outcome.kpis.check_notes, 0);
    assert!(outcome.kpis.served > 0);
}

#[test]
fn without_batteries_to_charge_or_drivers_to_ask_nothing_of_that_happens() {
    let quiet = RULES
        .replace("automatic = false", "automatic = true")
        .replace("cancel_share = 0.1", "cancel_share = 0.0")
        .replace("per_vehicle_day = 10.0", "per_vehicle_day = 0.0")
        .replace("battery_kwh = 6.0", "battery_kwh = 500.0");
    let kpis = Town::with(&quiet).run(1, None).kpis;
    assert_eq!(
        (kpis.offers, kpis.cancelled, kpis.faults, kpis.dispatch_failed, kpis.stranded),
        (0, 0, 0, 0, 0)
    );
    assert_eq!(kpis.detour, 1.0);
    assert!(kpis.energy_kwh > 0.0);
}

#[test]
fn the_report_holds_everything_it_needs() {
    let town = Town::new();
    let outcomes = [town.run(1, None), town.run(2, None)];
    let html = paceline_sim::report::render(&town.scenario, &town.roads, &outcomes).expect("a report");
    assert!(html.contains("<title>A town</title>") && html.contains("Side by side"));
    // Each run is named by its seed, and none of them stands for both.
    let named = ["seed 1", "seed 2"].map(|seed| html.contains(&format!(", {seed}</b>")));
    assert_eq!((named, html.contains("· seed"), html.contains("the same seed")), ([true; 2], false, false));
    for outside in ["http://", "https://", "<script", "<link", "@import", "NaN", "inf"] {
        let at = html.find(outside).map(|at| &html[at..(at + 60).min(html.len())]);
        assert_eq!(at, None, "the report must not hold {outside}");
    }
}

#[test]
fn a_rule_of_the_day_decides_its_orders_and_a_shadow_changes_nothing() {
    let rule =
        "\n[[fleet.policy_rules]]\nname = \"second-half\"\nfrom = \"08:15\"\npolicy.kind = \"nearest\"\n";
    let with_rule = Town::with(&format!("{RULES}{rule}"));
    let (plain, ruled) = (Town::new().run(3, None), with_rule.run(3, None));
    assert_ne!(plain.digest, ruled.digest, "the rule decides otherwise");
    let shadowed =
        Town::with(&format!("{RULES}{rule}\n[fleet.shadow_policy]\nkind = \"nearest\"\n")).run(3, None);
    assert_eq!(ruled.digest, shadowed.digest, "a shadow is never committed");
    let shadow = shadowed.kpis.shadow.expect("it was compared");
    assert_eq!(shadow.same + shadow.other_vehicle + shadow.live_only, shadow.live.orders);
    assert!(shadow.same > 0 && shadow.shadow.pickup_cm <= shadow.live.pickup_cm, "{shadow:?}");
    assert_eq!(ruled.kpis.shadow, None);
}

#[test]
fn orders_that_change_their_vehicle_are_neither_lost_nor_served_twice_and_one_seed_gives_the_same_bytes() {
    let reassign = "\n[fleet.policy.reassign]\nswitch_worth = \"20 s\"\nsettled_within = \"10 s\"\n";
    assert!(RULES.contains("automatic = false"));
    let town = Town::with(&format!("{}{reassign}", RULES.replace("automatic = false", "automatic = true")));
    let dirs = ["first", "second"].map(|name| town.dir.path().join(name));
    let outcomes = dirs.each_ref().map(|dir| town.run(7, Some(dir)));
    assert!(bytes(&dirs[0]) == bytes(&dirs[1]), "the journals of one seed differ");
    assert!(outcomes[0].kpis.moves > 5, "{:?}", outcomes[0].kpis);
    for seed in 1..=20 {
        let kpis = town.run(seed, None).kpis;
        assert_eq!(kpis.check_notes, 0, "seed {seed}: a plan broke a rule");
        assert_eq!(kpis.served + kpis.timed_out + kpis.cancelled + kpis.refused, kpis.orders, "seed {seed}");
    }
}

#[test]
fn no_vehicle_runs_empty_in_any_run_whatever_is_drawn_beside_the_wheels() {
    let quiet = RULES.replace("per_vehicle_day = 10.0", "per_vehicle_day = 0.0");
    // A day of heating in a town whose batteries last for 40 km without it.
    let heated = quiet.replace("[fleet]", "[fleet]\nauxiliary_w = 4_000");
    let pooled =
        format!("{heated}\n[fleet.policy]\nkind = \"pooled\"\npooling = {{ pickup_dwell = \"20 s\", dropoff_dwell = \"10 s\" }}\n")
            .replace("automatic = false", "automatic = true");
    // Eight plugs that take two hours to fill a battery, and vehicles that would be empty after waiting for one for a quarter.
    let crowded = quiet.replace("FAST = 50.0", "FAST = 3.0").replace("idle_kw = 0.5", "idle_kw = 8.0");
    // And whose way to where vehicles wait takes much of what they must keep.
    let thirsty = quiet
        .replace("FAST = 50.0", "FAST = 3.0")
        .replace("consumption_wh_per_km = 150.0", "consumption_wh_per_km = 600.0")
        .replace("charge_below_percent = 30.0", "charge_below_percent = 10.0");
    let all = [
        ("plain", RULES),
        ("quiet", &quiet),
        ("heated", &heated),
        ("pooled", &pooled),
        ("crowded", &crowded),
        ("thirsty", &thirsty),
    ];
    for (name, rules) in all {
        let town = Town::with(rules);
        let outcomes: Vec<Outcome> = (1..=10).map(|seed| town.run(seed, None)).collect();
        let total = |count: fn(&Outcome) -> u64| outcomes.iter().map(count).sum::<u64>();
        let (stranded, charges) = (total(|o| o.kpis.stranded), total(|o| o.kpis.charges));
        println!("{name}: {stranded} stranded, {charges} charges, {} served", total(|o| o.kpis.served));
        assert_eq!(stranded, 0, "{name}: vehicles ran empty away from a charger");
    }
}

#[test]
fn orders_that_wait_for_a_vehicle_soon_free_all_come_to_an_outcome_and_one_seed_gives_the_same_bytes() {
    let hold = "\n[fleet.policy.hold]\nwait_max = \"40 s\"\ngain_min = \"5 s\"\ndropoff_dwell = \"10 s\"\n";
    let town = Town::with(&format!("{RULES}{hold}"));
    let dirs = ["first", "second"].map(|name| town.dir.path().join(name));
    let outcomes = dirs.each_ref().map(|dir| town.run(7, Some(dir)));
    assert!(bytes(&dirs[0]) == bytes(&dirs[1]), "the journals of one seed differ");
    assert!(outcomes[0].kpis.held_back > 0, "{:?}", outcomes[0].kpis);
    for seed in 1..=20 {
        let kpis = town.run(seed, None).kpis;
        assert_eq!(kpis.check_notes, 0, "seed {seed}: a plan broke a rule");
        assert_eq!(kpis.served + kpis.timed_out + kpis.cancelled + kpis.refused, kpis.orders, "seed {seed}");
    }
}
