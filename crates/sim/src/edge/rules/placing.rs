//! Whether a replica may go where it goes. Each rule is Kubernetes' of that name where it has one.

use super::books::{Books, NodeBook};
use super::{Broken, Judged, holds};
use paceline_model::edge::{
    Bound, DeviceState, DeviceUuid, Mebibytes, ModelId, NodeId, NodeSpec, ReplicaId, TaintEffect,
    TopologySpread, Trust, Variant, VariantRef, WorkloadSpec,
};
use paceline_model::limits::MILLI_GPU_WHOLE;
use std::collections::{BTreeMap, BTreeSet};

impl Books {
    /// Errors: the first rule that is against it. The replica is nowhere meanwhile.
    pub(super) fn may_go(&self, id: &ReplicaId, bound: &Bound) -> Judged {
        let node = self.nodes.get(&bound.node).ok_or_else(|| format!("{} is not known", bound.node))?;
        let book = self.workloads.get(&id.workload).ok_or_else(|| format!("{id} is not wanted"))?;
        let spec = &book.spec;
        let to = |why: &str| format!("{id} goes to {}, {why}", bound.node);
        healthy(node).map_err(|why| why.said(to))?;
        let kept_off = node.spec.taints.iter().any(|taint| {
            taint.effect != TaintEffect::PreferNoSchedule
                && !spec.tolerations.iter().any(|toleration| toleration.tolerates(taint))
        });
        holds(!kept_off, || to("whose taint it does not tolerate"))?;
        holds(matches(&node.spec, spec), || to("whose labels do not match"))?;
        self.may_run(id, bound)?;
        let idle = bound.devices.iter().find(|uuid| node.devices.get(*uuid) != Some(&DeviceState::Serving));
        holds(idle.is_none(), || to(&format!("on {idle:?}, which does not serve")))?;
        let spreads = &mut spec.spread.iter();
        spreads.try_for_each(|spread| self.stays_spread(spec, spread, &node.spec)).map_err(|why| why.said(to))
    }

    /// Errors: what is against its running there as this variant.
    pub(super) fn may_run(&self, id: &ReplicaId, bound: &Bound) -> Judged {
        let node = self.nodes.get(&bound.node).ok_or_else(|| format!("{} is not known", bound.node))?;
        let book = self.workloads.get(&id.workload).ok_or_else(|| format!("{id} is not wanted"))?;
        let to = |why: Broken| why.said(|why| format!("{id} runs on {}, {why}", bound.node));
        let variant = self.variant(&book.spec, bound).map_err(to)?;
        runs_there(&node.spec, variant).map_err(to)?;
        devices(&book.spec, variant, bound).map_err(to)?;
        slice(&node.spec, &book.spec, bound).map_err(to)?;
        self.is_not_forbidden(node, &book.spec, bound).map_err(to)
    }

    /// The variant that it runs as, if its workload allows it.
    fn variant(&self, spec: &WorkloadSpec, bound: &Bound) -> Judged<&Variant> {
        let model = self.models.get(&spec.model).ok_or_else(|| "and its model is not known".to_owned())?;
        let named = &bound.variant;
        let variant = model.variant(named).ok_or_else(|| format!("as {named}, which there is not"))?;
        let allowed = spec.version.matches(&named.version)
            && spec.precisions().any(|precision| precision == named.precision)
            && variant.accuracy_permille >= spec.accuracy_permille_min
            && spec.latency_max.is_none_or(|most| variant.latency <= most);
        if allowed { Ok(variant) } else { Err(format!("as {named}, which it does not allow").into()) }
    }

    fn is_not_forbidden(&self, node: &NodeBook, spec: &WorkloadSpec, bound: &Bound) -> Judged {
        let is = self.forbidden.iter().any(|forbidden| {
            node.spec.label(&forbidden.label) == Some(&forbidden.value)
                && spec.model.as_str() == forbidden.model
                && bound.variant.precision == forbidden.precision.into()
        });
        let broken = || Broken::Forbidden(format!("as {}, which is forbidden there", bound.variant));
        if is { Err(broken()) } else { Ok(()) }
    }

    /// Kubernetes' `maxSkew` with `DoNotSchedule`: with the replica, its domain has at most so many more than the emptiest.
    fn stays_spread(&self, spec: &WorkloadSpec, spread: &TopologySpread, to: &NodeSpec) -> Judged {
        let key = spread.topology_key.as_str();
        let eligible = self.nodes.values().filter(|node| matches(&node.spec, spec));
        let mut counts: BTreeMap<&str, u32> =
            eligible.filter_map(|node| Some((node.spec.label(key)?, 0))).collect();
        let bound =
            self.workloads.get(&spec.id).into_iter().flat_map(|book| book.replicas.values().flatten());
        for bound in bound {
            // What stands where its labels no longer let it is in no domain (`nodeAffinityPolicy: Honor`).
            let node = self.nodes.get(&bound.node).filter(|node| matches(&node.spec, spec));
            let domain = node.and_then(|node| node.spec.label(key));
            if let Some(count) = domain.and_then(|domain| counts.get_mut(domain)) {
                *count += 1;
            }
        }
        let domain = to.label(key).ok_or_else(|| "which has no label that it is spread over".to_owned())?;
        let emptiest = counts.values().min().copied().unwrap_or(0);
        let with_it = counts.get(domain).copied().unwrap_or(0) + 1;
        holds(with_it - emptiest.min(with_it) <= spread.max_skew, || {
            format!("where {with_it} of it stand in {domain} and {emptiest} in the emptiest of {key}")
        })
    }

    /// What is taken of a node is no more than it has.
    pub(super) fn is_not_overcommitted(&self, node: &NodeId) -> Judged {
        let Some(book) = self.nodes.get(node) else { return Ok(()) };
        let (mut cpu, mut memory, mut pcie) = (0u64, 0u64, 0u64);
        let mut files: BTreeSet<(&ModelId, &VariantRef, Mebibytes)> = BTreeSet::new();
        let mut devices: BTreeMap<&DeviceUuid, (u64, u64)> = BTreeMap::new();
        let mut cut: BTreeSet<(&DeviceUuid, u8)> = BTreeSet::new();
        for (spec, bound) in self.all_bound().filter(|(_, bound)| bound.node == *node) {
            cpu += u64::from(spec.requests.cpu.0);
            memory += spec.requests.memory.0;
            pcie += u64::from(spec.requests.pcie.0);
            files.insert((&spec.model, &bound.variant, bound.file));
            if let (Some(slice), Some(uuid)) = (&bound.slice, bound.devices.first()) {
                let slots = slice.start..slice.start.saturating_add(slice.slots);
                for slot in slots {
                    holds(cut.insert((uuid, slot)), || format!("slot {slot} of {uuid} is given twice"))?;
                }
                continue;
            }
            for uuid in &bound.devices {
                let taken = devices.entry(uuid).or_default();
                taken.0 += u64::from(spec.requests.milli_gpu.0);
                taken.1 += bound.device_memory.0;
            }
        }
        let has = &book.spec.allocatable;
        holds(cpu <= has.cpu.0.into(), || format!("{node} gives {cpu} milli-CPU and has {}", has.cpu.0))?;
        holds(memory <= has.memory.0, || format!("{node} gives {memory} MiB and has {}", has.memory.0))?;
        holds(pcie <= has.pcie.0.into(), || format!("{node} gives {pcie} Mbit/s and has {}", has.pcie.0))?;
        // Replicas of one variant share its file.
        let stored: u64 = files.iter().map(|(_, _, size)| size.0).sum();
        holds(has.storage.is_none_or(|all| stored <= all.0), || {
            format!("{node} stores {stored} MiB and has {:?}", has.storage)
        })?;
        for (uuid, (milli, memory)) in devices {
            let device = book.spec.devices.iter().find(|device| device.uuid == *uuid);
            let size = device.map_or(0, |device| device.memory.0);
            let is_cut = device.is_some_and(|device| !device.slices.is_empty());
            holds(!is_cut, || format!("{uuid} is cut, and gives a share of itself"))?;
            holds(milli <= MILLI_GPU_WHOLE.into(), || format!("{uuid} gives {milli} thousandths of itself"))?;
            holds(memory <= size, || format!("{uuid} gives {memory} MiB and has {size}"))?;
        }
        Ok(())
    }
}

fn healthy(node: &NodeBook) -> Judged {
    holds(!node.cordoned, || "which is cordoned".into())?;
    holds(node.spec.trust == Trust::Trusted, || "which is not trusted".into())?;
    holds(node.trust.admits(), || format!("which has not proved itself: {:?}", node.trust))?;
    // Each of them keeps work off.
    let ill = node.conditions.first();
    holds(ill.is_none(), || format!("which is {ill:?}"))
}

fn matches(node: &NodeSpec, spec: &WorkloadSpec) -> bool {
    spec.affinity.iter().all(|wanted| wanted.matches(node.label(wanted.key.as_str())))
}

fn runs_there(node: &NodeSpec, variant: &Variant) -> Judged {
    let has = &node.fingerprint;
    let built = variant.architectures.is_empty() || variant.architectures.contains(&has.architecture);
    holds(built, || format!("whose architecture {} it is not built for", has.architecture))?;
    let new_enough = variant.cuda_min.is_none_or(|least| has.cuda.is_some_and(|cuda| cuda >= least));
    holds(new_enough, || "whose CUDA is too old".into())
}

/// Who asks for a slice has one, where and as large as the device's profile has it.
fn slice(node: &NodeSpec, spec: &WorkloadSpec, bound: &Bound) -> Judged {
    let Some(wanted) = &spec.slice else {
        return holds(bound.slice.is_none(), || format!("with {:?}, and asks for none", bound.slice));
    };
    let of_device = |uuid: &DeviceUuid| node.devices.iter().find(|device| device.uuid == *uuid);
    let profiles = bound.devices.first().and_then(of_device).map_or(&[][..], |device| &device.slices);
    let profile = profiles.iter().find(|profile| profile.name == *wanted);
    let lawful = bound.slice.as_ref().zip(profile).is_some_and(|(slice, profile)| {
        slice.profile == *wanted
            && slice.slots == profile.slots
            && profile.starts.contains(&slice.start)
            && bound.device_memory <= profile.memory
    });
    holds(lawful, || format!("with {:?}, where {profile:?} is what there is", bound.slice))
}

fn devices(spec: &WorkloadSpec, variant: &Variant, bound: &Bound) -> Judged {
    let distinct: BTreeSet<&DeviceUuid> = bound.devices.iter().collect();
    let asked = usize::from(spec.requests.gpus);
    holds(distinct.len() == asked && bound.devices.len() == asked, || {
        format!("on {} GPUs, and asks for {asked}", distinct.len())
    })?;
    let takes = if asked == 0 { 0 } else { variant.memory.0 };
    holds(bound.file == variant.size, || {
        format!("with a file of {} and needs one of {}", bound.file, variant.size)
    })?;
    holds(bound.device_memory.0 == takes, || {
        format!("with {} MiB of a GPU, and needs {takes}", bound.device_memory.0)
    })
}
