//! A wire between clients and a server that counts what goes over it, and can forget what it carries.

#![allow(unreachable_pub, dead_code, reason = "a module of tests")]

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// What is known of the wire.
struct Wire {
    to: Mutex<String>,
    bytes: AtomicU64,
    connections: AtomicU64,
    /// Connections made up to this number carry nothing any more, and do not end.
    dead: watch::Sender<u64>,
}

/// The wire. It ends with this value.
pub struct Tap {
    wire: Arc<Wire>,
    pub base: String,
    _tasks: JoinSet<()>,
}

impl Tap {
    /// A wire to the server at `base`.
    pub async fn to(base: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let at = format!("http://{}", listener.local_addr().expect("an address"));
        let wire = Arc::new(Wire {
            to: Mutex::new(host(base)),
            bytes: AtomicU64::new(0),
            connections: AtomicU64::new(0),
            dead: watch::channel(0).0,
        });
        let (mut tasks, of) = (JoinSet::new(), wire.clone());
        tasks.spawn(async move {
            let mut carried = JoinSet::new();
            loop {
                let (near, _) = listener.accept().await.expect("a connection");
                carried.spawn(carry(of.clone(), near));
            }
        });
        Self { wire, base: at, _tasks: tasks }
    }
    /// New connections lead to another server.
    pub fn leads_to(&self, base: &str) {
        *self.wire.to.lock().expect("no panic") = host(base);
    }
    /// Forgets the connections that there are: neither side hears of it.
    pub fn forgets(&self) {
        self.wire.dead.send_replace(self.connections());
    }
    /// Bytes of both ways so far, without heads of TCP and IP.
    pub fn bytes(&self) -> u64 {
        self.wire.bytes.load(Relaxed)
    }
    /// Connections so far.
    pub fn connections(&self) -> u64 {
        self.wire.connections.load(Relaxed)
    }
}

fn host(base: &str) -> String {
    base.trim_start_matches("http://").to_owned()
}

async fn carry(wire: Arc<Wire>, near: TcpStream) {
    let number = wire.connections.fetch_add(1, Relaxed) + 1;
    let to: SocketAddr = wire.to.lock().expect("no panic").parse().expect("an address");
    let Ok(far) = TcpStream::connect(to).await else { return };
    let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
    tokio::join!(pass(&wire, number, near_in, far_out), pass(&wire, number, far_in, near_out));
}

async fn pass(wire: &Wire, number: u64, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
    let (mut dead, mut piece) = (wire.dead.subscribe(), [0; 4_096]);
    loop {
        let read = tokio::select! {
            biased;
            () = async { _ = dead.wait_for(|dead| *dead >= number).await } => None,
            read = from.read(&mut piece) => Some(read),
        };
        let Some(read) = read else { return std::future::pending().await };
        let Ok(length @ 1..) = read else {
            _ = to.shutdown().await;
            return;
        };
        wire.bytes.fetch_add(length as u64, Relaxed);
        if to.write_all(&piece[..length]).await.is_err() {
            return;
        }
    }
}
