//! A runner whose models live in processes of their own: what a model takes, and what it dies of, is not the agent's. A process is started by its
//! path and with its arguments, without the agent's environment; no shell reads them.

use super::frames::{self, Answer, Hello};
use super::{Loadable, Loaded, Pending, RunError, Runner};
use crate::infer::{InferRequest, Tensor};
use crate::probe::Probe;
use paceline_supervise::NamedExt as _;
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::Mutex;

/// Time between two looks at whether a process lives.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// The variable that says where ONNX Runtime's library lies.
const LIBRARY: &str = "ORT_DYLIB_PATH";

/// Starts a process for each model.
#[derive(Clone, Debug)]
pub struct ProcessRunner {
    program: PathBuf,
    args: Vec<OsString>,
}

impl ProcessRunner {
    /// `program` with `args`, and after them the model's file and the MiB that it may take, speaks as [`super::child::serve`] does.
    pub fn new(program: PathBuf, args: Vec<OsString>) -> Self {
        Self { program, args }
    }

    async fn start(&self, what: Loadable) -> Result<Process, RunError> {
        let file = what.files.ok_or_else(|| {
            RunError::Died("its variant names no artefact: there is nothing to load".into())
        })?;
        let library = std::env::var_os(LIBRARY).map(|library| (LIBRARY, library));
        let started = Command::new(&self.program)
            .args(&self.args)
            .arg(file)
            .arg(what.memory_mib.to_string())
            .env_clear()
            .envs(library)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn();
        let died = |error: io::Error| RunError::Died(format!("its process cannot be started: {error}"));
        let mut child = started.map_err(died)?;
        let (Some(to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(RunError::Died("its process has no pipes".into()));
        };
        let mut pipes = Pipes { child, to, from };
        match frames::receive::<Hello>(&mut pipes.from).named("a model that loads").await {
            Ok(Hello::Ready { probe }) => Ok(Process { probe, pipes: Mutex::new(Some(pipes)) }),
            Ok(Hello::NotLoaded(error)) => Err(RunError::Died(error)),
            Err(_) => Err(RunError::Died(pipes.end("while it loaded").await)),
        }
    }
}

impl Runner for ProcessRunner {
    fn load(&self, what: Loadable) -> Pending<'_, Result<Arc<dyn Loaded>, RunError>> {
        Box::pin(async move { Ok(Arc::new(self.start(what).await?) as Arc<dyn Loaded>) })
    }
}

/// A process that runs, with its pipes.
struct Pipes {
    child: Child,
    to: ChildStdin,
    from: ChildStdout,
}

impl Pipes {
    /// How it ended, once its pipes are closed.
    async fn end(mut self, when: &str) -> String {
        let ended = tokio::time::timeout(LOOK_EVERY, self.child.wait()).await;
        match ended {
            Ok(Ok(status)) => format!("its process ended {when}: {status}"),
            _ => format!("its process no longer speaks {when}"),
        }
    }

    async fn ask(&mut self, request: &InferRequest) -> io::Result<Answer> {
        frames::send(&mut self.to, request).await?;
        frames::receive(&mut self.from).await
    }
}

struct Process {
    probe: Option<Probe>,
    /// `None`: it has ended, or was ended because its answer did not come in time.
    pipes: Mutex<Option<Pipes>>,
}

impl Loaded for Process {
    fn probe(&self) -> Option<&Probe> {
        self.probe.as_ref()
    }

    fn infer<'a>(&'a self, request: &'a InferRequest) -> Pending<'a, Result<Vec<Tensor>, RunError>> {
        Box::pin(async move {
            let mut place = self.pipes.lock().await;
            // Taken out: whoever gives up waiting leaves half an answer in the pipe, and no process.
            let mut pipes = place.take().ok_or_else(|| RunError::Died("its process has ended".into()))?;
            let answer = pipes.ask(request).named("a model's answer").await;
            let Ok(answer) = answer else { return Err(RunError::Died(pipes.end("while it answered").await)) };
            *place = Some(pipes);
            match answer {
                Answer::Outputs(outputs) => Ok(outputs),
                Answer::Refused(why) => Err(RunError::Refused(why)),
                Answer::Failed(why) => Err(RunError::Failed(why)),
            }
        })
    }

    fn died(&self) -> Pending<'_, String> {
        Box::pin(async {
            loop {
                tokio::time::sleep(LOOK_EVERY).named("a model's process").await;
                match &mut *self.pipes.lock().await {
                    None => return "its process ended while it answered, or did not answer in time".into(),
                    Some(pipes) => {
                        if let Ok(Some(status)) = pipes.child.try_wait() {
                            return format!("its process ended: {status}");
                        }
                    }
                }
            }
        })
    }
}
