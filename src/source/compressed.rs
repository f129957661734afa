//! Texts packed with gzip or zstd, read as a stream, guarded against what unpacks without an end.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use super::{input, unreadable};
use crate::error::{Error, Result};

/// How many times its packed size a text may have.
const MOST: u64 = 1000;
/// A text of so many bytes may always be unpacked.
const ALWAYS: u64 = 1 << 30;
/// How every file of gzip begins.
const GZIP: [u8; 2] = [0x1f, 0x8b];

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
/// A file that cannot be opened; one that is empty or no gzip, though its name says that it is packed. Errors while
/// reading are told by [`unread`].
pub(super) fn reading(path: &Path) -> Result<Box<dyn Read + Send>> {
    let file = File::open(path).map_err(|source| unreadable(path, source))?;
    let packed = file.metadata().map_err(|source| unreadable(path, source))?.len();
    unpacking(path, file, packed)
}

/// The text in `bytes`, of which there are `packed`, unpacked where the name says that it is packed.
///
/// # Errors
/// No bytes, or others than this packing begins with; zstd cannot be started. Errors while reading are told by
/// [`unread`].
pub(super) fn unpacking(path: &Path, bytes: impl Read + Send + 'static, packed: u64) -> Result<Box<dyn Read + Send>> {
    let Some(packing) = packing(path) else { return Ok(Box::new(bytes)) };
    let mut file = BufReader::new(bytes);
    let start = file.fill_buf().map_err(|source| unread(path, source))?;
    // the libraries take an empty file for an empty text, and a short text for a file that was cut off
    if start.is_empty() {
        return Err(unread(path, io::ErrorKind::UnexpectedEof.into()));
    }
    Ok(match packing {
        Packing::Gzip if !start.iter().zip(GZIP).all(|(found, known)| *found == known) => {
            return Err(unread(path, io::ErrorKind::InvalidData.into()));
        }
        Packing::Gzip => Box::new(Guarded::new(flate2::bufread::MultiGzDecoder::new(file), packed)),
        Packing::Zstd => {
            let stream = zstd::stream::read::Decoder::with_buffer(file).map_err(|source| unread(path, source))?;
            Box::new(Guarded::new(stream, packed))
        }
    })
}

/// The error of reading a text.
pub(super) fn unread(path: &Path, source: io::Error) -> Error {
    match source.kind() {
        _ if !is_packed(path) => unreadable(path, source),
        io::ErrorKind::FileTooLarge => unpacks(path, "unpack it yourself if you trust it, and name the unpacked file"),
        io::ErrorKind::UnexpectedEof => {
            let help = "it was not copied to its end: fetch it again";
            input(path, "the packed text ends too early".into(), Some(help.into()))
        }
        _ => {
            let help = "fetch it again; a text that is not packed, or in another way, has another ending";
            input(path, "the packed text is damaged, or not packed as its name says".into(), Some(help.into()))
        }
    }
}

/// The error for a file that unpacks to more than [`most`] bytes.
pub(super) fn unpacks(path: &Path, help: &str) -> Error {
    let message = format!("the file unpacks to more than {MOST} times its size and more than 1 GiB");
    input(path, message, Some(help.into()))
}

/// To how many bytes a file of `packed` bytes may be unpacked.
pub(super) fn most(packed: u64) -> u64 {
    packed.saturating_mul(MOST).max(ALWAYS)
}

struct Guarded<R> {
    inner: R,
    given: u64,
    most: u64,
}

impl<R> Guarded<R> {
    fn new(inner: R, packed: u64) -> Self {
        Self { inner, given: 0, most: most(packed) }
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

    /// The message of an error that names the file.
    fn refused(name: &str, bytes: &[u8]) -> String {
        let Err(Error::Input { message, place: Some(place), .. }) = read(name, bytes) else {
            panic!("{} bytes of {name} were read", bytes.len())
        };
        assert!(place.path.is_some_and(|path| path.ends_with(name)), "{name}: {message}");
        message
    }

    #[test]
    fn what_is_cut_off_or_damaged_is_an_error() {
        let text: Vec<u8> = (0..999u32).flat_map(|number| number.to_string().into_bytes()).collect();
        let (gz, zst) = (gzip(&text), zstd::stream::encode_all(&text[..], 1).unwrap());
        for (name, bytes) in [("d.gz", &gz), ("d.zst", &zst)] {
            assert_eq!(read(name, bytes).unwrap(), text);
            for length in 0..bytes.len() {
                let message = refused(name, &bytes[..length]);
                assert!(message.contains("too early"), "{length} bytes of {name}: {message}");
            }
            // the second of two is cut off, after its first byte and before its last
            for length in [bytes.len() + 1, 2 * bytes.len() - 1] {
                let message = refused(name, &bytes.repeat(2)[..length]);
                assert!(message.contains("too early"), "{length} bytes of {name} twice: {message}");
            }
            let message = refused(name, &[bytes, &b"something else"[..]].concat());
            assert!(message.contains("damaged"), "{name} and more: {message}");
        }
        let mut wrong = gz.clone();
        let end = wrong.len() - 6;
        wrong[end] ^= 1;
        for (name, bytes) in [("d.gz", &b"a,b\n1,2\n"[..]), ("d.gz", b"a"), ("d.zst", b"a,b\n1,2\n"), ("d.gz", &wrong)]
        {
            let message = refused(name, bytes);
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
