//! What is found.

use std::fmt;

/// A pod that stands where a rule forbids it, or devices that were given as a rule forbids it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The pod, as `namespace/name`; or the claim or the device, with the word before it.
    pub subject: String,
    /// The pod's node.
    pub node: Option<String>,
    /// The rule.
    pub rule: &'static str,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.node {
            Some(node) => write!(f, "{} on {node}: {}", self.subject, self.rule),
            None => write!(f, "{}: {}", self.subject, self.rule),
        }
    }
}
