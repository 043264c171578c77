//! The newest sound snapshot among those that a server has.

use crate::error::{Damage, JournalError};
use crate::snapshot::Snapshot;
use crate::{Seq, Warning};
use std::path::PathBuf;

/// What reading a snapshot gives: it, or which one it is and what is wrong with it.
pub(crate) type Sound = Result<Snapshot, (Seq, Damage)>;

/// The newest sound snapshot, and newer ones that are damaged.
#[derive(Debug)]
pub(crate) struct Newest<D> {
    pub(crate) snapshot: Option<Snapshot>,
    /// The newest first, each as it was found and with what is wrong with it.
    passed_over: Vec<(D, JournalError)>,
}

impl<D> Newest<D> {
    /// Reads those that were found, the newest first, until one is sound. Errors: the reader's; what cannot be read now may be sound.
    pub(crate) fn read(
        log: &str,
        found: Vec<D>,
        mut read: impl FnMut(&D) -> Result<Sound, JournalError>,
    ) -> Result<Self, JournalError> {
        let mut newest = Self { snapshot: None, passed_over: Vec::new() };
        for found in found {
            match read(&found)? {
                Ok(snapshot) => {
                    newest.snapshot = Some(snapshot);
                    break;
                }
                Err((seq, damage)) => {
                    let (log, what) = (log.to_owned(), "snapshot");
                    newest.passed_over.push((found, JournalError::DamagedRecord { log, what, seq, damage }));
                }
            }
        }
        Ok(newest)
    }

    /// The last record that the sound snapshot covers; 0 without one.
    pub(crate) fn covered(&self) -> Seq {
        self.snapshot.as_ref().map_or(Seq(0), |snapshot| snapshot.at)
    }

    /// Whether the log holds what the damaged ones said. Errors: what is wrong with the newest of them, if it does not.
    pub(crate) fn refuse_loss<T>(mut self, log: Result<T, JournalError>) -> Result<(Self, T), JournalError> {
        match log {
            Err(JournalError::Missing { .. }) if !self.passed_over.is_empty() => {
                Err(self.passed_over.swap_remove(0).1)
            }
            log => log.map(|log| (self, log)),
        }
    }

    /// The damaged ones as they were found.
    pub(crate) fn damaged(&self) -> impl Iterator<Item = &D> {
        self.passed_over.iter().map(|(found, _)| found)
    }

    /// What is to be told of the damaged ones.
    pub(crate) fn warnings(&self, log: &str) -> Vec<Warning> {
        let used = self.covered();
        let warn = |(_, error): &(D, JournalError)| Warning::SnapshotPassedOver {
            snapshot: PathBuf::from(log),
            why: error.to_string(),
            used,
        };
        self.passed_over.iter().map(warn).collect()
    }
}
