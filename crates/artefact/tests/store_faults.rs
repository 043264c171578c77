//! Any call may fail, and the power may go at any moment: what is given out is right, what was said to be kept is kept.

mod made;

use made::{key, keys};
use paceline_artefact::{Signed, Store, StoreError, Variant, pack};
use paceline_journal::disk::memory::{Call, EIO, ENOSPC, Fate, MemoryDisk};
use paceline_model::edge::ArtefactDigest;
use proptest::prelude::*;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

/// A plain generator, so that a failing seed fails again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

fn open(disk: &MemoryDisk) -> Option<Arc<Store>> {
    Store::open_on(Arc::new(disk.clone()), Path::new("/store"), 1 << 40).ok().map(Arc::new)
}

/// Keeps a version of a file. Errors: the disk's.
fn keep(store: &Store, bytes: &[u8], version: u64) -> Option<ArtefactDigest> {
    let variant = Variant::parse("detector", &format!("{version}.0.0"), "int8").expect("a variant");
    let manifest = pack(bytes, variant, |digest, bytes| store.put_chunk(&digest, bytes)).ok()?;
    store.settle().ok()?;
    store.put_manifest(&Signed::new(&manifest, &key()).expect("a manifest")).ok()
}

fn read(store: &Arc<Store>, artefact: &ArtefactDigest) -> Result<Vec<u8>, StoreError> {
    let mut object = store.open_object(artefact, &keys())?;
    let mut bytes = Vec::new();
    object
        .read_to_end(&mut bytes)
        .map_err(|error| error.downcast::<StoreError>().expect("the store's own"))?;
    Ok(bytes)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn what_is_given_out_is_right_and_what_was_said_to_be_kept_is_there(seed in any::<u64>()) {
        let (disk, mut dice) = (MemoryDisk::default(), Dice(seed));
        let mut bytes: Vec<u8> = (0..200_000).map(|_| dice.below(256) as u8).collect();
        let (mut kept, mut tried) = (Vec::new(), Vec::new());
        for version in 0..6 {
            let mut faults = Dice(seed ^ version);
            disk.set_chance(Some(Box::new(move |call, _| match (faults.below(40), call) {
                (0, _) => Fate::Fails(EIO),
                (1, Call::Write) => Fate::Torn(faults.below(50_000) as usize, ENOSPC),
                _ => Fate::Done,
            })));
            if let Some(store) = open(&disk) {
                match keep(&store, &bytes, version) {
                    Some(artefact) => kept.push((artefact, bytes.clone())),
                    None => tried.push(version),
                }
            }
            disk.set_chance(None);
            disk.cut_power(&mut |below| dice.below(below));
            let store = open(&disk).expect("it can be opened again");
            for (artefact, bytes) in &kept {
                let found = read(&store, artefact);
                prop_assert_eq!(found.as_ref().ok(), Some(bytes), "{:?}", found.as_ref().err());
            }
            for artefact in store.artefacts().expect("they can be listed") {
                let known = kept.iter().find(|(of, _)| *of == artefact);
                // A manifest whose keeping was not said to have gone well may be there, with all that it names.
                prop_assert!(known.is_some() || read(&store, &artefact).is_ok());
            }
            let at = dice.below(150_000) as usize;
            let fresh: Vec<u8> = (0..5_000).map(|_| dice.below(256) as u8).collect();
            bytes.splice(at..at + 4_000, fresh);
            disk.kill_process();
        }
    }
}
