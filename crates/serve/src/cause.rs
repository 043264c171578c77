//! Errors that were caused by others.

use std::error::Error;

/// What happened, in words: the innermost cause says so, the others that something did.
pub(crate) fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
