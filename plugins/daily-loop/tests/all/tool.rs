//! The real `task`, with a database of its own.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may end where its tool does not work as it must")]

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;
use std::process::Command;

use sortie_plugin_daily_loop::moment::Moment;

/// What the tool is run with.
pub(crate) struct Taskwarrior {
    pub(crate) folder: PathBuf,
}

impl Taskwarrior {
    /// An empty database of its own, or nothing where `task` is not installed, which is said; and a failure, where
    /// everything has to be there.
    pub(crate) fn install(name: &str) -> Option<Self> {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("taskwarrior").join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("data")).unwrap();
        fs::write(
            folder.join("taskrc"),
            "confirmation=off\nhooks=off\nverbose=nothing\nuda.size.type=string\nuda.estimate.type=numeric\n",
        )
        .unwrap();
        is_there("task").then_some(Self { folder })
    }

    /// The command, for this database and in UTC.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("TASKRC", self.folder.join("taskrc")).env("TASKDATA", self.folder.join("data")).env("TZ", "UTC");
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let output = self.command("task").args(arguments).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "task {arguments:?}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    pub(crate) fn now(&self) -> Moment {
        Moment::parse(&format!("{}Z", self.run(&["calc", "now"]).trim())).unwrap()
    }
}

/// Whether a program is installed. That it is not is said, and is a failure where everything has to be there.
pub(crate) fn is_there(program: &str) -> bool {
    match Command::new(program).arg("--version").output() {
        Ok(_) => true,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let required = std::env::var_os("SORTIE_REQUIRE_TOOLS").is_some_and(|value| value == "1");
            assert!(!required, "this test cannot run: {program} is not installed");
            // Not a print macro, whose output is hidden where a test passes.
            let _ = writeln!(std::io::stderr(), "not run: {program} is not installed");
            false
        }
        Err(error) => panic!("{program}: {error}"),
    }
}
