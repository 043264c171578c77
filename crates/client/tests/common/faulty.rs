//! A small server that does to each connection what its script says, and keeps what it was asked.

use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// What becomes of a connection once its request has come.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    /// It is closed without a word.
    Drop,
    /// These bytes are sent, and it is closed.
    Send(String),
    /// Nothing happens, for longer than anybody waits.
    Hang,
}

/// The server. It ends with this value.
pub(crate) struct Faulty {
    pub(crate) base: String,
    asked: Arc<Mutex<Vec<String>>>,
    _tasks: JoinSet<()>,
}

impl Faulty {
    /// Does one deed after the other, and the last one again and again.
    pub(crate) async fn start(script: impl Into<Vec<Deed>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (asked, script) = (Arc::<Mutex<Vec<String>>>::default(), script.into());
        let (mut tasks, heard) = (JoinSet::new(), asked.clone());
        tasks.spawn(async move {
            for turn in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                let deed = script[turn.min(script.len() - 1)].clone();
                serve(stream, deed, &heard).await;
            }
        });
        Self { base, asked, _tasks: tasks }
    }
    /// The requests so far, head and body.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
    /// A header of each request so far.
    pub(crate) fn header(&self, name: &str) -> Vec<Option<String>> {
        let of = |request: &String| {
            let line = request.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
            line.map(str::to_owned)
        };
        self.asked().iter().map(of).collect()
    }
}

async fn serve(mut stream: TcpStream, deed: Deed, heard: &Mutex<Vec<String>>) {
    let request = request(&mut stream).await;
    heard.lock().unwrap().push(request);
    match deed {
        Deed::Drop => {}
        Deed::Send(text) => {
            // The client may have gone away already.
            _ = stream.write_all(text.as_bytes()).await;
            _ = stream.shutdown().await;
        }
        Deed::Hang => tokio::time::sleep(Duration::from_secs(3_600)).await,
    }
}

async fn request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.and_then(|length| length.parse().ok()).unwrap_or(0);
            if body.len() >= length {
                return text.replace("\r\n", "\n");
            }
        }
        let mut more = [0; 4_096];
        match stream.read(&mut more).await {
            Ok(0) | Err(_) => return text,
            Ok(length) => bytes.extend_from_slice(&more[..length]),
        }
    }
}

/// An answer in full.
pub(crate) fn answer(status: &str, headers: &str, body: &str) -> Deed {
    let length = body.len();
    Deed::Send(format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    ))
}

/// A stream that is cut off behind `text`.
pub(crate) fn cut_stream(text: &str) -> Deed {
    // Longer than what comes: the end is a broken connection.
    Deed::Send(format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 1000000\r\n\r\n{text}"
    ))
}
