//! Readings by time from a file: for tests, demonstrations, and scenes that somebody has recorded.
//!
//! Each line is JSON: `at_s`, and what was read then. The first line may have `fingerprint`, what the node is, as `PUT /v1/nodes/{id}` takes
//! it. A line holds until the next one; the last one holds for ever.

use super::{Source, Telemetry};
use crate::runner::Pending;
use paceline_client::api::edge::NewNode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// Largest file that is read: a day of readings each 10 s is some 2 MB.
const READINGS_BYTES_MAX: u64 = 16 << 20;

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Seconds since the agent began.
    pub at_s: f64,
    /// What the node is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<NewNode>,
    /// What was read.
    #[serde(flatten)]
    pub telemetry: Telemetry,
}

/// Says what a script says.
#[derive(Clone, Debug, PartialEq)]
pub struct ScriptedSource {
    fingerprint: NewNode,
    rows: Vec<Row>,
}

impl ScriptedSource {
    /// Errors: no rows, rows that are not in the order of time, none that says what the node is: in words.
    pub fn new(rows: Vec<Row>) -> Result<Self, String> {
        if !rows.is_sorted_by(|one, next| one.at_s <= next.at_s) {
            return Err("readings must stand in the order of at_s".into());
        }
        let fingerprint = rows.iter().find_map(|row| row.fingerprint.clone());
        let fingerprint = fingerprint.unwrap_or_else(plain);
        Ok(Self { fingerprint, rows })
    }

    /// Reads a file. Errors: in words, with file and line.
    pub fn read(file: &Path) -> Result<Self, String> {
        let bytes = crate::disk::read_bounded(file, READINGS_BYTES_MAX).map_err(|error| error.to_string())?;
        let text = String::from_utf8(bytes).map_err(|error| format!("{}: {error}", file.display()))?;
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let row = |(number, line): (usize, &str)| {
            serde_json::from_str(line)
                .map_err(|error| format!("{}, line {}: {error}", file.display(), number + 1))
        };
        Self::new(lines.map(row).collect::<Result<_, _>>()?)
            .map_err(|rule| format!("{}: {rule}", file.display()))
    }
}

/// A small box that no script describes.
fn plain() -> NewNode {
    NewNode {
        architecture: "amd64".into(),
        cuda: None,
        driver: None,
        firmware: None,
        devices: Vec::new(),
        cpu_milli: 4_000,
        memory_mib: 8_192,
        pcie_mbps: 0,
        storage_mib: None,
        place: Default::default(),
        battery_reserve_percent: None,
        labels: BTreeMap::new(),
        taints: Vec::new(),
        untrusted: false,
        neighbours: Vec::new(),
    }
}

impl Source for ScriptedSource {
    fn fingerprint(&self) -> Pending<'_, NewNode> {
        Box::pin(async { self.fingerprint.clone() })
    }

    fn read(&self, since_start: Duration) -> Pending<'_, Telemetry> {
        let until = since_start.as_secs_f64();
        let row = self.rows.iter().take_while(|row| row.at_s <= until).last();
        let said = row.map(|row| row.telemetry.clone()).unwrap_or_default();
        Box::pin(async { said })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn battery_at(file: &Path, seconds: u64) -> Option<String> {
        let source = ScriptedSource::read(file).expect("a script");
        let said = source.read(Duration::from_secs(seconds)).await;
        said.battery.map(|battery| format!("{:?}", battery.percent))
    }

    #[paceline_supervise::test]
    async fn a_line_holds_until_the_next_one() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("readings.jsonl");
        let lines =
            ["{\"at_s\": 5, \"battery\": {\"supply\": \"battery\", \"percent\": 80}}", "{\"at_s\": 10}"];
        std::fs::write(&file, lines.join("\n")).expect("it can be written");
        let at = async |seconds| battery_at(&file, seconds).await.is_some();
        assert_eq!(
            [at(4).await, at(5).await, at(9).await, at(10).await, at(99).await],
            [false, true, true, false, false]
        );
    }

    #[test]
    fn what_is_wrong_is_said_with_file_and_line() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("readings.jsonl");
        std::fs::write(&file, "{\"at_s\": 5}\n{\"at_s\": \"six\"}").expect("it can be written");
        let said = ScriptedSource::read(&file).expect_err("six is no number");
        assert!(said.contains("readings.jsonl, line 2: "), "{said}");
    }
}
