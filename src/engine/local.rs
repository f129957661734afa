//! One machine: streaming scans, folded and treated by one worker per core.

use std::sync::atomic::{AtomicBool, Ordering};

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::UInt32Type;
use arrow::util::display::{ArrayFormatter, FormatOptions};

use super::apply::{Applier, ApplyPlan, Reading};
use super::counting::{Counted, Counting};
use super::limits::{Limits, seen};
use super::quality::{Count, Rules};
use super::row_sample::{RowSample, SampledRows};
use super::rowhash::{OrderSample, RowHasher};
use crate::error::{Error, Place, Result};
use crate::release::shuffle::Shuffle;
use crate::risk::attack::residual::Identifiers;
use crate::risk::linkage::{Dependence, Link};
use crate::risk::quality::Tested;
use crate::secret::Secret;
use crate::source::{Batch, Source, Wanted, changed};
use crate::table::intern::Interner;
use crate::table::tally::{Spill, TallyPart, finish, merge_domains};
use crate::table::tuples::Tuples;
use crate::table::{Domain, EquivalenceTable};
use crate::treatment::Member;

/// Workers for a pass over rows: one per core.
pub fn workers() -> usize {
    Limits::get().threads
}

/// Gives every part of a tally its own place for what does not fit in memory.
pub type Spills<'a> = &'a (dyn Fn() -> Result<Box<dyn Spill>> + Sync);

/// A part of a tally for each worker; all share one key.
pub fn parts(columns: usize, subjects: bool, spills: Spills, key: &Secret<[u8; 32]>) -> Result<Vec<TallyPart>> {
    (0..workers())
        .map(|_| {
            let subjects = match subjects {
                true => Some((Secret::new(*key.expose()), spills()?)),
                false => None,
            };
            Ok(TallyPart::new(columns, subjects).buffered(Limits::get().tally))
        })
        .collect()
}

/// The distinct values of some columns.
pub fn domains(source: &Source, columns: &[Wanted]) -> Result<Vec<Domain>> {
    let interners = || columns.iter().map(|_| Interner::default()).collect::<Vec<_>>();
    let workers = (0..workers()).map(|_| (interners(), Vec::new())).collect();
    let see = |(interners, codes): &mut (Vec<Interner>, Vec<u32>), batch: &Batch| {
        interners.iter_mut().zip(batch.cells.columns()).try_for_each(|(interner, cells)| interner.encode(cells, codes))
    };
    let (workers, _) = source.scan(columns, workers, &AtomicBool::new(false), see)?;
    let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    let seen: Vec<&[Interner]> = workers.iter().map(|(interners, _)| &interners[..]).collect();
    Ok(merge_domains(&names, &seen).0)
}

/// The identifiers of the first records of a source, of about so many or some more; with how many records were read.
pub fn identifiers(source: &Source, columns: &[Wanted], rows: u64) -> Result<(Identifiers, u64)> {
    if columns.is_empty() {
        return Ok((Identifiers::default(), 0));
    }
    let enough = AtomicBool::new(false);
    let see = |(identifiers, seen): &mut (Identifiers, u64), batch: &Batch| {
        for cells in batch.cells.columns() {
            let text = ArrayFormatter::try_new(cells, &FormatOptions::default()).map_err(internal)?;
            for row in (0..cells.len()).filter(|&row| cells.is_valid(row)) {
                identifiers.add(&text.value(row).try_to_string().map_err(internal)?);
            }
        }
        *seen += batch.cells.num_rows() as u64;
        if *seen >= rows.div_ceil(workers() as u64) {
            enough.store(true, Ordering::Relaxed);
        }
        Ok(())
    };
    let mut all = (Identifiers::default(), 0);
    let parts = (0..workers()).map(|_| (all.0.twin(), 0)).collect();
    let (parts, _) = source.scan(columns, parts, &enough, see)?;
    for (identifiers, rows) in parts {
        all.0.merge(identifiers);
        all.1 += rows;
    }
    Ok(all)
}

fn internal(error: arrow::error::ArrowError) -> Error {
    Error::Internal(error.to_string())
}

/// Pass 1: counts the distinct combinations of the quasi and sensitive columns and their distinct subjects.
///
/// # Errors
/// Those of the source; no records; a record without a subject; a cell that cannot be treated.
pub fn tally(source: &Source, counted: &Counted, spills: Spills, key: &Secret<[u8; 32]>) -> Result<EquivalenceTable> {
    tally_with(source, counted, None, spills, key).map(|(table, _)| table)
}

/// As [`tally`]; tells beside it what came of each rule of quality, counted in the same pass on the cells as the source
/// gives them.
///
/// # Errors
/// Those of [`tally`], and those of the rules.
pub fn tally_with(
    source: &Source,
    counted: &Counted,
    rules: Option<&Rules>,
    spills: Spills,
    key: &Secret<[u8; 32]>,
) -> Result<(EquivalenceTable, Vec<Tested>)> {
    let counting = Counting::new(counted);
    let mut wanted = counting.wanted();
    let asked = rules.map(|rules| (rules, rules.places(&mut wanted)));
    let names = counting.names();
    let parts = parts(names.len(), counted.subject.is_some(), spills, key)?;
    let parts = parts.into_iter().map(|part| counting.coarse(part)).collect::<Vec<_>>();
    let counts = match rules {
        Some(rules) => rules.counts(spills, key)?.into_iter().map(Some).collect(),
        None => parts.iter().map(|_| None).collect::<Vec<_>>(),
    };
    let origin = source.origin(0);
    let both = |(part, tested): &mut (TallyPart, Option<Count>), batch: &Batch| {
        if let (Some((rules, places)), Some(tested)) = (&asked, tested) {
            rules.see(tested, batch.cells.num_rows(), |place| batch.cells.column(places[place]))?;
        }
        counting.add(part, batch, origin.as_ref())
    };
    let workers = parts.into_iter().zip(counts).collect();
    let (workers, rows) = source.scan(&wanted, workers, &AtomicBool::new(false), both)?;
    let (parts, counts): (Vec<TallyPart>, Vec<Option<Count>>) = workers.into_iter().unzip();
    let tested = rules.map(|rules| rules.told(counts.into_iter().flatten().collect())).transpose()?;
    let table = finish(&names, parts)?.with_sensitive(counted.sensitive.len());
    if table.total_records() != rows {
        return Err(Error::Internal("the tally lost records".into()));
    }
    if rows == 0 {
        let place = Place { path: source.origin(0), ..Place::default() };
        return Err(Error::Input { message: "the input has no records".into(), place: Some(place), help: None });
    }
    Ok((table, tested.unwrap_or_default()))
}

/// What came of each rule of quality, where nothing else is counted in the same pass.
///
/// # Errors
/// Those of the source and of the rules.
#[cfg(feature = "cluster")]
pub fn tested(source: &Source, rules: &Rules, spills: Spills, key: &Secret<[u8; 32]>) -> Result<Vec<Tested>> {
    let mut wanted = Vec::new();
    let places = rules.places(&mut wanted);
    let see = |tested: &mut Count, batch: &Batch| {
        rules.see(tested, batch.cells.num_rows(), |place| batch.cells.column(places[place]))
    };
    let (counts, _) = source.scan(&wanted, rules.counts(spills, key)?, &AtomicBool::new(false), see)?;
    rules.told(counts)
}

/// The released records with their class and the places, in the domain of the column, of one kept column's cells:
/// what is exchanged when that column is swapped.
///
/// `plan` has the labels of the quasi columns and, last, that column.
pub fn members(source: &Source, plan: &ApplyPlan) -> Result<(Domain, Vec<Member>)> {
    struct Worker<'a> {
        applier: Applier<'a>,
        interner: Interner,
        codes: Vec<u32>,
        rows: Vec<(u64, u32, u32)>,
        classes: Tuples,
    }
    let width = plan.outputs.len() - 1;
    let workers = (0..workers()).map(|_| {
        let applier = Applier::new(plan, Reading::Compared)?;
        Ok(Worker {
            applier,
            interner: Interner::default(),
            codes: Vec::new(),
            rows: Vec::new(),
            classes: Tuples::new(width),
        })
    });
    let workers = workers.collect::<Result<Vec<_>>>()?;
    let collect = |worker: &mut Worker, batch: &Batch| {
        let treated = worker.applier.treat(batch)?;
        let columns = treated.cells.columns();
        worker.interner.encode(&columns[width], &mut worker.codes)?;
        let labels: Vec<&[u32]> =
            columns[..width].iter().map(|cells| &cells.as_primitive::<UInt32Type>().values()[..]).collect();
        let mut tuple = vec![0; width];
        for (at, (&row, &code)) in treated.kept.iter().zip(&worker.codes).enumerate() {
            tuple.iter_mut().zip(&labels).for_each(|(label, column)| *label = column[at]);
            worker.rows.push((batch.row(row), worker.classes.insert(&tuple), code));
        }
        Ok(())
    };
    let (workers, _) = source.scan(&plan.wanted, workers, &AtomicBool::new(false), collect)?;
    let name = plan.outputs[width].name.clone();
    let seen: Vec<&[Interner]> = workers.iter().map(|worker| std::slice::from_ref(&worker.interner)).collect();
    let (mut domains, places) = merge_domains(&[name], &seen);
    let mut all = Tuples::new(width);
    let mut members = Vec::new();
    for (worker, places) in workers.iter().zip(&places) {
        let class: Vec<u32> = (0..worker.classes.len()).map(|id| all.insert(worker.classes.get(id as u32))).collect();
        members.extend(worker.rows.iter().map(|&(row, tuple, code)| Member {
            row,
            class: class[tuple as usize],
            value: places[0][code as usize],
        }));
    }
    Ok((domains.remove(0), members))
}

/// What pass 2 gives.
pub struct Applied {
    /// How many rows were released.
    pub rows: u64,
    pub order: OrderSample,
    pub sampled: SampledRows,
}

/// Pass 2: treats every row and scatters it; keeps the hashes of some rows, and other rows whole.
pub fn apply(
    source: &Source,
    plan: &ApplyPlan,
    shuffle: &Shuffle,
    sample: &OrderSample,
    picked: RowSample,
) -> Result<Applied> {
    struct Worker<'a> {
        applier: Applier<'a>,
        label_hashes: Vec<Option<Vec<u64>>>,
        sample: OrderSample,
        picked: RowSample,
        rows: u64,
    }
    let labels = label_hashes(&sample.hasher, plan)?;
    let workers = (0..workers())
        .map(|_| {
            Ok(Worker {
                applier: Applier::new(plan, Reading::Released)?,
                label_hashes: labels.clone(),
                sample: sample.twin(),
                picked: picked.twin(),
                rows: 0,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    let treat = |worker: &mut Worker, batch: &Batch| {
        seen(batch.cells.num_rows());
        let treated = worker.applier.treat(batch)?;
        worker.rows += treated.kept.len() as u64;
        let hashes = hash_columns(&worker.sample.hasher, treated.cells.columns(), &worker.label_hashes)?;
        worker.picked.add(batch, &treated)?;
        worker.sample.add(&hashes, treated.kept.iter().map(|&row| batch.row(row)));
        shuffle.scatter(batch.first_row, &treated.cells)
    };
    let (workers, rows) = source.scan(&plan.wanted, workers, &AtomicBool::new(false), treat)?;
    if rows != plan.table.total_records() {
        return Err(changed());
    }
    let (mut order, mut picked, mut rows) = (sample.twin(), picked, 0);
    for worker in workers {
        rows += worker.rows;
        order.merge(worker.sample);
        picked.merge(worker.picked);
    }
    Ok(Applied { rows, order, sampled: picked.finish(plan)? })
}

/// Treats every row, keeps the hashes of some rows over these released columns, and other rows whole.
pub fn sampled(
    source: &Source,
    plan: &ApplyPlan,
    columns: &[usize],
    order: &OrderSample,
    picked: RowSample,
) -> Result<(OrderSample, SampledRows)> {
    let labels = label_hashes(&order.hasher, plan)?;
    let workers = (0..workers())
        .map(|_| Ok((Applier::new(plan, Reading::Released)?, order.twin(), picked.twin())))
        .collect::<Result<Vec<_>>>()?;
    let treat = |(applier, order, picked): &mut (Applier, OrderSample, RowSample), batch: &Batch| {
        let treated = applier.treat(batch)?;
        let hashes = hash_columns(&order.hasher, treated.cells.columns(), &labels)?;
        let again: Vec<&Vec<u64>> = columns.iter().map(|&at| &hashes[at]).collect();
        picked.add(batch, &treated)?;
        order.add(&again, treated.kept.iter().map(|&row| batch.row(row)));
        Ok(())
    };
    let (workers, rows) = source.scan(&plan.wanted, workers, &AtomicBool::new(false), treat)?;
    if rows != plan.table.total_records() {
        return Err(changed());
    }
    let (mut order, mut picked) = (order.twin(), picked);
    for (_, seen, some) in workers {
        order.merge(seen);
        picked.merge(some);
    }
    Ok((order, picked.finish(plan)?))
}

/// The hash of each label of the released columns that are coded.
pub(super) fn label_hashes(hasher: &RowHasher, plan: &ApplyPlan) -> Result<Vec<Option<Vec<u64>>>> {
    let hashes = |labels: &[Option<String>]| {
        let labels = arrow::array::StringArray::from_iter(labels.iter().map(Option::as_deref));
        hasher.cells(&(std::sync::Arc::new(labels) as ArrayRef))
    };
    plan.labels().into_iter().map(|labels| labels.map(hashes).transpose()).collect()
}

pub(super) fn hash_columns(
    hasher: &RowHasher,
    cells: &[ArrayRef],
    labels: &[Option<Vec<u64>>],
) -> Result<Vec<Vec<u64>>> {
    let column = |(cells, labels): (&ArrayRef, &Option<Vec<u64>>)| match labels {
        None => hasher.cells(cells),
        Some(labels) => {
            let codes = cells.as_primitive::<arrow::datatypes::UInt32Type>().values();
            Ok(codes.iter().map(|&code| labels[code as usize]).collect())
        }
    };
    cells.iter().zip(labels).map(column).collect()
}

/// A question about a released and a source column: whether a link of these would restore something.
pub struct Suspect {
    /// Index in the plan's outputs.
    pub released: usize,
    /// Index in `source_columns`.
    pub source: usize,
    /// What would be a leak.
    pub leak: Leak,
}

/// Which link between two columns is a leak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leak {
    /// Each value of one stands for one value of the other.
    OneToOne,
    /// The released value tells the source's value.
    Determines,
}

impl Suspect {
    fn guilty(&self, link: &Link) -> bool {
        link.released == self.released
            && link.source == self.source
            && match self.leak {
                Leak::OneToOne => link.one_to_one(),
                Leak::Determines => link.determines.as_ref().is_some_and(|support| support.repeats > 0),
            }
    }
}

/// Compares released with source columns row by row until every suspicion is disproved or all rows are
/// read; gives the indexes of the suspects that stand. One counterexample disproves for the whole table.
/// Released columns are compared as what can be read from them: see [`crate::treatment::Treatment::readable`].
pub fn compare(
    source: &Source,
    plan: &ApplyPlan,
    source_columns: &[Wanted],
    suspects: &[Suspect],
) -> Result<Vec<usize>> {
    if suspects.is_empty() {
        return Ok(Vec::new());
    }
    let wanted: Vec<Wanted> = plan.wanted.iter().chain(source_columns).cloned().collect();
    let hasher = RowHasher::default();
    let labels = label_hashes(&hasher, plan)?;
    let enough = AtomicBool::new(false);
    let pairs = suspects.iter().map(|suspect| (suspect.released, suspect.source));
    let worker = (Applier::new(plan, Reading::Compared)?, Dependence::new(pairs), Vec::new());
    let compare = |(applier, dependence, standing): &mut (Applier, Dependence, Vec<usize>), batch: &Batch| {
        let treated = applier.treat(batch)?;
        let released = hash_columns(&hasher, treated.cells.columns(), &labels)?;
        let kept = |cells: &ArrayRef| -> Result<Vec<u64>> {
            let all = hasher.cells(cells)?;
            Ok(treated.kept.iter().map(|&row| all[row as usize]).collect())
        };
        let source: Vec<Vec<u64>> =
            batch.cells.columns()[plan.wanted.len()..].iter().map(kept).collect::<Result<_>>()?;
        let released: Vec<&[u64]> = released.iter().map(Vec::as_slice).collect();
        let source: Vec<&[u64]> = source.iter().map(Vec::as_slice).collect();
        dependence.feed(&released, &source)?;
        let links = dependence.alive();
        *standing = (0..suspects.len()).filter(|&i| links.iter().any(|link| suspects[i].guilty(link))).collect();
        if standing.is_empty() && treated.kept.len() > 1000 {
            enough.store(true, Ordering::Relaxed);
        }
        Ok(())
    };
    let (workers, _) = source.scan(&wanted, vec![worker], &enough, compare)?;
    Ok(workers.into_iter().flat_map(|(_, _, standing)| standing).collect())
}
