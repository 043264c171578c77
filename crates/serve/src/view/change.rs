//! A published change.

use paceline_api as api;
use paceline_engine::Change;

pub(crate) fn change(of: &Change) -> api::Change {
    api::Change { version: of.version.0, at: of.at, event: (&of.event).into() }
}
