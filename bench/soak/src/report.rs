//! What came of it: judged here, written as JSON, printed as text.

use crate::Args;
use crate::counts::Done;
use crate::level::Level;
use serde::Serialize;
use std::fmt;

/// Memory at the end may be so much above the level after warm-up, in percent.
const MEMORY_PERCENT_MAX: f64 = 10.0;

#[derive(Serialize)]
pub(crate) struct Report {
    vehicles: usize,
    orders: usize,
    seed: u64,
    done: Done,
    idle: Level,
    warm: Level,
    busy: Level,
    end: Level,
    /// Memory at the end over memory after warm-up, in percent; below 0 it is less.
    memory_percent: f64,
    /// What should not be. Empty: the soak has passed.
    pub(crate) wrong: Vec<String>,
}

impl Report {
    pub(crate) fn new(args: &Args, done: Done, [idle, warm, busy, end]: [Level; 4], stopped: bool) -> Self {
        let memory_percent = (end.memory_kb as f64 / warm.memory_kb as f64 - 1.0) * 100.0;
        let mut wrong: Vec<String> =
            end.beside(&idle).into_iter().map(|differs| format!("tasks at the end: {differs}")).collect();
        if memory_percent > MEMORY_PERCENT_MAX {
            wrong.push(format!("memory is {memory_percent:.1} % above the level after warm-up"));
        }
        wrong.extend(end.reports.iter().map(|report| format!("a broken contract: {report}")));
        if !stopped {
            wrong.push("a task did not end well when the server stopped".into());
        }
        if done.ended() < args.orders {
            wrong.push(format!("only {} orders ended", done.ended()));
        }
        Self {
            vehicles: args.vehicles,
            orders: args.orders,
            seed: args.seed,
            done,
            idle,
            warm,
            busy,
            end,
            memory_percent,
            wrong,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "soak: {} vehicles, {} orders after warm-up, seed {}",
            self.vehicles, self.orders, self.seed
        )?;
        writeln!(f, "{}", self.done)?;
        for (name, level) in
            [("idle", &self.idle), ("warm", &self.warm), ("busy", &self.busy), ("end", &self.end)]
        {
            let (count, memory) = (level.count(), level.memory_kb as f64 / 1_024.0);
            writeln!(f, "{name:>5}: {count:6} tasks, {memory:7.1} MB, {} reports", level.reports.len())?;
        }
        writeln!(f, "memory against the level after warm-up: {:+.1} %", self.memory_percent)?;
        match self.wrong.is_empty() {
            true => writeln!(f, "passed"),
            false => self.wrong.iter().try_for_each(|wrong| writeln!(f, "WRONG: {wrong}")),
        }
    }
}
