//! Servers of a cluster, by name.

use super::process::Pid;
use super::setup::Setup;
use paceline_model::ServerId;

/// A server: a name under which processes run, one after the other.
pub(super) struct Server {
    pub(super) name: ServerId,
    pub(super) weight: f64,
    /// The process that started last, while it runs.
    pub(super) pid: Option<Pid>,
    /// Whether it is to run, in the end.
    pub(super) wanted: bool,
}

/// All servers: the last one joins later, or never.
pub(super) fn servers(setup: &Setup) -> Vec<Server> {
    let rng = &mut setup.rng("servers");
    let server = |number| {
        let weight = [0.5, 1.0, 1.0, 2.0][rng.below(4)];
        let name = ServerId::new(&format!("s{number}")).ok()?;
        Some(Server { name, weight, pid: None, wanted: number < setup.servers })
    };
    (0..=setup.servers).filter_map(server).collect()
}
