//! A fetch as a state machine: which bytes to ask of whom, and what an answer means. It does no I/O and has no clock: whoever drives
//! it sends the [`Request`]s, feeds what comes, keeps the chunks, and tells the time.
//!
//! ```text
//!   next -> Ask ------> head --(of use)--> bytes ... -> end -> next
//!        -> Wait          +--(not)-> end
//!        -> ReadManifest -> manifest_read       (a source speaks of something else under this name)
//!        -> Verify ------> verified             (all is there, or a source denies what is there)
//!        -> Done | Failed
//! ```
//! A chunk is handed out only whole and right. What broke off in the middle of one is kept, so that a link that is up for seconds
//! gets on.

mod head;
mod sources;
mod step;

pub use head::Head;
pub use sources::{SourceReport, SourceState};
pub use step::{Counts, Fed, Request, Step};

use crate::digest::ChunkDigest;
use crate::manifest::Manifest;
use head::Meaning;
use sources::Source;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use step::Arrived;

/// How often chunks may be gone that were kept before the fetch ends: a disk that forgets is no reason to fill a link.
const SPOILT_MAX: u32 = 3;

/// The beginning of a chunk.
#[derive(Clone, Debug)]
struct Partial {
    chunk: usize,
    bytes: Vec<u8>,
    source: usize,
    /// Several sources gave it: nobody is blamed if it is wrong.
    mixed: bool,
}

/// A request that is under way.
#[derive(Clone, Debug)]
struct Flight {
    source: usize,
    /// Where the next byte of its body belongs; `None`: nowhere, as it is of no use.
    at: Option<u64>,
    /// Whether anything of it was of use.
    useful: bool,
    /// Whether the source has been told what its answer means for it.
    judged: bool,
}

/// One fetch of one artefact.
#[derive(Clone, Debug)]
pub struct Fetch {
    manifest: Arc<Manifest>,
    etag: String,
    missing: Vec<bool>,
    /// Where chunks stand that stand at several places.
    twins: BTreeMap<ChunkDigest, Vec<usize>>,
    left: usize,
    verified: bool,
    /// How often chunks were gone that had been kept.
    spoilt: u32,
    sources: Vec<Source>,
    partial: Option<Partial>,
    flight: Option<Flight>,
    /// The source that is to be asked for the manifest again, and whether what is there is to be looked at.
    reread: Option<usize>,
    doubted: bool,
    counts: Counts,
}

impl Fetch {
    /// A fetch of the chunks of `missing`, by their index, from so many sources, the nearest first.
    pub fn new(manifest: Arc<Manifest>, etag: String, missing: &[usize], sources: usize) -> Self {
        let mut fetch = Self {
            missing: vec![false; manifest.chunks().len()],
            twins: twins(&manifest),
            manifest,
            etag,
            left: 0,
            verified: false,
            spoilt: 0,
            sources: vec![Source::new(); sources],
            partial: None,
            flight: None,
            reread: None,
            doubted: false,
            counts: Counts::default(),
        };
        fetch.miss(missing);
        fetch
    }

    fn miss(&mut self, chunks: &[usize]) {
        for &chunk in chunks {
            if let Some(missing) = self.missing.get_mut(chunk).filter(|missing| !**missing) {
                *missing = true;
                self.left += 1;
            }
        }
    }

    /// What is fetched.
    pub fn manifest(&self) -> &Arc<Manifest> {
        &self.manifest
    }
    /// What it has cost.
    pub fn counts(&self) -> Counts {
        self.counts
    }
    /// How the sources stand, in their order.
    pub fn sources(&self) -> impl Iterator<Item = SourceReport> {
        self.sources.iter().map(|source| source.report)
    }
    /// Chunks that are still missing.
    pub fn left(&self) -> usize {
        self.left
    }

    /// What to do next. `now` is since any fixed moment, on a clock that only goes forward.
    pub fn next(&mut self, now: Duration) -> Step {
        self.flight = None;
        if let Some(source) = self.reread {
            return Step::ReadManifest(source);
        }
        if self.doubted || (self.left == 0 && !self.verified) {
            return Step::Verify;
        }
        if self.left == 0 {
            return Step::Done;
        }
        if self.spoilt > SPOILT_MAX {
            return Step::Failed;
        }
        match self.choose(now) {
            Some((source, chunks)) => Step::Ask(self.ask(source, chunks)),
            // Whoever waits may be asked later; a source that may give nothing of what is missing never will.
            None => sources::next_at(&self.sources, now).map_or(Step::Failed, Step::Wait),
        }
    }

    /// The nearest source that may give something of what is missing, and the first run of that.
    fn choose(&self, now: Duration) -> Option<(usize, Range<usize>)> {
        let runs = |source| self.run(source).map(|run| (source, run));
        sources::ready(&self.sources, now).find_map(runs)
    }

    fn run(&self, source: usize) -> Option<Range<usize>> {
        let wanted = |chunk: usize| self.missing[chunk] && sources::may_give(&self.sources, source, chunk);
        let first = (0..self.missing.len()).find(|chunk| wanted(*chunk))?;
        let end = (first..self.missing.len()).find(|chunk| !wanted(*chunk));
        Some(first..end.unwrap_or(self.missing.len()))
    }

    fn ask(&mut self, source: usize, run: Range<usize>) -> Request {
        let chunks = self.manifest.chunks();
        let begun = self.partial.as_ref().filter(|partial| partial.chunk == run.start);
        let first = chunks[run.start].offset + begun.map_or(0, |partial| partial.bytes.len() as u64);
        let last = chunks[run.end - 1].end() - 1;
        let to_the_end = run.end == chunks.len();
        let range = if to_the_end { format!("bytes={first}-") } else { format!("bytes={first}-{last}") };
        let of = &self.sources[source];
        let range = (!of.whole_only).then_some(range);
        let conditional = range.is_some() && !of.unconditional;
        self.counts.requests += 1;
        self.flight = Some(Flight { source, at: None, useful: false, judged: false });
        Request { source, range, conditional }
    }

    /// The head of the answer to what was asked. Returns whether its body is to be read and fed.
    pub fn head(&mut self, now: Duration, head: &Head<'_>) -> bool {
        let meaning = head.meaning(&self.etag, self.manifest.length());
        let Some(flight) = &mut self.flight else { return false };
        if let Meaning::Bytes(at) = meaning {
            flight.at = Some(at);
            return true;
        }
        flight.judged = true;
        let index = flight.source;
        self.judge(now, index, meaning);
        false
    }

    fn judge(&mut self, now: Duration, index: usize, meaning: Meaning) {
        let source = &mut self.sources[index];
        match meaning {
            Meaning::Bytes(_) => {}
            Meaning::Another => {
                self.partial = None;
                self.reread = source.spoke_of_another().then_some(index);
            }
            Meaning::NotThere => {
                self.partial = None;
                self.doubted = true;
                self.reread = source.spoke_of_another().then_some(index);
            }
            // One that does not say so although the whole was asked for is as good as unreachable.
            Meaning::NoRange if source.whole_only => source.wait(now, SourceState::Failing, None),
            Meaning::NoRange => {
                self.partial = None;
                source.whole_only = true;
            }
            Meaning::NotModified if source.unconditional => source.wait(now, SourceState::Failing, None),
            Meaning::NotModified => source.unconditional = true,
            Meaning::Stranger => source.wait(now, SourceState::Captive, None),
            Meaning::Unknown => source.wait(now, SourceState::Unknown, None),
            Meaning::Refused => source.wait(now, SourceState::Refused, None),
            Meaning::Later(asked) => source.wait(now, SourceState::Failing, asked),
        }
    }

    /// Bytes of the answer's body, in order. The chunks that they complete are to be kept by the caller.
    pub fn bytes(&mut self, mut piece: &[u8]) -> Fed {
        let mut fed = Fed { chunks: Vec::new(), go_on: true };
        let Some(Flight { source, at: Some(_), .. }) = self.flight else {
            return Fed { go_on: false, ..fed };
        };
        self.counts.received += piece.len() as u64;
        self.sources[source].report.bytes += piece.len() as u64;
        while !piece.is_empty() && fed.go_on {
            match self.place(source, piece) {
                Some((took, chunk)) => {
                    piece = &piece[took..];
                    fed.chunks.extend(chunk);
                    fed.go_on = !self.sources[source].is_left() && self.left > 0;
                }
                // More than there is.
                None => fed.go_on = false,
            }
        }
        fed
    }

    /// Puts the beginning of `piece` where it belongs. Returns how much of it that was, and the chunk that is complete by it. `None`:
    /// it belongs nowhere.
    fn place(&mut self, source: usize, piece: &[u8]) -> Option<(usize, Option<Arrived>)> {
        let at = self.flight.as_ref()?.at?;
        let index = self.manifest.chunk_at(at);
        let chunk = *self.manifest.chunks().get(index)?;
        let within = (at - chunk.offset) as usize;
        let took = piece.len().min(chunk.length as usize - within);
        self.move_on(at + took as u64);
        if !self.missing[index] || !self.goes_on_at(source, index, within) {
            return Some((took, None));
        }
        let partial = self.partial.as_mut()?;
        partial.bytes.truncate(within);
        partial.bytes.extend_from_slice(&piece[..took]);
        if partial.bytes.len() < chunk.length as usize {
            self.was_of_use();
            return Some((took, None));
        }
        let partial = self.partial.take()?;
        Some((took, self.complete(chunk.digest, partial)))
    }

    fn move_on(&mut self, at: u64) {
        if let Some(flight) = &mut self.flight {
            flight.at = Some(at);
        }
    }

    fn was_of_use(&mut self) {
        if let Some(flight) = &mut self.flight {
            flight.useful = true;
        }
    }

    /// Whether there is a beginning of this chunk that bytes from `within` on continue, if only with what they repeat.
    fn goes_on_at(&mut self, source: usize, chunk: usize, within: usize) -> bool {
        match &mut self.partial {
            Some(partial) if partial.chunk == chunk && within <= partial.bytes.len() => {
                partial.mixed = within > 0 && (partial.mixed || partial.source != source);
                partial.source = source;
                true
            }
            _ if within > 0 => false,
            _ => {
                self.partial = Some(Partial { chunk, bytes: Vec::new(), source, mixed: false });
                true
            }
        }
    }

    /// Holds a chunk against its name.
    fn complete(&mut self, digest: ChunkDigest, partial: Partial) -> Option<Arrived> {
        if ChunkDigest::of(&partial.bytes) != digest {
            self.counts.wrong += 1;
            if !partial.mixed {
                self.sources[partial.source].gave_wrong(partial.chunk);
            }
            return None;
        }
        self.was_of_use();
        self.sources[partial.source].went_well();
        self.found(partial.chunk, digest);
        self.counts.kept += partial.bytes.len() as u64;
        Some((digest, partial.bytes))
    }

    /// A chunk is there, wherever in the file it stands.
    fn found(&mut self, index: usize, digest: ChunkDigest) {
        let twins = self.twins.get(&digest).map_or(&[][..], Vec::as_slice);
        for &index in twins.iter().chain([&index]) {
            self.left -= usize::from(std::mem::take(&mut self.missing[index]));
        }
        self.verified = false;
    }

    /// The answer is over, or there was none: the source could not be reached, or the connection broke.
    pub fn end(&mut self, now: Duration) {
        let Some(flight) = self.flight.take() else { return };
        if !flight.judged && !flight.useful && !self.sources[flight.source].is_left() {
            self.sources[flight.source].wait(now, SourceState::Failing, None);
        }
    }

    /// The manifest was read again of a source: whether it is the artefact's, and signed by a trusted key.
    pub fn manifest_read(&mut self, now: Duration, source: usize, same: bool) {
        self.reread = None;
        if same {
            // It has the right one and spoke of another: a cache that mixes them may be over with it soon.
            self.sources[source].wait(now, SourceState::Failing, None);
        } else {
            self.sources[source].leave();
        }
    }

    /// All that was there was held against the manifest: these chunks are not there.
    pub fn verified(&mut self, missing: &[usize]) {
        self.spoilt += u32::from(!missing.is_empty() && self.left == 0);
        self.doubted = false;
        self.verified = missing.is_empty();
        self.miss(missing);
    }
}

/// The places of chunks that stand at several.
fn twins(manifest: &Manifest) -> BTreeMap<ChunkDigest, Vec<usize>> {
    let mut places: BTreeMap<ChunkDigest, Vec<usize>> = BTreeMap::new();
    for (index, chunk) in manifest.chunks().iter().enumerate() {
        places.entry(chunk.digest).or_default().push(index);
    }
    places.retain(|_, places| places.len() > 1);
    places
}
