//! What is known of the artefacts without asking the store.

use super::image::Image;
use super::uploads::Uploads;
use crate::problem::Problem;
use paceline_api::Code;
use paceline_api::artefact::ArtefactView;
use paceline_artefact::{ChunkDigest, Manifest, Signed};
use paceline_model::edge::ArtefactDigest;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Manifests that are kept in memory, so that each part of a download does not read one anew. The largest takes 17 MB.
const MANIFESTS_MAX: usize = 8;

/// An artefact, as it is listed here and as a registry shows it.
pub(super) struct Shown {
    pub(super) view: ArtefactView,
    pub(super) image: Image,
}

impl Shown {
    pub(super) fn new(
        artefact: &ArtefactDigest,
        signed: &Signed,
        manifest: &Manifest,
        missing_bytes: u64,
    ) -> Self {
        let variant = &manifest.variant;
        let view = ArtefactView {
            artefact: artefact.to_string(),
            model: variant.model.to_string(),
            version: variant.version.to_string(),
            precision: variant.precision.into(),
            bytes: manifest.length(),
            chunks: manifest.chunks().len() as u64,
            signed_by: signed.keys().map(|key| key.to_string()).collect(),
            missing_bytes,
        };
        Self { view, image: Image::new(signed, manifest) }
    }
    /// Whether it is the same model, version and precision.
    pub(super) fn is_of(&self, other: &Self) -> bool {
        let of = |view: &ArtefactView| (view.model.clone(), view.version.clone(), view.precision);
        of(&self.view) == of(&other.view)
    }
    /// Whether a registry has it in this repository.
    pub(super) fn is_in(&self, repository: &str) -> bool {
        self.view.missing_bytes == 0 && self.image.repository.as_deref() == Some(repository)
    }
}

/// What is known, under one lock.
pub(super) struct Known {
    pub(super) shown: BTreeMap<ArtefactDigest, Shown>,
    pub(super) uploads: Uploads,
    /// The newest last.
    pub(super) manifests: VecDeque<(ArtefactDigest, Arc<Manifest>)>,
}

impl Known {
    pub(super) fn new(shown: BTreeMap<ArtefactDigest, Shown>) -> Self {
        Self { shown, uploads: Uploads::default(), manifests: VecDeque::new() }
    }
    /// The first of a repository that `of` finds something in.
    pub(super) fn find<T>(
        &self,
        repository: &str,
        of: impl Fn(&Image) -> Option<T>,
    ) -> Option<(ArtefactDigest, T)> {
        let mut here = self.shown.iter().filter(|(_, shown)| shown.is_in(repository));
        here.find_map(|(artefact, shown)| of(&shown.image).map(|found| (*artefact, found)))
    }
    /// Errors: another artefact is of the same model, version and precision. What was judged under a name is what runs under it.
    pub(super) fn alone(&self, artefact: &ArtefactDigest, new: &Shown) -> Result<(), Problem> {
        let other = self.shown.iter().find(|(of, known)| *of != artefact && known.is_of(new));
        other.map_or(Ok(()), |(other, Shown { view, .. })| {
            let detail = format!(
                "{} {} in this precision is {other} already: give the new file a version of its own, or remove that one first.",
                view.model, view.version
            );
            Err(Problem::new(Code::E0202, detail))
        })
    }
    pub(super) fn keep(&mut self, artefact: ArtefactDigest, manifest: Arc<Manifest>) {
        self.manifests.push_back((artefact, manifest));
        if self.manifests.len() > MANIFESTS_MAX {
            self.manifests.pop_front();
        }
    }
    /// A chunk came. Returns what is still to come.
    pub(super) fn came(&mut self, artefact: &ArtefactDigest, chunk: &ChunkDigest) -> u64 {
        let missing = self.uploads.came(artefact, chunk);
        let Some(Shown { view, .. }) = self.shown.get_mut(artefact) else { return 0 };
        view.missing_bytes = missing.unwrap_or(view.missing_bytes);
        view.missing_bytes
    }
}
