//! The other side of [`super::process`]: loads one model, and answers until the agent closes the pipe.

use super::RunError;
use super::frames::{self, Answer, Hello};
use crate::infer::{InferRequest, Tensor};
use crate::probe::Probe;
use rustix::process::{Resource, Rlimit, setrlimit};
use std::io;
use std::path::Path;

/// What runs a model in this process.
pub trait Engine {
    /// The probe that came with the model.
    fn probe(&self) -> Option<Probe>;
    /// Answers. Errors: all of [`RunError`]; after [`RunError::Died`] the process ends.
    fn infer(&mut self, request: &InferRequest) -> Result<Vec<Tensor>, RunError>;
}

/// Holds this process to so much memory, loads `model`, and answers what comes on standard input on standard output.
///
/// Errors: the system's. What does not load is said to the agent, and is no error here.
pub fn serve<E: Engine>(
    model: &Path,
    memory_mib: u64,
    load: impl FnOnce(&Path) -> Result<E, String>,
) -> io::Result<()> {
    // Beside what the process has before it loads anything: an allocator reserves a gigabyte of addresses that count, and takes none of it.
    let bytes = Some(data_bytes()?.saturating_add(memory_mib << 20));
    setrlimit(Resource::Data, Rlimit { current: bytes, maximum: bytes })?;
    let (mut from, mut to) = (io::stdin().lock(), io::stdout().lock());
    let mut engine = match load(model) {
        Ok(engine) => engine,
        Err(error) => return frames::write(&mut to, &Hello::NotLoaded(error)),
    };
    frames::write(&mut to, &Hello::Ready { probe: engine.probe() })?;
    while let Some(request) = frames::read::<InferRequest>(&mut from)? {
        let answer = match engine.infer(&request) {
            Ok(outputs) => Answer::Outputs(outputs),
            Err(RunError::Refused(why)) => Answer::Refused(why),
            Err(RunError::Failed(why)) => Answer::Failed(why),
            Err(RunError::Died(why)) => return Err(io::Error::other(why)),
        };
        frames::write(&mut to, &answer)?;
    }
    Ok(())
}

/// What of this process counts for `RLIMIT_DATA`. Source: proc(5), `VmData`, in kB.
fn data_bytes() -> io::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmData:"));
    let kb = line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    kb.map(|kb| kb << 10).ok_or_else(|| io::Error::other("/proc/self/status does not say VmData"))
}
