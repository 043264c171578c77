//! A log that is written to, snapshotted, opened again and failed at random comes to what one without a fault would.

use crate::subject::{Lost, Subject, durable, payload, read_after};
use paceline_journal::{DurableLog, Flushed, LogAddress, Seq};

/// Lives of each store, and steps of each.
const LIVES: u64 = 12;
const STEPS: u64 = 60;

/// Draws numbers: a linear congruence (Knuth's constants), for tests need no better.
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

struct Life {
    address: LogAddress,
    log: Option<DurableLog<u64>>,
    /// The last that was taken in, and the last that was told to be durable.
    last: u64,
    told: u64,
    snapshot: u64,
}

pub(crate) fn random_lives(subject: &dyn Subject) {
    for seed in 0..LIVES {
        let mut draw = Draw(seed);
        let address = subject.fresh();
        let log = Some(durable(&address));
        let mut life = Life { address, log, last: 0, told: 0, snapshot: 0 };
        for step in 0..STEPS {
            life.step(subject, &mut draw);
            assert!(life.told <= life.last, "seed {seed}, step {step}");
        }
        subject.all_is_well();
        subject.deliver();
        life.settle();
        let read = read_after(&life.address, life.snapshot);
        assert_eq!(read, life.last, "seed {seed}: all that was taken in, once");
        life.address.verify().unwrap();
    }
}

impl Life {
    fn log(&mut self) -> &mut DurableLog<u64> {
        self.log.as_mut().unwrap()
    }

    fn step(&mut self, subject: &dyn Subject, draw: &mut Draw) {
        match draw.below(10) {
            0..=3 => {
                for _ in 0..=draw.below(5) {
                    self.last += 1;
                    let last = self.last;
                    self.log().push(last, 7, payload(last));
                }
                let flushed = self.log().flush();
                self.hear(flushed);
            }
            4 => {
                let flushed = self.log().tend();
                self.hear(flushed);
            }
            5 => {
                let at = self.log().last();
                self.log().push_snapshot(at, 3, at.0.to_le_bytes().to_vec());
                let flushed = self.log().flush();
                self.hear(flushed);
            }
            6 => _ = subject.lose_next(Lost::Answer),
            7 => _ = subject.lose_next(Lost::Question),
            8 => {
                subject.set_full(draw.below(2) == 0);
                subject.deliver();
            }
            _ => self.restart(subject),
        }
    }

    fn hear(&mut self, flushed: Flushed<u64>) {
        self.told = flushed.durable.unwrap_or(self.told);
        if let Some(Ok(Seq(at))) = flushed.snapshot {
            self.snapshot = at;
        }
    }

    /// The process ends; what was told is there when the next begins, and nothing that was never taken in.
    fn restart(&mut self, subject: &dyn Subject) {
        self.log = None;
        subject.all_is_well();
        let log = durable(&self.address);
        let found = log.last().0;
        assert!(
            (self.told..=self.last).contains(&found),
            "told {}, found {found} of {}",
            self.told,
            self.last
        );
        let snapshot = self.address.newest_snapshot().unwrap().map_or(0, |snapshot| snapshot.at.0);
        assert!(snapshot >= self.snapshot);
        (self.last, self.told, self.snapshot, self.log) = (found, found, snapshot, Some(log));
    }

    fn settle(&mut self) {
        for _ in 0..100 {
            let flushed = self.log().tend();
            self.hear(flushed);
            if self.log().is_settled() {
                return;
            }
        }
        panic!("nothing is wrong, and not all is durable");
    }
}
