//! What the reporters write for other programs, read by other programs: `JUnit` XML by `xmllint`, TAP by Perl's
//! `TAP::Parser`. Where one of these is missing, its test says so and proves nothing.

#![allow(clippy::expect_used, reason = "a test says what it expected")]

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Suites whose names and values have what XML and TAP give a meaning to.
const ODD: &str = r#"
suite_name: "odd <names> & \"quotes\""
scenarios:
  - scenario_name: "1..2 # TODO not really"
    missions: [{name: echo, params: {word: "]]> <b> \u0007 \U0001F600"}}]
    expect: [{path: outputs.echo.word, op: eq, expected: "ok 1 - \n...\n---\n"}]
  - scenario_name: "Bail out! \\ # SKIP é"
    missions: [{name: echo}]
  - scenario_name: skipped & <gone>
    skip: "see #1, or \"2\""
    missions: [{name: echo}]
  - scenario_name: rejected
    missions: [{name: "no such <mission>"}]
"#;

const FINE: &str = "suite_name: fine\nscenarios: [{scenario_name: a, missions: [{name: echo}]}]\n";

fn sortie(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sortie"))
        .args(arguments)
        .current_dir(folder)
        .env("SORTIE_CACHE_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"))
        .output()
        .expect("the command runs")
}

fn suites() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("odd.suite.yaml"), ODD).expect("a suite is written");
    fs::write(folder.path().join("a.suite.yaml"), FINE).expect("a suite is written");
    folder
}

/// Whether a program is there: it says its version.
fn is_there(program: &str, argument: &str) -> bool {
    let there = Command::new(program).arg(argument).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !there {
        sortie_tests::skip(&format!("there is no `{program}` here"));
    }
    there
}

fn xmllint(file: impl AsRef<OsStr>) -> Output {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/all/junit.xsd");
    Command::new("xmllint")
        .args(["--noout", "--nonet", "--schema"])
        .arg(schema)
        .arg(file)
        .output()
        .expect("xmllint runs")
}

#[test]
fn junit_xml_is_valid_against_the_schema() {
    if !is_there("xmllint", "--version") {
        return;
    }
    let folder = suites();
    let report = folder.path().join("report.xml");
    // `--strict` wants the golden files that `--bless` writes.
    for arguments in [&["--jobs", "2"][..], &["--fail-fast"], &["--filter", "a"], &["--bless"], &["--strict"]] {
        let _ = fs::remove_file(&report);
        let common = ["test", ".", "--reporter", "junit", "--output", "report.xml"];
        let output = sortie(folder.path(), &[&common[..], arguments].concat());
        assert!(matches!(output.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&output.stderr));
        let checked = xmllint(&report);
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    }
    // A check that accepted everything would prove nothing.
    let spoilt = fs::read_to_string(&report).expect("the report").replace("<testsuites ", "<testsuites skipped=\"1\" ");
    fs::write(&report, spoilt).expect("the report is spoilt");
    assert!(!xmllint(&report).status.success());
}

const TAP_PARSER: &str = r#"
use TAP::Parser;
local $/;
my $text = <STDIN>;
my $parser = TAP::Parser->new({tap => $text});
while (my $result = $parser->next) { print $result->description, "\n" if $result->is_test; }
printf "planned %d, run %d, failed %s, skipped %s, todo %s, errors [%s]\n", $parser->tests_planned, $parser->tests_run,
    join(",", $parser->failed), join(",", $parser->skipped), join(",", $parser->todo),
    join("; ", $parser->parse_errors);
"#;

#[test]
fn tap_is_read_by_a_parser_of_tap() {
    if !is_there("perl", "--version") || !is_there("prove", "--version") {
        return;
    }
    let folder = suites();
    let output = sortie(folder.path(), &["test", ".", "--reporter", "tap"]);
    assert_eq!(output.status.code(), Some(1));
    let tap = String::from_utf8(output.stdout).expect("text");
    // Parsers of version 13 know nothing of 14, whose flat lists are the same.
    let tap = tap.replacen("TAP version 14", "TAP version 13", 1);
    let mut perl = Command::new("perl");
    perl.args(["-e", TAP_PARSER]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut perl = perl.spawn().expect("perl runs");
    perl.stdin.take().expect("its input").write_all(tap.as_bytes()).expect("it reads");
    let read = perl.wait_with_output().expect("it ends");
    let read = String::from_utf8(read.stdout).expect("text");
    let expected = "\
- fine › a
- odd <names> & \"quotes\" › 1..2 # TODO not really
- odd <names> & \"quotes\" › Bail out! \\ # SKIP é
- odd <names> & \"quotes\" › skipped & <gone>
- odd <names> & \"quotes\" › rejected
planned 5, run 5, failed 2,5, skipped 4, todo , errors []
";
    assert_eq!(read.replace("\\#", "#").replace("\\\\", "\\"), expected, "{tap}");
}
