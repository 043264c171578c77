//! `paceline serve`: one region over HTTP, until it is asked to end.

use crate::config::Config;
use paceline_serve::{Clock, ReadOptions, ReloadError, Server};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// Serves a region over HTTP. Settings come from the file, then from the environment
/// (`PACELINE_SERVE__TICK="100 ms"`), then from these flags.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  paceline serve --roads data/manhattan/network.json.gz --journal /var/lib/paceline
  paceline serve --config paceline.toml --listen 0.0.0.0:8080

SIGHUP reads section [fleet] again: policies, rules, shadow policy, charging. A file with a mistake changes nothing.
SIGTERM drains: what was accepted is durable and answered, streams are closed, and the exit code is 0.")]
pub(crate) struct ServeArgs {
    /// The configuration file [default: paceline.toml, if it is there]
    #[arg(long)]
    config: Option<PathBuf>,
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// The road network
    #[arg(long)]
    roads: Option<PathBuf>,
    /// The journal's directory; made if absent
    #[arg(long)]
    journal: Option<PathBuf>,
    /// Address and port for operators: profiles, tasks, traces. Needs a token, which the file
    /// (`[admin] token`) or the environment (`PACELINE_ADMIN__TOKEN`) gives
    #[arg(long)]
    admin_listen: Option<SocketAddr>,
    /// A file whose first line is the admin token. There is no flag for the token itself: flags can be
    /// read by everybody on the machine
    #[arg(long)]
    admin_token_file: Option<PathBuf>,
}

/// Runs the command.
pub(crate) fn run(args: ServeArgs) -> anyhow::Result<()> {
    let mut config = Config::read(args.config.as_deref())?;
    config.roads = args.roads.unwrap_or(config.roads);
    config.journal = args.journal.unwrap_or(config.journal);
    config.serve.listen = args.listen.unwrap_or(config.serve.listen);
    config.admin.listen = args.admin_listen.or(config.admin.listen);
    config.admin.token_file = args.admin_token_file.or(config.admin.token_file);
    let config = config.checked()?;
    let traces = super::log_and_trace("info", &config.traces)?;
    let roads = Arc::new(super::road::open(&config.roads)?);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let served = runtime.block_on(async {
        let values = config.values.as_deref().map(crate::values::read).transpose()?;
        let read = reader(args.config.clone(), config.values.clone());
        let server = Server::bind(config.serve, config.fleet, roads, &config.journal, Clock::Real).await?;
        let server = server
            .with_traffic(config.traffic)?
            .with_admin(&config.admin)
            .await?
            .with_traces(&traces)
            .with_reload(read);
        let server = match values {
            Some(values) => server.with_values(Arc::new(values)),
            None => server,
        };
        for warning in &server.recovered().warnings {
            eprintln!("warning: {warning}");
        }
        let found = server.recovered();
        println!("recovered version {} ({} records replayed)", found.version.0, found.replayed);
        println!("listening on http://{}", server.local_address());
        if let Some(address) = server.admin_address() {
            println!("operators: http://{address}, with the token");
        }
        let summary = server.run(super::asked_to_end()).await;
        println!("drained: {} tasks ended, {} left", summary.closed.finished, summary.tasks_left);
        super::all_ended(&summary)
    });
    traces.end();
    served
}

/// Reads the fleet's section again, as at the start.
fn reader(file: Option<PathBuf>, values: Option<PathBuf>) -> ReadOptions {
    Arc::new(move || {
        let unreadable = |error: anyhow::Error| ReloadError::Unreadable(format!("{error:#}"));
        let read = Config::read(file.as_deref()).map_err(unreadable)?;
        let options = read.fleet.clone().validate()?;
        // Values are read at the start only.
        Config { values: values.clone(), ..read }.look_ahead_by_values(&options)?;
        Ok(options)
    })
}
