//! One rule after the other, each a look at everything.

use super::placed::Placed;
use super::selectors::{selects, wants_node};
use crate::amount::Amount;
use k8s_openapi::api::core::v1::{
    Container, ContainerPort, Node, Pod, PodAffinityTerm, PodSpec, Taint, Toleration,
    TopologySpreadConstraint,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use std::collections::{BTreeMap, BTreeSet};

/// Whether a pod has succeeded or failed.
pub(super) fn is_over(pod: &Pod) -> bool {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    matches!(phase, Some("Succeeded" | "Failed"))
}

/// The node that a pod is bound to.
pub(super) fn node_name(pod: &Pod) -> Option<&str> {
    pod.spec.as_ref()?.node_name.as_deref().filter(|name| !name.is_empty())
}

/// Namespace and name.
pub(super) fn full_name(pod: &Pod) -> String {
    format!("{}/{}", namespace(pod), pod.metadata.name.as_deref().unwrap_or_default())
}

fn namespace(pod: &Pod) -> &str {
    pod.metadata.namespace.as_deref().unwrap_or_default()
}

fn labels(pod: &Pod) -> BTreeMap<String, String> {
    pod.metadata.labels.clone().unwrap_or_default()
}

fn label<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    node.metadata.labels.as_ref()?.get(key).map(String::as_str)
}

/// All rules that a pod breaks on a node.
pub(super) fn broken(placed: &Placed<'_>, pod: &Pod, node: &Node) -> Vec<&'static str> {
    let nothing = PodSpec::default();
    let spec = pod.spec.as_ref().unwrap_or(&nothing);
    let case = Case { placed, pod, spec, node, others: others(placed, pod) };
    [
        (case.is_cordoned_off(), "the node is cordoned"),
        (case.is_tainted_off(), "a taint is not tolerated"),
        (!wants_node(spec, node), "node selector or affinity leaves the node out"),
        (case.is_too_full(), "the node has too little"),
        (case.is_port_taken(), "a host port is taken"),
        (case.lacks_company(), "pod affinity is not met"),
        (case.has_unwanted_company(), "pod anti-affinity is broken"),
        (case.is_unwanted_company(), "the pod anti-affinity of another is broken"),
        (case.is_uneven(), "topology spread is broken"),
    ]
    .into_iter()
    .filter_map(|(is_broken, rule)| is_broken.then_some(rule))
    .collect()
}

struct Case<'a> {
    placed: &'a Placed<'a>,
    pod: &'a Pod,
    spec: &'a PodSpec,
    node: &'a Node,
    /// Everybody else who takes room, with the node that it is on.
    others: Vec<(&'a Pod, &'a Node)>,
}

fn others<'a>(placed: &Placed<'a>, pod: &Pod) -> Vec<(&'a Pod, &'a Node)> {
    let name = |node: &'a Node| node.metadata.name.as_deref();
    let nodes: BTreeMap<_, _> = placed.nodes.iter().map(|node| (name(node), node)).collect();
    let is_it = |other: &Pod| other.metadata.name == pod.metadata.name && namespace(other) == namespace(pod);
    let live = placed.pods.iter().filter(|other| !is_over(other) && !is_it(other));
    live.filter_map(|other| Some((other, *nodes.get(&Some(node_name(other)?))?))).collect()
}

impl<'a> Case<'a> {
    fn others(&self) -> impl Iterator<Item = (&'a Pod, &'a Node)> {
        self.others.iter().copied()
    }

    fn others_here(&self) -> impl Iterator<Item = &'a Pod> {
        let name = self.node.metadata.name.clone();
        self.others().filter(move |(_, node)| node.metadata.name == name).map(|(pod, _)| pod)
    }

    fn tolerates(&self, taint: &Taint) -> bool {
        self.spec.tolerations.iter().flatten().any(|one| tolerates(one, taint))
    }

    fn is_cordoned_off(&self) -> bool {
        let is_cordoned = self.node.spec.as_ref().and_then(|spec| spec.unschedulable) == Some(true);
        let (key, effect) = ("node.kubernetes.io/unschedulable".into(), "NoSchedule".into());
        is_cordoned && !self.tolerates(&Taint { key, effect, ..Taint::default() })
    }

    fn is_tainted_off(&self) -> bool {
        self.keeps_off(self.node)
    }

    fn keeps_off(&self, node: &Node) -> bool {
        let taints = node.spec.iter().flat_map(|spec| spec.taints.iter().flatten());
        let mut hard = taints.filter(|taint| taint.effect == "NoSchedule" || taint.effect == "NoExecute");
        hard.any(|taint| !self.tolerates(taint))
    }

    fn is_too_full(&self) -> bool {
        let allocatable = self.node.status.as_ref().and_then(|status| status.allocatable.clone());
        let allocatable = allocatable.unwrap_or_default();
        let there = |name: &str| allocatable.get(name).map_or(Amount::ZERO, amount);
        let count = self.others_here().count() + 1;
        if Amount::whole(count as i64) > there("pods") {
            return true;
        }
        needs(self.spec).into_iter().any(|(name, own)| {
            let taken = self.others_here().filter_map(|pod| needs(pod.spec.as_ref()?).get(&name).copied());
            let taken = taken.fold(Amount::ZERO, Amount::plus);
            own > Amount::ZERO && own.plus(taken) > there(&name)
        })
    }

    fn is_port_taken(&self) -> bool {
        let own = host_ports(self.spec);
        let mut taken = self.others_here().filter_map(|pod| pod.spec.as_ref()).flat_map(host_ports);
        taken.any(|(ip, protocol, port)| {
            own.iter().any(|(own_ip, own_protocol, own_port)| {
                // All addresses, or all of IPv6.
                let covers = |a: &str, b: &str| a == "0.0.0.0" || a == b || a == "::" && b.contains(':');
                let meets = covers(&ip, own_ip) || covers(own_ip, &ip);
                *own_port == port && *own_protocol == protocol && meets
            })
        })
    }

    /// Whether a term of one pod is about another.
    fn is_about(&self, term: &PodAffinityTerm, of: &Pod, other: &Pod) -> bool {
        let listed = term.namespaces.as_deref().unwrap_or_default();
        let its_namespace = namespace(other);
        let of_namespace =
            self.placed.namespaces.iter().find(|one| one.metadata.name.as_deref() == Some(its_namespace));
        let its_labels = of_namespace.and_then(|one| one.metadata.labels.clone()).unwrap_or_default();
        let in_namespace = if listed.is_empty() && term.namespace_selector.is_none() {
            its_namespace == namespace(of)
        } else {
            listed.iter().any(|name| name == its_namespace)
                || selects(term.namespace_selector.as_ref(), &its_labels)
        };
        in_namespace && selects(term.label_selector.as_ref(), &labels(other))
    }

    /// Some pod that all terms are about has to be in the same place, term by term; or there is none anywhere and the pod is its own kind.
    fn lacks_company(&self) -> bool {
        let terms = near(self.spec);
        let is_like = |other: &Pod| terms.iter().all(|term| self.is_about(term, self.pod, other));
        let liked: Vec<_> = self.others().filter(|(other, _)| is_like(other)).collect();
        let has_place = |term: &PodAffinityTerm| label(self.node, &term.topology_key).is_some();
        let is_in_place = |term: &PodAffinityTerm| {
            let here = label(self.node, &term.topology_key);
            liked.iter().any(|(_, node)| here.is_some() && label(node, &term.topology_key) == here)
        };
        let is_anywhere =
            terms.iter().any(|term| liked.iter().any(|(_, node)| label(node, &term.topology_key).is_some()));
        let is_first = !is_anywhere && is_like(self.pod);
        !terms.iter().all(|term| if is_first { has_place(term) } else { is_in_place(term) })
    }

    fn shares_place(&self, term: &PodAffinityTerm, node: &Node) -> bool {
        let here = label(self.node, &term.topology_key);
        here.is_some() && here == label(node, &term.topology_key)
    }

    fn has_unwanted_company(&self) -> bool {
        apart(self.spec).iter().any(|term| {
            let mut unwanted = self.others().filter(|(other, _)| self.is_about(term, self.pod, other));
            unwanted.any(|(_, node)| self.shares_place(term, node))
        })
    }

    fn is_unwanted_company(&self) -> bool {
        self.others().any(|(other, node)| {
            let terms = other.spec.as_ref().map(apart).unwrap_or_default();
            terms.iter().any(|term| self.is_about(term, other, self.pod) && self.shares_place(term, node))
        })
    }

    fn is_uneven(&self) -> bool {
        let constraints = self.spec.topology_spread_constraints.iter().flatten();
        let hard: Vec<_> = constraints.filter(|one| one.when_unsatisfiable == "DoNotSchedule").collect();
        hard.iter().any(|one| self.breaks(one, &hard))
    }

    /// The count in the node's domain with the pod itself, less the smallest count of all domains that are compared, exceeds the skew.
    fn breaks(&self, one: &TopologySpreadConstraint, all: &[&TopologySpreadConstraint]) -> bool {
        let Some(here) = label(self.node, &one.topology_key) else { return true };
        let is_compared = |node: &Node| {
            all.iter().all(|other| label(node, &other.topology_key).is_some())
                && (one.node_affinity_policy.as_deref() == Some("Ignore") || wants_node(self.spec, node))
                && (one.node_taints_policy.as_deref() != Some("Honor") || !self.keeps_off(node))
        };
        let compared: Vec<_> = self.placed.nodes.iter().filter(|node| is_compared(node)).collect();
        let domains: BTreeSet<_> =
            compared.iter().filter_map(|node| label(node, &one.topology_key)).collect();
        let own = labels(self.pod);
        let is_like = |pod: &Pod| {
            let theirs = labels(pod);
            let keys = one.match_label_keys.as_deref().unwrap_or_default();
            selects(one.label_selector.as_ref(), &theirs)
                && keys.iter().all(|key| !own.contains_key(key) || own.get(key) == theirs.get(key))
        };
        let count = |domain: &str| {
            let counted = self.others().filter(|(pod, node)| {
                is_compared(node)
                    && label(node, &one.topology_key) == Some(domain)
                    && namespace(pod) == namespace(self.pod)
                    && pod.metadata.deletion_timestamp.is_none()
                    && is_like(pod)
            });
            counted.count()
        };
        let least = domains.iter().map(|domain| count(domain)).min().unwrap_or(0);
        let too_few = domains.len() < one.min_domains.unwrap_or(1) as usize;
        let least = if too_few { 0 } else { least };
        count(here) + usize::from(is_like(self.pod)) > least + one.max_skew as usize
    }
}

fn near(spec: &PodSpec) -> Vec<PodAffinityTerm> {
    let affinity = spec.affinity.as_ref().and_then(|affinity| affinity.pod_affinity.as_ref());
    affinity.and_then(|of| of.required_during_scheduling_ignored_during_execution.clone()).unwrap_or_default()
}

fn apart(spec: &PodSpec) -> Vec<PodAffinityTerm> {
    let affinity = spec.affinity.as_ref().and_then(|affinity| affinity.pod_anti_affinity.as_ref());
    affinity.and_then(|of| of.required_during_scheduling_ignored_during_execution.clone()).unwrap_or_default()
}

fn tolerates(toleration: &Toleration, taint: &Taint) -> bool {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let (key, effect) = (text(&toleration.key), text(&toleration.effect));
    let operator = toleration.operator.as_deref().unwrap_or("Equal");
    let fits_effect = effect.is_empty() || effect == taint.effect;
    let fits_key = if key.is_empty() { operator == "Exists" } else { key == taint.key };
    let fits_value = match operator {
        "Exists" => true,
        "Equal" | "" => text(&toleration.value) == text(&taint.value),
        _ => false,
    };
    fits_effect && fits_key && fits_value
}

fn host_ports(spec: &PodSpec) -> Vec<(String, String, i32)> {
    let sidecars = spec.init_containers.iter().flatten().filter(|one| stays(one));
    let containers = spec.containers.iter().chain(sidecars);
    let ports = containers.flat_map(|one| one.ports.iter().flatten());
    let taken = |port: &ContainerPort| {
        let ip = port.host_ip.clone().filter(|ip| !ip.is_empty()).unwrap_or_else(|| "0.0.0.0".into());
        let protocol = port.protocol.clone().unwrap_or_else(|| "TCP".into());
        Some((ip, protocol, port.host_port.filter(|number| *number != 0)?))
    };
    ports.filter_map(taken).collect()
}

fn stays(container: &Container) -> bool {
    container.restart_policy.as_deref() == Some("Always")
}

fn amount(quantity: &Quantity) -> Amount {
    Amount::read(&quantity.0).unwrap_or(Amount::MAX)
}

/// What a pod needs at its worst moment: while it is initialised, step by step, or afterwards.
fn needs(spec: &PodSpec) -> BTreeMap<String, Amount> {
    let of = |one: &Container, name: &str| {
        let requests = one.resources.as_ref().and_then(|resources| resources.requests.as_ref());
        requests.and_then(|list| list.get(name)).map_or(Amount::ZERO, amount)
    };
    let init = spec.init_containers.as_deref().unwrap_or_default();
    let whole = spec.resources.as_ref().and_then(|resources| resources.requests.clone()).unwrap_or_default();
    let overhead = spec.overhead.clone().unwrap_or_default();
    let lists =
        spec.containers.iter().chain(init).filter_map(|one| one.resources.as_ref()?.requests.as_ref());
    let names: BTreeSet<&String> = lists.chain([&whole, &overhead]).flat_map(BTreeMap::keys).collect();
    let need = |name: &str| {
        let sidecars =
            init.iter().filter(|one| stays(one)).fold(Amount::ZERO, |sum, one| sum.plus(of(one, name)));
        let running = spec.containers.iter().fold(sidecars, |sum, one| sum.plus(of(one, name)));
        let step = |at: usize| {
            let before = init[..at].iter().filter(|one| stays(one));
            before.fold(of(&init[at], name), |sum, one| sum.plus(of(one, name)))
        };
        let worst = (0..init.len()).map(step).fold(running, Amount::max);
        let is_whole = matches!(name, "cpu" | "memory") || name.starts_with("hugepages-");
        let base = whole.get(name).filter(|_| is_whole).map_or(worst, amount);
        base.plus(overhead.get(name).map_or(Amount::ZERO, amount))
    };
    names.into_iter().map(|name| (name.clone(), need(name))).collect()
}
