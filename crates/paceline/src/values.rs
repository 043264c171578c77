//! Values as a file: JSON, as `paceline journal values` writes it.

use anyhow::Context as _;
use paceline_plan::forecast::ValueFunction;
use std::path::Path;

/// Errors: no file, no table, or one that breaks a rule.
pub(crate) fn read(file: &Path) -> anyhow::Result<ValueFunction> {
    let named = || format!("the values in {}", file.display());
    let text = std::fs::read(file).with_context(named)?;
    let values: ValueFunction = serde_json::from_slice(&text).with_context(named)?;
    values.validate().with_context(named)
}

/// Errors: the file cannot be written.
pub(crate) fn write(file: &Path, values: &ValueFunction) -> anyhow::Result<()> {
    let text = serde_json::to_vec(values).context("writing the values as JSON")?;
    std::fs::write(file, text).with_context(|| format!("writing the values to {}", file.display()))
}
