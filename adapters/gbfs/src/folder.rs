//! A feed as files in a folder: what somebody saved, or what a test wrote.

use crate::document::Document;
use crate::files::FileName;
use crate::inflate::inflate;
use crate::poll::{Answer, Validators};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// What the index is called.
pub(crate) const INDEX: &str = "gbfs.json";

/// A folder with the files of a feed.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    bytes_max: usize,
}

impl Folder {
    pub(crate) fn new(path: PathBuf, bytes_max: usize) -> Self {
        Self { path, bytes_max }
    }

    /// Whether it has an index or any file of a feed.
    pub(crate) fn has_feed(&self) -> bool {
        self.path.join(INDEX).is_file() || self.known().next().is_some()
    }

    /// Files by their usual names.
    fn known(&self) -> impl Iterator<Item = String> + '_ {
        let usual = FileName::ALL.iter().map(|name| name.to_string()).chain(["free_bike_status".to_owned()]);
        usual.filter(|name| self.path.join(format!("{name}.json")).is_file())
    }

    /// Reads what an address stands for. Where there is no index, one is made of the files with the usual names.
    pub(crate) fn answer(&self, url: &str) -> Answer {
        if url == INDEX && !self.path.join(INDEX).is_file() {
            return body(self.index().to_string().into_bytes());
        }
        let Some(file) = self.file_of(url) else {
            return failed(format!("no file of {} stands for {url}", self.path.display()));
        };
        match self.read(&file) {
            Ok(bytes) => body(bytes),
            Err(error) => failed(format!("{}: {error}", file.display())),
        }
    }

    /// An index of what is there, of the version that one of the files says.
    fn index(&self) -> Value {
        let feed = |name: String| json!({ "name": name, "url": format!("{name}.json") });
        let version = |name: String| {
            let bytes = self.read(&self.path.join(format!("{name}.json"))).ok()?;
            Document::parse(&bytes).ok()?.version
        };
        let feeds: Vec<Value> = self.known().map(feed).collect();
        json!({ "version": self.known().find_map(version), "data": { "feeds": feeds } })
    }

    /// The file with the longest end of the address's path.
    fn file_of(&self, url: &str) -> Option<PathBuf> {
        let path =
            url.split_once("://").map_or(url, |(_, rest)| rest.split_once('/').map_or("", |(_, path)| path));
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        // Nothing outside of the folder is read, whatever an index says.
        if parts.iter().any(|part| matches!(*part, "." | "..")) {
            return None;
        }
        let ends = (0..parts.len()).map(|from| parts[from..].iter().collect::<PathBuf>());
        let named = ends.flat_map(|end| {
            let with_ending = end.with_extension("json");
            [end, with_ending]
        });
        named.map(|end| self.path.join(end)).find(|file| file.is_file())
    }

    fn read(&self, file: &Path) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let most = self.bytes_max as u64;
        File::open(file)?.take(most + 1).read_to_end(&mut bytes)?;
        if bytes.len() > self.bytes_max {
            return Err(io::Error::other(format!("is larger than {most} bytes")));
        }
        inflate(bytes, self.bytes_max)
    }
}

fn body(bytes: Vec<u8>) -> Answer {
    Answer::Body { bytes, validators: Validators::default() }
}

fn failed(why: String) -> Answer {
    Answer::Failed { why, retry_after: None }
}
