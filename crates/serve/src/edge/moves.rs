//! Moves for their own sake as the wire shows them.

use paceline_api::edge as api;
use paceline_engine::edge::{Defragmentation, DefragmentationPlan, MoveRow, PricedMove};
use paceline_model::edge::MoveState;
use paceline_plan::edge::placement::Usable;

/// A plan with its prices.
pub(crate) fn planned(plan: &DefragmentationPlan) -> api::DefragmentationPlanView {
    let priced = |of: &PricedMove| api::PricedMove {
        planned: (&of.planned).into(),
        frees: of.freed.into(),
        loads_mib: of.loads_mib,
        ran_s: of.ran.0 / 1_000,
    };
    api::DefragmentationPlanView {
        version: plan.made_from.0,
        moves: plan.moves.iter().map(priced).collect(),
        now: gpu_use(plan.now),
        then: gpu_use(plan.then),
        ran_short: plan.ran_short,
    }
}

fn gpu_use(of: Usable) -> api::GpuUse {
    api::GpuUse { gpus_free: of.gpus, fragmented_milli_gpu: of.fragmented_milli }
}

/// What was asked for, and how far it has come.
pub(crate) fn defragmentation(of: &Defragmentation) -> api::DefragmentationView {
    let moves: Vec<api::MoveView> = of.moves.iter().map(move_view).collect();
    let count = |state| moves.iter().filter(|one| one.state == state).count() as u32;
    api::DefragmentationView {
        phase: Some(of.phase.into()),
        started_at: Some(of.started_at),
        ended_at: of.ended_at,
        made: count(api::MoveState::Made),
        passed_over: count(api::MoveState::PassedOver),
        waiting: count(api::MoveState::Waiting),
        freed: of.freed().into(),
        moves,
    }
}

fn move_view(row: &MoveRow) -> api::MoveView {
    let (state, freed, why) = match row.state {
        MoveState::Waiting => (api::MoveState::Waiting, None, None),
        MoveState::Made(freed) => (api::MoveState::Made, Some(freed.into()), None),
        MoveState::PassedOver(why) => (api::MoveState::PassedOver, None, Some(why.to_string())),
    };
    api::MoveView { planned: (&row.planned).into(), state, at: row.at, freed, why }
}
