//! `paceline serve`: regions over HTTP, until it is asked to end.

use crate::config::{Areas, Config, RegionConfig, RegionKind};
use crate::journal_at::JournalAt;
use anyhow::Context as _;
use paceline_model::{RegionId, ServerId};
use paceline_road::Roads;
use paceline_serve::{
    AnyRegion, BikesSpec, Clock, EdgeSpec, FederationSpec, ReadOptions, RegionSpec, ReloadError, Server,
    Traces,
};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Serves a region over HTTP, or the several of its file's sections `[regions.NAME]`. Settings come from the file, then from the environment
/// (`PACELINE_SERVE__TICK="100 ms"`), then from these flags.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  paceline serve --roads data/manhattan/network.json.gz --journal /var/lib/paceline
  paceline serve --config paceline.toml --listen 0.0.0.0:8080 --allow-unauthenticated   (behind a proxy)

SIGHUP reads section [fleet] or [edge] of every region again: policies, weights, rules, shadows, charging. A file with a mistake changes nothing.
SIGTERM drains: what was accepted is durable and answered, streams are closed, and the exit code is 0.")]
pub(crate) struct ServeArgs {
    /// The configuration file [default: paceline.toml, if it is there]
    #[arg(long)]
    config: Option<PathBuf>,
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// Listens on an address that other machines can reach although nobody is asked who they are: a proxy in front does that
    #[arg(long)]
    allow_unauthenticated: bool,
    /// The road network of the only region
    #[arg(long)]
    roads: Option<PathBuf>,
    /// The journal of the only region: a directory, postgresql://USER@HOST/DATABASE or nats://HOST; begun if absent
    #[arg(long)]
    journal: Option<JournalAt>,
    /// The database of a cluster's table of owners: this server is one of several, which run the regions of the file between them
    #[arg(long, value_name = "URL")]
    cluster: Option<String>,
    /// This server's name in the cluster
    #[arg(long, value_parser = server_name)]
    server: Option<ServerId>,
    /// Where the cluster's other servers reach this one [default: where it listens]
    #[arg(long, value_name = "URL")]
    advertise: Option<String>,
    /// Address and port for operators: profiles, tasks, traces. Needs a token, which the file
    /// (`[admin] token`) or the environment (`PACELINE_ADMIN__TOKEN`) gives
    #[arg(long)]
    admin_listen: Option<SocketAddr>,
    /// A file whose first line is the admin token. There is no flag for the token itself: flags can be
    /// read by everybody on the machine
    #[arg(long)]
    admin_token_file: Option<PathBuf>,
}

fn server_name(text: &str) -> Result<ServerId, String> {
    ServerId::new(text).map_err(|invalid| invalid.to_string())
}

/// Runs the command.
pub(crate) fn run(args: ServeArgs) -> anyhow::Result<()> {
    let mut config = Config::read(args.config.as_deref())?;
    config.roads = args.roads.unwrap_or(config.roads);
    config.journal = args.journal.unwrap_or(config.journal);
    config.serve.listen = args.listen.unwrap_or(config.serve.listen);
    config.auth.allow_unauthenticated |= args.allow_unauthenticated;
    config.cluster.url = args.cluster.or(config.cluster.url);
    config.cluster.server = args.server.or(config.cluster.server);
    config.cluster.advertise = args.advertise.or(config.cluster.advertise);
    config.admin.listen = args.admin_listen.or(config.admin.listen);
    config.admin.token_file = args.admin_token_file.or(config.admin.token_file);
    let config = config.checked()?;
    let traces = super::log_and_trace("info", &config.traces)?;
    let regions = specs(&config, args.config.as_deref())?;
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.enable_all().max_blocking_threads(threads(regions.len())).build()?;
    let served = runtime.block_on(serve(config, regions, &traces));
    traces.end();
    served
}

/// Threads that may block at once: those of each region, and of what all share.
fn threads(regions: usize) -> usize {
    const OF_A_REGION: usize = 12;
    const SHARED: usize = 256;
    SHARED + OF_A_REGION * regions
}

/// A server of these regions, or, in a cluster, of those of them that it is to run.
async fn bound(config: &Config, regions: Vec<AnyRegion>) -> anyhow::Result<Server> {
    let (options, auth) = (config.serve.clone(), config.auth.clone());
    if config.cluster.url.is_some() {
        let cluster = config.cluster.clone().spec(regions)?;
        return Ok(Server::in_cluster(options, auth, cluster, Clock::Real).await?);
    }
    let mut regions = regions.into_iter();
    let first = regions.next().context("there is no region")?;
    let server = Server::of(options, auth, first, Clock::Real).await?;
    Ok(regions.try_fold(server, Server::with_region)?)
}

async fn serve(config: Config, regions: Vec<AnyRegion>, traces: &Traces) -> anyhow::Result<()> {
    let server = bound(&config, regions).await?.with_artefacts(&config.artefacts)?;
    let (keys, tls, admin) = (config.auth.keys_file.is_some(), config.serve.tls.is_some(), config.admin);
    let server = server.with_admin(&admin).await?.with_traces(traces);
    for (name, found) in server.all_recovered() {
        for warning in &found.warnings {
            eprintln!("warning: region {name}: {warning}");
        }
        println!("recovered {name} at version {} ({} records replayed)", found.version.0, found.replayed);
    }
    println!("listening on {}", server.url());
    if keys && !tls {
        warn_of_plain_http("API keys", server.local_address());
    }
    if let (Some(address), Some(url)) = (server.admin_address(), server.admin_url()) {
        if admin.tls.is_none() {
            warn_of_plain_http("the admin token", address);
        }
        println!("operators: {url}, with the token");
    }
    let summary = server.run(super::asked_to_end()).await;
    println!("drained: {} tasks ended, {} left", summary.closed.finished, summary.tasks_left);
    super::all_ended(&summary)
}

/// Says so where a secret goes over a network as it is.
fn warn_of_plain_http(secret: &str, address: SocketAddr) {
    if !address.ip().to_canonical().is_loopback() {
        eprintln!(
            "warning: http://{address} can be reached by others, and takes {secret} unencrypted: configure [serve.tls] or [admin.tls], or put a proxy that speaks TLS in front"
        );
    }
}

/// The regions of a configuration, ready to be recovered. Each road network is opened once, whoever drives on it.
fn specs(config: &Config, file: Option<&Path>) -> anyhow::Result<Vec<AnyRegion>> {
    let mut networks: BTreeMap<PathBuf, Arc<Roads>> = BTreeMap::new();
    let mut specs = Vec::new();
    let all = config.all_regions()?;
    let areas = Areas::read(&all)?;
    let mut open = |path: &PathBuf| -> anyhow::Result<Arc<Roads>> {
        Ok(match networks.entry(path.clone()) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(place) => place.insert(Arc::new(super::road::open(path)?)).clone(),
        })
    };
    for (name, region) in all {
        let spec = match region.kind {
            RegionKind::Fleet => {
                let roads = open(region.streets()?)?;
                let borders = areas.borders(&name);
                RegionSpec { borders, ..fleet(file, name, region, roads)? }.into()
            }
            RegionKind::Edge => edge(file, name, region)?.into(),
            RegionKind::Federation => federation(file, name, region)?.into(),
            RegionKind::Bikes => {
                let roads = region.roads.as_ref().map(&mut open).transpose()?;
                bikes(file, name, region, roads)?.into()
            }
        };
        specs.push(spec);
    }
    Ok(specs)
}

/// A fleet, ready to be recovered. Errors: values that cannot be read.
fn fleet(
    file: Option<&Path>,
    name: RegionId,
    region: RegionConfig,
    roads: Arc<Roads>,
) -> anyhow::Result<RegionSpec> {
    let values = region.values.as_deref().map(crate::values::read).transpose()?.map(Arc::new);
    let read_options = Some(fleet_reader(file, &name, region.clone()));
    let RegionConfig { journal, journal_identity, relief, fleet, traffic, .. } = region;
    let journal = journal.address(name.as_str())?;
    Ok(RegionSpec {
        journal_identity,
        relief,
        traffic,
        values,
        read_options,
        ..RegionSpec::new(name, fleet, roads, journal)
    })
}

/// An edge region, ready to be recovered. Errors: its journal can be nowhere there.
fn edge(file: Option<&Path>, name: RegionId, region: RegionConfig) -> anyhow::Result<EdgeSpec> {
    let read_options = Some(reader(file, &name, |region| Ok(region.edge)));
    let RegionConfig { journal, journal_identity, edge: options, .. } = region;
    let journal = journal.address(name.as_str())?;
    Ok(EdgeSpec { name, options, journal, journal_identity, read_options })
}

/// A federation, ready to be recovered. Errors: its journal can be nowhere there.
fn federation(file: Option<&Path>, name: RegionId, region: RegionConfig) -> anyhow::Result<FederationSpec> {
    let read_options = Some(reader(file, &name, |region| Ok(region.federation)));
    let RegionConfig { journal, journal_identity, federation: options, .. } = region;
    let journal = journal.address(name.as_str())?;
    Ok(FederationSpec { name, options, journal, journal_identity, read_options })
}

/// A bikes region, ready to be recovered. Errors: its journal can be nowhere there.
fn bikes(
    file: Option<&Path>,
    name: RegionId,
    region: RegionConfig,
    roads: Option<Arc<Roads>>,
) -> anyhow::Result<BikesSpec> {
    let read_options = Some(reader(file, &name, |region| Ok(region.bikes)));
    let RegionConfig { journal, journal_identity, traffic, bikes: options, gbfs, .. } = region;
    let journal = journal.address(name.as_str())?;
    Ok(BikesSpec { name, options, roads, traffic, journal, journal_identity, gbfs, read_options })
}

/// Reads the fleet's section of a region again, as at the start.
fn fleet_reader(file: Option<&Path>, name: &RegionId, started: RegionConfig) -> ReadOptions {
    reader(file, name, move |region| {
        let options = region.fleet.validate()?;
        // Values are read at the start only.
        started.look_ahead_by_values(&options)?;
        Ok(options)
    })
}

/// Reads a region's part of the file again, as at the start, and takes options out of it.
fn reader<Options>(
    file: Option<&Path>,
    name: &RegionId,
    take: impl Fn(RegionConfig) -> Result<Options, ReloadError> + Send + Sync + 'static,
) -> ReadOptions<Options> {
    let (file, name) = (file.map(Path::to_owned), name.clone());
    Arc::new(move || {
        let unreadable = |error: anyhow::Error| ReloadError::Unreadable(format!("{error:#}"));
        let read = Config::read(file.as_deref()).map_err(unreadable)?;
        let region = read.region(&name);
        take(region.ok_or_else(|| ReloadError::Unreadable(format!("{name} is no longer in it")))?)
    })
}
