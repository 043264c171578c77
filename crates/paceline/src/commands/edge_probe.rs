//! `paceline edge embed-probe`: gives an ONNX model a probe with known outputs.

use anyhow::Context as _;
use paceline_agent::probe::Probe;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;

/// A model, and its probe.
#[derive(Debug, clap::Args)]
pub(crate) struct EmbedProbeArgs {
    /// The model, in ONNX
    model: PathBuf,
    /// Its probe, in JSON: `request` with `inputs`, the `outputs` that are right, and the `tolerance`
    probe: PathBuf,
    /// Where the model with its probe is written
    out: PathBuf,
}

/// Runs the command.
pub(crate) fn run(args: &EmbedProbeArgs) -> anyhow::Result<()> {
    let EmbedProbeArgs { model, probe, out } = args;
    let text = fs::read(probe).with_context(|| format!("reading {}", probe.display()))?;
    let read: Probe =
        serde_json::from_slice(&text).with_context(|| format!("reading {}", probe.display()))?;
    anyhow::ensure!(!read.outputs.is_empty(), "{}: outputs must have at least one", probe.display());
    for tensor in read.request.inputs.iter().chain(&read.outputs) {
        tensor.check().map_err(anyhow::Error::msg).with_context(|| probe.display().to_string())?;
    }
    anyhow::ensure!(model != out, "{}: must be another file than the model", out.display());
    fs::copy(model, out).with_context(|| format!("copying {}", model.display()))?;
    OpenOptions::new().append(true).open(out)?.write_all(&read.as_metadata()?)?;
    println!("{}: the model with its probe of {} outputs", out.display(), read.outputs.len());
    Ok(())
}
