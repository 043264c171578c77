//! Edge regions over HTTP: nodes, models, workloads, placements, and what nodes report.

mod attestation;
mod capacity;
mod defragmentation;
mod lists;
mod models;
mod nodes;
mod placements;
mod policy;
mod rollouts;
mod telemetry;
mod workloads;

pub(super) use attestation::{challenge, enrol, finish_enrolment, issue_token, prove, readmit};
pub(super) use capacity::read_capacity;
pub(super) use defragmentation::{plan_moves, read_moves, start_moves, stop_moves};
pub(super) use lists::{list_models, list_nodes, list_placements, list_workloads};
pub(super) use models::{put_model, read_model, remove_model};
pub(super) use nodes::{admit_device, cordon, drain, put_node, read_node, remove_node, uncordon};
pub(super) use placements::{await_placements, explain, what_if};
pub(super) use policy::read_policy;
pub(super) use rollouts::{
    abort_rollout, list_rollouts, pause_rollout, plan_rollout, promote_rollout, read_rollout, resume_rollout,
    start_rollout,
};
pub(super) use telemetry::report;
pub(super) use workloads::{put_workload, read_workload, remove_workload};
