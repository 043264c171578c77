//! What a program asks about rollouts.
//!
//! Errors of all: [`ClientError::Refused`] with the code of the refusal; or no answer, after all attempts.

use crate::client::Client;
use crate::error::ClientError;
use crate::prepared::Prepared;
use paceline_api::edge::{NewRollout, RolloutPause, RolloutPlanView, RolloutView, RolloutsView};
use paceline_api::operation as op;
use paceline_api::{Accepted, Nothing};

impl Client {
    /// In which steps a version would reach which nodes; nothing is begun.
    pub async fn plan_rollout(&self, rollout: &NewRollout) -> Result<RolloutPlanView, ClientError> {
        self.call(&Prepared::new(&op::PLAN_ROLLOUT, "", rollout)?).await
    }
    /// Has a workload run another version, step by step.
    pub async fn start_rollout(&self, rollout: &NewRollout) -> Result<Accepted, ClientError> {
        self.call(&Prepared::new(&op::START_ROLLOUT, "", rollout)?).await
    }
    /// The last rollout of each workload.
    pub async fn rollouts(&self) -> Result<RolloutsView, ClientError> {
        self.call(&Prepared::bare(&op::LIST_ROLLOUTS, "")?).await
    }
    /// How the rollout of a workload stands.
    pub async fn rollout(&self, workload: &str) -> Result<RolloutView, ClientError> {
        self.call(&Prepared::bare(&op::READ_ROLLOUT, workload)?).await
    }
    /// Nobody gets the version now, for so many seconds or until it is resumed.
    pub async fn pause_rollout(&self, workload: &str, seconds: Option<u32>) -> Result<Accepted, ClientError> {
        self.call(&Prepared::new(&op::PAUSE_ROLLOUT, workload, &RolloutPause { seconds })?).await
    }
    /// It goes on.
    pub async fn resume_rollout(&self, workload: &str) -> Result<Accepted, ClientError> {
        self.call(&Prepared::new(&op::RESUME_ROLLOUT, workload, &Nothing {})?).await
    }
    /// It goes back to the version before.
    pub async fn abort_rollout(&self, workload: &str) -> Result<Accepted, ClientError> {
        self.call(&Prepared::new(&op::ABORT_ROLLOUT, workload, &Nothing {})?).await
    }
    /// It goes to all nodes, whatever its gate says.
    pub async fn promote_rollout(&self, workload: &str) -> Result<Accepted, ClientError> {
        self.call(&Prepared::new(&op::PROMOTE_ROLLOUT, workload, &Nothing {})?).await
    }
}
