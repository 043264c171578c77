//! Who did what, when, and what they were answered: one line of JSON for each request that acts, and for each of somebody known who
//! was refused it. Positions and reads are not in it: there are too many of them. Nor is who did not say who they are, or said so
//! wrongly: that is counted and logged, and could otherwise push out what the trail is for.
//!
//! The trail is a file of its own and not a target of the log: it is kept longer, read by others, and must not go away with a
//! level of verbosity. It is bounded: full files move on to `.1`, `.2` and so on, and the oldest goes. Lines wait in a bounded queue for
//! the thread that writes them; a disk that does not keep up costs lines, which are counted, and never an answer.

use super::gate::Acted;
use super::principal::Who;
use crate::clock::Clock;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::Response;
use paceline_api::{Code, Role};
use paceline_model::Instant;
use paceline_supervise::sync::mpsc;
use paceline_supervise::{Spawner, Until};
use prometheus_client::metrics::counter::Counter;
use serde::Serialize;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// Lines that may wait for the disk: a second of a busy region.
const LINES_MAX: usize = 8_192;
/// Most of a path that is kept: names have 64 bytes at most.
const PATH_CHARS_MAX: usize = 300;
/// Files that are kept beside the one that is written.
const FILES_MAX: u32 = 8;

/// One line.
#[derive(Debug, Serialize)]
pub(super) struct Line {
    at: Instant,
    /// Null: nobody is asked who they are.
    who: Option<String>,
    role: Option<Role>,
    from: Option<IpAddr>,
    method: String,
    path: String,
    status: u16,
    /// The problem, if it was one.
    code: Option<Code>,
    /// What was made.
    location: Option<String>,
}

impl Line {
    /// What is known before there is an answer.
    pub(super) fn new(request: &Request, who: &Who, from: Option<IpAddr>) -> Self {
        Self {
            at: Clock::Real.now(),
            who: who.principal().map(|principal| principal.name.clone()),
            role: who.principal().map(|principal| principal.role),
            from,
            method: request.method().to_string(),
            // Without the query, where a careless client may have put a secret.
            path: request.uri().path().chars().take(PATH_CHARS_MAX).collect(),
            status: 0,
            code: None,
            location: None,
        }
    }

    fn answered(self, response: &Response) -> Self {
        let location = response.headers().get(header::LOCATION).and_then(|at| at.to_str().ok());
        Self {
            status: response.status().as_u16(),
            code: response.extensions().get().copied(),
            location: location.map(str::to_owned),
            ..self
        }
    }
}

/// The way to the trail.
pub(super) struct Audit {
    lines: mpsc::Sender<Line>,
    lost: Counter,
}

impl Audit {
    /// Starts what writes the trail, which ends when the last way to it goes.
    pub(super) fn start(mut trail: Trail, spawner: &Spawner, lost: Counter) -> Self {
        let (lines, mut waiting) = mpsc::channel::<Line>("the next act", LINES_MAX);
        let unwritten = lost.clone();
        spawner.spawn_blocking("audit", Until::Owner, move |_| {
            while let Some(line) = waiting.blocking_recv() {
                if let Err(error) = trail.write(&line) {
                    unwritten.inc();
                    tracing::error!(%error, "a line of the audit was lost");
                }
            }
        });
        Self { lines, lost }
    }

    /// Takes a line in, if the answer is to something that the trail is about.
    pub(super) fn answered(&self, line: Line, who: &Who, response: &Response) {
        let acted = response.extensions().get::<Acted>().is_some();
        let counts = match who {
            Who::Unknown(_) => false,
            Who::Unasked => acted,
            Who::Known(_) => acted || response.status() == StatusCode::FORBIDDEN,
        };
        if counts && self.lines.try_send(line.answered(response)).is_err() {
            self.lost.inc();
        }
    }
}

/// The file that is written, and those before it.
pub(super) struct Trail {
    path: PathBuf,
    file: File,
    bytes: u64,
    bytes_max: u64,
}

impl Trail {
    /// Errors: the file cannot be opened.
    pub(super) fn open(path: &Path, bytes_max: u64) -> io::Result<Self> {
        use std::os::unix::fs::OpenOptionsExt as _;
        let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
        let bytes = file.metadata()?.len();
        Ok(Self { path: path.to_owned(), file, bytes, bytes_max })
    }

    fn write(&mut self, line: &Line) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        if self.bytes > 0 && self.bytes + text.len() as u64 > self.bytes_max {
            self.move_on()?;
        }
        self.file.write_all(&text)?;
        self.bytes += text.len() as u64;
        Ok(())
    }

    /// Begins a new file; the oldest goes.
    fn move_on(&mut self) -> io::Result<()> {
        for number in (1..FILES_MAX).rev() {
            // Those that there are not yet cannot move.
            _ = std::fs::rename(self.numbered(number), self.numbered(number + 1));
        }
        std::fs::rename(&self.path, self.numbered(1))?;
        *self = Self::open(&self.path, self.bytes_max)?;
        Ok(())
    }

    fn numbered(&self, number: u32) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(format!(".{number}"));
        name.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(path: &str) -> Line {
        Line {
            at: Instant(0),
            who: None,
            role: None,
            from: None,
            method: "POST".into(),
            path: path.into(),
            status: 201,
            code: None,
            location: None,
        }
    }

    #[test]
    fn a_trail_keeps_so_many_files_of_so_many_bytes_and_goes_on_after_a_restart() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("audit.jsonl");
        for number in 0..40 {
            let mut trail = Trail::open(&file, 400).expect("it can be opened");
            trail.write(&line(&format!("/v1/orders/{number}"))).expect("it can be written");
        }
        let mut sizes: Vec<u64> = Vec::new();
        for entry in std::fs::read_dir(dir.path()).expect("it is there") {
            sizes.push(entry.expect("a file").metadata().expect("about it").len());
        }
        assert_eq!(sizes.len(), FILES_MAX as usize + 1);
        assert!(sizes.iter().all(|size| *size <= 400), "{sizes:?}");
        let newest = std::fs::read_to_string(&file).expect("it is there");
        assert!(newest.trim_end().ends_with('}') && newest.contains("/v1/orders/39"), "{newest}");
    }
}
