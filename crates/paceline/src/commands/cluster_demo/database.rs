//! PostgreSQL and a standby, of the demo's own, on loopback; they go with it.

use anyhow::{Context as _, bail};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where Debian keeps the programs of each version.
const DEBIAN: &str = "/usr/lib/postgresql";
const NEEDED: [&str; 4] = ["initdb", "pg_basebackup", "pg_ctl", "psql"];
/// The superuser, who is not asked for a password.
const USER: &str = "paceline";
/// Each city has two connections of a server that runs it, and one of a server that follows it.
const CONNECTIONS: &str = "600";

/// A database, and the one that takes its place.
pub(super) struct Pair {
    first: Instance,
    standby: Instance,
}

/// One server of PostgreSQL.
struct Instance {
    programs: PathBuf,
    data: PathBuf,
    port: u16,
    /// Root may not run it.
    user: Option<(u32, u32)>,
    runs: bool,
}

impl Pair {
    /// Errors: there is no PostgreSQL here; it does not start.
    pub(super) fn start(dir: &Path) -> anyhow::Result<Self> {
        let mut first = Instance::new(dir, "first")?;
        let data = first.data.display().to_string();
        first.run("initdb", &["-D", &data, "-U", USER, "--auth=trust", "--no-sync", "-E", "UTF8"])?;
        first.launch()?;
        let mut standby = Instance::new(dir, "standby")?;
        let from = format!("host=127.0.0.1 port={} user={USER}", first.port);
        let data = standby.data.display().to_string();
        standby.run(
            "pg_basebackup",
            &["-d", &from, "-D", &data, "-R", "-X", "stream", "-c", "fast", "--no-sync"],
        )?;
        standby.launch()?;
        for sql in ["ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()"] {
            let port = first.port.to_string();
            first
                .run("psql", &["-h", "127.0.0.1", "-p", &port, "-U", USER, "-d", "postgres", "-qAtc", sql])?;
        }
        Ok(Self { first, standby })
    }

    /// The URL of whichever takes writes.
    pub(super) fn url(&self) -> String {
        let (first, standby) = (self.first.port, self.standby.port);
        format!("postgresql://{USER}@127.0.0.1:{first},127.0.0.1:{standby}/postgres")
    }

    /// The first is lost as it stands, and the other takes its place.
    pub(super) fn fail_over(&mut self) -> anyhow::Result<()> {
        self.first.stop();
        let data = self.standby.data.display().to_string();
        self.standby.run("pg_ctl", &["promote", "-w", "-s", "-D", &data])
    }
}

impl Instance {
    fn new(dir: &Path, name: &str) -> anyhow::Result<Self> {
        let programs = programs().with_context(|| {
            format!(
                "there is no PostgreSQL here ({}): on Debian `apt-get install postgresql`",
                NEEDED.join(", ")
            )
        })?;
        let user = match Path::new("/proc/self").metadata()?.uid() {
            0 => Some(
                account("postgres")
                    .context("there is no account postgres, and root may not run PostgreSQL")?,
            ),
            _ => None,
        };
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let home = dir.join(name);
        std::fs::create_dir(&home)?;
        if let Some((uid, gid)) = user {
            chown(&home, Some(uid), Some(gid))?;
            // Whoever runs it has to get there.
            chown(dir, Some(uid), Some(gid))?;
        }
        Ok(Self { programs, data: home.join("data"), port, user, runs: false })
    }

    fn launch(&mut self) -> anyhow::Result<()> {
        let options = format!(
            "-c listen_addresses=127.0.0.1 -c port={} -c unix_socket_directories='' -c max_connections={CONNECTIONS}",
            self.port
        );
        let (data, log) =
            (self.data.display().to_string(), self.data.with_extension("log").display().to_string());
        self.run("pg_ctl", &["start", "-w", "-s", "-D", &data, "-l", &log, "-o", &options])?;
        self.runs = true;
        Ok(())
    }

    /// Ends it at once, as a kill of all its processes would.
    fn stop(&mut self) {
        let data = self.data.display().to_string();
        if std::mem::take(&mut self.runs)
            && let Err(error) = self.run("pg_ctl", &["stop", "-w", "-s", "-m", "immediate", "-D", &data])
        {
            eprintln!("warning: {error:#}");
        }
    }

    fn run(&self, program: &str, args: &[&str]) -> anyhow::Result<()> {
        let mut command = Command::new(self.programs.join(program));
        let home = self.data.parent().unwrap_or(&self.data);
        command.args(args).current_dir(home).env("LC_ALL", "C").stdin(Stdio::null()).stdout(Stdio::null());
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        match command.status().with_context(|| program.to_owned())?.success() {
            true => Ok(()),
            false => bail!("{program} failed; what it said stands above"),
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The directory with all programs.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let versions = std::fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let apart = versions.map(|version| version.path().join("bin"));
    let has_all = |dir: &PathBuf| NEEDED.iter().all(|name| dir.join(name).exists());
    std::env::split_paths(&path).chain(apart).find(has_all)
}

/// User and group of an account.
fn account(name: &str) -> Option<(u32, u32)> {
    let accounts = std::fs::read_to_string("/etc/passwd").ok()?;
    let of = accounts.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let fields = of.into_iter().find(|fields| fields.first() == Some(&name))?;
    Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
}
