//! How the process of a run ends and starts again, and what must hold whenever it has started and when all is over.

use super::around::Around;
use super::process::{NoStart, Process, Started};
use super::promise::Promise;
use super::setup::Fault;
use super::simulation::{Judged, Simulation, TEND_EVERY};
use super::step::Step;
use paceline_engine::Ledger;
use paceline_engine::ledger::Record;
use paceline_journal::{Health, JournalError};
use paceline_model::{Millis, Version};

impl<A: Around> Simulation<'_, A> {
    pub(super) fn stop(&mut self, power: bool) {
        if self.process.take().is_none() && !power {
            return;
        }
        self.stats.deaths += 1;
        self.disk.stop(power);
        // The process is gone, and what it was about to do.
        self.agenda.retain(|step| !step.is_of_process());
        if self.setup.has(Fault::BitFlips)
            && !self.healed
            && self.disk.flipped.is_none()
            && self.rng.below(2) == 0
        {
            self.disk.flip_a_bit();
        }
        let down = Millis(500 + self.rng.below(4_000) as u32);
        self.at(self.now + down, Step::Start);
    }

    pub(super) fn start(&mut self) -> Judged {
        if self.process.is_some() {
            return Ok(());
        }
        let started = Process::start(self.setup, &self.disk.disk, self.clock());
        if self.disk.died() {
            drop(started);
            self.disk.stop(false);
            self.at(self.now + TEND_EVERY, Step::Start);
            return Ok(());
        }
        if started.is_err() {
            // A process that does not start ends.
            self.disk.stop(false);
        }
        match started {
            Ok(started) => self.started(started),
            Err(NoStart::Journal(error @ JournalError::Io { .. })) => {
                self.note(|| format!("it does not start: {error}"));
                self.at(self.now + TEND_EVERY, Step::Start);
                Ok(())
            }
            Err(NoStart::Journal(error)) => match self.disk.flipped.take() {
                Some(flip) if flip.is_of_the_log() => {
                    self.note(|| {
                        format!(
                            "it refuses to start: {error}; the copy of {} is restored",
                            flip.path.display()
                        )
                    });
                    self.disk.restore(&flip);
                    self.at(self.now, Step::Start);
                    Ok(())
                }
                // A damaged snapshot can be done without.
                _ => Err((Promise::Opens, error.to_string())),
            },
            Err(NoStart::Record(error)) => Err((Promise::Replay, error.to_string())),
        }
    }

    fn started(&mut self, started: Started<A>) -> Judged {
        let Started { process, version, journal, warnings } = started;
        if let Some(flip) = self.disk.flipped.take() {
            self.disk.restore(&flip);
        }
        self.note(|| format!("it has started at version {version} {warnings:?}"));
        self.promises.restarted(version, &journal)?;
        self.is_replay(process.ledger())?;
        self.promises.agree(process.ledger())?;
        self.process = Some(process);
        self.at(self.now + TEND_EVERY, Step::Tend);
        self.wake_the_log();
        Ok(())
    }

    /// The world against one that was made of its events alone, from the first on.
    fn is_replay(&self, ledger: &Ledger<A::World>) -> Judged {
        let mut replayed = Ledger::new(A::empty(self.setup));
        for (version, (at, event)) in (1..).zip(self.promises.history()) {
            let record = Record { version: Version(version), at: *at, events: vec![event.clone()] };
            replayed.replay(record).map_err(|error| (Promise::Replay, error.to_string()))?;
        }
        match (replayed.version(), replayed.checkpoint().digest())
            == (ledger.version(), ledger.checkpoint().digest())
        {
            true => Ok(()),
            false => {
                let versions = (ledger.version().0, replayed.version().0);
                Err((
                    Promise::Replay,
                    format!("another world at {} than its events make at {}", versions.0, versions.1),
                ))
            }
        }
    }

    /// All must have come right, and one more power cut changes nothing.
    pub(super) fn finish(&mut self) -> Judged {
        let recovers = |what: String| Err((Promise::Recovers, what));
        let Some(process) = self.process.take() else { return recovers("the process is down".to_owned()) };
        if process.health() != Health::Good || !process.is_settled() {
            return recovers(format!("the log is {:?}", process.health()));
        }
        if let Some((number, call)) = self.calls.unanswered().next() {
            return recovers(format!("call {number} is not answered: {:?}", call.command));
        }
        if self.promises.under_way() > 0 {
            return recovers(format!("{} that were asked for have no end", self.promises.under_way()));
        }
        self.is_replay(process.ledger())?;
        self.promises.agree(process.ledger())?;
        self.promises.has_come_right(self.clock())?;
        drop(process);
        self.disk.stop(true);
        self.now = self.now + Millis(1);
        self.start()?;
        match self.process.is_some() {
            true => Ok(()),
            false => Err((Promise::Opens, "after the end".to_owned())),
        }
    }
}
