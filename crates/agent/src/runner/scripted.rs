//! A runner that does what a script says: known outputs, latencies, failures. For tests, demonstrations, and machines without ONNX Runtime.

use super::{Loadable, Loaded, Pending, RunError, Runner};
use crate::infer::{InferRequest, Tensor};
use crate::probe::Probe;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Largest script that is read: some thousand versions.
const SCRIPT_BYTES_MAX: u64 = 1 << 20;

/// What one version does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionScript {
    /// What it answers, whatever it is asked.
    pub outputs: Vec<Tensor>,
    /// How long an answer takes.
    #[serde(default)]
    pub latency_ms: u32,
    /// How long loading takes.
    #[serde(default)]
    pub load_ms: u32,
    /// How often it dies while it loads before it does load.
    #[serde(default)]
    pub dies_loading: u32,
    /// What it dies of.
    #[serde(default)]
    pub error: String,
    /// Of so many inferences one fails; 0: none.
    #[serde(default)]
    pub fails_every: u64,
    /// It answers its probe wrongly.
    #[serde(default)]
    pub wrong: bool,
}

/// What each version of each model does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// By model, then by version; `*` is any version that is not named.
    pub models: BTreeMap<String, BTreeMap<String, VersionScript>>,
}

impl Script {
    /// Reads a script, in JSON. Errors: in words, with the file.
    pub fn read(file: &Path) -> Result<Self, String> {
        let text = crate::disk::read_bounded(file, SCRIPT_BYTES_MAX).map_err(|error| error.to_string())?;
        serde_json::from_slice(&text).map_err(|error| format!("{}: {error}", file.display()))
    }

    fn of(&self, model: &str, version: &str) -> Option<&VersionScript> {
        let versions = self.models.get(model)?;
        versions.get(version).or_else(|| versions.get("*"))
    }
}

/// Runs by a script.
#[derive(Debug, Default)]
pub struct ScriptedRunner {
    script: Script,
    /// How often each was loaded.
    loads: Mutex<BTreeMap<(String, String), u32>>,
}

impl ScriptedRunner {
    /// Nothing was loaded yet.
    pub fn new(script: Script) -> Self {
        Self { script, loads: Mutex::default() }
    }

    fn begin(&self, what: &Loadable) -> Result<VersionScript, RunError> {
        let (model, version) = (&what.variant.model, &what.variant.version);
        let script = self.script.of(model, version).cloned();
        let script = script.ok_or_else(|| RunError::Died(format!("the script has no {model} {version}")))?;
        let mut loads = self.loads.lock().unwrap_or_else(PoisonError::into_inner);
        let times = loads.entry((model.clone(), version.clone())).or_default();
        *times += 1;
        if *times <= script.dies_loading {
            return Err(RunError::Died(script.error));
        }
        Ok(script)
    }
}

impl Runner for ScriptedRunner {
    fn load(&self, what: Loadable) -> Pending<'_, Result<Arc<dyn Loaded>, RunError>> {
        Box::pin(async move {
            let begun = self.begin(&what);
            if let Ok(VersionScript { load_ms, .. }) = &begun {
                tokio::time::sleep(Duration::from_millis((*load_ms).into())).await;
            }
            Ok(Arc::new(Scripted::new(begun?)) as Arc<dyn Loaded>)
        })
    }
}

struct Scripted {
    script: VersionScript,
    probe: Probe,
    asked: AtomicU64,
}

impl Scripted {
    fn new(script: VersionScript) -> Self {
        let request = InferRequest { id: None, inputs: Vec::new() };
        let probe = Probe { request, outputs: script.outputs.clone(), tolerance: 0.0 };
        Self { script, probe, asked: AtomicU64::new(0) }
    }
}

impl Loaded for Scripted {
    fn probe(&self) -> Option<&Probe> {
        Some(&self.probe)
    }

    fn infer<'a>(&'a self, request: &'a InferRequest) -> Pending<'a, Result<Vec<Tensor>, RunError>> {
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(self.script.latency_ms.into())).await;
            if *request == self.probe.request {
                return Ok(if self.script.wrong { Vec::new() } else { self.script.outputs.clone() });
            }
            let asked = self.asked.fetch_add(1, Relaxed) + 1;
            if self.script.fails_every > 0 && asked.is_multiple_of(self.script.fails_every) {
                return Err(RunError::Failed("as the script says".into()));
            }
            Ok(self.script.outputs.clone())
        })
    }

    fn died(&self) -> Pending<'_, String> {
        Box::pin(std::future::pending())
    }
}
