//! Files of models on a node's disk. All replicas there that run as one variant share its file.

use paceline_model::edge::{Bound, Mebibytes, ModelId, VariantRef, WorkloadSpec};
use std::collections::BTreeMap;

/// The file of one variant. One that was registered anew with another size is another file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StoredFile {
    /// Of which model.
    pub model: ModelId,
    /// Of which of its variants.
    pub variant: VariantRef,
    /// Its size.
    pub size: Mebibytes,
}

impl StoredFile {
    /// What a replica of a workload needs where it is bound; `None`: nothing.
    pub(in crate::edge) fn of(spec: &WorkloadSpec, bound: &Bound) -> Option<Self> {
        let Bound { variant, file: size, .. } = bound;
        let file = || Self { model: spec.model.clone(), variant: variant.clone(), size: *size };
        (size.0 > 0).then(file)
    }
}

/// The files of a node, each with how many replicas need it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files(BTreeMap<StoredFile, u32>);

impl Files {
    /// Room that they take together, in MiB.
    pub fn mib(&self) -> u64 {
        self.0.keys().fold(0, |sum: u64, file| sum.saturating_add(file.size.0))
    }
    /// Each with how many replicas need it.
    pub fn iter(&self) -> impl Iterator<Item = (&StoredFile, u32)> {
        self.0.iter().map(|(file, replicas)| (file, *replicas))
    }
    pub(in crate::edge) fn add(&mut self, spec: &WorkloadSpec, bound: &Bound) {
        if let Some(file) = StoredFile::of(spec, bound) {
            *self.0.entry(file).or_default() += 1;
        }
    }
    /// It goes with the last that needs it.
    pub(in crate::edge) fn remove(&mut self, spec: &WorkloadSpec, bound: &Bound) {
        let Some(file) = StoredFile::of(spec, bound) else { return };
        if let Some(replicas) = self.0.get_mut(&file) {
            *replicas = replicas.saturating_sub(1);
            if *replicas == 0 {
                self.0.remove(&file);
            }
        }
    }
}
