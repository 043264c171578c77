//! Workloads that come when a file says so: what was recorded of a cluster, or a trace of one's own.

use super::scene::Scene;
use crate::error::SimError;
use crate::files::rows;
use paceline_model::{Instant, Invalid};
use serde::Deserialize;
use std::path::Path;

/// Workloads of one demand, at most: a day of a large cluster.
const ARRIVALS_MAX: usize = 1_000_000;

/// When one workload is asked for, and how long it stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Arrival {
    pub(super) at: Instant,
    /// `None`: to the end.
    pub(super) until: Option<Instant>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    at: String,
    until: Option<String>,
}

/// The arrivals of a file, in its order. Who came before the scene is there when it begins; who had gone by then does not come.
///
/// Errors: the file; one who comes after the scene's end, or goes before coming; too many.
pub(super) fn read(scene: &Scene, file: &Path) -> Result<Vec<Arrival>, SimError> {
    let (begins, mut count) = (scene.begins(), 0);
    let ends = begins + scene.lasts;
    let all = rows(&scene.file(file), |Line { at: came, until }| {
        count += 1;
        if count > ARRIVALS_MAX {
            return Err(format!("there may be {ARRIVALS_MAX} lines at most"));
        }
        let at = time("at", &came)?;
        let until = until.map(|until| time("until", &until)).transpose()?;
        if let Some(until) = until.filter(|until| *until < at) {
            return Err(format!("until is {until}: must not be before at, {at}"));
        }
        if at >= ends {
            return Err(format!("at is {at}: must be before the scene's end, {ends}"));
        }
        Ok(Arrival { at: at.max(begins), until })
    })?;
    Ok(all.into_iter().filter(|arrival| arrival.until.is_none_or(|until| until > begins)).collect())
}

/// Errors: no time.
fn time(column: &str, text: &str) -> Result<Instant, String> {
    text.parse().map_err(|invalid: Invalid| Invalid { field: column.into(), ..invalid }.to_string())
}
