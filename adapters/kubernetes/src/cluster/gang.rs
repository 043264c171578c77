//! Pods that start together or not at all, by annotations of theirs.

use super::labels::Name;
use crate::limits::GANG_MAX;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use std::sync::Arc;

/// The annotation that names a pod's gang, within its namespace.
pub const GANG: &str = "paceline.dev/gang";
/// The annotation that says how many of a gang must stand together, at least.
pub const GANG_SIZE: &str = "paceline.dev/gang-size";
/// A gang's name has so many bytes at most, as a label's value has.
const NAME_MAX: usize = 63;

/// The gang of a pod, as the pod has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gang {
    /// Its name; empty where there is none.
    pub name: Name,
    /// How many must stand together, at least; or what is wrong with what was written.
    pub size: Result<usize, Arc<str>>,
}

impl Gang {
    /// Reads it from a pod's annotations.
    pub fn read(of: &ObjectMeta) -> Option<Self> {
        let written = |key: &str| of.annotations.as_ref()?.get(key).map(String::as_str);
        let (name, size) = (written(GANG), written(GANG_SIZE));
        if name.is_none() && size.is_none() {
            return None;
        }
        let name = name.unwrap_or_default();
        let is_name = !name.is_empty() && name.len() <= NAME_MAX;
        let size = if is_name { read_size(size) } else { Err(wrong(GANG, name, "1 to 63 characters")) };
        Some(Self { name: if is_name { name.into() } else { "".into() }, size })
    }
}

fn read_size(written: Option<&str>) -> Result<usize, Arc<str>> {
    let written = written.unwrap_or_default();
    let size = written.parse().ok().filter(|size| (1..=GANG_MAX).contains(size));
    size.ok_or_else(|| wrong(GANG_SIZE, written, &format!("a whole number from 1 to {GANG_MAX}")))
}

fn wrong(annotation: &str, written: &str, rule: &str) -> Arc<str> {
    let short: String = written.chars().take(NAME_MAX).collect();
    format!("annotation {annotation} is {short:?} and must be {rule}").into()
}
