//! What the tasks of all replicas share: what the agent was started with, the replicas by name, and the file that they are written down in.

use super::slot::{NotAnswered, Slot};
use crate::disk_thread::Disk;
use crate::infer::{InferRequest, InferResponse};
use crate::options::{AgentOptions, Parts};
use crate::state::{self, Written};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What is shared.
pub(crate) struct Shared {
    pub(crate) options: AgentOptions,
    pub(crate) parts: Parts,
    disk: Disk,
    slots: Mutex<BTreeMap<String, Arc<Slot>>>,
}

impl Shared {
    pub(crate) fn new(options: AgentOptions, parts: Parts, disk: Disk) -> Self {
        Self { options, parts, disk, slots: Mutex::default() }
    }

    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<String, Arc<Slot>>) -> T) -> T {
        work(&mut self.slots.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn insert(&self, id: &str, slot: Arc<Slot>) {
        self.with(|slots| slots.insert(id.to_owned(), slot));
    }

    pub(crate) fn remove(&self, id: &str) {
        self.with(|slots| slots.remove(id));
    }

    pub(crate) fn slot(&self, id: &str) -> Option<Arc<Slot>> {
        self.with(|slots| slots.get(id).cloned())
    }

    /// All replicas, by name.
    pub(crate) fn slots(&self) -> Vec<Arc<Slot>> {
        self.with(|slots| slots.values().cloned().collect())
    }

    /// Answers an inference; `None`: no replica of that name is here.
    pub(crate) async fn infer(
        &self,
        id: &str,
        request: &InferRequest,
    ) -> Option<Result<InferResponse, NotAnswered>> {
        Some(self.slot(id)?.infer(request).await)
    }

    /// Writes down what this node was told to run, and where that stands. A disk that fails is said, and costs only the memory of it.
    pub(crate) async fn save(&self) {
        let written = Written { replicas: self.slots().iter().map(|slot| slot.stored()).collect() };
        let file = self.options.state_dir.join(state::FILE);
        if let Some(Err(error)) = self.disk.run(move || state::write(&file, &written)).await {
            tracing::error!(%error, "what this node runs cannot be written down: a restart would not know of it");
        }
    }
}
