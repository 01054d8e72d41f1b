//! Decides whether a file may hold the store: one that only its owner reads, on a disk of this
//! machine. Knows nothing of what is in it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{Error, ErrorCode, Result};

/// Held from before a file is created until SQLite has it: when a process closes any descriptor
/// of a file, POSIX drops the locks of all its connections to that file.
static OPENING: Mutex<()> = Mutex::new(());

pub(super) fn opening() -> MutexGuard<'static, ()> {
    OPENING.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn refused(why: impl std::fmt::Display) -> Error {
    Error::new(ErrorCode::StoreRefused, format!("database: {why}"))
}

/// Creates the file where there is none, for its owner alone, and gives its absolute path, so
/// that a later change of the working directory changes nothing.
#[expect(
    clippy::disallowed_methods,
    reason = "the SQLite driver owns the database file"
)]
pub(super) fn prepare(path: &Path) -> Result<PathBuf> {
    create(path).map_err(|error| refused(format_args!("cannot be created: {}", error.kind())))?;
    let unusable = |error: io::Error| refused(format_args!("cannot be used: {}", error.kind()));
    let path = fs::canonicalize(path).map_err(unusable)?;
    if !fs::metadata(&path).map_err(unusable)?.is_file() {
        return Err(refused("is not a file"));
    }
    refuse_network(&path)?;
    Ok(path)
}

/// Closes the database and what lies beside it to everybody but their owner. Comes after SQLite
/// has said that it is a database: a file that was named by mistake is left as it is.
#[expect(
    clippy::disallowed_methods,
    reason = "the SQLite driver owns the database file"
)]
pub(super) fn close_to_others(path: &Path) -> Result<()> {
    tighten(path)?;
    for ending in ["-wal", "-shm", "-journal"] {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        let companion = PathBuf::from(name);
        if companion.exists() {
            tighten(&companion)?;
        }
    }
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "the SQLite driver owns the database file"
)]
fn create(path: &Path) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Takes away what group and others may do: a copied or restored file is often world-readable,
/// and customers' data is in it.
#[cfg(unix)]
#[expect(
    clippy::disallowed_methods,
    reason = "the SQLite driver owns the database file"
)]
fn tighten(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let unusable = |_| refused("others may read the file, and it is not ours to close: chmod 600");
    let mut permissions = fs::metadata(path).map_err(unusable)?.permissions();
    let mode = permissions.mode();
    if mode & 0o077 != 0 {
        permissions.set_mode(mode & 0o700);
        fs::set_permissions(path, permissions).map_err(unusable)?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn tighten(_: &Path) -> Result<()> {
    Ok(())
}

/// The file systems on which locks or shared memory do not work as SQLite needs them, by the
/// number that `statfs` gives (linux/magic.h).
#[cfg(any(target_os = "linux", target_os = "android"))]
const NETWORK: [(u32, &str); 15] = [
    (0x6969, "NFS"),
    (0x517b, "SMB"),
    (0xfe53_4d42, "SMB"),
    (0xff53_4d42, "CIFS"),
    (0x0102_1997, "9p"),
    (0x6573_5546, "FUSE"),
    (0x5346_414f, "AFS"),
    (0x6b41_4653, "AFS"),
    (0x7375_7245, "Coda"),
    (0x564c, "NCP"),
    (0x00c3_6400, "Ceph"),
    (0x0bd0_0bd0, "Lustre"),
    (0x4750_4653, "GPFS"),
    (0x7461_636f, "OCFS2"),
    (0x0116_1970, "GFS2"),
];

#[cfg(any(target_os = "linux", target_os = "android"))]
#[expect(
    clippy::as_conversions,
    reason = "the type differs between machines, and only its low bits count"
)]
fn refuse_network(path: &Path) -> Result<()> {
    let found = rustix::fs::statfs(path);
    let found = found.map_err(|error| refused(format_args!("cannot be used: {error}")))?;
    network(found.f_type as u32).map_or(Ok(()), |kind| Err(not_local(kind)))
}

/// The kernel's type of the number differs between machines; its 32 low bits are the number.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn network(magic: u32) -> Option<&'static str> {
    let found = NETWORK.iter().find(|(number, _)| *number == magic);
    found.map(|(_, kind)| *kind)
}

#[cfg(target_os = "macos")]
fn refuse_network(path: &Path) -> Result<()> {
    /// `MNT_LOCAL` in sys/mount.h.
    const LOCAL: u32 = 0x1000;
    let found = rustix::fs::statfs(path);
    let found = found.map_err(|error| refused(format_args!("cannot be used: {error}")))?;
    if found.f_flags & LOCAL == 0 {
        return Err(not_local("a network file system"));
    }
    Ok(())
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "macos")))]
fn refuse_network(_: &Path) -> Result<()> {
    Ok(())
}

#[cfg(any(target_os = "linux", target_os = "android", target_os = "macos"))]
fn not_local(kind: &str) -> Error {
    refused(format_args!(
        "the file is on {kind}, where SQLite can lose data; put it on a disk of this machine"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn network_file_systems_are_told_from_local_ones() {
        for magic in [0x6969, 0xff53_4d42, 0x6573_5546] {
            assert!(network(magic).is_some(), "{magic:x}");
        }
        // ext4, btrfs, xfs, tmpfs, overlayfs, zfs.
        for magic in [
            0xef53,
            0x9123_683e,
            0x5846_5342,
            0x0102_1994,
            0x794c_7630,
            0x2fc1_2fc1,
        ] {
            assert_eq!(network(magic), None, "{magic:x}");
        }
    }

    #[test]
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn a_file_system_that_is_not_local_is_named_in_the_refusal() {
        let error = not_local("NFS");
        assert_eq!(error.code, ErrorCode::StoreRefused);
        assert!(error.message.contains("NFS"));
    }
}
