//! What befalls servers, and what operators do.

use super::clients::Who;
use super::network::Node;
use super::process::{Pid, Process};
use super::promise::Judged;
use super::setup::Fault;
use super::simulation::{START, Simulation};
use super::step::{End, Happening, Step};
use paceline_model::{Instant, Millis};
use paceline_plan::Rng;

/// Time that passes before the first thing happens.
const CALM_FIRST: Millis = Millis(3_000);

impl Simulation<'_> {
    /// What befalls the cluster: of each kind of fault a few, each kind from a stream of its own.
    pub(super) fn schedule_happenings(&mut self) {
        let setup = self.setup;
        for fault in setup.faults.iter().copied() {
            let rng = &mut setup.rng(fault.name());
            let most = if Fault::PLANNED.contains(&fault) { 2 } else { 1 + setup.per_mille / 8 };
            for _ in 0..1 + rng.below(most) {
                let at = START + CALM_FIRST + Millis(rng.below(setup.lasts.0 as usize) as u32);
                self.schedule_one(fault, at, rng);
            }
        }
    }

    fn schedule_one(&mut self, fault: Fault, at: Instant, rng: &mut Rng) {
        let (count, regions) = (self.setup.servers, self.setup.regions);
        let (server, span) = (rng.below(count), Millis(rng.below(6_000) as u32 + 100));
        let mut add = |at, happening| self.at(at, Step::Happens(happening));
        match fault {
            Fault::Crash => add(at, Happening::Crash(server, span)),
            Fault::Pause => add(at, Happening::Pause(server, span)),
            Fault::Partition | Fault::OneWay => {
                let ends = [End::Store, End::Clients, End::Server(rng.below(count))];
                let (to, lasts) = (ends[rng.below(3)], Millis(span.0 * 2));
                let turned = rng.below(2) == 0;
                let (from, to) = if turned { (to, End::Server(server)) } else { (End::Server(server), to) };
                add(at, Happening::Cut { from, to, lasts, both: fault == Fault::Partition });
            }
            Fault::StoreGone => add(at, Happening::StoreGone(Millis(span.0))),
            Fault::ClockJumps => {
                let ms = [-5_000, 1_000, 1_400, 3_000, 30_000][rng.below(5)];
                add(at, Happening::Jump(server, ms));
            }
            Fault::Replaced => add(at, Happening::Replace(server)),
            Fault::Drain => {
                add(at, Happening::Drain(server, true));
                if rng.below(2) == 0 {
                    add(at + Millis(span.0 * 2), Happening::Drain(server, false));
                }
            }
            Fault::Pin => {
                let region = rng.below(regions);
                let to = (rng.below(4) > 0).then_some(server);
                add(at, Happening::Pin(region, to));
            }
            Fault::Join => add(at, Happening::Join(count)),
            Fault::Leave => add(at, Happening::Leave(server)),
            Fault::Rolling => {
                for number in 0..count {
                    add(at + Millis(number as u32 * (2_000 + span.0)), Happening::Roll(number));
                }
            }
            // These come with each message.
            Fault::SlowStore
            | Fault::LostAnswers
            | Fault::Delay
            | Fault::Loss
            | Fault::Duplicates
            | Fault::ClockRates => {}
        }
    }

    pub(super) fn happens(&mut self, happening: Happening) -> Judged {
        match happening {
            Happening::Crash(server, down) => {
                self.kill(server);
                self.at(self.now + down, Step::Start(server));
            }
            Happening::Pause(server, lasts) => {
                let until = self.now + lasts;
                if let Some(process) = self.process_of(server) {
                    process.paused_until = Some(until);
                }
            }
            Happening::Cut { from, to, lasts, both } => {
                let (from, to, until) = (self.node(from), self.node(to), self.now + lasts);
                if let (Some(from), Some(to)) = (from, to) {
                    self.network.cut(from, to, until);
                    if both {
                        self.network.cut(to, from, until);
                    }
                }
            }
            Happening::StoreGone(lasts) => self.database.gone_until = self.now + lasts,
            Happening::Jump(server, ms) => {
                let now = self.now;
                if let Some(process) = self.process_of(server) {
                    process.clock.jump(now, ms);
                }
            }
            Happening::Replace(server) => {
                if self.servers.get(server).is_some_and(|server| server.wanted) {
                    return self.start_another(server);
                }
            }
            planned => return self.planned(planned),
        }
        Ok(())
    }

    fn planned(&mut self, happening: Happening) -> Judged {
        match happening {
            Happening::Drain(server, draining) => {
                let may = !draining || self.has_another(server);
                let row = self.database.table.servers.get_mut(&self.servers[server].name);
                if let Some(row) = row.filter(|_| may) {
                    row.draining = draining;
                }
            }
            Happening::Pin(region, server) => {
                let name = server.map(|server| self.servers[server].name.clone());
                let region = self.regions[region].clone();
                if let Some(row) = self.database.table.regions.get_mut(&region) {
                    row.pinned = name;
                }
            }
            Happening::Join(server) if !self.servers[server].wanted => {
                self.servers[server].wanted = true;
                return self.start(server);
            }
            Happening::Leave(server) | Happening::Roll(server) => {
                let returns = matches!(happening, Happening::Roll(_));
                let pid = self.servers[server].pid;
                if let Some(pid) = pid.filter(|_| self.has_another(server) && self.servers[server].wanted) {
                    self.servers[server].wanted = returns;
                    return self.to(pid, |process, now| process.end(now));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether another server than this one can have regions for now.
    fn has_another(&self, but: usize) -> bool {
        self.servers.iter().enumerate().any(|(number, server)| {
            let process = server.pid.and_then(|pid| self.processes.get(&pid));
            let row = self.database.table.servers.get(&server.name);
            // A process whose place another took has none, whatever its server's row says.
            number != but
                && row.is_some_and(|row| {
                    let stays = process.is_some_and(|process| process.is_member(&server.name, row));
                    stays && !row.draining && row.beat > 0
                })
        })
    }

    fn process_of(&mut self, server: usize) -> Option<&mut Process> {
        let pid = self.servers.get(server)?.pid?;
        self.processes.get_mut(&pid)
    }

    fn node(&self, end: End) -> Option<Node> {
        match end {
            End::Store => Some(Node::Store),
            End::Clients => Some(Node::Clients),
            End::Server(server) => self.servers.get(server)?.pid.map(Node::Process),
        }
    }

    fn kill(&mut self, server: usize) {
        let Some(pid) = self.servers.get_mut(server).and_then(|server| server.pid.take()) else { return };
        self.processes.remove(&pid);
        self.stats.deaths += 1;
    }

    /// A process has ended in order.
    pub(super) fn ended(&mut self, pid: Pid) {
        self.processes.remove(&pid);
        self.stats.deaths += 1;
        let Some(number) = self.servers.iter().position(|server| server.pid == Some(pid)) else { return };
        let name = &self.servers[number].name;
        let other = self.processes.values().find(|process| process.spec.name == *name);
        self.servers[number].pid = other.map(|process| process.spec.pid);
        self.note(|| format!("p{} has ended", pid.0));
        if self.servers[number].wanted {
            self.at(self.now + Millis(1_000), Step::Start(number));
        }
    }

    /// All faults end, and each region has one more order to take.
    pub(super) fn heal(&mut self) -> Judged {
        self.network.heal();
        (self.database.gone_until, self.healed_at) = (self.now, Some(self.now));
        let now = self.now;
        for process in self.processes.values_mut() {
            process.clock.heal(now);
            process.calm = true;
            process.paused_until = process.paused_until.map(|until| until.min(now));
        }
        for number in self.clients.order_everywhere(self.now) {
            self.at(self.now + Millis(1_000), Step::Send(Who::Order(number)));
        }
        Ok(())
    }
}
