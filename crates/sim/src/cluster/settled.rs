//! What a cluster must have come to once its faults are healed.

use super::promise::{Judged, Promise};
use super::setup::Fault;
use super::simulation::{REST, Simulation};
use paceline_cluster::placement;
use paceline_model::{RegionId, ServerId};

impl Simulation<'_> {
    /// Every region runs once and where it should, every order is answered, every reader has read all. Errors: what is not so.
    pub(super) fn is_right(&self) -> Result<(), String> {
        for region in &self.regions {
            self.runs_where_it_should(region)?;
        }
        if let Some(order) = self.clients.unanswered().next() {
            return Err(format!("order {order} is not answered"));
        }
        self.promises.whereabouts.all_arrived()?;
        self.promises.all_served()?;
        for (number, region) in self.regions.iter().enumerate() {
            let (read, all) = (self.clients.position(number), self.promises.ends_at(region));
            if read != all {
                return Err(format!("the stream of {region} was read up to {read} of {all}"));
            }
        }
        Ok(())
    }

    fn runs_where_it_should(&self, region: &RegionId) -> Result<(), String> {
        let running = self.processes.values().filter(|process| process.runs(region));
        let running: Vec<&ServerId> = running.map(|process| &process.spec.name).collect();
        let should = self.should_run(region);
        match (&running[..], should) {
            ([one], Some(should)) if *one == should => Ok(()),
            ([], None) => Ok(()),
            (running, should) => {
                let row = self.database.table.regions.get(region);
                Err(format!("{region} runs on {running:?} and should on {should:?}; the table says {row:?}"))
            }
        }
    }

    /// Where a region belongs, by what operators said and who is there.
    fn should_run(&self, region: &RegionId) -> Option<&ServerId> {
        let there = self.servers.iter().filter(|server| {
            let row = self.database.table.servers.get(&server.name).filter(|row| !row.draining);
            row.is_some_and(|row| self.processes.values().any(|process| process.is_member(&server.name, row)))
        });
        let there: Vec<_> = there.map(|server| (&server.name, server.weight)).collect();
        let pinned = self.database.table.regions.get(region).and_then(|row| row.pinned.as_ref());
        let pinned = there.iter().map(|(name, _)| *name).find(|name| Some(*name) == pinned);
        pinned.or_else(|| placement::ranked(region, there).first().copied())
    }

    /// All has come right, and nothing moves any more.
    pub(super) fn finish(&mut self) -> Judged {
        self.is_right().map_err(|what| (Promise::Recovers, what))?;
        let healed = self.healed_at.unwrap_or(self.now);
        let at_rest = self.promises.moved_at.max(healed);
        if self.now.since(at_rest).0 < REST.0 {
            return Err((Promise::Rest, format!("a region moved at {at_rest}, long after all was healed")));
        }
        self.stats.recovery_max = at_rest.since(healed);
        let planned = self.setup.faults.iter().filter(|fault| Fault::PLANNED.contains(fault)).count() as u64;
        // Each move is given and taken; of each kind there are two, of restarts as many as servers, there and back.
        let regions = self.regions.len() as u64;
        let most = regions * (10 + planned * 4 * (2 + self.servers.len() as u64));
        if self.setup.is_healthy() && self.promises.moves > most {
            return Err((
                Promise::Rest,
                format!("{} changes of owners, and {most} are enough", self.promises.moves),
            ));
        }
        Ok(())
    }
}
