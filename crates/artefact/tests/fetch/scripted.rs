//! A fetch against sources that are scripts: what each answers to a request, byte for byte, and what came of it.

pub(crate) use crate::made::noise;

use paceline_artefact::{ChunkDigest, Fetch, Head, Manifest, Request, Step, Variant};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// The tag of the artefact.
pub(crate) const TAG: &str = "\"a1\"";

/// A file of that length whose bytes nobody else has, in equal chunks.
pub(crate) struct File {
    pub(crate) bytes: Vec<u8>,
    pub(crate) manifest: Arc<Manifest>,
}

impl File {
    pub(crate) fn new(seed: u64, length: usize, chunk: usize) -> Self {
        let bytes = noise(seed, length);
        let variant = Variant::parse("detector", "2.0.0", "int8").expect("a variant");
        let chunks = bytes.chunks(chunk).map(|chunk| (chunk.len() as u32, ChunkDigest::of(chunk)));
        let manifest = Manifest::new(variant, chunks, [0; 32], [0; 32]);
        Self { bytes, manifest: Arc::new(manifest) }
    }
}

/// An answer, as it is written on the wire.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_range: Option<String>,
    pub(crate) etag: Option<&'static str>,
    pub(crate) content_type: Option<&'static str>,
    pub(crate) retry_after_s: Option<u64>,
    pub(crate) body: Vec<u8>,
    /// It is not reached at all.
    pub(crate) silent: bool,
}

impl Answer {
    /// A server that does as it is asked.
    pub(crate) fn right(of: &File, request: &Request) -> Self {
        let length = of.bytes.len();
        let Some(range) = &request.range else {
            return Self { status: 200, etag: Some(TAG), body: of.bytes.clone(), ..Self::default() };
        };
        let (first, last) = range.strip_prefix("bytes=").and_then(|of| of.split_once('-')).expect("a range");
        let first: usize = first.parse().expect("a number");
        let last = last.parse().unwrap_or(length - 1);
        Self::part(of, first, last)
    }
    /// These bytes, inclusive, with 206.
    pub(crate) fn part(of: &File, first: usize, last: usize) -> Self {
        let content_range = Some(format!("bytes {first}-{last}/{}", of.bytes.len()));
        let body = of.bytes[first..=last].to_vec();
        Self { status: 206, content_range, etag: Some(TAG), body, ..Self::default() }
    }
}

/// What came of a fetch.
#[derive(Debug)]
pub(crate) struct Came {
    /// Chunks that were kept.
    pub(crate) kept: BTreeMap<ChunkDigest, Vec<u8>>,
    /// The requests that were sent: source and range.
    pub(crate) asked: Vec<(usize, Option<String>)>,
    /// Whether each said `If-Range`.
    pub(crate) conditional: Vec<bool>,
    /// Sources whose manifest was read again.
    pub(crate) reread: Vec<usize>,
    /// How often all was held against the manifest.
    pub(crate) verified: usize,
    /// Waits, in seconds.
    pub(crate) waits: Vec<u64>,
    pub(crate) done: bool,
    pub(crate) fetch: Fetch,
}

impl Came {
    pub(crate) fn received(&self) -> u64 {
        self.fetch.counts().received
    }
}

/// Fetches `file`, of which the first `have` bytes are kept as far as they are whole chunks, while `answer` says what comes: the number of
/// the request, and it. `same` says whether a manifest that is read again is the artefact's.
pub(crate) fn fetch(
    file: &File,
    have: usize,
    sources: usize,
    same: bool,
    mut answer: impl FnMut(usize, &Request) -> Answer,
) -> Came {
    let chunks = file.manifest.chunks();
    let missing: Vec<usize> = (0..chunks.len()).filter(|index| chunks[*index].end() > have as u64).collect();
    let mut came = Came {
        kept: BTreeMap::new(),
        asked: Vec::new(),
        conditional: Vec::new(),
        reread: Vec::new(),
        verified: 0,
        waits: Vec::new(),
        done: false,
        fetch: Fetch::new(file.manifest.clone(), TAG.to_owned(), &missing, sources),
    };
    for chunk in chunks.iter().filter(|chunk| chunk.end() <= have as u64) {
        let bytes = file.bytes[chunk.offset as usize..chunk.end() as usize].to_vec();
        came.kept.insert(chunk.digest, bytes);
    }
    let mut now = Duration::from_secs(1_000);
    // More requests than any of these takes: a loop would be one for ever.
    for _ in 0..2_000 {
        match came.fetch.next(now) {
            Step::Done => {
                came.done = true;
                return came;
            }
            Step::Failed => return came,
            Step::Wait(until) => {
                came.waits.push((until - now).as_secs_f64().ceil() as u64);
                now = until;
            }
            Step::ReadManifest(source) => {
                came.reread.push(source);
                came.fetch.manifest_read(now, source, same);
            }
            Step::Verify => {
                came.verified += 1;
                let there = |index: &usize| came.kept.contains_key(&chunks[*index].digest);
                let missing: Vec<usize> = (0..chunks.len()).filter(|index| !there(index)).collect();
                came.fetch.verified(&missing);
            }
            Step::Ask(request) => {
                let number = came.asked.len();
                came.asked.push((request.source, request.range.clone()));
                came.conditional.push(request.conditional);
                one(&mut came, now, &answer(number, &request));
                now += Duration::from_millis(10);
            }
        }
    }
    panic!("it goes round in circles: {:?} {:?}", came.asked.last(), came.fetch.counts());
}

/// Feeds one answer, in pieces as a connection gives them.
fn one(came: &mut Came, now: Duration, answer: &Answer) {
    if !answer.silent {
        let head = Head {
            status: answer.status,
            content_range: answer.content_range.as_deref(),
            etag: answer.etag,
            content_type: answer.content_type,
            content_length: None,
            retry_after_s: answer.retry_after_s,
        };
        if came.fetch.head(now, &head) {
            for piece in answer.body.chunks(10_007) {
                let fed = came.fetch.bytes(piece);
                came.kept.extend(fed.chunks);
                if !fed.go_on {
                    break;
                }
            }
        }
    }
    came.fetch.end(now);
}

/// The file as it is kept. `None`: not all of it is.
pub(crate) fn whole(came: &Came, file: &File) -> Option<Vec<u8>> {
    file.manifest
        .chunks()
        .iter()
        .map(|chunk| came.kept.get(&chunk.digest).cloned())
        .collect::<Option<Vec<_>>>()
        .map(|of| of.concat())
}

/// Every chunk that is kept is what its name says.
pub(crate) fn all_right(came: &Came) -> bool {
    came.kept.iter().all(|(digest, bytes)| ChunkDigest::of(bytes) == *digest)
}
