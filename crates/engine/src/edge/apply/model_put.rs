//! A model is known, has other versions, or is known no longer. What runs it may run elsewhere now.

use crate::edge::world::Edge;
use paceline_model::edge::{ModelId, ModelSpec};
use std::sync::Arc;

pub(super) fn apply(world: &mut Edge, spec: Arc<ModelSpec>) {
    world.changes.model(&spec.id);
    world.models.insert(spec.id.clone(), spec);
    world.made_room();
}

pub(super) fn remove(world: &mut Edge, model: &ModelId) {
    world.changes.model(model);
    world.models.remove(model);
}
