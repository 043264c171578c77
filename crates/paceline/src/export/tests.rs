//! A journal as a server leaves it, exported and read again by others' means.

use super::*;
use paceline_api::Change;
use paceline_engine::ledger::Record;
use paceline_journal::{Journal, Options};
use paceline_model::Event;
use paceline_model::{VehicleId, Version};

const AT: Instant = Instant(1_767_225_600_000);

/// Two records: three events at 0 s, one at 60 s.
fn journal() -> tempfile::TempDir {
    let vehicle = |name: &str| VehicleId::new(name).expect("a good name");
    let lost = |name| Event::ContactLost { vehicle: vehicle(name) };
    let cancelled = Event::OrderCancelled { order: paceline_model::OrderId::new("o1").expect("a good name") };
    let records = [
        Record { version: Version(3), at: AT, events: vec![lost("v1"), cancelled, lost("v2")] },
        Record { version: Version(4), at: Instant(AT.0 + 60_000), events: vec![lost("v3")] },
    ];
    let dir = tempfile::tempdir().expect("room");
    let mut journal = Journal::open(dir.path(), Options::default()).expect("an empty directory").journal;
    for record in &records {
        let stored = paceline_engine::record::encode(record);
        journal.append(stored.format, &stored.bytes).expect("room");
    }
    journal.commit().expect("room");
    dir
}

/// A record of an edge region: a node is drained, and a replica loses its device.
fn edge_journal() -> tempfile::TempDir {
    use paceline_engine::ledger::{Entry, World as _};
    use paceline_model::edge::{Event, EvictionCause, NodeId};
    let node = NodeId::new("box-1").expect("a good name");
    let replica = "welds-2".parse().expect("a good name");
    let happened = [
        Event::NodeCordoned { node, drain: true },
        Event::ReplicaEvicted { replica, cause: EvictionCause::DeviceLost },
    ];
    let events = happened.map(Entry::Event).to_vec();
    let stored = paceline_engine::edge::Edge::encode(&Record { version: Version(2), at: AT, events });
    let dir = tempfile::tempdir().expect("room");
    let mut journal = Journal::open(dir.path(), Options::default()).expect("an empty directory").journal;
    journal.append(stored.format, &stored.bytes).expect("room");
    journal.commit().expect("room");
    dir
}

fn args(dir: &Path, format: Format, out: Option<PathBuf>) -> ExportArgs {
    ExportArgs { journal: dir.into(), format, out, after: 0, since: None, until: None }
}

fn lines(args: &ExportArgs) -> Vec<Change> {
    let out = args.out.clone().expect("named");
    run(args).expect("a sound journal");
    let text = std::fs::read_to_string(out).expect("it was written");
    text.lines().map(|line| serde_json::from_str(line).expect("a change of the public API")).collect()
}

#[test]
fn lines_are_the_changes_of_the_stream() {
    let dir = journal();
    let changes = lines(&args(dir.path(), Format::Jsonl, Some(dir.path().join("out.jsonl"))));
    assert_eq!(changes.iter().map(|change| change.version).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!(changes[3].at, Instant(AT.0 + 60_000));
    assert!(
        matches!(&changes[1].event, paceline_api::Event::OrderCancelled { order } if order.as_str() == "o1")
    );
}

#[test]
fn lines_of_an_edge_region_are_the_changes_of_its_stream() {
    let dir = edge_journal();
    let asked = args(dir.path(), Format::Jsonl, Some(dir.path().join("out.jsonl")));
    run(&asked).expect("a sound journal");
    expect_test::expect![[r#"
        {"version":1,"at":"2026-01-01T00:00:00.000Z","event":{"node_cordoned":{"node":"box-1","drain":true}}}
        {"version":2,"at":"2026-01-01T00:00:00.000Z","event":{"replica_evicted":{"placement":"welds-2","cause":"device_lost"}}}
    "#]]
    .assert_eq(&std::fs::read_to_string(asked.out.expect("named")).expect("it was written"));
}

#[test]
fn a_part_is_chosen_by_version_and_time() {
    let dir = journal();
    let all = || args(dir.path(), Format::Jsonl, Some(dir.path().join("out.jsonl")));
    let versions = |args| lines(&args).iter().map(|change| change.version).collect::<Vec<_>>();
    assert_eq!(versions(ExportArgs { after: 2, ..all() }), [3, 4], "in the middle of a record");
    assert_eq!(versions(ExportArgs { since: Some(Instant(AT.0 + 1)), ..all() }), [4]);
    assert_eq!(
        versions(ExportArgs { until: Some(Instant(AT.0 + 60_000)), ..all() }),
        [1, 2, 3],
        "the end is outside"
    );
}

#[test]
fn half_a_file_is_never_there() {
    let dir = journal();
    let segment = dir.path().join("00000000000000000001.log");
    let mut bytes = std::fs::read(&segment).expect("a segment");
    bytes[60] ^= 1;
    std::fs::write(&segment, bytes).expect("room");
    let out = tempfile::tempdir().expect("room");
    let asked = args(dir.path(), Format::Jsonl, Some(out.path().join("out.jsonl")));
    let error = run(&asked).expect_err("a damaged journal");
    assert!(format!("{error:#}").contains("cannot be trusted"), "{error:#}");
    assert_eq!(std::fs::read_dir(out.path()).expect("it is there").count(), 0);
}

#[test]
fn parquet_wants_a_file() {
    let dir = journal();
    let error = run(&args(dir.path(), Format::Parquet, None)).expect_err("no terminal shows it");
    assert!(error.to_string().contains("--out"), "{error}");
}

#[cfg(feature = "parquet")]
fn parquet_rows(dir: &Path) -> String {
    use ::parquet::file::reader::{FileReader as _, SerializedFileReader};
    let out = dir.join("out.parquet");
    run(&args(dir, Format::Parquet, Some(out.clone()))).expect("a sound journal");
    let reader =
        SerializedFileReader::new(std::fs::File::open(out).expect("it was written")).expect("it is Parquet");
    let rows = reader.get_row_iter(None).expect("rows").map(|row| row.expect("a row").to_string());
    rows.collect::<Vec<_>>().join("\n")
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_holds_the_same_rows_in_columns() {
    expect_test::expect![[r#"
        {version: 1, at: 2026-01-01 00:00:00.000 +00:00, event: "contact_lost", order: null, vehicle: "v1", workload: null, node: null, data: "{"vehicle":"v1"}"}
        {version: 2, at: 2026-01-01 00:00:00.000 +00:00, event: "order_cancelled", order: "o1", vehicle: null, workload: null, node: null, data: "{"order":"o1"}"}
        {version: 3, at: 2026-01-01 00:00:00.000 +00:00, event: "contact_lost", order: null, vehicle: "v2", workload: null, node: null, data: "{"vehicle":"v2"}"}
        {version: 4, at: 2026-01-01 00:01:00.000 +00:00, event: "contact_lost", order: null, vehicle: "v3", workload: null, node: null, data: "{"vehicle":"v3"}"}"#]]
    .assert_eq(&parquet_rows(journal().path()));
    expect_test::expect![[r#"
        {version: 1, at: 2026-01-01 00:00:00.000 +00:00, event: "node_cordoned", order: null, vehicle: null, workload: null, node: "box-1", data: "{"drain":true,"node":"box-1"}"}
        {version: 2, at: 2026-01-01 00:00:00.000 +00:00, event: "replica_evicted", order: null, vehicle: null, workload: "welds", node: null, data: "{"cause":"device_lost","placement":"welds-2"}"}"#]]
    .assert_eq(&parquet_rows(edge_journal().path()));
}

#[cfg(not(feature = "parquet"))]
#[test]
fn a_program_without_parquet_says_how_to_get_it() {
    let dir = journal();
    let error =
        run(&args(dir.path(), Format::Parquet, Some(dir.path().join("x")))).expect_err("it is left out");
    assert!(error.to_string().contains("--features parquet"), "{error}");
    assert!(!dir.path().join("x").exists());
}
