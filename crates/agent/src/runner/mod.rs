//! What runs models: a trait, and what stands behind it. A runner loads one variant; what it has loaded answers until it is dropped.

pub mod child;
mod frames;
#[cfg(feature = "onnx")]
pub mod onnx;
pub mod process;
pub mod scripted;

use crate::infer::{InferRequest, Tensor};
use crate::probe::Probe;
use crate::replica::Variant;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

/// Work of a trait object.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What is to be loaded.
#[derive(Clone, Debug)]
pub struct Loadable {
    /// What it is.
    pub variant: Variant,
    /// Its files, whole and verified; `None`: the region names no artefact.
    pub files: Option<PathBuf>,
    /// GPUs by UUID; none: the CPU.
    pub devices: Vec<String>,
    /// Memory of the host that it may take, in MiB.
    pub memory_mib: u64,
}

/// Why something does not run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// It did not load, or it has ended: nothing answers any more.
    #[error("{0}")]
    Died(String),
    /// The question is none that the model can be asked; it runs on.
    #[error("{0}")]
    Refused(String),
    /// This question was not answered; it runs on.
    #[error("{0}")]
    Failed(String),
}

/// Loads models.
pub trait Runner: Send + Sync + 'static {
    /// Loads. Errors: [`RunError::Died`] with the reason.
    fn load(&self, what: Loadable) -> Pending<'_, Result<Arc<dyn Loaded>, RunError>>;
}

/// A model that is loaded. Dropping it ends it.
pub trait Loaded: Send + Sync {
    /// The probe that came with it; without one it can never be said to run.
    fn probe(&self) -> Option<&Probe>;
    /// Answers. Errors: all of [`RunError`].
    fn infer<'a>(&'a self, request: &'a InferRequest) -> Pending<'a, Result<Vec<Tensor>, RunError>>;
    /// Comes when it has ended by itself, with what it died of.
    fn died(&self) -> Pending<'_, String>;
}
