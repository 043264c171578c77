//! Random clusters and tasks, small enough that things get tight.

use paceline_plan::Rng;
use paceline_plan::edge::placement::check::Running;
use paceline_plan::edge::placement::*;

/// One of `of`.
pub(crate) fn one<T: Copy>(rng: &mut Rng, of: &[T]) -> T {
    of[rng.below(of.len())]
}

/// A node with 0 to 4 devices of one size.
pub(crate) fn node(rng: &mut Rng) -> Node {
    let device = Device { milli: 1000, memory_mib: one(rng, &[8_192, 16_384, 24_576]) };
    Node {
        class: ClassRow(rng.below(3) as u16),
        gpu_model: GpuModelRow(rng.below(2) as u16),
        cpu_milli: one(rng, &[4_000, 8_000, 16_000]),
        memory_mib: one(rng, &[8_192, 32_768]),
        pcie_mbit: one(rng, &[4_000, 16_000]),
        storage_mib: one(rng, &[None, Some(1_000), Some(2_500)]),
        devices: vec![device; rng.below(5)],
        cuts: None,
        points: 0,
    }
}

/// None, and three of which a disk holds one or two.
const FILES: [File; 4] = [
    File { number: 0, mib: 0 },
    File { number: 1, mib: 400 },
    File { number: 2, mib: 900 },
    File { number: 3, mib: 700 },
];

/// A task that many of these nodes can take.
pub(crate) fn task(rng: &mut Rng) -> Task {
    let devices = one(rng, &[0, 1, 1, 1, 2]);
    let judged = [Verdict::Allowed, Verdict::Allowed, Verdict::Refused(7)];
    let verdicts = if rng.below(2) == 0 { vec![] } else { (0..3).map(|_| one(rng, &judged)).collect() };
    Task {
        cpu_milli: one(rng, &[500, 1_000, 3_000]),
        memory_mib: one(rng, &[512, 4_096]),
        pcie_mbit: one(rng, &[0, 1_000, 3_000]),
        devices,
        device_milli: if devices == 0 { 0 } else { one(rng, &[160, 320, 470, 810, 1000]) },
        device_memory_mib: if devices == 0 { 0 } else { one(rng, &[1_024, 6_000, 12_000]) },
        file: one(rng, &FILES),
        slice: None,
        verdicts,
    }
}

/// A replica where it was placed.
pub(crate) fn running(task: &Task, placement: &Placement) -> Running {
    Running { task: task.clone(), node: placement.node, devices: placement.devices }
}

/// Where `running` is, to give it back.
pub(crate) fn placement(running: &Running) -> Placement {
    Placement { node: running.node, devices: running.devices, points: 0 }
}
