//! The commands, one file each: arguments, work, and what is printed.

pub(crate) mod agent;
pub(crate) mod artefacts;
pub(crate) mod bikes;
pub(crate) mod city;
pub(crate) mod cluster;
#[cfg(feature = "postgres")]
mod cluster_demo;
pub(crate) mod config;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod edge;
mod edge_attest;
mod edge_defrag;
mod edge_demo;
mod edge_federation;
mod edge_probe;
mod edge_rollout;
mod edge_target;
mod edge_what_if;
pub(crate) mod fuzz;
mod fuzz_args;
mod fuzz_cluster;
mod fuzz_seeds;
pub(crate) mod gate;
pub(crate) mod journal;
pub(crate) mod keys;
#[cfg(feature = "kubernetes")]
pub(crate) mod kubernetes;
pub(crate) mod road;
#[cfg(feature = "onnx")]
pub(crate) mod run_model;
pub(crate) mod serve;
pub(crate) mod sim;
mod sim_args;
mod sim_bikes;
mod sim_edge;
mod sim_fleet;
mod sim_kubernetes;
pub(crate) mod solve;
pub(crate) mod top;

use anyhow::Context as _;
use paceline_model::RegionId;
use paceline_serve::{TraceOptions, Traces};
use std::path::Path;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

/// The first line of a file: a key. Errors: it cannot be read.
fn first_line(file: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    Ok(text.lines().next().unwrap_or_default().trim().to_owned())
}

/// Reads a region's name from the command line.
fn region(text: &str) -> Result<RegionId, String> {
    RegionId::new(text).map_err(|invalid| invalid.to_string())
}

/// Logs to standard error, at `level` unless `RUST_LOG` says otherwise.
fn log(level: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}

/// As [`log`], and sends traces to a collector if one is named.
fn log_and_trace(level: &str, options: &TraceOptions) -> anyhow::Result<Traces> {
    let traces = Traces::start(options)?;
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_filter(filter);
    let all = tracing_subscriber::registry().with(lines);
    #[cfg(feature = "otlp")]
    let all = all.with(traces.layer());
    all.init();
    Ok(traces)
}

/// Ends on the first SIGINT or SIGTERM.
async fn asked_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let interrupted = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminated) => {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
        }
        Err(error) => {
            tracing::warn!(%error, "SIGTERM cannot be heard");
            _ = interrupted.await;
        }
    }
}

/// Fails unless every task ended by itself and none is left.
fn all_ended(summary: &paceline_serve::Summary) -> anyhow::Result<()> {
    anyhow::ensure!(summary.tasks_left == 0, "{} tasks are left", summary.tasks_left);
    anyhow::ensure!(summary.closed.is_clean(), "not every task ended well: {:?}", summary.closed);
    Ok(())
}
