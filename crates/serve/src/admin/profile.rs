//! Profiles in pprof's form: gzipped protobuf with names and lines in it, so that no binary is needed to read them.
//! Those of processor and heap are the work of crates made for it; without the feature `profiles` all are answered 501.

use super::app::AdminApp;
use crate::problem::Problem;
use axum::extract::{Query, State};
use axum::http::{HeaderName, header};
use paceline_api::Code;
use paceline_model::limits::within;
use serde::Deserialize;

type Pprof = ([(HeaderName, &'static str); 2], Vec<u8>);

/// How long to look.
#[derive(Deserialize)]
pub(super) struct Span {
    #[serde(default = "ten")]
    seconds: u32,
}

fn ten() -> u32 {
    10
}

/// Longer ones are better taken as several: a proxy in between gives up.
const SECONDS: (f64, f64) = (1.0, 60.0);

pub(super) async fn cpu(State(admin): State<AdminApp>, Query(span): Query<Span>) -> Result<Pprof, Problem> {
    within("seconds", span.seconds.into(), SECONDS)?;
    let bytes = tokio::select! {
        taken = taken::cpu(&admin, std::time::Duration::from_secs(span.seconds.into())) => taken?,
        () = admin.closing() => return Err(Problem::draining()),
    };
    Ok(pprof(bytes, "attachment; filename=\"cpu.pb.gz\""))
}

pub(super) async fn heap(State(admin): State<AdminApp>) -> Result<Pprof, Problem> {
    Ok(pprof(taken::heap(&admin).await?, "attachment; filename=\"heap.pb.gz\""))
}

/// Every task there is, grouped by the line that spawned it and the place where it waits, with owners as labels.
pub(super) async fn tasks(State(admin): State<AdminApp>) -> Result<Pprof, Problem> {
    Ok(pprof(taken::tasks(&admin).await?, "attachment; filename=\"tasks.pb.gz\""))
}

fn pprof(bytes: Vec<u8>, name: &'static str) -> Pprof {
    ([(header::CONTENT_TYPE, "application/octet-stream"), (header::CONTENT_DISPOSITION, name)], bytes)
}

fn cannot(detail: impl std::fmt::Display) -> Problem {
    Problem::new(Code::E0603, detail.to_string())
}

#[cfg(not(feature = "profiles"))]
mod taken {
    use super::{AdminApp, Problem, cannot};

    const WITHOUT: &str = "This server was built without the feature `profiles`.";

    pub(super) async fn cpu(_: &AdminApp, _: std::time::Duration) -> Result<Vec<u8>, Problem> {
        Err(cannot(WITHOUT))
    }
    pub(super) async fn heap(_: &AdminApp) -> Result<Vec<u8>, Problem> {
        Err(cannot(WITHOUT))
    }
    pub(super) async fn tasks(_: &AdminApp) -> Result<Vec<u8>, Problem> {
        Err(cannot(WITHOUT))
    }
}

#[cfg(feature = "profiles")]
mod taken {
    use super::super::task_profile;
    use super::{AdminApp, Problem, cannot};
    use pprof_util::{StackProfile, WeightedStack};
    use std::time::Duration;

    /// Samples a second. Not a round number, so that it does not beat in time with what runs every 10 ms.
    const HERTZ: i32 = 99;

    /// One at a time: the timer that it uses belongs to the whole process.
    static ONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

    pub(super) async fn cpu(admin: &AdminApp, span: Duration) -> Result<Vec<u8>, Problem> {
        let one = ONE.try_lock().map_err(|_| Problem::busy("Another profile is being taken."))?;
        // The libraries are those whose stacks cannot be walked safely from inside a signal.
        let guard = pprof::ProfilerGuardBuilder::default()
            .frequency(HERTZ)
            .blocklist(&["libc", "libgcc", "pthread", "vdso"])
            .build()
            .map_err(cannot)?;
        tokio::time::sleep(span).await;
        let report = guard.report().build_unresolved().map_err(cannot)?;
        drop((guard, one));
        // Names and lines are looked up in the binary's debug information, which takes a while.
        let units = ("cpu", "nanoseconds");
        admin.aside("profile", move || cpu_stacks(&report).to_pprof(units, units, None)).await
    }

    fn cpu_stacks(report: &pprof::UnresolvedReport) -> StackProfile {
        let nanos = 1e9 / f64::from(HERTZ);
        let mut profile = StackProfile::default();
        for (frames, count) in &report.data {
            // Outermost first, as the encoder expects; it takes one off each address, as for return addresses. The
            // walk ends at an address of nothing.
            let addrs =
                frames.frames.iter().rev().map(|frame| frame.ip() as usize).filter(|at| *at != 0).collect();
            profile.push_stack(WeightedStack { addrs, weight: *count as f64 * nanos }, None);
        }
        for mapping in mappings::MAPPINGS.iter().flatten() {
            profile.push_mapping(mapping.clone());
        }
        profile
    }

    pub(super) async fn heap(admin: &AdminApp) -> Result<Vec<u8>, Problem> {
        super::super::allocator::keep();
        let control =
            jemalloc_pprof::PROF_CTL.as_ref().ok_or_else(|| cannot("The allocator does not sample."))?;
        let mut control = control.clone().lock_owned().await;
        admin.aside("profile", move || control.dump_pprof()).await?.map_err(cannot)
    }

    pub(super) async fn tasks(admin: &AdminApp) -> Result<Vec<u8>, Problem> {
        let registry = admin.supervisor.registry();
        admin.aside("task profile", move || task_profile::take(&registry)).await?.map_err(cannot)
    }
}
