//! What a pass over rows may use of the machine, and how far it has come: of the whole process, set before the first.

use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes of treated rows held in memory before they are spilled, unless a limit is given.
const SHUFFLE_BUDGET: usize = 768 << 20;

/// How much may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Workers of a pass, at least 1.
    pub threads: usize,
    /// Bytes of treated rows held in memory before they are spilled.
    pub shuffle: usize,
    /// Bytes of subjects' hashes that each worker of a tally holds before they are spilled; `None` for the usual.
    pub tally: Option<usize>,
}

static LIMITS: OnceLock<Limits> = OnceLock::new();
static SEEN: AtomicU64 = AtomicU64::new(0);

impl Limits {
    /// Shares for a soft ceiling of `memory` bytes: a quarter holds treated rows, an eighth the hashes of subjects; the
    /// rest is for batches that are read, distinct combinations, and what is written.
    pub fn of(memory: Option<u64>, threads: Option<usize>) -> Self {
        let threads = threads.unwrap_or_else(cores).max(1);
        let part = |share: u64| memory.map(|memory| usize::try_from(memory / share).unwrap_or(usize::MAX));
        Self {
            threads,
            shuffle: part(4).map_or(SHUFFLE_BUDGET, |part| part.min(SHUFFLE_BUDGET)),
            tally: part(8).map(|part| part / threads),
        }
    }

    /// Sets them for the process; what was set or used before stays.
    pub fn set(self) {
        let _ = LIMITS.set(self);
    }

    /// Those of the process.
    pub fn get() -> Self {
        *LIMITS.get_or_init(|| Self::of(None, None))
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Counts rows that a pass has dealt with.
pub fn seen(rows: usize) {
    SEEN.fetch_add(rows as u64, Ordering::Relaxed);
}

/// Rows that all passes of the process have dealt with so far.
pub fn seen_so_far() -> u64 {
    SEEN.load(Ordering::Relaxed)
}

/// A number of bytes as people read it.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_048_576 => format!("{bytes} bytes"),
        1_048_576..1_073_741_824 => format!("{} MiB", bytes >> 20),
        _ => format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30)),
    }
}

/// Bytes that may still be written in a folder; `None` where the system does not tell.
#[expect(unsafe_code, reason = "the standard library does not tell free space")]
pub fn free_space(folder: &Path) -> Option<u64> {
    let path = std::ffi::CString::new(std::os::unix::ffi::OsStrExt::as_bytes(folder.as_os_str())).ok()?;
    let mut told = std::mem::MaybeUninit::<libc::statvfs>::zeroed();
    // SAFETY: the path ends with a zero byte, and the result is written to memory of its type
    let told = unsafe {
        if libc::statvfs(path.as_ptr(), told.as_mut_ptr()) != 0 {
            return None;
        }
        told.assume_init()
    };
    Some((told.f_bavail as u64).saturating_mul(told.f_frsize as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ceiling_is_shared() {
        let free = Limits::of(None, Some(2));
        assert_eq!((free.threads, free.shuffle, free.tally), (2, SHUFFLE_BUDGET, None));
        let small = Limits::of(Some(64 << 20), Some(2));
        assert_eq!((small.shuffle, small.tally), (16 << 20, Some(4 << 20)));
        assert_eq!(Limits::of(Some(1 << 50), Some(1)).shuffle, SHUFFLE_BUDGET, "a ceiling adds nothing");
    }

    #[test]
    fn free_space_is_told() {
        let folder = tempfile::tempdir().unwrap();
        assert!(free_space(folder.path()).unwrap() > 0);
        assert_eq!(free_space(&folder.path().join("none")), None);
        assert_eq!((size(3 << 20), size(3 << 30)), ("3 MiB".into(), "3.0 GiB".into()));
    }
}
