//! Artefacts that are being uploaded, each with the chunks that are still to come.

use crate::problem::Problem;
use paceline_artefact::{Chunk, ChunkDigest};
use paceline_model::edge::ArtefactDigest;
use std::collections::BTreeMap;

/// Most uploads at once: each may hold a list of 350,000 chunks, and those who release models are few.
const UPLOADS_MAX: usize = 16;

/// What is still to come of each artefact that is being uploaded.
#[derive(Default)]
pub(super) struct Uploads(BTreeMap<ArtefactDigest, BTreeMap<ChunkDigest, u32>>);

impl Uploads {
    /// Begins one, or begins one again. Errors: as many are under way as may be.
    pub(super) fn begin<'a>(
        &mut self,
        artefact: ArtefactDigest,
        missing: impl Iterator<Item = &'a Chunk>,
    ) -> Result<(), Problem> {
        if self.0.len() >= UPLOADS_MAX && !self.0.contains_key(&artefact) {
            let detail = "As many artefacts are being uploaded as may be at once; finish or remove one.";
            return Err(Problem::busy(detail));
        }
        self.0.insert(artefact, missing.map(|chunk| (chunk.digest, chunk.length)).collect());
        Ok(())
    }
    /// The bytes of a chunk that is to come. `None`: it is not; there may be no such upload.
    pub(super) fn awaits(&self, artefact: &ArtefactDigest, chunk: &ChunkDigest) -> Option<u32> {
        self.0.get(artefact)?.get(chunk).copied()
    }
    /// A chunk came. Returns the bytes that are still to come; an upload of which none are is over. `None`: there is no such upload.
    pub(super) fn came(&mut self, artefact: &ArtefactDigest, chunk: &ChunkDigest) -> Option<u64> {
        let missing = self.0.get_mut(artefact)?;
        missing.remove(chunk);
        let bytes: u64 = missing.values().map(|length| u64::from(*length)).sum();
        if bytes == 0 {
            self.0.remove(artefact);
        }
        Some(bytes)
    }
    /// It is not uploaded any more.
    pub(super) fn end(&mut self, artefact: &ArtefactDigest) {
        self.0.remove(artefact);
    }
}
