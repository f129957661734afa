//! What a footer says that the reader passes over, and bytes that no footer speaks of.

use std::collections::HashSet;
use std::fs::File;
use std::os::unix::fs::FileExt;

use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataBuilder, ParquetMetaDataWriter};

/// Writers cut texts in the page index to 64 bytes unless told otherwise, some bytes less where a sign would be torn.
pub const CUT: usize = 60;
/// Length of the footer and `PAR1`.
const TAIL: u64 = 8;
/// `PAR1` before the first row group.
const HEAD: u64 = 4;
/// Shorter texts are found in any bytes by chance.
const LEAST: usize = 4;

/// Texts of the footer, where it says more than is read of it: metadata of single columns, for example.
///
/// # Errors
/// The file holds bytes that neither the footer nor a part that the footer names takes up.
pub fn unread(file: &File, metadata: &ParquetMetaData) -> Result<Vec<String>, String> {
    let cannot = |e: std::io::Error| format!("it cannot be read: {}", e.kind());
    let length = file.metadata().map_err(cannot)?.len();
    let damaged = || "its footer is not that of a Parquet file, or is damaged".to_owned();
    let tail = length.checked_sub(TAIL).ok_or_else(damaged)?;
    let mut size = [0; 4];
    file.read_exact_at(&mut size, tail).map_err(cannot)?;
    let start = tail.checked_sub(u64::from(u32::from_le_bytes(size))).ok_or_else(damaged)?;
    let mut footer = vec![0; u32::from_le_bytes(size) as usize];
    file.read_exact_at(&mut footer, start).map_err(cannot)?;

    let mut parts = vec![(0, HEAD), (start, length - start)];
    for told in metadata.row_groups().iter().flat_map(|group| group.columns()) {
        parts.push(told.byte_range());
        let others = [
            (told.bloom_filter_offset(), told.bloom_filter_length()),
            (told.column_index_offset(), told.column_index_length()),
            (told.offset_index_offset(), told.offset_index_length()),
        ];
        for (offset, length) in others {
            let Some(offset) = offset else { continue };
            let place = u64::try_from(offset).ok().zip(length.and_then(|length| u64::try_from(length).ok()));
            parts.push(place.ok_or("its footer does not say how long its parts are")?);
        }
    }
    parts.sort_unstable();
    let mut end = 0;
    for (at, long) in parts {
        if at > end {
            return Err("it holds bytes that its footer does not speak of".into());
        }
        end = end.max(at.saturating_add(long));
    }
    let written = written(metadata)?;
    if written == footer {
        return Ok(Vec::new());
    }
    let read: HashSet<String> = texts(&written).into_iter().collect();
    Ok(texts(&footer).into_iter().filter(|text| !read.contains(text)).collect())
}

/// The footer as it would be if it said what was read of it and no more.
fn written(metadata: &ParquetMetaData) -> Result<Vec<u8>, String> {
    let bare = ParquetMetaDataBuilder::new(metadata.file_metadata().clone())
        .set_row_groups(metadata.row_groups().to_vec())
        .build();
    let mut bytes = Vec::new();
    ParquetMetaDataWriter::new_with_tracked(parquet::file::writer::TrackedWrite::new(&mut bytes), &bare)
        .finish()
        .map_err(|_| "its footer cannot be written again".to_owned())?;
    bytes.truncate(bytes.len().saturating_sub(TAIL as usize));
    Ok(bytes)
}

/// Printable texts in bytes that are not taken apart.
pub fn texts(bytes: &[u8]) -> Vec<String> {
    let mut texts = Vec::new();
    for chunk in bytes.utf8_chunks() {
        let runs = chunk.valid().split(char::is_control).filter(|run| run.chars().count() >= LEAST);
        for run in runs {
            texts.push(run.to_owned());
            // the length that stands before a text may look like its first sign
            texts.extend(run.char_indices().nth(1).map(|(at, _)| run[at..].to_owned()));
        }
    }
    texts
}
