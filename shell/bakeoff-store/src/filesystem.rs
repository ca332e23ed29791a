//! Which file systems a run may live on.

use std::io;
use std::path::{Path, PathBuf};

/// A run may not live here.
#[derive(Debug, thiserror::Error)]
#[error(
    "`{}` is on {kind}, where SQLite's write-ahead log is not safe; give a local folder with --store",
    path.display()
)]
pub struct RefusedFileSystem {
    /// The folder.
    pub path: PathBuf,
    /// The file system's name.
    pub kind: &'static str,
}

/// Magic numbers of statfs(2) and `linux/magic.h` of file systems whose locks or shared memory
/// cannot be relied on.
const REFUSED: [(u32, &str); 11] = [
    (0x0000_6969, "NFS"),
    (0x0000_517B, "SMB"),
    (0xFF53_4D42, "CIFS"),
    (0xFE53_4D42, "SMB2"),
    (0x0102_1997, "9P"),
    (0x6573_5546, "FUSE"),
    (0x5346_414F, "AFS"),
    (0x00C3_6400, "Ceph"),
    (0x7375_7245, "Coda"),
    (0x0BD0_0BD0, "Lustre"),
    (0x786F_4256, "VirtualBox shared folders"),
];

/// Refuses a folder on a network or user-space file system.
///
/// # Errors
///
/// The outer error if the folder cannot be examined, the inner if it is refused.
pub fn refuse_network(path: &Path) -> io::Result<Result<(), RefusedFileSystem>> {
    let magic = rustix::fs::statfs(path)?.f_type;
    Ok(match refused(magic as u32) {
        Some(kind) => Err(RefusedFileSystem { path: path.to_owned(), kind }),
        None => Ok(()),
    })
}

fn refused(magic: u32) -> Option<&'static str> {
    REFUSED.iter().find(|(known, _)| *known == magic).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_file_systems_are_refused_and_local_ones_are_not() {
        assert_eq!(refused(0x6969), Some("NFS"));
        assert_eq!(refused(0xFF53_4D42), Some("CIFS"));
        assert_eq!(refused(0x6573_5546), Some("FUSE"));
        for local in [0xEF53, 0x0102_1994, 0x9123_683E, 0x5846_5342, 0x794C_7630] {
            assert_eq!(refused(local), None, "{local:#x}");
        }
    }

    #[test]
    fn the_refusal_names_the_folder_and_the_way_out() {
        let refusal = RefusedFileSystem { path: "/mnt/team".into(), kind: "NFS" };
        let text = refusal.to_string();
        assert!(text.contains("/mnt/team") && text.contains("--store"), "{text}");
    }
}
