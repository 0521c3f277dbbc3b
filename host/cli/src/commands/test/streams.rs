//! What is between the reporters and the terminal.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use sortie_runner::files::FileError;
use sortie_runner::{Reporter, TestEvent};
use sortie_sandbox::open_stream;

/// Writes as long as somebody reads. When the reader goes away (`| head`), it has what it wanted, and the run goes on
/// to its verdict.
pub(super) struct PipeWriter<W> {
    out: W,
    gone: bool,
}

impl<W: Write> PipeWriter<W> {
    pub(super) fn of(out: W) -> Self {
        Self { out, gone: false }
    }

    fn unless_gone<T>(&mut self, instead: T, write: impl FnOnce(&mut W) -> io::Result<T>) -> io::Result<T> {
        if self.gone {
            return Ok(instead);
        }
        match write(&mut self.out) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.gone = true;
                Ok(instead)
            }
            written => written,
        }
    }
}

impl<W: Write> Write for PipeWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.unless_gone(bytes.len(), |out| out.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.unless_gone((), Write::flush)
    }
}

/// A bar on standard error, which is a terminal.
#[derive(Clone)]
pub(super) struct Bar(ProgressBar);

impl Bar {
    pub(super) fn new() -> Self {
        Self(ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()))
    }
}

impl Reporter for Bar {
    fn event(&mut self, event: &TestEvent<'_>) -> io::Result<()> {
        match event {
            TestEvent::Started(started) => {
                self.0.set_length(u64::try_from(started.scenarios).unwrap_or(u64::MAX));
                // The template is a constant; were it wrong, the bar would look different and nothing else.
                if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} scenarios, {elapsed}") {
                    self.0.set_style(style);
                }
            }
            TestEvent::Ran { .. } | TestEvent::Skipped(..) => self.0.inc(1),
            TestEvent::Finished(_) | TestEvent::Aborted { .. } => self.0.finish_and_clear(),
            _ => {}
        }
        Ok(())
    }
}

/// How often somebody who reads a log is told how far it is.
const EACH: Duration = Duration::from_secs(5);

/// Where there is no terminal: a line now and then.
pub(super) struct Lines<W> {
    out: W,
    each: Duration,
    told: Instant,
    scenarios: usize,
    done: usize,
}

impl<W: Write> Lines<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out, each: EACH, told: Instant::now(), scenarios: 0, done: 0 }
    }

    /// The same, and tells each time when this long has passed.
    #[cfg(test)]
    pub(super) fn each(self, each: Duration) -> Self {
        Self { each, ..self }
    }
}

impl<W: Write + Send> Reporter for Lines<W> {
    fn event(&mut self, event: &TestEvent<'_>) -> io::Result<()> {
        match event {
            TestEvent::Started(started) => self.scenarios = started.scenarios,
            TestEvent::Ran { .. } | TestEvent::Skipped(..) => {
                self.done += 1;
                if self.told.elapsed() >= self.each {
                    self.told = Instant::now();
                    writeln!(self.out, "{} of {} scenarios", self.done, self.scenarios)?;
                    self.out.flush()?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// Writes whole lines, for which a bar makes room.
pub(super) struct BarWriter<W: Write> {
    out: W,
    bar: Option<Bar>,
    line: Vec<u8>,
}

impl<W: Write> BarWriter<W> {
    pub(super) fn new(out: W, bar: Option<Bar>) -> Self {
        Self { out, bar, line: Vec::new() }
    }

    fn pass(&mut self) -> io::Result<()> {
        let Self { out, bar, line } = self;
        let written = match bar {
            Some(bar) => bar.0.suspend(|| out.write_all(line)),
            None => out.write_all(line),
        };
        line.clear();
        written
    }
}

impl<W: Write> Write for BarWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bar.is_none() {
            return self.out.write(bytes);
        }
        self.line.extend_from_slice(bytes);
        if bytes.ends_with(b"\n") {
            self.pass()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pass()?;
        self.out.flush()
    }
}

/// The file that results are written to. It is as it was until they are whole.
pub(super) struct Output {
    path: PathBuf,
    /// Where they are written meanwhile; what is no ordinary file, such as a pipe, is written to at once.
    beside: Option<PathBuf>,
}

impl Output {
    pub(super) fn create(path: &Path) -> Self {
        let ordinary = fs::metadata(path).map_or(true, |metadata| metadata.is_file());
        let beside = ordinary.then(|| {
            let mut name = path.file_name().unwrap_or_default().to_owned();
            name.push(format!(".{}.tmp", std::process::id()));
            path.with_file_name(name)
        });
        Self { path: path.to_owned(), beside }
    }

    pub(super) fn open(&self) -> Result<File, FileError> {
        let file = self.beside.as_deref().map_or_else(|| open_stream(&self.path), File::create);
        file.map_err(|error| FileError::writing(&self.path, error))
    }

    /// Puts the results in their place, if there are any.
    pub(super) fn finish(self, there_are_results: bool) -> Result<(), FileError> {
        let Some(beside) = &self.beside else { return Ok(()) };
        if there_are_results {
            fs::rename(beside, &self.path).map_err(|error| FileError::writing(&self.path, error))
        } else {
            // That it cannot be removed adds nothing to what went wrong.
            let _ = fs::remove_file(beside);
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use sortie_runner::{Options, Reporter, run};

    use super::*;

    #[test]
    fn a_log_is_told_how_far_it_is() {
        let suite =
            "suite_name: s\nscenarios: [{scenario_name: n, matrix: {n: [1, 2, 3]}, missions: [{name: echo}]}]\n";
        let mut options = Options::of(Vec::<PathBuf>::new());
        options.text = Some(("text".to_owned(), suite.into()));
        let told = |each: Duration| {
            let mut out = Vec::new();
            let reporters: Vec<Box<dyn Reporter + '_>> = vec![Box::new(Lines::new(&mut out).each(each))];
            assert!(run(&options, &|builder| builder.first_party().build(), reporters).is_ok());
            String::from_utf8_lossy(&out).into_owned()
        };
        assert_eq!(told(Duration::ZERO), "1 of 3 scenarios\n2 of 3 scenarios\n3 of 3 scenarios\n");
        assert_eq!(told(Duration::MAX), "", "before its time, nothing is told");
    }
}
