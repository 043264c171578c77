//! A model is registered, or has other versions than before. What runs keeps the variant that it runs.

use super::verdict::Verdict;
use crate::edge::world::Edge;
use paceline_model::edge::{Event, ModelSpec, Refusal};
use std::sync::Arc;

pub(super) fn admit(world: &Edge, spec: ModelSpec) -> Verdict {
    let spec = spec.validate().map_err(Refusal::Invalid)?;
    let same = world.model(&spec.id).is_some_and(|known| **known == spec);
    Ok(if same { Vec::new() } else { vec![Event::ModelPut(Arc::new(spec))] })
}
