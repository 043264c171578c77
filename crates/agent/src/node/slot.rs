//! One replica on this node: where it stands, what is loaded, and what it has served.

use crate::infer::{InferRequest, InferResponse};
use crate::orders::Placed;
use crate::replica::{Input, ProbeAnswer, Replica, State, Todo, Variant};
use crate::runner::{Loaded, RunError};
use crate::served::{Counted, Served};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// Inferences of one replica that are under way or wait for it at once: more are told to come back, before they pile up in memory.
const INFERENCES_MAX: usize = 32;
/// Longest that an inference may take.
const INFERENCE_MAX: Duration = Duration::from_secs(30);

/// What is written down of a replica.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stored {
    pub(crate) placed: Placed,
    pub(crate) replica: Replica,
}

/// One replica.
pub(crate) struct Slot {
    inner: Mutex<Inner>,
    counted: Counted,
    places: Semaphore,
}

struct Inner {
    stored: Stored,
    loaded: Option<(Variant, Arc<dyn Loaded>)>,
    /// It waits, though it could be loaded: why.
    waits: Option<&'static str>,
}

/// Why an inference has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotAnswered {
    #[error("nothing serves {0} now: it is {1}")]
    NotServing(String, &'static str),
    #[error("{INFERENCES_MAX} inferences of this replica are under way")]
    Busy,
    #[error("{0}")]
    Run(#[from] RunError),
    #[error("no answer within {INFERENCE_MAX:?}")]
    TimedOut,
}

impl Slot {
    pub(crate) fn new(stored: Stored) -> Self {
        let inner = Inner { stored, loaded: None, waits: None };
        Self { inner: Mutex::new(inner), counted: Counted::default(), places: Semaphore::new(INFERENCES_MAX) }
    }

    fn with<T>(&self, work: impl FnOnce(&mut Inner) -> T) -> T {
        work(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn stored(&self) -> Stored {
        self.with(|inner| inner.stored.clone())
    }

    pub(crate) fn todo(&self) -> Todo {
        self.with(|inner| inner.stored.replica.todo())
    }

    /// What has come of the work. Returns whether anything is another than before.
    pub(crate) fn on(&self, input: Input, tries_max: u32) -> bool {
        self.with(|inner| {
            let before = inner.stored.replica.clone();
            inner.stored.replica.on(input, tries_max);
            inner.stored.replica != before
        })
    }

    /// The region's word.
    pub(crate) fn ordered(&self, placed: Placed, tries_max: u32) -> bool {
        let changed = self.on(Input::Ordered(placed.order.clone()), tries_max);
        self.with(|inner| inner.stored.placed = placed);
        changed
    }

    pub(crate) fn set_waits(&self, why: Option<&'static str>) {
        self.with(|inner| inner.waits = why);
    }

    pub(crate) fn waits(&self) -> Option<&'static str> {
        self.with(|inner| inner.waits)
    }

    pub(crate) fn loaded(&self) -> Option<(Variant, Arc<dyn Loaded>)> {
        self.with(|inner| inner.loaded.clone())
    }

    pub(crate) fn load(&self, variant: Variant, loaded: Arc<dyn Loaded>) {
        self.counted.reset();
        self.with(|inner| inner.loaded = Some((variant, loaded)));
    }

    /// Ends what is loaded, once the inferences under way are answered.
    pub(crate) async fn unload(&self) {
        if self.loaded().is_some() {
            // It is never closed.
            let all = self.places.acquire_many(INFERENCES_MAX as u32).await;
            self.with(|inner| inner.loaded = None);
            drop(all);
        }
    }

    pub(crate) fn served(&self) -> Served {
        self.counted.read()
    }

    /// Answers an inference.
    pub(crate) async fn infer(&self, request: &InferRequest) -> Result<InferResponse, NotAnswered> {
        let _place = self.places.try_acquire().map_err(|_| NotAnswered::Busy)?;
        let (variant, loaded) = self.serving()?;
        let began = Instant::now();
        let answer = tokio::time::timeout(INFERENCE_MAX, loaded.infer(request)).await;
        let answer = answer.map_or(Err(NotAnswered::TimedOut), |answer| answer.map_err(NotAnswered::Run));
        // A question that is none says nothing of the model.
        if !matches!(answer, Err(NotAnswered::Run(RunError::Refused(_)))) {
            self.counted.count(began.elapsed(), answer.is_ok());
        }
        let (model_name, model_version) = (variant.model, variant.version);
        Ok(InferResponse { model_name, model_version, id: request.id.clone(), outputs: answer? })
    }

    fn serving(&self) -> Result<(Variant, Arc<dyn Loaded>), NotAnswered> {
        self.with(|inner| {
            let replica = &inner.stored.replica;
            let serves = inner.loaded.as_ref().filter(|(variant, _)| replica.serving() == Some(variant));
            let none = || NotAnswered::NotServing(inner.stored.placed.replica.clone(), word(&replica.state));
            serves.cloned().ok_or_else(none)
        })
    }
}

/// Puts its probe to what is loaded. Errors: it is not answered, or wrongly, in words.
pub(crate) async fn probed(loaded: &dyn Loaded) -> Result<ProbeAnswer, String> {
    let probe =
        loaded.probe().ok_or("there is no probe with known outputs for it: it cannot be said to run")?;
    let began = Instant::now();
    let answer = tokio::time::timeout(INFERENCE_MAX, loaded.infer(&probe.request)).await;
    let answer = answer.map_err(|_| format!("its probe was not answered within {INFERENCE_MAX:?}"))?;
    let outputs = answer.map_err(|error| format!("its probe was not answered: {error}"))?;
    probe.judge(&outputs).map_err(|wrong| format!("its probe was answered wrongly: {wrong}"))?;
    Ok(ProbeAnswer { latency_ms: u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX) })
}

/// A state in a word.
pub(crate) fn word(state: &State) -> &'static str {
    match state {
        State::Fetching { .. } => "fetching",
        State::Fetched => "fetched",
        State::Loading { .. } => "loading",
        State::Running(_) => "running",
        State::GoingBack { .. } => "going back",
        State::WentBack { .. } => "back on the version before",
        State::Failed(_) => "failed",
    }
}
