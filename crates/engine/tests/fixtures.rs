//! Journals and snapshots that older versions wrote, opened by this one: for ever the same world comes out. Each folder under
//! `fixtures/` is a journal as a version left it; `v1/world.txt` is the world that it makes, in plain words. `v2` is the same journal with
//! a snapshot of layout 2.
#![allow(clippy::unwrap_used, reason = "a fixture that cannot be read is a test that fails")]

mod common;

use common::town;
use paceline_engine::ledger::IdempotentReply;
use paceline_engine::{ChargerSite, Fleet, FleetOptions, Ledger, Order, World, record};
use paceline_journal::{Journal, Opened, Options, Seq, verify};
use paceline_model::{Driver, Geofence, Instant, Job, Position, Reading, Stop, StopKind, Vehicle, Weighing};
use paceline_plan::fleet::reposition::RebalanceSpec;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// A copy of a fixture's files: opening a journal locks and tidies it.
fn copy(name: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(fixture(name)).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), dir.path().join(entry.file_name())).unwrap();
    }
    dir
}

/// The records after `from`, folded into a fleet.
fn replay(mut fleet: Ledger<Fleet>, dir: &Path, from: Seq) -> Ledger<Fleet> {
    for stored in Journal::replay(dir, from).unwrap() {
        fleet.replay(stored.unwrap().payload.read(record::decode).unwrap()).unwrap();
    }
    fleet
}

fn empty() -> Fleet {
    Fleet::new(town(), FleetOptions::default())
}

/// What a restart reads after this program has made a snapshot. Its bytes tell which rows things stand in, and a world that was read
/// by name has others than one that was replayed: the words are the same.
fn stored_anew(fleet: &Ledger<Fleet>) -> Ledger<Fleet> {
    let state = fleet.checkpoint().encode();
    Ledger::restore(empty(), state.format, &state.bytes).unwrap()
}

#[test]
fn a_journal_of_the_first_version_makes_the_world_that_it_made_then() {
    let dir = copy("v1");
    let fleet = replay(Ledger::new(empty()), dir.path(), Seq(0));
    let expected = std::fs::read_to_string(fixture("v1").join("world.txt")).unwrap();
    let found = world_in_words(&fleet);
    assert!(found == expected, "the world is now:\n{found}");
}

/// Opens a fixture whose snapshot is of this layout.
fn check_snapshot(name: &str, layout: u16) {
    let dir = copy(name);
    assert_eq!(verify(dir.path()).unwrap().snapshot_format, Some(layout));
    let Opened { snapshot, warnings, .. } = Journal::open(dir.path(), Options::default()).unwrap();
    assert_eq!(warnings, []);
    let snapshot = snapshot.unwrap();
    let restore = |format, bytes| Ledger::restore(empty(), format, bytes);
    let restored = replay(snapshot.state.read(restore).unwrap(), dir.path(), snapshot.at);
    let whole = replay(Ledger::new(empty()), dir.path(), Seq(0));
    assert_eq!(world_in_words(&restored), world_in_words(&whole));
    assert_eq!(world_in_words(&stored_anew(&restored)), world_in_words(&whole));
}

#[test]
fn a_snapshot_of_the_first_version_and_the_records_after_it_make_the_same_world() {
    check_snapshot("v1", 1);
}

#[test]
fn a_snapshot_of_layout_2_and_the_records_after_it_make_the_same_world() {
    check_snapshot("v2", 2);
}

/// Its `end.state` is the snapshot of the world after the last record.
#[test]
fn a_world_of_layout_2_is_the_one_that_its_journal_makes() {
    let dir = copy("v2");
    let state = std::fs::read(fixture("v2").join("end.state")).unwrap();
    let restored = Ledger::restore(empty(), 2, &state).unwrap();
    let expected = std::fs::read_to_string(fixture("v1").join("world.txt")).unwrap();
    assert!(world_in_words(&restored) == expected);
    assert_eq!(restored.world(), replay(Ledger::new(empty()), dir.path(), Seq(0)).world(), "with its rows");
    let wrong = Ledger::restore(empty(), 1, &state).map(|_| ()).expect_err("another layout").to_string();
    assert!(wrong.starts_with("E0402 "), "{wrong}");
}

/// `end.state` is the snapshot that the first version made of its world after the last record. It had come to forecast by cells of
/// resolution 10, which a replay does not know of: what was learnt is compared by itself.
#[test]
fn the_first_version_had_the_same_world() {
    let facts = |fleet: &Ledger<Fleet>| {
        let words = world_in_words(fleet);
        words.lines().filter(|line| !line.starts_with("forecast ")).map(str::to_owned).collect::<Vec<_>>()
    };
    let dir = copy("v1");
    let state = std::fs::read(fixture("v1").join("end.state")).unwrap();
    let rebalance = RebalanceSpec { resolution: 10, ..RebalanceSpec::default() };
    let options = FleetOptions { rebalance: Some(rebalance), ..FleetOptions::default() };
    let restored = Ledger::restore(Fleet::new(town(), options), 1, &state).unwrap();
    let whole = replay(Ledger::new(empty()), dir.path(), Seq(0));
    assert_eq!(facts(&restored), facts(&whole));
    assert_eq!(facts(&stored_anew(&restored)), facts(&whole));
    let errors = restored.forecast_errors();
    assert_eq!((errors.orders, errors.forecast, errors.last_hour), (32.0, 23.9, 29.75));
}

#[test]
fn the_journal_of_the_first_version_holds_every_kind_of_event() {
    let dir = copy("v1");
    let found = verify(dir.path()).unwrap();
    assert_eq!((found.formats, found.snapshot_format), ([1].into(), Some(1)));
    let mut kinds = BTreeSet::new();
    for stored in Journal::replay_all(dir.path()).unwrap() {
        let record = stored.unwrap().payload.read(record::decode).unwrap();
        kinds.extend(record.events.iter().map(std::mem::discriminant).map(|kind| format!("{kind:?}")));
    }
    assert_eq!(kinds.len(), 29);
}

/// All that matters of a world, one thing a line, in words that do not depend on how it is kept in memory.
fn world_in_words(fleet: &Ledger<Fleet>) -> String {
    let mut out = format!("version {}\n", fleet.version().0);
    let world = fleet.world();
    world.vehicles_by_name().iter().for_each(|known| vehicle(&mut out, &world.named(known)));
    let mut orders: Vec<&Order> = world.orders().collect();
    orders.sort_by_key(|known| &known.spec.id);
    orders.iter().for_each(|known| order(&mut out, world, known));
    world.chargers().for_each(|known| charger(&mut out, known));
    world.geofences().for_each(|known| geofence(&mut out, known));
    for (at, IdempotentReply { key, fingerprint, answer }) in fleet.replies().iter() {
        let answer = match answer {
            Ok(receipt) => format!("version {}", receipt.version.0),
            Err(refusal) => refusal.to_string().split(' ').next().unwrap_or_default().to_owned(),
        };
        _ = writeln!(out, "key {key} at {} of {}: {answer}", at.0, fingerprint.0);
    }
    let errors = fleet.forecast_errors();
    _ = writeln!(out, "forecast judged {} orders, off by {:.9}", errors.orders, errors.forecast);
    out
}

fn vehicle(out: &mut String, known: &Vehicle) {
    let Vehicle { spec, reading, operational, service, job, since } = known;
    let driver = match spec.driver {
        Driver::Asked => "asked",
        Driver::Automatic => "automatic",
    };
    let (train, tags) = (spec.powertrain, words(spec.attributes.iter()));
    let energy = (train.capacity.0, train.consumption.0, train.grams_per_kwh);
    _ = writeln!(out, "vehicle {}: {} seats, {driver}, {energy:?}, tags [{tags}]", spec.id, spec.seats);
    _ = writeln!(out, "  {operational:?} {service:?}, {} since {}", doing(job), since.0);
    _ = writeln!(out, "  {}", said(reading));
}

fn doing(job: &Job) -> String {
    let stop = |stop: &Stop| {
        let sign = if stop.kind == StopKind::PickUp { '+' } else { '-' };
        format!("{sign}{} by {}", stop.order, stop.due.0)
    };
    match job {
        Job::Free => "free".into(),
        Job::Offered(order) => format!("offered {order}"),
        Job::ToPickup(order) => format!("on its way to {order}"),
        Job::AtPickup(order) => format!("waits for {order}"),
        Job::Aboard(order) => format!("with {order}"),
        Job::ToCharger(charger) => format!("on its way to {charger}"),
        Job::AtCharger(charger) => format!("at {charger}"),
        Job::Out => "out".into(),
        Job::Sharing(route) => {
            format!("shares [{}], at {} of them", words(route.stops().iter().map(stop)), route.arrived())
        }
    }
}

fn said(reading: &Reading) -> String {
    let heading = reading.heading.map(|heading| heading.as_degrees());
    let (at, charge) = (place(reading.position), reading.charge.as_percent());
    format!("said {at}, heading {heading:?}, {charge} %, at {}", reading.at.0)
}

fn order(out: &mut String, world: &World, known: &Order) {
    let (spec, at) = (&known.spec, |at: Option<Instant>| at.map(|at| at.0));
    _ = writeln!(
        out,
        "order {}: {} from {} to {}, {} to {}, arrival {:?}, priority [{}], tags [{}], within {:?}",
        spec.id,
        spec.party,
        place(spec.pickup),
        place(spec.dropoff),
        spec.earliest_pickup.0,
        spec.latest_pickup.0,
        at(spec.desired_arrival),
        words(spec.priority.iter()),
        words(spec.attributes.iter()),
        spec.geofence.as_ref().map(ToString::to_string),
    );
    let vehicle = world.vehicle_of(known).map_or("none".into(), ToString::to_string);
    let (placed, since, latest) = (known.placed_at.0, known.since.0, known.latest_pickup.0);
    let times = [known.offer_until, known.picked_up_at, known.ended_at].map(at);
    _ = writeln!(out, "  {:?}, vehicle {vehicle}, {placed} {since} {latest} {times:?}", known.phase);
    // Whoever has left the fleet since is not named.
    let declined = known.declined.iter().filter_map(|idx| {
        let mut vehicles = world.vehicles().map(|vehicle| &vehicle.spec.id);
        vehicles.find(|id| world.vehicle_idx(id) == Some(*idx))
    });
    _ = writeln!(out, "  failed {} times, declined by [{}]", known.failures, words(declined));
    if let Some(weighing) = &known.weighing {
        _ = writeln!(out, "  {}", weighed(weighing));
    }
}

fn weighed(weighing: &Weighing) -> String {
    let candidate = |candidate: &paceline_model::Candidate| {
        let (time, metres) = (candidate.pickup_time.0, candidate.pickup_distance.0);
        format!(
            "{} {} in {time}, {metres}, at {}",
            candidate.vehicle,
            place(candidate.position),
            candidate.total()
        )
    };
    let excluded: u32 = weighing.excluded.iter().map(|out| out.vehicles).sum();
    let (from, policy) = (weighing.made_from.0, &weighing.policy);
    let candidates: Vec<String> = weighing.candidates.iter().map(candidate).collect();
    let feasible = weighing.feasible;
    format!("weighed by {policy} at {from}: [{}], {feasible} feasible, {excluded} out", candidates.join("; "))
}

fn charger(out: &mut String, known: &ChargerSite) {
    let spec = &known.spec;
    let at = place(spec.position);
    _ = writeln!(
        out,
        "charger {}: {at}, {} of {} plugs taken, {} W",
        spec.id, known.taken, spec.plugs, spec.plug_watts
    );
}

fn geofence(out: &mut String, known: &Geofence) {
    let corners: Vec<String> = known.ring().iter().map(|&corner| place(corner)).collect();
    _ = writeln!(out, "area {}: {}", known.id(), corners.join("; "));
}

fn place(position: Position) -> String {
    format!("{},{}", position.lat_e7(), position.lon_e7())
}

fn words<T: ToString>(things: impl Iterator<Item = T>) -> String {
    things.map(|thing| thing.to_string()).collect::<Vec<_>>().join(" ")
}
