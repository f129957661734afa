//! The lengths in a file of Arrow IPC, held against the file before a library believes them: it makes room for as many
//! bytes as they say.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use arrow::ipc::{Block, root_as_footer, root_as_message};

/// How a file begins and ends that has a footer.
pub(super) const MAGIC: &[u8; 6] = b"ARROW1";
/// Stands before the length of a message.
const CONTINUES: [u8; 4] = [0xff; 4];

/// Whether no length of the file reaches beyond its end. What is wrong in another way is told by whoever reads it.
///
/// # References
/// Arrow columnar format 1.5, "IPC streaming format" and "IPC file format".
pub(super) fn lengths_hold(file: &mut File) -> bool {
    let Some(size) = file.metadata().ok().map(|data| data.len()) else { return false };
    let mut start = [0; 6];
    if file.rewind().is_err() || file.read_exact(&mut start).is_err() {
        return false;
    }
    let held = if &start == MAGIC { footer(file, size) } else { stream(file, size) };
    held.unwrap_or(false)
}

/// Of the footer and of all blocks that it tells.
fn footer(file: &mut File, size: u64) -> Option<bool> {
    let mut end = [0; 10];
    file.seek(SeekFrom::Start(size.checked_sub(10)?)).ok()?;
    file.read_exact(&mut end).ok()?;
    let length = u64::try_from(i32::from_le_bytes([end[0], end[1], end[2], end[3]])).ok()?;
    let text = part(file, size.checked_sub(10)?.checked_sub(length)?, length)?;
    let footer = root_as_footer(&text).ok()?;
    let inside = |block: &Block| {
        let sizes = [i64::from(block.metaDataLength()), block.bodyLength()].map(u64::try_from);
        let [Ok(told), Ok(body)] = sizes else { return false };
        let end = u64::try_from(block.offset()).ok().and_then(|at| at.checked_add(told)?.checked_add(body));
        told >= 8 && end.is_some_and(|end| end <= size)
    };
    let blocks = footer.recordBatches().into_iter().flatten().chain(footer.dictionaries().into_iter().flatten());
    Some(blocks.into_iter().all(inside))
}

/// Of all messages up to the end of the stream, or of the file.
fn stream(file: &mut File, size: u64) -> Option<bool> {
    let mut at = 0;
    while at + 4 <= size {
        let mut word: [u8; 4] = part(file, at, 4)?.try_into().ok()?;
        at += 4;
        if word == CONTINUES {
            word = part(file, at, 4)?.try_into().ok()?;
            at += 4;
        }
        let length = u64::try_from(i32::from_le_bytes(word)).ok()?;
        if length == 0 {
            return Some(true);
        }
        if length > size - at {
            return Some(false);
        }
        let text = part(file, at, length)?;
        let body = u64::try_from(root_as_message(&text).ok()?.bodyLength()).ok()?;
        at += length;
        if body > size - at {
            return Some(false);
        }
        at += body;
    }
    Some(true)
}

fn part(file: &mut File, at: u64, length: u64) -> Option<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(length).ok()?];
    file.seek(SeekFrom::Start(at)).ok()?;
    file.read_exact(&mut bytes).ok()?;
    Some(bytes)
}
