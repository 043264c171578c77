//! `/debug/dump`: all that the operator's pages show, at one moment, in one document. `paceline doctor` judges it, now or when
//! it was kept for later.

use super::app::AdminApp;
use super::tasks;
use crate::admin::sched::Sched;
use crate::hotspots::Hotspot;
use crate::problem::Problem;
use axum::extract::{Query, State};
use axum::http::{HeaderName, header};
use paceline_supervise::{Admission, BreachReport, Leak};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// Most tasks shown; all are counted.
    #[serde(default = "shown")]
    limit: usize,
}

fn shown() -> usize {
    10_000
}

#[derive(Serialize)]
struct Dump {
    /// When, as RFC 3339.
    at: String,
    version: &'static str,
    sched: Sched,
    load_shedder: Judged,
    reports: Vec<ReportedBreach>,
    /// Tasks that nobody can wake, by proof.
    leaks: Vec<Leak>,
    hotspots: Vec<Hotspot>,
    tasks: tasks::Tree,
}

/// The load shedder, and the numbers that it goes by.
#[derive(Serialize)]
struct Judged {
    state: Admission,
    tasks: u64,
    expected: Option<f64>,
}

/// A broken contract, and how long ago.
#[derive(Serialize)]
struct ReportedBreach {
    ago_ms: u64,
    #[serde(flatten)]
    report: BreachReport,
}

pub(super) async fn show(
    State(admin): State<AdminApp>,
    Query(asked): Query<Asked>,
) -> Result<([(HeaderName, &'static str); 1], String), Problem> {
    let looked = admin.clone();
    let body = admin
        .aside("dump", move || serde_json::to_string(&Dump::of(&looked, asked.limit)).unwrap_or_default());
    Ok(([(header::CONTENT_TYPE, "application/json")], body.await?))
}

impl Dump {
    fn of(admin: &AdminApp, limit: usize) -> Self {
        let now = paceline_supervise::now_ns();
        let aged = |report: BreachReport| ReportedBreach {
            ago_ms: now.saturating_sub(report.at_ns) / 1_000_000,
            report,
        };
        let (state, expected) = (admin.load_shedder.admission(), admin.load_shedder.expected());
        let tasks = admin.supervisor.registry().len() as u64;
        Self {
            load_shedder: Judged { state, tasks, expected },
            at: jiff::Timestamp::now().to_string(),
            version: env!("CARGO_PKG_VERSION"),
            sched: admin.sampler.last(),
            reports: admin.supervisor.reports().into_iter().map(aged).collect(),
            leaks: admin.supervisor.registry().leaks(),
            hotspots: admin.hotspots.list(),
            tasks: tasks::Tree::of(&admin.supervisor.registry(), &tasks::Asked::first(limit)),
        }
    }
}
