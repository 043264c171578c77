//! What the tasks of all replicas share: what the agent was started with, the replicas by name, and the file that they are written down in.

use super::slot::{NotAnswered, Slot};
use crate::disk_thread::Disk;
use crate::infer::{InferRequest, InferResponse};
use crate::options::{AgentOptions, Parts};
use crate::state::{self, Written};
use crate::timekeeper::Timekeeper;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Readings that the region has not acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backlog {
    /// That wait.
    pub waiting: usize,
    /// That fell out, the oldest first, because there was no room.
    pub lost: u64,
    /// That were left out because their time can never be known.
    pub undated: u64,
}

/// What is shared.
pub(crate) struct Shared {
    pub(crate) options: AgentOptions,
    pub(crate) parts: Parts,
    pub(crate) time: Timekeeper,
    pub(crate) disk: Disk,
    /// Of readings that the region has not acknowledged, for the status.
    pub(crate) backlog: Mutex<Backlog>,
    slots: Mutex<BTreeMap<String, Arc<Slot>>>,
}

impl Shared {
    pub(crate) fn new(options: AgentOptions, parts: Parts, written: &Written, disk: Disk) -> Self {
        let time = Timekeeper::new(parts.clocks.clone(), options.autonomy, written);
        Self { options, parts, time, disk, backlog: Mutex::default(), slots: Mutex::default() }
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

    /// Artefacts that are ordered here, run here, or are gone back to.
    pub(crate) fn kept(&self) -> Vec<String> {
        let named = self.slots().into_iter().flat_map(|slot| {
            let replica = slot.stored().replica;
            [Some(replica.order.variant), replica.back]
                .into_iter()
                .flatten()
                .filter_map(|variant| variant.artefact)
        });
        named.collect()
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
        let (time, autonomy) = self.time.written();
        let replicas = self.slots().iter().map(|slot| slot.stored()).collect();
        let written = Written { replicas, time, autonomy };
        let file = self.options.state_dir.join(state::FILE);
        if let Some(Err(error)) = self.disk.run(move || state::write(&file, &written)).await {
            tracing::error!(%error, "what this node runs cannot be written down: a restart would not know of it");
        }
    }
}
