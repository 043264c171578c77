//! What is counted of a release.

/// What a release did in some span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counted {
    /// Requests that it answered.
    pub requests: u64,
    /// Of these, errors.
    pub errors: u64,
}
