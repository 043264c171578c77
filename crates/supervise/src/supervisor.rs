//! The root of all scopes of a program: opens components, and hands out what is known of them.

use crate::options::Options;
use crate::registry::Registry;
use crate::report::BreachReport;
use crate::scope::Scope;
use crate::shared::Shared;
use crate::watch;
use std::panic::Location;
use std::sync::Arc;

/// Opens scopes and knows what lives in them. Cheap to clone.
#[derive(Clone)]
pub struct Supervisor(pub(crate) Arc<Shared>);

impl Supervisor {
    /// A supervisor with nothing in it. Starts the process's watch thread if there is none.
    pub fn new(options: Options) -> Self {
        watch::start();
        Self(Arc::new(Shared::new(options)))
    }
    /// Opens a component.
    #[track_caller]
    pub fn scope(&self, component: &'static str) -> Scope {
        Scope::open(self.0.clone(), None, component, None, Location::caller())
    }
    /// Everything that is known of its tasks.
    pub fn registry(&self) -> Registry {
        Registry(self.0.clone())
    }
    /// The last reports, oldest first.
    pub fn reports(&self) -> Vec<BreachReport> {
        self.0.reports()
    }
    /// How many reports there have been.
    pub fn reported(&self) -> u64 {
        self.0.reported()
    }
    /// Calls `hook` with each report from now on. It must be quick and must not panic: it runs where the breach was found.
    pub fn on_report(&self, hook: impl Fn(&BreachReport) + Send + Sync + 'static) {
        self.0.on_report(Arc::new(hook));
    }
}
