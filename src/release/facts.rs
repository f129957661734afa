//! What a Parquet file says beside its cells, read for [`Metadata`]: footer texts, statistics, page index,
//! dictionaries, bloom filters.
//!
//! Every page header and every dictionary is read, so a file is decompressed once more; one page is in memory at a
//! time. Bytes that no part of the footer speaks of are an error: nothing can be said of them.

mod footer;
mod places;
mod values;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, UInt32Type};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use parquet::column::page::{Page, PageReader};
use parquet::file::metadata::{
    KeyValue, PageIndexPolicy, ParquetMetaData, ParquetMetaDataOptions, ParquetMetaDataReader,
};
use parquet::file::properties::ReaderProperties;
use parquet::file::serialized_reader::SerializedPageReader;

pub use places::Places;
use values::Form;

use crate::error::{Error, Result};
use crate::risk::attack::metadata::{ChunkFacts, FileFacts, Metadata};
use crate::table::intern::Interner;

/// The key under which Arrow writes its schema, in base64.
const ARROW_SCHEMA: &str = "ARROW:schema";

/// Reads what a file says beside its cells; `name` is its name within the release.
///
/// Values are written as [`strike`] writes cells. A minimum or maximum that does not say that it is exact counts as
/// cut. The page index has no such word: there, texts of `footer::CUT` bytes and more count as cut. Where the footer
/// says more than is read of it here, its texts stand among [`FileFacts::texts`].
///
/// # Errors
/// A text: what is wrong with the file. Its columns have types that releases do not have, it is damaged, or it holds
/// bytes that are part of nothing.
pub fn facts(path: &Path, name: &str) -> Result<FileFacts, String> {
    let file = File::open(path).map_err(|e| format!("it cannot be opened: {}", e.kind()))?;
    // all that the footer says, so that it can be written again
    let whole = ParquetMetaDataOptions::new().with_encoding_stats_as_mask(false);
    let reader = ParquetMetaDataReader::new().with_page_index_policy(PageIndexPolicy::Optional);
    let reader = reader.with_metadata_options(Some(whole));
    let metadata = reader
        .parse_and_finish(&file)
        .map_err(|_| "its footer is not that of a Parquet file, or is damaged".to_owned())?;
    let told = metadata.file_metadata();
    let key_values: Vec<&KeyValue> = told.key_value_metadata().into_iter().flatten().collect();
    let mut texts = vec![told.schema().name().to_owned()];
    texts.extend(told.schema_descr().columns().iter().map(|column| column.path().string()));
    for schema in key_values.iter().filter(|entry| entry.key == ARROW_SCHEMA) {
        // what cannot be decoded is looked at as it stands, as a value
        let bytes = STANDARD.decode(schema.value.as_deref().unwrap_or_default()).unwrap_or_default();
        texts.extend(footer::texts(&bytes));
    }
    let paths = metadata.row_groups().iter().flat_map(|group| group.columns()).filter_map(|column| column.file_path());
    texts.extend(paths.map(str::to_owned));
    texts.extend(footer::unread(&file, &metadata)?);
    let file = Arc::new(file);
    let mut chunks = Vec::new();
    for group in 0..metadata.num_row_groups() {
        for column in 0..metadata.row_group(group).num_columns() {
            chunks.push(chunk(&file, &metadata, group, column)?);
        }
    }
    Ok(FileFacts {
        name: name.to_owned(),
        created_by: told.created_by().map(str::to_owned),
        key_values: key_values.into_iter().map(|entry| (entry.key.clone(), entry.value.clone())).collect(),
        texts,
        chunks,
    })
}

/// What a file says of one column of one row group.
fn chunk(file: &Arc<File>, metadata: &ParquetMetaData, group: usize, column: usize) -> Result<ChunkFacts, String> {
    let damaged = |_| "its data pages are damaged".to_owned();
    let rows = metadata.row_group(group);
    let told = rows.column(column);
    let form = Form::of(told.column_descr()).ok_or("its columns have types that releases do not have")?;
    let mut values = told.statistics().map(|statistics| form.statistics(statistics)).unwrap_or_default();
    if let Some(index) = metadata.column_index().and_then(|index| index.get(group)?.get(column)) {
        values.extend(form.index(index));
    }
    let count = usize::try_from(rows.num_rows()).map_err(|_| "its row counts are not numbers".to_owned())?;
    let read_all = Arc::new(ReaderProperties::builder().set_read_page_statistics(true).build());
    // without the places of its pages: all of them are read, also those that an index leaves out
    let pages = SerializedPageReader::new_with_properties(file.clone(), told, count, None, read_all);
    let mut pages = pages.map_err(damaged)?;
    while let Some(page) = pages.get_next_page().map_err(damaged)? {
        match page {
            Page::DictionaryPage { buf, num_values, .. } => values.extend(form.dictionary(&buf, num_values)?),
            Page::DataPage { statistics, .. } | Page::DataPageV2 { statistics, .. } => {
                values.extend(statistics.iter().flat_map(|statistics| form.statistics(statistics)));
            }
        }
    }
    Ok(ChunkFacts {
        group,
        column: told.column_path().string(),
        values,
        null_count: told.statistics().and_then(|statistics| statistics.null_count_opt()),
        bloom_filter: told.bloom_filter_offset().is_some(),
    })
}

/// Strikes off what the cells of a row group account for, all its columns at once.
///
/// Every null is fed, of other cells each distinct one at least once: the outcome's number of rows is not that of the
/// release.
///
/// # Errors
/// [`Error::Internal`] for a type that releases do not have, and for a chunk that the metadata does not have.
pub fn strike(
    metadata: &mut Metadata,
    file: usize,
    group: usize,
    names: &[String],
    columns: &[ArrayRef],
) -> Result<()> {
    for (name, cells) in names.iter().zip(columns) {
        match cells.data_type() {
            DataType::Utf8 => metadata.feed(file, group, name, cells.as_string::<i32>())?,
            DataType::Utf8View => metadata.feed(file, group, name, cells.as_string_view())?,
            DataType::Boolean => {
                let text = |cell: bool| if cell { "true" } else { "false" };
                metadata.feed(file, group, name, cells.as_boolean().iter().map(|cell| cell.map(text)))?;
            }
            DataType::Dictionary(key, value) if **key == DataType::UInt32 && **value == DataType::Utf8 => {
                let cells = cells.as_dictionary::<UInt32Type>();
                let labels = cells.values().as_string::<i32>();
                // a value of the dictionary that no row has is no cell
                let mut rows = vec![0_usize; labels.len()];
                cells.keys().iter().flatten().for_each(|key| rows[key as usize] += 1);
                let used = labels.iter().zip(&rows).filter(|(_, rows)| **rows > 0);
                let nulls: usize = used.clone().filter(|(label, _)| label.is_none()).map(|(_, rows)| rows).sum();
                let texts = used.map(|(label, _)| label).filter(Option::is_some);
                let nulls = std::iter::repeat_n(None, nulls + cells.null_count());
                metadata.feed(file, group, name, texts.chain(nulls))?;
            }
            DataType::Int64 | DataType::Float64 | DataType::Date32 => {
                let (mut interner, mut codes) = (Interner::default(), Vec::new());
                interner.encode(cells, &mut codes)?;
                let distinct = interner.texts();
                let texts = distinct.iter().map(Option::as_deref).filter(Option::is_some);
                let nulls = std::iter::repeat_n(None, cells.null_count());
                metadata.feed(file, group, name, texts.chain(nulls))?;
            }
            other => return Err(Error::Internal(format!("cells of type {other} cannot be struck off"))),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
