//! Network namespaces: each worker on what is to it a machine of its own, with nothing but a cable to the database.

use std::process::{Command, Stdio};

/// A bridge, and namespaces whose cables end in it. They are gone with this.
pub(crate) struct Namespaces {
    bridge: String,
    names: Vec<String>,
    subnet: String,
}

/// Runs `ip`; where it fails, so does the test.
fn ip(arguments: &str) {
    let output = Command::new("ip").args(arguments.split(' ')).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "ip {arguments}: {}", String::from_utf8_lossy(&output.stderr));
}

impl Namespaces {
    /// That many, if `SORTIE_NAMESPACES=1` asks for them: it takes the rights to make them.
    pub(crate) fn wanted(count: usize) -> Option<Self> {
        std::env::var_os("SORTIE_NAMESPACES").filter(|value| value == "1")?;
        // Names of interfaces have 15 bytes.
        let process = std::process::id();
        let (bridge, subnet) = (format!("sb{process}"), format!("10.{}.{}", 64 + process / 256 % 64, process % 256));
        let names = (0..count).map(|number| format!("sortie-{process}-{number}")).collect();
        let made = Self { bridge, names, subnet };
        let Self { bridge, names, subnet } = &made;
        ip(&format!("link add {bridge} type bridge"));
        ip(&format!("addr add {subnet}.1/24 dev {bridge}"));
        ip(&format!("link set {bridge} up"));
        for (number, name) in names.iter().enumerate() {
            let (near, far) = (format!("sv{process}n{number}"), format!("sv{process}f{number}"));
            ip(&format!("netns add {name}"));
            ip(&format!("link add {near} type veth peer name {far}"));
            ip(&format!("link set {near} master {bridge} up"));
            ip(&format!("link set {far} netns {name}"));
            ip(&format!("-n {name} addr add {subnet}.{}/24 dev {far}", number + 2));
            ip(&format!("-n {name} link set {far} up"));
        }
        Some(made)
    }

    /// The address of this machine, as they know it.
    pub(crate) fn address(&self) -> String {
        format!("{}.1", self.subnet)
    }

    /// Who may log in from there, as `pg_hba.conf` says it.
    pub(crate) fn rules(&self) -> String {
        format!("local all all trust\nhost all all {}.0/24 trust\n", self.subnet)
    }

    /// A command that starts another one in a namespace, as the same process.
    pub(crate) fn command(&self, number: usize) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.names[number]]);
        command
    }
}

impl Drop for Namespaces {
    fn drop(&mut self) {
        let gone = |arguments: &[&str]| {
            let _ = Command::new("ip").args(arguments).stderr(Stdio::null()).status();
        };
        // A cable goes with its namespace.
        self.names.iter().for_each(|name| gone(&["netns", "del", name]));
        gone(&["link", "del", &self.bridge]);
    }
}
