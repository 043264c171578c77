//! Labels and names.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Labels by key.
pub type Labels = BTreeMap<String, String>;
/// The name of an object without a namespace.
pub type Name = Arc<str>;

/// The labels of an object.
pub fn labels_of(metadata: &ObjectMeta) -> Labels {
    metadata.labels.clone().unwrap_or_default()
}
