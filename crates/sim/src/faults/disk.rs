//! When the disk of a run fails: by its own chance, in spells, and by the death of whoever calls it.

use super::setup::{Fault, Setup};
use paceline_journal::disk::Disk as _;
use paceline_journal::disk::memory::{Call, EIO, EMFILE, ENOSPC, Fate, MemoryDisk};
use paceline_plan::Rng;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub(super) const DIR: &str = "/journal";
/// The segment of the first record.
const FIRST_SEGMENT: &str = "00000000000000000001.log";

/// The disk of a run.
pub(super) struct FaultyDisk {
    pub(super) disk: MemoryDisk,
    /// A bit that was changed while the process is down.
    pub(super) flipped: Option<Flip>,
    chance: Arc<Mutex<DiskChance>>,
    rng: Rng,
}

struct DiskChance {
    rng: Rng,
    torn: usize,
    failed_syncs: usize,
    no_descriptors: usize,
    /// Calls until the process dies in one; then all fail.
    dies_in: Option<u32>,
}

impl DiskChance {
    fn fate(&mut self, call: Call) -> Fate {
        if let Some(left) = &mut self.dies_in {
            if *left == 0 {
                return Fate::Torn(self.rng.below(40), EIO);
            }
            *left -= 1;
        }
        let (drawn, kept) = (self.rng.below(1_000), self.rng.below(60));
        match call {
            Call::Write if drawn < self.torn => Fate::Torn(kept, if kept % 2 == 0 { EIO } else { ENOSPC }),
            Call::Sync | Call::SyncDir if drawn < self.failed_syncs => Fate::Fails(EIO),
            Call::Create | Call::Append | Call::Rename | Call::List | Call::Read | Call::Remove
                if drawn < self.no_descriptors =>
            {
                Fate::Fails(EMFILE)
            }
            _ => Fate::Done,
        }
    }
}

impl FaultyDisk {
    pub(super) fn new(setup: &Setup) -> Self {
        let often = |fault| if setup.has(fault) { 2 * setup.per_mille } else { 0 };
        let chance = Arc::new(Mutex::new(DiskChance {
            rng: setup.rng("disk"),
            torn: often(Fault::TornWrites),
            failed_syncs: often(Fault::FailedSyncs),
            no_descriptors: often(Fault::NoDescriptors),
            dies_in: None,
        }));
        let disk = MemoryDisk::default();
        let decides = chance.clone();
        disk.set_chance(Some(Box::new(move |call, _| locked(&decides).fate(call))));
        Self { disk, flipped: None, chance, rng: setup.rng("disk spells") }
    }

    /// From now on every call succeeds, and there is room.
    pub(super) fn heal(&mut self) {
        let mut chance = locked(&self.chance);
        (chance.torn, chance.failed_syncs, chance.no_descriptors, chance.dies_in) = (0, 0, 0, None);
        drop(chance);
        self.disk.set_capacity(None);
    }

    /// The process will die in one of the next calls.
    pub(super) fn die_soon(&mut self) {
        locked(&self.chance).dies_in = Some(self.rng.below(12) as u32);
    }

    /// Whether the process died in a call.
    pub(super) fn died(&self) -> bool {
        locked(&self.chance).dies_in == Some(0)
    }

    /// The process is gone; with `power` the machine, too.
    pub(super) fn stop(&mut self, power: bool) {
        locked(&self.chance).dies_in = None;
        if !power {
            return self.disk.kill_process();
        }
        // Every third time nothing at all gets through that was not synced.
        let hard = self.rng.below(3) == 0;
        let rng = &mut self.rng;
        self.disk.cut_power(&mut |below| match (hard, below) {
            (true, 2) => 1,
            (true, _) => 0,
            (false, _) => rng.below(below as usize) as u64,
        });
    }

    /// Leaves room for little more than what is there.
    pub(super) fn fill(&mut self) {
        self.disk.set_capacity(None);
        let Ok(space) = self.disk.space(Path::new(DIR)) else { return };
        let room = self.rng.below(1_500) as u64;
        self.disk.set_capacity(Some(space.total - space.free + room));
    }

    pub(super) fn empty(&mut self) {
        self.disk.set_capacity(None);
    }

    /// Changes one bit of one file, which the journal may find or may not need.
    pub(super) fn flip_a_bit(&mut self) {
        self.flipped = self.flipped_bit();
    }

    fn flipped_bit(&mut self) -> Option<Flip> {
        let names = self.disk.list(Path::new(DIR)).ok()?;
        let snapshots = names.iter().filter(|name| name.ends_with(".snapshot")).count();
        // One damaged snapshot can be done without where there is another, or the whole log.
        let spare = snapshots > 1 || names.iter().any(|name| name == FIRST_SEGMENT);
        let files: Vec<_> = names
            .iter()
            .filter(|name| name.ends_with(".log") || spare && name.ends_with(".snapshot"))
            .collect();
        let name = files.get(self.rng.below(files.len().max(1)))?;
        let path = Path::new(DIR).join(name);
        let sound = self.disk.bytes(&path)?;
        let (at, bit) = (self.rng.below(sound.len().max(1)), 1 << self.rng.below(8));
        let mut bytes = sound.clone();
        *bytes.get_mut(at)? ^= bit;
        self.disk.damage(&path, |file| file.clone_from(&bytes));
        Some(Flip { path, sound, bytes })
    }

    /// Puts a copy of a damaged file in its place, if it still is what the damage made of it.
    pub(super) fn restore(&self, flip: &Flip) {
        self.disk.damage(&flip.path, |bytes| {
            if *bytes == flip.bytes {
                bytes.clone_from(&flip.sound);
            }
        });
    }
}

/// A file before and after a bit of it was changed.
#[derive(Debug, Clone)]
pub(super) struct Flip {
    pub(super) path: PathBuf,
    sound: Vec<u8>,
    bytes: Vec<u8>,
}

impl Flip {
    pub(super) fn is_of_the_log(&self) -> bool {
        self.path.extension().is_some_and(|kind| kind == "log")
    }
}

fn locked(chance: &Mutex<DiskChance>) -> MutexGuard<'_, DiskChance> {
    chance.lock().unwrap_or_else(PoisonError::into_inner)
}
