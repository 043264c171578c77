//! What brings an artefact to the node: a trait, and what stands behind it.

pub mod store;

use crate::replica::Variant;
use crate::runner::Pending;
use std::path::PathBuf;

/// Brings artefacts to the node.
pub trait Fetcher: Send + Sync + 'static {
    /// Brings all of a variant here, and checks it. Comes back at once where it is here already. Returns where its files are; `None`: the
    /// variant names no artefact, and there is nothing to bring.
    ///
    /// `keep`: artefacts that run here or are gone back to, of which no room is made.
    ///
    /// Errors: in words. What has come so far is kept, and the next try goes on with it.
    fn fetch<'a>(
        &'a self,
        variant: &'a Variant,
        keep: Vec<String>,
    ) -> Pending<'a, Result<Option<PathBuf>, String>>;
}

/// For machines whose runner needs no files: there is nothing to bring, and a variant that names an artefact is refused.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoArtefacts;

impl Fetcher for NoArtefacts {
    fn fetch<'a>(
        &'a self,
        variant: &'a Variant,
        _keep: Vec<String>,
    ) -> Pending<'a, Result<Option<PathBuf>, String>> {
        Box::pin(async move {
            match &variant.artefact {
                None => Ok(None),
                Some(digest) => Err(format!("this agent has no store to fetch {digest} to")),
            }
        })
    }
}
