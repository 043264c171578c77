//! What is free in an edge region, summed up for whoever spreads work over several.

use super::model::EdgeModel;
use paceline_engine::edge::{NodeRow, WorkloadRow};
use paceline_model::edge::{DeviceState, ModelSpec, TaintEffect};
use paceline_model::federation::{
    CapacitySummary, FreeDevices, ModelSummary, NodeClass, VariantSummary, WorkloadSummary, classes,
};
use paceline_model::limits::{MILLI_GPU_WHOLE, NODE_CLASSES_MAX};

/// The region in a few kilobytes.
pub(crate) fn capacity(model: &EdgeModel) -> CapacitySummary {
    let ready = || model.nodes.values().filter(|row| is_ready(row));
    CapacitySummary {
        nodes: model.nodes.len() as u32,
        ready: ready().count() as u32,
        classes: classes(ready().map(free), NODE_CLASSES_MAX),
        models: model.models.iter().map(|(id, spec)| (id.clone(), variants(spec))).collect(),
        workloads: model.workloads.iter().map(|(id, row)| (id.clone(), workload(row))).collect(),
    }
}

/// Whether new work can be placed there, whatever it tolerates.
fn is_ready(row: &NodeRow) -> bool {
    let keeps_off = |effect: TaintEffect| effect != TaintEffect::PreferNoSchedule;
    !row.cordoned
        && row.conditions.is_empty()
        && row.is_trusted()
        && !row.spec.taints.iter().any(|taint| keeps_off(taint.effect))
}

fn free(row: &NodeRow) -> NodeClass {
    let (all, used) = (&row.spec.allocatable, row.used());
    let listed = row.spec.devices.iter().zip(&row.devices);
    // What is cut in slices is not shared.
    let shared = listed.filter(|(of, known)| known.state == DeviceState::Serving && of.slices.is_empty());
    let devices = shared.map(|(of, known)| {
        let (milli, memory) = used.devices.get(&known.uuid).copied().unwrap_or_default();
        FreeDevices {
            count: 1,
            milli_gpu: MILLI_GPU_WHOLE.saturating_sub(milli),
            memory_mib: of.memory.0.saturating_sub(memory),
        }
    });
    NodeClass {
        nodes: 1,
        cpu_milli: all.cpu.0.saturating_sub(used.cpu),
        memory_mib: all.memory.0.saturating_sub(used.memory),
        devices: devices.collect(),
    }
}

fn variants(spec: &ModelSpec) -> ModelSummary {
    let of = spec.versions.iter().flat_map(|version| {
        version.variants.iter().map(|variant| VariantSummary {
            version: version.version.clone(),
            precision: variant.precision,
            memory_mib: variant.memory.0,
        })
    });
    ModelSummary { variants: of.collect() }
}

fn workload(row: &WorkloadRow) -> WorkloadSummary {
    let mut summary =
        WorkloadSummary { wanted: row.spec.replicas, placed: row.placed(), ..WorkloadSummary::default() };
    for bound in row.replicas.iter().filter_map(|replica| replica.bound.as_ref()) {
        *summary.versions.entry(bound.variant.version.clone()).or_default() += 1;
    }
    summary
}
