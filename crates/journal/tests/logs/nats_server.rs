//! A NATS server of the tests' own, on loopback, in a directory that goes with it. It syncs what it acknowledges.

use std::cell::RefCell;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Set to `required` where a test without a server is a test that fails; else the program, if it is not on `PATH`.
const VARIABLE: &str = "TESTED_WITH_NATS";
/// Looks for a server that starts: so many, so long apart.
const LOOKS: u32 = 200;
const LOOK_EVERY: Duration = Duration::from_millis(50);

pub(crate) struct NatsServer {
    program: PathBuf,
    folder: tempfile::TempDir,
    port: u16,
    child: RefCell<Child>,
}

impl NatsServer {
    /// Starts one. `None`, said loudly: there is no NATS server here.
    pub(crate) fn start() -> Option<Self> {
        let Some(program) = program() else {
            let said = "there is no nats-server here: bench/journal/nats.sh builds one with Go";
            assert_ne!(std::env::var(VARIABLE).as_deref(), Ok("required"), "{said}");
            eprintln!("SKIPPED: {said}");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let store = folder.path().join("store");
        let text = format!(
            "listen: 127.0.0.1:{port}\njetstream {{ store_dir: \"{}\", sync_interval: always }}\n",
            store.display()
        );
        std::fs::write(folder.path().join("nats.conf"), text).unwrap();
        let child = RefCell::new(launch(&program, &folder, port));
        Some(Self { program, folder, port, child })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// It is killed as it stands, and starts again.
    pub(crate) fn kill_and_restart(&self) {
        let mut child = self.child.borrow_mut();
        child.kill().unwrap();
        child.wait().unwrap();
        *child = launch(&self.program, &self.folder, self.port);
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        let child = self.child.get_mut();
        _ = child.kill();
        _ = child.wait();
    }
}

fn launch(program: &PathBuf, folder: &tempfile::TempDir, port: u16) -> Child {
    let mut child = Command::new(program)
        .args(["-c", "nats.conf"])
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(folder.path().join("log")).unwrap())
        .spawn()
        .unwrap();
    let (_asleep, never) = std::sync::mpsc::channel::<()>();
    let listens = (0..LOOKS).any(|_| {
        let listens = TcpStream::connect(("127.0.0.1", port)).is_ok();
        listens || never.recv_timeout(LOOK_EVERY).is_ok()
    });
    if !listens {
        _ = child.kill();
        _ = child.wait();
        panic!(
            "nats-server does not listen: {}",
            std::fs::read_to_string(folder.path().join("log")).unwrap()
        );
    }
    child
}

/// The program: named by the variable, on `PATH`, or built by `bench/journal/nats.sh`.
fn program() -> Option<PathBuf> {
    let named = std::env::var(VARIABLE).ok().filter(|value| value != "required").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|dir| dir.join("nats-server"));
    let built = [env!("CARGO_MANIFEST_DIR"), "../../target/nats/nats-server"].iter().collect();
    named.into_iter().chain(on_path).chain([built]).find(|program| program.exists())
}
