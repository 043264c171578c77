//! Records read back a page at a time, each held against its checksum, the one before it and the head.

use super::session::Session;
use super::tables;
use crate::error::{Damage, JournalError};
use crate::format::{Chain, End};
use crate::log::Records;
use crate::server::{Position, Sealed};
use crate::{Record, Seq, Warning};
use std::path::PathBuf;
use std::vec::IntoIter;
use tokio_postgres::Row;

/// Records of a page at most, and bytes, where it has more than one.
const PAGE: &str = "
SELECT seq, format, before, crc, payload FROM (
    SELECT *, sum(octet_length(payload)) OVER sofar AS bytes, row_number() OVER sofar AS number
    FROM (SELECT * FROM paceline_log_records WHERE region = $1 AND seq >= $2 AND seq <= $3 ORDER BY seq LIMIT 1024) AS page
    WINDOW sofar AS (ORDER BY seq)
) AS numbered WHERE number = 1 OR bytes <= 8388608 ORDER BY seq";

/// Reads up to where the log ended when that began.
#[derive(Debug)]
pub(super) struct Reading {
    session: Session,
    /// Those up to it are passed over.
    after: Seq,
    at: Position,
    page: IntoIter<Row>,
}

impl Reading {
    /// Reads what follows `after`, or all. Errors: `Missing` when what follows was removed.
    pub(super) fn begin(session: Session, after: Option<Seq>, end: End) -> Result<Self, JournalError> {
        let first = tables::first(&session)?;
        match after {
            Some(after) => Self::from(session, after, after, (first, end)),
            None => {
                let after = first.map_or(end.last, |first| Seq(first.0.saturating_sub(1)));
                Self::from(session, after, after, (first, end))
            }
        }
    }

    /// Reads all, of which what follows `covered` must be there.
    pub(super) fn all(session: Session, covered: Seq, end: End) -> Result<Self, JournalError> {
        let first = tables::first(&session)?;
        let from = first.map_or(covered, |first| covered.min(Seq(first.0.saturating_sub(1))));
        Self::from(session, from, from, (first, end))
    }

    fn from(
        session: Session,
        after: Seq,
        from: Seq,
        (first, end): (Option<Seq>, End),
    ) -> Result<Self, JournalError> {
        let wanted = after.next();
        let missing = first.is_none_or(|first| first > wanted) && after < end.last;
        if missing {
            return Err(missing_at(&session, wanted, first.unwrap_or_default()));
        }
        // The record before the first is read, too, where it is kept: what follows is held against it.
        let next =
            if first.is_some_and(|first| first <= from) && from <= end.last { from } else { from.next() };
        let mut at = Position::before(next, end);
        at.ended = after >= end.last;
        Ok(Self { session, after, at, page: Vec::new().into_iter() })
    }

    fn read(&mut self) -> Result<Option<Record>, JournalError> {
        loop {
            if self.at.ended {
                return Ok(None);
            }
            let row = match self.page.next() {
                Some(row) => row,
                None => {
                    self.page = self.fetch()?.into_iter();
                    self.page.next().ok_or_else(|| missing_at(&self.session, self.at.next, Seq(0)))?
                }
            };
            let record = self.check(&row)?;
            if record.seq > self.after {
                return Ok(Some(record));
            }
        }
    }

    fn fetch(&self) -> Result<Vec<Row>, JournalError> {
        let (region, from, to) =
            (self.session.region.clone(), self.at.next.0 as i64, self.at.last().0 as i64);
        self.session
            .ask("read records", |client| async move { client.query(PAGE, &[&&*region, &from, &to]).await })
    }

    fn check(&mut self, row: &Row) -> Result<Record, JournalError> {
        let wanted = self.at.next;
        let found: i64 = row.get(0);
        if found != wanted.0 as i64 {
            return Err(missing_at(&self.session, wanted, Seq(found as u64)));
        }
        let damaged = |damage| JournalError::DamagedRecord {
            log: self.session.name().to_owned(),
            what: "record",
            seq: wanted,
            damage,
        };
        let sealed = sealed(row, wanted).ok_or_else(|| damaged(Damage::Header))?;
        self.at.take(sealed).map_err(damaged)
    }
}

/// `None`: a number is out of its range.
fn sealed(row: &Row, seq: Seq) -> Option<Sealed> {
    let chain = |at| row.get::<_, i64>(at).try_into().ok().map(Chain);
    let format = row.get::<_, i32>(1).try_into().ok()?;
    Some(Sealed { seq, format, before: chain(2)?, crc: chain(3)?, payload: row.get(4) })
}

fn missing_at(session: &Session, wanted: Seq, found: Seq) -> JournalError {
    JournalError::Missing { dir: PathBuf::from(session.name()), wanted, found }
}

impl Iterator for Reading {
    type Item = Result<Record, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        let read = self.read().transpose();
        self.at.ended |= matches!(read, Some(Err(_)) | None);
        read
    }
}

impl Records for Reading {
    fn warnings(&self) -> &[Warning] {
        &[]
    }
}
