//! What somebody has, as files say it: nodes, models and workloads in our own JSON, nodes and models as tables, the nodes of a Kubernetes
//! cluster as it lists them.
//!
//! ```text
//!   *.csv   a table, of nodes or of models by its head --> tables
//!   *.json  a list of Kubernetes' objects              --> kubernetes (its amounts: quantity)
//!           `models`, `nodes`, `workloads`             --> as it is
//! ```

mod kubernetes;
mod parts;
mod quantity;
mod tables;
#[cfg(test)]
mod tests;

use anyhow::Context as _;
use parts::Inventory;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Reads all files. Errors: a file that is none of these, with the place in it; a name that two files give.
pub(crate) fn read(files: &[PathBuf]) -> anyhow::Result<Inventory> {
    let mut all = Inventory::default();
    for file in files {
        let of = read_one(file).with_context(|| file.display().to_string())?;
        all.join(of).with_context(|| file.display().to_string())?;
    }
    Ok(all)
}

fn read_one(file: &Path) -> anyhow::Result<Inventory> {
    let bytes = std::fs::read(file)?;
    match file.extension().and_then(|ending| ending.to_str()) {
        Some("csv") => tables::read(&bytes),
        Some("json") => from_json(&bytes),
        _ => anyhow::bail!("its name must end in .json or .csv"),
    }
}

fn from_json(bytes: &[u8]) -> anyhow::Result<Inventory> {
    /// What tells an object of Kubernetes from ours.
    #[derive(Deserialize)]
    struct Kind {
        kind: Option<String>,
    }
    let Kind { kind } = serde_json::from_slice(bytes)?;
    match kind {
        Some(_) => kubernetes::read(bytes),
        None => Ok(serde_json::from_slice(bytes)?),
    }
}
