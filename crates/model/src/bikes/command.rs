//! What may be asked of a bikes region, and how it may be refused.

use super::battery::{BatteryCount, BatteryLoad};
use super::crew::CrewReport;
use super::id::{StationId, VanId, WorkOrderId};
use super::site::StationSpec;
use super::station::Service;
use super::stock::StockReading;
use super::van::VanSpec;
use super::work_order::OrderPhase;
use crate::Invalid;
use serde::{Deserialize, Serialize};

/// What a feed, or an operator's own system, says of one station: whether it is open, and what stands there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StationReport {
    /// Which station.
    pub station: StationId,
    /// Whether it is open.
    pub service: Service,
    /// What stands there, or why nobody can say.
    pub stock: StockReading,
    /// How many batteries are low there, if anybody says. It is written down by an event of its own: `BatteriesRead`.
    #[serde(skip)]
    pub batteries: Option<BatteryCount>,
}

/// Something asked of a bikes region: it may be refused.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Registers a station or depot, or changes what a known one is.
    PutStation(StationSpec),
    /// Takes a station out. Its orders are withdrawn.
    RemoveStation(StationId),
    /// Nothing is brought to a station or taken from it, whatever its feed says.
    CloseStation(StationId),
    /// The feed's word counts again.
    OpenStation(StationId),
    /// Takes in what stands at stations. Stations that are not known are passed over, and what is older than what is known.
    TakeStock(Vec<StationReport>),
    /// Takes in what stands on the street: cells that are new, and what stands in these and in those that are known.
    TakeCells(Vec<StationSpec>, Vec<StationReport>),
    /// Begins a van's shift, or changes what is known of the van; with so many bikes aboard, if somebody says.
    PutVan(VanSpec, Option<u32>),
    /// The same, and how many charged batteries it carries at most; so many are aboard, if somebody says.
    EquipVan(VanSpec, Option<u32>, BatteryLoad),
    /// Takes a van out that has nothing aboard. Its orders go to others.
    RemoveVan(VanId),
    /// Takes a crew's word.
    Report(CrewReport),
    /// Withdraws an order, with these words.
    Withdraw(WorkOrderId, String),
}

/// Why a command was refused. All of these happen in a healthy system; the code names a page under `docs/errors/`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// A value broke a rule.
    #[error("E0101 {0}")]
    Invalid(Invalid),
    /// Nothing of that name is known.
    #[error("E0201 no {kind} is called {id}")]
    Unknown {
        /// What was looked for.
        kind: String,
        /// Its name.
        id: String,
    },
    /// The key, or the name of a crew's word, was used for something else.
    #[error("E0301 this idempotency key or report was used for a different request")]
    KeyReused,
    /// Something is aboard.
    #[error("E0501 van {van} has {aboard} bikes aboard: unload them, or say that none is aboard")]
    BikesAboard {
        /// Which van.
        van: VanId,
        /// How many.
        aboard: u32,
    },
    /// The order stands where this cannot happen.
    #[error("E0520 work order {order} is {phase}{why}: it cannot be {asked}")]
    OrderStands {
        /// Which order.
        order: WorkOrderId,
        /// Where it stands.
        phase: OrderPhase,
        /// Why it stands there, after a colon; nothing if nobody asks.
        why: String,
        /// What was wanted.
        asked: String,
    },
    /// The order is another van's, or no van's.
    #[error("E0521 work order {order} is {with}: keep to your own plan")]
    NotTheirs {
        /// Which order.
        order: WorkOrderId,
        /// Whose it is.
        with: String,
    },
    /// More bikes than there can be.
    #[error(
        "E0522 van {van} has {aboard} of {capacity} bikes aboard: it cannot have {done}; say first how many are aboard"
    )]
    LoadDiffers {
        /// Which van.
        van: VanId,
        /// What is believed to be aboard.
        aboard: u32,
        /// What it carries at most.
        capacity: u32,
        /// What was said.
        done: String,
    },
    /// The van is not in a state in which this can happen.
    #[error("E0523 van {van} {stands}")]
    VanStands {
        /// Which van.
        van: VanId,
        /// How it stands.
        stands: String,
    },
}

impl Refusal {
    /// Nothing of that name is known.
    pub fn unknown(kind: &str, id: impl ToString) -> Self {
        Self::Unknown { kind: kind.into(), id: id.to_string() }
    }
}
