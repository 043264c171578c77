//! A feed by its address: asks what is due and says what all of it amounts to. Whoever has one waits until [`Feed::due`] and asks for
//! [`Feed::next`]; the time is theirs to say.

use crate::folder::{Folder, INDEX};
use crate::http::Http;
use crate::poll::{Manners, Poll, PollCounts};
use crate::read::Patience;
use paceline_model::Instant;
use paceline_model::bikes::FeedReading;
use paceline_tls::{ClientTls, TlsFileError};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The index is asked, and then what it names; a third look finds nothing due.
const LOOKS_MAX: usize = 3;

/// How a feed is asked, and how long it is believed.
#[derive(Clone, Debug)]
pub struct FeedOptions {
    /// How often it is asked.
    pub manners: Manners,
    /// How long what it says is believed.
    pub patience: Patience,
    /// Longest that one answer may take.
    pub answer_within: Duration,
    /// Largest file, unpacked.
    pub bytes_max: usize,
    /// Which authorities are believed, and by what certificate it is asked.
    pub tls: ClientTls,
}

impl Default for FeedOptions {
    /// 30 s; 64 MiB, three times a platform's list of 100,000 bikes.
    fn default() -> Self {
        Self {
            manners: Manners::default(),
            patience: Patience::default(),
            answer_within: Duration::from_secs(30),
            bytes_max: 64 << 20,
            tls: ClientTls::default(),
        }
    }
}

/// Why nothing can be asked.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// No folder and no file.
    #[error("{0} is no address (https://… or http://…), no folder and no gbfs.json")]
    NoPlace(String),
    /// A folder without a file of a feed.
    #[error("{0} holds no gbfs.json and no file of a feed, such as station_status.json")]
    NoFeed(PathBuf),
    /// Certificates that cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsFileError),
    /// The system has no way to ask.
    #[error("nothing can be asked from here: {0}")]
    Unusable(String),
}

enum Source {
    Http(Http),
    Folder(Folder),
}

/// One feed.
pub struct Feed {
    poll: Poll,
    source: Source,
}

impl Feed {
    /// A feed by the address of its index, a folder with its files, or the index in such a folder. Nothing is asked yet.
    ///
    /// Errors: it is none of these; certificates that cannot be used.
    pub fn open(place: &str, options: &FeedOptions) -> Result<Self, FeedError> {
        let (url, source) = if place.starts_with("https://") || place.starts_with("http://") {
            let tls = options.tls.config(place)?;
            let http = Http::new(tls, options.answer_within, options.bytes_max);
            (place.to_owned(), Source::Http(http.map_err(FeedError::Unusable)?))
        } else {
            let path = folder_of(Path::new(place)).ok_or_else(|| FeedError::NoPlace(place.to_owned()))?;
            let folder = Folder::new(path.clone(), options.bytes_max);
            if !folder.has_feed() {
                return Err(FeedError::NoFeed(path));
            }
            (INDEX.to_owned(), Source::Folder(folder))
        };
        Ok(Self { poll: Poll::new(url, options.manners, options.patience), source })
    }

    /// When the next file is due.
    pub fn due(&self) -> Instant {
        self.poll.due()
    }

    /// How often what happened.
    pub fn counts(&self) -> PollCounts {
        self.poll.counts()
    }

    /// Asks what is due at `now`, one file after the other, and says what the feed amounts to then. What goes wrong is in the reading: its
    /// health, and what is told.
    pub async fn next(&mut self, now: Instant) -> FeedReading {
        for _ in 0..LOOKS_MAX {
            let asks = self.poll.asks(now);
            if asks.is_empty() {
                break;
            }
            for ask in asks {
                let answer = match &self.source {
                    Source::Http(http) => http.answer(&ask).await,
                    Source::Folder(folder) => folder.answer(&ask.url),
                };
                self.poll.hear(now, &ask.what, answer);
            }
        }
        self.poll.reading(now)
    }
}

/// The folder that is meant by its own name, or by its index.
fn folder_of(path: &Path) -> Option<PathBuf> {
    if path.is_dir() {
        return Some(path.to_owned());
    }
    let folder = path.parent().filter(|_| path.is_file() && path.ends_with(INDEX))?;
    Some(if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.to_owned() })
}
