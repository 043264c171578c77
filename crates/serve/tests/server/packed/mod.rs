//! Artefacts that a test packs, and a server that keeps them.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]

#[path = "../../../../artefact/tests/made/mod.rs"]
pub(crate) mod made;

use crate::common::{Api, Call, bound, options, running};
use paceline_artefact::{Chunk, Manifest, Object, SecretKey, Signed, Store, Variant, pack};
use paceline_model::edge::ArtefactDigest;
use paceline_serve::ArtefactOptions;
use reqwest::Method;
use std::path::Path;
use std::sync::Arc;

/// A file that was packed into `dir`.
pub struct Packed {
    pub store: Arc<Store>,
    pub artefact: ArtefactDigest,
    pub signed: Signed,
    pub manifest: Manifest,
}

impl Packed {
    pub fn new(dir: &Path, bytes: &[u8], version: &str, key: &SecretKey) -> Self {
        let store = Arc::new(Store::open(dir, 1 << 30).expect("a store"));
        let variant = Variant::parse("detector", version, "int8").expect("a variant");
        let manifest =
            pack(bytes, variant, |digest, bytes| store.put_chunk(&digest, bytes)).expect("it is packed");
        let signed = Signed::new(&manifest, key).expect("it is within its bounds");
        let artefact = store.put_manifest(&signed).expect("it is kept");
        Self { store, artefact, signed, manifest }
    }
    pub fn path(&self, what: &str) -> String {
        format!("/v1/artefacts/{}{what}", self.artefact)
    }
    pub fn put(&self) -> Call {
        octets(Method::PUT, &self.path(""), self.signed.encode())
    }
    pub fn chunk(&self, name: &str) -> Vec<u8> {
        let of = |chunk: &&Chunk| chunk.digest.to_string() == name;
        let index =
            self.manifest.chunks().iter().position(|chunk| of(&chunk)).expect("it is one of its chunks");
        let object = Object::new(self.store.clone(), self.artefact, Arc::new(self.manifest.clone()));
        object.chunk(index).expect("it is there")
    }
    /// Pushes it. Returns the bytes of chunks that travelled.
    pub async fn push(&self, api: &Api) -> usize {
        let mut sent = 0;
        loop {
            let taken = api.must(self.put()).await;
            let missing = taken["missing"].as_array().expect("a list").clone();
            if missing.is_empty() {
                return sent;
            }
            for name in missing {
                let bytes = self.chunk(name.as_str().expect("a name"));
                sent += bytes.len();
                api.must(octets(Method::POST, &self.path("/chunks"), bytes)).await;
            }
        }
    }
}

pub fn octets(method: Method, path: &str, body: Vec<u8>) -> Call {
    Call::new(method, path, body).header("content-type", "application/octet-stream")
}

pub fn keeps(dir: &Path) -> ArtefactOptions {
    let keys = dir.join("trusted.keys");
    std::fs::write(&keys, made::key().public("the release desk").line()).expect("it can be written");
    ArtefactOptions { directory: Some(dir.join("kept")), keys_file: Some(keys), ..ArtefactOptions::default() }
}

pub async fn with_artefacts<T>(dir: &Path, kept: ArtefactOptions, talk: impl AsyncFnOnce(Api) -> T) -> T {
    let server = bound(options(), &dir.join("journal")).await;
    let server = server.with_artefacts(&kept).expect("it can be kept");
    let (said, summary) = running(server, talk).await;
    assert!(summary.closed.is_clean() && summary.tasks_left == 0, "{summary:?}");
    said
}
