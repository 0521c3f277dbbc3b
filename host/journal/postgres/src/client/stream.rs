//! The way to a server: a socket, with TLS or without, that gives up at a time.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use crate::address::Host;

/// A socket to a server.
pub(super) enum Stream {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

/// What is sent to ask for TLS, and the answer that is a yes.
const TLS_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];
const TLS_YES: u8 = b'S';

impl Stream {
    /// Connects, by then.
    pub(super) fn connect(host: &Host, tls: Option<&Arc<ClientConfig>>, end: Instant) -> io::Result<Self> {
        match host {
            Host::Tcp { name, port } => {
                let stream = tcp(name, *port, end)?;
                match tls {
                    None => Ok(Self::Tcp(stream)),
                    Some(tls) => encrypted(stream, name, tls, end),
                }
            }
            #[cfg(unix)]
            Host::Unix { folder, port } => {
                Ok(Self::Unix(UnixStream::connect(folder.join(format!(".s.PGSQL.{port}")))?))
            }
            #[cfg(not(unix))]
            Host::Unix { .. } => Err(io::Error::new(ErrorKind::Unsupported, "there are no such sockets here")),
        }
    }

    /// Whether the server has closed it, or said something that nobody asked for: an error, before it closes it.
    pub(super) fn has_ended(&self) -> bool {
        let mut byte = [0];
        let peeked = match self {
            Self::Tcp(stream) => peek(stream, &mut byte),
            Self::Tls(stream) => peek(&stream.sock, &mut byte),
            #[cfg(unix)]
            Self::Unix(_) => return false,
        };
        !matches!(peeked, Err(error) if error.kind() == ErrorKind::WouldBlock)
    }

    /// Gives up reading and writing at that time.
    pub(super) fn until(&mut self, end: Instant) -> io::Result<()> {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        let left = Some(left);
        match self {
            Self::Tcp(stream) => stream.set_read_timeout(left).and_then(|()| stream.set_write_timeout(left)),
            #[cfg(unix)]
            Self::Unix(stream) => stream.set_read_timeout(left).and_then(|()| stream.set_write_timeout(left)),
            Self::Tls(stream) => {
                let stream = &stream.sock;
                stream.set_read_timeout(left).and_then(|()| stream.set_write_timeout(left))
            }
        }
    }
}

impl Read for Stream {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(bytes),
            #[cfg(unix)]
            Self::Unix(stream) => stream.read(bytes),
            Self::Tls(stream) => stream.read(bytes),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.write(bytes),
            #[cfg(unix)]
            Self::Unix(stream) => stream.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.flush(),
            #[cfg(unix)]
            Self::Unix(stream) => stream.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

/// Looks at what can be read, without waiting for it.
fn peek(stream: &TcpStream, byte: &mut [u8]) -> io::Result<usize> {
    stream.set_nonblocking(true)?;
    let peeked = stream.peek(byte);
    stream.set_nonblocking(false)?;
    peeked
}

/// Tries all addresses of a name.
fn tcp(name: &str, port: u16, end: Instant) -> io::Result<TcpStream> {
    let mut last = io::Error::new(ErrorKind::NotFound, "the host has no address");
    for address in (name, port).to_socket_addrs()? {
        let left = end.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        match TcpStream::connect_timeout(&address, left) {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn encrypted(stream: TcpStream, name: &str, tls: &Arc<ClientConfig>, end: Instant) -> io::Result<Stream> {
    let mut plain = Stream::Tcp(stream);
    plain.until(end)?;
    plain.write_all(&TLS_REQUEST)?;
    // No more than this one byte: what comes behind it in the clear would be taken for what is encrypted (CVE-2021-23222).
    let mut answer = [0];
    plain.read_exact(&mut answer)?;
    let Stream::Tcp(stream) = plain else { return Err(ErrorKind::Other.into()) };
    if answer != [TLS_YES] {
        return Err(io::Error::new(ErrorKind::Unsupported, "the server has no TLS; `sslmode=disable` does without it"));
    }
    let server = ServerName::try_from(name.to_owned())
        .map_err(|_| io::Error::new(ErrorKind::InvalidInput, "no certificate can be for a host of this name"))?;
    let connection = ClientConnection::new(Arc::clone(tls), server).map_err(io::Error::other)?;
    let mut stream = StreamOwned::new(connection, stream);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock)?;
    }
    Ok(Stream::Tls(Box::new(stream)))
}
