//! `paceline cluster demo`: three servers, a pair of databases and twenty cities on one machine. One server is killed, one paused, one asked to
//! end, and the database is lost; riders place orders all the while.

mod database;
mod picture;
mod riders;
mod servers;

use anyhow::Context as _;
use database::Pair;
use paceline_model::RegionId;
use paceline_supervise::{OnError, Options, Spawner, Supervisor, Until};
use picture::Tally;
use servers::Servers;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

/// Runs three servers of a cluster, and PostgreSQL with a standby, on this machine. Riders place orders in twenty cities, through all doors; one
/// server is killed, one paused, the database lost and its standby promoted. The end says what riders noticed, and that nothing was lost.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Needs PostgreSQL's programs (on Debian `apt-get install postgresql`); as root they run as the account postgres.

Examples:
  paceline cluster demo
  paceline cluster demo --cities 6 --plain"
)]
pub(crate) struct ClusterDemoArgs {
    /// Cities, each a region of its own
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=100))]
    cities: u16,
    /// The road network of all of them
    #[arg(long, default_value = "data/manhattan/network.json.gz")]
    roads: PathBuf,
    /// Prints the table again and again below itself, for logs
    #[arg(long)]
    plain: bool,
}

/// Time for what was done to be seen.
const SCENE: Duration = Duration::from_secs(8);
/// Longest that the cities may take to begin, on a slow machine.
const BEGIN_MAX: Duration = Duration::from_secs(120);

/// Runs the command.
pub(crate) fn run(args: ClusterDemoArgs) -> anyhow::Result<()> {
    let roads = args.roads.canonicalize().with_context(|| format!("{}", args.roads.display()))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let dir = tempfile::tempdir()?;
    println!("starting PostgreSQL and its standby …");
    let mut pair = Pair::start(dir.path())?;
    let cities = (0..args.cities).map(|number| RegionId::new(&format!("city-{number:02}")));
    let cities: Vec<RegionId> = cities.collect::<Result<_, _>>()?;
    let mut servers = Servers::new(dir.path(), &pair.url(), &roads, &cities)?;
    runtime.block_on(async {
        let supervisor = Supervisor::new(Options::default());
        let scope = supervisor.scope("demo").on_error(OnError::KeepGoing);
        let tally = Arc::new(Tally::default());
        let played = play(&scope, &mut servers, &mut pair, &cities, &tally, args.plain).await;
        scope.close(Duration::from_secs(10)).await;
        played?;
        let lost = riders::lost(&servers, &tally).await?;
        println!("{}", tally.summary(lost));
        anyhow::ensure!(lost == 0, "{lost} acknowledged orders are lost");
        Ok(())
    })
}

/// Lets happen what happens.
async fn play(
    scope: &Spawner,
    servers: &mut Servers,
    pair: &mut Pair,
    cities: &[RegionId],
    tally: &Arc<Tally>,
    plain: bool,
) -> anyhow::Result<()> {
    for name in servers::NAMES {
        servers.start(name)?;
        tally.says(format!("server {name} starts"));
    }
    let (drawn, url, end) = (tally.clone(), pair.url(), scope.token());
    scope.spawn("picture", Until::Owner, async move {
        end.run_until_cancelled(picture::draw(&url, &drawn, plain)).await.unwrap_or(Ok(()))
    });
    let begun = tokio::time::timeout(BEGIN_MAX, riders::begun(servers, cities));
    begun.await.context("the cities did not begin in time")??;
    tally.says("all cities run: riders begin".into());
    riders::start(scope, servers, cities, tally)?;
    sleep(SCENE).await;
    servers.kill("b")?;
    tally.says("server b is killed".into());
    sleep(SCENE).await;
    servers.start("b")?;
    tally.says("server b starts again".into());
    sleep(SCENE).await;
    servers.pause("c")?;
    tally.says("server c is paused, and knows nothing of it".into());
    sleep(SCENE).await;
    servers.wake("c")?;
    tally.says("server c wakes up".into());
    sleep(SCENE).await;
    tally.says("the database is killed, and its standby promoted".into());
    pair.fail_over()?;
    sleep(SCENE).await;
    tally.says("server a is asked to end".into());
    servers.end("a").await?;
    tally.says("server a has ended: it gave its cities away first".into());
    sleep(SCENE).await;
    tally.stop();
    sleep(Duration::from_secs(1)).await;
    Ok(())
}
