//! The rules that are the world's and not the solver's: health, trust, taints, labels, and what a node's hardware runs.

use crate::edge::row::NodeRow;
use crate::edge::world::Edge;
use paceline_model::edge::{
    Condition, ModelVersion, NodeRule, SemanticVersion, TaintEffect, Variant, VariantRef, WorkloadSpec,
};

/// Variants that are tried for one replica: more than any model has that anybody wants.
const OPTIONS_MAX: usize = 8;

/// The rules, in the order in which they are asked.
pub(super) const ALL: [NodeRule; 9] = [
    NodeRule::Silent,
    NodeRule::Unschedulable,
    NodeRule::Untrusted,
    NodeRule::Hot,
    NodeRule::Heating,
    NodeRule::LowBattery,
    NodeRule::Taint,
    NodeRule::Affinity,
    NodeRule::Compatibility,
];

/// The first rule that keeps a replica off a node, whatever runs there.
pub(super) fn refusal(node: &NodeRow, spec: &WorkloadSpec, variant: Option<&Variant>) -> Option<NodeRule> {
    ALL.into_iter().find(|rule| refuses(*rule, node, spec, variant))
}

/// The same, if one of the rules were not.
pub(super) fn refusal_without(
    lifted: NodeRule,
    node: &NodeRow,
    spec: &WorkloadSpec,
    variant: &Variant,
) -> Option<NodeRule> {
    ALL.into_iter().find(|rule| *rule != lifted && refuses(*rule, node, spec, Some(variant)))
}

fn refuses(rule: NodeRule, node: &NodeRow, spec: &WorkloadSpec, variant: Option<&Variant>) -> bool {
    match rule {
        NodeRule::Silent => node.is_silent(),
        NodeRule::Unschedulable => node.cordoned,
        NodeRule::Untrusted => !node.is_trusted(),
        NodeRule::Hot => node.is_hot(),
        NodeRule::Heating => node.is_heating(),
        NodeRule::LowBattery => node.conditions.contains(&Condition::LowBattery),
        NodeRule::Taint => node.spec.taints.iter().any(|taint| {
            taint.effect != TaintEffect::PreferNoSchedule
                && !spec.tolerations.iter().any(|toleration| toleration.tolerates(taint))
        }),
        NodeRule::Affinity => !matches(node, spec),
        NodeRule::Compatibility => !variant.is_some_and(|variant| runs(node, variant)),
        // What depends on what else runs there is the solver's.
        NodeRule::Spread
        | NodeRule::Devices
        | NodeRule::DeviceCapacity
        | NodeRule::Cpu
        | NodeRule::Memory
        | NodeRule::Pcie
        | NodeRule::Storage
        | NodeRule::Slices
        | NodeRule::Unjudged => false,
    }
}

/// Whether a node's labels say what a workload asks for.
pub(super) fn matches(node: &NodeRow, spec: &WorkloadSpec) -> bool {
    spec.affinity.iter().all(|wanted| wanted.matches(node.spec.label(wanted.key.as_str())))
}

/// Whether a node's hardware and driver run a variant.
pub(in crate::edge) fn runs(node: &NodeRow, variant: &Variant) -> bool {
    let fingerprint = &node.spec.fingerprint;
    let architecture =
        variant.architectures.is_empty() || variant.architectures.contains(&fingerprint.architecture);
    architecture && variant.cuda_min.is_none_or(|least| fingerprint.cuda.is_some_and(|has| has >= least))
}

/// The variants that a workload may run as: the newest version that it allows first, and of each the wanted precision first. Only those
/// that answer fast enough and are exact enough, as they were measured.
/// Where it has been rolled out, of its stable version.
pub(in crate::edge) fn options(world: &Edge, spec: &WorkloadSpec) -> Vec<VariantRef> {
    match world.rollout(&spec.id) {
        Some(rollout) => options_of(world, spec, |version| version == rollout.stable()),
        None => options_of(world, spec, |version| spec.version.matches(version)),
    }
}

/// The same of other versions.
pub(in crate::edge) fn options_of(
    world: &Edge,
    spec: &WorkloadSpec,
    allows: impl Fn(&SemanticVersion) -> bool,
) -> Vec<VariantRef> {
    let Some(model) = world.model(&spec.model) else { return Vec::new() };
    let versions = model.versions.iter().filter(|version| allows(&version.version));
    let all = versions.flat_map(|version| {
        let of = |precision| version.variants.iter().find(move |variant| variant.precision == precision);
        let variants = spec.precisions().filter_map(of).filter(|variant| {
            variant.accuracy_permille >= spec.accuracy_permille_min
                && spec.latency_max.is_none_or(|most| variant.latency <= most)
        });
        variants.map(|variant| VariantRef { version: version.version.clone(), precision: variant.precision })
    });
    all.take(OPTIONS_MAX).collect()
}

/// Variants of its model that a workload may not run as, the newest version that it allows first and then the others.
pub(super) fn others(world: &Edge, spec: &WorkloadSpec) -> Vec<VariantRef> {
    let Some(model) = world.model(&spec.model) else { return Vec::new() };
    let known = options(world, spec);
    let mut versions: Vec<_> = model.versions.iter().collect();
    versions.sort_by_key(|version| !spec.version.matches(&version.version));
    let of = |version: &ModelVersion| {
        let named =
            |variant: &Variant| VariantRef { version: version.version.clone(), precision: variant.precision };
        version.variants.iter().map(named).collect::<Vec<_>>()
    };
    versions.into_iter().flat_map(of).filter(|named| !known.contains(named)).take(OPTIONS_MAX).collect()
}
