//! Reading files that others have written: never more than is needed, and never what does not end. Writing files as a whole.

use std::fs::{self, File};
use std::io::{self, Read, Write};
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
    let file = open_regular(path)?;
    let mut bytes = Vec::new();
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Writes a file as a whole or not at all: a process that is killed leaves what was there. Whoever may read and write the file
/// stays who may, and a link leads where it led. What is no regular file, such as `/dev/stdout`, is written to as it is; a pipe that
/// nobody reads is an error, and not waited for.
///
/// A file whose place cannot be taken by another is written in place: in a folder that nothing may be put into, or mounted by itself,
/// as into a container. A process that is killed then leaves the beginning of the new content.
///
/// # Errors
///
/// Those of the operating system.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("file");
/// sortie_sandbox::write_whole(&path, b"twelve bytes")?;
/// assert_eq!(std::fs::read(&path)?, b"twelve bytes");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // The name of a stream that this process was given leads to what it goes to, whose other writers have it open.
    if ["/dev/", "/proc/self/fd/"].iter().any(|folder| path.starts_with(folder)) {
        return open_stream(path)?.write_all(bytes);
    }
    // Where a link leads to nothing yet, that is made.
    let place = fs::canonicalize(path).or_else(|_| fs::read_link(path).map(|to| path.with_file_name(to)));
    let place = place.unwrap_or_else(|_| path.to_owned());
    let there = fs::metadata(&place).ok();
    if there.as_ref().is_some_and(|there| !there.is_file()) {
        return open_stream(&place)?.write_all(bytes);
    }
    let mut name = place.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let beside = place.with_file_name(name);
    let write = || {
        // Left behind by a process of this number that was killed, or put here by somebody for this to write through.
        let _ = fs::remove_file(&beside);
        let mut file = File::create_new(&beside)?;
        if let Some(there) = &there {
            file.set_permissions(there.permissions())?;
        }
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&beside, &place)
    };
    let written = write();
    let Err(error) = written else { return Ok(()) };
    // What is wrong is said; that it cannot be removed either adds nothing.
    let _ = fs::remove_file(&beside);
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::ResourceBusy
            if there.is_some() =>
        {
            write_in_place(&place, bytes)
        }
        _ => Err(error),
    }
}

/// Writes over a regular file, and through no link.
fn write_in_place(place: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = File::options();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NOFOLLOW | libc::O_NONBLOCK);
    let mut file = options.open(place)?;
    regular(&file.metadata()?)?;
    file.set_len(0)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Opens a pipe or a device to write to. To open a pipe is to wait for who reads it, so whether anybody does is asked first.
///
/// # Errors
///
/// Those of the operating system, and `BrokenPipe` where nobody reads.
///
/// ```
/// use std::io::Write;
///
/// sortie_sandbox::open_stream("/dev/null".as_ref())?.write_all(b"gone")?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn open_stream(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.append(true);
    #[cfg(unix)]
    let _asked = {
        use std::os::unix::fs::OpenOptionsExt;
        let asked = options.clone().custom_flags(libc::O_NONBLOCK).open(path);
        asked.map_err(|error| match error.raw_os_error() {
            Some(libc::ENXIO) => io::Error::new(io::ErrorKind::BrokenPipe, "it is a pipe that nobody reads"),
            _ => error,
        })?
    };
    options.open(path)
}

/// Opens a regular file for reading. Neither this nor reading waits, also where the system makes up the file as it is read, and has
/// nothing to say yet (`/proc/kmsg`).
///
/// # Errors
///
/// Those of the operating system, and `InvalidInput` where it is not a regular file.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// assert!(sortie_sandbox::open_regular(folder.path()).is_err(), "a folder is no file");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn open_regular(path: &Path) -> io::Result<File> {
    // A device could do something when it is opened, so this is asked first.
    regular(&fs::metadata(path)?)?;
    let mut options = File::options();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    let file = options.open(path)?;
    regular(&file.metadata()?)?;
    Ok(file)
}

/// Whether a file, a folder or a link is neither this user's nor the administrator's. Where files have no owners, none is another's.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// assert!(!sortie_sandbox::is_of_another_user(&std::fs::metadata(folder.path())?));
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use]
pub fn is_of_another_user(metadata: &fs::Metadata) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        // A process's own folder is its user's; where there is none, a user's home is.
        let own = fs::metadata("/proc/self").or_else(|_| fs::metadata(std::env::var_os("HOME").unwrap_or_default()));
        own.is_ok_and(|own| metadata.uid() != own.uid() && metadata.uid() != 0)
    }
    #[cfg(not(unix))]
    {
        let _ = metadata;
        false
    }
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

    /// `/proc/kmsg` says that it is a regular file, and whoever may read it waits for what the kernel says next.
    #[cfg(target_os = "linux")]
    #[test]
    fn nothing_that_is_opened_is_waited_for() {
        use std::os::fd::AsRawFd;
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "0123456789").unwrap();
        let file = open_regular(&folder.path().join("file")).unwrap();
        let info = fs::read_to_string(format!("/proc/self/fdinfo/{}", file.as_raw_fd())).unwrap();
        let flags = info.lines().find_map(|line| line.strip_prefix("flags:")).unwrap();
        let flags = i32::from_str_radix(flags.trim(), 8).unwrap();
        assert_ne!(flags & libc::O_NONBLOCK, 0);
    }

    /// Root may put files into any folder: there, the folder decides nothing.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_whose_place_cannot_be_taken_is_written_in_place() {
        use std::os::unix::fs::{MetadataExt, PermissionsExt};
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        let file = inner.join("file");
        fs::create_dir(&inner).unwrap();
        fs::write(&file, "a longer text").unwrap();
        let before = fs::metadata(&file).unwrap().ino();
        write_in_place(&file, b"one").unwrap();
        assert_eq!((fs::read(&file).unwrap(), fs::metadata(&file).unwrap().ino()), (b"one".to_vec(), before));
        std::os::unix::fs::symlink("file", inner.join("link")).unwrap();
        assert!(write_in_place(&inner.join("link"), b"two").is_err(), "through a link");
        fs::set_permissions(&inner, fs::Permissions::from_mode(0o555)).unwrap();
        write_whole(&file, b"three").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"three");
        let names = fs::read_dir(&inner).unwrap().count();
        fs::set_permissions(&inner, fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(names, 2, "nothing is left beside it");
    }

    #[test]
    fn a_file_is_written_as_a_whole_and_a_pipe_that_nobody_reads_is_not_waited_for() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let names = || fs::read_dir(folder.path()).unwrap().count();
        write_whole(&at("file"), b"one").unwrap();
        fs::set_permissions(at("file"), fs::Permissions::from_mode(0o600)).unwrap();
        std::os::unix::fs::symlink("file", at("link")).unwrap();
        write_whole(&at("link"), b"two").unwrap();
        assert_eq!(fs::read(at("file")).unwrap(), b"two");
        assert_eq!(fs::metadata(at("file")).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(fs::symlink_metadata(at("link")).unwrap().is_symlink());
        std::os::unix::fs::symlink("new", at("leads to nothing")).unwrap();
        write_whole(&at("leads to nothing"), b"three").unwrap();
        assert_eq!(fs::read(at("new")).unwrap(), b"three");
        assert!(write_whole(&at("no folder/file"), b"four").is_err());
        // Nothing is written through a link that stands where the new content is made.
        std::os::unix::fs::symlink("victim", at(&format!("file.{}.tmp", std::process::id()))).unwrap();
        write_whole(&at("file"), b"four").unwrap();
        assert_eq!((fs::read(at("file")).unwrap(), at("victim").exists()), (b"four".to_vec(), false));
        assert!(!fs::symlink_metadata(at("file")).unwrap().is_symlink());
        assert_eq!(names(), 4, "nothing else is left");
        assert!(std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
        assert_eq!(write_whole(&at("pipe"), b"five").unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        let pipe = at("pipe");
        let reader = std::thread::spawn(move || fs::read(pipe).unwrap());
        while write_whole(&at("pipe"), b"six").is_err() {
            std::thread::yield_now();
        }
        assert_eq!(reader.join().unwrap(), b"six");
        write_whole("/dev/null".as_ref(), b"seven").unwrap();
        assert!(write_whole(folder.path(), b"eight").is_err());
    }
}
