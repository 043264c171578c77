//! An agent without its region: restarts, a dead link, and a clock in 1970.

mod common;

use common::{answers, model, options, parts, until, with_agent, with_region, workload};
use paceline_agent::clock::Moment;
use paceline_agent::{Clocks, MachineClocks, Parts};
use paceline_model::Instant;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

/// Where nobody listens: port 9 is `discard`, and unused.
const NOWHERE: &str = "http://127.0.0.1:9";

/// The machine's clocks as a box without a battery has them, started anew just now.
struct In1970 {
    started_ms: u64,
}

impl In1970 {
    fn now() -> Self {
        Self { started_ms: MachineClocks.moment().mono_ms }
    }
}

impl Clocks for In1970 {
    fn boot(&self) -> String {
        "7c1e".into()
    }
    fn moment(&self) -> Moment {
        let mono_ms = MachineClocks.moment().mono_ms - self.started_ms;
        Moment { mono_ms, wall: Instant(mono_ms) }
    }
}

fn script() -> Parts {
    parts(
        json!({ "weld": { "1.0.0": answers(0.25) } }),
        json!([{ "at_s": 0, "rssi_dbm": -60 }, { "at_s": 0.3, "rssi_dbm": -61 }]),
    )
}

fn written(dir: &Path) -> Value {
    let bytes = std::fs::read(dir.join("box-1/state.json")).expect("written down");
    serde_json::from_slice(&bytes).expect("JSON")
}

/// A box that has run `line-0`, and `alone-0`, which must be single.
async fn ran(dir: &Path) {
    with_region(dir, async |region| {
        region.put_model("weld", &model(&["1.0.0"])).await.expect("a model");
        region.put_workload("line", &workload("weld", "*")).await.expect("a workload");
        let mut single = workload("weld", "*");
        single.single = true;
        region.put_workload("alone", &single).await.expect("a workload");
        with_agent(options(&region, "box-1", dir), script(), async |node| {
            node.until("line-0", |line| line.state == "running").await;
            node.until("alone-0", |line| line.state == "running").await;
        })
        .await;
    })
    .await;
}

fn alone(dir: &Path) -> paceline_agent::AgentOptions {
    let region = paceline_client::Client::new(NOWHERE, Default::default()).expect("a client");
    options(&region, "box-1", dir)
}

#[paceline_supervise::test]
async fn what_ran_starts_again_without_the_region() {
    let dir = tempfile::tempdir().expect("a directory");
    ran(dir.path()).await;
    with_agent(alone(dir.path()), script(), async |node| {
        node.until("line-0", |line| line.state == "running").await;
        node.until("alone-0", |line| line.state == "running").await;
        assert_eq!(node.infer("line-0").await.expect("it answers").model_version, "1.0.0");
    })
    .await;
}

#[paceline_supervise::test]
async fn in_1970_all_runs_but_what_must_be_single_and_nothing_is_forgotten() {
    let dir = tempfile::tempdir().expect("a directory");
    ran(dir.path()).await;
    let before = written(dir.path());
    let woken = Parts { clocks: Arc::new(In1970::now()), ..script() };
    with_agent(alone(dir.path()), woken.clone(), async |node| {
        node.until("line-0", |line| line.state == "running").await;
        let waits = node.until("alone-0", |line| line.waits.is_some()).await;
        assert!(
            waits.waits.expect("said").starts_with("it must be single, and how long"),
            "{:?}",
            waits.state
        );
        let status = node.status().await;
        assert!(status.clock.starts_with("unset: later than 20"), "{}", status.clock);
        assert_eq!(status.autonomy_s, None);
        until(async || {
            let waiting = node.status().await.backlog.waiting;
            if waiting >= 2 { Ok(()) } else { Err(format!("{waiting} readings wait")) }
        })
        .await;
    })
    .await;
    let after = written(dir.path());
    assert_eq!(
        (&after["autonomy"], &after["time"]),
        (&before["autonomy"], &before["time"]),
        "nothing of 1970 is written down"
    );
    // The region is there again: it says the time, what waited is sent, and what must be single runs.
    with_region(dir.path(), async |region| {
        with_agent(options(&region, "box-1", dir.path()), woken, async |node| {
            node.until("alone-0", |line| line.state == "running").await;
            let status = until(async || {
                let status = node.status().await;
                if status.backlog.waiting == 0 { Ok(status) } else { Err(format!("{:?}", status.backlog)) }
            })
            .await;
            assert!(status.clock.starts_with("by the region; its own clock is -"), "{}", status.clock);
            assert_eq!((status.backlog.lost, status.backlog.undated), (0, 0));
        })
        .await;
    })
    .await;
}

#[paceline_supervise::test]
async fn what_must_be_single_stops_when_its_time_without_the_region_is_over() {
    let dir = tempfile::tempdir().expect("a directory");
    ran(dir.path()).await;
    let short =
        paceline_agent::AgentOptions { autonomy: std::time::Duration::from_millis(1), ..alone(dir.path()) };
    // What was written down counts, not what the region's next word would give.
    let mut state = written(dir.path());
    state["autonomy"]["left_ms"] = json!(1);
    std::fs::write(dir.path().join("box-1/state.json"), state.to_string()).expect("written");
    with_agent(short, script(), async |node| {
        node.until("line-0", |line| line.state == "running").await;
        let over = node.until("alone-0", |line| line.waits.is_some()).await;
        assert_eq!(over.waits.as_deref(), Some("it must be single, and its time without the region is over"));
        assert_eq!(node.infer("alone-0").await.expect_err("it does not run").0, 503);
    })
    .await;
}
