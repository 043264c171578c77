//! What the server keeps, as requests see it: a list in memory, and the store behind it, which is asked on threads of its own.

use super::options::ArtefactOptions;
use super::uploads::Uploads;
use crate::error::ServeError;
use crate::problem::Problem;
use crate::watched::Watched;
use paceline_api::Code;
use paceline_api::artefact::{ArtefactTaken, ArtefactView, ChunkTaken, MISSING_SHOWN_MAX};
use paceline_artefact::{
    Absent, ChunkDigest, Manifest, Object, Signed, Store, StoreError, TrustedKeys, Verified,
};
use paceline_model::edge::ArtefactDigest;
use paceline_supervise::sync::oneshot;
use paceline_supervise::{Scope, Spawner, Until};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Longest that one look at the store may take: the removal of an artefact reads all manifests.
const THREAD_MAX: Duration = Duration::from_secs(120);
/// Threads that read or write at once: disks do not get faster by more.
const DISK_AT_ONCE: usize = 16;
/// Manifests that are kept in memory, so that each part of a download does not read one anew. The largest takes 17 MB.
const MANIFESTS_MAX: usize = 8;

/// A store that is open, of a server that does not run yet.
pub(crate) struct Opened {
    store: Arc<Store>,
    keys: Arc<Watched<TrustedKeys>>,
    shown: BTreeMap<ArtefactDigest, ArtefactView>,
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
            known: Mutex::new(Known {
                shown: self.shown,
                uploads: Uploads::default(),
                manifests: VecDeque::new(),
            }),
        })
    }
}

/// What is there at the start, whole or not. A manifest that is damaged is gone by that.
fn shown(store: &Store) -> Result<BTreeMap<ArtefactDigest, ArtefactView>, StoreError> {
    let present = store.present()?;
    let mut shown = BTreeMap::new();
    for artefact in store.artefacts()? {
        let read = store.manifest(&artefact).and_then(|signed| Ok((signed.unverified()?, signed)));
        match read {
            Ok((manifest, signed)) => {
                let missing = Absent::among(&manifest, &present).bytes;
                shown.insert(artefact, view(&artefact, &signed, &manifest, missing));
            }
            Err(StoreError::Unknown(_) | StoreError::Manifest(_)) => {
                tracing::warn!(%artefact, "its manifest was damaged, and is thrown away");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(shown)
}

fn view(artefact: &ArtefactDigest, signed: &Signed, manifest: &Manifest, missing_bytes: u64) -> ArtefactView {
    ArtefactView {
        artefact: artefact.to_string(),
        model: manifest.variant.model.to_string(),
        version: manifest.variant.version.to_string(),
        precision: manifest.variant.precision.into(),
        bytes: manifest.length(),
        chunks: manifest.chunks().len() as u64,
        signed_by: signed.keys().map(|key| key.to_string()).collect(),
        missing_bytes,
    }
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

struct Known {
    shown: BTreeMap<ArtefactDigest, ArtefactView>,
    uploads: Uploads,
    /// The newest last.
    manifests: VecDeque<(ArtefactDigest, Arc<Manifest>)>,
}

impl Shelf {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All artefacts, by model, version and precision as they are written.
    pub(crate) fn list(&self) -> Vec<ArtefactView> {
        let mut all: Vec<ArtefactView> = self.known().shown.values().cloned().collect();
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
            let missing = known.shown.get(&artefact).map(|view| view.missing_bytes);
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
                if let Some(view) = self.known().shown.get_mut(&artefact) {
                    view.missing_bytes += length;
                }
                Err(Problem::new(
                    Code::E0201,
                    format!("Chunk {index} of {artefact} is not whole here: {why}."),
                ))
            }
        }
    }

    /// Takes a manifest, if a trusted key signed it and there is room for what it still needs.
    ///
    /// Errors: it is not believed; no room; too many uploads at once.
    pub(crate) async fn put(
        &self,
        artefact: ArtefactDigest,
        bytes: Vec<u8>,
    ) -> Result<ArtefactTaken, Problem> {
        let refused = |error: &dyn std::fmt::Display| Problem::new(Code::E0701, error.to_string());
        let signed = Signed::decode(&bytes).map_err(|error| refused(&error))?;
        let Verified { manifest, .. } =
            signed.verify(&artefact, &self.keys.get()).map_err(|error| refused(&error))?;
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
        known.shown.insert(artefact, view(&artefact, &signed, &manifest, absent.bytes));
        let missing =
            absent.chunks.iter().take(MISSING_SHOWN_MAX).map(|index| chunk(index).digest.to_string());
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
            _ => self.came_before(&artefact, &digest)?,
        }
        let missing_bytes = self.known().came(&artefact, &digest);
        if missing_bytes == 0 {
            self.aside(|store| store.settle()).await?;
        }
        Ok(ChunkTaken { chunk: digest.to_string(), missing_bytes })
    }

    /// Errors: nothing is known of the artefact, or it has all of its chunks or does not name this one.
    fn came_before(&self, artefact: &ArtefactDigest, chunk: &ChunkDigest) -> Result<(), Problem> {
        let known = self.known();
        if !known.shown.contains_key(artefact) {
            return Err(Problem::unknown("artefact", &artefact.to_string()));
        }
        // A chunk whose answer was lost comes again, perhaps after all others.
        if !known.uploads.is_open(artefact) && known.shown[artefact].missing_bytes == 0 {
            return Ok(());
        }
        let detail =
            format!("{artefact} waits for no chunk {chunk}: send its manifest first, which says for which.");
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

impl Known {
    fn keep(&mut self, artefact: ArtefactDigest, manifest: Arc<Manifest>) {
        self.manifests.push_back((artefact, manifest));
        if self.manifests.len() > MANIFESTS_MAX {
            self.manifests.pop_front();
        }
    }
    /// A chunk came. Returns what is still to come.
    fn came(&mut self, artefact: &ArtefactDigest, chunk: &ChunkDigest) -> u64 {
        let missing = self.uploads.came(artefact, chunk);
        if let Some(view) = self.shown.get_mut(artefact) {
            view.missing_bytes = missing;
        }
        missing
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
