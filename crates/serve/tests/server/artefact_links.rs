//! Fetches over links as they are: a proxy that counts every byte, breaks connections off, and is down two thirds of the time; a
//! neighbour that has the artefact; a node that is to have nothing.

use crate::common::{Api, node, options, put, running};
use crate::packed::made::{key, noise};
use paceline_artefact::{
    FetchError, Fetcher, Manifest, Signed, Source, SourceState, Store, TrustedKeys, Variant, pack,
};
use paceline_model::edge::ArtefactDigest;
use paceline_serve::{ArtefactOptions, AuthOptions, Clock, Server};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

fn keys() -> Arc<TrustedKeys> {
    Arc::new(crate::packed::made::keys())
}

/// A server with an edge region that keeps artefacts, and a directory for all of it.
struct Release {
    dir: tempfile::TempDir,
}

impl Release {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().expect("a directory") }
    }
    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }
    fn store(&self, name: &str) -> Arc<Store> {
        Arc::new(Store::open(&self.path(name), 1 << 30).expect("a store"))
    }
    async fn served<T>(&self, talk: impl AsyncFnOnce(Api) -> T) -> T {
        std::fs::write(self.path("trusted.keys"), key().public("").line()).expect("it can be written");
        let kept = ArtefactOptions {
            directory: Some(self.path("kept")),
            keys_file: Some(self.path("trusted.keys")),
            ..ArtefactOptions::default()
        };
        let spec = crate::common::edge_spec(&self.path("journal"));
        let server =
            Server::of(options(), AuthOptions::default(), spec, Clock::Real).await.expect("it can be served");
        let (said, summary) = running(server.with_artefacts(&kept).expect("it can be kept"), talk).await;
        assert!(summary.closed.is_clean() && summary.tasks_left == 0, "{summary:?}");
        said
    }
    /// Packs a file and puts it onto the server's own disk by pushing it.
    async fn release(&self, api: &Api, bytes: &[u8], version: &str) -> (ArtefactDigest, Manifest) {
        let variant = Variant::parse("detector", version, "int8").expect("a variant");
        let mut chunks = std::collections::BTreeMap::new();
        let kept = |digest: paceline_artefact::ChunkDigest, bytes: &[u8]| {
            chunks.insert(digest.to_string(), bytes.to_vec());
            Ok(())
        };
        let manifest = pack(bytes, variant, kept).expect("it is packed");
        let signed = Signed::new(&manifest, &key()).expect("it is within its bounds");
        let path = format!("/v1/artefacts/{}", signed.artefact());
        let octets = |method, path: &str, body: Vec<u8>| {
            crate::common::Call::new(method, path, body).header("content-type", "application/octet-stream")
        };
        let taken = api.must(octets(reqwest::Method::PUT, &path, signed.encode())).await;
        for name in taken["missing"].as_array().expect("a list") {
            let bytes = chunks[name.as_str().expect("a name")].clone();
            api.must(octets(reqwest::Method::POST, &format!("{path}/chunks"), bytes)).await;
        }
        (signed.artefact(), manifest)
    }
}

fn source(base: &str) -> Source {
    let client = crate::common::http(&Default::default());
    Source { base: base.to_owned(), client, bearer: None, node: None, rate: None }
}

/// A link to a server: what goes over it is counted, both ways, and it can be broken.
struct Link {
    base: String,
    bytes: Arc<AtomicU64>,
    up: Arc<AtomicBool>,
    _carrying: JoinSet<()>,
}

impl Link {
    /// Each connection breaks off after so many bytes; 0: none does.
    async fn to(base: &str, cut_after: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let at = format!("http://{}", listener.local_addr().expect("an address"));
        let server = base.trim_start_matches("http://").to_owned();
        let (bytes, up) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(true)));
        let (counted, is_up) = (bytes.clone(), up.clone());
        let mut carrying = JoinSet::new();
        carrying.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((near, _)) = listener.accept().await {
                let Ok(far) = TcpStream::connect(&server).await else { continue };
                connections.spawn(carry(near, far, counted.clone(), is_up.clone(), cut_after));
            }
        });
        Self { base: at, bytes, up, _carrying: carrying }
    }
    fn carried(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

async fn carry(
    mut near: TcpStream,
    mut far: TcpStream,
    counted: Arc<AtomicU64>,
    up: Arc<AtomicBool>,
    cut_after: u64,
) {
    let (mut asked, mut said) = (vec![0; 16 << 10], vec![0; 16 << 10]);
    let mut carried = 0;
    loop {
        let moved = tokio::select! {
            read = near.read(&mut asked) => match read {
                Ok(read) if read > 0 && up.load(Ordering::Relaxed) => far.write_all(&asked[..read]).await.map(|()| read),
                _ => return,
            },
            read = far.read(&mut said) => match read {
                Ok(read) if read > 0 && up.load(Ordering::Relaxed) => near.write_all(&said[..read]).await.map(|()| read),
                _ => return,
            },
        };
        let Ok(moved) = moved else { return };
        carried += moved as u64;
        counted.fetch_add(moved as u64, Ordering::Relaxed);
        if cut_after > 0 && carried > cut_after {
            return;
        }
    }
}

/// Bytes of the chunks of `new` that `old` does not have.
fn changed(old: &Manifest, new: &Manifest) -> u64 {
    let had: std::collections::BTreeSet<_> = old.chunks().iter().map(|chunk| chunk.digest).collect();
    new.chunks()
        .iter()
        .filter(|chunk| !had.contains(&chunk.digest))
        .map(|chunk| u64::from(chunk.length))
        .sum()
}

async fn read(store: &Arc<Store>, artefact: &ArtefactDigest) -> Vec<u8> {
    let mut object = store.open_object(artefact, &keys()).expect("it is whole");
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut object, &mut bytes).expect("it is whole");
    bytes
}

#[tokio::test]
async fn of_a_new_version_no_more_travels_than_its_changed_chunks_and_a_seventh() {
    let release = Release::new();
    release
        .served(async |api| {
            let mut bytes = noise(1, 10_000_000);
            let (first, old) = release.release(&api, &bytes, "1.0.0").await;
            bytes.splice(3_000_000..3_000_000, noise(2, 10_000));
            bytes[7_000_000..7_400_000].copy_from_slice(&noise(3, 400_000));
            let (second, new) = release.release(&api, &bytes, "1.1.0").await;
            let store = release.store("fetched");
            let fetcher = Fetcher::new(store.clone(), keys());
            let link = Link::to(&api.base, 0).await;
            fetcher.fetch(first, &[source(&link.base)], &[]).await.expect("it is fetched");
            let before = link.carried();
            assert!(before as f64 <= 1.15 * old.length() as f64, "{before} bytes of {}", old.length());
            let fetched = fetcher.fetch(second, &[source(&link.base)], &[]).await.expect("it is fetched");
            let (carried, changed) = (link.carried() - before, changed(&old, &new));
            // Requests, heads and the manifest are in it.
            assert!(carried as f64 <= 1.15 * changed as f64, "{carried} bytes for {changed} that changed");
            assert_eq!(fetched.counts.received, changed);
            assert_eq!(read(&store, &second).await, bytes);
        })
        .await;
}

#[tokio::test]
async fn over_a_link_that_breaks_off_again_and_again_every_byte_travels_once() {
    let release = Release::new();
    release
        .served(async |api| {
            let bytes = noise(1, 3_000_000);
            let (artefact, manifest) = release.release(&api, &bytes, "1.0.0").await;
            let store = release.store("fetched");
            // Not even two chunks on one connection.
            let link = Link::to(&api.base, 150_000).await;
            let fetched =
                Fetcher::new(store.clone(), keys()).fetch(artefact, &[source(&link.base)], &[]).await;
            let counts = fetched.expect("it is fetched").counts;
            assert!(counts.requests >= 15, "{counts:?}");
            assert_eq!((counts.received, counts.wrong), (manifest.length(), 0));
            assert!(link.carried() as f64 <= 1.15 * manifest.length() as f64, "{}", link.carried());
            assert_eq!(read(&store, &artefact).await, bytes);
        })
        .await;
}

#[tokio::test]
async fn what_came_before_a_process_died_is_not_fetched_again() {
    let release = Release::new();
    release
        .served(async |api| {
            let bytes = noise(1, 3_000_000);
            let (artefact, _) = release.release(&api, &bytes, "1.0.0").await;
            let link = Link::to(&api.base, 0).await;
            {
                let store = release.store("fetched");
                let fetcher = Fetcher::new(store.clone(), keys());
                // The process is gone once half of it has come.
                let half = async {
                    while store.bytes() < 1_000_000 {
                        tokio::time::sleep(Duration::from_millis(1)).await;
                    }
                    link.up.store(false, Ordering::Relaxed);
                };
                let from = [source(&link.base)];
                tokio::select! {
                    fetched = fetcher.fetch(artefact, &from, &[]) => panic!("it came to its end: {fetched:?}"),
                    () = half => {}
                }
                // What was being written is: here and with the fetcher are the only ones left who have the store.
                while Arc::strong_count(&store) > 2 {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            }
            link.up.store(true, Ordering::Relaxed);
            let store = release.store("fetched");
            let had = store.bytes();
            assert!(had >= 1_000_000);
            let fetched = Fetcher::new(store.clone(), keys()).fetch(artefact, &[source(&link.base)], &[]).await;
            assert_eq!(fetched.expect("it is fetched").counts.received, 3_000_000 - had);
            assert_eq!(read(&store, &artefact).await, bytes);
        })
        .await;
}

/// Another server that keeps the same, as a neighbour would: the way is the same.
async fn with_neighbour<T>(release: &Release, talk: impl AsyncFnOnce(Api) -> T) -> T {
    let kept = ArtefactOptions {
        directory: Some(release.path("fetched")),
        keys_file: Some(release.path("trusted.keys")),
        ..ArtefactOptions::default()
    };
    let spec = crate::common::edge_spec(&release.path("neighbour-journal"));
    let server =
        Server::of(options(), AuthOptions::default(), spec, Clock::Real).await.expect("it can be served");
    running(server.with_artefacts(&kept).expect("it can be kept"), talk).await.0
}

#[tokio::test]
async fn a_neighbour_is_asked_first_and_the_server_only_for_what_it_does_not_give() {
    let release = Release::new();
    release
        .served(async |api| {
            let bytes = noise(1, 1_000_000);
            let (artefact, manifest) = release.release(&api, &bytes, "1.0.0").await;
            let server = Link::to(&api.base, 0).await;
            let keeps = release.store("fetched");
            Fetcher::new(keeps.clone(), keys())
                .fetch(artefact, &[source(&server.base)], &[])
                .await
                .expect("it is fetched");
            drop(keeps);
            let before = server.carried();
            with_neighbour(&release, async |neighbour| {
                let sources = [source(&neighbour.base), source(&server.base)];
                let store = release.store("second");
                Fetcher::new(store, keys()).fetch(artefact, &sources, &[]).await.expect("it is fetched");
                assert_eq!(server.carried(), before, "nothing came from the server");
                // One of its chunks is not what it was: that one comes from the server.
                let chunk = manifest.chunks()[3];
                spoil(&release.path("fetched"), &chunk.digest.to_string());
                let store = release.store("third");
                let fetched = Fetcher::new(store.clone(), keys())
                    .fetch(artefact, &sources, &[])
                    .await
                    .expect("it is fetched");
                assert_eq!(read(&store, &artefact).await, bytes);
                let from: Vec<u64> = fetched.sources.iter().map(|source| source.bytes).collect();
                assert!(from[0] > 0 && from[1] > 0 && from[0] + from[1] == 1_000_000, "{from:?}");
            })
            .await;
        })
        .await;
}

fn spoil(store: &Path, digest: &str) {
    let name = digest.trim_start_matches("blake3:");
    let file = store.join("chunks").join(&name[..2]).join(name);
    let mut bytes = std::fs::read(&file).expect("it is there");
    bytes[0] ^= 1;
    std::fs::write(&file, bytes).expect("it can be written");
}

#[tokio::test]
async fn a_node_that_is_not_trusted_or_not_known_gets_no_byte_by_any_door() {
    let release = Release::new();
    release
        .served(async |api| {
            let (artefact, _) = release.release(&api, &noise(1, 200_000), "1.0.0").await;
            api.must(put("/v1/nodes/good", node("GPU-1"))).await;
            let mut bad = node("GPU-2");
            bad["untrusted"] = true.into();
            api.must(put("/v1/nodes/bad", bad)).await;
            let fetch = async |named: &str, into: &str| {
                let sources = [Source { node: Some(named.into()), ..source(&api.base) }];
                let store = release.store(into);
                let fetched = Fetcher::new(store.clone(), keys()).fetch(artefact, &sources, &[]).await;
                (fetched, store.bytes())
            };
            let (fetched, _) = fetch("good", "a").await;
            fetched.expect("it is trusted");
            for name in ["bad", "stranger"] {
                let (fetched, bytes) = fetch(name, name).await;
                assert!(
                    matches!(fetched, Err(FetchError::NoManifest { .. })) && bytes == 0,
                    "{name}: {fetched:?}"
                );
            }
            let file = "/v2/detector/manifests/1.0.0-int8";
            let image = api.send(crate::common::get(file)).await.text().await.expect("a body");
            let image: serde_json::Value = serde_json::from_str(&image).expect("JSON");
            let blob =
                format!("/v2/detector/blobs/{}", image["layers"][0]["digest"].as_str().expect("a digest"));
            for path in [
                format!("/v1/artefacts/{artefact}"),
                format!("/v1/artefacts/{artefact}/content"),
                file.into(),
                blob,
            ] {
                let said = api.say(crate::common::get(&path).header("paceline-node", "bad")).await;
                assert_eq!(said.status, reqwest::StatusCode::FORBIDDEN, "{path}: {said}");
            }
            let said = api
                .say(crate::common::get(&format!("/v1/artefacts/{artefact}")).header("paceline-node", "bad"))
                .await;
            assert_eq!(
                said.to_string(),
                "403 E0703 Node bad of region main gets no artefacts: its owner says that it is not trusted."
            );
        })
        .await;
}

#[tokio::test]
async fn a_source_that_refuses_or_knows_nothing_is_passed_over_and_what_it_was_is_told() {
    let release = Release::new();
    release
        .served(async |api| {
            let bytes = noise(1, 100_000);
            let (artefact, _) = release.release(&api, &bytes, "1.0.0").await;
            api.must(put("/v1/nodes/good", node("GPU-1"))).await;
            let store = release.store("fetched");
            let stranger = Source { node: Some("stranger".into()), ..source(&api.base) };
            let sources = [source("http://127.0.0.1:1"), stranger, source(&api.base)];
            let fetched =
                Fetcher::new(store, keys()).fetch(artefact, &sources, &[]).await.expect("it is fetched");
            let states: Vec<SourceState> = fetched.sources.iter().map(|source| source.state).collect();
            assert_eq!(states, [SourceState::Failing, SourceState::Refused, SourceState::Ready]);
        })
        .await;
}
