//! Who has proved itself, from what was published alone.

use super::{Judged, holds};
use paceline_model::edge::TrustTrigger;

/// Where a node stands, as its events say.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TrustBook {
    /// It is asked for proofs.
    asked: bool,
    /// A good one is fresh.
    proved: bool,
    /// A bad one came, or none.
    failed: bool,
    /// Two boxes speak in its name.
    contested: bool,
    /// A good one came since it failed.
    proved_since: bool,
}

impl TrustBook {
    /// It has a key, and has proved nothing by it.
    pub(super) fn enrol(&mut self) -> Judged {
        *self = Self { asked: true, ..Self::default() };
        Ok(())
    }

    /// Whether it may be given work.
    pub(super) fn admits(self) -> bool {
        !self.failed && !self.contested && (self.proved || !self.asked)
    }

    /// Whether what runs there is to leave.
    pub(super) fn is_expelled(self) -> bool {
        self.failed
    }

    /// Errors: a step that cannot be from here.
    pub(super) fn step(&mut self, trigger: TrustTrigger) -> Judged {
        let before = *self;
        let wrong = |what: &'static str| move || format!("{what}: {before:?}");
        match trigger {
            TrustTrigger::Prove(_) => {
                holds(self.asked, wrong("proves itself by no key"))?;
                (self.proved_since, self.proved) = (true, !self.failed && !self.contested);
            }
            TrustTrigger::Lapse => {
                holds(self.proved, wrong("goes stale, and had proved nothing"))?;
                self.proved = false;
            }
            TrustTrigger::Fail => {
                holds(self.asked && !self.failed, wrong("fails"))?;
                *self = Self { asked: true, failed: true, ..Self::default() };
            }
            TrustTrigger::Contest => {
                holds(!self.failed && !self.contested, wrong("is contested"))?;
                (self.contested, self.proved) = (true, false);
            }
            TrustTrigger::Readmit => {
                holds(self.contested || self.failed && self.proved_since, wrong("is let in"))?;
                *self = Self { asked: self.asked, proved: self.failed, ..Self::default() };
            }
        }
        Ok(())
    }
}

impl TrustBook {
    /// For tests of the rules: the error of a step, in words.
    #[cfg(test)]
    fn refused(&mut self, trigger: TrustTrigger) -> Option<String> {
        self.step(trigger).err().map(|broken: crate::edge::rules::Broken| broken.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use paceline_model::edge::ProofClock;

    #[test]
    fn who_failed_is_let_in_after_a_proof_and_not_by_one() {
        let mut book = TrustBook::default();
        assert!(book.admits() && book.enrol().is_ok());
        assert!(!book.admits());
        let proof = TrustTrigger::Prove(ProofClock::default());
        assert_eq!((book.refused(proof), book.admits()), (None, true));
        assert_eq!(
            (book.refused(TrustTrigger::Fail), book.admits(), book.is_expelled()),
            (None, false, true)
        );
        assert!(book.refused(TrustTrigger::Readmit).is_some(), "nothing was proved since");
        assert_eq!((book.refused(proof), book.admits()), (None, false));
        assert_eq!((book.refused(TrustTrigger::Readmit), book.admits()), (None, true));
        assert!(book.refused(TrustTrigger::Readmit).is_some());
    }
}
