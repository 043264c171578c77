//! When to ask for which file of a feed, and what an answer means: a pure state machine. `feed` asks over HTTP or reads a folder.
//!
//! ```text
//!            asks(now)                     hear(now, what, answer)
//!   due ──────────────────> asked ──┬── a body that can be read ──> due again after its time to live, held between pause_min and pause_max
//!    ^                              ├── not modified ─────────────> the same; what was read holds
//!    └──────────────────────────────┴── anything else ────────────> what was read before holds; due after a wait that doubles, up to
//!                                                                   backoff_max, and never before the time that the answer names
//! ```
//! The index comes first: what it names is asked next, and what it names no more is forgotten.

use crate::document::{Document, Malformed};
use crate::files::{FileFault, FileKey, Files, Index};
use crate::read::{Memory, Patience, read};
use paceline_model::bikes::FeedReading;
use paceline_model::{Instant, Millis};
use std::collections::BTreeMap;

/// How often a feed is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manners {
    /// No file is asked more often, whatever it says: a time to live of 0 is no leave to ask without pause.
    pub pause_min: Millis,
    /// The pause after a file that does not say how long it holds.
    pub pause_usual: Millis,
    /// No file is left alone for longer, whatever it says.
    pub pause_max: Millis,
    /// The longest wait after failures, and the longest that an answer may ask for.
    pub backoff_max: Millis,
}

impl Default for Manners {
    /// 10 s, 60 s, an hour; a quarter of an hour.
    fn default() -> Self {
        let [pause_min, pause_usual, pause_max, backoff_max] = [10, 60, 3_600, 900].map(Millis::from_secs);
        Self { pause_min, pause_usual, pause_max, backoff_max }
    }
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// `gbfs.json`.
    Index,
    /// A file that it names.
    File(FileKey),
}

/// One question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// For what.
    pub what: What,
    /// Where.
    pub url: String,
    /// By what the server marked what is known: it need not send that again.
    pub validators: Validators,
}

/// By what a server knows whether somebody has its newest answer (RFC 9110, section 8.8).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    /// `ETag`, as it stands.
    pub etag: Option<String>,
    /// `Last-Modified`, as it stands.
    pub last_modified: Option<String>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// These bytes.
    Body {
        /// Without any coding of the transfer.
        bytes: Vec<u8>,
        /// To be sent along next time.
        validators: Validators,
    },
    /// What is known is the newest.
    NotModified,
    /// Nothing that can be used.
    Failed {
        /// In words.
        why: String,
        /// How long the server asks to be left alone.
        retry_after: Option<Millis>,
    },
}

/// How often what happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PollCounts {
    /// Bodies that could be read.
    pub read: u64,
    /// Answers that nothing has changed.
    pub not_modified: u64,
    /// Bodies that could not be read.
    pub malformed: u64,
    /// Anything else.
    pub failed: u64,
}

/// One address that is asked again and again.
#[derive(Clone, Debug)]
struct Asked {
    url: String,
    due: Instant,
    validators: Validators,
    /// What its newest answer says of how long it holds.
    pause: Millis,
    /// Failures in a row.
    failed: u32,
}

impl Asked {
    fn new(url: String, due: Instant) -> Self {
        Self { url, due, validators: Validators::default(), pause: Millis::ZERO, failed: 0 }
    }
    fn ask(&self, what: What) -> Ask {
        Ask { what, url: self.url.clone(), validators: self.validators.clone() }
    }
    fn went_well(&mut self, now: Instant) {
        (self.failed, self.due) = (0, now + self.pause);
    }
    fn went_wrong(&mut self, now: Instant, manners: Manners, retry_after: Option<Millis>) {
        let doubled = manners.pause_min.0.saturating_mul(1 << self.failed.min(16));
        let wait = Millis(doubled).max(retry_after.unwrap_or(Millis::ZERO)).min(manners.backoff_max);
        self.failed = self.failed.saturating_add(1);
        self.due = now + wait;
    }
}

/// One feed that is asked again and again.
#[derive(Clone, Debug)]
pub struct Poll {
    index: Asked,
    asked: BTreeMap<FileKey, Asked>,
    files: Files,
    memory: Memory,
    manners: Manners,
    patience: Patience,
    counts: PollCounts,
}

impl Poll {
    /// A feed by the address of its index, due at once.
    pub fn new(url: String, manners: Manners, patience: Patience) -> Self {
        Self {
            index: Asked::new(url, Instant::ZERO),
            asked: BTreeMap::new(),
            files: Files::default(),
            memory: Memory::default(),
            manners,
            patience,
            counts: PollCounts::default(),
        }
    }

    /// When the next file is due.
    pub fn due(&self) -> Instant {
        self.asked.values().map(|asked| asked.due).fold(self.index.due, Instant::min)
    }

    /// How often what happened.
    pub fn counts(&self) -> PollCounts {
        self.counts
    }

    /// What is to be asked now: the index alone where it is due, for it says where the rest is. Whatever is asked is heard of by
    /// [`Poll::hear`] before the next look.
    pub fn asks(&self, now: Instant) -> Vec<Ask> {
        if self.index.due <= now {
            return vec![self.index.ask(What::Index)];
        }
        let due = self.asked.iter().filter(|(_, asked)| asked.due <= now);
        due.map(|(key, asked)| asked.ask(What::File(key.clone()))).collect()
    }

    /// Takes an answer in. One to what is not asked any more is passed over.
    pub fn hear(&mut self, now: Instant, what: &What, answer: Answer) {
        let manners = self.manners;
        let asked = match what {
            What::Index => &mut self.index,
            What::File(key) => match self.asked.get_mut(key) {
                Some(asked) => asked,
                None => return,
            },
        };
        // Nobody has sent what could not have changed where nothing was ever read.
        let was_read = asked.validators != Validators::default();
        let (came, retry_after) = match answer {
            Answer::NotModified if was_read => {
                self.counts.not_modified += 1;
                asked.went_well(now);
                return self.unchanged(what);
            }
            Answer::NotModified => {
                (Err(missing("answers that nothing has changed, and was never read")), None)
            }
            Answer::Failed { why, retry_after } => (Err(missing(&why)), retry_after),
            Answer::Body { bytes, validators } => {
                let read = Document::parse(&bytes);
                asked.validators = if read.is_ok() { validators } else { Validators::default() };
                (read.map_err(FileFault::Malformed), None)
            }
        };
        match &came {
            Ok(document) => {
                self.counts.read += 1;
                asked.pause = pause(document, manners);
                asked.went_well(now);
            }
            Err(fault) => {
                let count = match fault {
                    FileFault::Malformed(_) => &mut self.counts.malformed,
                    FileFault::Missing(_) => &mut self.counts.failed,
                };
                *count += 1;
                asked.went_wrong(now, manners, retry_after);
            }
        }
        self.take(now, what, came);
    }

    fn unchanged(&mut self, what: &What) {
        match what {
            What::Index => self.files.index_fault = None,
            What::File(key) => {
                self.files.of.get_mut(key).into_iter().for_each(|held| held.fault = None);
            }
        }
    }

    fn take(&mut self, now: Instant, what: &What, came: Result<Document, FileFault>) {
        match (what, came) {
            (What::File(key), came) => self.files.put(key.clone(), came),
            (What::Index, Err(fault)) => self.files.index_fault = Some(fault),
            (What::Index, Ok(document)) => {
                let index = Index::read(&document);
                if index.places.is_empty() {
                    // What is no index is no word on what was named before.
                    self.files.index_fault = Some(FileFault::Malformed(Malformed::NoFeeds));
                    return;
                }
                self.files.follow(&index, document.version.clone());
                self.asked.retain(|key, asked| index.places.get(key) == Some(&asked.url));
                for (key, url) in index.places {
                    self.asked.entry(key).or_insert_with(|| Asked::new(url, now));
                }
            }
        }
    }

    /// What all that was heard amounts to at `now`.
    pub fn reading(&mut self, now: Instant) -> FeedReading {
        read(&self.files, now, &mut self.memory, self.patience)
    }
}

fn missing(why: &str) -> FileFault {
    FileFault::Missing(why.to_owned())
}

/// How long a file is left alone after it was read.
fn pause(document: &Document, manners: Manners) -> Millis {
    let said = document.ttl_s.map(|seconds| Millis::from_secs(u32::try_from(seconds).unwrap_or(u32::MAX)));
    said.unwrap_or(manners.pause_usual).clamp(manners.pause_min, manners.pause_max)
}
