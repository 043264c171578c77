//! Moves for their own sake: a plan with prices, what is asked for, and how far it has come.

use crate::mirror::mirror;
use crate::schema;
use paceline_model::edge as model;
use paceline_model::edge::{DeviceUuid, NodeId};
use paceline_model::limits::{DEFRAGMENTATION_MOVES_MAX, within};
use paceline_model::{Instant, Invalid};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Moves of a plan where nothing is said.
const MOVES_USUAL: u32 = 20;

fn moves_usual() -> u32 {
    MOVES_USUAL
}

/// How large a plan may be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DefragmentationQuestion {
    /// Most moves.
    #[serde(default = "moves_usual")]
    #[schema(minimum = 1, maximum = 1000, default = 20)]
    pub moves_max: u32,
}

impl DefragmentationQuestion {
    /// Errors: no moves, or more than one defragmentation makes.
    pub fn moves(&self) -> Result<u32, Invalid> {
        within("moves_max", f64::from(self.moves_max), (1.0, f64::from(DEFRAGMENTATION_MOVES_MAX)))?;
        Ok(self.moves_max)
    }
}

/// A move: a replica starts where it goes, then stops where it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlannedMove {
    /// The replica, such as `detector-0`.
    #[schema(value_type = schema::Id)]
    pub placement: String,
    /// The node that it runs on.
    #[schema(value_type = schema::Id)]
    pub from: String,
    /// The node that it goes to.
    #[schema(value_type = schema::Id)]
    pub to: String,
    /// The GPUs that it has there; none where it runs on the CPU.
    #[serde(default)]
    #[schema(max_items = 16)]
    pub devices: Vec<String>,
}

impl PlannedMove {
    /// The move that is meant. Errors: a name that cannot be.
    fn meant(&self) -> Result<model::PlannedMove, Invalid> {
        let uuid = |text: &String| super::at("devices", DeviceUuid::new(text));
        Ok(model::PlannedMove {
            replica: super::at("placement", self.placement.parse())?,
            from: super::at("from", NodeId::new(&self.from))?,
            to: super::at("to", NodeId::new(&self.to))?,
            devices: self.devices.iter().map(uuid).collect::<Result<_, _>>()?,
        })
    }
}

impl From<&model::PlannedMove> for PlannedMove {
    fn from(of: &model::PlannedMove) -> Self {
        Self {
            placement: of.replica.to_string(),
            from: of.from.to_string(),
            to: of.to.to_string(),
            devices: of.devices.iter().map(ToString::to_string).collect(),
        }
    }
}

/// The moves to make, in their order: those of a plan, or fewer of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDefragmentation {
    /// Each of another replica.
    #[schema(min_items = 1, max_items = 1000)]
    pub moves: Vec<PlannedMove>,
}

impl NewDefragmentation {
    /// The moves that are meant. Errors: none or too many; a name that cannot be, or one that is named twice.
    pub fn moves(&self) -> Result<Vec<model::PlannedMove>, Invalid> {
        let numbered = self.moves.iter().enumerate();
        let meant =
            numbered.map(|(at, of)| of.meant().map_err(|invalid| invalid.within(&format!("moves[{at}]"))));
        let moves: Vec<model::PlannedMove> = meant.collect::<Result<_, _>>()?;
        model::PlannedMove::validate(&moves)?;
        Ok(moves)
    }
}

/// What a move frees, less what it takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FreedGpus {
    /// GPUs that are wholly free since, less those that no longer are.
    pub gpus: i32,
    /// Thousandths of GPUs that usual work can use since and could not before.
    pub usable_milli_gpu: i64,
    /// Points of the scores that are gained.
    pub gain_points: i32,
}

impl From<model::FreedGpus> for FreedGpus {
    fn from(of: model::FreedGpus) -> Self {
        Self { gpus: of.gpus, usable_milli_gpu: of.usable_milli, gain_points: of.gain }
    }
}

/// A move with its price.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PricedMove {
    /// The move.
    pub planned: PlannedMove,
    /// What it frees.
    pub frees: FreedGpus,
    /// What has to be brought to the node, in MiB; 0 where the same variant runs there already.
    pub loads_mib: u64,
    /// For how long it has run where it is, in seconds.
    pub ran_s: u32,
}

/// How the GPUs of a region stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GpuUse {
    /// GPUs that are wholly free.
    pub gpus_free: u32,
    /// Free shares in thousandths of a GPU that usual work cannot use where they are.
    pub fragmented_milli_gpu: i64,
}

/// Moves that are worth their price. Nothing moves because they were looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DefragmentationPlanView {
    /// The world that it was made from.
    pub version: u64,
    /// In the order in which they are to be made, the one that gains most first.
    pub moves: Vec<PricedMove>,
    /// How the GPUs stand.
    pub now: GpuUse,
    /// How they stand after the last move.
    pub then: GpuUse,
    /// Whether the time ran out before there was nothing more to gain.
    pub ran_short: bool,
}

mirror! {
    /// Where a defragmentation stands.
    DefragmentationPhase beside paceline_model::edge::DefragmentationPhase {
        /// Moves are made, a few at a time.
        Running,
        /// Each was made, or passed over.
        Done,
        /// What waited then is not made.
        Stopped,
    }
}

/// Where a move stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MoveState {
    /// Its turn has not come; once the defragmentation has ended it does not come.
    Waiting,
    /// The replica runs where it was to go.
    Made,
    /// It no longer held when its turn came.
    PassedOver,
}

/// A move that was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MoveView {
    /// The move.
    pub planned: PlannedMove,
    /// Where it stands.
    pub state: MoveState,
    /// Since when; null while it waits.
    #[schema(value_type = Option<schema::Time>)]
    pub at: Option<Instant>,
    /// What it has freed, once it was made.
    pub freed: Option<FreedGpus>,
    /// Why it was passed over, in words.
    pub why: Option<String>,
}

/// The defragmentation that runs, or the last one that did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DefragmentationView {
    /// Where it stands; null: none was ever asked for.
    pub phase: Option<DefragmentationPhase>,
    /// When it began.
    #[schema(value_type = Option<schema::Time>)]
    pub started_at: Option<Instant>,
    /// When it ended.
    #[schema(value_type = Option<schema::Time>)]
    pub ended_at: Option<Instant>,
    /// Moves that were made.
    pub made: u32,
    /// Moves that no longer held.
    pub passed_over: u32,
    /// Moves whose turn has not come.
    pub waiting: u32,
    /// What those that were made have freed.
    pub freed: FreedGpus,
    /// All moves, in their order.
    pub moves: Vec<MoveView>,
}
