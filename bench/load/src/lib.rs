//! What open-loop load is made of: what is due, connections that cost little beside who answers, and what became of what was sent.

pub mod answers;
pub mod lane;
pub mod queue;

use std::process::ExitCode;

/// Runs a benchmark that returns what is not as it should be, and says so: the exit code is 1 if there is anything.
///
/// Errors: the benchmark could not be run.
pub fn judged(run: impl Future<Output = anyhow::Result<Vec<String>>>) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let wrong = runtime.block_on(run)?;
    wrong.iter().for_each(|wrong| println!("WRONG: {wrong}"));
    Ok(if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
