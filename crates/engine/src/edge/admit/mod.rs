//! May this happen? One file per command: each looks at the world and answers with events or a refusal. Nothing here changes anything.

mod admit_device;
mod cordon;
mod defragmentation;
mod put_model;
mod put_node;
mod put_workload;
mod remove_model;
mod remove_node;
mod remove_workload;
mod rollout;
mod scale_down;
mod trust;
mod uncordon;
mod verdict;

use super::world::Edge;
use paceline_model::Instant;
use paceline_model::edge::Command;
use verdict::Verdict;

/// Judges one command against the world as it is.
pub(super) fn admit(world: &Edge, at: Instant, command: Command) -> Verdict {
    match command {
        Command::PutNode(spec) => put_node::admit(world, at, spec),
        Command::RemoveNode(node) => remove_node::admit(world, node),
        Command::Cordon(node) => cordon::admit(world, node, false),
        Command::Drain(node) => cordon::admit(world, node, true),
        Command::Uncordon(node) => uncordon::admit(world, node),
        Command::AdmitDevice(node, device) => admit_device::admit(world, node, device),
        Command::PutModel(spec) => put_model::admit(world, spec),
        Command::RemoveModel(model) => remove_model::admit(world, model),
        Command::PutWorkload(spec) => put_workload::admit(world, spec),
        Command::RemoveWorkload(workload) => remove_workload::admit(world, workload),
        Command::StartDefragmentation(moves) => defragmentation::start(world, moves),
        Command::StopDefragmentation => defragmentation::stop(world),
        Command::StartRollout(spec) => rollout::start(world, spec),
        Command::SteerRollout(workload, order) => rollout::steer(world, at, workload, order),
        Command::EnrolKey { node, key, replaces } => trust::enrol(world, node, key, replaces),
        Command::Prove(node, clock) => trust::prove(world, &node, clock),
        Command::FailProof(node, why) => trust::fail(world, node, &why),
        Command::ContestNode(node, why) => trust::contest(world, node, &why),
        Command::Readmit(node) => trust::readmit(world, at, node),
    }
}
