//! Draw little power.

use crate::edge::placement::amounts::Amounts;
use crate::edge::placement::mix::{Score, Step};
use crate::edge::placement::profile::Profile;
use crate::edge::placement::rows::GpuModelRow;

/// Thousandths of a CPU (hardware threads) of one socket: 16 cores of two threads.
const SOCKET_MILLI: u32 = 32_000;

/// Watts of a socket where nothing runs, and where anything does.
const SOCKET_WATTS: (u32, u32) = (15, 120);

/// *Power*: least more watts. A GPU with any share taken draws its full power, else its idle power; so does a CPU socket, and no more sockets
/// are in use than the taken CPU needs. Points: minus the watts that the step adds; -120 or so for a socket, -60 to -350 for a GPU.
///
/// Source: the model of PWR + FGD, CCGrid 2025 (arXiv 2412.17484). There the watts are scaled to 0..100 among the nodes that fit; here a
/// watt is a watt whatever else fits, so that what is known of a node stays true. Known gap: no frequency scaling, no fans.
///
/// [`Self::smoothed`] counts four fifths of a socket's watts by the part of it that is taken, so that a task is not sent far for the sake of a socket
/// which the next task wakes anyway: the same watts are saved and more GPUs are allocated.
pub struct Power {
    gpus: Vec<(u32, u32)>,
    /// Percent of a socket's watts that count when it wakes; the rest counts by the CPU taken.
    at_once: i64,
}

/// Of [`Power::smoothed`]; set on the list `default` of the public trace.
const SMOOTHED_AT_ONCE: i64 = 20;

impl Power {
    /// Watts of a GPU by [`GpuModelRow`]: idle, and with any load. A model beyond the end draws as the last one; none: only CPUs count.
    pub fn new(gpus: Vec<(u32, u32)>) -> Self {
        Self { gpus, at_once: 100 }
    }
    /// As [`Self::new`], with sockets counted mostly by the CPU taken.
    pub fn smoothed(gpus: Vec<(u32, u32)>) -> Self {
        Self { gpus, at_once: SMOOTHED_AT_ONCE }
    }
    /// What a node draws with these amounts free.
    pub fn watts(&self, profile: &Profile, free: &Amounts) -> u32 {
        self.gpu_watts(profile, free) + Self::cpu_watts(profile, free)
    }
    fn gpu_watts(&self, profile: &Profile, free: &Amounts) -> u32 {
        let (idle, full) = self.of_gpu(profile.gpu_model);
        let all = &profile.capacity.device_milli;
        let devices = all.iter().zip(&free.device_milli).filter(|(all, _)| **all > 0);
        devices.map(|(all, free)| if free < all { full } else { idle }).sum()
    }
    fn cpu_watts(profile: &Profile, free: &Amounts) -> u32 {
        let all = profile.capacity.cpu_milli;
        let sockets = all.div_ceil(SOCKET_MILLI);
        let busy = all.saturating_sub(free.cpu_milli).div_ceil(SOCKET_MILLI);
        busy * SOCKET_WATTS.1 + sockets.saturating_sub(busy) * SOCKET_WATTS.0
    }
    fn of_gpu(&self, model: GpuModelRow) -> (u32, u32) {
        self.gpus.get(usize::from(model.0)).or(self.gpus.last()).copied().unwrap_or((0, 0))
    }
}

impl Score for Power {
    fn points(&self, step: &Step<'_>) -> i32 {
        let more = |of: &dyn Fn(&Amounts) -> u32| i64::from(of(step.after)) - i64::from(of(step.before));
        let gpus = more(&|free| self.gpu_watts(step.profile, free));
        let sockets = more(&|free| Self::cpu_watts(step.profile, free));
        let part = i64::from(step.task.cpu_milli) * i64::from(SOCKET_WATTS.1 - SOCKET_WATTS.0)
            / i64::from(SOCKET_MILLI);
        -(gpus + (sockets * self.at_once + part * (100 - self.at_once)) / 100) as i32
    }
}
