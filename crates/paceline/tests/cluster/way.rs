//! A way to the database that can be cut: what is on it then is lost, and nobody is told.

use std::io::{Read, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

pub(crate) struct Way {
    address: String,
    cut: Arc<AtomicBool>,
}

impl Way {
    pub(crate) fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let cut = Arc::new(AtomicBool::new(false));
        let shared = cut.clone();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                // A connection that is begun while the way is cut hears nothing, as one through a firewall that drops.
                if let Ok(server) = TcpStream::connect(&server) {
                    carry(client, server, &shared);
                }
            }
        });
        Self { address, cut }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn cut(&self, cut: bool) {
        self.cut.store(cut, Ordering::SeqCst);
    }
}

fn carry(client: TcpStream, server: TcpStream, cut: &Arc<AtomicBool>) {
    let (asks, asked) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    for (from, to) in [(asks, asked), (server, client)] {
        let cut = cut.clone();
        thread::spawn(move || one_way(from, to, &cut));
    }
}

fn one_way(mut from: TcpStream, mut to: TcpStream, cut: &AtomicBool) {
    from.set_nodelay(true).unwrap();
    let mut bytes = [0; 65_536];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        if !cut.load(Ordering::SeqCst) && to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    _ = to.shutdown(std::net::Shutdown::Both);
}
