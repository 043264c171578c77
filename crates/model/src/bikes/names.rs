//! What people call a thing, in the languages that its operator gives.

use std::collections::BTreeMap;

/// What something is called, by language (a BCP 47 tag, such as `nb`).
pub type Names = BTreeMap<String, String>;
