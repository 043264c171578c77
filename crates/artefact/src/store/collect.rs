//! Throwing away: what [`plan`] says, carried out in an order in which a power cut leaves nothing half.

use super::Store;
use super::error::StoreError;
use crate::digest::ChunkDigest;
use crate::manifest::Manifest;
use crate::room::{Held, Keep, Plan, Question, plan};
use paceline_model::edge::ArtefactDigest;
use std::collections::{BTreeMap, BTreeSet};

/// What was thrown away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// Artefacts whose manifests are gone.
    pub artefacts: Vec<ArtefactDigest>,
    /// Bytes of chunks that are gone.
    pub bytes: u64,
}

impl Store {
    /// Makes room for an artefact whose manifest is kept, or keeps to the store's bound where none is `wanted`: drops no more than has to
    /// go, and nothing of `keep`. `others` are variants that could be fetched in its place, for the answer.
    ///
    /// Errors: [`StoreError::NoRoom`], and nothing was dropped; the disk's.
    pub fn garbage_collect(
        &self,
        keep: &[Keep],
        wanted: Option<(&ArtefactDigest, &Manifest)>,
        others: &[Held],
    ) -> Result<Collected, StoreError> {
        let wanted = wanted.map(|(artefact, manifest)| Held::new(*artefact, manifest));
        let (held, present) = (self.held()?, self.present()?);
        let limit = self.bytes().saturating_add(self.room()?);
        let question =
            Question { held: &held, present: &present, keep, wanted: wanted.as_ref(), others, limit };
        let plan = plan(&question).map_err(|no_room| StoreError::NoRoom(Box::new(no_room)))?;
        let gone: BTreeSet<ArtefactDigest> = plan.artefacts.iter().copied().collect();
        let stays = held.iter().filter(|held| !gone.contains(&held.artefact)).chain(&wanted);
        let named: BTreeSet<ChunkDigest> = stays.flat_map(|held| held.chunks.keys().copied()).collect();
        let went =
            held.iter().filter(|held| gone.contains(&held.artefact)).flat_map(|held| held.chunks.keys());
        let chunks: BTreeSet<ChunkDigest> = match plan.unnamed {
            true => present.keys().copied().collect(),
            false => went.copied().collect(),
        };
        self.drop_all(plan, chunks.difference(&named))
    }

    /// Takes an artefact away, with the chunks that no other one names.
    ///
    /// Errors: it is not there; the disk's.
    pub fn remove(&self, artefact: &ArtefactDigest) -> Result<Collected, StoreError> {
        let manifest = self.manifest(artefact)?.unverified()?;
        let mut chunks: BTreeSet<ChunkDigest> = manifest.chunks().iter().map(|chunk| chunk.digest).collect();
        // One manifest at a time: those of a server do not fit in memory together.
        for other in self.artefacts()?.iter().filter(|other| *other != artefact) {
            for chunk in self.manifest(other)?.unverified()?.chunks() {
                chunks.remove(&chunk.digest);
            }
        }
        self.drop_all(Plan { artefacts: vec![*artefact], ..Plan::default() }, chunks.iter())
    }

    /// The manifests go first, durably: a chunk without a manifest is thrown away later, a manifest without its chunks promises
    /// what is not there.
    fn drop_all<'a>(
        &self,
        plan: Plan,
        chunks: impl Iterator<Item = &'a ChunkDigest>,
    ) -> Result<Collected, StoreError> {
        for artefact in &plan.artefacts {
            self.layout.remove(&self.layout.manifest(artefact))?;
        }
        if !plan.artefacts.is_empty() {
            self.layout.sync(&self.layout.manifests())?;
        }
        let mut bytes = 0;
        for chunk in chunks {
            bytes += self.discard(chunk)?;
        }
        self.settle()?;
        Ok(Collected { artefacts: plan.artefacts, bytes })
    }

    /// All artefacts whose manifests are there. Errors: the disk's.
    fn held(&self) -> Result<Vec<Held>, StoreError> {
        let mut held = Vec::new();
        for artefact in self.artefacts()? {
            match self.manifest(&artefact).and_then(|signed| Ok(signed.unverified()?)) {
                Ok(manifest) => held.push(Held::new(artefact, &manifest)),
                // It was damaged, and is gone: its chunks are nobody's.
                Err(StoreError::Unknown(_) | StoreError::Manifest(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(held)
    }

    /// All chunks that are there, with the lengths of their files. Errors: the disk's.
    pub fn present(&self) -> Result<BTreeMap<ChunkDigest, u64>, StoreError> {
        let mut present = BTreeMap::new();
        for shelf in self.layout.shelves() {
            for digest in self.layout.named(&shelf)?.into_iter().map(ChunkDigest) {
                let found = self.layout.open(&self.layout.chunk(&digest))?;
                present.extend(found.map(|(_, length)| (digest, length)));
            }
        }
        Ok(present)
    }
}
