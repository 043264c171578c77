//! `paceline kubernetes record`: what the API server says is written down, by the watches that the scheduler has. Nothing is written to the server.
//!
//! Lines are appended and reach the file's disk every second. A file that is there already is gone on with: a line that was cut off is taken away, and
//! the time in between is a gap.

use super::ClientError;
use super::watch::{self, Ear, Pods};
use crate::cluster::{Change, Heard, PodKey};
use crate::record::{self, Kind, Mask, OfKind, RecordError, Recorder, Word};
use k8s_openapi::jiff::Timestamp;
use kube::Client;
use paceline_supervise::sync::{mpsc, oneshot};
use paceline_supervise::{Supervisor, Until};
use serde::Serialize;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How a record is made.
#[derive(Clone, Debug)]
pub struct RecordOptions {
    /// The file. One that is there already is gone on with.
    pub file: PathBuf,
    /// No more is written than this.
    pub bytes_max: u64,
    /// What becomes of names.
    pub mask: Mask,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordSummary {
    /// Lines that were written.
    pub lines: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// Whether everything was listed once: without that there is nothing to play.
    pub is_complete: bool,
    /// Whether it has ended because the file has become as large as it may.
    pub is_full: bool,
}

/// Words that wait to be written; watches wait while there are as many.
const WORDS_MAX: usize = 4_096;
/// Words that are written at once.
const HEARD_MAX: usize = 1_024;
/// What is written reaches the disk after so long at most.
const SYNC_EVERY: Duration = Duration::from_secs(1);
/// Where nothing changes for so long, a line says so: a record that ends without one was cut off there.
const SILENT: Duration = Duration::from_secs(60);
/// So long tasks have to end.
const GRACE: Duration = Duration::from_secs(5);

/// What reaches the writer.
#[derive(Debug)]
enum Said {
    Word(Word),
    Broke(Kind, String),
}

#[derive(Clone)]
struct Listener {
    mask: Mask,
}

impl Ear for Listener {
    type Word = Said;

    fn hear<O, K, T>(&self, heard: Heard<PodKey, O>, _: fn(&O) -> T, _: fn(Heard<K, T>) -> Change) -> Said
    where
        O: OfKind + Serialize,
        K: From<PodKey>,
    {
        Said::Word(Word::new(heard, &self.mask))
    }

    fn broke<O: OfKind>(&self, why: &str) -> Option<Said> {
        Some(Said::Broke(O::KIND, why.into()))
    }
}

/// Records until `shutdown` comes, or the file is full.
///
/// Errors: a file that cannot be written, is no record, or was masked by another key. A server that does not answer is waited for.
pub async fn record(
    client: Client,
    options: RecordOptions,
    shutdown: impl Future<Output = ()>,
) -> Result<RecordSummary, ClientError> {
    let mut writer = Writer::open(&options)?;
    let supervisor = Supervisor::new(paceline_supervise::Options::default());
    let scope = supervisor.scope("kubernetes record");
    let (to_writer, words) = mpsc::channel("words to be recorded", WORDS_MAX);
    watch::spawn(&scope, &client, &to_writer, Pods::All, &Listener { mask: options.mask });
    drop(to_writer);
    let (done, is_done) = oneshot::channel("what became of the record");
    let mut is_done = std::pin::pin!(is_done.recv());
    let token = scope.token();
    scope.spawn("write", Until::Owner, async move {
        let written = writer.write(words, token.cancelled()).await;
        _ = done.send(written);
    });
    let mut ended = None;
    let until = async {
        tokio::select! {
            () = shutdown => {}
            written = &mut is_done => ended = Some(written),
        }
    };
    scope.run_until(until, GRACE).await;
    let written = match ended {
        Some(written) => written,
        None => is_done.await,
    };
    written.unwrap_or_else(|_| Err(ClientError::Tasks("the writer was given up".into())))
}

struct Writer {
    path: PathBuf,
    /// Locked as long as it is open.
    file: File,
    recorder: Recorder,
    summary: RecordSummary,
    bytes_max: u64,
}

impl Writer {
    fn open(options: &RecordOptions) -> Result<Self, ClientError> {
        let path = &options.file;
        let io = |error| ClientError::Record { path: path.display().to_string(), error };
        let file = OpenOptions::new().create(true).read(true).append(true).open(path).map_err(io)?;
        lock(&file).map_err(io)?;
        let length = file.metadata().map_err(io)?.len();
        if length > options.bytes_max {
            let rule = format!("has {length} bytes, and may have {} at most", options.bytes_max);
            return Err(io(std::io::Error::other(rule)));
        }
        let mut bytes = Vec::new();
        (&file).read_to_end(&mut bytes).map_err(io)?;
        let (recorder, line) = begin(&file, &bytes, options, path)?;
        let summary = RecordSummary { lines: 0, bytes: 0, is_complete: false, is_full: false };
        let bytes_max = options.bytes_max;
        let mut writer = Self { path: path.clone(), file, recorder, summary, bytes_max };
        writer.summary.bytes = writer.file.seek(SeekFrom::End(0)).map_err(io)?;
        writer.append(&line)?;
        Ok(writer)
    }

    async fn write(
        &mut self,
        mut words: mpsc::Receiver<Said>,
        ends: impl Future<Output = ()>,
    ) -> Result<RecordSummary, ClientError> {
        let mut ends = std::pin::pin!(ends);
        let mut sync = tokio::time::interval(SYNC_EVERY);
        let mut heard = Vec::new();
        let mut is_new = false;
        while !self.summary.is_full {
            tokio::select! {
                () = &mut ends => break,
                count = words.recv_many(&mut heard, HEARD_MAX) => {
                    if count == 0 {
                        break;
                    }
                    is_new = true;
                    self.take(heard.drain(..))?;
                }
                _ = sync.tick() => {
                    is_new |= self.still(SILENT)?;
                    if is_new {
                        self.sync()?;
                    }
                    is_new = false;
                }
            }
        }
        self.still(Duration::ZERO)?;
        self.sync()?;
        Ok(self.summary)
    }

    fn take(&mut self, heard: impl Iterator<Item = Said>) -> Result<(), ClientError> {
        let now_ms = now_ms();
        let was_complete = self.recorder.is_complete();
        let mut lines = String::new();
        for said in heard {
            match said {
                Said::Word(word) => lines += &self.recorder.hear(now_ms, word),
                Said::Broke(kind, why) => self.recorder.broke(now_ms, kind, &why),
            }
        }
        if self.recorder.is_complete() && !was_complete {
            tracing::info!("everything was listed once: recording");
        }
        self.append(&lines)
    }

    /// Says that nothing has changed for so long, if that is so.
    fn still(&mut self, silent: Duration) -> Result<bool, ClientError> {
        let silent_ms = u64::try_from(silent.as_millis()).unwrap_or(u64::MAX);
        let line = self.recorder.still(now_ms(), silent_ms);
        line.as_deref().map_or(Ok(()), |line| self.append(line))?;
        Ok(line.is_some())
    }

    /// Appends lines, as many as there is room for.
    fn append(&mut self, lines: &str) -> Result<(), ClientError> {
        let room = usize::try_from(self.bytes_max.saturating_sub(self.summary.bytes)).unwrap_or(usize::MAX);
        let whole = match lines.len() <= room {
            true => lines,
            false => {
                &lines[..lines.as_bytes()[..room]
                    .iter()
                    .rposition(|byte| *byte == b'\n')
                    .map_or(0, |at| at + 1)]
            }
        };
        self.summary.is_full = whole.len() < lines.len();
        let wrong = |error| ClientError::Record { path: self.path.display().to_string(), error };
        self.file.write_all(whole.as_bytes()).map_err(wrong)?;
        self.summary.bytes += whole.len() as u64;
        self.summary.lines += whole.lines().count() as u64;
        self.summary.is_complete = self.recorder.is_complete();
        Ok(())
    }

    fn sync(&self) -> Result<(), ClientError> {
        let wrong = |error| ClientError::Record { path: self.path.display().to_string(), error };
        self.file.sync_data().map_err(wrong)
    }
}

/// Begins a record in a file, or goes on with the one that is there. What is to be written first.
fn begin(
    file: &File,
    bytes: &[u8],
    options: &RecordOptions,
    path: &Path,
) -> Result<(Recorder, String), ClientError> {
    let unreadable = |error| ClientError::NoRecord { path: path.display().to_string(), error };
    if !bytes.contains(&b'\n') {
        // Nothing, or a first line that was cut off; not the file of somebody else.
        let is_ours = bytes.is_empty() || record::is_record(bytes);
        if !is_ours {
            return Err(unreadable(RecordError::NoRecord("it has no line".into())));
        }
        file.set_len(0).map_err(|error| ClientError::Record { path: path.display().to_string(), error })?;
        return Ok(Recorder::begin(&options.mask));
    }
    let recorded = record::read(bytes).map_err(unreadable)?;
    if recorded.masked != options.mask.check() {
        return Err(ClientError::OtherMask { path: path.display().to_string() });
    }
    let end = recorded.whole_bytes as u64;
    file.set_len(end).map_err(|error| ClientError::Record { path: path.display().to_string(), error })?;
    Ok(Recorder::resume(recorded, now_ms()))
}

fn lock(file: &File) -> std::io::Result<()> {
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => std::io::Error::other("somebody else records into this file"),
        TryLockError::Error(error) => error,
    })
}

fn now_ms() -> u64 {
    u64::try_from(Timestamp::now().as_millisecond()).unwrap_or(0)
}
