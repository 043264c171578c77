//! A region's world as its journal tells it.

use crate::error::ServeError;
use paceline_engine::Ledger;
use paceline_engine::ledger::World;
use paceline_journal::{Chain, Following, Identity, Log, LogAddress, Options, Records, Seq, Snapshot};
use paceline_model::Version;

/// What was found at the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// The world's version after recovery.
    pub version: Version,
    /// Records replayed on top of the snapshot.
    pub replayed: u64,
    /// What the journal had to repair.
    pub warnings: Vec<String>,
}

/// A world, the log that it goes on in, and what was found there.
pub(crate) type FromJournal<W> = (Ledger<W>, Box<dyn Log>, Recovered);

/// Reads a world, which is `empty` to begin with, from the journal at `address`, which is begun if absent, and goes on writing there. What
/// was replayed of it before is not read again.
///
/// Errors: a journal that is damaged or held by another process, or another region; another journal than
/// the one that is `wanted`, if one is.
pub(crate) fn recover<W: World>(
    empty: W,
    address: &LogAddress,
    wanted: Option<Identity>,
    replayed: Option<Replica<W>>,
) -> Result<FromJournal<W>, ServeError> {
    let opened = address.open(Options { wanted, begin_as: drawn(), ..Options::default() })?;
    let mut warnings: Vec<String> = opened.warnings.iter().map(ToString::to_string).collect();
    if opened.begun {
        warnings.push(format!(
            "{} held no journal: an empty world begins, as journal {}",
            address.name(),
            opened.identity
        ));
    }
    // Whether it goes on where it ends shows when it is read on: the owner's last snapshot may stand right there.
    let usable = replayed.filter(|replica| replica.at <= opened.journal.last());
    let (replica, replayed) = match usable.map(|replica| go_on(replica, address, &mut warnings)) {
        Some(Ok(gone_on)) => gone_on,
        of_no_use => {
            if let Some(Err(error)) = of_no_use {
                tracing::warn!(%error, "what was replayed is of no use: the region is read anew");
            }
            go_on(Replica::of(empty, opened.snapshot.as_ref())?, address, &mut warnings)?
        }
    };
    let recovered = Recovered { version: replica.ledger.version(), replayed, warnings };
    Ok((replica.ledger, opened.journal, recovered))
}

/// Replays what follows what was replayed. Returns how many records that were.
fn go_on<W: World>(
    mut replica: Replica<W>,
    address: &LogAddress,
    warnings: &mut Vec<String>,
) -> Result<(Replica<W>, u64), ServeError> {
    let after = replica.reads_after();
    let replayed = replica.take_in(address.replay(Some(after))?, warnings)?;
    Ok((replica, replayed))
}

/// A world as its journal has told it so far, beside whoever writes it.
pub(crate) struct Replica<W: World> {
    ledger: Ledger<W>,
    at: Seq,
    /// The checksum of the record there, if it was read: it stands for all records up to it.
    chain: Option<Chain>,
}

impl<W: World> Replica<W> {
    /// The world of the newest snapshot at `address`, or an empty one. Errors: the journal cannot be read, or has not begun.
    pub(crate) fn begin(empty: W, address: &LogAddress) -> Result<Self, ServeError> {
        Self::of(empty, address.newest_snapshot()?.as_ref())
    }

    fn of(empty: W, snapshot: Option<&Snapshot>) -> Result<Self, ServeError> {
        let Some(snapshot) = snapshot else {
            return Ok(Self { ledger: Ledger::new(empty), at: Seq(0), chain: None });
        };
        let ledger = snapshot.state.read(|format, bytes| Ledger::restore(empty, format, bytes))?;
        Ok(Self { ledger, at: snapshot.at, chain: None })
    }

    /// The record behind which it reads on. The last one that it knows is read again: a database that lost what it had not
    /// acknowledged, as one may whose standby takes its place, has others in their stead.
    fn reads_after(&self) -> Seq {
        Seq(self.at.0 - u64::from(self.chain.is_some()))
    }

    /// Replays what is there by now.
    ///
    /// Errors: it cannot be read; what follows was removed, or does not follow what was replayed: then it is of no use any more.
    pub(crate) fn catch_up(&mut self, log: &mut dyn Following) -> Result<u64, ServeError> {
        self.take_in(log.after(self.reads_after())?, &mut Vec::new())
    }

    /// Returns how many records there were.
    fn take_in(
        &mut self,
        mut records: Box<dyn Records>,
        warnings: &mut Vec<String>,
    ) -> Result<u64, ServeError> {
        let mut replayed = 0;
        if let Some(known) = self.chain {
            let last = records.next().transpose()?;
            if last.is_none_or(|last| (last.seq, last.chain) != (self.at, known)) {
                return Err(ServeError::NotReplayed { at: self.at.0 });
            }
        }
        for record in records.by_ref() {
            let record = record?;
            self.ledger.replay(record.payload.read(W::decode)?)?;
            (self.at, self.chain) = (record.seq, Some(record.chain));
            replayed += 1;
        }
        warnings.extend(records.warnings().iter().map(ToString::to_string));
        Ok(replayed)
    }
}

/// A name for a journal that begins.
fn drawn() -> Identity {
    let mut bytes = [0; 16];
    // A name that is not random still tells a journal from none.
    _ = getrandom::fill(&mut bytes);
    Identity(u128::from_le_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use paceline_engine::federation::{Federation, FederationOptions};
    use paceline_engine::{Encoded, Input, Output, Ticket, ledger};
    use paceline_model::federation::{ClusterId, ClusterSpec, Command};
    use paceline_model::{Instant, Request};
    use std::path::Path;

    fn empty() -> Federation {
        Federation::new(FederationOptions::default())
    }

    /// Writes the records of these clusters, and of no other, to a journal.
    fn write(dir: &Path, clusters: &[&str]) -> LogAddress {
        let address = LogAddress::from(paceline_journal::Directory::from(dir));
        let mut log = address.open(Options::default()).expect("a directory").journal;
        let mut ledger = Ledger::new(empty());
        for (at, name) in clusters.iter().enumerate() {
            let id = ClusterId::new(name).expect("a name");
            let spec = ClusterSpec { id, url: "http://north.example".into(), region: None, location: None };
            let request = Request { command: Command::PutCluster(spec), key: None };
            ledger.handle(Instant(at as u64), Input::Command(Ticket(at as u64), request));
            while let Some(output) = ledger.poll() {
                let Output::Append(record) = output else { continue };
                for (_, Encoded { format, bytes }) in ledger::encode_within::<Federation>(record, 1 << 20) {
                    log.append(format, &bytes).expect("it is small");
                }
            }
        }
        log.commit().expect("a directory");
        address
    }

    fn replayed(address: &LogAddress) -> Replica<Federation> {
        let mut replica = Replica::begin(empty(), address).expect("a journal");
        replica.catch_up(&mut *address.follow().expect("a journal")).expect("its records");
        replica
    }

    /// A database that lost what it had not acknowledged may hold another record in its stead.
    #[test]
    fn a_replica_of_records_that_are_no_longer_there_is_of_no_use() {
        let (dir, other) = (tempfile::tempdir().expect("one"), tempfile::tempdir().expect("another"));
        let (first, second) = (write(dir.path(), &["a", "b"]), write(other.path(), &["a", "c", "d"]));
        let mut replica = replayed(&first);
        let mut log = second.follow().expect("a journal");
        let refused = replica.catch_up(&mut *log).expect_err("it holds another record");
        assert_eq!(refused.to_string(), "the journal does not hold record 2 as it was replayed");
        let (ledger, ..) = recover(empty(), &second, None, Some(replayed(&first))).expect("it is read anew");
        let digest = |ledger: &Ledger<Federation>| ledger.checkpoint().digest();
        let (anew, ..) = recover(empty(), &write(other.path(), &[]), None, None).expect("a journal");
        assert_eq!(digest(&ledger), digest(&anew));
    }

    #[test]
    fn what_was_replayed_is_not_read_again() {
        let dir = tempfile::tempdir().expect("one");
        let address = write(dir.path(), &["a", "b"]);
        let replica = replayed(&address);
        let (ledger, _, recovered) = recover(empty(), &address, None, Some(replica)).expect("a journal");
        assert_eq!((recovered.replayed, recovered.version), (0, ledger.version()));
    }

    /// An owner that gives a region away leaves a snapshot of it: nobody has to read that who has replayed all.
    #[test]
    fn a_snapshot_of_what_was_replayed_is_not_read() {
        let dir = tempfile::tempdir().expect("one");
        let address = write(dir.path(), &["a", "b"]);
        let replica = replayed(&address);
        let mut log = address.open(Options::default()).expect("a directory").journal;
        // Whoever reads it finds that it is no world.
        log.snapshot(Seq(2), 1, b"unreadable").expect("a directory");
        drop(log);
        let (ledger, ..) =
            recover(empty(), &address, None, Some(replica)).expect("what was replayed is used");
        assert_eq!(ledger.version(), Version(2));
        assert!(recover(empty(), &address, None, None).is_err(), "without it the snapshot is read");
    }
}
