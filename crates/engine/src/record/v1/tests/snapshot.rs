//! A world that has every kind of thing in it: each job, phase and state at least once, and what was learnt.

use super::events::{READING, charger_spec, geofence, order_spec, refusals, vehicle_spec, weighing};
use crate::record::v1::learnt::{Cell, CellHistory, Forecast, ForecastErrors, Learnt};
use crate::record::v1::values::{Driver, Operational, OrderPhase, Position, Stop, StopKind};
use crate::record::v1::world::{ChargerSite, Job, Kept, Order, Route, Service, Snapshot, Vehicle, World};

pub(super) fn snapshot() -> Snapshot<'static> {
    let kept = kept();
    let world = World {
        version: 4_711,
        vehicles: vehicles(),
        orders: orders(),
        chargers: vec![
            ("charger-1", ChargerSite { spec: charger_spec("charger-1"), taken: 2 }),
            ("charger-2", ChargerSite { spec: charger_spec("charger-2"), taken: 0 }),
        ],
        geofences: vec![("midtown", geofence("midtown")), ("uptown", geofence("uptown"))],
        keys_by_age: kept.iter().rev().zip(1_790_000_000_500..).map(|((key, _), at)| (at, *key)).collect(),
        kept,
        ended_by_age: vec![
            (1_790_000_400_001, "o6-served"),
            (1_790_000_400_002, "o8-cancelled"),
            (1_790_000_400_003, "o7-timed-out"),
        ],
    };
    Snapshot { world, learnt: Some(learnt()) }
}

fn vehicles() -> Vec<(&'static str, Vehicle<'static>)> {
    let stop = |order, kind, due_ms| Stop { order, kind, due_ms };
    let route = Route {
        stops: vec![
            stop("o4-arrived", StopKind::PickUp, 1_790_000_250_001),
            stop("o5-aboard", StopKind::DropOff, 1_790_000_350_002),
            stop("o4-arrived", StopKind::DropOff, 1_790_000_450_003),
        ],
        arrived: 201,
    };
    let rows = [
        ("v01", Operational::Running, Service::Available, Job::Free),
        ("v02", Operational::Running, Service::Reserved, Job::Offered("o2-offered")),
        ("v03", Operational::Running, Service::Reserved, Job::ToPickup("o3-assigned")),
        ("v04", Operational::Running, Service::Stopped, Job::AtPickup("o4-arrived")),
        ("v05", Operational::Running, Service::OnTrip, Job::Aboard("o5-aboard")),
        ("v06", Operational::Running, Service::NonOperational, Job::ToCharger("charger-1")),
        ("v07", Operational::Charging, Service::NonOperational, Job::AtCharger("charger-1")),
        ("v08", Operational::Faulted, Service::NonOperational, Job::Out),
        ("v09", Operational::Running, Service::Stopped, Job::Sharing(route)),
        ("v10", Operational::Idle, Service::Removed, Job::Out),
        ("v11", Operational::Recovered, Service::NonContactable, Job::Free),
        ("v12", Operational::Shutdown, Service::Elsewhere, Job::Out),
    ];
    let vehicle = |(number, (id, operational, service, job)): (usize, (_, _, _, _))| {
        let driver = if number % 2 == 0 { Driver::Asked } else { Driver::Automatic };
        let since_ms = 1_790_000_000_900 + number as u64;
        (
            id,
            Vehicle { spec: vehicle_spec(id, driver), reading: READING, operational, service, job, since_ms },
        )
    };
    rows.into_iter().enumerate().map(vehicle).collect()
}

fn orders() -> Vec<(&'static str, Order<'static>)> {
    let rows = [
        ("o1-open", OrderPhase::Open, None),
        ("o2-offered", OrderPhase::Offered, Some("v02")),
        ("o3-assigned", OrderPhase::Assigned, Some("v03")),
        ("o4-arrived", OrderPhase::Arrived, Some("v04")),
        ("o5-aboard", OrderPhase::Aboard, Some("v05")),
        ("o6-served", OrderPhase::Served, Some("v01")),
        ("o7-timed-out", OrderPhase::TimedOut, None),
        ("o8-cancelled", OrderPhase::Cancelled, None),
    ];
    let order = |(number, (id, phase, vehicle)): (u64, (_, _, Option<&'static str>))| {
        let order = Order {
            spec: order_spec(id),
            phase,
            vehicle,
            placed_at_ms: 1_790_000_001_000 + number,
            since_ms: 1_790_000_002_000 + number,
            latest_pickup_ms: 1_790_000_703_000 + number,
            offer_until_ms: vehicle.map(|_| 1_790_000_014_000 + number),
            picked_up_at_ms: (phase == OrderPhase::Aboard).then_some(1_790_000_205_000),
            ended_at_ms: (number >= 5).then_some(1_790_000_406_000 + number),
            failures: 250 - number as u8,
            declined: if number == 0 { vec!["v11", "v12"] } else { vec![] },
            weighing: vehicle.map(|_| weighing()),
        };
        (id, order)
    };
    (0..).zip(rows).map(order).collect()
}

/// A key for each answer, in order.
pub(crate) const KEYS: [&str; 31] = [
    "k00", "k01", "k02", "k03", "k04", "k05", "k06", "k07", "k08", "k09", "k10", "k11", "k12", "k13", "k14",
    "k15", "k16", "k17", "k18", "k19", "k20", "k21", "k22", "k23", "k24", "k25", "k26", "k27", "k28", "k29",
    "k30",
];

/// An accepted command, then each way of being refused.
fn kept() -> Vec<(&'static str, Kept<'static>)> {
    let answers: Vec<_> = std::iter::once(Ok(4_000)).chain(refusals().into_iter().map(Err)).collect();
    assert_eq!(answers.len(), KEYS.len(), "a key for each");
    let kept = |(fingerprint, answer)| Kept { fingerprint, answer };
    KEYS.into_iter().zip((5_000_000_000..).zip(answers).map(kept)).collect()
}

fn learnt() -> Learnt<'static> {
    let place = |number| Position { lat_e7: 407_500_000 + number, lon_e7: -739_700_000 - number };
    let sent = vec![("v01", (1_790_000_300_001, place(4))), ("v11", (1_790_000_300_002, place(5)))];
    Learnt { forecast: forecast(), sent }
}

pub(crate) fn forecast() -> Forecast {
    let history = CellHistory {
        now: 3,
        booked: 2,
        recent: [4, 5, 6, 700],
        share: 0.125,
        profile: vec![(17, (2.5, 8)), (671, (3.75, 9))],
        expected: 4.5,
        lat: 40.75,
        lon: -73.96875,
        seen: 6.0625,
    };
    let errors = ForecastErrors {
        orders: 101.5,
        forecast: 102.5,
        last_hour: 103.5,
        orders_of_known_weeks: 104.5,
        last_week: 105.5,
    };
    let place = |number| Position { lat_e7: 407_500_000 + number, lon_e7: -739_700_000 - number };
    Forecast {
        resolution: 8,
        quarter: Some(1_988_889),
        cells: vec![(Cell(0x0882_a100_d2df_ffff), history.clone()), (Cell(0x0882_a100_d67f_ffff), history)],
        level: 12.5,
        known_level: 13.25,
        profile_level: 14.75,
        booked: vec![(1_988_900, vec![place(1), place(2)]), (1_988_901, vec![place(3)])],
        errors,
    }
}
