//! What crews say. A word says when the thing was done, which may be long before it is heard, and has a name, by which a word that is sent
//! again counts once.

use super::id::{VanId, WorkOrderId};
use crate::Instant;
use crate::id::id;
use crate::limits::{Invalid, REASON_CHARS_MAX, Rule, STATION_DOCKS_MAX, VAN_CAPACITY_MAX};
use serde::{Deserialize, Serialize};

id!(
    /// The name of a crew's word, given by the crew's own device.
    ReportId, "report"
);

/// What a crew says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CrewWord {
    /// It goes there.
    Accepted(WorkOrderId),
    /// It does not, for this reason.
    Declined(WorkOrderId, String),
    /// It is there.
    Arrived(WorkOrderId),
    /// It is done.
    Done(WorkOrderId, DoneWork),
    /// The van does not go on.
    BrokenDown(String),
    /// It does again.
    Recovered,
    /// So many bikes are aboard, whatever was thought.
    Counted(u32),
}

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoneWork {
    /// Bikes that were loaded, or unloaded; 0 for tasks that move none.
    pub bikes: u32,
    /// Docks that are broken there when the crew leaves.
    pub docks_broken: u32,
}

/// A word of a crew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrewReport {
    /// By this name it counts once.
    pub id: ReportId,
    /// Whose it is.
    pub van: VanId,
    /// When that was.
    pub done_at: Instant,
    /// What is said.
    pub word: CrewWord,
}

impl CrewReport {
    /// Errors: a text too long, or a number beyond what a van or a station can have.
    pub fn validate(self) -> Result<Self, Invalid> {
        match &self.word {
            CrewWord::Declined(_, text) | CrewWord::BrokenDown(text) => reason("reason", text)?,
            CrewWord::Done(_, done) => {
                at_most("bikes", done.bikes, VAN_CAPACITY_MAX)?;
                at_most("docks_broken", done.docks_broken, STATION_DOCKS_MAX)?;
            }
            CrewWord::Counted(aboard) => at_most("aboard", *aboard, VAN_CAPACITY_MAX)?,
            CrewWord::Accepted(_) | CrewWord::Arrived(_) | CrewWord::Recovered => {}
        }
        Ok(self)
    }

    /// The order that it is about, if it is about one.
    pub fn order(&self) -> Option<&WorkOrderId> {
        match &self.word {
            CrewWord::Accepted(order)
            | CrewWord::Declined(order, _)
            | CrewWord::Arrived(order)
            | CrewWord::Done(order, _) => Some(order),
            CrewWord::BrokenDown(_) | CrewWord::Recovered | CrewWord::Counted(_) => None,
        }
    }
}

/// Errors: a text that is longer than people read.
pub fn reason(field: &str, text: &str) -> Result<(), Invalid> {
    if text.chars().count() <= REASON_CHARS_MAX {
        return Ok(());
    }
    let rule = Rule::Size { least: 0, most: REASON_CHARS_MAX, unit: "characters".into() };
    Err(Invalid::new(field, text, rule))
}

fn at_most(field: &str, value: u32, most: u32) -> Result<(), Invalid> {
    if value <= most {
        return Ok(());
    }
    Err(Invalid::new(field, value, Rule::Within { low: 0.0, high: f64::from(most) }))
}
