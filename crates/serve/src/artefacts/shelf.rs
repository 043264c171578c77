//! What the server keeps, as requests see it: a list in memory, and the store behind it, which is asked on threads of its own.

use super::image::{Blob, Image};
use super::known::{Known, Shown};
use super::options::ArtefactOptions;
use crate::error::ServeError;
use crate::problem::Problem;
use crate::watched::Watched;
use paceline_api::Code;
use paceline_api::artefact::{ArtefactTaken, ArtefactView, ChunkTaken};
use paceline_artefact::{
    Absent, Chunk, ChunkDigest, Object, Signed, Store, StoreError, TrustedKeys, Verified,
};
use paceline_model::edge::ArtefactDigest;
use paceline_model::limits::ARTEFACT_CHUNKS_SHOWN_MAX;
use paceline_supervise::sync::oneshot;
use paceline_supervise::{Scope, Spawner, Until};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Longest that one look at the store may take: the removal of an artefact reads all manifests.
const THREAD_MAX: Duration = Duration::from_secs(120);
/// Threads that read or write at once: disks do not get faster by more.
const DISK_AT_ONCE: usize = 16;

/// A store that is open, of a server that does not run yet.
pub(crate) struct Opened {
    store: Arc<Store>,
    keys: Arc<Watched<TrustedKeys>>,
    shown: BTreeMap<ArtefactDigest, Shown>,
    downloads_max: usize,
}

impl Opened {
    /// `None`: no directory is set. Errors: the directory or the keys cannot be used.
    pub(crate) fn new(options: &ArtefactOptions) -> Result<Option<Self>, ServeError> {
        let options = options.clone().validate()?;
        let Some((directory, file)) = options.directory.zip(options.keys_file) else { return Ok(None) };
        let files = vec![file.clone()];
        let read = move || -> Result<TrustedKeys, String> {
            let named = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
            let text = std::fs::read_to_string(&file).map_err(|error| named(&error))?;
            TrustedKeys::read(&text).map_err(|error| named(&error))
        };
        let keys = Watched::new("artefact keys", files, read).map_err(ServeError::Artefacts)?;
        let unusable = |error: StoreError| ServeError::Artefacts(error.to_string());
        let store = Arc::new(Store::open(&directory, options.bytes_max).map_err(unusable)?);
        let shown = shown(&store).map_err(unusable)?;
        Ok(Some(Self { store, keys, shown, downloads_max: options.downloads_max }))
    }

    /// Begins to watch the keys, until the scope closes.
    pub(crate) fn start(self, scope: &Scope) -> Arc<Shelf> {
        self.keys.start(scope);
        Arc::new(Shelf {
            store: self.store,
            keys: self.keys,
            spawner: scope.spawner(),
            disk: Arc::new(Semaphore::new(DISK_AT_ONCE)),
            downloads: Arc::new(Semaphore::new(self.downloads_max)),
            known: Mutex::new(Known::new(self.shown)),
        })
    }
}

/// What is there at the start, whole or not. A manifest that is damaged is gone by that.
fn shown(store: &Store) -> Result<BTreeMap<ArtefactDigest, Shown>, StoreError> {
    let present = store.present()?;
    let mut shown = BTreeMap::new();
    for artefact in store.artefacts()? {
        let read = store.manifest(&artefact).and_then(|signed| Ok((signed.unverified()?, signed)));
        match read {
            Ok((manifest, signed)) => {
                let missing = Absent::among(&manifest, &present).bytes;
                shown.insert(artefact, Shown::new(&artefact, &signed, &manifest, missing));
            }
            Err(StoreError::Unknown(_) | StoreError::Manifest(_)) => {
                tracing::warn!(%artefact, "its manifest was damaged, and is thrown away");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(shown)
}

/// The artefacts of a server that runs.
pub(crate) struct Shelf {
    store: Arc<Store>,
    keys: Arc<Watched<TrustedKeys>>,
    spawner: Spawner,
    disk: Arc<Semaphore>,
    downloads: Arc<Semaphore>,
    known: Mutex<Known>,
}

impl Shelf {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All artefacts, by model, version and precision as they are written.
    pub(crate) fn list(&self) -> Vec<ArtefactView> {
        let mut all: Vec<ArtefactView> =
            self.known().shown.values().map(|shown| shown.view.clone()).collect();
        all.sort_by(|a, b| (&a.model, &a.version, &a.artefact).cmp(&(&b.model, &b.version, &b.artefact)));
        all
    }

    /// Asks the store on a thread. Errors: what the store says, as a problem; the server is shutting down.
    async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Arc<Store>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Problem> {
        let permit = self.disk.clone().acquire_owned().await.map_err(|_| Problem::draining())?;
        let (store, (to, done)) = (self.store.clone(), oneshot::channel("an answer of the artefact store"));
        let spawned = self.spawner.spawn_blocking("artefacts", Until::Within(THREAD_MAX), move |_| {
            let answer = work(&store);
            drop(permit);
            // Whoever asked may have gone away.
            _ = to.send(answer);
        });
        spawned.ok_or_else(Problem::draining)?;
        done.recv().await.map_err(|_| Problem::draining())?.map_err(problem)
    }

    /// The signed manifest of an artefact, as it was uploaded. Errors: it is not there.
    pub(crate) async fn manifest(&self, artefact: ArtefactDigest) -> Result<Vec<u8>, Problem> {
        self.aside(move |store| Ok(store.manifest(&artefact)?.encode())).await
    }

    /// An artefact that is whole, to be read. Errors: it is not there, or not whole.
    pub(crate) async fn object(&self, artefact: ArtefactDigest) -> Result<Object, Problem> {
        let kept = {
            let known = self.known();
            let missing = known.shown.get(&artefact).map(|shown| shown.view.missing_bytes);
            match missing {
                None => return Err(Problem::unknown("artefact", &artefact.to_string())),
                Some(0) => {}
                Some(missing) => {
                    let detail =
                        format!("{artefact} is not whole here: {missing} bytes have not been uploaded.");
                    return Err(Problem::new(Code::E0201, detail));
                }
            }
            known.manifests.iter().find(|(of, _)| *of == artefact).map(|(_, manifest)| manifest.clone())
        };
        let manifest = match kept {
            Some(manifest) => manifest,
            None => {
                let read =
                    self.aside(move |store| Ok(Arc::new(store.manifest(&artefact)?.unverified()?))).await?;
                self.known().keep(artefact, read.clone());
                read
            }
        };
        Ok(Object::new(self.store.clone(), artefact, manifest))
    }

    /// A place among the downloads. Errors: there is none.
    pub(crate) fn download(&self) -> Result<OwnedSemaphorePermit, Problem> {
        let full = |_| Problem::busy("As many artefacts are being fetched as may be at once.");
        self.downloads.clone().try_acquire_owned().map_err(full)
    }

    /// The bytes of one chunk. Errors: it is damaged, and thrown away: the artefact is no longer whole.
    pub(crate) async fn chunk(&self, object: &Object, index: usize) -> Result<Vec<u8>, Problem> {
        let (artefact, of) = (object.artefact(), object.clone());
        let read = self.aside(move |_| match of.chunk(index) {
            Err(StoreError::NotWhole { why, .. }) => Ok(Err(why)),
            read => read.map(Ok),
        });
        match read.await? {
            Ok(bytes) => Ok(bytes),
            Err(why) => {
                tracing::error!(%artefact, index, %why, "a chunk is not whole: push the artefact again");
                let length = object.manifest().chunks().get(index).map_or(1, |chunk| u64::from(chunk.length));
                if let Some(shown) = self.known().shown.get_mut(&artefact) {
                    shown.view.missing_bytes += length;
                }
                Err(Problem::new(
                    Code::E0201,
                    format!("Chunk {index} of {artefact} is not whole here: {why}."),
                ))
            }
        }
    }

    /// The tags of a repository, in their order; none: there is no such repository.
    pub(crate) fn tags(&self, repository: &str) -> Vec<String> {
        let known = self.known();
        let here = known.shown.values().filter(|shown| shown.is_in(repository));
        let mut tags: Vec<String> = here.filter_map(|shown| shown.image.tag.clone()).collect();
        tags.sort();
        tags
    }

    /// The manifest of a registry by its tag or digest, with its digest. Errors: there is none.
    pub(crate) async fn image(
        &self,
        repository: &str,
        reference: &str,
    ) -> Result<(String, Vec<u8>), Problem> {
        let of = |image: &Image| image.digest == reference || image.tag.as_deref() == Some(reference);
        let found = self.known().find(repository, |image| of(image).then(|| image.clone()));
        let (artefact, image) = found.ok_or_else(|| Problem::unknown("manifest", reference))?;
        let json = self.aside(move |store| {
            let signed = store.manifest(&artefact)?;
            let manifest = signed.unverified()?;
            Ok((image.digest.clone(), image.json(manifest.length(), &manifest.variant, &signed)))
        });
        json.await
    }

    /// What a digest names in a repository. Errors: nothing.
    pub(crate) fn blob(&self, repository: &str, digest: &str) -> Result<(ArtefactDigest, Blob), Problem> {
        self.known()
            .find(repository, |image| image.blob(digest))
            .ok_or_else(|| Problem::unknown("blob", digest))
    }

    /// Takes a manifest, if a trusted key signed it and there is room for what it still needs.
    ///
    /// Errors: it is not believed; another artefact is of the same model, version and precision; no room; too many uploads at once.
    pub(crate) async fn put(
        &self,
        artefact: ArtefactDigest,
        bytes: Vec<u8>,
    ) -> Result<ArtefactTaken, Problem> {
        let refused = |error: &dyn std::fmt::Display| Problem::new(Code::E0701, error.to_string());
        let signed = Signed::decode(&bytes).map_err(|error| refused(&error))?;
        let Verified { manifest, .. } =
            signed.verify(&artefact, &self.keys.get()).map_err(|error| refused(&error))?;
        let new = Shown::new(&artefact, &signed, &manifest, 0);
        self.known().alone(&artefact, &new)?;
        let manifest = Arc::new(manifest);
        let (of, kept) = (manifest.clone(), signed.clone());
        let absent = self.aside(move |store| {
            let absent = store.absent(&of)?;
            let has = store.room()?;
            if absent.bytes > has {
                return Ok(Err((absent.bytes, has)));
            }
            store.put_manifest(&kept)?;
            Ok(Ok(absent))
        });
        let absent = absent.await?.map_err(|(needs, has)| {
            Problem::new(Code::E0702, format!("{artefact} needs {needs} bytes, and there is room for {has}."))
        })?;
        let chunk = |index: &usize| &manifest.chunks()[*index];
        let mut known = self.known();
        if !absent.chunks.is_empty() {
            known.uploads.begin(artefact, absent.chunks.iter().map(chunk))?;
        }
        let view = ArtefactView { missing_bytes: absent.bytes, ..new.view };
        known.shown.insert(artefact, Shown { view, ..new });
        let missing =
            absent.chunks.iter().take(ARTEFACT_CHUNKS_SHOWN_MAX).map(|index| chunk(index).digest.to_string());
        Ok(ArtefactTaken {
            artefact: artefact.to_string(),
            missing: missing.collect(),
            missing_bytes: absent.bytes,
        })
    }

    /// Takes a chunk of an artefact that is being uploaded. One that is there is taken again.
    ///
    /// Errors: the artefact's manifest did not come, or does not name it; no room.
    pub(crate) async fn put_chunk(
        &self,
        artefact: ArtefactDigest,
        bytes: Vec<u8>,
    ) -> Result<ChunkTaken, Problem> {
        let digest = ChunkDigest::of(&bytes);
        let awaited = self.known().uploads.awaits(&artefact, &digest);
        match awaited {
            Some(length) if length as usize == bytes.len() => {
                self.aside(move |store| store.put_chunk(&digest, &bytes)).await?;
            }
            _ => {
                let chunk = Chunk { offset: 0, length: bytes.len() as u32, digest };
                self.came_before(&artefact, chunk).await?;
            }
        }
        let missing_bytes = self.known().came(&artefact, &digest);
        if missing_bytes == 0 {
            self.aside(|store| store.settle()).await?;
        }
        Ok(ChunkTaken { chunk: digest.to_string(), missing_bytes })
    }

    /// A chunk whose answer was lost comes again. Errors: nothing is known of the artefact, or nothing is there of this chunk and it is
    /// not waited for.
    async fn came_before(&self, artefact: &ArtefactDigest, chunk: Chunk) -> Result<(), Problem> {
        if !self.known().shown.contains_key(artefact) {
            return Err(Problem::unknown("artefact", &artefact.to_string()));
        }
        if self.aside(move |store| store.has(&chunk)).await? {
            return Ok(());
        }
        let digest = chunk.digest;
        let detail =
            format!("{artefact} waits for no chunk {digest}: send its manifest first, which says for which.");
        Err(Problem::new(Code::E0701, detail))
    }

    /// Removes an artefact. Returns the bytes that this freed. Errors: it is not there.
    pub(crate) async fn remove(&self, artefact: ArtefactDigest) -> Result<u64, Problem> {
        let collected = self.aside(move |store| store.remove(&artefact)).await?;
        let mut known = self.known();
        known.uploads.end(&artefact);
        known.shown.remove(&artefact);
        known.manifests.retain(|(of, _)| *of != artefact);
        Ok(collected.bytes)
    }
}

/// What the store says, as an answer.
fn problem(error: StoreError) -> Problem {
    match error {
        StoreError::Unknown(artefact) => Problem::unknown("artefact", &artefact.to_string()),
        StoreError::Full { needs, .. } => Problem::new(
            Code::E0702,
            format!("There is no room for {needs} bytes; nothing of them is there."),
        ),
        StoreError::Manifest(error) => Problem::new(Code::E0701, error.to_string()),
        error => {
            tracing::error!(%error, "the artefact store failed");
            Problem::new(Code::E0304, "The artefact store failed; its log says why.")
        }
    }
}
