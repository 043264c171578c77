//! Questions to a region that is full: how long its thread lays the world out for one, and how long the answer takes elsewhere, with what would help.

use crate::clock::{millis, percentile, timed};
use crate::rounds::{Host, workload};
use anyhow::Result;
use paceline_model::edge::what_if::WhatIf;
use paceline_model::edge::{MilliGpu, WorkloadSpec};
use paceline_plan::Budget;
use std::time::Duration;

/// Nodes of four GPUs, on each GPU of which something runs already.
const NODES: [u32; 2] = [1_213, 10_000];

const QUESTIONS: u16 = 60;

pub(crate) fn print() -> Result<()> {
    println!("## What if, on nodes with no room: {QUESTIONS} questions, ms\n");
    println!(
        "| nodes | running | remedies | laid out, on the region's thread, p50 | p99 | answered, p50 | p99 |\n\
         | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    );
    for nodes in NODES {
        let mut host = Host::new(nodes)?;
        // In fours of a node, so that nobody has to give way for the last ones.
        for number in 0..nodes.div_ceil(250) {
            let replicas = 4 * (nodes - 250 * number).min(250);
            host.fill_with(of_share(&format!("runs-{number}"), replicas, 900, (number % 3) as i32)?)?;
        }
        let (mut laid, mut answered, mut remedies) = (Vec::new(), Vec::new(), 0);
        for number in 0..QUESTIONS {
            let spec = of_share("asked", 1, 200 + 10 * number, 0)?;
            let ledger = host.ledger();
            let (question, took) = timed(|| ledger.what_if(ledger.version(), spec));
            laid.push(took);
            let question = question?;
            let (answer, took) = timed(|| question.answer(&mut Budget::unlimited()));
            answered.push(took);
            remedies += helped(&answer);
        }
        let columns = |mut values: Vec<Duration>| {
            [50, 99].map(|percent| format!("{:.1}", millis(percentile(&mut values, percent)))).join(" | ")
        };
        println!("| {nodes} | {} | {remedies} | {} | {} |", 4 * nodes, columns(laid), columns(answered));
    }
    Ok(())
}

fn helped(answer: &WhatIf) -> usize {
    answer.help.as_ref().map_or(0, |help| help.remedies.len())
}

fn of_share(name: &str, replicas: u32, milli: u16, priority: i32) -> Result<WorkloadSpec> {
    let mut spec = WorkloadSpec { priority, ..workload(name, replicas)? };
    spec.requests.milli_gpu = MilliGpu(milli);
    Ok(spec)
}
