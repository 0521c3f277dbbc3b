//! A PostgreSQL server of its own, in a temporary folder, which ends with the process: for tests and measurements.

use std::fmt;
use std::fs;
use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use crate::Address;

/// How long a server may take to begin, or to end.
const PATIENCE: Duration = Duration::from_mins(1);

/// A server that listens on a socket in its folder, and on a port of this machine.
pub struct PostgresServer {
    programs: PathBuf,
    folder: tempfile::TempDir,
    port: u16,
    settings: Vec<String>,
    running: Mutex<Option<Child>>,
}

impl fmt::Debug for PostgresServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresServer").field("port", &self.port).finish_non_exhaustive()
    }
}

impl PostgresServer {
    /// A new server; nothing, if PostgreSQL is not installed here, which is said. Where `SORTIE_REQUIRE_TOOLS=1` it has to be.
    /// Settings are those of `postgresql.conf`, such as `fsync=on`; without any it does not flush to the disk.
    ///
    /// # Errors
    ///
    /// The server cannot be made or started, or PostgreSQL has to be there and is not.
    pub fn start(settings: &[&str]) -> io::Result<Option<Self>> {
        let Some(programs) = programs() else {
            if std::env::var_os("SORTIE_REQUIRE_TOOLS").is_some_and(|value| value == "1") {
                return Err(io::Error::other("PostgreSQL is not installed: apt-get install postgresql"));
            }
            eprintln!("not run: PostgreSQL is not installed");
            return Ok(None);
        };
        let folder = tempfile::Builder::new().prefix("sortie-postgres-").tempdir()?;
        // The server is another user where this is root, which it refuses to be.
        open_to_all(folder.path())?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let settings = settings.iter().map(|setting| (*setting).to_owned()).collect();
        let server = Self { programs, folder, port, settings, running: Mutex::default() };
        server.make()?;
        server.begin()?;
        Ok(Some(server))
    }

    /// A second server that follows this one by streaming replication. It can be read, and written to once it is promoted
    /// (`SELECT pg_promote()`).
    ///
    /// # Errors
    ///
    /// The server cannot be copied, or the copy cannot be started.
    pub fn standby(&self) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("sortie-postgres-").tempdir()?;
        open_to_all(folder.path())?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let (programs, settings) = (self.programs.clone(), self.settings.clone());
        let standby = Self { programs, folder, port, settings, running: Mutex::default() };
        let mut command = standby.program("pg_basebackup");
        command.args([
            "--write-recovery-conf",
            "--wal-method=stream",
            "--checkpoint=fast",
            "--no-sync",
            "-U",
            "sortie",
        ]);
        command.arg("-h").arg(self.folder.path()).arg("-p").arg(self.port.to_string()).arg("-D").arg(standby.data());
        let output = command.stdin(Stdio::null()).output()?;
        if !output.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        standby.begin()?;
        Ok(standby)
    }

    /// The address of a journal in it, over the socket.
    ///
    /// # Errors
    ///
    /// The schema has no name that a schema can have.
    pub fn journal(&self, schema: &str) -> Result<Address, crate::AddressError> {
        let folder = self.folder.path().display().to_string().replace('/', "%2F");
        format!("postgres://sortie@{folder}:{}/postgres?schema={schema}", self.port).parse()
    }

    /// The port of this machine on which it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Kills it, as a machine that loses power does to its processes, and all processes of its own.
    pub fn kill(&self) {
        if let Some(mut child) = self.running().take() {
            // Its own processes would end once they see that it is gone, and answer until then.
            let own = processes_of(child.id());
            let mut all = Command::new("kill");
            all.arg("-KILL").arg(child.id().to_string()).args(own.iter().map(u32::to_string));
            let _ = all.stderr(Stdio::null()).status();
            let _ = child.kill();
            let _ = child.wait();
            let end = Instant::now() + PATIENCE;
            while own.iter().any(|process| is_running(*process)) && Instant::now() < end {
                thread::sleep(Duration::from_millis(2));
            }
        }
    }

    /// Starts it again, and waits until it has recovered.
    ///
    /// # Errors
    ///
    /// It does not begin in time.
    pub fn begin(&self) -> io::Result<()> {
        let end = Instant::now() + PATIENCE;
        loop {
            let mut command = self.program("postgres");
            command.arg("-D").arg(self.data()).args(["-c", "listen_addresses=127.0.0.1"]);
            command.arg("-c").arg(format!("port={}", self.port));
            command.arg("-c").arg(format!("unix_socket_directories={}", self.folder.path().display()));
            for setting in
                ["fsync=off", "max_connections=200"].into_iter().chain(self.settings.iter().map(String::as_str))
            {
                command.arg("-c").arg(setting);
            }
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            let mut child = spawned_for_good(command)?;
            while child.try_wait()?.is_none() {
                if self.is_ready() {
                    *self.running() = Some(child);
                    return Ok(());
                }
                if Instant::now() > end {
                    let _ = child.kill();
                    return Err(io::Error::other("the server does not begin"));
                }
                thread::sleep(Duration::from_millis(20));
            }
            // What is left of the one before it may still hold its memory.
            if Instant::now() > end {
                return Err(io::Error::other("the server ends at once"));
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Runs statements with `psql`, and gives what it prints.
    ///
    /// # Errors
    ///
    /// A statement fails.
    pub fn sql(&self, statements: &str) -> io::Result<String> {
        let mut command = Command::new(self.programs.join("psql"));
        command.args(["-XqAt", "-v", "ON_ERROR_STOP=1", "-U", "sortie", "-d", "postgres", "-h"]);
        command.arg(self.folder.path()).arg("-p").arg(self.port.to_string()).arg("-c").arg(statements);
        let output = command.stdin(Stdio::null()).output()?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()))
    }

    /// Says who may log in how, as `pg_hba.conf` does.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn allow(&self, rules: &str) -> io::Result<()> {
        self.put("pg_hba.conf", rules.as_bytes())?;
        self.sql("SELECT pg_reload_conf(); SELECT pg_sleep(0.3)").map(drop)
    }

    /// Puts a file into the server's folder, which nobody else may read.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn put(&self, name: &str, content: &[u8]) -> io::Result<()> {
        use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
        let file = self.data().join(name);
        fs::write(&file, content)?;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600))?;
        let owner = fs::metadata(self.data())?;
        chown(&file, Some(owner.uid()), Some(owner.gid()))
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn running(&self) -> MutexGuard<'_, Option<Child>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn make(&self) -> io::Result<()> {
        let mut command = self.program("initdb");
        command.args([
            "-U",
            "sortie",
            "--auth=trust",
            "--no-sync",
            "--no-instructions",
            "-E",
            "UTF8",
            "--locale=C",
            "-D",
        ]);
        let output = command.arg(self.data()).stdin(Stdio::null()).output()?;
        if output.status.success() {
            return Ok(());
        }
        Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()))
    }

    fn is_ready(&self) -> bool {
        let mut command = Command::new(self.programs.join("pg_isready"));
        command.args(["-q", "-h"]).arg(self.folder.path()).arg("-p").arg(self.port.to_string());
        command.status().is_ok_and(|status| status.success())
    }

    /// A program of the server, as a user that it accepts, which ends when this process does.
    fn program(&self, name: &str) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL"]);
        if is_root() {
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
        }
        command.arg(self.programs.join(name)).current_dir(self.folder.path());
        command
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The folder of the newest installation.
fn programs() -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os("SORTIE_POSTGRES_BIN") {
        return Some(folder.into());
    }
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let folders = versions.map(|version| version.path().join("bin")).filter(|folder| folder.join("initdb").is_file());
    folders.max()
}

/// The processes that one has started.
fn processes_of(parent: u32) -> Vec<u32> {
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = all.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    numbers.filter(|process| state_of(*process).is_some_and(|(_, found)| found == parent)).collect()
}

/// Whether a process has not ended. One that nobody has asked for yet has.
fn is_running(process: u32) -> bool {
    state_of(process).is_some_and(|(state, _)| state != 'Z')
}

/// The state of a process, and who started it: `proc(5)`, behind the name in brackets, in which anything may be.
fn state_of(process: u32) -> Option<(char, u32)> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|metadata| std::os::unix::fs::MetadataExt::uid(&metadata) == 0)
}

fn open_to_all(folder: &Path) -> io::Result<()> {
    let mode = if is_root() { 0o777 } else { 0o700 };
    fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(mode))
}

/// Starts a process from a thread that does not end before this process does: the system ends the process with the thread that
/// started it.
fn spawned_for_good(mut command: Command) -> io::Result<Child> {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        // Whoever asked waits for it.
        let _ = tell.send(command.spawn());
        loop {
            thread::park();
        }
    });
    told.recv().unwrap_or_else(|_| Err(io::Error::other("the thread that starts the server is gone")))
}
