//! The bytes of records and snapshots of bikes regions, pinned: what was written once is read for ever.

use crate::bench::{Bench, accepted, at, counted, order_id, station, station_id, van, van_id, van_spec};
use crate::golden::Golden;
use paceline_engine::bikes::{BatteryRules, Bikes, BikesOptions};
use paceline_engine::ledger::{Entry, Ledger, World as _};
use paceline_model::bikes::{
    BatteryCount, BatteryLoad, BatteryReport, BatterySwap, BikeInterval, Command, CrewReport, CrewWord,
    DoneWork, Event, Found, Inspection, IssueDecision, NewWorkOrder, NoStock, OrderCause, OrderPhase,
    Refusal, ReportId, ReturnReason, Service, SiteKind, StationReport, StationSpec, StockReading,
    StockTarget, StopMade, Task, VanRule, VanTrigger, WithdrawReason,
};
use paceline_model::{Instant, Millis};
use std::sync::Arc;

const AT: Instant = Instant(1_800_000_000_000);

fn spec() -> StationSpec {
    let target = Some(StockTarget { least: 2, low: 5, high: 15 });
    let (id, name) = (station_id("N1"), Some("Ankerplassen".to_owned()));
    StationSpec { id, kind: SiteKind::Station, name, position: at(3, 4), docks: Some(20), target }
}

fn cell() -> StationSpec {
    let (id, kind) = (station_id("8909935884fffff"), SiteKind::Cell);
    StationSpec { id, kind, docks: None, name: None, target: None, ..spec() }
}

fn said(word: CrewWord) -> Event {
    let id = ReportId::new("r1").expect("a name");
    Event::WordTaken(Arc::new(CrewReport { id, van: van_id("V1"), done_at: AT, word }))
}

fn proposed(task: Task, cause: OrderCause) -> Event {
    let bikes = BikeInterval { least: 5, most: 10 };
    let (id, station) = (order_id("wo-1"), station_id("N1"));
    Event::OrderProposed(Arc::new(NewWorkOrder { id, task, station, bikes, cause }))
}

fn returned(why: ReturnReason) -> Event {
    Event::OrderReturned { order: order_id("wo-1"), van: van_id("V1"), why }
}

fn withdrawn(why: WithdrawReason) -> Event {
    Event::OrderWithdrawn { order: order_id("wo-1"), van: Some(van_id("V1")), why }
}

/// One of each kind, and of each variant that a kind has.
fn samples() -> Vec<Event> {
    let (station, order, van) = (station_id("N1"), order_id("wo-1"), van_id("V1"));
    let bikes = BikeInterval { least: 4, most: 6 };
    let decision = IssueDecision {
        considered: 3,
        arrives_in: Millis(91_000),
        aboard: 6,
        next_best: Some((van_id("V2"), Millis(120_000))),
        excluded: vec![(VanRule::BrokenDown, 1), (VanRule::CannotRepair, 2)],
    };
    let unknown = StockReading::Unknown(NoStock::TooOld);
    let closed = Service { on_street: true, renting: false, returning: false };
    let reports = vec![
        counted("N1", 7, 13, AT),
        StationReport { station: station.clone(), service: closed, stock: unknown, batteries: None },
    ];
    let made = StopMade {
        van: van.clone(),
        station: station.clone(),
        order: order.clone(),
        loaded: 0,
        unloaded: 6,
        docks_broken: Some(2),
        done_at: AT,
    };
    let mut all = vec![
        Event::StationPut(Arc::new(spec())),
        Event::StationPut(Arc::new(StationSpec { kind: SiteKind::Depot, docks: None, name: None, ..spec() })),
        Event::StationRemoved(station.clone()),
        Event::StationClosed(station.clone()),
        Event::StationOpened(station.clone()),
        Event::StockRead(Arc::new(reports)),
        Event::VanPut(Arc::new(van_spec("V1", at(1, 2)))),
        Event::VanRemoved(van.clone()),
        Event::VanCounted { van: van.clone(), aboard: 9 },
        Event::VanChanged { van: van.clone(), trigger: VanTrigger::BreakDown },
        Event::VanChanged { van: van.clone(), trigger: VanTrigger::Recover },
        Event::StopMade(Arc::new(made)),
        Event::OrderIssued { order: order.clone(), van: van.clone(), bikes, decision: Arc::new(decision) },
        Event::OrderAccepted { order: order.clone(), van: van.clone() },
        Event::OrderUnderWay { order: order.clone(), van: van.clone() },
        Event::OrderCut { order: order.clone(), van: None, bikes },
        Event::OrderDone { order: order.clone(), van: van.clone() },
    ];
    all.extend(words(&order).into_iter().map(said));
    all.extend(reasons());
    let inspection = Inspection { van, station, order, found: Found::LockedIn(5), done_at: AT };
    all.push(Event::StationInspected(Arc::new(inspection)));
    all.push(Event::StationPut(Arc::new(cell())));
    all.extend(of_batteries());
    all
}

/// All that there is of batteries.
fn of_batteries() -> Vec<Event> {
    let (station, order, van) = (station_id("N1"), order_id("wo-1"), van_id("V1"));
    let bikes = BikeInterval { least: 3, most: 5 };
    let excluded = vec![(VanRule::NoBatteries, 2)];
    let decision =
        IssueDecision { considered: 3, arrives_in: Millis(91_000), aboard: 0, next_best: None, excluded };
    let count = BatteryCount { low: 5, flat: 2, as_of: AT };
    let report = BatteryReport { station: station.clone(), count };
    let swap = BatterySwap { van: van.clone(), station, order: order.clone(), bikes: 4, done_at: AT };
    vec![
        Event::BatteriesRead(Arc::new(vec![report])),
        Event::BatteriesChanged(Arc::new(swap)),
        Event::VanBatteries { van: van.clone(), load: BatteryLoad { most: 8, charged: 7 } },
        said(CrewWord::BatteriesCounted(6)),
        proposed(Task::SwapBattery, OrderCause::LowBatteries { low: 5, flat: 2 }),
        withdrawn(WithdrawReason::BatteriesFull),
        Event::OrderIssued { order, van, bikes, decision: Arc::new(decision) },
    ]
}

/// Why orders are there, come back and end.
fn reasons() -> Vec<Event> {
    let causes = [
        (Task::Deliver, OrderCause::TooFew { bikes: 1, least: 2 }),
        (Task::Collect, OrderCause::Full { bikes: 20 }),
        (Task::Collect, OrderCause::Supply(order_id("wo-2"))),
        (Task::Repair, OrderCause::DocksBroken { docks: 2 }),
        (Task::Inspect, OrderCause::DocksBroken { docks: 0 }),
        (Task::SwapBattery, OrderCause::DocksBroken { docks: 0 }),
        (Task::Deliver, OrderCause::Expected { bikes: 3, saves_centi: 240 }),
        (Task::Collect, OrderCause::Elsewhere { bikes: 12 }),
        (
            Task::Inspect,
            OrderCause::NoRentals { bikes: 8, since: AT, expected_centi: 2_160, one_in: 100_001 },
        ),
        (Task::Repair, OrderCause::LockedIn { bikes: 5 }),
    ];
    let mut all: Vec<Event> = causes.map(|(task, cause)| proposed(task, cause)).into();
    let returns = [
        ReturnReason::Declined("blocked".into()),
        ReturnReason::NoAnswer(Millis(300_000)),
        ReturnReason::BrokenDown,
        ReturnReason::ShiftOver,
        ReturnReason::CannotAnyMore,
        ReturnReason::DoneBy(van_id("V2")),
    ];
    all.extend(returns.map(returned));
    let reasons = [
        WithdrawReason::FilledByRiders { bikes: 9 },
        WithdrawReason::EmptiedByRiders { bikes: 3 },
        WithdrawReason::DoneOtherwise,
        WithdrawReason::StationClosed,
        WithdrawReason::StationRemoved,
        WithdrawReason::NotNeeded(order_id("wo-2")),
        WithdrawReason::NothingToDo,
        WithdrawReason::Operator("fair".into()),
        WithdrawReason::SavesNothing,
        WithdrawReason::GivesNone,
        WithdrawReason::RentedAgain,
    ];
    all.extend(reasons.map(withdrawn));
    all
}

fn words(order: &paceline_model::bikes::WorkOrderId) -> [CrewWord; 10] {
    [
        CrewWord::Accepted(order.clone()),
        CrewWord::Declined(order.clone(), "blocked".into()),
        CrewWord::Arrived(order.clone()),
        CrewWord::Done(order.clone(), DoneWork { bikes: 6, docks_broken: 2 }),
        CrewWord::BrokenDown("engine".into()),
        CrewWord::Recovered,
        CrewWord::Counted(11),
        CrewWord::Inspected(order.clone(), Found::Well),
        CrewWord::Inspected(order.clone(), Found::LockedIn(5)),
        CrewWord::Inspected(order.clone(), Found::Repaired),
    ]
}

fn refusals() -> Vec<Refusal> {
    let (order, van) = (order_id("wo-1"), van_id("V1"));
    let stands = |phase| Refusal::OrderStands {
        order: order.clone(),
        phase,
        why: ": done".into(),
        asked: "accepted".into(),
    };
    vec![
        Refusal::Invalid(spec_refused()),
        Refusal::unknown("van", "V9"),
        Refusal::KeyReused,
        Refusal::BikesAboard { van: van.clone(), aboard: 3 },
        stands(OrderPhase::Proposed),
        stands(OrderPhase::Withdrawn),
        Refusal::NotTheirs { order: order.clone(), with: "V2's".into() },
        Refusal::LoadDiffers { van: van.clone(), aboard: 4, capacity: 20, done: "unloaded 6".into() },
        Refusal::VanStands { van, stands: "is working already".into() },
    ]
}

fn spec_refused() -> paceline_model::Invalid {
    StationSpec { docks: Some(0), ..spec() }.validate().expect_err("no docks")
}

/// A morning with something of everything in it.
fn morning(bench: &mut Bench) {
    bench.must(Command::PutStation(spec()));
    bench.must(station("N2", at(20, 0), 16));
    bench.must(van("V1", at(4, 4), 10));
    bench.must(van("V2", at(30, 0), 0));
    bench.counts("N1", 0, 20);
    bench.counts("N2", 16, 0);
    bench.wait(1);
    bench.says("V1", accepted("wo-1")).expect("it is theirs");
    let found = DoneWork { bikes: 6, docks_broken: 2 };
    bench.says("V1", CrewWord::Done(order_id("wo-1"), found)).expect("it is theirs");
    bench.says("V2", CrewWord::BrokenDown("engine".into())).expect("it can");
    bench.wait(1);
    bench.counts("N2", 16, 0);
}

#[test]
fn the_bytes_are_as_they_were() {
    let mut golden = Golden::at(AT);
    golden.events::<Bikes, _, _>(samples());
    refusals().into_iter().for_each(|refusal| golden.refusal::<Bikes, _, _>(refusal));
    let dir = tempfile::tempdir().expect("a directory");
    let mut bench = Bench::open(dir.path(), u64::MAX, AT);
    morning(&mut bench);
    let snapshot = bench.region.ledger().checkpoint().encode();
    golden.encoded("snapshot", &snapshot);
    let other = tempfile::tempdir().expect("a directory");
    let mut bench = Bench::open(other.path(), u64::MAX, AT);
    bench.must(Command::PutStation(cell()));
    let with_a_cell = bench.region.ledger().checkpoint().encode();
    golden.encoded("snapshot", &with_a_cell);
    let batteries = Some(BatteryCount { low: 5, flat: 2, as_of: AT });
    let (van, load) = (van_spec("V1", at(1, 2)), BatteryLoad { most: 8, charged: 7 });
    let third = tempfile::tempdir().expect("a directory");
    let options = BikesOptions { batteries: Some(BatteryRules::default()), ..BikesOptions::default() };
    let mut bench = Bench::run_by(options, third.path(), u64::MAX, AT);
    bench.must(Command::PutStation(cell()));
    bench.must(Command::EquipVan(van, None, load));
    bench.must(Command::TakeCells(
        Vec::new(),
        vec![StationReport { batteries, ..counted("8909935884fffff", 7, 0, AT) }],
    ));
    let with_batteries = bench.region.ledger().checkpoint().encode();
    golden.encoded("snapshot", &with_batteries);
    golden.holds(include_str!("golden.txt"));
    for snapshot in [snapshot, with_a_cell, with_batteries] {
        let restored = Ledger::restore(Bikes::default(), snapshot.format, &snapshot.bytes).expect("its own");
        assert_eq!(restored.checkpoint().encode(), snapshot);
    }
}

#[test]
fn what_another_kind_of_region_wrote_is_refused() {
    let said = |format| Bikes::decode(format, &[]).expect_err("another kind").to_string();
    let foreign = "E0404 format 0x0101 is none of this kind of region, whose formats begin at 0x0201";
    assert_eq!(said(0x0101), foreign);
    assert_eq!(said(0x0205), "E0401 format 5 is newer than 4, the newest this program reads");
}

/// What is called so in a file of golden bytes, each with its format.
fn older<'a>(golden: &'a str, name: &'a str) -> impl Iterator<Item = (u16, Vec<u8>)> + 'a {
    golden.lines().filter_map(move |line| {
        let [known, format, digits] = line.split(' ').collect::<Vec<_>>().try_into().ok()?;
        let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).expect("two digits");
        let bytes = (0..digits.len()).step_by(2).map(byte).collect();
        (known == name).then(|| (u16::from_str_radix(format, 16).expect("a format"), bytes))
    })
}

#[test]
fn a_snapshot_of_before_riders_were_counted_is_read_still() {
    let (format, bytes) = older(include_str!("snapshot_layout_1.txt"), "snapshot").next().expect("one");
    let restored = Ledger::restore(Bikes::default(), format, &bytes).expect("an older one");
    assert_eq!((format, restored.station_count(), restored.van_count()), (0x0201, 2, 2));
    assert!(restored.demand().is_new() && restored.open_orders() > 0);
}

#[test]
fn a_snapshot_of_before_stations_were_watched_is_read_still() {
    let (format, bytes) = older(include_str!("layouts_before_watch.txt"), "snapshot").next().expect("one");
    let restored = Ledger::restore(Bikes::default(), format, &bytes).expect("an older one");
    assert_eq!((format, restored.station_count(), restored.van_count()), (0x0202, 2, 2));
    assert!(restored.open_orders() > 0);
    let unwatched = |row: &paceline_engine::bikes::StationRow| {
        row.watch == paceline_engine::bikes::Watch::default() && row.stock.locked_in == 0
    };
    assert!(restored.stations().all(unwatched));
}

#[test]
fn records_of_before_there_were_inspections_say_what_they_said() {
    let known = samples();
    for (format, bytes) in ["OrderProposed", "WordTaken", "OrderWithdrawn", "StockRead"]
        .into_iter()
        .flat_map(|name| older(include_str!("layouts_before_watch.txt"), name))
    {
        assert_eq!(format, 0x0201);
        let record = Bikes::decode(format, &bytes).expect("an older one");
        let [Entry::Event(event)] = &record.events[..] else { panic!("one event") };
        assert!(known.contains(event), "{event:?}");
    }
}
