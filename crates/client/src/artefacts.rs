//! Artefacts: what a server keeps of them, and their upload. Fetching them is another matter, and `paceline-artefact`'s.

use crate::client::Client;
use crate::error::ClientError;
use crate::prepared::Prepared;
use paceline_api::artefact::{ArtefactRemoved, ArtefactTaken, ArtefactView, ChunkTaken};
use paceline_api::operation as op;

/// All of these: errors are what the last attempt said.
impl Client {
    /// All artefacts that the server keeps, whole or not.
    pub async fn artefacts(&self) -> Result<Vec<ArtefactView>, ClientError> {
        self.call(&Prepared::bare(&op::LIST_ARTEFACTS, "")?).await
    }
    /// Hands over a signed manifest. The answer says which chunks are to follow.
    pub async fn put_artefact(
        &self,
        artefact: &str,
        manifest: Vec<u8>,
    ) -> Result<ArtefactTaken, ClientError> {
        self.call(&Prepared::written(&op::PUT_ARTEFACT, artefact, manifest)?).await
    }
    /// Hands over a chunk of an artefact whose manifest was taken.
    pub async fn post_chunk(&self, artefact: &str, chunk: Vec<u8>) -> Result<ChunkTaken, ClientError> {
        self.call(&Prepared::written(&op::POST_CHUNK, artefact, chunk)?).await
    }
    /// Removes an artefact, with the chunks that no other one names.
    pub async fn remove_artefact(&self, artefact: &str) -> Result<ArtefactRemoved, ClientError> {
        self.call(&Prepared::bare(&op::REMOVE_ARTEFACT, artefact)?).await
    }
}
