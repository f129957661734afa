//! Texts packed with gzip or zstd, read as a stream, guarded against what unpacks without an end.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::{input, unreadable};
use crate::error::{Error, Result};

/// How many times its packed size a text may have.
const MOST: u64 = 1000;
/// A text of so many bytes may always be unpacked.
const ALWAYS: u64 = 1 << 30;

enum Packing {
    Gzip,
    Zstd,
}

/// By the ending of the name.
fn packing(path: &Path) -> Option<Packing> {
    match path.extension()?.to_str()?.to_lowercase().as_str() {
        "gz" => Some(Packing::Gzip),
        "zst" | "zstd" => Some(Packing::Zstd),
        _ => None,
    }
}

/// Whether a file is packed, by the ending of its name.
pub(super) fn is_packed(path: &Path) -> bool {
    packing(path).is_some()
}

/// The text of a file, unpacked where the name says that it is packed.
///
/// # Errors
/// A file that cannot be opened. Errors while reading are told by [`unread`].
pub(super) fn reading(path: &Path) -> Result<Box<dyn Read + Send>> {
    let file = File::open(path).map_err(|source| unreadable(path, source))?;
    let packed = file.metadata().map_err(|source| unreadable(path, source))?.len();
    unpacking(path, file, packed)
}

/// The text in `bytes`, of which there are `packed`, unpacked where the name says that it is packed.
///
/// # Errors
/// Zstd cannot be started. Errors while reading are told by [`unread`].
pub(super) fn unpacking(path: &Path, bytes: impl Read + Send + 'static, packed: u64) -> Result<Box<dyn Read + Send>> {
    Ok(match packing(path) {
        None => Box::new(bytes),
        Some(Packing::Gzip) => {
            Box::new(Guarded::new(flate2::read::MultiGzDecoder::new(io::BufReader::new(bytes)), packed))
        }
        Some(Packing::Zstd) => {
            let stream = zstd::stream::read::Decoder::new(bytes).map_err(|source| unread(path, source))?;
            Box::new(Guarded::new(stream, packed))
        }
    })
}

/// The error of reading a text.
pub(super) fn unread(path: &Path, source: io::Error) -> Error {
    match source.kind() {
        _ if !is_packed(path) => unreadable(path, source),
        io::ErrorKind::FileTooLarge => {
            let message = format!("the file unpacks to more than {MOST} times its size and more than 1 GiB");
            input(path, message, Some("unpack it yourself if you trust it, and name the unpacked file".into()))
        }
        io::ErrorKind::UnexpectedEof => {
            let help = "it was not copied to its end: fetch it again";
            input(path, "the packed text ends too early".into(), Some(help.into()))
        }
        _ => input(path, "the packed text is damaged, or not packed as its name says".into(), None),
    }
}

struct Guarded<R> {
    inner: R,
    given: u64,
    most: u64,
}

impl<R> Guarded<R> {
    fn new(inner: R, packed: u64) -> Self {
        Self { inner, given: 0, most: packed.saturating_mul(MOST).max(ALWAYS) }
    }
}

impl<R: Read> Read for Guarded<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(bytes)?;
        self.given += read as u64;
        if self.given > self.most { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(read) }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        writer.write_all(bytes).unwrap();
        writer.finish().unwrap()
    }

    fn read(name: &str, bytes: &[u8]) -> Result<Vec<u8>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let mut all = Vec::new();
        reading(&path)?.read_to_end(&mut all).map_err(|source| unread(&path, source))?;
        Ok(all)
    }

    #[test]
    fn members_and_frames_follow_each_other() {
        let members = [gzip(b"a,b\n"), gzip(b"1,2\n")].concat();
        assert_eq!(read("d.csv.gz", &members).unwrap(), b"a,b\n1,2\n");
        let frame = |bytes: &[u8]| zstd::stream::encode_all(bytes, 1).unwrap();
        assert_eq!(read("d.csv.zst", &[frame(b"a,b\n"), frame(b"1,2\n")].concat()).unwrap(), b"a,b\n1,2\n");
    }

    #[test]
    fn what_is_cut_off_or_damaged_is_an_error() {
        let text: Vec<u8> = (0..9999u32).flat_map(|number| number.to_string().into_bytes()).collect();
        let (gz, zst) = (gzip(&text), zstd::stream::encode_all(&text[..], 1).unwrap());
        for (name, bytes) in [("d.gz", &gz), ("d.zst", &zst)] {
            let Err(Error::Input { message, .. }) = read(name, &bytes[..bytes.len() - 9]) else { panic!("{name}") };
            assert!(message.contains("too early"), "{name}: {message}");
        }
        let mut wrong = gz.clone();
        let end = wrong.len() - 6;
        wrong[end] ^= 1;
        for (name, bytes) in [("d.gz", &b"a,b\n1,2\n"[..]), ("d.zst", b"a,b\n1,2\n"), ("d.gz", &wrong)] {
            let Err(Error::Input { message, .. }) = read(name, bytes) else { panic!("{name}") };
            assert!(message.contains("damaged"), "{name}: {message}");
        }
    }

    #[test]
    fn the_guard_lets_nothing_through_beyond_its_limit() {
        let mut guarded = Guarded { most: 1000, ..Guarded::new(io::repeat(0), 1) };
        let error = io::copy(&mut guarded, &mut io::sink()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        assert_eq!(Guarded::new(io::empty(), 1).most, 1 << 30);
        assert_eq!(Guarded::new(io::empty(), 1 << 30).most, 1000 << 30);
        let told = unread(Path::new("d.gz"), error);
        assert!(told.to_string().contains("1000 times"), "{told}");
    }
}
