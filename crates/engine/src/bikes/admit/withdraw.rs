//! An operator withdraws an order. If what it was for is still true, another order follows.

use super::verdict::Verdict;
use crate::bikes::world::Bikes;
use paceline_model::bikes::{Event, OrderPhase, Refusal, WithdrawReason, WorkOrderId};

pub(super) fn admit(world: &Bikes, order: WorkOrderId, words: String) -> Verdict {
    paceline_model::bikes::crew::reason("reason", &words).map_err(Refusal::Invalid)?;
    let row = world.order(&order).ok_or_else(|| Refusal::unknown("work order", &order))?;
    match row.phase {
        OrderPhase::Withdrawn => Ok(Vec::new()),
        OrderPhase::Done => Err(Refusal::OrderStands {
            order,
            phase: row.phase,
            why: row.last_reason(),
            asked: "withdrawn".into(),
        }),
        _ => Ok(vec![Event::OrderWithdrawn {
            order,
            van: row.van.clone(),
            why: WithdrawReason::Operator(words),
        }]),
    }
}
