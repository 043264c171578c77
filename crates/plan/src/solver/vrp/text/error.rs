//! Why a text is refused.

/// Why a text is not an instance.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("line {line}, {field}: {value:?}: {rule}")]
pub struct TextError {
    /// Counted from 1; 0 for the text as a whole.
    pub line: usize,
    /// Which field, as the format's description calls it.
    pub field: &'static str,
    /// What stands there.
    pub value: String,
    /// What would be right.
    pub rule: String,
}
