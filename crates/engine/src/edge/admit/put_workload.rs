//! A workload is asked for, or changed. What its running replicas are (model, version, precision, requests, slice, gang) stays as it is, as a
//! pod's does in Kubernetes; how many there are, and where new ones may go, may change.

use super::scale_down;
use super::verdict::Verdict;
use crate::edge::world::Edge;
use paceline_model::edge::{Event, Refusal, WorkloadSpec};
use paceline_model::limits::{Invalid, Rule};
use std::sync::Arc;

pub(super) fn admit(world: &Edge, spec: WorkloadSpec) -> Verdict {
    let spec = spec.validate().map_err(Refusal::Invalid)?;
    world.model(&spec.model).ok_or_else(|| Refusal::unknown("model", &spec.model))?;
    let mut events = Vec::new();
    if let Some(known) = world.workload(&spec.id) {
        if *known.spec == spec {
            return Ok(Vec::new());
        }
        if let Some(field) = changed(&known.spec, &spec) {
            let rule = Rule::Shape("must stay as it is: remove the workload, then put it anew".into());
            return Err(Refusal::Invalid(Invalid::new(field, "another than before", rule)));
        }
        events = scale_down::ends(world, known, &spec);
    }
    events.push(Event::WorkloadPut(Arc::new(spec)));
    Ok(events)
}

/// The first field that may not change, and does.
fn changed(known: &WorkloadSpec, spec: &WorkloadSpec) -> Option<&'static str> {
    let fields = [
        ("model", known.model != spec.model),
        ("version", known.version != spec.version),
        ("precision", known.precision != spec.precision),
        ("downgrades", known.downgrades != spec.downgrades),
        ("requests", known.requests != spec.requests),
        ("slice", known.slice != spec.slice),
        ("gang", known.gang != spec.gang),
        ("replicas of a gang", known.gang && known.replicas != spec.replicas),
    ];
    fields.into_iter().find(|(_, changed)| *changed).map(|(field, _)| field)
}
