//! Better than one at a time: batches, and moves of what runs.

use crate::allocation::{SEEDS, spread};
use crate::clock::timed;
use crate::openb::{LISTS, Trace, read};
use crate::policies::Policy;
use crate::protocol::arrivals;
use anyhow::{Result, ensure};
use paceline_plan::edge::placement::check::{Running, check};
use paceline_plan::edge::placement::{
    Action, Anywhere, Cluster, Defragmenting, Expected, Means, Measure, Mix, Placement, Placer, Replica,
    Replicas, Task, Usable, defragment, make_room, scores,
};
use paceline_plan::{Budget, Rng};
use std::path::Path;

/// Points that a move must gain: a tenth of a GPU kept from waste.
const GAIN_MIN: i32 = 1000;

/// How tasks are taken together.
#[derive(Clone, Copy)]
struct Way {
    /// So many that arrive one after the other are placed together, who wastes least first.
    batch: usize,
    /// Whether a task without room may have others moved, one for ten placements at most.
    moving: bool,
}

struct Run<'a> {
    trace: &'a Trace,
    cluster: Cluster,
    placer: Placer,
    mover: Placer,
    offcut: scores::Offcut,
    replicas: Replicas,
    moves: usize,
    moving: bool,
    rng: Rng,
}

impl<'a> Run<'a> {
    fn new(trace: &'a Trace, seed: u64) -> Self {
        let expected = Expected::of(&trace.tasks);
        let cluster = Cluster::shuffled(trace.nodes.iter().cloned(), seed);
        let mix = || scores::ahead(&expected, &cluster);
        let (placer, mover) = (Placer::new(mix()), Placer::new(mix()));
        Self {
            offcut: scores::Offcut::new(&expected),
            trace,
            placer,
            mover,
            cluster,
            replicas: Replicas::default(),
            moves: 0,
            moving: false,
            rng: Rng::of(seed, "moves"),
        }
    }
    /// A batch in the order in which it is placed.
    fn least_wasteful_first(&self, batch: &[Task]) -> Vec<usize> {
        let mut order: Vec<usize> = (0..batch.len()).collect();
        order.sort_by_key(|at| self.offcut.waste(&batch[*at]));
        order
    }
    fn place(&mut self, task: &Task) {
        let Ok(found) = self.placer.find(&self.cluster, task) else { return self.make_room(task) };
        self.cluster.take(task, &found).expect("it was found on this state");
        self.replicas.add(replica(task, &found));
    }
    /// Moves at most two for a task that has no room, as long as no more than one move comes on ten placements.
    fn make_room(&mut self, task: &Task) {
        let left = (self.replicas.len() / 10).saturating_sub(self.moves);
        if !self.moving || left == 0 {
            return;
        }
        let room =
            make_room(&mut self.cluster, &mut self.mover, task, &Means::moves(&self.replicas, left.min(2)));
        let Some(room) = room else { return };
        for action in &room.actions {
            let Action::Move { replica, .. } = *action else { continue };
            let held = &self.replicas.get(replica).running;
            let from = Placement { node: held.node, devices: held.devices, points: 0 };
            self.cluster.give_back(&held.task, &from);
        }
        self.cluster.take(task, &room.placement).expect("room has been made");
        for action in &room.actions {
            let Action::Move { replica, to, .. } = *action else { continue };
            let held = &self.replicas.get(replica).running.task;
            self.cluster.take(held, &to).expect("its new place is free");
            self.replicas.moved(replica, &to);
            self.moves += 1;
        }
        self.replicas.add(replica(task, &room.placement));
    }
    /// The best moves among those that share a GPU. Whoever has moved stays.
    fn defragment(&mut self, moves_max: usize) {
        let measure = Measure::new(&Expected::of(&self.trace.tasks));
        let means = Defragmenting {
            replicas: &self.replicas,
            moves_max,
            gain_min: GAIN_MIN,
            elsewhere: &Anywhere,
            measure: &measure,
        };
        let steps = defragment(&mut self.cluster, &mut self.mover, &means, &mut Budget::unlimited());
        for step in steps {
            let task = &self.replicas.get(step.replica).running.task;
            self.cluster.take(task, &step.to).expect("it is there while the replica still runs");
            self.cluster.give_back(task, &step.from);
            self.replicas.moved(step.replica, &step.to);
            self.replicas.hold(step.replica, true);
            self.moves += 1;
        }
    }
    fn all(&mut self, tasks: &[Task], way: Way) -> Result<f64> {
        self.moving = way.moving;
        for batch in tasks.chunks(way.batch) {
            for at in self.least_wasteful_first(batch) {
                self.place(&batch[at]);
            }
        }
        let running: Vec<Running> = self.replicas.iter().map(|replica| replica.running.clone()).collect();
        ensure!(check(&self.trace.nodes, &running).is_empty(), "a rule is broken");
        let allocated: u64 = running.iter().map(|running| u64::from(running.task.gpu_milli())).sum();
        Ok(allocated as f64 * 100.0 / self.trace.gpu_milli() as f64)
    }
}

fn replica(task: &Task, found: &Placement) -> Replica {
    let running = Running { task: task.clone(), node: found.node, devices: found.devices };
    Replica { running, priority: 0, ran: 1, group: None, held: false }
}

fn mean(trace: &Trace, way: Way) -> Result<(f64, f64, f64)> {
    let (mut reached, mut moves) = (Vec::new(), Vec::new());
    for seed in 1..=SEEDS {
        let mut run = Run::new(trace, seed);
        reached.push(run.all(&arrivals(trace, seed, 100), way)?);
        moves.push(run.moves as f64);
    }
    let (mean, deviation) = spread(reached.into_iter());
    Ok((mean, deviation, spread(moves.into_iter()).0))
}

pub(crate) fn print(dir: &Path) -> Result<()> {
    println!("## Ours in batches and with moves, @100 %\n");
    println!(
        "| list | one at a time | batches of 100 | one at a time, at most a move for ten placements | moves made |\n| --- | ---: | ---: | ---: | ---: |"
    );
    for list in LISTS {
        let trace = read(dir, list)?;
        let one = crate::allocation::mean(&trace, Policy::Ahead, false)?[0];
        let batch = mean(&trace, Way { batch: 100, moving: false })?;
        let moved = mean(&trace, Way { batch: 1, moving: true })?;
        println!(
            "| {list} | {:.2} ± {:.2} | {:.2} ± {:.2} | {:.2} ± {:.2} | {:.0} |",
            one.0, one.1, batch.0, batch.1, moved.0, moved.1, moved.2
        );
    }
    defragmented(dir)
}

/// A cluster filled by best fit, a third of it gone again: what a plan of moves frees.
fn defragmented(dir: &Path) -> Result<()> {
    let trace = read(dir, "default")?;
    let mut run = Run::new(&trace, 1);
    run.placer = Placer::new(Mix::of(scores::BestFit));
    run.all(&arrivals(&trace, 1, 100), Way { batch: 1, moving: false })?;
    let replicas = std::mem::take(&mut run.replicas);
    for replica in replicas.iter().cloned() {
        if run.rng.below(3) == 0 {
            let held = Placement { node: replica.running.node, devices: replica.running.devices, points: 0 };
            run.cluster.give_back(&replica.running.task, &held);
        } else {
            let held = !(1..1000).contains(&replica.running.task.device_milli);
            run.replicas.add(Replica { held, ..replica });
        }
    }
    println!("\n## Defragmentation: filled by best fit, a third stopped\n");
    println!(
        "| moves | whole GPUs free | GPUs free of no use where they are | planned in, ms |\n| ---: | ---: | ---: | ---: |"
    );
    let measure = Measure::new(&Expected::of(&trace.tasks));
    let row = |run: &Run<'_>, ms: f64| {
        let Usable { gpus, fragmented_milli } = measure.usable(&run.cluster);
        println!("| {} | {gpus} | {:.1} | {ms:.0} |", run.moves, fragmented_milli as f64 / 1e3);
    };
    row(&run, 0.0);
    for moves in [25, 50, 100, 200, 400, 1_000] {
        let left = moves - run.moves;
        let ((), took) = timed(|| run.defragment(left));
        row(&run, took.as_secs_f64() * 1e3);
    }
    Ok(())
}
