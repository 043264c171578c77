//! The candidates behind one trait: append a group and sync it, read everything back.

use anyhow::Result;
use paceline_journal::{Journal, Options, Seq};
use redb::ReadableDatabase;
use std::path::{Path, PathBuf};

const TABLE: redb::TableDefinition<u64, &[u8]> = redb::TableDefinition::new("log");

/// Something that remembers records in order.
pub trait Store: Sized {
    /// Name and version, for the tables.
    const NAME: &str;
    fn open(dir: &Path) -> Result<Self>;
    /// Appends records `first..first + count` and returns when the disk has them.
    fn append(&mut self, first: u64, count: u64) -> Result<()>;
    /// Hands every record over, in order.
    fn read(&mut self, take: &mut dyn FnMut(&[u8])) -> Result<()>;
}

/// 200 bytes that name their record; the rest does not compress.
pub fn payload(seq: u64) -> Vec<u8> {
    let mut state = seq.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut out = seq.to_le_bytes().to_vec();
    while out.len() < 200 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        out.extend_from_slice(&state.to_le_bytes());
    }
    out
}

pub struct Fjall {
    db: fjall::Database,
    log: fjall::Keyspace,
}

impl Store for Fjall {
    const NAME: &str = "fjall 3.1";
    fn open(dir: &Path) -> Result<Self> {
        let db = fjall::Database::builder(dir).open()?;
        let log = db.keyspace("log", fjall::KeyspaceCreateOptions::default)?;
        Ok(Fjall { db, log })
    }
    fn append(&mut self, first: u64, count: u64) -> Result<()> {
        let mut batch = self.db.batch().durability(Some(fjall::PersistMode::SyncData));
        for seq in first..first + count {
            batch.insert(&self.log, seq.to_be_bytes(), payload(seq));
        }
        Ok(batch.commit()?)
    }
    fn read(&mut self, take: &mut dyn FnMut(&[u8])) -> Result<()> {
        for guard in self.log.iter() {
            take(&guard.value()?);
        }
        Ok(())
    }
}

pub struct Redb {
    db: redb::Database,
}

impl Store for Redb {
    const NAME: &str = "redb 4.6";
    fn open(dir: &Path) -> Result<Self> {
        Ok(Redb { db: redb::Database::create(dir.join("log.redb"))? })
    }
    fn append(&mut self, first: u64, count: u64) -> Result<()> {
        let write = self.db.begin_write()?;
        {
            let mut table = write.open_table(TABLE)?;
            for seq in first..first + count {
                table.insert(seq, payload(seq).as_slice())?;
            }
        }
        Ok(write.commit()?)
    }
    fn read(&mut self, take: &mut dyn FnMut(&[u8])) -> Result<()> {
        let read = self.db.begin_read()?;
        for entry in read.open_table(TABLE)?.range::<u64>(..)? {
            take(entry?.1.value());
        }
        Ok(())
    }
}

pub struct Own {
    dir: PathBuf,
    journal: Journal,
}

impl Store for Own {
    const NAME: &str = "paceline-journal";
    fn open(dir: &Path) -> Result<Self> {
        let journal = Journal::open(dir, Options::default())?.journal;
        Ok(Own { dir: dir.to_path_buf(), journal })
    }
    fn append(&mut self, first: u64, count: u64) -> Result<()> {
        for seq in first..first + count {
            self.journal.append(1, &payload(seq))?;
        }
        self.journal.commit()?;
        Ok(())
    }
    fn read(&mut self, take: &mut dyn FnMut(&[u8])) -> Result<()> {
        for record in Journal::replay(&self.dir, Seq(0))? {
            record?.payload.read(|_, bytes| take(bytes));
        }
        Ok(())
    }
}
