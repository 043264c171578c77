//! The rules that are the world's and not the solver's: health, trust, taints, labels, and what a node's hardware runs.

use crate::edge::row::NodeRow;
use crate::edge::world::Edge;
use paceline_model::edge::{Condition, NodeRule, TaintEffect, Trust, Variant, VariantRef, WorkloadSpec};

/// Variants that are tried for one replica: more than any model has that anybody wants.
const OPTIONS_MAX: usize = 8;

/// The first rule that keeps a replica off a node, whatever runs there.
pub(super) fn refusal(node: &NodeRow, spec: &WorkloadSpec, variant: Option<&Variant>) -> Option<NodeRule> {
    health(node).or_else(|| kept_off(node, spec)).or_else(|| match variant {
        Some(variant) if runs(node, variant) => None,
        _ => Some(NodeRule::Compatibility),
    })
}

fn health(node: &NodeRow) -> Option<NodeRule> {
    match () {
        () if node.is_silent() => Some(NodeRule::Silent),
        () if node.cordoned => Some(NodeRule::Unschedulable),
        () if node.spec.trust == Trust::Untrusted => Some(NodeRule::Untrusted),
        () if node.is_hot() => Some(NodeRule::Hot),
        () if node.is_heating() => Some(NodeRule::Heating),
        () if node.conditions.contains(&Condition::LowBattery) => Some(NodeRule::LowBattery),
        () => None,
    }
}

fn kept_off(node: &NodeRow, spec: &WorkloadSpec) -> Option<NodeRule> {
    let against = node.spec.taints.iter().any(|taint| {
        taint.effect != TaintEffect::PreferNoSchedule
            && !spec.tolerations.iter().any(|toleration| toleration.tolerates(taint))
    });
    match () {
        () if against => Some(NodeRule::Taint),
        () if !matches(node, spec) => Some(NodeRule::Affinity),
        () => None,
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
pub(in crate::edge) fn options(world: &Edge, spec: &WorkloadSpec) -> Vec<VariantRef> {
    let Some(model) = world.model(&spec.model) else { return Vec::new() };
    let versions = model.versions.iter().filter(|version| spec.version.matches(&version.version));
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
