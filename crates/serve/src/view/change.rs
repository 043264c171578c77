//! A published change of a fleet.

use crate::stream::Wire;
use paceline_api as api;
use paceline_engine::Change;
use paceline_model::Event;

impl Wire for Event {
    type View = api::Change;
    fn view(of: &Change) -> api::Change {
        api::Change { version: of.version.0, at: of.at, event: (&of.event).into() }
    }
}
