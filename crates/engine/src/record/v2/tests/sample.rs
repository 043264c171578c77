//! A world that has every kind of thing in it: each job, phase, power and service state at least once, rows in slots that were given
//! up before, slots without a row, answers of every kind, and what was learnt. Numbers are above 127, where a byte and a varint differ.

use crate::record::v1::tests::events::{
    LATER, READING, charger_spec, geofence, order_spec, refusals, vehicle_spec, weighing,
};
use crate::record::v1::tests::snapshot::{KEYS, forecast};
use crate::record::v1::values::{Driver, Operational, OrderPhase, Position, StopKind};
use crate::record::v1::world::{ChargerSite, Service};
use crate::record::v2::table::{Idx, Slot, Table};
use crate::record::v2::world::{Job, Learnt, Order, Reply, Route, Snapshot, Stop, Vehicle, World};

/// Each slot was given up so often.
const GENERATION: u32 = 300;

const fn at(slot: u32) -> Idx {
    Idx { slot, generation: GENERATION + slot }
}

/// The rows in their slots, behind them two without one.
fn table<R>(rows: Vec<R>) -> Table<R> {
    let first_vacant = rows.len() as u32;
    let rows = rows.into_iter().map(Some).chain([None, None]);
    let slot = |(slot, row)| Slot { generation: GENERATION + slot, row };
    Table { slots: (0..).zip(rows).map(slot).collect(), vacant: vec![first_vacant + 1, first_vacant] }
}

pub(crate) fn snapshot() -> Snapshot<'static> {
    let site = |id, taken| ChargerSite { spec: charger_spec(id), taken };
    let world = World {
        vehicles: table(vehicles()),
        orders: table(orders()),
        chargers: table(vec![site("charger-1", 299), site("charger-2", 0)]),
        geofences: vec![geofence("midtown"), geofence("uptown")],
        ended_by_age: vec![
            (1_790_000_400_001, at(5)),
            (1_790_000_400_002, at(7)),
            (1_790_000_400_003, at(6)),
        ],
        freed_at_ms: 1_790_000_450_000,
    };
    let place = |number| Position { lat_e7: 407_500_000 + number, lon_e7: -739_700_000 - number };
    let sent = vec![(at(0), (1_790_000_300_001, place(4))), (at(10), (1_790_000_300_002, place(5)))];
    Snapshot { version: 4_711, world, replies: replies(), learnt: Learnt { forecast: forecast(), sent } }
}

fn vehicles() -> Vec<Vehicle<'static>> {
    let stop = |order, kind, due_ms| Stop { order, kind, due_ms };
    let stops = vec![
        stop(at(8), StopKind::PickUp, 1_790_000_250_001),
        stop(at(9), StopKind::DropOff, 1_790_000_350_002),
        stop(at(8), StopKind::DropOff, 1_790_000_450_003),
    ];
    let rows = [
        ("v01", Operational::Running, Service::Available, Job::Free),
        ("v02", Operational::Running, Service::Reserved, Job::Offered(at(1))),
        ("v03", Operational::Running, Service::Reserved, Job::ToPickup(at(2))),
        ("v04", Operational::Running, Service::Stopped, Job::AtPickup(at(3))),
        ("v05", Operational::Running, Service::OnTrip, Job::Aboard(at(4))),
        ("v06", Operational::Running, Service::NonOperational, Job::ToCharger(at(0))),
        ("v07", Operational::Charging, Service::NonOperational, Job::AtCharger(at(0))),
        ("v08", Operational::Faulted, Service::NonOperational, Job::Out),
        ("v09", Operational::Running, Service::Stopped, Job::Sharing(Route { stops, arrived: 201 })),
        ("v10", Operational::Idle, Service::Removed, Job::Out),
        ("v11", Operational::Recovered, Service::NonContactable, Job::Free),
        ("v12", Operational::Shutdown, Service::Elsewhere, Job::Out),
    ];
    let vehicle = |(number, (id, operational, service, job)): (u64, (_, _, _, _))| {
        let (driver, reading) =
            if number % 2 == 0 { (Driver::Asked, READING) } else { (Driver::Automatic, LATER) };
        let since_ms = 1_790_000_000_900 + number;
        Vehicle { spec: vehicle_spec(id, driver), reading, operational, service, job, since_ms }
    };
    (0..).zip(rows).map(vehicle).collect()
}

fn orders() -> Vec<Order<'static>> {
    let rows = [
        ("o1-open", OrderPhase::Open, None),
        ("o2-offered", OrderPhase::Offered, Some(at(1))),
        ("o3-assigned", OrderPhase::Assigned, Some(at(2))),
        ("o4-arrived", OrderPhase::Arrived, Some(at(3))),
        ("o5-aboard", OrderPhase::Aboard, Some(at(4))),
        ("o6-served", OrderPhase::Served, None),
        ("o7-timed-out", OrderPhase::TimedOut, None),
        ("o8-cancelled", OrderPhase::Cancelled, None),
        ("o9-shared", OrderPhase::Arrived, Some(at(8))),
        ("o10-shared", OrderPhase::Aboard, Some(at(8))),
    ];
    let order = |(number, (id, phase, vehicle)): (u64, (_, _, Option<Idx>))| Order {
        spec: order_spec(id),
        phase,
        vehicle,
        ended_with: (phase == OrderPhase::Served).then_some("v01"),
        placed_at_ms: 1_790_000_001_000 + number,
        since_ms: 1_790_000_002_000 + number,
        latest_pickup_ms: 1_790_000_703_000 + number,
        offer_until_ms: (phase == OrderPhase::Offered).then_some(1_790_000_014_000),
        picked_up_at_ms: (phase == OrderPhase::Aboard).then_some(1_790_000_205_000 + number),
        ended_at_ms: (5..8).contains(&number).then_some(1_790_000_406_000 + number),
        failures: 250 - number as u8,
        // One of them has left the fleet.
        declined: if number == 0 { vec![at(10), at(400)] } else { vec![] },
        weighing: vehicle.map(|_| weighing()),
    };
    (0..).zip(rows).map(order).collect()
}

/// An accepted command, then each way of being refused, in another order than that of the keys.
fn replies() -> Vec<(u64, Reply<'static>)> {
    let answers = std::iter::once(Ok(4_000)).chain(refusals().into_iter().map(Err));
    let reply = |((key, answer), number): ((&'static str, _), u64)| {
        (1_790_000_000_500 + number, Reply { key, fingerprint: 5_000_000_000 + number, answer })
    };
    KEYS.into_iter().rev().zip(answers).zip(0..).map(reply).collect()
}
