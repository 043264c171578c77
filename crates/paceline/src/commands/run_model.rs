//! `paceline run-model`: the process that one model runs in. The agent starts it; nobody else need.

use paceline_agent::runner::child;
use paceline_agent::runner::onnx::OnnxEngine;
use std::path::PathBuf;

/// Loads a model, and answers on standard output what comes on standard input.
#[derive(Debug, clap::Args)]
pub(crate) struct RunModelArgs {
    /// The model, in ONNX
    file: PathBuf,
    /// What this process may take, in MiB
    memory_mib: u64,
}

/// Runs the command.
pub(crate) fn run(args: &RunModelArgs) -> anyhow::Result<()> {
    Ok(child::serve(&args.file, args.memory_mib, OnnxEngine::load)?)
}
