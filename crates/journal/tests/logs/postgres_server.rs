//! A PostgreSQL server of the tests' own, on loopback, in a directory that goes with it.

use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Where the programs lie beside `PATH`: Debian keeps those of each version apart.
const DEBIAN: &str = "/usr/lib/postgresql";
/// Set to `required` where a test without a server is a test that fails.
const VARIABLE: &str = "TESTED_WITH_POSTGRES";

pub(crate) struct PostgresServer {
    programs: PathBuf,
    folder: tempfile::TempDir,
    port: u16,
    /// Root may not run it.
    user: Option<(u32, u32)>,
}

impl PostgresServer {
    /// Its superuser, who is not asked for a password.
    pub(crate) const USER: &str = "paceline";

    /// Starts one. `None`, said loudly: there is no PostgreSQL here.
    pub(crate) fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            let said = "there is no PostgreSQL here (initdb, pg_basebackup, pg_ctl, psql): on Debian `apt-get install postgresql`";
            assert_ne!(std::env::var(VARIABLE).as_deref(), Ok("required"), "{said}");
            eprintln!("SKIPPED: {said}");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let user = is_root().then(|| account("postgres").or_else(|| account("nobody")).unwrap());
        if let Some((uid, gid)) = user {
            chown(folder.path(), Some(uid), Some(gid)).unwrap();
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Self { programs, folder, port, user };
        let data = server.data();
        server.run("initdb", &["-D", &data, "-U", Self::USER, "--auth=trust", "--no-sync", "-E", "UTF8"]);
        server.launch();
        Some(server)
    }

    /// A second server that replays this one: from now on this one acknowledges nothing that the second does not have on its disk.
    pub(crate) fn standby(&self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        if let Some((uid, gid)) = self.user {
            chown(folder.path(), Some(uid), Some(gid)).unwrap();
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let standby = Self { programs: self.programs.clone(), folder, port, user: self.user };
        let (from, data) = (format!("host=127.0.0.1 port={} user={}", self.port, Self::USER), standby.data());
        standby.run(
            "pg_basebackup",
            &["-d", &from, "-D", &data, "-R", "-X", "stream", "-c", "fast", "--no-sync"],
        );
        standby.launch();
        self.sql("ALTER SYSTEM SET synchronous_standby_names = '*'");
        self.sql("SELECT pg_reload_conf()");
        standby
    }

    /// Takes the place of the server that it replayed.
    pub(crate) fn promote(&self) {
        self.run("pg_ctl", &["promote", "-w", "-s", "-D", &self.data()]);
    }

    /// Ends for good, as `kill -9` of all its processes.
    pub(crate) fn kill(self) {
        drop(self);
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The URL of its database.
    pub(crate) fn url(&self) -> String {
        format!("postgresql://{}@{}/postgres", Self::USER, self.address())
    }

    /// Runs statements, and gives what they say.
    pub(crate) fn sql(&self, statements: &str) -> String {
        let port = self.port.to_string();
        let args = [
            "-h",
            "127.0.0.1",
            "-p",
            &port,
            "-U",
            Self::USER,
            "-d",
            "postgres",
            "-v",
            "ON_ERROR_STOP=1",
            "-qAtc",
        ];
        let output = self.run("psql", &[&args[..], &[statements]].concat());
        String::from_utf8(output.stdout).unwrap()
    }

    /// All its processes are killed as they stand, and it starts again.
    pub(crate) fn kill_and_restart(&self) {
        self.stop();
        self.launch();
    }

    fn launch(&self) {
        let options = format!(
            "-c listen_addresses=127.0.0.1 -c port={} -c unix_socket_directories='' -c max_connections=200",
            self.port
        );
        let log = self.folder.path().join("log").display().to_string();
        self.run("pg_ctl", &["start", "-w", "-s", "-D", &self.data(), "-l", &log, "-o", &options]);
    }

    /// Ends it at once, as `kill -9` would, but with all its processes gone when it returns.
    fn stop(&self) {
        self.run("pg_ctl", &["stop", "-w", "-s", "-m", "immediate", "-D", &self.data()]);
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    fn run(&self, program: &str, args: &[&str]) -> Output {
        let mut command = Command::new(self.programs.join(program));
        command.args(args).current_dir(self.folder.path()).env("LC_ALL", "C");
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        // The server outlives `pg_ctl`, and would hold a pipe of this one open.
        let output = match program {
            "pg_ctl" => {
                command.status().map(|status| Output { status, stdout: Vec::new(), stderr: Vec::new() })
            }
            _ => command.output(),
        };
        let output = output.unwrap();
        assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        output
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The directory with the server's programs.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let versions = std::fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    let apart = versions.map(|version| version.path().join("bin"));
    let has_all = |dir: &PathBuf| {
        ["initdb", "pg_basebackup", "pg_ctl", "psql"].iter().all(|name| dir.join(name).exists())
    };
    std::env::split_paths(&path).chain(apart).find(has_all)
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    Path::new("/proc/self").metadata().is_ok_and(|own| own.uid() == 0)
}

/// User and group of an account.
fn account(name: &str) -> Option<(u32, u32)> {
    let accounts = std::fs::read_to_string("/etc/passwd").ok()?;
    let fields =
        accounts.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|fields| fields[0] == name)?;
    Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
}
