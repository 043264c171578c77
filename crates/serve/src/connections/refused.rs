//! What is said to whom nothing can be said by way of a handler: to a connection that there is no room for, and to a head that
//! cannot be read.

use super::bound::Crowded;
use super::secured::secured;
use crate::tls::{NoTls, Tls};
use paceline_api::{Code, PROBLEM_JSON, Problem};
use paceline_supervise::NamedExt as _;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// How long a client that is turned away has to read why.
const READ_MAX: Duration = Duration::from_secs(1);
/// Seconds after which it may come back.
const RETRY_AFTER_S: u32 = 1;

/// Says that there is no room, and hangs up. By TLS where that is spoken: the handshake is a part of the time to read.
pub(super) async fn turn_away(stream: TcpStream, tls: Option<&Tls>, why: Crowded) {
    let turned = async {
        match secured(stream, tls).await {
            Ok(stream) => hang_up(stream, &crowded(why)).await,
            Err(NoTls::PlainHttp(stream)) => hang_up(stream, &crowded(why)).await,
            Err(NoTls::Broken) => {}
        }
    };
    _ = tokio::time::timeout(READ_MAX, turned).named("a client that is turned away").await;
}

/// Says to whoever speaks plain HTTP that TLS is spoken here, and hangs up.
pub(super) async fn plain_http(stream: TcpStream) {
    let detail = "This listener speaks HTTPS: ask it by https://. Nothing of this request was read.";
    hang_up(stream, &answer(&Problem::new(Code::E0115, detail), "400 Bad Request", "")).await;
}

fn crowded(why: Crowded) -> Vec<u8> {
    let detail = match why {
        Crowded::All(most) => format!("There are {most} connections already, as many as there may be."),
        Crowded::OneAddress(most) => {
            format!("There are {most} connections from this address already, as many as there may be.")
        }
    };
    let retry = format!("retry-after: {RETRY_AFTER_S}\r\n");
    answer(&Problem::new(Code::E0307, detail), "503 Service Unavailable", &retry)
}

/// Says so, and hangs up.
async fn hang_up(stream: impl AsyncRead + AsyncWrite + Unpin, answer: &[u8]) {
    // A client that does not read it has gone; nothing is left to be done for it.
    _ = tokio::time::timeout(READ_MAX, say(stream, answer)).named("a client that is told why").await;
}

async fn say(mut stream: impl AsyncRead + AsyncWrite + Unpin, answer: &[u8]) -> std::io::Result<()> {
    stream.write_all(answer).await?;
    stream.shutdown().await?;
    // Closed with something unread in it, a socket throws away what it was to send.
    let mut unread = [0; 1_024];
    while stream.read(&mut unread).await? > 0 {}
    Ok(())
}

/// The answer, as it goes over the wire.
fn answer(problem: &Problem, status: &str, headers: &str) -> Vec<u8> {
    // It is text and numbers, which can always be written.
    let body = serde_json::to_vec(problem).unwrap_or_default();
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {PROBLEM_JSON}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n"
    );
    [head.into_bytes(), body].concat()
}

/// What a head that cannot be read is answered; `None`: `written` is no such answer of the HTTP library, which has no body.
pub(super) fn of_head(written: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(written).ok()?;
    let head = text.strip_suffix("\r\n\r\n")?;
    let status = head.lines().next()?.strip_prefix("HTTP/1.1 ")?;
    let empty = head.contains("\r\ncontent-length: 0") && !head.contains("\r\ncontent-type:");
    if !empty {
        return None;
    }
    let problem = match status.split(' ').next()? {
        "400" => Problem::new(Code::E0103, "The head of the request is no HTTP/1.1."),
        code @ ("414" | "431") => {
            let status = code.parse().unwrap_or_default();
            let detail = "The request's target or its headers are longer than a server reads.";
            Problem { status, ..Problem::new(Code::E0114, detail) }
        }
        _ => return None,
    };
    Some(answer(&problem, status, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_empty_answer_of_the_library_itself_is_replaced() {
        let said =
            |written: &str| of_head(written.as_bytes()).map(|said| String::from_utf8(said).expect("text"));
        let empty =
            "HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
        let replaced = said(empty).expect("it is one");
        assert!(
            replaced.contains("application/problem+json") && replaced.contains("\"status\":431"),
            "{replaced}"
        );
        for ours in [
            "HTTP/1.1 400 Bad Request\r\ncontent-type: application/problem+json\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 2\r\n\r\n{}",
            "",
        ] {
            assert_eq!(said(ours), None, "{ours}");
        }
    }
}
