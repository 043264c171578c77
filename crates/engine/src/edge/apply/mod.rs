//! What an event changes: one file for each kind of thing that happens. Total: a fact cannot be refused.

mod condition;
mod defragmentation;
mod device_changed;
mod model_put;
mod node_cordoned;
mod node_put;
mod node_removed;
mod replica_bound;
mod replica_ended;
mod replica_evicted;
mod replica_switched;
mod rollout_changed;
mod room_made;
mod trust;
mod workload_put;
mod workload_removed;

use super::world::Edge;
use paceline_model::Instant;
use paceline_model::edge::Event;

/// Folds one event in.
pub(super) fn apply(world: &mut Edge, at: Instant, event: Event) {
    match event {
        Event::NodePut(spec) => node_put::apply(world, at, spec),
        Event::NodeRemoved(node) => node_removed::apply(world, &node),
        Event::NodeCordoned { node, drain } => node_cordoned::apply(world, &node, true, drain),
        Event::NodeUncordoned(node) => node_cordoned::apply(world, &node, false, false),
        Event::ConditionBegan(node, condition) => condition::apply(world, at, &node, condition, true),
        Event::ConditionEnded(node, condition) => condition::apply(world, at, &node, condition, false),
        Event::DeviceChanged { node, device, trigger } => {
            device_changed::apply(world, at, &node, &device, trigger);
        }
        Event::ModelPut(spec) => model_put::apply(world, spec),
        Event::ModelRemoved(model) => model_put::remove(world, &model),
        Event::WorkloadPut(spec) => workload_put::apply(world, at, spec),
        Event::WorkloadRemoved(workload) => workload_removed::apply(world, &workload),
        Event::ReplicaPlaced { replica, bound, decision } => {
            replica_bound::apply(world, at, &replica, bound, (decision, None));
        }
        Event::ReplicaMoved { replica, bound, decision, cause } => {
            replica_bound::apply(world, at, &replica, bound, (decision, Some(cause)));
        }
        Event::ReplicaEvicted { replica, .. } => replica_evicted::apply(world, at, &replica),
        Event::ReplicaSwitched { replica, bound, cause } => {
            replica_switched::apply(world, at, &replica, bound, cause);
        }
        Event::ReplicaEnded(replica) => replica_ended::apply(world, at, &replica),
        Event::RoomMade(made) => room_made::apply(world, at, made),
        Event::DefragmentationStarted(moves) => defragmentation::start(world, at, &moves),
        Event::DefragmentationStepped { replica, trigger } => {
            defragmentation::step(world, at, &replica, trigger);
        }
        Event::DefragmentationEnded(trigger) => defragmentation::end(world, at, trigger),
        Event::RolloutChanged(workload, change) => rollout_changed::apply(world, at, &workload, &change),
        Event::KeyEnrolled { node, key } => trust::enrolled(world, at, &node, key),
        Event::TrustStepped { node, trigger, why } => trust::stepped(world, at, &node, trigger, &why),
    }
}
