//! The fold of pass 1: batches of rows in, an [`EquivalenceTable`] out.
//!
//! Memory grows with combinations. Subjects are told apart by 128 bits of a keyed SipHash-2-4, kept in
//! partitions that go to a [`Spill`] when they outgrow the buffer; what is spilled is a hash under a key
//! that dies with the tally, never a value. Counts are exact but for a collision of two such hashes:
//! below 10⁻²⁰ for a billion subjects. Source: Aumasson, Bernstein, *SipHash: a fast short-input PRF*, Indocrypt
//! 2012.

mod told;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use hashbrown::HashMap;
use rayon::prelude::*;
use siphasher::sip128::SipHasher24;

use super::counter::{Counter, SubjectHash};
use super::intern::Interner;
use super::tuples::Tuples;
use super::{Domain, EquivalenceTable, Footprints};
use crate::error::{Error, Result};
use crate::secret::Secret;

pub use told::{Gathered, Told};

/// A place for bytes that do not fit in memory, by partition.
pub trait Spill: Send {
    fn append(&mut self, partition: usize, bytes: &[u8]) -> Result<()>;
    /// All bytes of a partition, in the order of the appends.
    fn read(&mut self, partition: usize) -> Result<Vec<u8>>;
}

/// Bytes that stay in memory.
#[derive(Default)]
pub struct Memory(Vec<Vec<u8>>);

impl Memory {
    pub fn spill() -> Result<Box<dyn Spill>> {
        Ok(Box::new(Self::default()))
    }
}

impl Spill for Memory {
    fn append(&mut self, partition: usize, bytes: &[u8]) -> Result<()> {
        if self.0.len() <= partition {
            self.0.resize_with(partition + 1, Vec::new);
        }
        self.0[partition].extend_from_slice(bytes);
        Ok(())
    }

    fn read(&mut self, partition: usize) -> Result<Vec<u8>> {
        Ok(self.0.get_mut(partition).map(std::mem::take).unwrap_or_default())
    }
}

/// Partitions of subject hashes.
pub const PARTITIONS: usize = 256;
/// One log entry: 16 bytes of hash and 4 of combination.
const ENTRY: usize = 20;
/// A partition's buffer, in bytes, before it is spilled.
const BUFFER: usize = 64 * 1024 / ENTRY * ENTRY;

/// What a part needs to tell subjects apart: the key that all parts of a tally share, and its own spill.
pub type SubjectKey = (Secret<[u8; 32]>, Box<dyn Spill>);

/// What one worker has counted; merge the parts of all workers by [`finish`].
pub struct TallyPart {
    interners: Vec<Interner>,
    combinations: Counter,
    subjects: Option<SubjectLog>,
    scratch: Vec<Vec<u32>>,
    /// Per column, where values that share a label are counted as one: see [`TallyPart::coarse`].
    coarse: Vec<Option<Coarse>>,
}

/// Gives the label that a value, in canonical text, is counted under.
pub type Labeller = Arc<dyn Fn(&Option<String>) -> Option<String> + Send + Sync>;

struct Coarse {
    label: Labeller,
    /// Number of the value → number of its label.
    of: Vec<u32>,
    ids: HashMap<Option<String>, u32>,
}

impl Coarse {
    /// The labels in order of their numbers.
    fn labels(&self) -> Vec<&Option<String>> {
        let mut labels: Vec<_> = self.ids.iter().collect();
        labels.sort_unstable_by_key(|&(_, &id)| id);
        labels.into_iter().map(|(label, _)| label).collect()
    }

    /// Labels the values that are new.
    fn see(&mut self, interner: &Interner) {
        for value in interner.texts_from(self.of.len()) {
            let next = self.ids.len() as u32;
            self.of.push(*self.ids.entry((self.label)(&value)).or_insert(next));
        }
    }
}

struct SubjectLog {
    key: Secret<[u8; 32]>,
    buffers: Vec<Vec<u8>>,
    /// Bytes that a buffer holds before it is spilled.
    buffer: usize,
    spill: Box<dyn Spill>,
}

impl TallyPart {
    /// A part over `columns` quasi columns. With `subjects`, the key that all parts of a tally share and
    /// this part's own spill; without, every record is a subject.
    pub fn new(columns: usize, subjects: Option<SubjectKey>) -> Self {
        let subjects = subjects.map(|(key, spill)| SubjectLog {
            key,
            buffers: vec![Vec::new(); PARTITIONS],
            buffer: BUFFER,
            spill,
        });
        Self {
            interners: (0..columns).map(|_| Interner::default()).collect(),
            combinations: Counter::new(columns),
            subjects,
            scratch: vec![Vec::new(); columns],
            coarse: (0..columns).map(|_| None).collect(),
        }
    }

    /// Holds about so many bytes of subjects' hashes in memory before they are spilled; `None` for the usual 16 MiB.
    pub fn buffered(mut self, bytes: Option<usize>) -> Self {
        if let (Some(log), Some(bytes)) = (&mut self.subjects, bytes) {
            log.buffer = (bytes / PARTITIONS / ENTRY * ENTRY).clamp(ENTRY * 16, BUFFER);
        }
        self
    }

    /// Counts all values of a column that get one label as one value: the first of them in the domain's
    /// order stands for them in the table. The domain still has them all.
    pub fn coarse(mut self, column: usize, label: Labeller) -> Self {
        self.coarse[column] = Some(Coarse { label, of: Vec::new(), ids: HashMap::new() });
        self
    }

    /// Counts a batch: the quasi columns, and the subject column where the part counts subjects.
    ///
    /// # Errors
    /// A null subject: the record at this index of the batch belongs to nobody.
    pub fn add(&mut self, quasi: &[ArrayRef], subject: Option<&ArrayRef>, rows: usize) -> Result<(), NullOr> {
        let columns = self.interners.iter_mut().zip(&mut self.coarse);
        for (((interner, coarse), cells), codes) in columns.zip(quasi).zip(&mut self.scratch) {
            interner.encode(cells, codes)?;
            if let Some(coarse) = coarse {
                coarse.see(interner);
                codes.iter_mut().for_each(|code| *code = coarse.of[*code as usize]);
            }
        }
        let hasher = match (&self.subjects, subject) {
            (Some(log), Some(cells)) => Some(SubjectHasher::new(&log.key, cells)?),
            (None, None) => None,
            _ => return Err(Error::Internal("a tally needs the subject column it was made for".into()).into()),
        };
        let hashed = |hasher: &SubjectHasher| -> Result<Vec<SubjectHash>, NullOr> {
            (0..rows).map(|row| hasher.hash(row).ok_or(NullOr::Null(row))).collect()
        };
        let hashes = hasher.as_ref().map(hashed).transpose()?.unwrap_or_default();
        let subjects = &mut self.subjects;
        self.combinations.add_all(&self.scratch, rows, &hashes, &mut |hash, id| log(subjects, hash, id))?;
        Ok(())
    }

    /// Counts the rows that still wait for company.
    fn settle(&mut self) -> Result<()> {
        let subjects = &mut self.subjects;
        self.combinations.settle(&mut |hash, id| log(subjects, hash, id))
    }
}

fn log(subjects: &mut Option<SubjectLog>, hash: SubjectHash, id: u32) -> Result<()> {
    subjects.as_mut().map_or(Ok(()), |log| log.push(hash, id))
}

/// A null subject, or another error.
#[derive(Debug)]
pub enum NullOr {
    /// Index of the record in its batch.
    Null(usize),
    Error(Error),
}

impl From<Error> for NullOr {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl SubjectLog {
    fn push(&mut self, hash: [u8; 16], combination: u32) -> Result<()> {
        let partition = hash[0] as usize;
        let buffer = &mut self.buffers[partition];
        buffer.extend_from_slice(&hash);
        buffer.extend_from_slice(&combination.to_le_bytes());
        if buffer.len() >= self.buffer {
            self.spill.append(partition, buffer)?;
            buffer.clear();
        }
        Ok(())
    }

    fn take(&mut self, partition: usize) -> Result<Vec<u8>> {
        let mut bytes = self.spill.read(partition)?;
        bytes.append(&mut self.buffers[partition]);
        Ok(bytes)
    }
}

/// Hashes the cells of a subject column in their canonical text.
struct SubjectHasher<'a> {
    keyed: SipHasher24,
    cells: Cells<'a>,
}

enum Cells<'a> {
    Text(&'a arrow::array::StringArray),
    View(&'a arrow::array::StringViewArray),
    Other(Vec<Option<String>>, Vec<u32>),
}

impl<'a> SubjectHasher<'a> {
    fn new(key: &Secret<[u8; 32]>, cells: &'a ArrayRef) -> Result<Self> {
        use arrow::array::AsArray;
        use arrow::datatypes::DataType;
        let cells = match cells.data_type() {
            DataType::Utf8 => Cells::Text(cells.as_string()),
            DataType::Utf8View => Cells::View(cells.as_string_view()),
            _ => {
                let (mut interner, mut codes) = (Interner::default(), Vec::new());
                interner.encode(cells, &mut codes)?;
                Cells::Other(interner.texts(), codes)
            }
        };
        // half the key, which is what this hash takes
        let mut half = Secret::new([0; 16]);
        half.expose_mut().copy_from_slice(&key.expose()[..16]);
        Ok(Self { keyed: SipHasher24::new_with_key(half.expose()), cells })
    }

    fn hash(&self, row: usize) -> Option<SubjectHash> {
        let text: &[u8] = match &self.cells {
            Cells::Text(cells) => cells.is_valid(row).then(|| cells.value(row).as_bytes())?,
            Cells::View(cells) => cells.is_valid(row).then(|| cells.value(row).as_bytes())?,
            Cells::Other(texts, codes) => texts[codes[row] as usize].as_ref()?.as_bytes(),
        };
        Some(self.keyed.hash(text).as_u128().to_be_bytes())
    }
}

impl Drop for SubjectHasher<'_> {
    fn drop(&mut self) {
        // it cannot be wiped, but be overwritten
        self.keyed = SipHasher24::new();
        std::hint::black_box(&self.keyed);
    }
}

/// Merges the parts of one tally into the table over the named columns.
///
/// The result does not depend on how the rows were cut into parts and batches.
pub fn finish(names: &[String], mut parts: Vec<TallyPart>) -> Result<EquivalenceTable> {
    parts.iter_mut().try_for_each(TallyPart::settle)?;
    let interners = parts.iter().map(|part| &part.interners[..]).collect::<Vec<_>>();
    let (domains, mut code_of) = merge_domains(names, &interners);
    for column in 0..names.len() {
        let mut first: HashMap<&Option<String>, u32> = HashMap::new();
        for (part, code_of) in parts.iter().zip(&code_of) {
            let Some(coarse) = &part.coarse[column] else { continue };
            let labels = coarse.labels();
            for (&label, &code) in coarse.of.iter().zip(&code_of[column]) {
                let stands = first.entry(labels[label as usize]).or_insert(code);
                *stands = code.min(*stands);
            }
        }
        for (part, code_of) in parts.iter().zip(&mut code_of) {
            if let Some(coarse) = &part.coarse[column] {
                code_of[column] = coarse.labels().into_iter().map(|label| first[label]).collect();
            }
        }
    }
    merge(domains, code_of, parts)
}

/// The domain of each column over all workers' interners, and `code_of[worker][column][number]`.
pub fn merge_domains(names: &[String], workers: &[&[Interner]]) -> (Vec<Domain>, Vec<Vec<Vec<u32>>>) {
    let mut domains = Vec::with_capacity(names.len());
    let mut code_of: Vec<Vec<Vec<u32>>> = vec![Vec::new(); workers.len()];
    for (column, name) in names.iter().enumerate() {
        let texts: Vec<Vec<Option<String>>> = workers.iter().map(|interners| interners[column].texts()).collect();
        let lengths: Vec<usize> = texts.iter().map(Vec::len).collect();
        let (domain, mut codes) = Domain::sorted(name, texts.into_iter().flatten().collect());
        for (part, length) in lengths.into_iter().enumerate() {
            let rest = codes.split_off(length);
            code_of[part].push(std::mem::replace(&mut codes, rest));
        }
        domains.push(domain);
    }
    (domains, code_of)
}

fn merge(domains: Vec<Domain>, code_of: Vec<Vec<Vec<u32>>>, mut parts: Vec<TallyPart>) -> Result<EquivalenceTable> {
    let mut all = Tuples::new(domains.len());
    let mut records: Vec<u64> = Vec::new();
    let mut global: Vec<Vec<u32>> = Vec::with_capacity(parts.len());
    let mut tuple = vec![0; domains.len()];
    for (part, code_of) in parts.iter().zip(&code_of) {
        let mut ids = vec![0; part.combinations.ids()];
        for (local, known, count) in part.combinations.iter() {
            for ((code, &old), map) in tuple.iter_mut().zip(known).zip(code_of) {
                *code = map[old as usize];
            }
            let id = all.insert(&tuple);
            if id as usize == records.len() {
                records.push(0);
            }
            records[id as usize] += count;
            ids[local as usize] = id;
        }
        global.push(ids);
    }
    let mut order: Vec<u32> = (0..records.len() as u32).collect();
    order.par_sort_unstable_by(|&a, &b| all.get(a).cmp(all.get(b)));
    let mut place = vec![0u32; order.len()];
    order.iter().enumerate().for_each(|(new, &old)| place[old as usize] = new as u32);
    global.iter_mut().flatten().for_each(|id| *id = place[*id as usize]);

    let codes = (0..domains.len()).map(|column| order.iter().map(|&old| all.get(old)[column]).collect()).collect();
    let records: Vec<u64> = order.iter().map(|&old| records[old as usize]).collect();
    drop((all, code_of));
    let (subjects, spread) = match parts.iter().any(|part| part.subjects.is_some()) {
        false => (records.clone(), Footprints::default()),
        true => subjects(&mut parts, &global, records.len())?,
    };
    Ok(EquivalenceTable { domains, codes, records, subjects, spread, ..EquivalenceTable::default() })
}

/// Counts distinct subjects per combination, and the sets of combinations of those that have several.
fn subjects(parts: &mut [TallyPart], global: &[Vec<u32>], combinations: usize) -> Result<(Vec<u64>, Footprints)> {
    let mut subjects = vec![0u64; combinations];
    let mut sets: HashMap<Vec<u32>, u64> = HashMap::new();
    for chunk in (0..PARTITIONS).collect::<Vec<_>>().chunks(rayon::current_num_threads().max(1)) {
        let mut logs: Vec<Vec<(u128, u32)>> = Vec::new();
        for &partition in chunk {
            let mut entries = Vec::new();
            for (part, ids) in parts.iter_mut().zip(global) {
                let Some(log) = &mut part.subjects else { continue };
                for entry in log.take(partition)?.as_chunks::<ENTRY>().0 {
                    let (hash, local) = entry.split_at(16);
                    let hash = u128::from_be_bytes(hash.try_into().unwrap_or_default());
                    let local = u32::from_le_bytes(local.try_into().unwrap_or_default());
                    entries.push((hash, ids[local as usize]));
                }
            }
            logs.push(entries);
        }
        let counted: Vec<(Vec<u32>, Vec<Vec<u32>>)> = logs.par_iter().map(|log| footprints(log)).collect();
        for (single, several) in counted {
            single.into_iter().for_each(|id| subjects[id as usize] += 1);
            several.into_iter().for_each(|set| *sets.entry(set).or_default() += 1);
        }
    }
    Ok((subjects, sets.into_iter().collect()))
}

/// The combination of each subject that has one, and the set of each that has several.
///
/// Most subjects have one, so they are met in a table rather than sorted: their hashes are as good as random, and the
/// table of a partition stays in a near cache.
fn footprints(entries: &[(u128, u32)]) -> (Vec<u32>, Vec<Vec<u32>>) {
    const FREE: u32 = u32::MAX;
    let mask = (entries.len() * 2).next_power_of_two() - 1;
    let mut table = vec![FREE; mask + 1];
    let mut spread = Vec::new();
    let mut is_spread = vec![false; entries.len()];
    let mut first = Vec::with_capacity(entries.len());
    for (at, &(subject, combination)) in entries.iter().enumerate() {
        let mut slot = subject as usize & mask;
        while table[slot] != FREE && entries[table[slot] as usize].0 != subject {
            slot = (slot + 1) & mask;
        }
        match table[slot] {
            FREE => {
                table[slot] = at as u32;
                first.push(at);
            }
            before if entries[before as usize].1 != combination => {
                is_spread[before as usize] = true;
                spread.push((subject, combination));
            }
            _ => {}
        }
    }
    spread.extend(first.iter().filter(|&&at| is_spread[at]).map(|&at| entries[at]));
    spread.sort_unstable();
    spread.dedup();
    let single = first.into_iter().filter(|&at| !is_spread[at]).map(|at| entries[at].1).collect();
    let several = spread.chunk_by(|a, b| a.0 == b.0).map(|set| set.iter().map(|&(_, id)| id).collect()).collect();
    (single, several)
}

#[cfg(test)]
mod tests;
