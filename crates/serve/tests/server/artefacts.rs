//! Artefacts over real HTTP: packed, signed, pushed, listed, fetched, verified; and what is turned away.

use crate::common::{Api, delete, get, options};
use crate::packed::made::{key, noise};
use crate::packed::{Packed, keeps, octets, with_artefacts};
use paceline_artefact::SecretKey;
use paceline_serve::{ArtefactOptions, ServeError};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

#[tokio::test]
async fn what_was_pushed_is_listed_and_given_in_parts_and_there_again_after_a_restart() {
    let dir = tempfile::tempdir().expect("a directory");
    let bytes = noise(1, 1_000_000);
    let packed = Packed::new(&dir.path().join("packed"), &bytes, "1.0.0", &key());
    with_artefacts(dir.path(), keeps(dir.path()), async |api| {
        let refused = api.say(get(&packed.path("/content"))).await;
        assert_eq!(refused.to_string(), format!("404 E0201 no artefact is called {}", packed.artefact));
        let taken = api.must(packed.put()).await;
        assert_eq!(taken["missing_bytes"], 1_000_000);
        let refused = api.say(get(&packed.path("/content"))).await;
        assert!(refused.to_string().contains("1000000 bytes have not been uploaded"), "{refused}");
        assert_eq!(packed.push(&api).await, 1_000_000);
        assert_eq!(packed.push(&api).await, 0, "it is there");
    })
    .await;
    with_artefacts(dir.path(), keeps(dir.path()), async |api| {
        let listed = api.must(get("/v1/artefacts")).await;
        let one = json!([{
            "artefact": packed.artefact.to_string(), "model": "detector", "version": "1.0.0", "precision": "int8",
            "bytes": 1_000_000, "chunks": packed.manifest.chunks().len(), "signed_by": [key().id().to_string()], "missing_bytes": 0,
        }]);
        assert_eq!(listed, one);
        let whole = api.send(get(&packed.path("/content"))).await;
        assert_eq!(whole.headers()["etag"], format!("\"{}\"", packed.artefact));
        assert_eq!(whole.headers()["cache-control"], "private, max-age=31536000, immutable");
        assert_eq!(whole.bytes().await.expect("a body"), bytes);
        parts(&api, &packed, &bytes).await;
        let manifest = api.send(get(&packed.path(""))).await.bytes().await.expect("a body");
        assert_eq!(manifest, packed.signed.encode());
        let removed = api.must(delete(&packed.path(""))).await;
        assert_eq!(removed, json!({ "freed_bytes": 1_000_000 }));
        assert_eq!(api.must(get("/v1/artefacts")).await, json!([]));
    })
    .await;
}

async fn parts(api: &Api, packed: &Packed, bytes: &[u8]) {
    let of = |range: &str| get(&packed.path("/content")).header("range", range);
    for (range, from, until) in [
        ("bytes=999999-", 999_999, 1_000_000),
        ("bytes=70000-170000", 70_000, 170_001),
        ("bytes=-5", 999_995, 1_000_000),
    ] {
        let part = api.send(of(range)).await;
        assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
        assert_eq!(part.headers()["content-range"], format!("bytes {from}-{}/1000000", until - 1));
        assert_eq!(part.bytes().await.expect("a body"), bytes[from..until]);
    }
    let outside = api.send(of("bytes=1000000-")).await;
    assert_eq!(
        (outside.status(), &outside.headers()["content-range"]),
        (StatusCode::RANGE_NOT_SATISFIABLE, &"bytes */1000000".parse().expect("a header"))
    );
    let other = api.send(of("bytes=999999-").header("if-range", "\"another\"")).await;
    assert_eq!(other.status(), StatusCode::OK);
    let known = get(&packed.path("/content")).header("if-none-match", &format!("\"{}\"", packed.artefact));
    assert_eq!(api.send(known).await.status(), StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn only_what_is_signed_by_a_trusted_key_and_named_by_its_manifest_is_taken() {
    let dir = tempfile::tempdir().expect("a directory");
    let stranger = SecretKey::of_seed(&[8; 32]);
    let ours = Packed::new(&dir.path().join("ours"), &noise(1, 100_000), "1.0.0", &key());
    let theirs = Packed::new(&dir.path().join("theirs"), &noise(2, 100_000), "1.0.0", &stranger);
    with_artefacts(dir.path(), keeps(dir.path()), async |api| {
        let said = api.say(theirs.put()).await.to_string();
        assert_eq!(said, format!("422 E0701 no trusted key signed it; it says: {}", stranger.id()));
        let mut changed = ours.signed.encode();
        changed[20] ^= 1;
        let said = api.say(octets(Method::PUT, &ours.path(""), changed)).await.to_string();
        assert!(said.starts_with("422 E0701 the manifest is of blake3:"), "{said}");
        let said = api.say(octets(Method::PUT, &ours.path(""), theirs.signed.encode())).await.to_string();
        assert_eq!(
            said,
            format!("422 E0701 the manifest is of {}, not of {}", theirs.artefact, ours.artefact)
        );
        let said = api.say(octets(Method::POST, &ours.path("/chunks"), vec![1, 2, 3])).await.to_string();
        assert_eq!(said, format!("404 E0201 no artefact is called {}", ours.artefact));
        api.must(ours.put()).await;
        let said = api.say(octets(Method::POST, &ours.path("/chunks"), vec![1, 2, 3])).await.to_string();
        assert!(said.starts_with("422 E0701 ") && said.contains(" waits for no chunk blake3:"), "{said}");
        let said = api.say(octets(Method::POST, &ours.path("/chunks"), vec![0; 300_000])).await.to_string();
        assert_eq!(said, "413 E0107 The body is larger than 262144 bytes, or broke off.");
        assert_eq!(api.send(get("/v1/artefacts/blake3:00")).await.status(), StatusCode::UNPROCESSABLE_ENTITY);
    })
    .await;
}

#[tokio::test]
async fn what_does_not_fit_is_refused_before_its_first_chunk() {
    let dir = tempfile::tempdir().expect("a directory");
    let packed = Packed::new(&dir.path().join("packed"), &noise(1, 1_500_000), "1.0.0", &key());
    let kept = ArtefactOptions { bytes_max: 1_000_000, ..keeps(dir.path()) };
    with_artefacts(dir.path(), kept, async |api| {
        let said = api.say(packed.put()).await.to_string();
        assert_eq!(
            said,
            format!("507 E0702 {} needs 1500000 bytes, and there is room for 1000000.", packed.artefact)
        );
        assert_eq!(api.must(get("/v1/artefacts")).await, json!([]));
    })
    .await;
}

#[tokio::test]
async fn a_chunk_that_is_damaged_on_the_servers_disk_is_not_given_and_can_be_pushed_again() {
    let dir = tempfile::tempdir().expect("a directory");
    let packed = Packed::new(&dir.path().join("packed"), &noise(1, 100_000), "1.0.0", &key());
    with_artefacts(dir.path(), keeps(dir.path()), async |api| {
        packed.push(&api).await;
        let digest = packed.manifest.chunks()[0].digest.to_string();
        let name = digest.trim_start_matches("blake3:");
        let file = dir.path().join("kept/chunks").join(&name[..2]).join(name);
        let mut bytes = std::fs::read(&file).expect("it is there");
        let half = bytes.len() / 2;
        bytes[half..].fill(0);
        std::fs::write(&file, bytes).expect("it can be damaged");
        let said = api.say(get(&packed.path("/content"))).await.to_string();
        assert!(said.contains("its file held other bytes, and was thrown away"), "{said}");
        let listed: Value = api.must(get("/v1/artefacts")).await;
        assert_ne!(listed[0]["missing_bytes"], 0);
        assert!(packed.push(&api).await > 0);
        assert_eq!(api.send(get(&packed.path("/content"))).await.status(), StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn a_server_without_a_directory_keeps_none_and_one_without_keys_does_not_start() {
    let dir = tempfile::tempdir().expect("a directory");
    with_artefacts(dir.path(), ArtefactOptions::default(), async |api| {
        let said = api.say(get("/v1/artefacts")).await.to_string();
        assert_eq!(said, "404 E0104 This server keeps no artefacts: [artefacts] directory is not set.");
    })
    .await;
    let server = || crate::common::bound(options(), dir.path());
    let without = ArtefactOptions { keys_file: None, ..keeps(dir.path()) };
    let refused = server().await.with_artefacts(&without).err().map(|error| error.to_string());
    let rule =
        "E0101 keys_file is left out: must be given where the other is: directory and keys_file go together";
    assert_eq!(refused.as_deref(), Some(rule));
    std::fs::write(dir.path().join("trusted.keys"), "ssh-ed25519 AAAA\n").expect("it can be written");
    let wrong =
        ArtefactOptions { keys_file: Some(dir.path().join("trusted.keys")), ..keeps(&dir.path().join("..")) };
    let refused = server().await.with_artefacts(&wrong).err();
    assert!(
        matches!(&refused, Some(ServeError::Artefacts(said)) if said.contains("line 1 is no paceline-artefact-key")),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_chunk_whose_answer_was_lost_may_come_again_and_a_name_has_one_file() {
    let dir = tempfile::tempdir().expect("a directory");
    let packed = Packed::new(&dir.path().join("packed"), &noise(1, 300_000), "1.0.0", &key());
    let other = Packed::new(&dir.path().join("other"), &noise(2, 300_000), "1.0.0", &key());
    with_artefacts(dir.path(), keeps(dir.path()), async |api| {
        let missing = api.must(packed.put()).await["missing"].clone();
        let first = packed.chunk(missing[0].as_str().expect("a name"));
        let post = || octets(Method::POST, &packed.path("/chunks"), first.clone());
        let left = api.must(post()).await["missing_bytes"].clone();
        assert_eq!(api.must(post()).await["missing_bytes"], left);
        packed.push(&api).await;
        assert_eq!(api.must(post()).await["missing_bytes"], 0);
        let said = api.say(other.put()).await.to_string();
        assert!(said.starts_with("409 E0202 detector 1.0.0 in this precision is blake3:"), "{said}");
    })
    .await;
}
