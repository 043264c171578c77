//! `paceline edge demo`: an edge region and a dozen agents with scripted readings, on one machine. One overheats, one loses its link, one restarts.

mod box_run;
mod link;
mod scene;
mod table;

use anyhow::Context as _;
use link::Link;
use paceline_client::{Client, ClientOptions};
use paceline_engine::edge::EdgeOptions;
use paceline_model::{Millis, RegionId};
use paceline_serve::{AuthOptions, Clock, EdgeSpec, ServeOptions, Server};
use paceline_supervise::{OnError, Options, Spawner, Supervisor, Until};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use table::Tally;

/// Serves an edge region, and runs a dozen agents that report to it, with scripted readings and models. One overheats, one loses its link,
/// one restarts; a table shows what becomes of the work, and the end sums it up.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  paceline edge demo
  paceline edge demo --seconds 45 --plain")]
pub(crate) struct EdgeDemoArgs {
    /// End after so many seconds; everything has happened after 40
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    seconds: u64,
    /// Where the region is served; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Prints the table again and again below itself, for logs
    #[arg(long)]
    plain: bool,
}

/// Runs the command.
pub(crate) async fn run(args: EdgeDemoArgs) -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let server = region(args.listen, dir.path()).await?;
    let client = Client::new(&server.url(), ClientOptions::default())?;
    println!("region at {} with {} boxes; Ctrl-C ends it", server.url(), scene::BOXES);
    let supervisor = Supervisor::new(Options::default());
    let scope = supervisor.scope("demo").on_error(OnError::KeepGoing);
    let (ending, ended) = tokio::sync::oneshot::channel();
    let tally = Arc::new(Tally::new());
    let scenes = {
        let (spawner, tally) = (scope.spawner(), tally.clone());
        let (seconds, plain, dir) = (args.seconds, args.plain, dir.path().to_owned());
        async move {
            let told = play(&spawner, client, &tally, &dir, (seconds, plain)).await;
            let closed = scope.close(Duration::from_secs(10)).await;
            // Its receiver lives as long as the server.
            _ = ending.send(());
            told.map(|()| closed)
        }
    };
    let (closed, summary) = tokio::join!(scenes, server.run(async { _ = ended.await }));
    let closed = closed?;
    print!("{}", tally.summary());
    println!(
        "ended: {} tasks of the boxes, {} of the server, none left",
        closed.finished, summary.closed.finished
    );
    anyhow::ensure!(closed.is_clean(), "the boxes did not end well: {closed:?}");
    super::all_ended(&summary)
}

/// Quick ticks and short silences: what takes minutes in the field is to be seen.
async fn region(listen: SocketAddr, dir: &Path) -> anyhow::Result<Server> {
    // Region, boxes and users share one thread: its queue says nothing of the region.
    let queue_delay_max = Millis::from_secs(10);
    let options = ServeOptions { listen, tick: Millis(200), queue_delay_max, ..ServeOptions::default() };
    let edge = EdgeOptions { silent_after: Millis::from_secs(4), ..EdgeOptions::default() };
    let region = EdgeSpec {
        name: RegionId::new("line")?,
        options: edge,
        journal: dir.join("journal").as_path().into(),
        journal_identity: None,
        read_options: None,
    };
    Ok(Server::of(options, AuthOptions::default(), region, Clock::Real).await?)
}

/// Registers what is to run, starts the boxes, lets happen what happens, and draws, until it is over.
async fn play(
    scope: &Spawner,
    client: Client,
    tally: &Arc<Tally>,
    dir: &Path,
    (seconds, plain): (u64, bool),
) -> anyhow::Result<()> {
    let base = client.base().to_owned();
    let server: SocketAddr = base.trim_start_matches("http://").parse().context("the server's address")?;
    let link = Link::open(scope, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), server).await?;
    let boxes = scene::boxes(&base, &link.url(), dir).await?;
    let addresses: Vec<_> = boxes.iter().map(|one| (one.name.clone(), one.address)).collect();
    for one in boxes {
        let neighbours = scene::neighbours(&one.name, &addresses);
        let restarts = (one.name == scene::RESTARTS).then_some((scene::RESTART_AT, scene::OFF_FOR));
        scope.spawn("box", Until::Owner, one.run(neighbours, restarts, scope.token(), tally.clone()));
    }
    scene::register(&client).await?;
    let (end, cut) = (scope.token(), tally.clone());
    scope.spawn("weather", Until::Owner, async move {
        end.run_until_cancelled(scene::weather(link, &cut)).await;
    });
    let (end, asked, ask) = (scope.token(), addresses.clone(), tally.clone());
    scope.spawn("users", Until::Owner, async move {
        end.run_until_cancelled(scene::users(asked, &ask)).await.unwrap_or(Ok(()))
    });
    let over = tokio::time::sleep(Duration::from_secs(seconds));
    tokio::select! {
        () = over => Ok(()),
        () = super::asked_to_end() => Ok(()),
        drawn = table::draw(&client, &addresses, tally, plain) => drawn,
    }
}
