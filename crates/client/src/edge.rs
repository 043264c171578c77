//! What a program asks of an edge region.
//!
//! Errors of all: [`ClientError::Refused`] with the code of the refusal; or no answer, after all attempts.

use crate::client::Client;
use crate::error::ClientError;
use crate::lists::{Listed, limit};
use crate::prepared::Prepared;
use paceline_api::edge::{
    DefragmentationPlanView, DefragmentationQuestion, DefragmentationView, ModelView, NewDefragmentation,
    NewModel, NewNode, NewWorkload, NodePlacements, NodeReport, NodeReportsTaken, NodeView,
    PlacementExplained, PlacementPolicyView, PlacementView, WhatIf, WorkloadView,
};
use paceline_api::operation as op;
use paceline_api::{Accepted, Nothing};
use std::time::Duration;

impl Client {
    /// Registers a node, or changes what a known one is.
    pub async fn put_node(&self, id: &str, node: &NewNode) -> Result<Accepted, ClientError> {
        self.call(&Prepared::new(&op::PUT_NODE, id, node)?).await
    }
    /// Registers a model, or changes its versions.
    pub async fn put_model(&self, id: &str, model: &NewModel) -> Result<Accepted, ClientError> {
        self.call(&Prepared::new(&op::PUT_MODEL, id, model)?).await
    }
    /// Asks for a workload, or changes a known one.
    pub async fn put_workload(&self, id: &str, workload: &NewWorkload) -> Result<Accepted, ClientError> {
        self.call(&Prepared::new(&op::PUT_WORKLOAD, id, workload)?).await
    }
    /// Ends a workload.
    pub async fn remove_workload(&self, id: &str) -> Result<Accepted, ClientError> {
        self.call(&Prepared::bare(&op::REMOVE_WORKLOAD, id)?).await
    }
    /// Nothing new is placed on a node.
    pub async fn cordon(&self, node: &str) -> Result<Accepted, ClientError> {
        self.call(&Prepared::new(&op::CORDON, node, &Nothing {})?).await
    }
    /// Nothing new is placed on a node, and what runs there moves away.
    pub async fn drain(&self, node: &str) -> Result<Accepted, ClientError> {
        self.call(&Prepared::new(&op::DRAIN, node, &Nothing {})?).await
    }
    /// Work may be placed on a node again.
    pub async fn uncordon(&self, node: &str) -> Result<Accepted, ClientError> {
        self.call(&Prepared::new(&op::UNCORDON, node, &Nothing {})?).await
    }
    /// Reports what nodes say of themselves.
    pub async fn report_nodes(&self, reports: &[NodeReport]) -> Result<NodeReportsTaken, ClientError> {
        self.call(&Prepared::new(&op::REPORT_NODES, "", &reports)?.unkeyed()).await
    }
    /// All nodes, page by page.
    pub async fn nodes(&self) -> Result<Listed<NodeView>, ClientError> {
        self.list(&op::LIST_NODES, limit()).await
    }
    /// All models, page by page.
    pub async fn models(&self) -> Result<Listed<ModelView>, ClientError> {
        self.list(&op::LIST_MODELS, limit()).await
    }
    /// All workloads, page by page.
    pub async fn workloads(&self) -> Result<Listed<WorkloadView>, ClientError> {
        self.list(&op::LIST_WORKLOADS, limit()).await
    }
    /// The replicas of a workload, or of all, page by page.
    pub async fn placements(&self, workload: Option<&str>) -> Result<Listed<PlacementView>, ClientError> {
        // A name has no character that a query would need to escape.
        let of = workload.map(|workload| format!("workload={workload}&")).unwrap_or_default();
        self.list(&op::LIST_PLACEMENTS, of + &limit()).await
    }
    /// The replicas that run on a node, page by page.
    pub async fn placements_on(&self, node: &str) -> Result<Listed<PlacementView>, ClientError> {
        self.list(&op::LIST_PLACEMENTS, format!("node={node}&") + &limit()).await
    }
    /// What is placed on a node: at once, or, where it is what the caller knows already (`known`, a revision), when it is something else or
    /// `wait` is over, in whole seconds of a minute at most.
    ///
    /// Errors: a server that is older answers 404 with code `E0104`.
    pub async fn await_placements(
        &self,
        node: &str,
        known: Option<&str>,
        wait: Duration,
    ) -> Result<NodePlacements, ClientError> {
        let known = known.map(|known| format!("known={known}&")).unwrap_or_default();
        let query = format!("{known}wait_s={}", wait.as_secs());
        let prepared = Prepared::bare(&op::AWAIT_PLACEMENTS, node)?.asking(&query).answered_within(wait);
        self.call(&prepared).await
    }
    /// How a workload stands.
    pub async fn workload(&self, id: &str) -> Result<WorkloadView, ClientError> {
        self.call(&Prepared::bare(&op::READ_WORKLOAD, id)?).await
    }
    /// A model with its versions.
    pub async fn model(&self, id: &str) -> Result<ModelView, ClientError> {
        self.call(&Prepared::bare(&op::READ_MODEL, id)?).await
    }
    /// What replicas are placed by.
    pub async fn placement_policy(&self) -> Result<PlacementPolicyView, ClientError> {
        self.call(&Prepared::bare(&op::PLACEMENT_POLICY, "")?).await
    }
    /// What would become of a workload; nothing is changed by asking.
    pub async fn what_if(&self, workload: &NewWorkload) -> Result<WhatIf, ClientError> {
        self.call(&Prepared::new(&op::WHAT_IF, "", workload)?).await
    }
    /// Why a replica is where it is, or nowhere, with what would help.
    pub async fn explain_placement_with_remedies(&self, id: &str) -> Result<PlacementExplained, ClientError> {
        self.call(&Prepared::bare(&op::EXPLAIN_PLACEMENT, id)?.asking("remedies=true")).await
    }
    /// At most so many moves that free GPUs, with their prices; nothing moves.
    pub async fn plan_defragmentation(&self, moves_max: u32) -> Result<DefragmentationPlanView, ClientError> {
        let question = DefragmentationQuestion { moves_max };
        self.call(&Prepared::new(&op::PLAN_DEFRAGMENTATION, "", &question)?).await
    }
    /// Makes these moves, a few at a time.
    pub async fn start_defragmentation(&self, moves: &NewDefragmentation) -> Result<Accepted, ClientError> {
        self.call(&Prepared::new(&op::START_DEFRAGMENTATION, "", moves)?).await
    }
    /// How far the defragmentation has come that runs, or that ran last.
    pub async fn defragmentation(&self) -> Result<DefragmentationView, ClientError> {
        self.call(&Prepared::bare(&op::READ_DEFRAGMENTATION, "")?).await
    }
    /// Makes no more of its moves.
    pub async fn stop_defragmentation(&self) -> Result<Accepted, ClientError> {
        self.call(&Prepared::bare(&op::STOP_DEFRAGMENTATION, "")?).await
    }
    /// Why a replica is where it is, or nowhere.
    pub async fn explain_placement(&self, id: &str) -> Result<PlacementExplained, ClientError> {
        self.call(&Prepared::bare(&op::EXPLAIN_PLACEMENT, id)?).await
    }
}
