//! Pass 1 on one piece of the source: what an executor counts, and what the driver makes of all counts.

use hashbrown::HashMap;

use super::super::counting::Counting;
use super::super::sheet::CountSheet;
use super::brief::{Job, weight};
use super::rows::{CountRows, Kind, Reader, Writer};
use super::seal::{NAME, Name, Sealer};
use crate::error::{Error, Result};
use crate::secret::Secret;
use crate::source::Piece;
use crate::table::tally::{Gathered, Memory, Told};

/// Counts a piece; gives a row for each combination, subject and value of it, and its account, all sealed.
///
/// # Errors
/// Those of the source and of counting; the job is over.
pub fn count(job: &Job, number: u64, sheet: &CountSheet) -> Result<arrow::array::ArrayRef> {
    let piece = job.piece(number)?;
    let counted = sheet.counted();
    let counting = Counting::new(&counted);
    let mut part = counting.part(|| Ok((Secret::new(*sheet.key().expose()), Memory::spill()?)))?;
    let path = job.source.origin(piece.file);
    job.source.scan_piece(piece, &counting.wanted(), |batch| {
        job.goes_on()?;
        counting.add(&mut part, batch, path.as_ref())
    })?;
    rows(&job.sealer, number, piece, &part.told()?)
}

fn rows(sealer: &Sealer, number: u64, piece: &Piece, told: &Told) -> Result<arrow::array::ArrayRef> {
    let weight = weight(sealer, number);
    let mut rows = CountRows::new();
    for (column, values) in told.values.iter().enumerate() {
        for value in values {
            let mut text = Writer::default();
            text.number(column as u64);
            text.text(value.as_deref());
            rows.push(Kind::Value, &sealer.seal(&text.0)?, None, 0, weight);
        }
    }
    let mut names: Vec<Name> = Vec::with_capacity(told.combinations.len());
    for (tuple, records) in &told.combinations {
        let mut text = Writer::default();
        tuple.iter().zip(&told.texts).for_each(|(&code, texts)| text.text(texts[code as usize].as_deref()));
        let sealed = sealer.seal(&text.0)?;
        names.push(sealed.first_chunk().copied().ok_or_else(unclear)?);
        rows.push(Kind::Combination, &sealed, None, *records, weight);
    }
    for (subject, at, records) in &told.subjects {
        rows.push(Kind::Subject, subject, Some(&names[*at as usize]), *records, weight);
    }
    let mut account = Writer::default();
    account.number(number);
    account.number(piece.rows);
    rows.push(Kind::Piece, &sealer.seal(&account.0)?, None, piece.rows, weight);
    rows.finish()
}

/// Everything that the executors counted, as the driver takes it in and holds it against the pieces of the source.
pub struct Taken<'a> {
    sealer: &'a Sealer,
    pieces: &'a [Piece],
    columns: usize,
    subjects: bool,
    gathered: Gathered,
    place: HashMap<Name, u32>,
    footprints: Vec<(Vec<Name>, u64)>,
    /// Records and weighted records, of combinations and of subjects.
    sums: [(u128, u128); 2],
    seen: Vec<bool>,
}

impl<'a> Taken<'a> {
    pub fn new(sealer: &'a Sealer, pieces: &'a [Piece], columns: usize, subjects: bool) -> Self {
        Self {
            sealer,
            pieces,
            columns,
            subjects,
            gathered: Gathered { values: vec![Vec::new(); columns], ..Gathered::default() },
            place: HashMap::new(),
            footprints: Vec::new(),
            sums: [(0, 0); 2],
            seen: vec![false; pieces.len()],
        }
    }

    /// Takes a row of the last stage: its key, how many keys of the first stage are in it, records and weights.
    ///
    /// # Errors
    /// What no executor of this job sends.
    pub fn row(&mut self, key: &[u8], keys: u64, records: u64, weights: u64) -> Result<()> {
        let (kind, rest) = Kind::of(key)?;
        match kind {
            Kind::Value => {
                let text = self.sealer.open(rest)?;
                let mut reader = Reader(&text);
                let column = reader.number()? as usize;
                let values = self.gathered.values.get_mut(column).ok_or_else(unclear)?;
                values.push(reader.text()?);
                reader.end()?;
            }
            Kind::Combination => {
                let name: Name = rest.first_chunk().copied().ok_or_else(unclear)?;
                let text = self.sealer.open(rest)?;
                let mut reader = Reader(&text);
                let texts = (0..self.columns).map(|_| reader.text()).collect::<Result<Vec<_>>>()?;
                reader.end()?;
                self.place.insert(name, self.gathered.combinations.len() as u32);
                self.gathered.combinations.push((texts, records));
                self.add(0, records, weights);
            }
            Kind::Footprint => {
                let (names, rest) = rest.as_chunks::<NAME>();
                if names.is_empty() || !rest.is_empty() {
                    return Err(unclear());
                }
                self.footprints.push((names.to_vec(), keys));
                self.add(1, records, weights);
            }
            Kind::Piece => {
                let text = self.sealer.open(rest)?;
                let mut reader = Reader(&text);
                let (number, rows) = (reader.number()?, reader.number()?);
                reader.end()?;
                let at = usize::try_from(number).map_err(|_| unclear())?;
                let once = !self.seen.get(at).copied().unwrap_or(true) && records == rows;
                if !once || rows != self.pieces[at].rows {
                    return Err(unreconciled());
                }
                self.seen[at] = true;
            }
            Kind::Subject => return Err(unclear()),
        }
        Ok(())
    }

    fn add(&mut self, which: usize, records: u64, weights: u64) {
        self.sums[which].0 += u128::from(records);
        self.sums[which].1 += u128::from(weights);
    }

    /// What was counted, once it agrees with the source: each piece was counted once, and the records of all
    /// combinations and of all subjects are those of the pieces, plain and weighted.
    ///
    /// # Errors
    /// [`Error::Internal`] where something was lost or counted twice.
    pub fn reconciled(mut self) -> Result<Gathered> {
        let rows: u128 = self.pieces.iter().map(|piece| u128::from(piece.rows)).sum();
        let weighted = self.pieces.iter().zip(0..);
        let weighted = weighted.map(|(piece, number)| u128::from(piece.rows) * u128::from(weight(self.sealer, number)));
        let expected = (rows, weighted.sum());
        let subjects = if self.subjects { expected } else { (0, 0) };
        if self.seen.contains(&false) || self.sums != [expected, subjects] {
            return Err(unreconciled());
        }
        let place = |name: &Name| self.place.get(name).copied().ok_or_else(unreconciled);
        let footprints = self
            .footprints
            .iter()
            .map(|(names, subjects)| Ok((names.iter().map(place).collect::<Result<Vec<u32>>>()?, *subjects)));
        self.gathered.footprints = self.subjects.then(|| footprints.collect::<Result<_>>()).transpose()?;
        Ok(self.gathered)
    }
}

/// The error of a job whose counts do not add up; the driver does such a job again.
pub fn unreconciled() -> Error {
    Error::internal("the counts of the cluster do not agree with the source: something was lost or counted twice")
}

fn unclear() -> Error {
    Error::internal("what an executor counted cannot be read")
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use arrow::array::{Array, AsArray};
    use arrow::datatypes::UInt64Type;

    use super::*;

    /// What a cluster makes of the rows of some pieces: groups by key, then by footprint.
    fn grouped(pieces: &[(arrow::array::ArrayRef, usize)]) -> Vec<(Vec<u8>, u64, u64, u64)> {
        type Group = (BTreeSet<Vec<u8>>, u64, u64);
        let mut first: BTreeMap<Vec<u8>, Group> = BTreeMap::new();
        for (rows, times) in pieces {
            let rows = rows.as_struct();
            let (keys, names) = (rows.column(0).as_binary::<i32>(), rows.column(1).as_binary::<i32>());
            let number = |at: usize, row: usize| rows.column(at).as_primitive::<UInt64Type>().value(row);
            for row in (0..keys.len()).flat_map(|row| vec![row; *times]) {
                let group = first.entry(keys.value(row).to_vec()).or_default();
                if names.is_valid(row) {
                    group.0.insert(names.value(row).to_vec());
                }
                group.1 += number(2, row);
                group.2 += number(3, row);
            }
        }
        let mut last: BTreeMap<Vec<u8>, (u64, u64, u64)> = BTreeMap::new();
        for (key, (names, records, weights)) in first {
            let footprint = [vec![Kind::Footprint as u8], names.iter().flatten().copied().collect()].concat();
            let entry = last.entry(if names.is_empty() { key } else { footprint }).or_default();
            *entry = (entry.0 + 1, entry.1 + records, entry.2 + weights);
        }
        last.into_iter().map(|(key, (keys, records, weights))| (key, keys, records, weights)).collect()
    }

    fn told(values: &[&str], combinations: &[(u32, u64)], subjects: &[(u8, u32, u64)]) -> Told {
        let texts: Vec<Option<String>> = values.iter().map(|value| Some((*value).to_owned())).collect();
        Told {
            values: vec![texts.clone()],
            texts: vec![texts],
            combinations: combinations.iter().map(|&(code, records)| (vec![code], records)).collect(),
            subjects: subjects.iter().map(|&(subject, at, records)| ([subject; 16], at, records)).collect(),
        }
    }

    #[test]
    fn what_is_lost_or_counted_twice_is_refused() {
        let sealer = Sealer::new(&Secret::new([5; 32])).unwrap();
        let pieces = [0, 1].map(|file| Piece { file, offset: 0, rows: 5, first_row: 5 * file as u64, span: None });
        // equally many records, so that plain sums agree where one stands for the other
        let told = [
            told(&["a", "b"], &[(0, 3), (1, 2)], &[(1, 0, 3), (2, 1, 1), (3, 1, 1)]),
            told(&["b", "c"], &[(0, 4), (1, 1)], &[(2, 0, 4), (3, 1, 1)]),
        ];
        let rows: Vec<_> = (0..2).map(|at| rows(&sealer, at as u64, &pieces[at], &told[at]).unwrap()).collect();
        let taken = |rows: Vec<(Vec<u8>, u64, u64, u64)>| {
            let mut taken = Taken::new(&sealer, &pieces, 1, true);
            rows.iter().try_for_each(|(key, keys, records, weights)| taken.row(key, *keys, *records, *weights))?;
            taken.reconciled()?.table(&["x".into()], &[None])
        };
        let of = |first, second| grouped(&[(rows[0].clone(), first), (rows[1].clone(), second)]);
        let table = taken(of(1, 1)).unwrap();
        assert_eq!((table.records.clone(), table.subjects.clone()), (vec![3, 6, 1], vec![1, 1, 0]));
        assert_eq!(table.spread.iter().collect::<Vec<_>>(), [(&[1, 2][..], 1)]);
        for (first, second) in [(0, 1), (1, 0), (0, 2), (2, 0), (2, 2), (1, 2)] {
            assert!(taken(of(first, second)).is_err(), "{first} and {second}");
        }
        // a part of what one piece gave is lost, a part of the other is there twice: the plain sums agree
        let whole = of(1, 1);
        for (lost, twice) in (0..whole.len()).flat_map(|lost| (0..whole.len()).map(move |twice| (lost, twice))) {
            // accounts of pieces are told by themselves
            if whole[lost].0[0] == Kind::Piece as u8 {
                continue;
            }
            let mut rows = whole.clone();
            let moved = rows[lost].2.min(1);
            // a row that has no record of the first piece may weigh less than one
            let Some(weight_left) = rows[lost].3.checked_sub(moved * weight(&sealer, 0)) else { continue };
            rows[lost].2 -= moved;
            rows[lost].3 = weight_left;
            rows[twice].2 += moved;
            rows[twice].3 += moved * weight(&sealer, 1);
            assert!(moved == 0 || taken(rows).is_err(), "{lost} and {twice}");
        }
        // rows of another job
        let other = Sealer::new(&Secret::new([6; 32])).unwrap();
        let mut strange = Taken::new(&other, &pieces, 1, true);
        assert!(whole.iter().any(|(key, keys, records, weights)| strange.row(key, *keys, *records, *weights).is_err()));
    }
}
