//! Best known values from a file of the user's.

use anyhow::{Context as _, anyhow};
use std::path::Path;

/// What others have reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct BestKnown {
    /// Where the objective counts them.
    pub(super) vehicles: Option<usize>,
    /// Length or cost of all routes.
    pub(super) value: f64,
}

impl BestKnown {
    /// The row of `instance`, or of its name up to the last underscore (`c101_21` is `c101` in tables). A column `set`
    /// tells electric instances, whose set begins with `E-`, from others of the same name.
    pub(super) fn find(file: &Path, instance: &str, electric: bool) -> anyhow::Result<Option<Self>> {
        let shown = || file.display().to_string();
        let mut reader = csv::Reader::from_path(file).with_context(shown)?;
        let headers = reader.headers().with_context(shown)?.clone();
        let column = |name: &str| headers.iter().position(|header| header == name);
        let needed = |name: &str| column(name).ok_or_else(|| anyhow!("{}: no column {name}", file.display()));
        let (names, vehicles, values) = (needed("instance")?, needed("vehicles")?, needed("value")?);
        let mut best = None;
        for record in reader.records() {
            let record = record.with_context(shown)?;
            let set = column("set").and_then(|set| record.get(set));
            if set.is_some_and(|set| set.starts_with("E-") != electric) {
                continue;
            }
            let name = record.get(names).unwrap_or_default();
            let exact = name.eq_ignore_ascii_case(instance);
            let short = instance.rsplit_once('_').is_some_and(|(stem, _)| name.eq_ignore_ascii_case(stem));
            let Some(value) = record.get(values).and_then(|value| value.parse().ok()) else { continue };
            if exact || (short && best.is_none()) {
                best =
                    Some(Self { vehicles: record.get(vehicles).and_then(|count| count.parse().ok()), value });
            }
            if exact {
                break;
            }
        }
        Ok(best)
    }
}
