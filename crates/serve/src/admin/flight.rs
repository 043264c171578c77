//! `/debug/trace`: the flight recorder as a trace that Perfetto and chrome://tracing open. One process for each component, one
//! thread for each task; a task is a slice from its spawn to its end, with the sampled polls inside it.
//!
//! Source: "Trace Event Format", the JSON that Perfetto's documentation lists among the formats that it reads.

use super::app::AdminApp;
use crate::problem::Problem;
use axum::extract::State;
use axum::http::{HeaderName, header};
use paceline_supervise::{TaskEvent, TaskEventKind};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) async fn show(
    State(admin): State<AdminApp>,
) -> Result<([(HeaderName, &'static str); 2], String), Problem> {
    let registry = admin.supervisor.registry();
    let body = admin.aside("trace", move || perfetto(&registry.events()).to_string()).await?;
    let name = "attachment; filename=\"paceline-trace.json\"";
    Ok(([(header::CONTENT_TYPE, "application/json"), (header::CONTENT_DISPOSITION, name)], body))
}

/// How far a task's story has been told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    Open,
    Polled,
    Over,
}

fn perfetto(events: &[TaskEvent]) -> Value {
    let mut processes: BTreeMap<&str, usize> = BTreeMap::new();
    for event in events {
        let next = processes.len() + 1;
        processes.entry(event.component).or_insert(next);
    }
    let mut rows: Vec<Value> = processes
        .iter()
        .map(|(name, pid)| json!({ "ph": "M", "name": "process_name", "pid": pid, "args": { "name": name } }))
        .collect();
    let mut tasks: BTreeMap<u64, Told> = BTreeMap::new();
    for event in events {
        let pid = processes[event.component];
        let told = tasks.get(&event.task).copied();
        if told.is_none() {
            let args = json!({ "name": thread(event) });
            rows.push(
                json!({ "ph": "M", "name": "thread_name", "pid": pid, "tid": event.task, "args": args }),
            );
        }
        tasks.insert(event.task, tell(event, pid, told, &mut rows));
    }
    json!({ "displayTimeUnit": "ms", "traceEvents": rows })
}

fn thread(event: &TaskEvent) -> String {
    match &event.owner {
        Some(owner) => format!("{} of {} {owner}", event.name, event.scope),
        None => event.name.to_owned(),
    }
}

fn tell(event: &TaskEvent, pid: usize, told: Option<Told>, rows: &mut Vec<Value>) -> Told {
    // Microseconds; the digits behind the point keep the nanoseconds.
    let ts = event.at_ns as f64 / 1_000.0;
    let row = |ph: &str, name: &str, args: Value| json!({ "ph": ph, "name": name, "pid": pid, "tid": event.task, "ts": ts, "s": "t", "args": args });
    let told = told.unwrap_or_else(|| {
        let recorded = if event.what == TaskEventKind::Spawned {
            "from its spawn"
        } else {
            "spawned before the recording"
        };
        rows.push(row(
            "B",
            event.name,
            json!({ "location": event.location.to_string(), "recorded": recorded }),
        ));
        Told::Open
    });
    match (event.what, told) {
        (_, Told::Over)
        | (TaskEventKind::Spawned, _)
        | (TaskEventKind::Active, Told::Polled)
        | (TaskEventKind::Idle, Told::Open) => told,
        (TaskEventKind::Active, Told::Open) => {
            rows.push(row("B", "poll", json!({})));
            Told::Polled
        }
        (TaskEventKind::Idle, Told::Polled) => {
            rows.push(row("E", "poll", json!({})));
            Told::Open
        }
        (TaskEventKind::Blocked, _) => {
            rows.push(row("i", "blocked", json!({})));
            told
        }
        (
            how @ (TaskEventKind::Finished
            | TaskEventKind::Failed
            | TaskEventKind::Panicked
            | TaskEventKind::Aborted),
            _,
        ) => {
            if told == Told::Polled {
                rows.push(row("E", "poll", json!({})));
            }
            rows.push(row("E", event.name, json!({ "how": how })));
            Told::Over
        }
    }
}
