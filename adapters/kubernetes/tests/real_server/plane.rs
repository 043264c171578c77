//! A real control plane on loopback: etcd and an API server, as child processes that end with the test.

use k8s_openapi::api::core::v1::Namespace;
use kube::{Api, Client};
use paceline_kubernetes::client;
use serde_json::json;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// `bench/kubernetes/build.sh` ends with this where there is no Go.
const NO_GO: i32 = 3;
/// A server on a busy machine has so long to come up.
const READY_MAX: Duration = Duration::from_secs(90);

pub(crate) struct Plane {
    program: PathBuf,
    folder: tempfile::TempDir,
    ports: [u16; 3],
    etcd: Child,
    apiserver: Child,
    scheduler: Option<Child>,
    /// Which of the server's own admission plugins are off.
    plugins_off: &'static str,
}

impl Drop for Plane {
    fn drop(&mut self) {
        for child in self.scheduler.iter_mut().chain([&mut self.apiserver, &mut self.etcd]) {
            _ = child.kill();
            _ = child.wait();
        }
    }
}

/// Pods of the tests name no service account, and no controller makes one for them.
const NO_ACCOUNTS: &str = "ServiceAccount";
/// Nor is there anybody who takes a new node's taint away, or lets go of a volume that was told to end.
const NO_CONTROLLERS: &str = "ServiceAccount,TaintNodesByCondition,StorageObjectInUseProtection";

/// The program with the parts of the control plane, built if need be; `None`, said loudly: there is no Go.
pub(crate) fn program() -> Option<PathBuf> {
    if let Ok(path) = std::env::var("PACELINE_CONTROL_PLANE") {
        return Some(path.into());
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../bench/kubernetes/build.sh");
    let built = Command::new(script).output().unwrap();
    if built.status.code() == Some(NO_GO) {
        eprintln!("SKIPPED: {}", String::from_utf8_lossy(&built.stderr));
        return None;
    }
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    Some(String::from_utf8(built.stdout).unwrap().trim().into())
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Plane {
    pub(crate) fn start(program: PathBuf) -> Self {
        Self::start_with(program, NO_ACCOUNTS)
    }

    /// One on which what is made stays as it was made.
    pub(crate) fn start_bare(program: PathBuf) -> Self {
        Self::start_with(program, NO_CONTROLLERS)
    }

    fn start_with(program: PathBuf, plugins_off: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let key = rcgen::KeyPair::generate().unwrap();
        std::fs::write(at("key.pem"), key.serialize_pem()).unwrap();
        std::fs::write(at("public.pem"), key.public_key_pem()).unwrap();
        std::fs::write(at("tokens.csv"), "admin,admin,1,\"system:masters\"\n").unwrap();
        let ports = [free_port(), free_port(), free_port()];
        let etcd = Command::new(&program)
            .args(["etcd".into(), at("etcd").display().to_string()])
            .args(ports[..2].iter().map(|port| format!("http://127.0.0.1:{port}")))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let apiserver = apiserver(&program, folder.path(), ports, plugins_off);
        Self { program, folder, ports, etcd, apiserver, scheduler: None, plugins_off }
    }

    /// Kills the API server and starts it again.
    pub(crate) fn restart_apiserver(&mut self) {
        self.apiserver.kill().unwrap();
        self.apiserver.wait().unwrap();
        self.apiserver = apiserver(&self.program, self.folder.path(), self.ports, self.plugins_off);
    }

    /// Starts kube-scheduler, which looks at all nodes, asks as often as it likes, and tries again soon.
    pub(crate) fn start_scheduler(&mut self) {
        let client = json!({ "kubeconfig": self.kubeconfig("admin"), "qps": 5000, "burst": 5000 });
        let config = json!({
            "apiVersion": "kubescheduler.config.k8s.io/v1", "kind": "KubeSchedulerConfiguration", "percentageOfNodesToScore": 100,
            "leaderElection": { "leaderElect": false }, "clientConnection": client, "podMaxBackoffSeconds": 1,
        });
        let path = self.folder.path().join("scheduler.json");
        std::fs::write(&path, config.to_string()).unwrap();
        let mut command = Command::new(&self.program);
        command.arg("scheduler").arg(format!("--config={}", path.display())).arg("--secure-port=0");
        command.stdout(Stdio::null());
        command.stderr(std::fs::File::create(self.folder.path().join("scheduler.log")).unwrap());
        self.scheduler = Some(command.spawn().unwrap());
    }

    /// A connection by a token.
    pub(crate) async fn connect(&self, token: &str) -> Client {
        client::connect(Some(&self.kubeconfig(token))).await.unwrap()
    }

    /// The file that leads there.
    pub(crate) fn kubeconfig(&self, token: &str) -> PathBuf {
        let path = self.folder.path().join("kubeconfig");
        let server = format!("https://127.0.0.1:{}", self.ports[2]);
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "x",
            "clusters": [{ "name": "c", "cluster": { "server": server, "insecure-skip-tls-verify": true } }],
            "users": [{ "name": "u", "user": { "token": token } }],
            "contexts": [{ "name": "x", "context": { "cluster": "c", "user": "u" } }],
        });
        std::fs::write(&path, config.to_string()).unwrap();
        path
    }

    /// As the administrator, once the server is ready.
    pub(crate) async fn ready(&self) -> Client {
        let client = self.connect("admin").await;
        let namespaces = Api::<Namespace>::all(client.clone());
        let wait = async {
            while namespaces.get("default").await.is_err() {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        };
        tokio::time::timeout(READY_MAX, wait).await.expect("the API server comes up");
        client
    }
}

fn apiserver(program: &Path, folder: &Path, ports: [u16; 3], plugins_off: &str) -> Child {
    let at = |name: &str| folder.join(name).display().to_string();
    Command::new(program)
        .arg("apiserver")
        .arg(format!("--etcd-servers=http://127.0.0.1:{}", ports[0]))
        .arg(format!("--secure-port={}", ports[2]))
        .arg("--bind-address=127.0.0.1")
        .arg(format!("--cert-dir={}", at("certs")))
        .arg(format!("--service-account-key-file={}", at("public.pem")))
        .arg(format!("--service-account-signing-key-file={}", at("key.pem")))
        .arg("--service-account-issuer=https://kubernetes.default.svc")
        .arg("--service-cluster-ip-range=10.0.0.0/24")
        .arg("--authorization-mode=RBAC")
        .arg(format!("--token-auth-file={}", at("tokens.csv")))
        .arg("--endpoint-reconciler-type=none")
        .arg(format!("--disable-admission-plugins={plugins_off}"))
        .stdout(Stdio::null())
        .stderr(std::fs::File::create(folder.join("apiserver.log")).unwrap())
        .spawn()
        .unwrap()
}
