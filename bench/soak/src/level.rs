//! What a server holds at one moment: its tasks by kind, its memory, its broken contracts.

use crate::server::Served;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Level {
    pub(crate) memory_kb: u64,
    /// How many tasks of each kind: component, scope, name.
    pub(crate) tasks: BTreeMap<String, usize>,
    /// Contracts broken so far, as the server reports them.
    pub(crate) reports: Vec<String>,
}

impl Level {
    pub(crate) async fn of(server: &Served) -> anyhow::Result<Self> {
        let dump = server.dump().await?;
        let mut tasks = BTreeMap::new();
        for component in list(&dump["tasks"]["components"]) {
            for owner in list(&component["owners"]) {
                for task in list(&owner["tasks"]) {
                    let words = [&component["name"], &owner["scope"], &task["name"]]
                        .map(|word| word.as_str().unwrap_or("?"));
                    *tasks.entry(words.join("/")).or_default() += 1;
                }
            }
        }
        let reports = list(&dump["reports"]).map(ToString::to_string).collect();
        Ok(Self { memory_kb: server.memory_kb()?, tasks, reports })
    }

    pub(crate) fn count(&self) -> usize {
        self.tasks.values().sum()
    }

    /// How `self` differs from an idle server: kinds with more or fewer tasks.
    pub(crate) fn beside(&self, idle: &Self) -> Vec<String> {
        let kinds = self.tasks.keys().chain(idle.tasks.keys()).collect::<std::collections::BTreeSet<_>>();
        let of = |level: &Self, kind: &str| level.tasks.get(kind).copied().unwrap_or(0);
        let differs = kinds.into_iter().filter(|kind| of(self, kind) != of(idle, kind));
        differs.map(|kind| format!("{kind}: {} instead of {}", of(self, kind), of(idle, kind))).collect()
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
