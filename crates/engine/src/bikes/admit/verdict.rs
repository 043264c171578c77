//! What judging a command comes to.

use paceline_model::bikes::{Event, Refusal};

pub(super) type Verdict = Result<Vec<Event>, Refusal>;
