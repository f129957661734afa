//! What a run may use: memory, threads, and space for what does not fit.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use crate::engine::{Limits, free_space, size};
use crate::error::{Error, Result};
use crate::source::Source;
use crate::spec::SourceFormat;

/// `mi_option_purge_delay` of mimalloc 2: milliseconds before freed memory goes back to the system.
const PURGE_DELAY: libmimalloc_sys::mi_option_t = 15;
/// Of these: its own choice of 10 costs a run of 20 million rows a tenth of its time, and spares it a tenth of its memory.
const MOMENT: std::ffi::c_long = 500;

/// Row groups that Polars reads ahead: its own choice of eight costs memory, and time where a pass ends early.
const READ_AHEAD: (&str, &str) = ("POLARS_ROW_GROUP_PREFETCH_SIZE", "1");

/// Limits on the command line.
#[derive(clap::Args, Debug, Clone, Default)]
pub struct Limited {
    /// A soft ceiling of memory, such as 2GiB or 512MiB; what does not fit goes to temporary files earlier
    #[arg(long, value_name = "BYTES", value_parser = bytes)]
    memory: Option<u64>,
    /// How many threads work; as many as there are cores unless it is given
    #[arg(long, value_name = "NUMBER")]
    threads: Option<NonZeroUsize>,
    /// The folder of temporary files; the output folder unless it is given
    #[arg(long, value_name = "DIR")]
    pub temp_dir: Option<PathBuf>,
}

/// Reads a ceiling of memory as [`number`] does: at least 64 MiB.
pub(super) fn bytes(text: &str) -> Result<u64, String> {
    let bytes = number(text)?;
    if bytes < 64 << 20 { Err("at least 64MiB are needed".into()) } else { Ok(bytes) }
}

/// Reads `1048576`, `512MiB` or `2 GiB`; `MB` and `GB` count by thousands.
pub(super) fn number(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let unit = match text[end..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "t" | "tib" => 1 << 40,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "tb" => 1_000_000_000_000,
        _ => return Err("write a number of bytes, or one with KiB, MiB or GiB".into()),
    };
    let number: u64 = text[..end].parse().map_err(|_| "write a number of bytes, or one with KiB, MiB or GiB")?;
    number.checked_mul(unit).ok_or_else(|| "this is more than there can be".into())
}

impl Limited {
    /// Tells Polars how many threads it may use, and how many row groups it may read ahead, unless the environment says
    /// so; and the allocator when to give freed memory back: at once where memory is limited, which takes time, else after
    /// what is a moment for a run. Must be called before any other thread runs and before Polars is used.
    #[expect(
        unsafe_code,
        reason = "Polars reads these limits from the environment only, the allocator is written in C"
    )]
    pub fn before_threads(&self) {
        let delay = if self.memory.is_some() { 0 } else { MOMENT };
        // SAFETY: sets a number of the allocator
        unsafe { libmimalloc_sys::mi_option_set(PURGE_DELAY, delay) };
        if std::env::var_os(READ_AHEAD.0).is_none() {
            // SAFETY: called first thing by the only thread
            unsafe { std::env::set_var(READ_AHEAD.0, READ_AHEAD.1) };
        }
        if let Some(threads) = self.threads {
            // SAFETY: called first thing by the only thread
            unsafe { std::env::set_var("POLARS_MAX_THREADS", threads.to_string()) };
        }
    }

    /// Sets the limits of the process.
    ///
    /// # Errors
    /// Threads cannot be made; the folder of temporary files is none.
    pub fn set(&self) -> Result<()> {
        Limits::of(self.memory, self.threads.map(NonZeroUsize::get)).set();
        if let Some(threads) = self.threads {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.get()).build_global();
            pool.map_err(|_| Error::surroundings(None, "could not make the threads"))?;
        }
        match &self.temp_dir {
            Some(folder) if !folder.is_dir() => {
                Err(Error::surroundings(Some(folder.clone()), "the folder of temporary files is not there")
                    .with_help("make it, or give another `--temp-dir`"))
            }
            _ => Ok(()),
        }
    }
}

/// Fails where a release of this source would probably not fit: before hours of work, not after.
///
/// A release has about the size of its source. What is treated and does not fit in memory is written once more, and is
/// larger than Parquet by about four times.
///
/// # Errors
/// [`Error::Environment`] with what is needed and what there is.
pub fn space(source: &Source, out: &Path, temp: Option<&Path>) -> Result<()> {
    let bytes = source.bytes();
    let treated = if matches!(source.format, SourceFormat::Parquet) { bytes.saturating_mul(2) } else { bytes };
    let spilled = if treated > Limits::get().shuffle as u64 { treated } else { 0 };
    let temp = temp.unwrap_or(out);
    let needs = match device(out) == device(temp) {
        true => vec![(out, bytes.saturating_add(spilled))],
        false => vec![(out, bytes), (temp, spilled)],
    };
    for (folder, needed) in needs {
        if let Some(free) = free_space(folder).filter(|&free| free < needed) {
            let message = format!("the run needs about {} here, {} are free", size(needed), size(free));
            return Err(Error::surroundings(Some(folder.into()), message)
                .with_help("free space, or give another `--out` or `--temp-dir`"));
        }
    }
    Ok(())
}

fn device(folder: &Path) -> Option<u64> {
    std::fs::metadata(folder).ok().map(|data| std::os::unix::fs::MetadataExt::dev(&data))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        assert_eq!(bytes("512MiB"), Ok(512 << 20));
        assert_eq!(bytes("2 GiB"), Ok(2 << 30));
        assert_eq!(bytes("100000000"), Ok(100_000_000));
        assert_eq!(bytes("1GB"), Ok(1_000_000_000));
        for wrong in ["", "x", "1XB", "-1", "1.5GiB", "99999999999TiB", "1MiB"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
        assert_eq!((number("0"), number("1MiB")), (Ok(0), Ok(1 << 20)));
    }
}
