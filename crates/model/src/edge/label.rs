//! Labels as Kubernetes writes them. Source: "Labels and Selectors", kubernetes.io, section "Syntax and character set".

use crate::limits::{Invalid, Rule};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;
use std::sync::Arc;

/// Longest name of a label, and longest value.
const NAME_BYTES_MAX: usize = 63;
/// Longest prefix of a label's key: a DNS subdomain.
const PREFIX_BYTES_MAX: usize = 253;

/// A label's key: a name, with a DNS subdomain and a slash before it or without.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct LabelKey(Arc<str>);

/// A label's value: as a name, or empty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct LabelValue(Arc<str>);

/// The key of a node's own name.
pub const HOSTNAME: &str = "kubernetes.io/hostname";
/// The key of its architecture.
pub const ARCH: &str = "kubernetes.io/arch";
/// The key of its zone.
pub const ZONE: &str = "topology.kubernetes.io/zone";
/// The key of its site.
pub const SITE: &str = "topology.paceline.dev/site";
/// The key of its rack or turbine.
pub const RACK: &str = "topology.paceline.dev/rack";
/// The key of its cluster.
pub const CLUSTER: &str = "topology.paceline.dev/cluster";

/// Keys that say where a node is and what it is: they come from its place and fingerprint, and are never given as labels.
pub const OF_THE_NODE: [&str; 6] = [HOSTNAME, ARCH, ZONE, SITE, RACK, CLUSTER];

fn is_name(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    text.len() <= NAME_BYTES_MAX
        && text.chars().all(inner)
        && ends(text.chars().next())
        && ends(text.chars().last())
}

fn is_subdomain(text: &str) -> bool {
    let part = |part: &str| {
        let inner = part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        inner && !part.is_empty() && !part.starts_with('-') && !part.ends_with('-')
    };
    text.len() <= PREFIX_BYTES_MAX && text.split('.').all(part)
}

impl LabelKey {
    /// Errors: no key as Kubernetes takes it.
    pub fn new(text: &str) -> Result<Self, Invalid> {
        let good = match text.split_once('/') {
            Some((prefix, name)) => is_subdomain(prefix) && is_name(name),
            None => is_name(text),
        };
        let rule = "must be a label's key: at most 63 letters, digits and - _ . that begin and end with a letter or digit, with a DNS subdomain and / before them or without";
        if good { Ok(Self(text.into())) } else { Err(Invalid::new("label", text, Rule::Shape(rule.into()))) }
    }
    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl LabelValue {
    /// Errors: no value as Kubernetes takes it.
    pub fn new(text: &str) -> Result<Self, Invalid> {
        let rule = "must be a label's value: nothing, or at most 63 letters, digits and - _ . that begin and end with a letter or digit";
        if text.is_empty() || is_name(text) {
            return Ok(Self(text.into()));
        }
        Err(Invalid::new("label", text, Rule::Shape(rule.into())))
    }
    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

macro_rules! as_text {
    ($($name:ident)*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                Self::new(&String::deserialize(from)?).map_err(serde::de::Error::custom)
            }
        }
    )*};
}
as_text! { LabelKey LabelValue }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values_are_those_of_kubernetes() {
        for good in ["gpu", "nvidia.com/gpu.product", "topology.kubernetes.io/zone", "a", "A_b-c.9"] {
            assert!(LabelKey::new(good).is_ok(), "{good}");
        }
        for bad in ["", "/a", "a/", "a/b/c", "-a", "a-", "Nvidia.com/gpu", "a b", &"x".repeat(64)] {
            assert!(LabelKey::new(bad).is_err(), "{bad}");
        }
        assert!(LabelValue::new("").is_ok() && LabelValue::new("Tesla-T4").is_ok());
        assert!(LabelValue::new("a/b").is_err());
    }
}
