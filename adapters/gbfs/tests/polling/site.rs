//! A small HTTP server with pages that a test changes.

use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What a path answers.
#[derive(Clone)]
pub(crate) enum Page {
    /// With an `ETag`, and 304 to whoever sends it along.
    Json(Value, &'static str),
    /// 200 with these bytes and headers.
    Bytes(Vec<u8>, &'static str),
    /// This status, with headers.
    Status(&'static str, &'static str),
    /// More bytes are promised than come.
    BreaksOff(Vec<u8>),
    /// Nothing comes.
    Silent,
    /// It does not end.
    Endless,
}

/// A server of one test.
pub(crate) struct Site {
    pub(crate) base: String,
    pages: Arc<Mutex<BTreeMap<String, Page>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Site {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let (pages, asked) = (Arc::new(Mutex::new(BTreeMap::new())), Arc::new(Mutex::new(Vec::new())));
        let (of, heard) = (Arc::clone(&pages), Arc::clone(&asked));
        // It ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (of, heard) = (Arc::clone(&of), Arc::clone(&heard));
                std::thread::spawn(move || _ = serve(stream, &of, &heard));
            }
        });
        Self { base, pages, asked }
    }

    pub(crate) fn put(&self, path: &str, page: Page) {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), page);
    }

    /// What was asked since this was last asked: paths, with `*` behind one that was asked by its tag.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn serve(
    mut stream: TcpStream,
    pages: &Mutex<BTreeMap<String, Page>>,
    asked: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let (mut path, mut tag) = (String::new(), None);
    for line in BufReader::new(stream.try_clone()?).lines() {
        let line = line?;
        if line.is_empty() {
            break;
        }
        if path.is_empty() {
            path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        }
        if let Some(value) = line.strip_prefix("if-none-match: ") {
            tag = Some(value.to_owned());
        }
    }
    let mark = if tag.is_some() { "*" } else { "" };
    asked.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{path}{mark}"));
    let page = pages.lock().unwrap_or_else(PoisonError::into_inner).get(&path).cloned();
    match page.unwrap_or(Page::Status("404 Not Found", "")) {
        Page::Json(_, etag) if tag.as_deref() == Some(etag) => {
            answer(&mut stream, "304 Not Modified", "", b"")
        }
        Page::Json(value, etag) => {
            answer(&mut stream, "200 OK", &format!("ETag: {etag}\r\n"), value.to_string().as_bytes())
        }
        Page::Bytes(bytes, headers) => answer(&mut stream, "200 OK", headers, &bytes),
        Page::Status(status, headers) => answer(&mut stream, status, headers, b""),
        Page::BreaksOff(bytes) => {
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", bytes.len() + 100)?;
            stream.write_all(&bytes)
        }
        Page::Silent => {
            #[expect(
                clippy::disallowed_methods,
                reason = "it says nothing for longer than anybody here waits"
            )]
            std::thread::sleep(Duration::from_secs(5));
            Ok(())
        }
        Page::Endless => {
            write!(stream, "HTTP/1.1 200 OK\r\n\r\n")?;
            loop {
                stream.write_all(&[b' '; 4_096])?;
            }
        }
    }
}

fn answer(stream: &mut TcpStream, status: &str, headers: &str, body: &[u8]) -> std::io::Result<()> {
    let length = body.len();
    write!(stream, "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n")?;
    stream.write_all(body)
}
