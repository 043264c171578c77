//! Lines and words of an instance that is kept as text, and why one is refused. Each format reads by these.

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

/// A line that is not blank.
#[derive(Clone, Copy)]
pub(super) struct TextLine<'a> {
    pub(super) number: usize,
    pub(super) text: &'a str,
}

impl<'a> TextLine<'a> {
    pub(super) fn all(text: &'a str) -> impl Iterator<Item = TextLine<'a>> {
        // Some editors begin every text with a byte order mark.
        let lines = text.trim_start_matches('\u{feff}').lines().enumerate();
        let lines = lines.map(|(row, text)| TextLine { number: row + 1, text: text.trim() });
        lines.filter(|line| !line.text.is_empty())
    }
    pub(super) fn words(self) -> impl Iterator<Item = &'a str> {
        self.text.split_whitespace()
    }
    pub(super) fn error(self, field: &'static str, value: &str, rule: impl Into<String>) -> TextError {
        let value = value.chars().take(80).collect();
        TextError { line: self.number, field, value, rule: rule.into() }
    }
}
