//! How a setup is varied, and made smaller where it breaks a promise.

use super::promise::Promise;
use super::setup::{Fault, Setup};
use super::simulation::run;
use super::stats::Stats;
use crate::fuzzed::{Broken, Fuzzed, Trace};
use paceline_model::Millis;
use std::collections::BTreeSet;

impl Fuzzed for Setup {
    type Fault = Fault;
    type Promise = Promise;
    type Stats = Stats;

    const SMALLER: &'static [fn(&Self) -> Self] = &[
        |setup| Setup { orders: setup.orders / 2, ..setup.clone() },
        |setup| Setup { vehicles: (setup.vehicles / 2).max(1), ..setup.clone() },
        |setup| Setup { regions: (setup.regions / 2).max(1), ..setup.clone() },
        |setup| Setup { servers: (setup.servers - 1).max(2), ..setup.clone() },
        |setup| Setup { lasts: Millis(setup.lasts.0 * 3 / 4), ..setup.clone() },
    ];

    fn faults(&mut self) -> &mut BTreeSet<Fault> {
        &mut self.faults
    }

    fn flags(&self) -> String {
        self.flags()
    }

    fn run<'a>(&'a self, trace: Trace<'a>) -> Result<Stats, Broken<Promise>> {
        run(self, trace)
    }
}
