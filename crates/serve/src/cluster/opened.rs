//! A region that was read from its journal, and runs.

use crate::any_region::AnySetup;
use crate::region::setup::Host;
use crate::running::Running;
use crate::task_allowance::Grant;
use paceline_model::Version;
use paceline_supervise::{Scope, Spawner};

/// What holds a region that runs.
pub(super) struct Hosted {
    pub(super) scope: Scope,
    /// One for each of its tasks: the server was not started with them.
    _grants: Vec<Grant>,
}

/// A region that was read from its journal, and runs.
pub(super) struct Opened {
    pub(super) version: Version,
    pub(super) running: Running,
    pub(super) hosted: Hosted,
}

impl Opened {
    /// Begins to run a region that was read.
    pub(super) fn begin(setup: AnySetup, host: &Host, spawner: &Spawner) -> Self {
        let version = setup.recovered().version;
        let scope = spawner.child("region", setup.name().as_str());
        let running = setup.start(&host.shared(&scope));
        // Its own, and the one that watches it.
        let grants = (0..=scope.live()).map(|_| host.allowance.grant()).collect();
        Self { version, running, hosted: Hosted { scope, _grants: grants } }
    }
}
