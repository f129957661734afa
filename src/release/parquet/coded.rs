//! A column chunk from codes: the dictionary and the codes of a column go to the file as they are, where a writer of
//! texts would look up every cell. Source: Apache Parquet format 2.12, data pages, dictionary and RLE encodings.

use arrow::array::{Array, AsArray, DictionaryArray};
use arrow::datatypes::UInt32Type;
use bytes::Bytes;
use parquet::basic::{Compression, Encoding, PageType};
use parquet::column::page::{CompressedPage, Page, PageWriteSpec, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, PageEncodingStats};
use parquet::file::statistics::{Statistics, ValueStatistics};
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;

/// The chunk of an optional text column: its bytes, from the dictionary page on, and what the footer says of it.
///
/// The dictionary has the texts that rows have, as they first come; compressed by zstd at this level.
///
/// # Errors
/// A dictionary of other values than text; what cannot be compressed.
pub(super) fn chunk(
    cells: &DictionaryArray<UInt32Type>,
    column: ColumnDescPtr,
    level: i32,
) -> Result<(Bytes, ColumnCloseResult), ParquetError> {
    let texts = cells.values().as_string_opt::<i32>();
    let texts = texts.ok_or_else(|| ParquetError::General("a dictionary of other values than text".into()))?;
    let rows = cells.len();
    let mut place = vec![u32::MAX; texts.len()];
    let mut used: Vec<&str> = Vec::new();
    let mut codes: Vec<u32> = Vec::with_capacity(rows);
    let mut present: Vec<u32> = Vec::new();
    for (row, key) in cells.keys().iter().enumerate() {
        let key = key.map(|key| key as usize).filter(|&key| texts.is_valid(key));
        // as long as nothing is missing nothing is noted
        if key.is_none() && present.is_empty() {
            present = vec![1; row];
        }
        if key.is_none() || !present.is_empty() {
            present.push(u32::from(key.is_some()));
        }
        let Some(key) = key else { continue };
        if place[key] == u32::MAX {
            place[key] = used.len() as u32;
            used.push(texts.value(key));
        }
        codes.push(place[key]);
    }

    let mut dictionary = Vec::new();
    for text in &used {
        dictionary.extend_from_slice(&(text.len() as u32).to_le_bytes());
        dictionary.extend_from_slice(text.as_bytes());
    }
    let mut levels = Vec::new();
    match present.is_empty() {
        true => run(&mut levels, rows, 1, 1),
        false => packed(&mut levels, &present, 1),
    }
    let mut data = (levels.len() as u32).to_le_bytes().to_vec();
    data.append(&mut levels);
    let width = u32::BITS - (used.len().saturating_sub(1) as u32).leading_zeros();
    data.push(width as u8);
    match width {
        0 => run(&mut data, codes.len(), 0, 0),
        _ => packed(&mut data, &codes, width),
    }

    let mut sink = TrackedWrite::new(Vec::new());
    let mut pages = SerializedPageWriter::new(&mut sink);
    let words = pages.write_page(compressed(dictionary, level, |buf| Page::DictionaryPage {
        buf,
        num_values: used.len() as u32,
        encoding: Encoding::PLAIN,
        is_sorted: false,
    })?)?;
    let data = pages.write_page(compressed(data, level, |buf| Page::DataPage {
        buf,
        num_values: rows as u32,
        encoding: Encoding::RLE_DICTIONARY,
        def_level_encoding: Encoding::RLE,
        rep_level_encoding: Encoding::RLE,
        statistics: None,
    })?)?;
    let size = |of: fn(&PageWriteSpec) -> usize| (of(&words) + of(&data)) as i64;
    let once = |page_type, encoding| PageEncodingStats { page_type, encoding, count: 1 };
    let metadata = ColumnChunkMetaData::builder(column)
        .set_encodings(vec![Encoding::PLAIN, Encoding::RLE, Encoding::RLE_DICTIONARY])
        .set_page_encoding_stats(vec![
            once(PageType::DICTIONARY_PAGE, Encoding::PLAIN),
            once(PageType::DATA_PAGE, Encoding::RLE_DICTIONARY),
        ])
        .set_compression(Compression::ZSTD(Default::default()))
        .set_num_values(rows as i64)
        .set_total_compressed_size(size(|page| page.compressed_size))
        .set_total_uncompressed_size(size(|page| page.uncompressed_size))
        .set_dictionary_page_offset(Some(words.offset as i64))
        .set_data_page_offset(data.offset as i64)
        .set_statistics(statistics(&used, (rows - codes.len()) as u64))
        .build()?;
    let bytes = Bytes::from(sink.into_inner()?);
    let close = ColumnCloseResult {
        bytes_written: bytes.len() as u64,
        rows_written: rows as u64,
        metadata,
        bloom_filter: None,
        column_index: None,
        offset_index: None,
    };
    Ok((bytes, close))
}

fn compressed(page: Vec<u8>, level: i32, make: impl FnOnce(Bytes) -> Page) -> Result<CompressedPage, ParquetError> {
    let bytes = zstd::bulk::compress(&page, level).map_err(|error| ParquetError::External(Box::new(error)))?;
    Ok(CompressedPage::new(make(bytes.into()), page.len()))
}

/// The least and the greatest text by their bytes, and how many cells are null.
fn statistics(texts: &[&str], nulls: u64) -> Statistics {
    let exact = |text: Option<&&str>| text.map(|text| ByteArray::from(text.as_bytes().to_vec()));
    let (least, most) = (exact(texts.iter().min()), exact(texts.iter().max()));
    Statistics::ByteArray(
        ValueStatistics::new(least, most, None, Some(nulls), false).with_min_is_exact(true).with_max_is_exact(true),
    )
}

/// One value, so many times.
fn run(out: &mut Vec<u8>, times: usize, value: u8, bytes: usize) {
    header(out, times << 1);
    out.extend(std::iter::repeat_n(value, bytes));
}

/// Values of `width` bits, 1 to 32, least first, filled up to a multiple of eight values.
fn packed(out: &mut Vec<u8>, values: &[u32], width: u32) {
    header(out, values.len().div_ceil(8) << 1 | 1);
    let (mut bits, mut filled) = (0_u64, 0);
    let padding = values.len().next_multiple_of(8) - values.len();
    for &value in values.iter().chain(std::iter::repeat_n(&0, padding)) {
        bits |= u64::from(value) << filled;
        filled += width;
        while filled >= 8 {
            out.push(bits as u8);
            bits >>= 8;
            filled -= 8;
        }
    }
}

/// A number in groups of seven bits, least first.
fn header(out: &mut Vec<u8>, mut number: usize) {
    while number > 0x7f {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::sync::Arc;

    use arrow::array::{ArrayRef, RecordBatch, StringArray, UInt32Array};
    use arrow::compute::cast;
    use arrow::datatypes::{DataType, Field, Schema};
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    use parquet::file::reader::{FileReader, SerializedFileReader};

    use super::super::write;

    fn schema() -> Arc<Schema> {
        let text = DataType::Dictionary(Box::new(DataType::UInt32), Box::new(DataType::Utf8));
        Arc::new(Schema::new(vec![Field::new("a", text, true), Field::new("b", DataType::Utf8, true)]))
    }

    /// Writes groups of one dictionary column, with the same cells as text beside it, and reads both back.
    fn returns(groups: &[ArrayRef]) -> SerializedFileReader<File> {
        let file = tempfile::NamedTempFile::new().unwrap();
        let texts: Vec<ArrayRef> = groups.iter().map(|cells| cast(cells, &DataType::Utf8).unwrap()).collect();
        let columns = groups.iter().zip(&texts).map(|(cells, text)| Ok(vec![cells.clone(), text.clone()]));
        write(file.reopen().unwrap(), file.path(), &schema(), columns).unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(file.reopen().unwrap()).unwrap();
        let batches: Vec<RecordBatch> = reader.with_batch_size(1 << 20).build().unwrap().map(Result::unwrap).collect();
        let all = arrow::compute::concat_batches(&batches[0].schema(), &batches).unwrap();
        let texts: Vec<&dyn arrow::array::Array> = texts.iter().map(AsRef::as_ref).collect();
        let texts = arrow::compute::concat(&texts).unwrap();
        for column in all.columns() {
            assert_eq!(&cast(column, &DataType::Utf8).unwrap(), &texts);
        }
        SerializedFileReader::new(file.reopen().unwrap()).unwrap()
    }

    fn cells(keys: Vec<Option<u32>>, values: Vec<Option<&str>>) -> ArrayRef {
        Arc::new(super::DictionaryArray::new(UInt32Array::from(keys), Arc::new(StringArray::from(values)) as ArrayRef))
    }

    #[test]
    fn every_width_comes_back() {
        for distinct in [1_u32, 2, 3, 5, 16, 17, 255, 256, 257, 70_000] {
            let values: Vec<String> = (0..distinct).map(|value| format!("值{value}")).collect();
            let values: Vec<Option<&str>> = values.iter().map(|value| Some(value.as_str())).collect();
            let keys = (0..distinct * 2 + 3).map(|row| Some(row.wrapping_mul(2_654_435_761) % distinct)).collect();
            let file = returns(&[cells(keys, values)]);
            assert_eq!(file.metadata().num_row_groups(), 1);
        }
    }

    #[test]
    fn nulls_come_back_whether_the_key_or_the_value_is_null() {
        let values = vec![Some("甲"), None, Some(""), Some("never")];
        let file = returns(&[
            cells(vec![Some(0), Some(1), None, Some(2), Some(0), Some(0), Some(1), Some(0), Some(2)], values.clone()),
            cells(vec![None, None], values.clone()),
            cells(vec![Some(2); 100], values.clone()),
            cells((0..1000).map(|row| (row % 3 > 0).then_some(0)).collect(), values),
        ]);
        let nulls = |group: usize, column| {
            file.metadata().row_group(group).column(column).statistics().unwrap().null_count_opt()
        };
        for column in [0, 1] {
            assert_eq!([0, 1, 2, 3].map(|group| nulls(group, column)), [Some(3), Some(2), Some(0), Some(334)]);
        }
    }

    #[test]
    fn the_footer_says_what_that_of_texts_says_and_unused_texts_are_nowhere() {
        let values = vec![Some("unused"), Some("b"), Some("c"), Some("a"), Some("zz")];
        let file = returns(&[cells(vec![Some(2), Some(3), Some(1), Some(3)], values)]);
        let group = file.metadata().row_group(0);
        let (coded, text) = (group.column(0).statistics().unwrap(), group.column(1).statistics().unwrap());
        assert_eq!(coded.min_bytes_opt(), Some(&b"a"[..]));
        assert_eq!(coded.max_bytes_opt(), Some(&b"c"[..]));
        assert_eq!((coded.min_is_exact(), coded.max_is_exact()), (text.min_is_exact(), text.max_is_exact()));
        assert_eq!((coded.min_bytes_opt(), coded.max_bytes_opt()), (text.min_bytes_opt(), text.max_bytes_opt()));
    }
}
