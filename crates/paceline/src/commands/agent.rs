//! `paceline agent`: what runs on an edge node.

mod file;

#[cfg(feature = "onnx")]
use anyhow::Context as _;
use file::AgentFile;
use paceline_agent::fetch::Fetcher;
use paceline_agent::runner::Runner;
#[cfg(feature = "onnx")]
use paceline_agent::runner::process::ProcessRunner;
use paceline_agent::runner::scripted::{Script, ScriptedRunner};
use paceline_agent::source::Source;
use paceline_agent::source::machine::MachineSource;
use paceline_agent::source::scripted::ScriptedSource;
use paceline_agent::{Agent, MachineClocks, Parts};
use paceline_model::RegionId;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Runs on an edge node: says what the node is and how it fares, runs what is placed there, answers inferences. It calls out; the region need
/// not reach it. Settings come from the file, then from these flags.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  paceline agent --server https://region.example --node box-1 --register --state /var/lib/paceline-agent
  paceline agent --config /etc/paceline/agent.toml
  paceline agent --node box-1 --register --script data/edge/agent/runner.json --readings data/edge/agent/warm.jsonl

SIGTERM ends it: inferences under way are answered, and what runs is there again at the next start. With --drain 300 its work moves to other nodes first. docs/agent.md says more.")]
pub(crate) struct AgentArgs {
    /// The configuration file, in TOML
    #[arg(long)]
    config: Option<PathBuf>,
    /// The server [default: http://127.0.0.1:8080]
    #[arg(long)]
    server: Option<String>,
    /// This node's name
    #[arg(long)]
    node: Option<String>,
    /// The region, where the server has several
    #[arg(long, value_parser = super::region)]
    region: Option<RegionId>,
    /// Registers the node with what is measured of it; without, an operator has done so
    #[arg(long)]
    register: bool,
    /// Address and port to answer inferences on; port 0 takes a free one [default: 127.0.0.1:9470]
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// Listens on an address that other machines can reach although nobody is asked who they are
    #[arg(long)]
    allow_unauthenticated: bool,
    /// Where it writes down what a restart must know [default: paceline-agent]
    #[arg(long)]
    state: Option<PathBuf>,
    /// A file whose first line is an API key
    #[arg(long)]
    key_file: Option<PathBuf>,
    /// The authorities that are believed of an https:// server, in PEM [default: those that the system believes]
    #[arg(long)]
    ca: Option<PathBuf>,
    /// A file of keys whose signatures on artefacts are believed
    #[arg(long)]
    trusted: Option<PathBuf>,
    /// The TPM by which the node proves itself: a device, or address and port of a software TPM
    #[arg(long)]
    tpm: Option<String>,
    /// The log of the box's start [default: /sys/kernel/security/tpm0/binary_bios_measurements]
    #[arg(long)]
    boot_log: Option<PathBuf>,
    /// A file with the token that lets this box in; it is removed once it has
    #[arg(long)]
    token_file: Option<PathBuf>,
    /// Asked to end, it has its node drained first, and ends once nothing is placed there, or after so many seconds
    #[arg(long, value_name = "SECONDS")]
    drain: Option<u32>,
    /// Models are not run: what they would do is read from this script
    #[arg(long)]
    script: Option<PathBuf>,
    /// Nothing is measured: readings are read from this file
    #[arg(long)]
    readings: Option<PathBuf>,
}

/// Runs the command.
pub(crate) fn run(args: AgentArgs) -> anyhow::Result<()> {
    super::log("info");
    let file = merged(args)?;
    let options = file.options()?;
    let parts = parts(&file, file.fetcher(&options)?)?;
    // One thread: a box has better things to do with its cores.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let node = options.node.clone();
        let agent = Agent::bind(options, parts).await?;
        println!("{node}: answers on http://{}", agent.address()?);
        let closed = agent.run(super::asked_to_end()).await;
        anyhow::ensure!(closed.is_clean(), "not every task ended well: {closed:?}");
        Ok(())
    })
}

/// The file, and the flags over it.
fn merged(args: AgentArgs) -> anyhow::Result<AgentFile> {
    let mut file = match &args.config {
        Some(path) => AgentFile::read(path)?,
        None => AgentFile::default(),
    };
    file.server = args.server.unwrap_or(file.server);
    file.node = args.node.unwrap_or(file.node);
    file.region = args.region.or(file.region);
    file.register |= args.register;
    file.listen = args.listen.unwrap_or(file.listen);
    file.allow_unauthenticated |= args.allow_unauthenticated;
    file.state = args.state.unwrap_or(file.state);
    file.key_file = args.key_file.or(file.key_file);
    file.ca = args.ca.or(file.ca);
    file.trusted_keys = args.trusted.or(file.trusted_keys);
    file.tpm = args.tpm.or(file.tpm);
    file.boot_log = args.boot_log.unwrap_or(file.boot_log);
    file.token_file = args.token_file.or(file.token_file);
    file.drain_s = args.drain.or(file.drain_s);
    file.script = args.script.or(file.script);
    file.readings = args.readings.or(file.readings);
    Ok(file)
}

fn parts(file: &AgentFile, fetcher: Arc<dyn Fetcher>) -> anyhow::Result<Parts> {
    let source: Arc<dyn Source> = match &file.readings {
        Some(readings) => Arc::new(ScriptedSource::read(readings).map_err(anyhow::Error::msg)?),
        None => Arc::new(MachineSource::default()),
    };
    Ok(Parts { source, runner: runner(file.script.as_deref())?, fetcher, clocks: Arc::new(MachineClocks) })
}

fn runner(script: Option<&Path>) -> anyhow::Result<Arc<dyn Runner>> {
    match script {
        Some(script) => Ok(Arc::new(ScriptedRunner::new(Script::read(script).map_err(anyhow::Error::msg)?))),
        None => models(),
    }
}

/// Each model in a process of this binary.
#[cfg(feature = "onnx")]
fn models() -> anyhow::Result<Arc<dyn Runner>> {
    let program = std::env::current_exe().context("this program cannot say where it lies")?;
    Ok(Arc::new(ProcessRunner::new(program, vec!["run-model".into()])))
}

#[cfg(not(feature = "onnx"))]
fn models() -> anyhow::Result<Arc<dyn Runner>> {
    anyhow::bail!(
        "this build runs no models but those of a script: name one with --script, or build with --features onnx"
    )
}
