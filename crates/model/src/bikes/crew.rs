//! What crews say. A word says when the thing was done, which may be long before it is heard, and has a name, by which a word that is sent
//! again counts once.

use super::id::{VanId, WorkOrderId};
use crate::Instant;
use crate::id::id;
use crate::limits::{BATTERIES_MAX, Invalid, REASON_CHARS_MAX, Rule, STATION_DOCKS_MAX, VAN_CAPACITY_MAX};
use serde::{Deserialize, Serialize};
use std::fmt;

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
    /// It has looked why a station gives no bikes.
    Inspected(WorkOrderId, Found),
    /// So many charged batteries are aboard, whatever was thought: it was at a depot, or counted them.
    BatteriesCounted(u32),
}

/// What a crew found that looked why a station gives no bikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// Nothing is wrong: a bike came out.
    Well,
    /// So many bikes that are counted as fit for hire cannot be taken out.
    LockedIn(u32),
    /// Something was wrong, and it has been mended: the station gives bikes again.
    Repaired,
}

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoneWork {
    /// Bikes that were loaded, unloaded, or got another battery; 0 for other tasks.
    pub bikes: u32,
    /// Docks that are broken there when the crew leaves.
    pub docks_broken: u32,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Well => f.write_str("nothing is wrong there"),
            Self::LockedIn(1) => f.write_str("1 bike cannot be taken out"),
            Self::LockedIn(bikes) => write!(f, "{bikes} bikes cannot be taken out"),
            Self::Repaired => f.write_str("it was mended, and gives bikes again"),
        }
    }
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
            CrewWord::BatteriesCounted(charged) => at_most("charged", *charged, BATTERIES_MAX)?,
            CrewWord::Inspected(_, Found::LockedIn(bikes)) => locked_in(*bikes)?,
            CrewWord::Inspected(_, Found::Well | Found::Repaired)
            | CrewWord::Accepted(_)
            | CrewWord::Arrived(_)
            | CrewWord::Recovered => {}
        }
        Ok(self)
    }

    /// The order that it is about, if it is about one.
    pub fn order(&self) -> Option<&WorkOrderId> {
        match &self.word {
            CrewWord::Accepted(order)
            | CrewWord::Declined(order, _)
            | CrewWord::Arrived(order)
            | CrewWord::Done(order, _)
            | CrewWord::Inspected(order, _) => Some(order),
            CrewWord::BrokenDown(_)
            | CrewWord::Recovered
            | CrewWord::Counted(_)
            | CrewWord::BatteriesCounted(_) => None,
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

/// Errors: none, which is a station that is well, or more than a station can have.
fn locked_in(bikes: u32) -> Result<(), Invalid> {
    if (1..=STATION_DOCKS_MAX).contains(&bikes) {
        return Ok(());
    }
    Err(Invalid::new("locked_in", bikes, Rule::Within { low: 1.0, high: f64::from(STATION_DOCKS_MAX) }))
}

fn at_most(field: &str, value: u32, most: u32) -> Result<(), Invalid> {
    if value <= most {
        return Ok(());
    }
    Err(Invalid::new(field, value, Rule::Within { low: 0.0, high: f64::from(most) }))
}
