//! How commands get to a TPM and answers back: one at a time, over a character device or a socket.

use super::address::{TpmAddress, TpmError};
use super::marshal::HEADER_BYTES;
use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Largest answer that is read: TPMs have 4 KiB at most.
const ANSWER_BYTES_MAX: usize = 8_192;
/// Longest that a TPM may take: the slowest make an ECC key in a few seconds.
const ANSWER_MAX: Duration = Duration::from_secs(20);

pub(super) struct Transport {
    at: TpmAddress,
    stream: Stream,
}

enum Stream {
    Device(File),
    /// A connection for each command: some software TPMs close it after each, and what is loaded outlives it.
    Socket(SocketAddr),
}

impl Transport {
    pub(super) fn open(at: &TpmAddress) -> Result<Self, TpmError> {
        let stream = match at {
            TpmAddress::Device(path) => File::options().read(true).write(true).open(path).map(Stream::Device),
            TpmAddress::Socket(address) => Ok(Stream::Socket(*address)),
        };
        let unreachable = |cause| TpmError::Unreachable { at: said(at), cause };
        Ok(Self { at: at.clone(), stream: stream.map_err(unreachable)? })
    }

    pub(super) fn unreachable(&self, cause: io::Error) -> TpmError {
        TpmError::Unreachable { at: said(&self.at), cause }
    }

    /// Sends a command whole, and reads the answer whole.
    pub(super) fn exchange(&mut self, command: &[u8]) -> io::Result<Vec<u8>> {
        match &mut self.stream {
            Stream::Device(file) => {
                file.write_all(command)?;
                // The driver gives an answer out by one read.
                let mut answer = vec![0; ANSWER_BYTES_MAX];
                let read = file.read(&mut answer)?;
                answer.truncate(read);
                Ok(answer)
            }
            Stream::Socket(address) => {
                let mut socket = socket(address)?;
                socket.write_all(command)?;
                let mut answer = vec![0; HEADER_BYTES];
                socket.read_exact(&mut answer)?;
                let size = u32::from_be_bytes([answer[2], answer[3], answer[4], answer[5]]) as usize;
                if !(HEADER_BYTES..=ANSWER_BYTES_MAX).contains(&size) {
                    return Err(io::Error::other(format!("an answer of {size} bytes")));
                }
                answer.resize(size, 0);
                socket.read_exact(&mut answer[HEADER_BYTES..])?;
                Ok(answer)
            }
        }
    }
}

fn socket(address: &SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpStream::connect_timeout(address, ANSWER_MAX)?;
    socket.set_read_timeout(Some(ANSWER_MAX))?;
    socket.set_write_timeout(Some(ANSWER_MAX))?;
    socket.set_nodelay(true)?;
    Ok(socket)
}

fn said(at: &TpmAddress) -> String {
    match at {
        TpmAddress::Device(path) => path.display().to_string(),
        TpmAddress::Socket(address) => address.to_string(),
    }
}
