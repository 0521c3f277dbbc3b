//! Documents of a run: what is wrong with reading one is told as what is wrong in it.

use std::io;
use std::path::Path;

use sortie_json::{Diagnostic, Document, ParseLimits, Report};

use crate::files::FileError;
use crate::fixtures::read;

/// Reads a document; a file that cannot be read is reported as one that is wrong.
pub(crate) fn document(path: &Path) -> Result<Document, Report> {
    Document::parse(&path.display().to_string(), bytes(path)?, ParseLimits::default())
}

/// The bytes of a document, of one that is too large no more than it takes to know.
pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>, Report> {
    let unreadable = |error: io::Error| {
        let name = path.display().to_string();
        Report::without_text(&name, vec![FileError::reading(&name, error).to_diagnostic()])
    };
    let size = path.metadata().map_err(unreadable)?.len();
    let limit = ParseLimits::default().bytes;
    if usize::try_from(size).is_ok_and(|size| size <= limit) {
        return read(path).map_err(unreadable);
    }
    let message = format!("the document has {size} bytes, more than the limit of {limit}");
    let diagnostic = Diagnostic::error("document_too_large", message)
        .help("split it: several files, or a folder of them, can be given together");
    Err(Report::without_text(&path.display().to_string(), vec![diagnostic]))
}
