//! What becomes of a command.

use paceline_model::edge::{Event, Refusal};

/// Its events, or why not.
pub(super) type Verdict = Result<Vec<Event>, Refusal>;
