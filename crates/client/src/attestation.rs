//! What a program asks about enrolment and proofs.
//!
//! Errors of all: [`ClientError::Refused`] with the code of the refusal; or no answer, after all attempts.

use crate::client::Client;
use crate::error::ClientError;
use crate::prepared::Prepared;
use paceline_api::edge::{
    ChallengeView, EnrolmentToken, NewEnrolment, NewNodeKeys, NewProof, NodeCredential, NodeView,
    OpenedCredential, ProofTaken,
};
use paceline_api::operation as op;
use paceline_api::{Accepted, Nothing};

impl Client {
    /// How a node stands.
    pub async fn node(&self, id: &str) -> Result<NodeView, ClientError> {
        self.call(&Prepared::bare(&op::READ_NODE, id)?).await
    }
    /// A token that lets one box in under a node's name, once.
    pub async fn issue_token(&self, node: &str, replaces: bool) -> Result<EnrolmentToken, ClientError> {
        self.call(&Prepared::new(&op::ISSUE_TOKEN, node, &NewEnrolment { replaces })?.unkeyed()).await
    }
    /// Shows a box's keys, and is given what only its TPM can open.
    pub async fn enrol_node(&self, node: &str, keys: &NewNodeKeys) -> Result<NodeCredential, ClientError> {
        self.call(&Prepared::new(&op::ENROL_NODE, node, keys)?.unkeyed()).await
    }
    /// Says what it held.
    pub async fn finish_enrolment(
        &self,
        node: &str,
        opened: &OpenedCredential,
    ) -> Result<Accepted, ClientError> {
        self.call(&Prepared::new(&op::FINISH_ENROLMENT, node, opened)?).await
    }
    /// A fresh challenge.
    pub async fn challenge_node(&self, node: &str) -> Result<ChallengeView, ClientError> {
        self.call(&Prepared::new(&op::CHALLENGE_NODE, node, &Nothing {})?.unkeyed()).await
    }
    /// The answer to it.
    pub async fn prove_node(&self, node: &str, proof: &NewProof) -> Result<ProofTaken, ClientError> {
        self.call(&Prepared::new(&op::PROVE_NODE, node, proof)?.unkeyed()).await
    }
    /// Lets a node in again.
    pub async fn readmit_node(&self, node: &str) -> Result<Accepted, ClientError> {
        self.call(&Prepared::new(&op::READMIT_NODE, node, &Nothing {})?).await
    }
}
