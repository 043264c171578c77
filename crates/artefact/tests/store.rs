//! A store on a disk that loses power, fills up and lies: nothing wrong is ever given out, and nothing that runs is lost for it.

mod made;

use made::{key, keys, noise};
use paceline_artefact::{
    ChunkDigest, Damaged, Keep, Manifest, Object, SecretKey, Signed, Store, StoreError, TrustedKeys, Variant,
    Why, pack,
};
use paceline_journal::disk::memory::{Call, ENOSPC, Fate, MemoryDisk};
use paceline_model::edge::ArtefactDigest;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const DIR: &str = "/store";

fn open(disk: &MemoryDisk) -> Arc<Store> {
    Arc::new(Store::open_on(Arc::new(disk.clone()), Path::new(DIR), 1 << 40).expect("it can be opened"))
}

/// Packs a version of the detector into the store.
fn packed(store: &Store, bytes: &[u8], version: &str) -> (ArtefactDigest, Manifest) {
    let variant = Variant::parse("detector", version, "int8").expect("a variant");
    let manifest =
        pack(bytes, variant, |digest, bytes| store.put_chunk(&digest, bytes)).expect("it is packed");
    store.settle().expect("it is durable");
    let artefact =
        store.put_manifest(&Signed::new(&manifest, &key()).expect("a manifest")).expect("it is kept");
    (artefact, manifest)
}

fn chunk_file(digest: &ChunkDigest) -> PathBuf {
    let name = digest.to_string().replace("blake3:", "");
    Path::new(DIR).join("chunks").join(&name[..2]).join(name)
}

fn read(store: &Arc<Store>, artefact: &ArtefactDigest) -> Result<Vec<u8>, StoreError> {
    let mut object = store.open_object(artefact, &keys())?;
    let mut bytes = Vec::new();
    object.read_to_end(&mut bytes).map_err(|error| match error.downcast::<StoreError>() {
        Ok(error) => error,
        Err(error) => panic!("{error}"),
    })?;
    Ok(bytes)
}

#[test]
fn what_was_settled_is_there_after_a_power_cut_and_what_was_not_is_missed() {
    let disk = MemoryDisk::default();
    let bytes = noise(1, 500_000);
    let (artefact, manifest) = packed(&open(&disk), &bytes, "1.0.0");
    // A second version was under way.
    let next = noise(2, 500_000);
    let store = {
        disk.kill_process();
        open(&disk)
    };
    let variant = Variant::parse("detector", "2.0.0", "int8").expect("a variant");
    let second =
        pack(&next[..], variant, |digest, bytes| store.put_chunk(&digest, bytes)).expect("it is packed");
    disk.cut_power(&mut |below| below - 1);
    let store = open(&disk);
    assert_eq!(read(&store, &artefact).expect("it is whole"), bytes);
    assert_eq!(store.bytes(), manifest.length());
    assert_eq!(store.absent(&second).expect("it can be counted").bytes, second.length());
}

#[test]
fn after_a_power_cut_an_empty_chunk_one_with_zeros_and_half_a_manifest_are_found_and_thrown_away() {
    let disk = MemoryDisk::default();
    let bytes = noise(1, 1_000_000);
    let store = open(&disk);
    let (artefact, manifest) = packed(&store, &bytes, "1.0.0");
    let (other, _) = packed(&store, &noise(2, 100_000), "0.9.0");
    drop(store);
    let (empty, zeros) = (manifest.chunks()[1], manifest.chunks()[4]);
    disk.damage(&chunk_file(&empty.digest), Vec::clear);
    disk.damage(&chunk_file(&zeros.digest), |bytes| {
        let half = bytes.len() / 2;
        bytes[half..].fill(0);
    });
    let half = Path::new(DIR).join("manifests").join(other.to_string().replace("blake3:", ""));
    disk.damage(&half, |bytes| bytes.truncate(bytes.len() / 2));
    disk.kill_process();

    let store = open(&disk);
    // By its length the empty one is missed at once; the other one when it is read.
    let missing = read(&store, &artefact).expect_err("it is not whole");
    assert!(matches!(missing, StoreError::NotWhole { index: 1, why: Damaged::Missing, .. }), "{missing}");
    let object = Object::new(store.clone(), artefact, Arc::new(manifest.clone()));
    let given_on = object.chunk(4).expect_err("it is not given to a neighbour");
    assert!(matches!(given_on, StoreError::NotWhole { index: 4, why: Damaged::Bytes, .. }), "{given_on}");
    assert_eq!(disk.bytes(&chunk_file(&zeros.digest)), None);
    assert_eq!(store.verify(&artefact, &manifest).expect("it can be read"), [1, 4]);
    assert!(matches!(store.manifest(&other), Err(StoreError::Unknown(_))));
    assert_eq!(disk.bytes(&half), None);
    // They are fetched again.
    for chunk in [empty, zeros] {
        let part = &bytes[chunk.offset as usize..chunk.end() as usize];
        store.put_chunk(&chunk.digest, part).expect("there is room");
    }
    assert_eq!(store.verify(&artefact, &manifest).expect("it can be read"), [0; 0]);
    assert_eq!(read(&store, &artefact).expect("it is whole"), bytes);
}

#[test]
fn a_disk_that_fills_up_in_the_middle_of_a_chunk_keeps_nothing_of_it_and_leaves_room_for_the_state() {
    let disk = MemoryDisk::default();
    disk.set_capacity(Some(256 << 20));
    let store = open(&disk);
    let bytes = noise(1, 300_000);
    let (artefact, _) = packed(&store, &bytes, "1.0.0");
    let (digest, next) = (ChunkDigest::of(&noise(2, 60_000)), noise(2, 60_000));
    // Somebody else fills the disk while it is written.
    disk.set_chance(Some(Box::new(|call, path| match call {
        Call::Write if path.to_string_lossy().contains("chunks") => Fate::Torn(20_000, ENOSPC),
        _ => Fate::Done,
    })));
    let before = store.bytes();
    let full = store.put_chunk(&digest, &next).expect_err("the disk is full");
    assert!(full.is_full(), "{full}");
    assert_eq!(store.bytes(), before);
    assert_eq!(disk.bytes(&chunk_file(&digest)), None);
    assert_eq!(read(&store, &artefact).expect("the old version serves"), bytes);

    // The state is written in the reserve, and no chunk takes its place meanwhile.
    let mut tries = 0;
    let written = store.with_reserve(|| {
        tries += 1;
        if tries == 1 { Err(io::ErrorKind::StorageFull.into()) } else { Ok("written") }
    });
    assert_eq!(written.expect("there is the reserve"), "written");
    disk.set_chance(None);
    disk.set_capacity(Some(1 << 20));
    assert!(store.put_chunk(&digest, &next).expect_err("the reserve is not there").is_full());
    assert_eq!(store.room().expect("it can be measured"), 0);
    // There is room again.
    disk.set_capacity(Some(256 << 20));
    store.put_chunk(&digest, &next).expect("there is room");
}

#[test]
fn room_is_made_of_what_nothing_goes_back_to_and_shared_chunks_stay() {
    let disk = MemoryDisk::default();
    let wide = open(&disk);
    let mut bytes = noise(1, 2_000_000);
    let (oldest, first) = packed(&wide, &bytes, "0.9.0");
    bytes[1_000_000..1_300_000].copy_from_slice(&noise(2, 300_000));
    let (back, _) = packed(&wide, &bytes, "1.0.0");
    bytes[0..300_000].copy_from_slice(&noise(3, 300_000));
    let (runs, second) = packed(&wide, &bytes, "1.1.0");
    let running = bytes.clone();
    let held = wide.bytes();
    drop(wide);
    disk.kill_process();

    bytes[1_700_000..1_800_000].copy_from_slice(&noise(4, 100_000));
    let variant = Variant::parse("detector", "2.0.0", "int8").expect("a variant");
    let manifest = pack(&bytes[..], variant, |_, _| Ok(())).expect("it is packed");
    let signed = Signed::new(&manifest, &key()).expect("a manifest");
    let keep = [Keep { artefact: runs, why: Why::Runs }, Keep { artefact: back, why: Why::WayBack }];
    let bounded = |bytes_max| {
        Arc::new(Store::open_on(Arc::new(disk.clone()), Path::new(DIR), bytes_max).expect("it opens"))
    };

    let store = bounded(held + 10_000);
    let wanted = store.put_manifest(&signed).expect("it is kept");
    let collected = store.garbage_collect(&keep, Some((&wanted, &manifest)), &[]).expect("there is room");
    assert_eq!(collected.artefacts, [oldest]);
    assert!((250_000..600_000).contains(&collected.bytes), "{collected:?}");
    assert_eq!(read(&store, &runs).expect("it is whole"), running);
    assert!(read(&store, &back).is_ok() && matches!(store.manifest(&oldest), Err(StoreError::Unknown(_))));
    // A way back to what was dropped is named in bytes and time, at once.
    let absent = store.absent(&first).expect("it can be counted");
    assert_eq!((absent.bytes, absent.time(100_000).as_secs()), (collected.bytes, collected.bytes / 100_000));
    let held = store.bytes();
    drop(store);
    disk.kill_process();

    let store = bounded(held + 50_000);
    let Err(StoreError::NoRoom(no_room)) = store.garbage_collect(&keep, Some((&wanted, &manifest)), &[])
    else {
        panic!("there is no room for it");
    };
    assert_eq!((no_room.has, no_room.would_help.len()), (50_000, 1));
    assert!(no_room.needs >= 100_000, "{no_room}");
    assert_eq!((store.bytes(), store.verify(&runs, &second).expect("it can be read").len()), (held, 0));
}

#[test]
fn a_store_is_held_by_one_process_and_keeps_no_bytes_under_a_wrong_name() {
    let disk = MemoryDisk::default();
    let store = open(&disk);
    let again = Store::open_on(Arc::new(disk.clone()), Path::new(DIR), 1);
    assert!(matches!(again, Err(StoreError::Locked(_))));
    let wrong =
        store.put_chunk(&ChunkDigest::of(b"something"), b"else").expect_err("these are not its bytes");
    assert!(matches!(wrong, StoreError::WrongBytes { .. }));
    assert_eq!(store.bytes(), 0);
}

#[test]
fn what_no_trusted_key_signed_is_not_opened_and_neither_is_what_was_changed() {
    let disk = MemoryDisk::default();
    let store = open(&disk);
    let (artefact, manifest) = packed(&store, &noise(1, 100_000), "1.0.0");
    let mut strangers = TrustedKeys::default();
    strangers.add(SecretKey::of_seed(&[8; 32]).public(""));
    let refused =
        store.open_object(&artefact, &strangers).expect_err("nobody here trusts its key").to_string();
    assert_eq!(refused, format!("no trusted key signed it; it says: {}", key().id()));
    // Every byte of a signed manifest counts.
    let signed = Signed::new(&manifest, &key()).expect("a manifest").encode();
    for at in 0..signed.len() {
        let mut changed = signed.clone();
        changed[at] ^= 1;
        let believed = Signed::decode(&changed).is_ok_and(|signed| signed.verify(&artefact, &keys()).is_ok());
        assert!(!believed, "byte {at}");
    }
}
