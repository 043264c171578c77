//! What crews say.

use crate::schema;
use paceline_model::bikes::{self as model, ReportId, VanId, WorkOrderId};
use paceline_model::{Instant, Invalid};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DoneWork {
    /// Under which work order.
    #[schema(value_type = schema::Id)]
    pub work_order: String,
    /// Bikes that were loaded, unloaded, or got another battery; left out where none were to be.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 200)]
    pub bikes: u32,
    /// Docks that are broken there when the crew leaves.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 10000)]
    pub docks_broken: u32,
}

/// A crew's word: an object with one field, whose name is the kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum CrewWord {
    /// It goes there.
    Accepted {
        /// Under which work order.
        work_order: String,
    },
    /// It does not.
    Declined {
        /// Which work order.
        work_order: String,
        /// Why, at most 256 characters.
        #[serde(default)]
        reason: String,
    },
    /// It is there.
    Arrived {
        /// Under which work order.
        work_order: String,
    },
    /// It is done.
    Done(DoneWork),
    /// The van does not go on.
    BrokenDown {
        /// Why, at most 256 characters.
        #[serde(default)]
        reason: String,
    },
    /// It does again.
    Recovered {},
    /// So many bikes are aboard, whatever was thought.
    Counted {
        /// How many.
        aboard: u32,
    },
    /// So many charged batteries are aboard, whatever was thought: it was at a depot, or counted them.
    BatteriesCounted {
        /// How many.
        charged: u32,
    },
    /// It has looked why a station gives no bikes: an order to inspect ends with this.
    Inspected {
        /// Under which work order.
        work_order: String,
        /// What it found.
        found: Found,
    },
}

/// What a crew found that looked why a station gives no bikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// Nothing is wrong: a bike came out.
    Well,
    /// So many bikes that are counted as fit for hire cannot be taken out; at least 1. They are no supply any more, and somebody is to mend it.
    LockedIn(u32),
    /// Something was wrong, and it has been mended: the station gives bikes again.
    Repaired,
}

impl From<Found> for model::Found {
    fn from(of: Found) -> Self {
        match of {
            Found::Well => Self::Well,
            Found::LockedIn(bikes) => Self::LockedIn(bikes),
            Found::Repaired => Self::Repaired,
        }
    }
}

impl From<model::Found> for Found {
    fn from(of: model::Found) -> Self {
        match of {
            model::Found::Well => Self::Well,
            model::Found::LockedIn(bikes) => Self::LockedIn(bikes),
            model::Found::Repaired => Self::Repaired,
        }
    }
}

/// A word of a crew. Sent again under the same name it counts once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCrewReport {
    /// Its name, given by the crew's device, such as a UUID.
    #[schema(value_type = schema::Id)]
    pub report: String,
    /// When it was so; if left out, when it is heard. A word that comes late says when.
    #[serde(default)]
    #[schema(value_type = Option<schema::Time>)]
    pub done_at: Option<Instant>,
    /// What is said.
    pub word: CrewWord,
}

impl NewCrewReport {
    /// The report that is meant, heard at `now`. Errors: a value breaks a rule.
    pub fn report(&self, van: VanId, now: Instant) -> Result<model::CrewReport, Invalid> {
        let id = ReportId::new(&self.report)?;
        let done_at = self.done_at.unwrap_or(now);
        let word = self.word.word().map_err(|invalid| invalid.within("word"))?;
        model::CrewReport { id, van, done_at, word }.validate()
    }
}

impl From<&model::CrewReport> for NewCrewReport {
    fn from(of: &model::CrewReport) -> Self {
        Self { report: of.id.to_string(), done_at: Some(of.done_at), word: (&of.word).into() }
    }
}

impl CrewWord {
    fn word(&self) -> Result<model::CrewWord, Invalid> {
        use model::CrewWord as Word;
        let order = |id: &String| {
            WorkOrderId::new(id).map_err(|invalid| Invalid { field: "work_order".into(), ..invalid })
        };
        Ok(match self {
            Self::Accepted { work_order } => Word::Accepted(order(work_order)?),
            Self::Declined { work_order, reason } => Word::Declined(order(work_order)?, reason.clone()),
            Self::Arrived { work_order } => Word::Arrived(order(work_order)?),
            Self::Done(DoneWork { work_order, bikes, docks_broken }) => {
                let done = model::DoneWork { bikes: *bikes, docks_broken: *docks_broken };
                Word::Done(order(work_order)?, done)
            }
            Self::BrokenDown { reason } => Word::BrokenDown(reason.clone()),
            Self::Recovered {} => Word::Recovered,
            Self::Counted { aboard } => Word::Counted(*aboard),
            Self::BatteriesCounted { charged } => Word::BatteriesCounted(*charged),
            Self::Inspected { work_order, found } => Word::Inspected(order(work_order)?, (*found).into()),
        })
    }
}

impl From<&model::CrewWord> for CrewWord {
    fn from(of: &model::CrewWord) -> Self {
        use model::CrewWord as Word;
        match of {
            Word::Accepted(order) => Self::Accepted { work_order: order.to_string() },
            Word::Declined(order, reason) => {
                Self::Declined { work_order: order.to_string(), reason: reason.clone() }
            }
            Word::Arrived(order) => Self::Arrived { work_order: order.to_string() },
            Word::Done(order, model::DoneWork { bikes, docks_broken }) => Self::Done(DoneWork {
                work_order: order.to_string(),
                bikes: *bikes,
                docks_broken: *docks_broken,
            }),
            Word::BrokenDown(reason) => Self::BrokenDown { reason: reason.clone() },
            Word::Recovered => Self::Recovered {},
            Word::Counted(aboard) => Self::Counted { aboard: *aboard },
            Word::BatteriesCounted(charged) => Self::BatteriesCounted { charged: *charged },
            Word::Inspected(order, found) => {
                Self::Inspected { work_order: order.to_string(), found: (*found).into() }
            }
        }
    }
}
