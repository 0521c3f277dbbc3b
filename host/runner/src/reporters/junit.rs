//! `JUnit` XML, as Jenkins and Surefire define it: valid against `junit-10.xsd` of Jenkins' xUnit plugin.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::time::Duration;

use sortie_json::passes_as_itself;

use crate::events::{Reporter, SuiteEnd, TestEvent, TestRunEnd};
use crate::finding::Finding;
use crate::select::ChosenScenario;

/// A test suite for each suite, a test case for each scenario. Nothing is written before the end, because an element
/// begins with the counts of what is in it.
pub struct JunitReporter<W> {
    out: W,
    times: bool,
    /// The suites that are finished.
    suites: String,
    suite: Suite,
    total: Counts,
}

/// The suite whose scenarios come in.
#[derive(Default)]
struct Suite {
    name: String,
    cases: String,
    counts: Counts,
}

#[derive(Default, Clone, Copy)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl<W: Write> JunitReporter<W> {
    /// Writes to a place.
    #[must_use]
    pub fn new(out: W) -> Self {
        Self { out, times: false, suites: String::new(), suite: Suite::default(), total: Counts::default() }
    }

    /// The same, and tells how long everything took: then two runs do not write the same bytes.
    #[must_use]
    pub fn with_times(self) -> Self {
        Self { times: true, ..self }
    }

    fn time(&self, duration: Duration) -> String {
        if self.times { format!(" time=\"{:.3}\"", duration.as_secs_f64()) } else { String::new() }
    }

    fn suite_finished(&mut self, finished: &SuiteEnd<'_>) {
        let time = self.time(finished.duration);
        let (run, suite) = (finished.summary.test_run_hash.to_string(), finished.summary.suite_hash.to_string());
        let mut properties = String::from("        <properties>\n");
        for (name, value) in [("file", &finished.suite.file), ("test_run_hash", &run), ("suite_hash", &suite)] {
            let (name, value) = (attribute("name", name), attribute("value", value));
            properties.push_str(&format!("            <property{name}{value}/>\n"));
        }
        self.close_suite(&time, &format!("{properties}        </properties>\n"));
    }

    fn close_suite(&mut self, time: &str, properties: &str) {
        let Suite { name, cases, counts } = std::mem::take(&mut self.suite);
        let (name, Counts { tests, failures, errors, skipped }) = (attribute("name", &name), counts);
        self.suites.push_str(&format!(
            "    <testsuite{name} tests=\"{tests}\" skipped=\"{skipped}\" errors=\"{errors}\" failures=\"{failures}\"{time}>\n\
             {properties}{cases}    </testsuite>\n"
        ));
        self.total.add(counts);
    }

    fn write(&mut self, time: &str) -> io::Result<()> {
        let Counts { tests, failures, errors, .. } = self.total;
        writeln!(self.out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
        let counts = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\"");
        write!(self.out, "<testsuites name=\"sortie\" {counts}{time}>\n{}</testsuites>\n", self.suites)?;
        self.out.flush()
    }
}

impl<W: Write + Send> Reporter for JunitReporter<W> {
    fn event(&mut self, event: &TestEvent<'_>) -> io::Result<()> {
        match event {
            TestEvent::Started(_) => Ok(()),
            TestEvent::SuiteStarted(suite) => {
                self.suite = Suite { name: suite.name().to_owned(), ..Suite::default() };
                Ok(())
            }
            TestEvent::Ran { chosen, report } => {
                let time = self.time(report.duration);
                self.suite.counts.failures += usize::from(!report.findings.is_empty());
                self.suite.case(chosen, &time, &failure(&report.findings));
                Ok(())
            }
            TestEvent::Skipped(chosen, reason) => {
                self.suite.counts.skipped += 1;
                let skipped = format!("            <skipped{}/>\n", attribute("message", reason));
                self.suite.case(chosen, "", &skipped);
                Ok(())
            }
            TestEvent::SuiteFinished(finished) => {
                self.suite_finished(finished);
                Ok(())
            }
            TestEvent::Finished(TestRunEnd { duration, .. }) => self.write(&self.time(*duration)),
            TestEvent::Aborted { code, message } => {
                if self.suite.name.is_empty() {
                    "sortie".clone_into(&mut self.suite.name);
                }
                self.suite.counts.tests += 1;
                self.suite.counts.errors += 1;
                let error = format!("<error{}{}/>", attribute("type", code), attribute("message", message));
                self.suite.cases.push_str(&format!("        <testcase name=\"the run\">{error}</testcase>\n"));
                self.close_suite("", "");
                self.write("")
            }
        }
    }
}

impl Suite {
    fn case(&mut self, chosen: &ChosenScenario<'_>, time: &str, inner: &str) {
        self.counts.tests += 1;
        let name = attribute("name", &chosen.scenario.scenario_name);
        let classname = attribute("classname", &self.name);
        let end = if inner.is_empty() { "/>\n".to_owned() } else { format!(">\n{inner}        </testcase>\n") };
        self.cases.push_str(&format!("        <testcase{name}{classname}{time}{end}"));
    }
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.tests += other.tests;
        self.failures += other.failures;
        self.errors += other.errors;
        self.skipped += other.skipped;
    }
}

/// What is wrong, as one element; nothing, if nothing is.
fn failure(findings: &[Finding]) -> String {
    let Some(first) = findings.first() else { return String::new() };
    let message = attribute("message", &format!("{}: {}", first.title, first.message));
    let told = |finding: &Finding| {
        let lines = finding.lines().join("\n  ");
        format!("{} ({})\n  {lines}\n", finding.title, finding.place)
    };
    let text = text(&findings.iter().map(told).collect::<Vec<_>>().join("\n"));
    format!("            <failure{message}{}>{text}</failure>\n", attribute("type", &first.code))
}

/// An attribute and the space before it. Line breaks and tabs are written so that a reader keeps them.
pub(crate) fn attribute(name: &str, value: &str) -> String {
    let mut escaped = String::new();
    for character in value.chars() {
        match character {
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => by_number(&mut escaped, character),
            other => push(&mut escaped, other),
        }
    }
    format!(" {name}=\"{escaped}\"")
}

/// Text between tags.
pub(crate) fn text(value: &str) -> String {
    let mut escaped = String::new();
    value.chars().for_each(|character| push(&mut escaped, character));
    escaped
}

/// A character with no meaning of its own. One that XML 1.0 cannot have (section 2.2) is replaced; one that steers or hides
/// is written as its number, which a reader of XML takes for it and a terminal does not.
fn push(escaped: &mut String, character: char) {
    match character {
        '&' => escaped.push_str("&amp;"),
        '<' => escaped.push_str("&lt;"),
        '>' => escaped.push_str("&gt;"),
        '\t' | '\n' => escaped.push(character),
        '\r' => by_number(escaped, character),
        '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
        other if passes_as_itself(other) => escaped.push(other),
        other => by_number(escaped, other),
    }
}

fn by_number(escaped: &mut String, character: char) {
    // Writing to a string cannot fail.
    let _ = write!(escaped, "&#{};", u32::from(character));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_character_of_a_value_has_a_meaning_in_the_xml() {
        assert_eq!(attribute("name", "a\"<&>'\n\u{1b}é"), " name=\"a&quot;&lt;&amp;&gt;'&#10;\u{fffd}é\"");
        assert_eq!(text("a\u{202e}\u{9b}1m\u{feff}"), "a&#8238;&#155;1m&#65279;");
        assert_eq!(attribute("name", "\r\u{2028}"), " name=\"&#13;&#8232;\"");
        assert_eq!(text("]]>\t\"\r\n\0\u{ffff}"), "]]&gt;\t\"&#13;\n\u{fffd}\u{fffd}");
    }
}
