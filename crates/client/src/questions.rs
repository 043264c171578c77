//! Questions: nothing changes by them, and all may be repeated.
//!
//! Errors of all: [`ClientError::Refused`] with the code of the refusal; or no answer, after all attempts.

use crate::client::Client;
use crate::error::ClientError;
use crate::prepared::Prepared;
use paceline_api::operation::{self as op, Operation};
use paceline_api::road::{
    Feature, FeatureCollection, NearestQuestion, ReachQuestion, RouteQuestion, TableQuestion, TraceQuestion,
    TravelTable,
};
use paceline_api::{
    Explanation, OrderView, PolicyView, ProblemKind, RegionView, Streets, TrafficView, VehicleView, WorldView,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

impl Client {
    async fn read_one<T: DeserializeOwned>(&self, operation: &Operation, id: &str) -> Result<T, ClientError> {
        self.call(&Prepared::bare(operation, id)?).await
    }
    async fn ask<T: DeserializeOwned>(
        &self,
        operation: &Operation,
        question: &impl Serialize,
    ) -> Result<T, ClientError> {
        self.call(&Prepared::new(operation, "", question)?).await
    }

    /// How an order stands.
    pub async fn order(&self, id: &str) -> Result<OrderView, ClientError> {
        self.read_one(&op::READ_ORDER, id).await
    }
    /// Why it stands so.
    pub async fn explain(&self, order: &str) -> Result<Explanation, ClientError> {
        self.read_one(&op::EXPLAIN_ORDER, order).await
    }
    /// How a vehicle stands.
    pub async fn vehicle(&self, id: &str) -> Result<VehicleView, ClientError> {
        self.read_one(&op::READ_VEHICLE, id).await
    }
    /// The world in a few numbers.
    pub async fn world(&self) -> Result<WorldView, ClientError> {
        self.read_one(&op::WORLD, "").await
    }
    /// What decisions are made by.
    pub async fn policy(&self) -> Result<PolicyView, ClientError> {
        self.read_one(&op::POLICY, "").await
    }
    /// The streets, for drawing.
    pub async fn streets(&self) -> Result<Streets, ClientError> {
        self.read_one(&op::STREETS, "").await
    }
    /// What is known of their speeds.
    pub async fn traffic(&self) -> Result<TrafficView, ClientError> {
        self.read_one(&op::TRAFFIC, "").await
    }
    /// Every code of an error.
    pub async fn problems(&self) -> Result<Vec<ProblemKind>, ClientError> {
        self.read_one(&op::PROBLEMS, "").await
    }
    /// The regions that the server has.
    pub async fn regions(&self) -> Result<Vec<RegionView>, ClientError> {
        self.read_one(&op::REGIONS, "").await
    }
    /// Figures in the Prometheus text format.
    pub async fn metrics(&self) -> Result<String, ClientError> {
        self.text(&Prepared::bare(&op::METRICS, "")?).await
    }
    /// Whether the server takes requests.
    pub async fn ready(&self) -> Result<(), ClientError> {
        self.send(&Prepared::bare(&op::READYZ, "")?).await
    }
    /// The fastest way.
    pub async fn route(&self, question: &RouteQuestion) -> Result<Feature, ClientError> {
        self.ask(&op::ROUTE, question).await
    }
    /// Times and distances from each place to each.
    pub async fn table(&self, question: &TableQuestion) -> Result<TravelTable, ClientError> {
        self.ask(&op::TABLE, question).await
    }
    /// Who gets to a place first.
    pub async fn nearest(&self, question: &NearestQuestion) -> Result<FeatureCollection, ClientError> {
        self.ask(&op::NEAREST, question).await
    }
    /// How far one gets.
    pub async fn reach(&self, question: &ReachQuestion) -> Result<FeatureCollection, ClientError> {
        self.ask(&op::REACH, question).await
    }
    /// The streets that a trace was driven on.
    pub async fn match_trace(&self, question: &TraceQuestion) -> Result<FeatureCollection, ClientError> {
        self.ask(&op::MATCH, question).await
    }
}
