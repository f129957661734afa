//! A source cut into pieces that several machines can read, each by itself.

use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::csv::{self, Form, Span};
use super::{Batch, Source, Wanted, in_order, not_taken, parquet, unreadable};
use crate::error::{Error, Result};
use crate::spec::SourceFormat;

/// Consecutive records of one file or object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// Place in the source's files or objects.
    pub file: usize,
    /// Records of the file before these.
    pub offset: u64,
    pub rows: u64,
    /// Records of the source before these.
    pub first_row: u64,
    /// Of a text that is not packed: where they are.
    pub span: Option<Span>,
}

/// What a piece is made of: a row group, some MiB of a text, or all of a packed one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Group {
    pub rows: u64,
    pub span: Option<Span>,
}

impl From<(Span, u64)> for Group {
    fn from((span, rows): (Span, u64)) -> Self {
        Self { rows, span: Some(span) }
    }
}

impl Source {
    /// Cuts the source into pieces of at least `rows` records, as far as the files or objects are that long; row groups
    /// of Parquet stay whole. Texts are read for that, once.
    ///
    /// # Errors
    /// A source that is not read in place, or whose records are drawn: other machines cannot read it. Files that
    /// cannot be read.
    pub fn pieces(&self, rows: u64) -> Result<Vec<Piece>> {
        self.shared()?;
        let groups = match self.groups.get() {
            Some(groups) => groups,
            None => {
                let groups = self.all_groups()?;
                self.groups.get_or_init(|| groups)
            }
        };
        let mut pieces: Vec<Piece> = Vec::new();
        let mut first_row = 0;
        for (file, groups) in groups.iter().enumerate() {
            let mut offset = 0;
            for &Group { rows: group, span } in groups {
                match pieces.last_mut().filter(|last| last.file == file && last.rows < rows) {
                    Some(last) => {
                        last.rows += group;
                        last.span =
                            last.span.zip(span).map(|(last, span)| Span { bytes: last.bytes + span.bytes, ..last });
                    }
                    None if group > 0 => pieces.push(Piece { file, offset, rows: group, first_row, span }),
                    None => {}
                }
                offset += group;
                first_row += group;
            }
        }
        Ok(pieces)
    }

    /// The groups of all files or objects, several of which are looked at at the same time.
    fn all_groups(&self) -> Result<Vec<Vec<Group>>> {
        let count = self.objects.as_ref().map_or(self.files.len(), |objects| objects.objects.len());
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        in_order(count, threads, |file| self.groups_of(file))
    }

    fn groups_of(&self, file: usize) -> Result<Vec<Group>> {
        if let Some(objects) = &self.objects {
            return objects.groups(file);
        }
        let path = &self.files[file];
        match &self.format {
            SourceFormat::Csv { delimiter, encoding } => {
                csv::header(path, *delimiter, *encoding)?;
                let text = std::fs::File::open(path).map_err(|source| unreadable(path, source))?;
                let form = Form { delimiter: *delimiter, encoding: *encoding, nulls: &[] };
                Ok(csv::spans(path, Box::new(text), &form)?.into_iter().map(Group::from).collect())
            }
            SourceFormat::Parquet | SourceFormat::Hive => {
                Ok(parquet::groups(path)?.into_iter().map(|rows| Group { rows, span: None }).collect())
            }
            _ => Err(not_taken()),
        }
    }

    /// Reads the wanted columns of a piece, batch by batch, in order.
    ///
    /// # Errors
    /// Those of [`Source::scan`]; another number of records than the piece has: the input changed.
    pub fn scan_piece(
        &self,
        piece: &Piece,
        wanted: &[Wanted],
        mut work: impl FnMut(&Batch) -> Result<()> + Send,
    ) -> Result<()> {
        if let Some(column) = wanted.iter().find(|column| !self.columns.contains(&column.name)) {
            return Err(self.missing(&column.name));
        }
        let mut rows = 0u64;
        let mut placed = |batch: &Batch| {
            rows += batch.cells.num_rows() as u64;
            work(&Batch { first_row: batch.first_row + piece.first_row, ..batch.clone() })
        };
        match &self.objects {
            Some(objects) => objects.scan_part(piece, &self.nulls, wanted, &mut placed)?,
            None => self.scan_part(piece, wanted, &mut placed)?,
        }
        match rows == piece.rows {
            true => Ok(()),
            false => Err(changed()),
        }
    }

    /// As [`Self::scan_piece`], of a file; `first_row` of the batches counts from the piece.
    fn scan_part(
        &self,
        piece: &Piece,
        wanted: &[Wanted],
        work: &mut (dyn FnMut(&Batch) -> Result<()> + Send),
    ) -> Result<()> {
        let path = self.files.get(piece.file).ok_or_else(|| Error::internal("a piece is of no file"))?;
        match (&self.format, piece.span) {
            (SourceFormat::Csv { delimiter, encoding }, Some(span)) => {
                let header = csv::header(path, *delimiter, *encoding)?;
                let form = Form { delimiter: *delimiter, encoding: *encoding, nulls: &self.nulls };
                csv::scan_span((path, bytes(path, span)?), (span, piece.offset), &header, &form, wanted, work)
            }
            (SourceFormat::Parquet | SourceFormat::Hive, None) => {
                let keys = self.keys.of(piece.file);
                let files = std::slice::from_ref(path);
                parquet::scan_part(files, &keys, &self.nulls, wanted, (piece.offset, piece.rows), work)
            }
            _ => Err(Error::internal("a piece is of another format")),
        }
    }
}

/// The bytes of a span of a file.
fn bytes(path: &Path, span: Span) -> Result<Box<dyn Read + Send>> {
    let file = std::fs::File::open(path).and_then(|mut file| file.seek(SeekFrom::Start(span.at)).map(|_| file));
    Ok(Box::new(file.map_err(|source| unreadable(path, source))?.take(span.bytes)))
}

/// The error of a source that is another than it was.
pub fn changed() -> Error {
    Error::Input {
        message: "the input changed while it was read".into(),
        place: None,
        help: Some("run again when nothing writes to it".into()),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;
    use std::path::PathBuf;
    use std::sync::atomic::AtomicBool;

    use arrow::array::RecordBatch;
    use arrow::compute::concat_batches;

    use super::*;
    use crate::error::Place;
    use crate::spec::{ColumnType, Encoding, SourceSpec, Subject};

    /// Two texts, one of some spans; records with quotes over several lines, and lines without records, among them.
    fn texts(folder: &Path, wrong: bool) -> Source {
        let mut text = String::from("number,\"word\n二\",note\n");
        for number in 0..400_000 {
            match number % 97 {
                0 => writeln!(text, "{number},\"first\nsecond, \"\"third\"\"\n\",南开区{}", number % 7).unwrap(),
                50 => writeln!(text, "{number},,\"鞍山西道\r\n\"\r\n").unwrap(),
                _ => writeln!(text, "{number},word{},天津市{}", number % 1000, number % 13).unwrap(),
            }
            if wrong && number == 390_000 {
                text += "no number,x,y\n";
            }
        }
        let (bytes, ..) = encoding_rs::GB18030.encode(&text);
        std::fs::write(folder.join("a.csv"), &bytes).unwrap();
        let (other, ..) = encoding_rs::GB18030.encode("note,number,\"word\n二\"\nx,1,y\n");
        std::fs::write(folder.join("b.csv"), &other).unwrap();
        let format = SourceFormat::Csv { delimiter: b',', encoding: Encoding::Gb18030 };
        let spec = SourceSpec { path: folder.into(), format, subject: Subject::Row, nulls: vec!["word7".into()] };
        Source::open(&spec, folder).unwrap()
    }

    fn wanted() -> Vec<Wanted> {
        let column = |name: &str, kind| Wanted { name: name.into(), kind };
        vec![column("word\n二", ColumnType::Text), column("number", ColumnType::Integer)]
    }

    fn one(batches: &[RecordBatch]) -> RecordBatch {
        concat_batches(&batches[0].schema(), batches).unwrap()
    }

    #[test]
    fn texts_are_cut_where_records_end() {
        let folder = tempfile::tempdir().unwrap();
        let source = texts(folder.path(), false);
        let keep = |kept: &mut Vec<RecordBatch>, batch: &Batch| {
            kept.push(batch.cells.clone());
            Ok(())
        };
        let (whole, rows) = source.scan(&wanted(), vec![Vec::new()], &AtomicBool::new(false), keep).unwrap();
        assert_eq!(rows, 400_001);
        for (least, expected) in [(1, 4..9), (150_000, 3..5), (1_000_000, 2..3)] {
            let pieces = source.pieces(least).unwrap();
            assert!(expected.contains(&pieces.len()), "{least}: {}", pieces.len());
            let (mut parts, mut next) = (Vec::new(), 0);
            for piece in &pieces {
                assert_eq!(piece.first_row, next);
                source
                    .scan_piece(piece, &wanted(), |batch| {
                        assert_eq!(batch.first_row, next);
                        next += batch.cells.num_rows() as u64;
                        parts.push(batch.cells.clone());
                        Ok(())
                    })
                    .unwrap();
            }
            assert!(one(&parts) == one(&whole[0]), "{least}");
        }
    }

    #[test]
    fn a_wrong_cell_of_a_piece_has_its_place_in_the_whole_text() {
        let folder = tempfile::tempdir().unwrap();
        let source = texts(folder.path(), true);
        let none = |(): &mut (), _: &Batch| Ok(());
        let place = |error: Error| match error {
            Error::Input { place: Some(place), .. } => place,
            other => panic!("{other:?}"),
        };
        let whole = place(source.scan(&wanted(), vec![()], &AtomicBool::new(false), none).unwrap_err());
        let failed = |piece: &Piece| source.scan_piece(piece, &wanted(), |_| Ok(())).err().map(place);
        let found: Vec<Place> = source.pieces(1).unwrap().iter().filter_map(failed).collect();
        assert_eq!(found, [whole]);
        assert_eq!(found[0].path, Some::<PathBuf>(folder.path().join("a.csv")));
        assert_eq!(found[0].row, Some(390_002));
    }
}
