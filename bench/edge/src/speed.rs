//! How long one decision takes over the 1,213 nodes, beside a plain implementation that must say the same.

use crate::clock::{micros, percentile, timed};
use crate::openb::read;
use crate::policies::{Plain, Policy};
use crate::protocol::{Placing, arrivals};
use anyhow::{Result, ensure};
use paceline_plan::edge::placement::check::Running;
use paceline_plan::edge::placement::{Cluster, Expected};
use std::path::Path;
use std::time::Duration;

pub(crate) fn print(dir: &Path) -> Result<()> {
    let trace = read(dir, "default")?;
    let tasks = arrivals(&trace, 1, 100);
    println!("## One decision over 1,213 nodes, µs, found and taken\n");
    println!("| | p50 | p99 | most |\n| --- | ---: | ---: | ---: |");
    let mut outcome: Vec<Vec<Option<Running>>> = Vec::new();
    let ways: [(&str, Box<dyn Placing>); 3] = [
        ("FGD", Policy::Fgd.placing(&trace, 1)),
        ("FGD, plain: every node from the definition", Box::new(Plain(Expected::of(&trace.tasks)))),
        ("ours", Policy::Ahead.placing(&trace, 1)),
    ];
    for (name, mut placing) in ways {
        let mut cluster = Cluster::shuffled(trace.nodes.iter().cloned(), 1);
        let mut times: Vec<Duration> = Vec::new();
        let mut placed = Vec::new();
        for task in &tasks {
            let (found, time) = timed(|| placing.place(&mut cluster, task));
            placed.push(found);
            times.push(time);
        }
        outcome.push(placed);
        let most = times.iter().max().copied().unwrap_or_default();
        let (half, tail) = (percentile(&mut times, 50), percentile(&mut times, 99));
        println!("| {name} | {:.1} | {:.1} | {:.0} |", micros(half), micros(tail), micros(most));
    }
    ensure!(outcome[0] == outcome[1], "the fast FGD and the plain one decided differently");
    println!("\n{} decisions; the first two rows decided alike, each time.", tasks.len());
    Ok(())
}
