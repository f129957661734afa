//! The channel between a driver and an executor: TLS with certificates on both sides, kept open as long as the job lives.
//!
//! The executor says which job it works for, and gets its brief; then it asks once a [`BEAT`] whether the job goes on.
//! Who is not heard for a while is lost: the driver begins anew without that executor, the executor forgets the job.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, ServerConfig, ServerConnection, StreamOwned};

use crate::secret::Secret;

/// Between two questions.
pub const BEAT: Duration = Duration::from_millis(500);
/// Bytes of an executor's first message at most.
const HELLO: usize = 256;

/// Answers to the question whether a job goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    GoesOn,
    Over,
}

/// The driver's end.
pub struct Desk(StreamOwned<ServerConnection, TcpStream>);

/// The executor's end.
pub struct Seat(StreamOwned<ClientConnection, TcpStream>);

/// Broken connections and whatever else a member cannot be expected to say.
type Heard<T> = std::io::Result<T>;

fn wrong(what: &'static str) -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::InvalidData, what)
}

/// The host of `host:port`, an address of IPv6 without its brackets; `None` where no port is named.
pub fn host(place: &str) -> Option<&str> {
    let (host, _) = place.rsplit_once(':')?;
    Some(host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host))
}

impl Desk {
    /// Takes a connection; who is no member of the cluster does not come in.
    pub fn take(stream: TcpStream, tls: &Arc<ServerConfig>, patience: Duration) -> Heard<Self> {
        stream.set_read_timeout(Some(patience))?;
        stream.set_write_timeout(Some(patience))?;
        stream.set_nodelay(true)?;
        let connection = ServerConnection::new(tls.clone()).map_err(std::io::Error::other)?;
        Ok(Self(StreamOwned::new(connection, stream)))
    }

    /// The job and the executor that asks for it.
    pub fn hello(&mut self) -> Heard<(String, String)> {
        let mut length = [0; 2];
        self.0.read_exact(&mut length)?;
        let length = usize::from(u16::from_be_bytes(length));
        if length > HELLO {
            return Err(wrong("a first message is too long"));
        }
        let mut text = vec![0; length];
        self.0.read_exact(&mut text)?;
        let text = String::from_utf8(text).map_err(|_| wrong("a first message is no text"))?;
        let (job, executor) = text.split_once(' ').ok_or_else(|| wrong("a first message is unclear"))?;
        Ok((job.to_owned(), executor.to_owned()))
    }

    /// Hands over the brief, or `None` where there is no such job.
    pub fn brief(&mut self, bytes: Option<&[u8]>) -> Heard<()> {
        self.0.write_all(&bytes.map_or(u64::MAX, |bytes| bytes.len() as u64).to_be_bytes())?;
        self.0.write_all(bytes.unwrap_or_default())?;
        self.0.flush()
    }

    /// Waits for the executor's question and answers it.
    pub fn answer(&mut self, answer: impl FnOnce() -> Answer) -> Heard<Answer> {
        self.0.read_exact(&mut [0])?;
        let answer = answer();
        self.0.write_all(&[u8::from(answer == Answer::GoesOn)])?;
        self.0.flush()?;
        Ok(answer)
    }
}

impl Seat {
    /// Connects to a driver at `host:port`, which must be a member of the cluster.
    pub fn connect(desk: &str, tls: &Arc<ClientConfig>, patience: Duration) -> Heard<Self> {
        let host = host(desk).ok_or_else(|| wrong("an address without a port"))?;
        let name = ServerName::try_from(host.to_owned()).map_err(|_| wrong("an address without a host"))?;
        let place = desk.to_socket_addrs()?.next().ok_or_else(|| wrong("a host without an address"))?;
        let stream = TcpStream::connect_timeout(&place, patience)?;
        stream.set_read_timeout(Some(patience))?;
        stream.set_write_timeout(Some(patience))?;
        stream.set_nodelay(true)?;
        let connection = ClientConnection::new(tls.clone(), name).map_err(std::io::Error::other)?;
        Ok(Self(StreamOwned::new(connection, stream)))
    }

    /// Asks for the brief of a job; `None` where there is no such job, or no longer.
    pub fn brief(&mut self, job: &str, executor: &str) -> Heard<Option<Secret<Vec<u8>>>> {
        let hello = format!("{job} {executor}");
        let length = u16::try_from(hello.len()).map_err(|_| wrong("a name is too long"))?;
        self.0.write_all(&length.to_be_bytes())?;
        self.0.write_all(hello.as_bytes())?;
        self.0.flush()?;
        let mut length = [0; 8];
        self.0.read_exact(&mut length)?;
        let length = match u64::from_be_bytes(length) {
            u64::MAX => return Ok(None),
            length => usize::try_from(length).map_err(|_| wrong("a brief is too long"))?,
        };
        // of its full size at once: nothing of it is left behind by growing
        let mut bytes = Secret::new(vec![0; length]);
        self.0.read_exact(bytes.expose_mut())?;
        Ok(Some(bytes))
    }

    /// Asks whether the job goes on.
    pub fn ask(&mut self) -> Heard<Answer> {
        self.0.write_all(&[1])?;
        self.0.flush()?;
        let mut answer = [0];
        self.0.read_exact(&mut answer)?;
        Ok(if answer == [1] { Answer::GoesOn } else { Answer::Over })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_named_without_port_and_brackets() {
        assert_eq!(
            ["node:1", "10.0.0.5:50050", "[fd00::5]:50050"].map(host),
            ["node", "10.0.0.5", "fd00::5"].map(Some)
        );
        assert_eq!(host("node"), None);
    }
}
