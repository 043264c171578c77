//! Artefacts from the region's server, by the store of `paceline-artefact`: whole and verified, or not there.
//!
//! ```text
//!   store (chunks, manifests) <--what is missing-- server        store --chunk by chunk, verified--> models/<digest>
//! ```
//! What is loaded is a file beside the store, whose digest is measured each time before it is loaded.

use super::Fetcher;
use crate::replica::Variant;
use crate::runner::Pending;
use paceline_artefact::{Keep, Manifest, Object, Source, Store, TrustedKeys, Why};
use paceline_model::edge::{ArtefactDigest, Precision};
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes that are copied at once: a chunk.
const COPIED_AT_ONCE: usize = 256 << 10;

/// Fetches from a server into a folder of the agent.
pub struct StoreFetcher {
    store: Arc<Store>,
    keys: Arc<TrustedKeys>,
    fetcher: paceline_artefact::Fetcher,
    sources: Vec<Source>,
    models: PathBuf,
}

impl StoreFetcher {
    /// Into `dir`, of which it takes at most `bytes_max`, and half as much again for what runs; believing these keys, from these sources.
    ///
    /// Errors: the folder is another process's, or the system's; in words.
    pub fn open(dir: &Path, bytes_max: u64, keys: TrustedKeys, sources: Vec<Source>) -> Result<Self, String> {
        let models = dir.join("models");
        fs::create_dir_all(&models).map_err(|error| format!("{}: {error}", models.display()))?;
        let store = Store::open(&dir.join("store"), bytes_max).map_err(|error| error.to_string())?;
        let (store, keys) = (Arc::new(store), Arc::new(keys));
        let fetcher = paceline_artefact::Fetcher::new(store.clone(), keys.clone());
        Ok(Self { store, keys, fetcher, sources, models })
    }

    async fn bring(&self, variant: &Variant, keep: Vec<String>) -> Result<Option<PathBuf>, String> {
        let Some(named) = &variant.artefact else { return Ok(None) };
        let digest: ArtefactDigest = named.parse().map_err(|error| format!("{named}: {error}"))?;
        // What is here needs no link.
        if let Ok(file) = self.file(digest, variant).await {
            return Ok(Some(file));
        }
        let kept = keep.iter().filter_map(|digest| digest.parse().ok());
        let kept: Vec<Keep> = kept.map(|artefact| Keep { artefact, why: Why::Needed }).collect();
        self.fetcher.fetch(digest, &self.sources, &kept).await.map_err(|error| error.to_string())?;
        self.tidy(&keep);
        self.file(digest, variant).await.map(Some)
    }

    /// The file of an artefact that is whole here. Errors: it is not, or it is another variant's, in words.
    async fn file(&self, digest: ArtefactDigest, variant: &Variant) -> Result<PathBuf, String> {
        let (store, keys) = (self.store.clone(), self.keys.clone());
        let (models, variant) = (self.models.clone(), variant.clone());
        let written = tokio::task::spawn_blocking(move || {
            let object = store.open_object(&digest, &keys).map_err(|error| error.to_string())?;
            is_of(object.manifest(), &variant)?;
            let file = models.join(name(&digest));
            measured(object, &file).map_err(|error| format!("{}: {error}", file.display()))?;
            Ok(file)
        });
        written.await.unwrap_or_else(|error| Err(error.to_string()))
    }

    /// Files of what is not kept go; the store makes room by itself.
    fn tidy(&self, keep: &[String]) {
        let kept: Vec<String> =
            keep.iter().filter_map(|text| text.parse().ok()).map(|digest| name(&digest)).collect();
        let files = fs::read_dir(&self.models).into_iter().flatten().flatten();
        for file in files.filter(|file| !kept.iter().any(|kept| file.file_name() == kept.as_str())) {
            if let Err(error) = fs::remove_file(file.path()) {
                tracing::warn!(%error, "a model that is not kept stays");
            }
        }
    }
}

impl Fetcher for StoreFetcher {
    fn fetch<'a>(
        &'a self,
        variant: &'a Variant,
        keep: Vec<String>,
    ) -> Pending<'a, Result<Option<PathBuf>, String>> {
        Box::pin(self.bring(variant, keep))
    }
}

/// Of a digest, as a file may be called.
fn name(digest: &ArtefactDigest) -> String {
    digest.to_string().replace(':', "-")
}

/// Errors: the manifest, which a trusted key has signed, is of something else than what was ordered.
fn is_of(manifest: &Manifest, variant: &Variant) -> Result<(), String> {
    let of = &manifest.variant;
    let precision: Precision = variant.precision.into();
    match of.model.as_str() == variant.model
        && of.version.to_string() == variant.version
        && of.precision == precision
    {
        true => Ok(()),
        false => Err(format!(
            "the artefact is signed as {} {} {:?}, and was ordered as {} {} {precision:?}",
            of.model, of.version, of.precision, variant.model, variant.version
        )),
    }
}

/// Leaves the file as the manifest has it: as it is, if its digest says so; else written anew. Errors: the system's; the store's.
fn measured(mut object: Object, file: &Path) -> io::Result<()> {
    let expected = object.manifest().blake3;
    if File::open(file).and_then(digest_of).is_ok_and(|digest| digest == expected) {
        return Ok(());
    }
    let part = file.with_extension("part");
    let mut written = File::create(&part)?;
    let (mut hasher, mut buffer) = (blake3::Hasher::new(), vec![0; COPIED_AT_ONCE]);
    loop {
        let read = object.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
        written.write_all(&buffer[..read])?;
    }
    if *hasher.finalize().as_bytes() != expected {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "its chunks are right and the whole is not"));
    }
    written.sync_all()?;
    fs::rename(part, file)
}

fn digest_of(file: File) -> io::Result<[u8; 32]> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(file)?;
    Ok(*hasher.finalize().as_bytes())
}
