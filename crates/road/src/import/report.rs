//! What an import has done, in counts and reasons.

use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// What an import read, kept and left out.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ImportReport {
    /// Whose default speed limits held, by code, where some were needed; empty for formats that carry speeds.
    pub speed_defaults: String,
    /// Ways or links in the input, drivable or not.
    pub read: u64,
    /// Nodes of the network.
    pub nodes: usize,
    /// Directed edges of the network.
    pub edges: usize,
    /// Edges whose street is open in both directions.
    pub two_way_edges: usize,
    /// Length of all directed edges.
    pub edge_km: f64,
    /// Street pieces joined to others, because nothing but their line changes where they meet.
    pub joined: u64,
    /// Turn restrictions kept in the file, and obeyed.
    pub restrictions: usize,
    /// Drivable ways whose speed is a default of the place or class, for want of a tagged limit.
    pub speeds_by_default: u64,
    /// What was left out, by reason.
    pub skipped: BTreeMap<&'static str, u64>,
    /// What was kept, but simplified, by reason.
    pub simplified: BTreeMap<&'static str, u64>,
}

impl ImportReport {
    pub(super) fn skip(&mut self, reason: &'static str) {
        self.skip_many(reason, 1);
    }
    pub(super) fn skip_many(&mut self, reason: &'static str, count: u64) {
        if count > 0 {
            *self.skipped.entry(reason).or_default() += count;
        }
    }
    /// What was left out, in one line; nothing if nothing was.
    pub(super) fn reasons(&self) -> String {
        let line = |(reason, count): (&&str, &u64)| format!("{count} x {reason}");
        self.skipped.iter().map(line).collect::<Vec<_>>().join("; ")
    }
    pub(super) fn simplify(&mut self, reason: &'static str) {
        *self.simplified.entry(reason).or_default() += 1;
    }
}

impl fmt::Display for ImportReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "read          {} ways or links", self.read)?;
        writeln!(f, "nodes         {}", self.nodes)?;
        writeln!(f, "edges         {}, {} of them on two-way streets", self.edges, self.two_way_edges)?;
        writeln!(f, "length        {:.1} km of directed edges", self.edge_km)?;
        writeln!(f, "joined        {} street pieces", self.joined)?;
        writeln!(f, "restrictions  {} kept", self.restrictions)?;
        if !self.speed_defaults.is_empty() {
            let defaults = &self.speed_defaults;
            writeln!(f, "speed limits  {} ways without one: defaults of {defaults}", self.speeds_by_default)?;
        }
        for (reason, count) in &self.simplified {
            writeln!(f, "simplified    {count:>8}  {reason}")?;
        }
        for (reason, count) in &self.skipped {
            writeln!(f, "left out      {count:>8}  {reason}")?;
        }
        Ok(())
    }
}
