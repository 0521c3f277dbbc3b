//! Reading files that somebody named, and no more of them than is of use.
//!
//! ```
//! use sortie_runner::files;
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("params.toml");
//! # std::fs::write(&path, "today = \"2026-01-08\"\n")?;
//! # let path = path.display().to_string();
//! let params = files::document(&path)?;
//! assert_eq!(params.value()["today"], "2026-01-08");
//!
//! // The same from a stream, whose name tells the format.
//! let params = files::document_from("params.toml", files::open(&path)?)?;
//! assert_eq!(params.value()["today"], "2026-01-08");
//! assert_eq!(files::bytes_from("standard input", &b"hello"[..])?, b"hello");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use sortie_json::{Code, Diagnostic, Document, ParseLimits, Report, UserError};

use sortie_sandbox::{open_regular, read_regular_up_to, write_whole};

use crate::codes;

/// The greatest size of a file: 64 MiB.
pub const MAX_BYTES: u64 = 64 << 20;

/// Why a file cannot be read or written.
///
/// ```
/// use sortie_json::UserError;
/// use sortie_runner::files::{self, FileError};
///
/// let error = files::bytes("no-such-file.json").unwrap_err();
/// assert_eq!(error.to_string(), "there is no file `no-such-file.json`");
/// assert!(matches!(error, FileError::NotFound { .. }));
/// assert_eq!(error.code().as_str(), "file_not_found");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// It is not there.
    #[error("there is no file `{path}`")]
    NotFound {
        /// The file, as it was named.
        path: String,
    },
    /// It is a folder.
    #[error("`{path}` is a directory")]
    IsADirectory {
        /// The folder, as it was named.
        path: String,
    },
    /// It is a pipe, a device or a socket, of which nobody knows whether it ends.
    #[error("`{path}` is not a regular file")]
    NotRegular {
        /// The file, as it was named.
        path: String,
    },
    /// It may not be read.
    #[error("permission to read `{path}` is denied")]
    PermissionDenied {
        /// The file, as it was named.
        path: String,
    },
    /// It cannot be read for another reason.
    #[error("cannot read `{path}`: {error}")]
    NotReadable {
        /// The file, as it was named.
        path: String,
        /// What the operating system says.
        error: io::Error,
    },
    /// It cannot be written.
    #[error("cannot write `{path}`: {error}")]
    NotWritable {
        /// The file, as it was named.
        path: String,
        /// What the operating system says.
        error: io::Error,
    },
    /// It is larger than a plugin may be.
    #[error("`{path}` has {bytes} bytes, more than the limit of {MAX_BYTES}")]
    PluginTooLarge {
        /// The file, as it was named.
        path: String,
        /// How large it is.
        bytes: u64,
    },
}

impl FileError {
    /// That a file cannot be read, as the operating system says it.
    #[must_use]
    pub fn reading(path: &str, error: io::Error) -> Self {
        let path = path.to_owned();
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotFound { path },
            io::ErrorKind::IsADirectory => Self::IsADirectory { path },
            // So says `read_regular`.
            io::ErrorKind::InvalidInput => Self::NotRegular { path },
            io::ErrorKind::PermissionDenied => Self::PermissionDenied { path },
            _ => Self::NotReadable { path, error },
        }
    }

    /// That a file cannot be written, as the operating system says it.
    #[must_use]
    pub fn writing(path: &Path, error: io::Error) -> Self {
        Self::NotWritable { path: path.display().to_string(), error }
    }
}

impl FileError {
    /// The same about a file that a report is about.
    pub(crate) fn to_diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::error(self.code().as_str(), self.to_string());
        match self.help() {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        }
    }
}

impl UserError for FileError {
    fn code(&self) -> Code {
        match self {
            Self::NotFound { .. } => sortie_host::codes::FILE_NOT_FOUND,
            Self::IsADirectory { .. } => sortie_host::codes::IS_A_DIRECTORY,
            Self::NotRegular { .. } => sortie_host::codes::NOT_A_REGULAR_FILE,
            Self::PermissionDenied { .. } | Self::NotReadable { .. } => sortie_host::codes::FILE_NOT_READABLE,
            Self::NotWritable { .. } => codes::FILE_NOT_WRITABLE,
            Self::PluginTooLarge { .. } => sortie_sandbox::codes::PLUGIN_TOO_LARGE,
        }
    }

    fn help(&self) -> Option<String> {
        let remedy = self.code().remedy();
        Some(match self {
            // What takes a value or a file takes the file behind an `@`; what takes a file does not.
            Self::NotFound { path } if path.starts_with('@') => {
                "name the file without the `@`: it is for options that take a value, such as `--param NAME=@FILE`"
                    .to_owned()
            }
            _ => remedy.to_owned(),
        })
    }
}

/// Why a document cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// What is in it is wrong, with its places.
    #[error("`{}` has errors", .0.source.name())]
    Report(Box<Report>),
}

/// Reads a document in JSON, YAML or TOML from a file.
///
/// # Errors
///
/// It is an error if the file cannot be read, is too large, or is not such a document.
pub fn document(name: &str) -> Result<Document, DocumentError> {
    parse(name, bytes(name)?)
}

/// Reads a document in JSON, YAML or TOML from a stream, such as standard input, which messages call by a name.
///
/// # Errors
///
/// It is an error if the stream cannot be read, is too large, or is not such a document.
pub fn document_from(name: &str, source: impl Read) -> Result<Document, DocumentError> {
    parse(name, bytes_from(name, source)?)
}

/// Reads a stream, of one that is longer than a file may be no more than it takes to know.
///
/// # Errors
///
/// It is an error if the stream cannot be read, or is too large.
pub fn bytes_from(name: &str, source: impl Read) -> Result<Vec<u8>, FileError> {
    bounded(source, 0).map_err(|error| FileError::reading(name, error))
}

/// Reads a plugin's file, unless it is larger than one may be.
///
/// # Errors
///
/// It is an error if the file cannot be read, or is too large.
pub fn plugin(path: &Path) -> Result<Vec<u8>, FileError> {
    let name = path.display().to_string();
    match fs::metadata(path) {
        Ok(metadata) if metadata.len() > MAX_BYTES => {
            Err(FileError::PluginTooLarge { path: name, bytes: metadata.len() })
        }
        Ok(_) | Err(_) => read_regular_up_to(path, MAX_BYTES).map_err(|error| FileError::reading(&name, error)),
    }
}

fn parse(name: &str, bytes: Vec<u8>) -> Result<Document, DocumentError> {
    Document::parse(name, bytes, ParseLimits::default()).map_err(|report| DocumentError::Report(Box::new(report)))
}

/// Reads the bytes of a file, up to one more than [`MAX_BYTES`].
///
/// # Errors
///
/// It is an error if the file cannot be read.
pub fn bytes(name: &str) -> Result<Vec<u8>, FileError> {
    let file = open(name)?;
    // As much as it takes is asked for at once: what grows is copied, and is there twice.
    let size = file.metadata().map_or(0, |metadata| metadata.len());
    bounded(file, size).map_err(|error| FileError::reading(name, error))
}

/// Opens a file for reading: a regular one, or a stream that this process was given when it was started, as a shell
/// does for `<(command)`. Whatever else stands under a name may have no end, or nobody who writes to it.
pub fn open(name: &str) -> Result<fs::File, FileError> {
    let open = || {
        let metadata = fs::metadata(name)?;
        if !metadata.is_file() && !metadata.is_dir() && is_given_stream(name) {
            return fs::File::open(name);
        }
        open_regular(name.as_ref())
    };
    open().map_err(|error| FileError::reading(name, error))
}

fn is_given_stream(name: &str) -> bool {
    name == "/dev/stdin" || ["/dev/fd/", "/proc/self/fd/"].iter().any(|folder| name.starts_with(folder))
}

/// Reads no more than one byte past the limit: enough for the parser to tell.
fn bounded(source: impl Read, size: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(usize::try_from(size.min(MAX_BYTES) + 1).unwrap_or_default());
    source.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Writes a file, whole or not at all: what was there stays until then.
///
/// # Errors
///
/// It is an error if the file cannot be written, or is a pipe that nobody reads.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    write_whole(path, bytes).map_err(|error| FileError::writing(path, error))
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by it")]

    use std::io::Write;
    use std::os::fd::AsRawFd;

    use super::*;

    #[test]
    fn what_has_no_end_is_not_read_and_what_a_shell_gives_is() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let pipe = pipe.display().to_string();
        for name in [pipe.as_str(), "/dev/zero"] {
            assert_eq!(bytes(name).unwrap_err().code().as_str(), "not_a_regular_file", "{name}");
            assert_eq!(plugin(name.as_ref()).unwrap_err().code().as_str(), "not_a_regular_file", "{name}");
        }
        // What `<(command)` stands for.
        let (reader, mut writer) = io::pipe().unwrap();
        writer.write_all(b"{}").unwrap();
        drop(writer);
        assert_eq!(bytes(&format!("/dev/fd/{}", reader.as_raw_fd())).unwrap(), b"{}");
    }

    #[test]
    fn a_file_that_somebody_names_has_at_most_64_mebibytes() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let name = file.path().display().to_string();
        let read = |length: u64| {
            file.as_file().set_len(length).unwrap();
            (bytes(&name).unwrap().len() as u64, plugin(file.path()).is_ok())
        };
        assert_eq!(read(MAX_BYTES), (MAX_BYTES, true));
        // One byte more is read, by which whoever takes it for a document knows that it is too large.
        assert_eq!(read(MAX_BYTES + 1), (MAX_BYTES + 1, false));
        assert_eq!(read(MAX_BYTES + 1000), (MAX_BYTES + 1, false));
        let Err(DocumentError::Report(report)) = document(&name) else { panic!("it is too large") };
        assert_eq!(report.diagnostics[0].code, "document_too_large");
    }
}
