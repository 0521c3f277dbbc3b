//! What a check of a plugin comes to, for people.

use anstyle::{AnsiColor, Style};
use sortie_runner::check::{CheckReport, Line, Mark};

use super::{failure, printable};

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const DIM: Style = Style::new().dimmed();
const BOLD: Style = Style::new().bold();

/// All verdicts on a file, one a line.
pub(crate) fn report(report: &CheckReport) -> String {
    let name = match &report.plugin {
        Some((plugin, version)) => format!("{} {version}", plugin.name),
        None => "no plugin".to_owned(),
    };
    let file = printable(&report.file);
    let mut text =
        format!("{BOLD}{file}{BOLD:#}: {}, {} bytes, {DIM}{}{DIM:#}\n", printable(&name), report.bytes, report.digest);
    report.lines.iter().for_each(|line| text.push_str(&line_of(line)));
    let (mark, style) = if report.passed() { ("✔", GOOD) } else { ("✘", BAD) };
    let (ok, failed, skipped) = (report.count(Mark::Ok), report.count(Mark::Failed), report.count(Mark::Skipped));
    text.push_str(&format!("{style}{mark}{style:#} {file}: {ok} ok, {failed} failed, {skipped} skipped\n"));
    text
}

/// A verdict, with what is below it.
pub(crate) fn line_of(line: &Line) -> String {
    let style = match line.mark {
        Mark::Ok => GOOD,
        Mark::Failed => BAD,
        Mark::Skipped => DIM,
    };
    let (name, check) = (line.mark.name(), line.check);
    let subject = line.subject.as_ref().map(|subject| format!("{subject}: ")).unwrap_or_default();
    let said = printable(&format!("{subject}{}", line.explanation));
    let mut text = format!("  {style}{name:<8}{style:#} {check:<12} {said}\n");
    let mut below = |said: &str| text.push_str(&format!("  {:<8} {:<12} {said}\n", "", ""));
    if let Some(remedy) = &line.remedy {
        below(&printable(&format!("help: {remedy}")));
    }
    if let Some((facts, _)) = &line.call {
        failure::facts(facts).lines().for_each(below);
    }
    text
}
