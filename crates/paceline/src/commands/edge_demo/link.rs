//! A link that can be cut: bytes go through it while it is up; while it is down, connections break and new ones are refused.

use paceline_supervise::{NamedExt as _, Spawner, Until};
use std::io;
use std::net::SocketAddr;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// The link of one box to the region.
pub(super) struct Link {
    address: SocketAddr,
    up: watch::Sender<bool>,
}

impl Link {
    /// Listens, and hands on to `server`. Errors: the system's.
    pub(super) async fn open(scope: &Spawner, listen: SocketAddr, server: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        let (up, state) = watch::channel(true);
        let (end, spawner) = (scope.token(), scope.clone());
        scope.spawn("link", Until::Owner, async move {
            while let Some(accepted) = end.run_until_cancelled(listener.accept().named("a connection")).await
            {
                let Ok((near, _)) = accepted else { continue };
                let (state, end) = (state.clone(), end.clone());
                spawner.spawn("carry", Until::Owner, async move {
                    end.run_until_cancelled(carry(near, server, state)).await;
                });
            }
        });
        Ok(Self { address, up })
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn set(&self, up: bool) {
        self.up.send_replace(up);
    }
}

/// Until either side closes, or the link goes down.
async fn carry(mut near: TcpStream, server: SocketAddr, mut up: watch::Receiver<bool>) {
    if !*up.borrow() {
        return;
    }
    let Ok(mut far) = TcpStream::connect(server).await else { return };
    tokio::select! {
        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
        _ = up.wait_for(|up| !up) => {}
    }
}
