//! The Test Anything Protocol, version 14 (<https://testanything.org/tap-version-14-specification.html>).

use std::io::{self, Write};

use serde_json::{Value, json};
use sortie_json::{Foreign, ForeignJson};

use crate::events::{Reporter, TestEvent};
use crate::finding::Finding;
use crate::select::ChosenScenario;

/// One test point for each scenario, in a flat list.
pub struct TapReporter<W> {
    out: W,
    number: usize,
}

impl<W: Write> TapReporter<W> {
    /// Writes to a place.
    #[must_use]
    pub fn new(out: W) -> Self {
        Self { out, number: 0 }
    }

    fn point(&mut self, ok: &str, chosen: &ChosenScenario<'_>, directive: &str) -> io::Result<()> {
        self.number += 1;
        let name = escaped(&format!("{} › {}", chosen.suite.name(), chosen.scenario.scenario_name));
        writeln!(self.out, "{ok} {} - {name}{directive}", self.number)
    }
}

impl<W: Write + Send> Reporter for TapReporter<W> {
    fn event(&mut self, event: &TestEvent<'_>) -> io::Result<()> {
        match event {
            TestEvent::Started(started) => {
                writeln!(self.out, "TAP version 14\n1..{}", started.scenarios)
            }
            TestEvent::SuiteStarted(suite) => writeln!(self.out, "# {} ({})", line(suite.name()), line(&suite.file)),
            TestEvent::Ran { chosen, report } => {
                let findings = &report.findings;
                self.point(if findings.is_empty() { "ok" } else { "not ok" }, chosen, "")?;
                if findings.is_empty() { Ok(()) } else { diagnostics(&mut self.out, findings) }
            }
            TestEvent::Skipped(chosen, reason) => self.point("ok", chosen, &format!(" # SKIP {}", escaped(reason))),
            TestEvent::SuiteFinished(finished) => {
                for name in &finished.stale {
                    writeln!(self.out, "# the golden file has a scenario that the suite has not: {}", line(name))?;
                }
                for remark in &finished.remarks {
                    writeln!(
                        self.out,
                        "# warning[{}]: {} ({})",
                        remark.code,
                        line(&remark.message),
                        line(&remark.place)
                    )?;
                }
                writeln!(self.out, "# test_run_hash {}", finished.summary.test_run_hash)
            }
            TestEvent::Finished(finished) => {
                if finished.not_run > 0 {
                    writeln!(self.out, "Bail out! stopped at the first scenario that failed")?;
                }
                self.out.flush()
            }
            TestEvent::Aborted { message, .. } => {
                writeln!(self.out, "Bail out! {}", line(message))?;
                self.out.flush()
            }
        }
    }
}

/// A block of YAML: each value is JSON, which is YAML too, with whatever steers or hides as an escape.
fn diagnostics(out: &mut impl Write, findings: &[Finding]) -> io::Result<()> {
    let json = |value: &Value| ForeignJson(&value.to_string()).to_string();
    let value = |text: &str| json(&json!(text));
    writeln!(out, "  ---")?;
    let places: Vec<&str> = findings.iter().map(|finding| finding.place.as_str()).collect();
    writeln!(out, "  message: {}", value(&findings.iter().map(|f| f.title.as_str()).collect::<Vec<_>>().join("; ")))?;
    writeln!(out, "  severity: fail")?;
    writeln!(out, "  at: {}", value(places.first().copied().unwrap_or_default()))?;
    writeln!(out, "  failures:")?;
    for finding in findings {
        let members: [(&str, Option<String>); 7] = [
            ("title", Some(value(&finding.title))),
            ("code", Some(value(&finding.code))),
            ("place", Some(value(&finding.place))),
            ("message", Some(value(&finding.message))),
            ("expected", finding.expected.as_deref().map(value)),
            ("actual", finding.actual.as_deref().map(value)),
            ("help", finding.help.as_deref().map(value)),
        ];
        let mut start = "-";
        for (key, member) in members.into_iter().filter_map(|(key, member)| Some((key, member?))) {
            writeln!(out, "    {start} {key}: {member}")?;
            start = " ";
        }
        if !finding.changes.is_empty() {
            writeln!(out, "      diff:")?;
        }
        for change in &finding.changes {
            let change = json(&json!({"path": change.path, "expected": change.expected, "actual": change.actual}));
            writeln!(out, "        - {change}")?;
        }
    }
    writeln!(out, "  ...")
}

/// A description: one line, in which `#` and the backslash have no meaning.
fn escaped(text: &str) -> String {
    line(text).replace('\\', "\\\\").replace('#', "\\#")
}

/// Foreign text in one line.
fn line(text: &str) -> String {
    Foreign(&text.replace(['\r', '\n'], " ")).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Finding;

    #[test]
    fn text_of_others_steers_no_terminal_and_reads_as_it_was() {
        assert_eq!(escaped("a\nb #\\ \u{9b}1m\u{202e}"), r"a b \#\\ \\u{9b}1m\\u{202e}");
        let mut out = Vec::new();
        let finding = Finding { title: "a\u{85}\u{202e}\u{1b}".to_owned(), ..Finding::default() };
        diagnostics(&mut out, &[finding]).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains(r#"- title: "a\u0085\u202e\u001b""#), "{text}");
    }
}
