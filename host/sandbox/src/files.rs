//! Reading files that others have written: never more than is needed, and never what does not end.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// Reads a regular file of at most so many bytes. A pipe, a device or a socket is an error, and not waited for: a name
/// that stands in a file, or was found in a folder, is nobody's word that reading it ends.
///
/// # Errors
///
/// Those of the operating system, and `InvalidInput` or `FileTooLarge` with a sentence.
///
/// # Examples
///
/// ```
/// let error = sortie_sandbox::read_regular("/dev/null".as_ref(), 1 << 20).unwrap_err();
/// assert_eq!(error.to_string(), "it is not a regular file");
/// ```
pub fn read_regular(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let bytes = read_regular_up_to(path, most)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > most {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it has more than {most} bytes")));
    }
    Ok(bytes)
}

/// The same, but of a file that is larger, one byte more than the most: what takes it tells that it is too large.
///
/// # Errors
///
/// Those of the operating system, and `InvalidInput` where it is not a regular file.
///
/// ```
/// use sortie_sandbox::read_regular_up_to;
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("file");
/// std::fs::write(&path, "twelve bytes")?;
/// assert_eq!(read_regular_up_to(&path, 12)?.len(), 12);
/// assert_eq!(read_regular_up_to(&path, 5)?.len(), 6, "it has more than five");
/// assert!(read_regular_up_to(folder.path(), 12).is_err(), "a folder is no file");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn read_regular_up_to(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    // To open a pipe is to wait for who writes to it, so this is asked first.
    regular(&fs::metadata(path)?)?;
    let file = File::open(path)?;
    regular(&file.metadata()?)?;
    let mut bytes = Vec::new();
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn regular(metadata: &fs::Metadata) -> io::Result<()> {
    if metadata.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !metadata.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by it")]

    use super::*;

    #[test]
    fn only_regular_files_are_read_and_no_more_of_them_than_is_needed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "0123456789").unwrap();
        assert_eq!(read_regular(&file, 10).unwrap(), b"0123456789");
        assert_eq!(read_regular(&file, 9).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert_eq!(read_regular_up_to(&file, 4).unwrap(), b"01234");
        assert_eq!(read_regular(folder.path(), 9).unwrap_err().kind(), io::ErrorKind::IsADirectory);
        assert_eq!(read_regular("/dev/zero".as_ref(), 9).unwrap_err().kind(), io::ErrorKind::InvalidInput);
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert_eq!(read_regular(&pipe, 9).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }
}
