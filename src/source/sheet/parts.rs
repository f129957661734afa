//! The parts of a workbook that is a ZIP archive, looked at before a library reads them: it holds some of them in
//! memory, whatever they unpack to, and passes over what it does not know.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use super::book::unread;
use super::xlsb;
use crate::error::{Error, Result};
use crate::source::{compressed, input, interrupted, unreadable};
use crate::spec::Book;

/// Parts that are held in memory may unpack to so many bytes, all together.
const HELD: u64 = 512 << 20;
/// The end of the directory, with the longest comment that it may have.
const TAIL: u64 = 22 + 65_535;

/// A part by its place in the archive.
struct Part {
    /// In small letters.
    name: String,
    deflated: bool,
    packed: u64,
    at: u64,
}

impl Part {
    /// Whether it is read as it is unpacked.
    fn streamed(&self) -> bool {
        self.name.starts_with("xl/worksheets/")
    }
}

/// Looks at all parts of a workbook once.
///
/// # Errors
/// An archive that is damaged, or unpacks to too much; a binary workbook with cells that would not be read.
pub(super) fn check(path: &Path, book: Book) -> Result<()> {
    if book == Book::Xls {
        return Ok(());
    }
    let damaged = || unread(path, book);
    let mut file = File::open(path).map_err(|source| unreadable(path, source))?;
    let size = file.metadata().map_err(|source| unreadable(path, source))?.len();
    let mut start = [0; 4];
    if file.read_exact(&mut start).is_err() || &start != b"PK\x03\x04" {
        // closed by a password, or of another form: it is told where the workbook is opened
        return Ok(());
    }
    let parts = parts(&mut file, size).ok_or_else(damaged)?;
    let (mut all, mut held, mut strings) = (0, 0, None);
    // the texts first: cells of a sheet speak of them
    for streamed in [false, true] {
        for part in parts.iter().filter(|part| part.streamed() == streamed) {
            let left = compressed::most(size).saturating_sub(all);
            let most = if streamed { left } else { left.min(HELD.saturating_sub(held)) };
            let mut text = Counted { inner: unpacked(&mut file, part).ok_or_else(damaged)?, bytes: 0, most };
            match (book, part.name.as_str()) {
                (Book::Xlsb, "xl/sharedstrings.bin") => strings = Some(xlsb::texts(&mut text)),
                (Book::Xlsb, name) if streamed && name.ends_with(".bin") => xlsb::look(&mut text, path, strings)?,
                _ => {}
            }
            // what is left of it; a part that nobody reads may be damaged, and what is read tells it by itself
            let _ = io::copy(&mut text, &mut io::sink());
            interrupted()?;
            (all, held) = (all + text.bytes, held + if streamed { 0 } else { text.bytes });
            if text.bytes > text.most {
                return Err(match text.most < left {
                    true => too_many_texts(path),
                    false => compressed::unpacks(path, "save the sheet as CSV if you trust it"),
                });
            }
        }
    }
    Ok(())
}

fn too_many_texts(path: &Path) -> Error {
    let message = format!("the texts of the workbook unpack to more than {} MiB", HELD >> 20);
    input(path, message, Some("save the sheet as CSV".into()))
}

/// A part as it is unpacked, up to a number of bytes.
struct Counted<R> {
    inner: R,
    bytes: u64,
    most: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        if self.bytes > self.most {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let read = self.inner.read(bytes)?;
        self.bytes += read as u64;
        Ok(read)
    }
}

fn unpacked<'a>(file: &'a mut File, part: &Part) -> Option<Box<dyn Read + 'a>> {
    file.seek(SeekFrom::Start(part.at)).ok()?;
    let mut head = [0; 30];
    file.read_exact(&mut head).ok()?;
    if !head.starts_with(b"PK\x03\x04") {
        return None;
    }
    let names = u64::from(short(&head, 26)?) + u64::from(short(&head, 28)?);
    file.seek_relative(i64::try_from(names).ok()?).ok()?;
    let packed = BufReader::with_capacity(1 << 16, file.take(part.packed));
    Some(if part.deflated { Box::new(flate2::bufread::DeflateDecoder::new(packed)) } else { Box::new(packed) })
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn word(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?).into())
}

/// The directory of an archive of `size` bytes; `None` where it is damaged, in several files or of a kind that workbooks
/// are not.
///
/// Source: PKWARE APPNOTE.TXT 6.3.10, 4.3.
fn parts(file: &mut File, size: u64) -> Option<Vec<Part>> {
    let mut tail = Vec::new();
    let from = size.saturating_sub(TAIL);
    file.seek(SeekFrom::Start(from)).ok()?;
    file.take(TAIL).read_to_end(&mut tail).ok()?;
    let end = tail.windows(4).rposition(|window| window == b"PK\x05\x06")?;
    let (length, at) = (word(&tail, end + 12)?, word(&tail, end + 16)?);
    // something may stand before the archive
    let before = (from + end as u64).checked_sub(length)?.checked_sub(at)?;
    file.seek(SeekFrom::Start(before + at)).ok()?;
    let (mut directory, mut found) = (Vec::new(), Vec::new());
    file.take(length).read_to_end(&mut directory).ok()?;
    let mut rest = &directory[..];
    while !rest.is_empty() {
        if !rest.starts_with(b"PK\x01\x02") {
            return None;
        }
        let lengths = [short(rest, 28)?, short(rest, 30)?, short(rest, 32)?].map(usize::from);
        let name = String::from_utf8_lossy(rest.get(46..46 + lengths[0])?).to_lowercase();
        let extra = rest.get(46 + lengths[0]..46 + lengths[0] + lengths[1])?;
        let [_, packed, at] = wide([word(rest, 24)?, word(rest, 20)?, word(rest, 42)?], extra)?;
        let deflated = match short(rest, 10)? {
            0 => false,
            8 => true,
            _ => return None,
        };
        found.push(Part { name: name.replace('\\', "/"), deflated, packed, at: before.checked_add(at)? });
        rest = rest.get(46 + lengths.iter().sum::<usize>()..)?;
    }
    Some(found)
}

/// Sizes and place of a part, those of 64 bits taken from what stands beside them.
fn wide(mut numbers: [u64; 3], mut extra: &[u8]) -> Option<[u64; 3]> {
    while extra.len() >= 4 {
        let (kind, length) = (short(extra, 0)?, usize::from(short(extra, 2)?));
        let mut data = extra.get(4..4 + length)?;
        if kind == 1 {
            for number in numbers.iter_mut().filter(|number| **number == u64::from(u32::MAX)) {
                let (first, after) = data.split_first_chunk::<8>()?;
                *number = u64::from_le_bytes(*first);
                data = after;
            }
        }
        extra = &extra[4 + length..];
    }
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(name: &str) -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats").join(name)
    }

    #[test]
    fn every_part_is_found_and_unpacked() {
        for (name, book, holds) in [
            ("table.xlsx", Book::Xlsx, "xl/worksheets/sheet1.xml"),
            ("table.xlsb", Book::Xlsb, "xl/worksheets/sheet1.bin"),
            ("table.ods", Book::Ods, "content.xml"),
        ] {
            check(&path(name), book).unwrap();
            let mut file = File::open(path(name)).unwrap();
            let size = file.metadata().unwrap().len();
            let parts = parts(&mut file, size).unwrap();
            let part = parts.iter().find(|part| part.name == holds).unwrap();
            let mut text = Vec::new();
            unpacked(&mut file, part).unwrap().read_to_end(&mut text).unwrap();
            assert!(text.len() > 1000, "{name}: {}", text.len());
        }
    }

    #[test]
    fn sizes_of_64_bits_stand_beside() {
        let unknown = u64::from(u32::MAX);
        let extra = [&[9, 0, 1, 0, 7, 1, 0, 16, 0][..], &5u64.to_le_bytes(), &6u64.to_le_bytes()].concat();
        assert_eq!(wide([unknown, 7, unknown], &extra), Some([5, 7, 6]));
        assert_eq!(wide([unknown, unknown, unknown], &extra), None, "one is missing");
        assert_eq!(wide([1, 2, 3], &[]), Some([1, 2, 3]));
    }
}
