//! What a program asks of a federation, and a federation of its clusters.
//!
//! Errors of all: [`ClientError::Refused`] with the code of the refusal; or no answer, after all attempts.

use crate::client::Client;
use crate::error::ClientError;
use crate::lists::{Listed, limit};
use crate::prepared::Prepared;
use paceline_api::edge::CapacityView;
use paceline_api::federation::{
    ClusterDrain, ClusterView, FederatedWorkloadExplained, FederatedWorkloadView, NewCluster,
    NewFederatedWorkload,
};
use paceline_api::operation as op;
use paceline_api::{Accepted, Nothing};

impl Client {
    /// What is free in an edge region, with its models and how its workloads stand.
    pub async fn capacity(&self) -> Result<CapacityView, ClientError> {
        self.call(&Prepared::bare(&op::READ_CAPACITY, "")?).await
    }
    /// Registers a cluster, or changes what a known one is.
    pub async fn put_cluster(&self, id: &str, cluster: &NewCluster) -> Result<Accepted, ClientError> {
        self.call(&Prepared::new(&op::PUT_CLUSTER, id, cluster)?).await
    }
    /// Takes a cluster out that has nothing of the federation's.
    pub async fn remove_cluster(&self, id: &str) -> Result<Accepted, ClientError> {
        self.call(&Prepared::bare(&op::REMOVE_CLUSTER, id)?).await
    }
    /// Nothing new goes to a cluster.
    pub async fn cordon_cluster(&self, id: &str) -> Result<Accepted, ClientError> {
        self.call(&Prepared::new(&op::CORDON_CLUSTER, id, &Nothing {})?).await
    }
    /// What a cluster has goes elsewhere; `gone`: by an operator's word nothing runs there any more.
    pub async fn drain_cluster(&self, id: &str, gone: bool) -> Result<Accepted, ClientError> {
        self.call(&Prepared::new(&op::DRAIN_CLUSTER, id, &ClusterDrain { gone })?).await
    }
    /// Work may go to a cluster again.
    pub async fn uncordon_cluster(&self, id: &str) -> Result<Accepted, ClientError> {
        self.call(&Prepared::new(&op::UNCORDON_CLUSTER, id, &Nothing {})?).await
    }
    /// All clusters, page by page.
    pub async fn clusters(&self) -> Result<Listed<ClusterView>, ClientError> {
        self.list(&op::LIST_CLUSTERS, limit()).await
    }
    /// How a cluster stands.
    pub async fn cluster(&self, id: &str) -> Result<ClusterView, ClientError> {
        self.call(&Prepared::bare(&op::READ_CLUSTER, id)?).await
    }
    /// Asks for a workload that is spread over clusters, or changes a known one.
    pub async fn put_federated_workload(
        &self,
        id: &str,
        workload: &NewFederatedWorkload,
    ) -> Result<Accepted, ClientError> {
        self.call(&Prepared::new(&op::PUT_FEDERATED_WORKLOAD, id, workload)?).await
    }
    /// Ends a workload in all clusters.
    pub async fn remove_federated_workload(&self, id: &str) -> Result<Accepted, ClientError> {
        self.call(&Prepared::bare(&op::REMOVE_FEDERATED_WORKLOAD, id)?).await
    }
    /// Shares a workload's replicas out anew.
    pub async fn rebalance_federated_workload(&self, id: &str) -> Result<Accepted, ClientError> {
        self.call(&Prepared::new(&op::REBALANCE_FEDERATED_WORKLOAD, id, &Nothing {})?).await
    }
    /// All federated workloads, page by page.
    pub async fn federated_workloads(&self) -> Result<Listed<FederatedWorkloadView>, ClientError> {
        self.list(&op::LIST_FEDERATED_WORKLOADS, limit()).await
    }
    /// How a workload stands.
    pub async fn federated_workload(&self, id: &str) -> Result<FederatedWorkloadView, ClientError> {
        self.call(&Prepared::bare(&op::READ_FEDERATED_WORKLOAD, id)?).await
    }
    /// Why a workload is spread as it is.
    pub async fn explain_federated_workload(
        &self,
        id: &str,
    ) -> Result<FederatedWorkloadExplained, ClientError> {
        self.call(&Prepared::bare(&op::EXPLAIN_FEDERATED_WORKLOAD, id)?).await
    }
}
