//! The world equals the replay of its records, whatever happened; and it never contradicts itself.

mod common;

use common::{Bench, order, order_id, vehicle, vehicle_id};
use paceline_engine::{Fleet, FleetOptions, Input, Ledger};
use paceline_model::lifecycle::{OrderPhase, Service};
use paceline_model::{ChargerId, ChargerSpec, Command, FaultReason, HandOverNumber, Job, Millis};
use paceline_plan::fleet::reposition::RebalanceSpec;
use paceline_plan::policy::ReassignSpec;
use paceline_plan::{PolicyKind, PoolingLevel, PoolingSpec};
use proptest::prelude::*;

/// One thing that happens: what, to which vehicle, to which order, where.
type Step = (u8, u8, u8, u8, u8);

fn corner_name(at: u8) -> String {
    format!("{}{}", char::from(b'A' + at % 8), at / 8 % 8 + 1)
}

fn take(bench: &mut Bench, (what, v, o, from, to): Step) {
    let (name, from, to) = (format!("v{}", v % 6), corner_name(from), corner_name(to));
    let (vehicle_id, order_id) = (vehicle_id(&name), order_id(&format!("o{}", o % 12)));
    let charger = || ChargerId::new("c1").expect("a good name");
    let battery = format!("battery={}", u32::from(o) % 95 + 5);
    let at = bench.now;
    let command = match what % 16 {
        0 => vehicle(&name, &from, &[if v % 2 == 0 { "automatic" } else { "wheelchair" }, &battery], at),
        1 | 2 => order(order_id.as_str(), &from, &to, &["within=90"], at),
        3 => Command::CancelOrder(order_id),
        4 => Command::Accept(vehicle_id, order_id),
        5 => Command::Decline(vehicle_id, order_id),
        6 | 7 => Command::Arrived(vehicle_id, order_id),
        8 | 9 => Command::PickedUp(vehicle_id, order_id),
        10 => Command::DroppedOff(vehicle_id, order_id, common::reading(&to, f64::from(v % 100), at)),
        11 => Command::Fault(vehicle_id, FaultReason::Other),
        12 => Command::Recover(vehicle_id),
        13 => Command::PlugIn(vehicle_id, charger()),
        14 if v % 3 == 0 => Command::RetireVehicle(vehicle_id),
        14 if v % 5 == 0 => Command::HandOver(vehicle_id, common::region_id("north")),
        14 if v % 5 == 1 => {
            let number = HandOverNumber(u64::from(o));
            let spec = bench.fleet.world().vehicle(&vehicle_id).map(|known| (*known.spec).clone());
            let Some(spec) = spec else { return };
            Command::ReceiveHandOver(common::region_id("north"), number, spec, common::reading(&to, 50.0, at))
        }
        14 => Command::Unplug(vehicle_id, common::reading(&to, f64::from(v % 100), at)),
        _ => {
            let reading = common::reading(&from, f64::from(v % 100), at);
            bench.input(Input::Telemetry(vec![(vehicle_id, reading)]));
            return;
        }
    };
    bench.command(command);
}

/// An order and its vehicle agree about each other, plugs are counted right, and nobody serves two.
fn assert_consistent(fleet: &Fleet) {
    let world = fleet.world();
    for order in world.orders() {
        let holder =
            world.vehicle_of(order).and_then(|id| world.vehicle(id)).map(|vehicle| world.named(vehicle));
        if let Some(route) = holder.as_ref().and_then(|vehicle| vehicle.job.route())
            && !order.phase.is_final()
        {
            let aboard = order.phase == OrderPhase::Aboard;
            assert!(route.orders().any(|id| *id == order.spec.id), "{} is on the route", order.spec.id);
            assert_eq!(route.is_aboard(&order.spec.id), aboard, "{}", order.spec.id);
            continue;
        }
        let expected = match order.phase {
            OrderPhase::Offered => Job::Offered(order.spec.id.clone()),
            OrderPhase::Assigned => Job::ToPickup(order.spec.id.clone()),
            OrderPhase::Arrived => Job::AtPickup(order.spec.id.clone()),
            OrderPhase::Aboard => Job::Aboard(order.spec.id.clone()),
            OrderPhase::Open => {
                assert_eq!(order.vehicle, None, "{} is open", order.spec.id);
                continue;
            }
            _ => continue,
        };
        assert_eq!(holder.map(|vehicle| vehicle.job), Some(expected), "{}", order.spec.id);
    }
    for vehicle in world.vehicles().map(|vehicle| world.named(vehicle)) {
        assert!(vehicle.job.route().is_none_or(|route| !route.is_empty()), "an empty route is none");
        for id in vehicle.job.orders() {
            let holder = world.order(id).and_then(|order| world.vehicle_of(order));
            assert_eq!(holder, Some(&vehicle.spec.id), "{} has {id}", vehicle.spec.id);
        }
        if vehicle.service != Service::NonContactable {
            assert_eq!(vehicle.service, vehicle.job.service(), "{} does {:?}", vehicle.spec.id, vehicle.job);
        }
    }
    for site in world.chargers() {
        let users = world.vehicles().map(|vehicle| world.named(vehicle));
        let users = users.filter(|vehicle| vehicle.job.charger() == Some(&site.spec.id)).count();
        assert_eq!(usize::from(site.taken), users, "plugs of {}", site.spec.id);
    }
    let open = world.orders().filter(|order| order.phase == OrderPhase::Open).count();
    assert_eq!(world.open_orders(), open);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 72, ..ProptestConfig::default() })]

    #[test]
    fn a_world_equals_the_replay_of_its_records(
        steps in prop::collection::vec((any::<(u8, u8, u8, u8, u8)>(), 0_u64..8_000), 1..160),
        cut in any::<prop::sample::Index>(),
        kind in 0..4_u8,
    ) {
        let mut options = FleetOptions::default();
        let spec = PoolingSpec { level: PoolingLevel::Improve, ..PoolingSpec::default() };
        options.policy.pooling = spec;
        options.policy.kind = if kind == 1 { PolicyKind::Pooled } else { PolicyKind::LeastWait };
        let spec = ReassignSpec { switch_worth: Millis(1_000), settled_within: Millis(1_000) };
        options.policy.reassign = (kind == 2).then_some(spec);
        options.rebalance = (kind == 3).then(|| RebalanceSpec { every: Millis(1_000), ..RebalanceSpec::default() });
        let mut bench = Bench::new(options);
        let spec = ChargerSpec::new(ChargerId::new("c1").expect("good"), common::corner(3, 0), 2, 50.0);
        bench.command(Command::PutCharger(spec.expect("within limits")));
        let mut halfway = None;
        let half = cut.index(steps.len());
        for (number, (step, wait_ms)) in steps.into_iter().enumerate() {
            take(&mut bench, step);
            bench.now.0 += wait_ms;
            bench.input(Input::Tick);
            assert_consistent(&bench.fleet);
            if number == half {
                let checkpoint = bench.fleet.checkpoint();
                halfway = Some((checkpoint.encode(), checkpoint, bench.records.len()));
            }
        }

        let mut replayed = Ledger::new(Fleet::new(bench.roads.clone(), bench.options.clone()));
        for record in &bench.records {
            replayed.replay(record.clone()).expect("records follow each other");
        }
        prop_assert_eq!(replayed.checkpoint().encode(), bench.fleet.checkpoint().encode());
        prop_assert_eq!(replayed.world(), bench.fleet.world());

        let (state, checkpoint, records) = halfway.expect("a step was halfway");
        prop_assert_eq!(&checkpoint.encode(), &state, "the world went on, the checkpoint did not");
        let empty = Fleet::new(bench.roads.clone(), bench.options.clone());
        let mut restored = Ledger::restore(empty, state.format, &state.bytes).expect("its own state");
        for record in &bench.records[records..] {
            restored.replay(record.clone()).expect("records follow each other");
        }
        prop_assert_eq!(restored.checkpoint().digest(), bench.fleet.checkpoint().digest());
        prop_assert_eq!(restored.world(), bench.fleet.world(), "with its indexes");
    }
}

#[test]
fn a_record_out_of_order_is_refused() {
    let mut bench = Bench::new(FleetOptions::default());
    bench.script("0 order o1 from A1 to B1\n 1 order o2 from A1 to B1");
    let mut fleet = Ledger::new(Fleet::new(bench.roads.clone(), bench.options.clone()));
    let refused = fleet.replay(bench.records[1].clone()).expect_err("the first is missing");
    assert_eq!(refused.to_string(), "E0403 record ends at version 2, but its events would end at 1");
}
