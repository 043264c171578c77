//! The machine's clocks, and which of its starts this is: the one place that looks at them.

use crate::clock::Moment;
use crate::disk::read_bounded;
use paceline_model::Instant;
use rustix::time::{ClockId, Timespec, clock_gettime};
use std::path::Path;

/// What tells the machine's starts apart. Source: random(4), `boot_id`.
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";
/// A UUID, and room.
const BOOT_ID_BYTES_MAX: u64 = 64;

/// A machine's clocks.
pub trait Clocks: Send + Sync + 'static {
    /// What tells the machine's starts apart.
    fn boot(&self) -> String;
    /// Both clocks, now. The monotonic one goes on while the machine sleeps.
    fn moment(&self) -> Moment;
}

/// Those of the machine that the agent runs on.
#[derive(Clone, Copy, Debug, Default)]
pub struct MachineClocks;

impl Clocks for MachineClocks {
    fn boot(&self) -> String {
        boot()
    }
    fn moment(&self) -> Moment {
        moment()
    }
}

fn moment() -> Moment {
    let ms =
        |time: Timespec| u64::try_from(time.tv_sec).unwrap_or(0) * 1_000 + time.tv_nsec as u64 / 1_000_000;
    Moment {
        mono_ms: ms(clock_gettime(ClockId::Boottime)),
        wall: Instant(ms(clock_gettime(ClockId::Realtime))),
    }
}

/// This start of the machine. One that cannot say is taken for started with the agent: nothing of before is then held against its clock.
fn boot() -> String {
    match read_bounded(Path::new(BOOT_ID), BOOT_ID_BYTES_MAX) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).trim().to_owned(),
        Err(_) => format!("began {}", moment().mono_ms),
    }
}
