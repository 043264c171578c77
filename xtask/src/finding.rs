//! What a rule says: a file, a line, and the rule that does not hold there.

use std::fmt;

/// One place where a rule does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// Relative to the repository, with `/`.
    pub(crate) file: String,
    /// From 1.
    pub(crate) line: usize,
    /// What does not hold, in words that say what would.
    pub(crate) rule: String,
}

impl Finding {
    pub(crate) fn new(file: &str, line: usize, rule: impl Into<String>) -> Self {
        Finding { file: file.to_owned(), line, rule: rule.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.rule)
    }
}
