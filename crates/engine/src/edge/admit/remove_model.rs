//! A model leaves that no workload runs.

use super::verdict::Verdict;
use crate::edge::world::Edge;
use paceline_model::edge::{Event, ModelId, Refusal};

pub(super) fn admit(world: &Edge, model: ModelId) -> Verdict {
    world.model(&model).ok_or_else(|| Refusal::unknown("model", &model))?;
    match world.workloads().filter(|row| row.spec.model == model).count() {
        0 => Ok(vec![Event::ModelRemoved(model)]),
        used => Err(Refusal::InUse {
            kind: "model".into(),
            id: model.to_string(),
            count: used as u32,
            by: "workloads".into(),
            cure: "remove them first".into(),
        }),
    }
}
