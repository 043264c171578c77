//! What is free in a cluster, by classes of nodes: how many replicas fit, and what is left once some have come.
//!
//! Work: a step for each class. Taking replicas parts a class in at most three.

use paceline_model::federation::{CapacitySummary, FreeDevices, NodeClass};
use paceline_model::limits::MILLI_GPU_WHOLE;

/// What one replica takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Need {
    /// In thousandths of a core.
    pub cpu_milli: u32,
    /// Of the host.
    pub memory_mib: u64,
    /// How many GPUs; several are whole ones.
    pub gpus: u8,
    /// Of each of them, in thousandths.
    pub milli_gpu: u16,
    /// Of each of them.
    pub gpu_memory_mib: u64,
}

/// What is free in a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Room {
    classes: Vec<NodeClass>,
}

impl Room {
    /// As its summary says.
    pub fn of(summary: &CapacitySummary) -> Self {
        Self { classes: summary.classes.clone() }
    }

    /// How many more replicas fit.
    pub fn fits(&self, need: &Need) -> u32 {
        let of = |class: &NodeClass| u64::from(on_node(class, need)) * u64::from(class.nodes);
        u32::try_from(self.classes.iter().map(of).sum::<u64>()).unwrap_or(u32::MAX)
    }

    /// Takes room for as many of `replicas` as fit, on the nodes that have room for the fewest first: what is large stays whole.
    pub fn take(&mut self, need: &Need, replicas: u32) {
        let mut order: Vec<(u32, usize)> =
            self.classes.iter().enumerate().map(|(at, class)| (on_node(class, need), at)).collect();
        order.retain(|(each, _)| *each > 0);
        order.sort_unstable();
        let mut left = replicas;
        for (each, at) in order {
            if left == 0 {
                return;
            }
            let whole = (left / each).min(self.classes[at].nodes);
            left -= whole * each;
            self.part(at, whole, need, each);
            if left > 0 && left < each && self.classes[at].nodes > 0 {
                self.part(at, 1, need, left);
                left = 0;
            }
        }
    }

    /// On `nodes` nodes of a class, `each` replicas come.
    fn part(&mut self, at: usize, nodes: u32, need: &Need, each: u32) {
        if nodes == 0 {
            return;
        }
        self.classes[at].nodes -= nodes;
        let left = used(&self.classes[at], need, each);
        self.classes.push(NodeClass { nodes, ..left });
    }
}

/// How many replicas fit on one node of a class.
fn on_node(class: &NodeClass, need: &Need) -> u32 {
    let of = |free: u64, each: u64| free.checked_div(each).unwrap_or(u64::MAX);
    let host =
        of(u64::from(class.cpu_milli), u64::from(need.cpu_milli)).min(of(class.memory_mib, need.memory_mib));
    let devices = match need.gpus {
        0 => u64::MAX,
        1 => class.devices.iter().map(|free| u64::from(free.count) * on_device(free, need)).sum(),
        gpus => whole_devices(class, need) / u64::from(gpus),
    };
    u32::try_from(host.min(devices)).unwrap_or(u32::MAX)
}

/// How many share one device.
fn on_device(free: &FreeDevices, need: &Need) -> u64 {
    let shares = u64::from(free.milli_gpu).checked_div(u64::from(need.milli_gpu)).unwrap_or(u64::MAX);
    shares.min(free.memory_mib.checked_div(need.gpu_memory_mib).unwrap_or(u64::MAX))
}

fn is_whole(free: &FreeDevices, need: &Need) -> bool {
    free.milli_gpu >= MILLI_GPU_WHOLE && free.memory_mib >= need.gpu_memory_mib
}

fn whole_devices(class: &NodeClass, need: &Need) -> u64 {
    class.devices.iter().filter(|free| is_whole(free, need)).map(|free| u64::from(free.count)).sum()
}

/// What a node has left once `each` replicas came.
fn used(class: &NodeClass, need: &Need, each: u32) -> NodeClass {
    let many = u64::from(each);
    let cpu = u64::from(class.cpu_milli).saturating_sub(u64::from(need.cpu_milli) * many);
    NodeClass {
        nodes: class.nodes,
        cpu_milli: cpu as u32,
        memory_mib: class.memory_mib.saturating_sub(need.memory_mib * many),
        devices: match need.gpus {
            0 => class.devices.clone(),
            1 => shared(&class.devices, need, many),
            gpus => without_whole(&class.devices, need, u64::from(gpus) * many),
        },
    }
}

/// The devices with least free get replicas first.
fn shared(devices: &[FreeDevices], need: &Need, mut replicas: u64) -> Vec<FreeDevices> {
    let mut left = Vec::with_capacity(devices.len() + 2);
    for free in devices {
        let each = on_device(free, need);
        let full = replicas.checked_div(each).unwrap_or(0).min(u64::from(free.count)) as u32;
        replicas -= u64::from(full) * each;
        let after = |count: u32, replicas: u64| FreeDevices {
            count,
            milli_gpu: free.milli_gpu.saturating_sub((u64::from(need.milli_gpu) * replicas) as u16),
            memory_mib: free.memory_mib.saturating_sub(need.gpu_memory_mib * replicas),
        };
        let partly = u32::from(replicas > 0 && replicas < each && full < free.count);
        let parts = [
            after(full, each),
            after(partly, if partly > 0 { std::mem::take(&mut replicas) } else { 0 }),
            after(free.count - full - partly, 0),
        ];
        left.extend(parts.into_iter().filter(|part| part.count > 0));
    }
    left.sort_unstable_by_key(|free| (free.milli_gpu, free.memory_mib));
    left
}

/// Without so many whole devices.
fn without_whole(devices: &[FreeDevices], need: &Need, mut taken: u64) -> Vec<FreeDevices> {
    let rest = |free: &FreeDevices| {
        let of = if is_whole(free, need) { taken.min(u64::from(free.count)) } else { 0 };
        taken -= of;
        FreeDevices { count: free.count - of as u32, ..*free }
    };
    devices.iter().map(rest).filter(|free| free.count > 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nodes, CPU and memory of each, and its devices: how many, with what free of each.
    type Given<'a> = (u32, u32, u64, &'a [(u32, u16, u64)]);

    fn room(classes: &[Given<'_>]) -> Room {
        let device = |(count, milli_gpu, memory_mib): &(u32, u16, u64)| FreeDevices {
            count: *count,
            milli_gpu: *milli_gpu,
            memory_mib: *memory_mib,
        };
        let class =
            |(nodes, cpu_milli, memory_mib, devices): &(u32, u32, u64, &[(u32, u16, u64)])| NodeClass {
                nodes: *nodes,
                cpu_milli: *cpu_milli,
                memory_mib: *memory_mib,
                devices: devices.iter().map(device).collect(),
            };
        Room { classes: classes.iter().map(class).collect() }
    }

    #[test]
    fn what_is_scarcest_on_a_node_says_how_many_fit() {
        let half = Need { cpu_milli: 500, memory_mib: 1_000, gpus: 1, milli_gpu: 500, gpu_memory_mib: 4_000 };
        for (free, fits) in [
            (room(&[(3, 4_000, 16_000, &[(2, 1_000, 16_000)])]), 12),
            (room(&[(3, 1_500, 16_000, &[(2, 1_000, 16_000)])]), 9),
            (room(&[(3, 4_000, 2_000, &[(2, 1_000, 16_000)])]), 6),
            (room(&[(3, 4_000, 16_000, &[(2, 1_000, 7_000)])]), 6),
            (room(&[(3, 4_000, 16_000, &[(2, 400, 16_000)])]), 0),
            (room(&[(3, 4_000, 16_000, &[])]), 0),
        ] {
            assert_eq!(free.fits(&half), fits, "{free:?}");
        }
        let two = Need { gpus: 2, milli_gpu: 1_000, ..half };
        assert_eq!(room(&[(3, 4_000, 16_000, &[(1, 900, 16_000), (3, 1_000, 16_000)])]).fits(&two), 3);
    }

    #[test]
    fn what_is_taken_fits_no_more_and_the_rest_still_does() {
        let need = Need { cpu_milli: 500, memory_mib: 1_000, gpus: 1, milli_gpu: 300, gpu_memory_mib: 2_000 };
        let pair = Need { gpus: 2, milli_gpu: 1_000, ..need };
        let full = room(&[
            (5, 4_000, 16_000, &[(1, 450, 9_000), (2, 1_000, 16_000)]),
            (2, 800, 16_000, &[(4, 1_000, 4_000)]),
            (1, 64_000, 256_000, &[(8, 1_000, 80_000)]),
        ]);
        for one in [need, pair] {
            let all = full.fits(&one);
            assert!(all > 5);
            for taken in 0..=all {
                let mut left = full.clone();
                left.take(&one, taken);
                assert_eq!(left.fits(&one), all - taken, "{taken} of {all}");
            }
        }
    }
}
