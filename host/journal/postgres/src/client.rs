//! A client of PostgreSQL: as much of the protocol as statements of a journal take.
//! <https://www.postgresql.org/docs/15/protocol.html>
//!
//! It blocks, and gives up in time; it tells whether a statement reached the server at all. A statement is sent with all that it
//! needs at once, and so takes one way there and back, the first time too.

mod scram;
mod stream;
mod value;

use std::collections::HashMap;
use std::io::{self, ErrorKind, Read, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use scram::Scram;
use stream::Stream;
pub(crate) use value::{Array, FromCell, Parameter, array, of, optional, optional_array};

use crate::address::{Address, Host};

/// The greatest message that is taken from a server: more than what it can send.
const MAX_MESSAGE: usize = 1 << 30;

/// A session with a server.
pub(crate) struct Client {
    stream: Stream,
    /// What was read and not taken yet.
    read: Vec<u8>,
    taken: usize,
    /// The columns of statements that were prepared, by their texts; the names that they have here.
    statements: HashMap<&'static str, StatementInfo>,
    /// How long to wait for an answer.
    patience: Duration,
    /// Whether an answer was not read to its end: what comes next belongs to it.
    is_broken: bool,
    is_standby: bool,
}

#[derive(Clone)]
struct StatementInfo {
    name: String,
    columns: Arc<Vec<String>>,
}

/// A row of an answer.
#[derive(Debug)]
pub(crate) struct Row {
    columns: Arc<Vec<String>>,
    cells: Vec<Option<Vec<u8>>>,
}

/// Why a statement has no answer.
#[derive(Debug)]
pub(crate) enum ClientError {
    /// The server refused, or failed.
    Server(ServerError),
    /// The connection could not be made, or was lost before the whole statement was on its way: nothing is done.
    Unsent(io::Error),
    /// The connection was lost before the whole answer was there.
    Lost(io::Error),
    /// The server says what the protocol does not have, or asks for a login that is not spoken here.
    Protocol(String),
}

/// What a server says of an error.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ServerError {
    /// SQLSTATE: five characters.
    pub(crate) code: String,
    pub(crate) message: String,
    /// Whether the session ends with it.
    pub(crate) is_fatal: bool,
}

impl Row {
    /// The value of a column; an error says what is wrong with it.
    pub(crate) fn get<T: FromCell>(&self, name: &str) -> Result<T, String> {
        let index = self.columns.iter().position(|column| column == name);
        let cell = index.and_then(|index| self.cells.get(index)).ok_or_else(|| format!("`{name}` is not there"))?;
        T::from_cell(cell.as_deref()).map_err(|error| format!("`{name}`: {error}"))
    }
}

/// A message of a client: its kind, its length with itself, and what is in it.
struct Message<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
}

impl<'a> Message<'a> {
    fn new(out: &'a mut Vec<u8>, kind: Option<u8>) -> Self {
        out.extend(kind);
        let start = out.len();
        out.extend_from_slice(&[0; 4]);
        Self { out, start }
    }

    fn number(self, number: u32) -> Self {
        self.bytes(&number.to_be_bytes())
    }

    fn count(self, count: usize) -> Self {
        self.bytes(&u16::try_from(count).unwrap_or(u16::MAX).to_be_bytes())
    }

    fn text(self, text: &str) -> Self {
        // U+0000 ends it, and so is not in any: names, statements and what is logged in with.
        self.bytes(text.replace('\0', "").as_bytes()).bytes(&[0])
    }

    fn bytes(self, bytes: &[u8]) -> Self {
        self.out.extend_from_slice(bytes);
        self
    }
}

impl Drop for Message<'_> {
    fn drop(&mut self) {
        let length = value::length(self.out.len() - self.start);
        if let Some(place) = self.out.get_mut(self.start..self.start + 4) {
            place.copy_from_slice(&length);
        }
    }
}

impl Client {
    /// Connects to one of the hosts of an address and logs in: to one that can be written to, if there are several.
    pub(crate) fn connect(address: &Address, patience: Duration) -> Result<Self, ClientError> {
        let mut last = ClientError::Protocol("no host is named".to_owned());
        let only = address.hosts.len() == 1;
        for host in &address.hosts {
            match Self::connect_to(address, host, patience) {
                Ok(client) if only || !client.is_standby => return Ok(client),
                Ok(_) => {
                    let error = io::Error::new(ErrorKind::NotConnected, "none of the servers can be written to");
                    last = ClientError::Unsent(error);
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn connect_to(address: &Address, host: &Host, patience: Duration) -> Result<Self, ClientError> {
        let end = Instant::now() + patience.min(address.connect_within);
        let stream = Stream::connect(host, address.tls.as_ref(), end).map_err(ClientError::Unsent)?;
        let mut client = Self {
            stream,
            read: Vec::new(),
            taken: 0,
            statements: HashMap::new(),
            patience,
            is_broken: false,
            is_standby: false,
        };
        client.log_in(address, end)?;
        Ok(client)
    }

    fn log_in(&mut self, address: &Address, end: Instant) -> Result<(), ClientError> {
        // Version 3.0.
        const VERSION: u32 = 196_608;
        let mut out = Vec::new();
        let parameters = [
            ("user", address.user.as_str()),
            ("database", &address.database),
            ("application_name", &address.application),
            ("client_encoding", "UTF8"),
        ];
        {
            let message = Message::new(&mut out, None).number(VERSION);
            let message = parameters.iter().fold(message, |message, (name, value)| message.text(name).text(value));
            drop(message.bytes(&[0]));
        }
        self.send(&out, end)?;
        let mut scram: Option<Scram> = None;
        loop {
            let (kind, body) = self.message(end)?;
            match kind {
                b'R' => self.authenticate(address, &body, &mut scram, end)?,
                b'S' => {
                    let mut parts = body.split(|byte| *byte == 0);
                    if (parts.next(), parts.next()) == (Some(b"in_hot_standby"), Some(b"on")) {
                        self.is_standby = true;
                    }
                }
                b'Z' => return Ok(()),
                b'E' => return Err(ClientError::Server(server_error(&body))),
                _ => {}
            }
        }
    }

    /// Answers a request to say who this is.
    fn authenticate(
        &mut self,
        address: &Address,
        body: &[u8],
        scram: &mut Option<Scram>,
        end: Instant,
    ) -> Result<(), ClientError> {
        let refuse = |what: String| Err(ClientError::Protocol(what));
        let mut rest = body;
        let request = value::take_number(&mut rest).unwrap_or(-1);
        let password = address.password.as_deref();
        let mut out = Vec::new();
        match (request, password, scram.as_mut()) {
            (0, _, None) => return Ok(()),
            // Who does not prove that they know the password may be anybody.
            (0, _, Some(scram)) if scram.is_proven() => return Ok(()),
            (0, _, Some(_)) => return refuse("the server did not prove that it knows the password".to_owned()),
            (3 | 10, None, _) => return refuse("the server asks for a password, and none is given".to_owned()),
            (3, Some(password), _) if address.is_private() => {
                drop(Message::new(&mut out, Some(b'p')).text(password));
            }
            (3, Some(_), _) => return refuse("the server asks for the password in the clear".to_owned()),
            (10, Some(password), None) => {
                if !rest.split(|byte| *byte == 0).any(|name| name == scram::MECHANISM.as_bytes()) {
                    return refuse("the server does not offer SCRAM-SHA-256".to_owned());
                }
                let mut random = [0; 24];
                getrandom::fill(&mut random).map_err(|error| ClientError::Protocol(error.to_string()))?;
                let begun = scram.insert(Scram::new(password, random));
                let first = begun.first();
                let message = Message::new(&mut out, Some(b'p')).text(scram::MECHANISM);
                drop(message.bytes(&value::length(first.len())).bytes(first.as_bytes()));
            }
            (11, _, Some(scram)) => {
                let said = |what: String| ClientError::Protocol(format!("the server logs in wrongly: {what}"));
                let proof = scram.proof(rest).map_err(said)?;
                drop(Message::new(&mut out, Some(b'p')).bytes(proof.as_bytes()));
            }
            (12, _, Some(scram)) => {
                if scram.takes_proof(rest) {
                    return Ok(());
                }
                return refuse("the server did not prove that it knows the password".to_owned());
            }
            (5, ..) => {
                return refuse(
                    "the server asks for MD5, which is broken; let it keep passwords by scram-sha-256".to_owned(),
                );
            }
            _ => return refuse(format!("the server asks for a login of kind {request}, which is not spoken here")),
        }
        self.send(&out, end)
    }

    /// Whether it can be used: nobody has closed it, and nothing is left of an answer.
    pub(crate) fn is_usable(&mut self) -> bool {
        !self.is_broken && self.taken == self.read.len() && !self.stream.has_ended()
    }

    /// Runs a statement, and gives its rows. It is prepared once.
    pub(crate) fn rows(&mut self, sql: &'static str, parameters: &[Parameter]) -> Result<Vec<Row>, ClientError> {
        let known = self.statements.get(sql).cloned();
        let name = known.as_ref().map_or_else(|| format!("s{}", self.statements.len()), |known| known.name.clone());
        let columns = known.as_ref().map(|known| Arc::clone(&known.columns));
        let (columns, rows) = self.query(&name, sql, parameters, columns)?;
        if known.is_none() {
            self.statements.insert(sql, StatementInfo { name, columns });
        }
        Ok(rows)
    }

    /// Runs a statement that gives one row, or none.
    pub(crate) fn row(&mut self, sql: &'static str, parameters: &[Parameter]) -> Result<Option<Row>, ClientError> {
        Ok(self.rows(sql, parameters)?.pop())
    }

    /// Runs a statement that was put together.
    pub(crate) fn rows_of(&mut self, sql: &str, parameters: &[Parameter]) -> Result<Vec<Row>, ClientError> {
        Ok(self.query("", sql, parameters, None)?.1)
    }

    /// Runs statements that give nothing, in one transaction if they do not say otherwise.
    pub(crate) fn batch(&mut self, sql: &str) -> Result<(), ClientError> {
        let mut out = Vec::new();
        drop(Message::new(&mut out, Some(b'Q')).text(sql));
        let end = Instant::now() + self.patience;
        self.send(&out, end)?;
        self.answer(end, None).map(drop)
    }

    /// Waits until somebody notifies a channel that this session listens to; gives whether anybody did by then.
    pub(crate) fn is_notified(&mut self, end: Instant) -> Result<bool, ClientError> {
        loop {
            match self.message(end) {
                Ok((b'A', _)) => return Ok(true),
                Ok((b'E', body)) => return Err(ClientError::Server(server_error(&body))),
                Ok(_) => {}
                Err(ClientError::Lost(error)) if is_late(&error) => return Ok(false),
                Err(error) => return Err(error),
            }
        }
    }

    /// Sends a statement with its parameters, and reads the answer. If its columns are known, it is prepared already.
    fn query(
        &mut self,
        name: &str,
        sql: &str,
        parameters: &[Parameter],
        known: Option<Arc<Vec<String>>>,
    ) -> Result<(Arc<Vec<String>>, Vec<Row>), ClientError> {
        const BINARY: &[u8] = &[0, 1, 0, 1];
        let mut out = Vec::new();
        if known.is_none() {
            let message = Message::new(&mut out, Some(b'P')).text(name).text(sql).count(parameters.len());
            drop(parameters.iter().fold(message, |message, parameter| message.number(parameter.type_id)));
            drop(Message::new(&mut out, Some(b'D')).bytes(b"S").text(name));
        }
        {
            let message = Message::new(&mut out, Some(b'B')).text("").text(name).bytes(BINARY).count(parameters.len());
            let message = parameters.iter().fold(message, |message, parameter| match &parameter.bytes {
                Some(bytes) => message.bytes(&value::length(bytes.len())).bytes(bytes),
                None => message.bytes(&(-1_i32).to_be_bytes()),
            });
            drop(message.bytes(BINARY));
        }
        drop(Message::new(&mut out, Some(b'E')).text("").number(0));
        drop(Message::new(&mut out, Some(b'S')));
        let end = Instant::now() + self.patience;
        self.send(&out, end)?;
        self.answer(end, known)
    }

    /// Reads an answer to its end: what is written is durable then.
    fn answer(
        &mut self,
        end: Instant,
        known: Option<Arc<Vec<String>>>,
    ) -> Result<(Arc<Vec<String>>, Vec<Row>), ClientError> {
        let malformed = || ClientError::Protocol("the server sent a message that cannot be read".to_owned());
        let (mut columns, mut rows, mut refused) = (known.unwrap_or_default(), Vec::new(), None);
        loop {
            let (kind, body) = self.message(end)?;
            match kind {
                b'T' => columns = Arc::new(names(&body).ok_or_else(malformed)?),
                b'D' => {
                    let cells = cells(&body).ok_or_else(malformed)?;
                    rows.push(Row { columns: Arc::clone(&columns), cells });
                }
                b'E' => {
                    let error = server_error(&body);
                    if error.is_fatal {
                        self.is_broken = true;
                        return Err(ClientError::Server(error));
                    }
                    refused = Some(error);
                }
                b'Z' => return refused.map_or(Ok((columns, rows)), |error| Err(ClientError::Server(error))),
                // Done, prepared, bound, no columns, a remark, a setting, a notification.
                b'C' | b'1' | b'2' | b't' | b'n' | b'I' | b'N' | b'S' | b'A' => {}
                other => return Err(ClientError::Protocol(format!("the server sent a message of kind {other}"))),
            }
        }
    }

    fn send(&mut self, out: &[u8], end: Instant) -> Result<(), ClientError> {
        // Until the answer is read to its end, the session is of no use to anybody else.
        self.is_broken = true;
        let sent = self.stream.until(end).and_then(|()| self.stream.write_all(out)).and_then(|()| self.stream.flush());
        // What ends a statement is sent last: without it the server does nothing that stays.
        sent.map_err(ClientError::Unsent)
    }

    /// The next message: its kind, and what is in it.
    fn message(&mut self, end: Instant) -> Result<(u8, Vec<u8>), ClientError> {
        loop {
            let waiting = self.read.get(self.taken..).unwrap_or_default();
            let mut rest = waiting;
            if let (Some(kind), Some(length)) =
                (value::take(&mut rest, 1).and_then(<[u8]>::first), value::take_number(&mut rest))
            {
                let length = usize::try_from(length).ok().and_then(|length| length.checked_sub(4));
                let length = length.filter(|length| *length <= MAX_MESSAGE);
                let length =
                    length.ok_or_else(|| ClientError::Protocol("the server sent a wrong length".to_owned()))?;
                if let Some(body) = value::take(&mut rest, length) {
                    let message = (*kind, body.to_vec());
                    self.taken = self.read.len() - rest.len();
                    if rest.is_empty() {
                        self.read.clear();
                        self.taken = 0;
                    }
                    if message.0 == b'Z' {
                        self.is_broken = false;
                    }
                    return Ok(message);
                }
            }
            self.more(end)?;
        }
    }

    fn more(&mut self, end: Instant) -> Result<(), ClientError> {
        const AT_ONCE: usize = 64 << 10;
        if self.taken > 0 {
            self.read.drain(..self.taken);
            self.taken = 0;
        }
        self.stream.until(end).map_err(ClientError::Lost)?;
        let before = self.read.len();
        self.read.resize(before + AT_ONCE, 0);
        let read = match self.read.get_mut(before..) {
            Some(place) => self.stream.read(place),
            None => Ok(0),
        };
        self.read.truncate(before + read.as_ref().map_or(0, |count| *count));
        match read {
            Ok(0) => Err(ClientError::Lost(ErrorKind::UnexpectedEof.into())),
            Ok(_) => Ok(()),
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
            Err(error) => Err(ClientError::Lost(error)),
        }
    }
}

/// Says goodbye, so that the server need not find out.
impl Drop for Client {
    fn drop(&mut self) {
        if !self.is_broken && self.stream.until(Instant::now() + Duration::from_millis(100)).is_ok() {
            let mut out = Vec::new();
            drop(Message::new(&mut out, Some(b'X')));
            // It finds out otherwise.
            let _ = self.stream.write_all(&out).and_then(|()| self.stream.flush());
        }
    }
}

/// Whether nothing came in time.
pub(crate) fn is_late(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// The names of the columns in a description of rows.
fn names(body: &[u8]) -> Option<Vec<String>> {
    let mut rest = body;
    let count = take_count(&mut rest)?;
    let mut names = Vec::new();
    for _ in 0..count {
        let end = rest.iter().position(|byte| *byte == 0)?;
        names.push(String::from_utf8_lossy(value::take(&mut rest, end)?).into_owned());
        // The end of the name; table, column, type, its size, its modifier, its format.
        value::take(&mut rest, 1 + 18)?;
    }
    Some(names)
}

fn cells(body: &[u8]) -> Option<Vec<Option<Vec<u8>>>> {
    let mut rest = body;
    let count = take_count(&mut rest)?;
    let mut cells = Vec::new();
    for _ in 0..count {
        let length = value::take_number(&mut rest)?;
        cells.push(match usize::try_from(length) {
            Ok(length) => Some(value::take(&mut rest, length)?.to_vec()),
            Err(_) => None,
        });
    }
    Some(cells)
}

fn take_count(rest: &mut &[u8]) -> Option<u16> {
    Some(u16::from_be_bytes(value::take(rest, 2)?.try_into().ok()?))
}

fn server_error(body: &[u8]) -> ServerError {
    let mut error = ServerError::default();
    for field in body.split(|byte| *byte == 0) {
        let Some((name, text)) = field.split_first() else { continue };
        let text = String::from_utf8_lossy(text).into_owned();
        match name {
            b'C' => error.code = text,
            b'M' => error.message = text,
            // The severity, in English whatever the server's language.
            b'V' => error.is_fatal = ["FATAL", "PANIC"].contains(&text.as_str()),
            _ => {}
        }
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_of_an_error_is_read_by_its_fields() {
        let body = b"SFATAL\0VFATAL\0C57P01\0Mterminating connection\0Fpostgres.c\0\0";
        let expected =
            ServerError { code: "57P01".to_owned(), message: "terminating connection".to_owned(), is_fatal: true };
        assert_eq!(server_error(body), expected);
        assert_eq!(server_error(b""), ServerError::default());
    }

    #[test]
    fn messages_that_are_cut_off_anywhere_are_refused() {
        let description = b"\0\x01id\0abcdefghijklmnopqr";
        assert_eq!(names(description), Some(vec!["id".to_owned()]));
        for end in 0..description.len() {
            assert_eq!(names(&description[..end]), None, "{end}");
        }
        let row = b"\0\x02\0\0\0\x01x\xff\xff\xff\xff";
        assert_eq!(cells(row), Some(vec![Some(b"x".to_vec()), None]));
        for end in 0..row.len() {
            assert_eq!(cells(&row[..end]), None, "{end}");
        }
    }

    #[test]
    fn a_message_has_its_length_and_no_end_within_its_texts() {
        let mut out = Vec::new();
        drop(Message::new(&mut out, Some(b'Q')).text("SELECT\0 1"));
        assert_eq!(out, b"Q\0\0\0\x0dSELECT 1\0");
    }
}
