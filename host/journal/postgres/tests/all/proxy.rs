//! A network between a client and a server, in which things go wrong where the test says.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    ToServer,
    ToClient,
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Harm {
    /// Both ends are told that the connection is over.
    Cut,
    /// Nothing gets through any more, and nobody is told.
    Stall,
}

/// A fault: after so many bytes one way, once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fault {
    pub(crate) way: Way,
    pub(crate) after: usize,
    pub(crate) harm: Harm,
}

#[derive(Debug, Default)]
struct State {
    fault: Option<Fault>,
    /// How long each piece is kept.
    delay: Duration,
    /// While set, new connections are not answered, and those that are there stall.
    is_closed: bool,
}

/// A port behind which the server is.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    state: Arc<Mutex<State>>,
}

impl Proxy {
    pub(crate) fn before(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, state) = (listener.local_addr().unwrap().port(), Arc::new(Mutex::new(State::default())));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else { continue };
                for (from, to, way) in [(&client, &server, Way::ToServer), (&server, &client, Way::ToClient)] {
                    from.set_nodelay(true).unwrap();
                    let (from, to, state) = (from.try_clone().unwrap(), to.try_clone().unwrap(), Arc::clone(&shared));
                    thread::spawn(move || pass(from, to, way, &state));
                }
            }
        });
        Self { port, state }
    }

    /// Lets this go wrong next.
    pub(crate) fn arm(&self, fault: Fault) {
        self.state.lock().unwrap().fault = Some(fault);
    }

    /// Takes back a fault that has not come yet; gives whether there was one.
    pub(crate) fn disarm(&self) -> bool {
        self.state.lock().unwrap().fault.take().is_some()
    }

    pub(crate) fn delay(&self, delay: Duration) {
        self.state.lock().unwrap().delay = delay;
    }

    /// Stops everything, or lets it pass again.
    pub(crate) fn close(&self, is_closed: bool) {
        self.state.lock().unwrap().is_closed = is_closed;
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, way: Way, state: &Mutex<State>) {
    let mut bytes = [0; 4096];
    loop {
        let count = match from.read(&mut bytes) {
            Ok(0) | Err(_) => break,
            Ok(count) => count,
        };
        let (mut passes, harm, delay) = {
            let mut state = state.lock().unwrap();
            match state.fault {
                Some(fault) if fault.way == way && fault.after < count => {
                    state.fault = None;
                    (fault.after, Some(fault.harm), state.delay)
                }
                Some(ref mut fault) if fault.way == way => {
                    fault.after -= count;
                    (count, None, state.delay)
                }
                _ => (count, None, state.delay),
            }
        };
        thread::sleep(delay);
        while state.lock().unwrap().is_closed {
            thread::sleep(Duration::from_millis(5));
        }
        passes = passes.min(count);
        if to.write_all(&bytes[..passes]).is_err() {
            break;
        }
        match harm {
            None => {}
            Some(Harm::Cut) => break,
            // Whoever waits gives up, and closes it.
            Some(Harm::Stall) => loop {
                match from.read(&mut bytes) {
                    Ok(0) | Err(_) => return,
                    Ok(_) => {}
                }
            },
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
