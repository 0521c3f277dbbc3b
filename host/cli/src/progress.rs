//! What takes long, told while it lasts: on standard error, and nothing of it stays at a terminal.

use std::io::{IsTerminal, stderr};
use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use sortie_sandbox::{Compilation, CompileObserver};

use crate::render::{printable, to_stderr};

/// Smaller plugins are compiled in a moment: of these, a log of a job need not speak.
const SLOW_BYTES: usize = 4 << 20;

/// A line at the terminal while something is done; it goes with the value.
pub(crate) struct Spinner(ProgressBar);

impl Spinner {
    /// Begins.
    pub(crate) fn begin(what: &str) -> Self {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
            bar.set_style(style);
        }
        bar.set_message(printable(what));
        bar.enable_steady_tick(Duration::from_millis(120));
        Self(bar)
    }

    /// Continues with something else.
    pub(crate) fn go_on(&self, what: &str) {
        self.0.set_message(printable(what));
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// Tells of each plugin that is compiled: at a terminal while it lasts, elsewhere once of those that take long.
pub(crate) fn of_compilation() -> CompileObserver {
    let under_way: Mutex<Vec<(String, Spinner)>> = Mutex::new(Vec::new());
    CompileObserver::new(move |compilation: Compilation<'_>| {
        let name = compilation.plugin.unwrap_or("the plugin");
        let Ok(mut under_way) = under_way.lock() else { return };
        if compilation.finished {
            if let Some(index) = under_way.iter().position(|(other, _)| other == name) {
                under_way.swap_remove(index);
            }
        } else if stderr().is_terminal() {
            under_way.push((name.to_owned(), Spinner::begin(&message(name, compilation.bytes))));
        } else if compilation.bytes >= SLOW_BYTES {
            to_stderr(&message(name, compilation.bytes));
        }
    })
}

fn message(name: &str, bytes: usize) -> String {
    let megabytes = bytes / 100_000;
    format!("compiling {} ({}.{} MB)", printable(name), megabytes / 10, megabytes % 10)
}
