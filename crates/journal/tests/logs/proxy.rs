//! Stands between a client and its server, and loses a question or an answer when told to.

use crate::subject::Lost;
use std::io::{Read, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Longest that a server takes to answer what came late.
const ANSWER_WAIT_MAX: Duration = Duration::from_secs(5);

pub(crate) struct Proxy {
    address: String,
    fate: Arc<Mutex<Fate>>,
}

#[derive(Default)]
struct Fate {
    next: Option<Lost>,
    held: Vec<Held>,
}

/// A question that was held back, with its way to the server, and word of each answer on it.
struct Held {
    server: TcpStream,
    question: Vec<u8>,
    answered: Receiver<()>,
}

impl Proxy {
    pub(crate) fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let fate = Arc::new(Mutex::new(Fate::default()));
        let shared = fate.clone();
        thread::spawn(move || {
            for client in listener.incoming() {
                // While the server is down, whoever comes is sent away.
                if let (Ok(client), Ok(server)) = (client, TcpStream::connect(&server)) {
                    forward(client, server, &shared);
                }
            }
        });
        Self { address, fate }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn lose_next(&self, lost: Lost) {
        self.fate.lock().unwrap().next = Some(lost);
    }

    /// Loses nothing any more.
    pub(crate) fn forward(&self) {
        self.fate.lock().unwrap().next = None;
    }

    /// Brings what was held back to the server, and waits until it has answered.
    pub(crate) fn deliver(&self) {
        let held = std::mem::take(&mut self.fate.lock().unwrap().held);
        for Held { mut server, question, answered } in held {
            answered.try_iter().for_each(drop);
            server.write_all(&question).unwrap();
            answered.recv_timeout(ANSWER_WAIT_MAX).expect("the server answers what came late");
        }
    }
}

/// Carries both ways until one side ends.
fn forward(client: TcpStream, server: TcpStream, fate: &Arc<Mutex<Fate>>) {
    for stream in [&client, &server] {
        stream.set_nodelay(true).unwrap();
    }
    let eaten = Arc::new(Mutex::new(None));
    let (asks, asked) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    let (fate, lost) = (fate.clone(), eaten.clone());
    let (answer, answered) = mpsc::channel();
    thread::spawn(move || questions(asks, (asked, answered), &fate, &lost));
    thread::spawn(move || answers((server, answer), client, &eaten));
}

fn questions(
    mut client: TcpStream,
    (mut server, answered): (TcpStream, Receiver<()>),
    fate: &Mutex<Fate>,
    lost: &Mutex<Option<Lost>>,
) {
    let mut bytes = [0; 65_536];
    while let Ok(count @ 1..) = client.read(&mut bytes) {
        let mut fate = fate.lock().unwrap();
        let next = fate.next.take();
        *lost.lock().unwrap() = next;
        match next {
            None | Some(Lost::Answer) => {
                drop(fate);
                if server.write_all(&bytes[..count]).is_err() {
                    break;
                }
            }
            Some(Lost::Question) => break,
            Some(Lost::Late) => {
                fate.held.push(Held { server, question: bytes[..count].to_vec(), answered });
                _ = client.shutdown(Shutdown::Both);
                return;
            }
        }
    }
    end(&client, &server);
}

fn answers((mut server, answer): (TcpStream, Sender<()>), mut client: TcpStream, lost: &Mutex<Option<Lost>>) {
    let mut bytes = [0; 65_536];
    while let Ok(count @ 1..) = server.read(&mut bytes) {
        // Nobody waits for it but who delivers what was late.
        _ = answer.send(());
        let goes_on = match *lost.lock().unwrap() {
            None => client.write_all(&bytes[..count]).is_ok(),
            // Its client is gone.
            Some(Lost::Late) => true,
            Some(Lost::Answer | Lost::Question) => false,
        };
        if !goes_on {
            break;
        }
    }
    end(&client, &server);
}

fn end(client: &TcpStream, server: &TcpStream) {
    for stream in [client, server] {
        _ = stream.shutdown(Shutdown::Both);
    }
}
