//! The round-trip time to the region, as the system's TCP measures it. Source: tcp(7), `TCP_INFO`, `tcpi_rtt` in microseconds.

use paceline_supervise::NamedExt as _;
use std::os::fd::AsRawFd as _;
use std::time::Duration;
use tokio::net::TcpStream;

/// Longest that a connection may take to be made.
const CONNECT_MAX: Duration = Duration::from_secs(5);

/// The round-trip time to `host` and `port`, by a connection that is made for it; `None`: it cannot be made.
pub(crate) async fn round_trip_ms(host: &str, port: u16) -> Option<u32> {
    let connecting = TcpStream::connect((host, port));
    let stream =
        tokio::time::timeout(CONNECT_MAX, connecting).named("a connection to the region").await.ok()?.ok()?;
    rtt_us(&stream).map(|us| us.div_ceil(1_000))
}

#[expect(unsafe_code, reason = "the system call has no safe wrapper in what is used here")]
fn rtt_us(stream: &TcpStream) -> Option<u32> {
    // SAFETY: an all-zero `tcp_info` is a value of it: it has only numbers.
    let mut info: libc::tcp_info = unsafe { std::mem::zeroed() };
    let mut length = size_of::<libc::tcp_info>() as libc::socklen_t;
    // SAFETY: the descriptor is open for as long as `stream` lives, and the system writes at most `length` bytes to `info`.
    let failed = unsafe {
        libc::getsockopt(
            stream.as_raw_fd(),
            libc::IPPROTO_TCP,
            libc::TCP_INFO,
            (&raw mut info).cast(),
            &raw mut length,
        )
    };
    (failed == 0).then_some(info.tcpi_rtt)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[paceline_supervise::test]
    async fn a_connection_to_this_machine_takes_no_time() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let ms = round_trip_ms("127.0.0.1", port).await.expect("it is measured");
        assert!(ms < 1_000, "{ms}");
        drop(listener);
        assert_eq!(round_trip_ms("127.0.0.1", port).await, None, "nobody is there");
    }
}
