//! Servers of a cluster as their users run them, each behind a way to the database of its own that can be cut.

use crate::postgres_server::PostgresServer;
use crate::way::Way;
use paceline_client::{Client, ClientOptions};
use paceline_model::RegionId;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Signs of life often, and no wait before regions move to who has just come.
const TIMING: &str = "[cluster.timing]\nbeat = \"200 ms\"\nlost_after = \"1 s\"\nsettle = \"1 s\"\n";
/// Longest that anything here may take: builds run beside tests, and nothing is optimised.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// One cluster at a time: each is as many processes as a small machine bears, and what riders wait for is bounded.
static ALONE: Mutex<()> = Mutex::new(());

pub(crate) struct Cluster {
    pub(crate) postgres: PostgresServer,
    alone: MutexGuard<'static, ()>,
    dir: tempfile::TempDir,
    pub(crate) regions: Vec<RegionId>,
}

pub(crate) struct Server {
    child: Child,
    pub(crate) name: &'static str,
    pub(crate) base: String,
    way: Way,
}

impl Cluster {
    /// `None`, said loudly: there is no PostgreSQL here.
    pub(crate) fn of(regions: usize) -> Option<Self> {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let postgres = PostgresServer::start()?;
        // Each of three servers has some of six by these names.
        let regions =
            (0..regions).map(|number| RegionId::new(&format!("city-{number:02}")).unwrap()).collect();
        Some(Self { postgres, alone, dir: tempfile::tempdir().unwrap(), regions })
    }

    /// Starts a server that listens on a port of its own.
    pub(crate) fn start(&self, name: &'static str) -> Server {
        self.start_program(Path::new(env!("CARGO_BIN_EXE_paceline")), name)
    }

    /// Starts a server of another program, such as the version before.
    pub(crate) fn start_program(&self, program: &Path, name: &'static str) -> Server {
        let way = Way::to(self.postgres.address());
        let url = self.postgres.url().replace(&self.postgres.address(), way.address());
        self.start_of(program, name, &url, way)
    }

    /// Starts one that knows the database and the one that may take its place.
    pub(crate) fn start_on_pair(&self, name: &'static str, standby: &PostgresServer) -> Server {
        let both = format!("{},{}", self.postgres.address(), standby.address());
        let url = self.postgres.url().replace(&self.postgres.address(), &both);
        self.start_of(Path::new(env!("CARGO_BIN_EXE_paceline")), name, &url, Way::to(self.postgres.address()))
    }

    /// Starts a server whose file says this in its section `[cluster]` and below all else.
    pub(crate) fn start_with(&self, name: &'static str, cluster: &str, rest: &str) -> Server {
        let way = Way::to(self.postgres.address());
        let url = self.postgres.url().replace(&self.postgres.address(), way.address());
        let config = format!("{}{rest}", self.config(name, &url, cluster));
        self.start_configured(Path::new(env!("CARGO_BIN_EXE_paceline")), name, &config, way)
    }

    fn start_of(&self, program: &Path, name: &'static str, url: &str, way: Way) -> Server {
        self.start_configured(program, name, &self.config(name, url, ""), way)
    }

    fn start_configured(&self, program: &Path, name: &'static str, config: &str, way: Way) -> Server {
        let file = self.dir.path().join(format!("{name}.toml"));
        std::fs::write(&file, config).unwrap();
        let mut child = Command::new(program)
            .args(["serve", "--listen", "127.0.0.1:0", "--config"])
            .arg(&file)
            .current_dir(self.dir.path())
            .env("RUST_LOG", "warn")
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(self.log(name)).unwrap())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let base = lines.find_map(|line| line.strip_prefix("listening on ").map(str::to_owned));
        let base = base.unwrap_or_else(|| panic!("it listens: {}", self.said(name)));
        std::thread::spawn(move || lines.for_each(drop));
        Server { child, name, base, way }
    }

    fn config(&self, name: &str, url: &str, cluster: &str) -> String {
        let roads = roads();
        let region = |region: &RegionId| format!("[regions.{region}]\nroads = \"{roads}\"\n");
        let regions: String = self.regions.iter().map(region).collect();
        format!("[cluster]\nurl = \"{url}\"\nserver = \"{name}\"\n{cluster}{TIMING}{regions}")
    }

    fn log(&self, name: &str) -> PathBuf {
        self.dir.path().join(format!("{name}.log"))
    }

    /// What a server said to its log.
    pub(crate) fn said(&self, name: &str) -> String {
        std::fs::read_to_string(self.log(name)).unwrap_or_default()
    }

    /// The database is lost, and the other one takes its place.
    pub(crate) fn fail_over(self, standby: PostgresServer) -> Self {
        let Self { postgres, alone, dir, regions } = self;
        postgres.kill();
        standby.promote();
        Self { postgres: standby, alone, dir, regions }
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Runs `paceline cluster` to its end.
    pub(crate) fn command(&self, args: &[&str]) -> Result<String, String> {
        let url = self.postgres.url();
        let args = [&["cluster"], args, &["--cluster", &url]].concat();
        crate::common::paceline(self.dir(), &args)
    }

    /// Who runs each region, as the table says.
    pub(crate) fn owners(&self) -> Vec<(String, String)> {
        let rows = self
            .postgres
            .sql("SELECT region, coalesce(owner, '') FROM paceline_cluster_regions ORDER BY region");
        let row =
            |line: &str| line.split_once('|').map(|(region, owner)| (region.to_owned(), owner.to_owned()));
        rows.lines().filter_map(row).collect()
    }

    /// Regions of a server.
    pub(crate) fn of_server(&self, server: &str) -> Vec<String> {
        self.owners().into_iter().filter(|(_, owner)| owner == server).map(|(region, _)| region).collect()
    }

    /// Waits until every region answers at a door, and returns how long that took.
    pub(crate) async fn settled(&self, door: &Server) -> Duration {
        let began = tokio::time::Instant::now();
        for region in &self.regions {
            let client = door.client().in_region(region.clone());
            while let Err(error) = client.world().await {
                assert!(began.elapsed() < PATIENCE, "{region}: {error}\n{}", self.said(door.name));
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        began.elapsed()
    }
}

/// The streets of all regions.
pub(crate) fn roads() -> String {
    let roads: PathBuf =
        [env!("CARGO_MANIFEST_DIR"), "../../data/manhattan/network.json.gz"].iter().collect();
    roads.display().to_string()
}

impl Server {
    /// Nothing is repeated: what a user sees.
    pub(crate) fn client(&self) -> Client {
        Client::new(&self.base, ClientOptions::once()).unwrap()
    }

    fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    /// Stops as it stands, with all its timers, and knows nothing of it.
    pub(crate) fn pause(&self) {
        self.signal("-STOP");
    }

    pub(crate) fn wake(&self) {
        self.signal("-CONT");
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end, and waits until it has, without an error.
    pub(crate) fn end(mut self) {
        self.ask_to_end();
    }

    /// The same of one that something else takes the place of.
    pub(crate) fn ask_to_end(&mut self) {
        self.signal("-TERM");
        assert!(self.child.wait().unwrap().success(), "{} ends without an error", self.name);
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    pub(crate) fn ended_well(&mut self) -> bool {
        self.child.wait().unwrap().success()
    }

    /// Cuts it off from the database, or lets it be reached again.
    pub(crate) fn cut(&self, cut: bool) {
        self.way.cut(cut);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Ended already, in most tests.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
