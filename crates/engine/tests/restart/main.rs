//! A restart decides as if there had been none: whenever in a busy day an engine is restored, from its journal alone or from a snapshot
//! and the records after it, the next rounds decide the same as those of the engine that never stopped.
//!
//! What no journal has is what vehicles said of themselves: they say it again, as they do within seconds of a restart, and
//! are given nothing before (`whereabouts.rs`).

mod city;
#[path = "../common/mod.rs"]
mod common;
mod host;

use city::City;
use host::{Deed, Host, TICK, restored};
use paceline_engine::FleetOptions;
use paceline_model::{Charge, Instant, Millis};
use paceline_plan::fleet::reposition::RebalanceSpec;
use paceline_plan::policy::{HoldSpec, ReassignSpec};
use paceline_plan::{PolicyKind, PoolingLevel, PoolingSpec};
use paceline_road::Roads;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A quarter of an hour of the forecast ends 200 s after it.
const START: Instant = Instant(1_989_000 * 900_000 - 200_000);
/// How long a day is, and which part of it may hold a restart.
const SECONDS: u64 = 480;
const RESTARTS: (u64, u64) = (240, 390);
/// How long the two engines are compared after a restart.
const COMPARED: Millis = Millis::from_secs(90);
/// Vehicles say where they are every so many seconds: no part of what the engine does every 5 or 10 s, so that restarts fall anywhere.
const ROLL_CALL: u64 = 3;

/// One day of the engine that never stops.
struct Day {
    roads: Arc<Roads>,
    options: FleetOptions,
    /// What happened to it, each with how many records there were before.
    deeds: Vec<(Instant, Deed, usize)>,
    /// For each roll call, how many things had happened before it, and when the next tick was due.
    pauses: Vec<(usize, Instant)>,
    host: Host,
}

impl Day {
    fn play(seed: u64, options: FleetOptions) -> Self {
        let roads = common::town();
        let host = Host::new(restored(&roads, &options, None, &[]), START + TICK);
        let mut day = Self { roads, options, deeds: Vec::new(), pauses: Vec::new(), host };
        let mut city = City::new(seed, START);
        for second in 0..SECONDS {
            let from = Instant(START.0 + second * 1_000);
            let tick = from + TICK;
            for (at, command) in city.between(from, tick) {
                day.happen(&mut city, at, Deed::Command(command));
            }
            if second % ROLL_CALL == 0 {
                day.pauses.push((day.deeds.len(), tick));
                let at = Instant(tick.0 - 50);
                let readings = city.roll_call(at);
                day.happen(&mut city, at, Deed::Readings(readings));
            }
            day.happen(&mut city, tick, Deed::Elapsed);
        }
        day
    }

    fn happen(&mut self, city: &mut City, at: Instant, deed: Deed) {
        self.deeds.push((at, deed.clone(), self.host.log.len()));
        let heard = self.host.published.len();
        self.host.feed(at, deed);
        self.host.published[heard..].iter().for_each(|(at, event)| city.hear(*at, event));
    }

    /// Restarts at a pause and lives through what came after it.
    fn restart(&self, pause: usize, from_snapshot: bool, case: &str) {
        let (happened, due) = self.pauses[pause];
        let (now, _, records) = self.deeds[happened];
        let snapshots = self.host.snapshots.iter().take_while(|(_, stands_for)| *stands_for <= records);
        let snapshot = snapshots.last().filter(|_| from_snapshot);
        let ledger = restored(&self.roads, &self.options, snapshot, &self.host.log[..records]);
        let mut host = Host::new(ledger, due);
        let after = self.deeds[happened..].iter().take_while(|(at, ..)| *at < now + COMPARED);
        for (at, deed, before) in after {
            let (mine, theirs) = (&host.log, &self.host.log[records..*before]);
            let differs = mine.iter().zip(theirs).find(|(mine, theirs)| mine != theirs);
            assert!(differs.is_none(), "{case}, restarted at {}: {differs:#?}", now.0);
            assert_eq!(mine.len(), theirs.len(), "{case}, restarted at {}, records until {}", now.0, at.0);
            host.feed(*at, deed.clone());
        }
        let compared = |host: &Host| -> Vec<(Instant, u32)> {
            let deferred = host.deferred.iter().filter(|(at, _)| *at >= now && *at < now + COMPARED);
            deferred.copied().collect()
        };
        assert_eq!(compared(&host), compared(&self.host), "{case}, restarted at {}: orders that wait", now.0);
    }
}

/// What a region may be run by, and that its days must show.
fn options(kind: u64) -> (&'static str, FleetOptions) {
    let mut options = FleetOptions {
        top_up_after: Millis::from_secs(60),
        charge_until: Charge::from_percent(70.0).expect("within 0 and 100"),
        ..FleetOptions::default()
    };
    let hold = HoldSpec {
        wait_max: Millis::from_secs(40),
        gain_min: Millis::from_secs(5),
        dropoff_dwell: Millis::ZERO,
    };
    let reassign = ReassignSpec { switch_worth: Millis(1_000), settled_within: Millis(1_000) };
    let rebalance =
        RebalanceSpec { every: Millis::from_secs(10), resolution: 10, ..RebalanceSpec::default() };
    let policy = &mut options.policy;
    let name = match kind {
        0 => "nearest first",
        1 => {
            policy.hold = Some(hold);
            "hold"
        }
        2 => {
            policy.reassign = Some(reassign);
            "reassign"
        }
        3 => {
            (policy.hold, policy.reassign) = (Some(hold), Some(reassign));
            "hold and reassign"
        }
        4 | 5 => {
            let level = if kind == 4 { PoolingLevel::Trips } else { PoolingLevel::Improve };
            policy.kind = PolicyKind::Pooled;
            policy.pooling = PoolingSpec { level, ..PoolingSpec::default() };
            if kind == 4 { "trips" } else { "improved trips" }
        }
        6 => {
            options.rebalance = Some(RebalanceSpec { charge_worth: Millis::ZERO, ..rebalance });
            "reposition"
        }
        _ => {
            (policy.hold, policy.reassign) = (Some(hold), Some(reassign));
            options.rebalance = Some(rebalance);
            "all but sharing"
        }
    };
    (name, options)
}

/// What happened in days of one kind.
#[derive(Default)]
struct Seen {
    kinds: BTreeMap<String, u32>,
    deferred: usize,
}

impl Seen {
    fn add(&mut self, day: &Day) {
        self.deferred += day.host.deferred.len();
        for (_, event) in &day.host.published {
            let text = format!("{event:?}");
            let kind = text.split([' ', '{']).next().unwrap_or_default();
            *self.kinds.entry(kind.to_owned()).or_default() += 1;
        }
    }
    fn has(&self, kinds: &[&str]) {
        kinds.iter().for_each(|kind| assert!(self.kinds.contains_key(*kind), "no {kind}: {:?}", self.kinds));
    }
}

/// Restarts days of a kind at three roll calls each.
fn check(kind: u64, seeds: std::ops::Range<u64>) -> Seen {
    let mut seen = Seen::default();
    for seed in seeds {
        let (name, options) = options(kind);
        let day = Day::play(seed, options);
        seen.add(&day);
        for restart in 0..3 {
            let calls = (RESTARTS.0 / ROLL_CALL, RESTARTS.1 / ROLL_CALL);
            let pause = calls.0 + (seed * 7 + restart * 11) % (calls.1 - calls.0);
            for from_snapshot in [false, true] {
                let of = if from_snapshot { "snapshot and records" } else { "records" };
                day.restart(pause as usize, from_snapshot, &format!("{name}, seed {seed}, from {of}"));
            }
        }
    }
    seen.has(&["OfferMade", "DispatchFailed", "ChargeOrdered", "ChargeEnded", "OrderCancelled"]);
    seen
}

const SEEDS: std::ops::Range<u64> = 0..5;

#[test]
fn under_a_plain_policy() {
    check(0, SEEDS).has(&["OrderAssigned", "OrderTimedOut"]);
}

#[test]
fn while_orders_wait_for_vehicles_with_riders() {
    assert!(check(1, SEEDS).deferred > 10, "orders wait");
}

#[test]
fn while_orders_change_their_vehicle() {
    check(2, SEEDS).has(&["OrderMoved"]);
    let both = check(3, SEEDS);
    both.has(&["OrderMoved"]);
    assert!(both.deferred > 10, "orders wait");
}

#[test]
fn while_rides_are_shared() {
    // Rounds of these take long.
    check(4, 0..2).has(&["RoutePlanned"]);
    check(5, 0..2).has(&["RoutePlanned"]);
}

#[test]
fn while_idle_vehicles_are_repositioned() {
    check(6, SEEDS).has(&["StandOrdered"]);
    check(7, SEEDS).has(&["StandOrdered", "OrderMoved"]);
}
