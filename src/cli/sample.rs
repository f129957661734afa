//! `tuomin sample`: made-up data in a file, block by block, on all cores.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use arrow::array::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::sample::{batch, schema, to_csv};

/// Records per batch: whole blocks of the generator.
const BATCH: u64 = 32 * 4096;

fn failed(path: &Path, source: impl Into<std::io::Error>) -> Error {
    Error::Environment {
        message: "could not write the sample".into(),
        path: Some(path.into()),
        source: Some(source.into()),
        help: None,
    }
}

/// Writes `rows` records to a Parquet or CSV file.
pub fn sample(name: &str, rows: u64, seed: u64, output: &Path, encoding: &str) -> Result<String> {
    let schema = schema(name).ok_or_else(|| Error::Internal("a sample without a schema".into()))?;
    let ending = output.extension().and_then(|ending| ending.to_str()).unwrap_or("");
    let file = || File::create(output).map_err(|source| failed(output, source));
    match ending {
        "parquet" => {
            let level = ZstdLevel::try_new(3).map_err(|error| Error::Internal(error.to_string()))?;
            let properties = WriterProperties::builder()
                .set_compression(Compression::ZSTD(level))
                .set_max_row_group_row_count(Some(BATCH as usize))
                .build();
            let mut writer = ArrowWriter::try_new(file()?, schema, Some(properties))
                .map_err(|e| failed(output, std::io::Error::other(e)))?;
            in_order(name, seed, rows, Ok, |batch| {
                writer.write(&batch).map_err(|e| failed(output, std::io::Error::other(e)))
            })?;
            writer.close().map_err(|e| failed(output, std::io::Error::other(e)))?;
        }
        "csv" => {
            let mut writer = BufWriter::new(file()?);
            let mut first = true;
            let header = to_csv(&batch(name, seed, 0..0)?, true)?;
            let encode = |text: String| match encoding {
                "gb18030" => encoding_rs::GB18030.encode(&text).0.into_owned(),
                _ => text.into_bytes(),
            };
            in_order(
                name,
                seed,
                rows,
                |batch| Ok(encode(to_csv(&batch, false)?)),
                |bytes| {
                    if std::mem::take(&mut first) {
                        writer.write_all(&encode(header.clone())).map_err(|e| failed(output, e))?;
                    }
                    writer.write_all(&bytes).map_err(|e| failed(output, e))
                },
            )?;
            writer.flush().map_err(|e| failed(output, e))?;
        }
        _ => {
            return Err(Error::Usage {
                message: "the output is neither `.parquet` nor `.csv`".into(),
                help: Some("end its name with one of these".into()),
            });
        }
    }
    Ok(format!("{}: {rows} records of {name}, seed {seed}\n", output.display()))
}

/// Makes batches on all cores and takes them in order.
fn in_order<T: Send>(
    name: &str,
    seed: u64,
    rows: u64,
    render: impl Fn(RecordBatch) -> Result<T> + Sync,
    mut take: impl FnMut(T) -> Result<()>,
) -> Result<()> {
    let starts: Vec<u64> = (0..rows).step_by(BATCH as usize).collect();
    for starts in starts.chunks(rayon::current_num_threads()) {
        crate::source::interrupted()?;
        let made = starts.par_iter().map(|&start| render(batch(name, seed, start..rows.min(start + BATCH))?));
        for item in made.collect::<Result<Vec<T>>>()? {
            take(item)?;
        }
    }
    Ok(())
}
