//! From suite files to test runs that are known to be in order.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use jsonptr::PointerBuf;
use serde_json::Value;
use sortie_harness::definition::{
    self, DefinitionError, DefinitionErrorCode, DefinitionPlace, DefinitionResult, SuiteDocument, TestRunDefinition,
};
use sortie_json::{Diagnostic, Document, PackedValue, ParseLimits, Part, Place, Report, Severity, Source};

use crate::codes;
use crate::discover::{Discovery, belongs_to_none, suite_files};
use crate::documents::{bytes, document};
use crate::fixtures::Folder;
use crate::limits;

/// How many places are searched for in a text: each takes a pass over it, and nobody reads more.
const MAX_LOCATED: usize = 500;

/// How many bytes of a text are read again for the places of expectations that failed: of a long one, for fewer of them.
const MAX_READ_AGAIN_FOR_FAILURES: usize = 1 << 30;

/// How many bytes all suites of one test run may have together: their texts are kept.
const MAX_SUITE_BYTES: usize = 512 << 20;

/// How many bytes of a text are read again for the places of mistakes in it: who makes a thousand of them in a long text is told the
/// places of the first.
const MAX_READ_AGAIN: usize = 128 << 20;

/// For how many mistakes in a text of so many bytes the place is looked for.
fn most_placed(bytes: usize) -> usize {
    MAX_READ_AGAIN.checked_div(bytes).unwrap_or(MAX_READ_AGAIN).max(1)
}

/// What is to be loaded, and how strictly.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'r> {
    /// Files and folders.
    pub(crate) paths: &'r [PathBuf],
    /// A suite that is in no file, and what messages call it.
    pub(crate) text: Option<&'r (String, Vec<u8>)>,
    /// A file of expectations.
    pub(crate) expectations: Option<&'r Path>,
    /// Whether warnings are errors.
    pub(crate) strictness: Strictness,
}

/// Whether warnings are errors. Closed: they are or they are not.
///
/// ```
/// use sortie_runner::Strictness;
///
/// assert_eq!(Strictness::of(true), Strictness::Strict);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    /// They are not.
    Lenient,
    /// They are.
    Strict,
}

impl Strictness {
    /// What the flag says.
    #[must_use]
    pub fn of(strict: bool) -> Self {
        if strict { Self::Strict } else { Self::Lenient }
    }
}

/// A suite that is in order.
#[derive(Debug)]
pub struct Suite {
    /// Its file, as it is shown.
    pub file: String,
    /// Its file.
    pub(crate) path: PathBuf,
    /// The fixtures that it reads.
    pub(crate) fixtures: Vec<PathBuf>,
    /// What it says.
    pub(crate) test_run: TestRunDefinition,
    /// A plugin that it is about and that is not registered: its scenarios are skipped.
    pub(crate) missing_plugin: Option<String>,
    texts: Texts,
}

/// The texts that places are in, read again when somebody asks for one.
#[derive(Debug)]
struct Texts {
    suite: Text,
    expectations: Option<Text>,
}

#[derive(Debug)]
struct Text {
    source: Source,
    document: OnceLock<Option<Document>>,
    located: AtomicUsize,
}

impl Suite {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.test_run.suite_name()
    }

    /// Where something stands, as `file:line:column`; or only the file, if that is not known. The text is searched for
    /// it: ask for what is shown.
    pub(crate) fn locate(&self, place: &DefinitionPlace) -> String {
        let text = match (place.document, &self.texts.expectations) {
            (definition::DefinitionDocument::Expectations, Some(text)) => text,
            (definition::DefinitionDocument::Suite | definition::DefinitionDocument::Expectations, _) => {
                &self.texts.suite
            }
        };
        text.locate(&place.pointer)
    }
}

impl Text {
    fn new(source: Source) -> Self {
        Self { source, document: OnceLock::new(), located: AtomicUsize::new(0) }
    }

    fn locate(&self, pointer: &PointerBuf) -> String {
        let name = self.source.name();
        let most = MAX_READ_AGAIN_FOR_FAILURES.checked_div(self.source.bytes().len()).unwrap_or(MAX_LOCATED);
        if self.located.fetch_add(1, Ordering::Relaxed) >= most.min(MAX_LOCATED) {
            return name.to_owned();
        }
        let read = || Document::read(self.source.clone(), ParseLimits::default()).ok();
        let Some(document) = self.document.get_or_init(read) else { return name.to_owned() };
        let report = document.report(vec![document.diagnostic(pointer, Part::Value, "", "")]).to_json();
        let number = |key: &str| report.pointer(&format!("/0/location/{key}")).and_then(Value::as_u64);
        match (number("line"), number("column")) {
            (Some(line), Some(column)) => format!("{name}:{line}:{column}"),
            _ => name.to_owned(),
        }
    }
}

/// Suites that are in order, and what is suspicious about them.
#[derive(Debug)]
pub(crate) struct SuiteSet {
    /// The suites, in the order of the paths.
    pub(crate) suites: Vec<Suite>,
    /// What is suspicious.
    pub(crate) warnings: Vec<Report>,
}

/// Loads all suites; or returns all that is wrong with any of them.
pub(crate) fn load(request: &Request<'_>) -> Result<SuiteSet, Vec<Report>> {
    let mut problems = Problems::default();
    let Discovery { suites: files, goldens, .. } = suite_files(request.paths).unwrap_or_else(|rejected| {
        problems.errors.extend(rejected);
        Discovery::default()
    });
    let stale = goldens.iter().filter(|path| belongs_to_none(path, &files));
    let message = "there is no suite that these golden results are of";
    match request.strictness {
        Strictness::Lenient => {
            problems.warnings.extend(
                stale.map(|path| stale_golden(path, Diagnostic::warning(codes::STALE_GOLDEN.as_str(), message))),
            );
        }
        Strictness::Strict => {
            problems
                .errors
                .extend(stale.map(|path| stale_golden(path, Diagnostic::error(codes::STALE_GOLDEN.as_str(), message))));
        }
    }
    let expectations = request.expectations.and_then(|path| problems.keep(document(path)));
    let text = request.text.and_then(|(name, text)| problems.keep(SuiteInput::of_text(name, text)));
    let mut documents = suites_of(files, MAX_SUITE_BYTES, &mut problems);
    documents.extend(text);
    let owner = expectations.as_ref().and_then(|file| problems.keep(owner(file, &documents)));
    let mut suites = Vec::new();
    for (index, SuiteInput { path, document, packed }) in documents.into_iter().enumerate() {
        let expectations = expectations.as_ref().filter(|_| owner == Some(index));
        let read = SuiteReader { path, document, packed, expectations, strictness: request.strictness };
        suites.extend(read.suite(&mut problems));
    }
    if problems.errors.is_empty() { Ok(SuiteSet { suites, warnings: problems.warnings }) } else { Err(problems.errors) }
}

#[derive(Default)]
struct Problems {
    errors: Vec<Report>,
    warnings: Vec<Report>,
}

impl Problems {
    fn keep<T>(&mut self, result: Result<T, Report>) -> Option<T> {
        result.map_err(|report| self.errors.push(report)).ok()
    }
}

/// Reads suites of so many bytes in all.
fn suites_of(files: Vec<PathBuf>, most: usize, problems: &mut Problems) -> Vec<SuiteInput> {
    let mut left = most;
    let mut suites = Vec::new();
    for file in files {
        let Some(suite) = problems.keep(SuiteInput::of(file)) else { continue };
        let bytes = suite.document.source().bytes().len();
        if bytes > left {
            let code = DefinitionErrorCode::SuiteTooLarge.code().as_str();
            let message =
                format!("with this one, the suites have more than the {most} bytes that they may have in all");
            let diagnostic = Diagnostic::error(code, message).help("test some of them, and then the others");
            problems.errors.push(Report::without_text(&suite.path.display().to_string(), vec![diagnostic]));
            break;
        }
        left -= bytes;
        suites.push(suite);
    }
    suites
}

/// The document of a suite, which may be long.
struct SuiteInput {
    path: PathBuf,
    document: Document,
    /// What was packed of the document.
    packed: Vec<Vec<PackedValue>>,
}

impl SuiteInput {
    fn of(path: PathBuf) -> Result<Self, Report> {
        let name = path.display().to_string();
        let (document, packed) = Document::parse_packed(&name, bytes(&path)?, &SuiteDocument::LISTS)?;
        Ok(Self { path, document, packed })
    }

    fn of_text(name: &str, text: &[u8]) -> Result<Self, Report> {
        let (document, packed) = Document::parse_packed(name, text.to_owned(), &SuiteDocument::LISTS)?;
        Ok(Self { path: name.into(), document, packed })
    }
}

/// A golden file whose suite is gone.
fn stale_golden(path: &Path, diagnostic: Diagnostic) -> Report {
    let diagnostic =
        diagnostic.help("the suite stood beside it under the same name: remove the file, or rename it with the suite");
    Report::without_text(&path.display().to_string(), vec![diagnostic])
}

/// The suite that a file of expectations is for: the only one, or the one that it names.
fn owner(expectations: &Document, suites: &[SuiteInput]) -> Result<usize, Report> {
    if suites.len() <= 1 {
        return Ok(0);
    }
    let wanted = expectations.value().get("suite_name").and_then(Value::as_str);
    let named = |suite: &SuiteInput| suite.document.value().get("suite_name").and_then(Value::as_str) == wanted;
    let mut owners = suites.iter().enumerate().filter(|(_, suite)| wanted.is_some() && named(suite));
    match (owners.next(), owners.next()) {
        (Some((index, _)), None) => Ok(index),
        (found, _) => {
            let message = match (wanted, found) {
                (None, _) => "there are several suites, and the expectations do not say which they are for".to_owned(),
                (Some(name), None) => format!("none of the suites is called `{name}`"),
                (Some(name), Some(_)) => format!("several suites are called `{name}`"),
            };
            let diagnostic = expectations
                .diagnostic(&PointerBuf::from_tokens(["suite_name"]), Part::Value, "suite_mismatch", message)
                .help("name the suite with `suite_name`, or give just its file");
            Err(expectations.report(vec![diagnostic]))
        }
    }
}

/// A suite that is being read.
struct SuiteReader<'e> {
    path: PathBuf,
    document: Document,
    /// What was packed of the document.
    packed: Vec<Vec<PackedValue>>,
    expectations: Option<&'e Document>,
    strictness: Strictness,
}

impl SuiteReader<'_> {
    fn suite(mut self, problems: &mut Problems) -> Option<Suite> {
        let fixtures = Folder::of(&self.path);
        let suite = SuiteDocument::new(self.document.value().clone(), std::mem::take(&mut self.packed));
        let decoded = definition::test_run(suite, self.expectations.map(Document::value), &fixtures);
        let (rejected, fixtures) = fixtures.into_parts();
        problems.errors.extend(rejected);
        let DefinitionResult { result, warnings } = match self.strictness {
            Strictness::Lenient => decoded,
            Strictness::Strict => decoded.strict(),
        };
        let old = self.document.warnings();
        problems.warnings.extend((!old.is_empty()).then(|| self.document.report(old.to_vec())));
        problems.warnings.extend(self.reports(&warnings, Severity::Warning));
        let test_run = result.map_err(|errors| problems.errors.extend(self.reports(&errors, Severity::Error))).ok()?;
        let wrong = limits::problems(&test_run, &self.document);
        if !wrong.is_empty() {
            problems.errors.push(self.document.report(in_order(wrong)));
            return None;
        }
        let expectations = self.expectations.map(|document| Text::new(document.source().clone()));
        let texts = Texts { suite: Text::new(self.document.source().clone()), expectations };
        let (file, path) = (self.path.display().to_string(), self.path);
        Some(Suite { file, path, fixtures, test_run, missing_plugin: None, texts })
    }

    /// What is to be said about the suite, and about the expectations.
    fn reports(&self, problems: &[DefinitionError], severity: Severity) -> Vec<Report> {
        let both = [
            (definition::DefinitionDocument::Suite, Some(&self.document)),
            (definition::DefinitionDocument::Expectations, self.expectations),
        ];
        let report = |(which, document): (definition::DefinitionDocument, Option<&Document>)| {
            let document = document?;
            let here = problems.iter().filter(|problem| problem.place.document == which);
            let most = most_placed(document.source().bytes().len());
            let told = here.enumerate().map(|(index, problem)| {
                if index < most { self.diagnostic(document, problem, severity) } else { unplaced(problem, severity) }
            });
            let diagnostics: Vec<Diagnostic> = told.collect();
            (!diagnostics.is_empty()).then(|| document.report(in_order(diagnostics)))
        };
        both.into_iter().filter_map(report).collect()
    }

    fn diagnostic(&self, document: &Document, problem: &DefinitionError, severity: Severity) -> Diagnostic {
        let pointer = &problem.place.pointer;
        let mut diagnostic =
            document.diagnostic(pointer, problem.part, problem.code.code().as_str(), problem.message.as_str());
        diagnostic.severity = severity;
        diagnostic.label = problem.expected.as_ref().map(|expected| format!("expected {expected}"));
        diagnostic.help.clone_from(&problem.help);
        match &problem.other {
            Some(other) if other.document == problem.place.document => {
                diagnostic.and_at(document.place(&other.pointer, problem.part), "the other one is here")
            }
            Some(other) => {
                let other_document =
                    self.expectations.filter(|_| other.document == definition::DefinitionDocument::Expectations);
                let text = Text::new(other_document.unwrap_or(&self.document).source().clone());
                diagnostic.help(format!("the other one is at {}", text.locate(&other.pointer)))
            }
            None => diagnostic,
        }
    }
}

/// What is to be said about a mistake whose place is not looked for.
fn unplaced(problem: &DefinitionError, severity: Severity) -> Diagnostic {
    let place = Place { span: None, pointer: Some(problem.place.pointer.clone()) };
    let mut diagnostic = Diagnostic::error(problem.code.code().as_str(), problem.message.as_str()).at(place);
    diagnostic.severity = severity;
    diagnostic.help.clone_from(&problem.help);
    diagnostic
}

fn in_order(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let start = |diagnostic: &Diagnostic| Some(diagnostic.place.as_ref()?.span.as_ref()?.start);
    diagnostics.sort_by_key(|diagnostic| start(diagnostic).unwrap_or(usize::MAX));
    diagnostics
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_again_for_places_as_often_as_it_may_be_and_not_once_more() {
        for bytes in [1, 1000, 7 << 20, 64 << 20] {
            let read = most_placed(bytes) * bytes;
            assert!(read <= MAX_READ_AGAIN && read + bytes > MAX_READ_AGAIN, "{bytes}");
        }
        // The first is told in any case.
        assert_eq!((most_placed(1 << 30), most_placed(0)), (1, MAX_READ_AGAIN));
    }

    #[test]
    fn suites_have_as_many_bytes_together_as_they_may_have_and_not_one_more() {
        let folder = tempfile::tempdir().unwrap();
        let files: Vec<PathBuf> = (0..3).map(|number| folder.path().join(format!("{number}.json"))).collect();
        for file in &files {
            std::fs::write(file, r#"{"suite_name": "s", "scenarios": []}"#).unwrap();
        }
        let read = |most: usize| {
            let mut problems = Problems::default();
            (suites_of(files.clone(), most, &mut problems).len(), problems.errors.len())
        };
        assert_eq!((read(108), read(107), read(35)), ((3, 0), (2, 1), (0, 1)));
    }
}
