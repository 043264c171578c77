//! Somebody who follows the changes of a region, through whichever door answers, and notices what is missing or comes twice.

use paceline_client::{Client, ClientOptions, StreamItem};
use paceline_model::RegionId;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::task::JoinHandle;

/// What was read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Read {
    /// The last change before it began.
    before: u64,
    /// The last change.
    pub(crate) last: u64,
    /// How often each change came.
    pub(crate) changes: BTreeMap<u64, usize>,
    /// Times that the server said that a reader must begin anew.
    pub(crate) resets: usize,
}

pub(crate) struct Reader(tokio::sync::watch::Sender<u64>, JoinHandle<Read>);

impl Reader {
    /// Follows from how the region stands.
    pub(crate) async fn start(doors: &[&str], region: &RegionId) -> Self {
        let options = ClientOptions {
            attempts_max: 1_000,
            backoff_max: Duration::from_millis(200),
            silence_max: Duration::from_secs(5),
            ..ClientOptions::default()
        };
        let client = Client::of_cluster(doors, options).unwrap().in_region(region.clone());
        let from = client.world().await.unwrap().version;
        let (until, ends) = tokio::sync::watch::channel(u64::MAX);
        Self(until, tokio::spawn(follow(client, from, ends)))
    }

    /// Reads on until it has this version.
    pub(crate) async fn until(self, version: u64) -> Read {
        self.0.send(version).unwrap();
        tokio::time::timeout(crate::servers::PATIENCE, self.1).await.expect("it comes").unwrap()
    }
}

async fn follow(client: Client, from: u64, mut ends: tokio::sync::watch::Receiver<u64>) -> Read {
    let mut read = Read { before: from, last: from, ..Read::default() };
    let mut stream = client.stream(Some(from));
    while read.last < *ends.borrow_and_update() {
        let item = tokio::select! {
            item = stream.next() => item.unwrap(),
            _ = ends.changed() => continue,
        };
        match item {
            StreamItem::Change(change) => {
                *read.changes.entry(change.version).or_default() += 1;
                read.last = change.version;
            }
            StreamItem::Reset => read.resets += 1,
            _ => {}
        }
    }
    read
}

/// Each change since it began came, once.
pub(crate) fn check_whole(read: &Read) {
    assert_eq!(read.resets, 0, "nobody had to begin anew");
    let twice: Vec<_> = read.changes.iter().filter(|(_, times)| **times != 1).collect();
    assert!(twice.is_empty(), "changes that came more than once: {twice:?}");
    let missing: Vec<u64> =
        (read.before + 1..=read.last).filter(|version| !read.changes.contains_key(version)).collect();
    assert!(missing.is_empty(), "changes that never came: {missing:?}");
}
