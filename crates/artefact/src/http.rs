//! Fetches over HTTP: sends what [`Fetch`] asks for, feeds it what comes, and keeps the chunks.

use crate::canonical::ManifestError;
use crate::fetch::{Counts, Fetch, Head, Request, SourceReport, Step};
use crate::keys::TrustedKeys;
use crate::manifest::Manifest;
use crate::rate::RateLimit;
use crate::room::Keep;
use crate::signed::{Signed, Verified};
use crate::store::{Store, StoreError};
use paceline_model::edge::ArtefactDigest;
use paceline_model::limits::{ARTEFACT_MANIFEST_BYTES_MAX, ARTEFACT_SOURCES_MAX};
use reqwest::header::{
    CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderName, IF_RANGE, RANGE, RETRY_AFTER,
};
use reqwest::{Client, RequestBuilder, Response};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// Longest that the head of an answer may take: a satellite's round trip is under a second, a busy server's queue some seconds.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// Longest silence in a body before it counts as broken off.
const SILENCE_MAX: Duration = Duration::from_secs(30);

/// Somebody who may have the artefact: a server, or a neighbour that runs it.
#[derive(Clone, Debug)]
pub struct Source {
    /// Where it is asked, such as `https://region.example` or `http://10.0.0.7:7443`.
    pub base: String,
    /// By what; it follows no redirect, or a log-in page is taken for an answer longer than need be.
    pub client: Client,
    /// Sent as `Authorization: Bearer`.
    pub bearer: Option<String>,
    /// For which node it is fetched: sent as `Paceline-Node`, so that the region may say no.
    pub node: Option<String>,
    /// The pace of the link to it, shared by all that goes over it.
    pub rate: Option<Arc<Mutex<RateLimit>>>,
}

impl Source {
    fn get(&self, artefact: &ArtefactDigest, what: &str) -> RequestBuilder {
        let mut request =
            self.client.get(format!("{}/v1/artefacts/{artefact}{what}", self.base.trim_end_matches('/')));
        if let Some(node) = &self.node {
            request = request.header("paceline-node", node);
        }
        match &self.bearer {
            Some(bearer) => request.bearer_auth(bearer),
            None => request,
        }
    }

    /// Waits until the link has carried so many bytes at its pace.
    async fn pace(&self, now: Duration, bytes: usize) {
        let wait = self
            .rate
            .as_ref()
            .map(|rate| rate.lock().unwrap_or_else(PoisonError::into_inner).take(now, bytes));
        if let Some(wait) = wait.filter(|wait| !wait.is_zero()) {
            sleep(wait).await;
        }
    }
}

/// A fetch that came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// What it is: whole, and verified chunk by chunk and as a whole.
    pub manifest: Arc<Manifest>,
    /// What it cost.
    pub counts: Counts,
    /// How the sources did, in their order.
    pub sources: Vec<SourceReport>,
}

/// Why an artefact was not fetched. What came of it is kept.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// No source gave its manifest; what each said, in their order.
    #[error("no source gives the manifest of {artefact}: {}", said.join("; "))]
    NoManifest {
        /// Of which artefact.
        artefact: ArtefactDigest,
        /// What each said.
        said: Vec<String>,
    },
    /// Every source gave something else, and is not asked again; or chunks that were kept are gone each time that they are looked for.
    #[error("no source is left for {artefact}, or what is kept of it is gone again: {reports:?}")]
    NoSource {
        /// Which artefact.
        artefact: ArtefactDigest,
        /// How they did, in their order.
        reports: Vec<SourceReport>,
    },
    /// Too many sources, or none.
    #[error("there are {0} sources: must be between 1 and {ARTEFACT_SOURCES_MAX}")]
    Sources(usize),
    /// It cannot be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Fetches artefacts into a store.
#[derive(Clone, Debug)]
pub struct Fetcher {
    store: Arc<Store>,
    keys: Arc<TrustedKeys>,
    /// What its times are since.
    epoch: Instant,
}

impl Fetcher {
    /// Into this store, believing these keys.
    pub fn new(store: Arc<Store>, keys: Arc<TrustedKeys>) -> Self {
        Self { store, keys, epoch: Instant::now() }
    }

    fn now(&self) -> Duration {
        self.epoch.elapsed()
    }

    /// Fetches what is missing of an artefact, from the first of the sources that has it and can be reached, and goes on with the next
    /// where one fails. It waits for as long as a source may still have it; whoever has no more patience drops the future, and calls
    /// again later: what came is kept. `keep` is what room may not be made of.
    ///
    /// Errors: as [`FetchError`]; where there is no room, before the first byte of it.
    pub async fn fetch(
        &self,
        artefact: ArtefactDigest,
        sources: &[Source],
        keep: &[Keep],
    ) -> Result<Fetched, FetchError> {
        if sources.is_empty() || sources.len() > ARTEFACT_SOURCES_MAX {
            return Err(FetchError::Sources(sources.len()));
        }
        let manifest = Arc::new(self.manifest(artefact, sources).await?);
        let missing = self.make_room(artefact, &manifest, keep).await?;
        let mut fetch = Fetch::new(manifest.clone(), etag(&artefact), &missing, sources.len());
        self.drive(&mut fetch, artefact, sources).await?;
        Ok(Fetched { manifest, counts: fetch.counts(), sources: fetch.sources().collect() })
    }

    /// The manifest that is kept, or that of the first source that gives it.
    async fn manifest(&self, artefact: ArtefactDigest, sources: &[Source]) -> Result<Manifest, FetchError> {
        let (store, keys) = (self.store.clone(), self.keys.clone());
        match blocking(move || store.verified(&artefact, &keys)).await {
            Ok(verified) => return Ok(verified.manifest),
            Err(StoreError::Unknown(_) | StoreError::Manifest(_)) => {}
            Err(error) => return Err(error.into()),
        }
        let mut said = Vec::new();
        for source in sources {
            match self.read_manifest(artefact, source).await {
                Ok((signed, verified)) => {
                    let store = self.store.clone();
                    blocking(move || store.put_manifest(&signed)).await?;
                    return Ok(verified.manifest);
                }
                Err(why) => said.push(format!("{}: {why}", source.base)),
            }
        }
        Err(FetchError::NoManifest { artefact, said })
    }

    async fn read_manifest(
        &self,
        artefact: ArtefactDigest,
        source: &Source,
    ) -> Result<(Signed, Verified), String> {
        let response = answer(source.get(&artefact, "")).await?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(format!("HTTP status {}", response.status().as_u16()));
        }
        let bytes = self.read(response, source).await?;
        let read = || -> Result<(Signed, Verified), ManifestError> {
            let signed = Signed::decode(&bytes)?;
            let verified = signed.verify(&artefact, &self.keys)?;
            Ok((signed, verified))
        };
        read().map_err(|error| error.to_string())
    }

    async fn read(&self, mut response: Response, source: &Source) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        while let Some(piece) = piece(&mut response).await? {
            if bytes.len() + piece.len() > ARTEFACT_MANIFEST_BYTES_MAX {
                return Err(format!("the manifest has more than {ARTEFACT_MANIFEST_BYTES_MAX} bytes"));
            }
            bytes.extend_from_slice(&piece);
            source.pace(self.now(), piece.len()).await;
        }
        Ok(bytes)
    }

    /// What is missing, once there is room for it.
    async fn make_room(
        &self,
        artefact: ArtefactDigest,
        manifest: &Arc<Manifest>,
        keep: &[Keep],
    ) -> Result<Vec<usize>, FetchError> {
        let (store, manifest, keep) = (self.store.clone(), manifest.clone(), keep.to_vec());
        let made = move || {
            let absent = store.absent(&manifest)?;
            if absent.bytes > store.room()? {
                store.garbage_collect(&keep, Some((&artefact, &manifest)), &[])?;
            }
            Ok(absent.chunks)
        };
        Ok(blocking(made).await?)
    }

    async fn drive(
        &self,
        fetch: &mut Fetch,
        artefact: ArtefactDigest,
        sources: &[Source],
    ) -> Result<(), FetchError> {
        loop {
            match fetch.next(self.now()) {
                Step::Done => return Ok(()),
                Step::Failed => {
                    return Err(FetchError::NoSource { artefact, reports: fetch.sources().collect() });
                }
                Step::Wait(until) => sleep(until.saturating_sub(self.now())).await,
                Step::Verify => {
                    let (store, manifest) = (self.store.clone(), fetch.manifest().clone());
                    let verify = move || {
                        store.settle()?;
                        store.verify(&artefact, &manifest)
                    };
                    fetch.verified(&blocking(verify).await?);
                }
                Step::ReadManifest(source) => {
                    let same = self.read_manifest(artefact, &sources[source]).await.is_ok();
                    fetch.manifest_read(self.now(), source, same);
                }
                Step::Ask(request) => {
                    let source = &sources[request.source];
                    let asked = self.ask(fetch, &request, (source, artefact)).await;
                    fetch.end(self.now());
                    asked?;
                }
            }
        }
    }

    /// One request, from its head to the last byte that is of use. Errors: what came cannot be kept.
    async fn ask(
        &self,
        fetch: &mut Fetch,
        request: &Request,
        (source, artefact): (&Source, ArtefactDigest),
    ) -> Result<(), StoreError> {
        let mut asked = source.get(&artefact, "/content");
        if let Some(range) = &request.range {
            asked = asked.header(RANGE, range);
        }
        if request.conditional {
            asked = asked.header(IF_RANGE, etag(&artefact));
        }
        let Ok(mut response) = answer(asked).await else { return Ok(()) };
        if !fetch.head(self.now(), &head(&response)) {
            return Ok(());
        }
        while let Ok(Some(piece)) = piece(&mut response).await {
            let fed = fetch.bytes(&piece);
            if !fed.chunks.is_empty() {
                let store = self.store.clone();
                blocking(move || {
                    fed.chunks.iter().try_for_each(|(digest, bytes)| store.put_chunk(digest, bytes))
                })
                .await?;
            }
            if !fed.go_on {
                break;
            }
            source.pace(self.now(), piece.len()).await;
        }
        Ok(())
    }
}

/// The tag of an artefact's bytes: its name.
fn etag(artefact: &ArtefactDigest) -> String {
    format!("\"{artefact}\"")
}

fn head(of: &Response) -> Head<'_> {
    let text = |name: HeaderName| of.headers().get(name).and_then(|value| value.to_str().ok());
    let number = |name| text(name).and_then(|text| text.trim().parse().ok());
    Head {
        status: of.status().as_u16(),
        content_range: text(CONTENT_RANGE),
        etag: text(ETAG),
        content_type: text(CONTENT_TYPE),
        content_length: number(CONTENT_LENGTH),
        retry_after_s: number(RETRY_AFTER),
    }
}

async fn answer(request: RequestBuilder) -> Result<Response, String> {
    let answered = timeout(ANSWER_WITHIN, request.send()).await;
    answered.map_err(|_| format!("no answer within {ANSWER_WITHIN:?}"))?.map_err(|error| error.to_string())
}

async fn piece(response: &mut Response) -> Result<Option<impl std::ops::Deref<Target = [u8]>>, String> {
    let came = timeout(SILENCE_MAX, response.chunk()).await;
    came.map_err(|_| format!("nothing came for {SILENCE_MAX:?}"))?.map_err(|error| error.to_string())
}

/// Does something with the disk where nobody waits for it. Errors: those of `work`.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
