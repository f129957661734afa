//! [`Numbers`]: the values of a measure with their holders; its ends, and what rounding and cutting would do.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Float64Array};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::risk::attack::{AttackOutcome, Change};
use crate::risk::figure;
use crate::treatment::{Beside, Round, Treatment};

/// Values with a holder that are kept at a time, 24 bytes each.
const LIMIT: usize = 1 << 22;
/// Further values that are taken before they are put in order.
const WAITING: usize = 1 << 16;
/// Steps finer than this are no rounding that anyone would ask for.
const FINEST: i32 = -6;
const EXTREMES: &str = "extreme_values";
/// Quantiles of the mildest top and bottom coding.
const TAIL: (f64, f64) = (0.001, 0.999);

/// The released numbers of one column with the subjects that hold them.
///
/// Each distinct value is kept with k of its subjects at most: enough to know, for any rounding, which values have
/// fewer than k. Nulls (NaN) are left out. A column with more than four million values and holders is dropped, and
/// then there is no outcome and no advice.
#[derive(Debug, Clone)]
pub struct Numbers {
    name: String,
    k: usize,
    entries: Vec<Entry>,
    settled: usize,
    limit: usize,
    full: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Entry {
    value: f64,
    subject: u64,
    records: u64,
}

/// A change to one column after which no value is rare, computed on the values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Advice {
    pub column: String,
    /// Round to this step first; `None`: not at all.
    pub step: Option<f64>,
    /// Then all values up to this one become one; at least k subjects have one of them.
    pub bottom: Option<f64>,
    /// And all values from this one on; at least k subjects have one of them.
    pub top: Option<f64>,
    /// Records with a value that fewer than k subjects hold, as released now.
    pub rare_before: u64,
    /// The same after the change.
    pub rare_after: u64,
    /// Records beyond the cuts.
    pub cut: u64,
}

/// A value after rounding.
struct Bin {
    value: f64,
    records: u64,
    /// Distinct, k at most.
    subjects: Vec<u64>,
}

impl Numbers {
    pub fn new(name: &str, k: u64) -> Self {
        Self::with_limit(name, k, LIMIT)
    }

    fn with_limit(name: &str, k: u64, limit: usize) -> Self {
        let k = usize::try_from(k).unwrap_or(usize::MAX);
        Self { name: name.into(), k, entries: Vec::new(), settled: 0, limit, full: false }
    }

    /// Takes further cells with their subjects; where every record is a subject of its own, its position.
    ///
    /// # Errors
    /// [`Error::Internal`] if there are not as many cells as subjects.
    pub fn feed(&mut self, cells: &[f64], subjects: &[u64]) -> Result<()> {
        if cells.len() != subjects.len() {
            return Err(Error::Internal("numbers and subjects are not aligned".into()));
        }
        let both = cells.iter().zip(subjects).filter(|(value, _)| !value.is_nan());
        for (&value, &subject) in both {
            if self.full {
                break;
            }
            // the sum with zero turns minus zero into zero
            self.entries.push(Entry { value: value + 0.0, subject, records: 1 });
            if self.entries.len() >= 2 * self.settled + WAITING {
                self.settle();
            }
        }
        Ok(())
    }

    /// Adds what was taken of other records.
    pub fn merge(&mut self, other: Self) {
        self.full |= other.full;
        self.entries.extend(other.entries);
        self.settle();
    }

    /// Puts the entries in order and keeps k subjects of each value.
    fn settle(&mut self) {
        self.entries.sort_unstable_by(|a, b| a.value.total_cmp(&b.value).then(a.subject.cmp(&b.subject)));
        let mut kept: usize = 0; // entries that stay, at the front
        let mut of_value = 0; // of them, those of the last value
        for at in 0..self.entries.len() {
            let entry = self.entries[at];
            match kept.checked_sub(1).map(|last| self.entries[last]) {
                Some(last) if last.value == entry.value => {
                    if last.subject == entry.subject || of_value >= self.k {
                        self.entries[kept - 1].records += entry.records;
                        continue;
                    }
                    of_value += 1;
                }
                _ => of_value = 1,
            }
            self.entries[kept] = entry;
            kept += 1;
        }
        self.entries.truncate(kept);
        if kept > self.limit || self.full {
            self.full = true;
            self.entries = Vec::new();
        }
        self.settled = self.entries.len();
    }

    /// Whether there were more values than are kept.
    pub fn dropped(&self) -> bool {
        self.full
    }

    /// `extreme_values`: the least and the greatest value, of which so many are held by fewer than k subjects.
    ///
    /// Whoever is known to be the largest consumer is found by the greatest value alone.
    pub fn extremes(&mut self) -> AttackOutcome {
        self.settle();
        self.ends(&self.bins(&self.values()))
    }

    /// Changes after which fewer ends are those of few: top and bottom coding that changes as few records as k subjects
    /// beyond each cut allow; then dropping the column.
    pub fn extremes_changes(&mut self) -> Vec<Vec<Change>> {
        self.settle();
        let drop = vec![Change::drop_all([self.name.as_str()], EXTREMES)];
        self.coded().map(|coded| vec![coded]).into_iter().chain([drop]).collect()
    }

    /// As [`TopBottom`](crate::treatment::TopBottom) codes at one record in a thousand, on the sides that need it:
    /// the cuts move inwards until k subjects are at or beyond.
    fn coded(&self) -> Option<Change> {
        let mut bins = self.bins(&self.values());
        let (first, last) = (self.rare(bins.first()?), self.rare(bins.last()?));
        let records: u64 = bins.iter().map(|bin| bin.records).sum();
        // nearest rank of the one quantile from below; from above all but what lies beyond the other
        let reached = |seen: u64, top: bool| match top {
            true => ((records - seen) as f64) < TAIL.1 * records as f64,
            false => seen as f64 >= TAIL.0 * records as f64,
        };
        let mut changed = 0;
        for top in [false, true] {
            if !(if top { last } else { first }) {
                continue;
            }
            if top {
                bins.reverse();
            }
            let (mut seen, mut subjects, mut beyond) = (0, Vec::new(), 0);
            while !reached(seen, top) || subjects.len() < self.k {
                let bin = bins.get(beyond)?;
                seen += bin.records;
                for subject in &bin.subjects {
                    if subjects.len() < self.k && !subjects.contains(subject) {
                        subjects.push(*subject);
                    }
                }
                beyond += 1;
            }
            let cut = bins.get(beyond.checked_sub(1)?)?;
            changed += seen - cut.records;
            let coded = Bin { value: cut.value, records: seen, subjects };
            bins.splice(..beyond, [coded]);
            if top {
                bins.reverse();
            }
        }
        // one end that took in all leaves nothing to tell
        let sides: Vec<String> = [(first, "bottom", TAIL.0), (last, "top", TAIL.1)]
            .into_iter()
            .filter(|side| side.0)
            .map(|(_, side, quantile)| format!("{side} = {quantile}"))
            .collect();
        let change = format!(
            "give `{}` a `top_bottom_coding` with {}, which changes {} records",
            self.name,
            sides.join(" and "),
            figure(changed as f64)
        );
        (bins.len() > 1).then(|| Change::new(change, self.ends(&bins)))
    }

    fn ends(&self, bins: &[Bin]) -> AttackOutcome {
        let ends: Vec<&Bin> = bins.first().into_iter().chain(bins.last()).collect();
        let rare: Vec<&&Bin> = ends.iter().filter(|bin| self.rare(bin)).collect();
        let mut subjects: Vec<u64> = rare.iter().flat_map(|bin| bin.subjects.iter().copied()).collect();
        subjects.sort_unstable();
        subjects.dedup();
        AttackOutcome::new(EXTREMES, rare.len() as u64, ends.len() as u64, None)
            .on([self.name.clone()])
            .subjects(subjects.len() as u64)
    }

    /// Records whose value fewer than k subjects hold, after rounding to this step if one is given.
    ///
    /// # Errors
    /// A step that rounding does not take, or values out of its range.
    pub fn rare_records(&mut self, step: Option<f64>) -> Result<u64> {
        self.settle();
        let values = self.rounded(step)?;
        Ok(self.bins(&values).iter().filter(|bin| self.rare(bin)).map(|bin| bin.records).sum())
    }

    /// The smallest step among 1, 2 and 5 times a power of ten at which every value is held by at least k subjects;
    /// `None` if no step helps, or the column was dropped.
    ///
    /// Rounds as [`Round`] does. The step is the smallest that helps; a larger one may not, as 5 is no multiple of 2.
    pub fn round(&mut self) -> Option<Advice> {
        self.advise(0.0)
    }

    /// As [`Self::round`], also cutting both ends: at most this share of the records, 0 to 1, may lie beyond each
    /// cut. Gives the smallest step, none if cuts alone help, and at it the cuts that change the fewest records.
    pub fn round_and_cut(&mut self, share: f64) -> Option<Advice> {
        self.advise(share)
    }

    fn advise(&mut self, share: f64) -> Option<Advice> {
        let rare_before = self.rare_records(None).ok()?;
        let records: u64 = self.entries.iter().map(|entry| entry.records).sum();
        let most = (share.clamp(0.0, 1.0) * records as f64) as u64;
        let steps = std::iter::once(None).chain(self.steps().into_iter().map(Some));
        for step in steps {
            let Ok(values) = self.rounded(step) else { continue };
            if self.hopeless(&values, records, most) {
                continue;
            }
            let bins = self.bins(&values);
            let Some((from, to)) = self.cuts(&bins, most) else { continue };
            let of = |bins: &[Bin]| bins.iter().map(|bin| bin.records).sum::<u64>();
            return Some(Advice {
                column: self.name.clone(),
                step,
                bottom: from.checked_sub(1).map(|last| bins[last].value),
                top: bins.get(to).map(|bin| bin.value),
                rare_before,
                rare_after: bins[from..to].iter().filter(|bin| self.rare(bin)).map(|bin| bin.records).sum::<u64>(),
                cut: of(&bins[..from]) + of(&bins[to..]),
            });
        }
        None
    }

    fn rare(&self, bin: &Bin) -> bool {
        bin.subjects.len() < self.k
    }

    /// The bins that may stay as they are: none of them rare, at most `most` records on either side, and on a side
    /// with any record at least k subjects. Of all such ranges the one with the most records.
    fn cuts(&self, bins: &[Bin], most: u64) -> Option<(usize, usize)> {
        let enough = |bins: &mut dyn Iterator<Item = &Bin>| -> Vec<(u64, bool)> {
            let (mut records, mut subjects) = (0, Vec::new());
            let mut sides = vec![(0, true)];
            for bin in bins {
                records += bin.records;
                for subject in &bin.subjects {
                    if subjects.len() < self.k && !subjects.contains(subject) {
                        subjects.push(*subject);
                    }
                }
                sides.push((records, subjects.len() >= self.k));
            }
            sides
        };
        let below = enough(&mut bins.iter());
        let mut above = enough(&mut bins.iter().rev());
        above.reverse();
        let allowed = |side: (u64, bool)| side.1 && side.0 <= most;
        let mut best: Option<(u64, usize, usize)> = None;
        let mut start = 0;
        while start < bins.len() {
            if self.rare(&bins[start]) {
                start += 1;
                continue;
            }
            let end = start + bins[start..].iter().take_while(|bin| !self.rare(bin)).count();
            // a bin that is not rare has k subjects: one more is always enough for a side
            let from = (start..=start + 1).find(|&from| allowed(below[from]));
            let to = [end, end - 1].into_iter().find(|&to| allowed(above[to]));
            if let (Some(from), Some(to)) = (from, to)
                && from < to
            {
                let cut = below[from].0 + above[to].0;
                if best.is_none_or(|(least, ..)| cut < least) {
                    best = Some((cut, from, to));
                }
            }
            start = end;
        }
        best.map(|(_, from, to)| (from, to))
    }

    /// Whether a rare value has more than `most` records on both of its sides, itself among them: then no cut takes
    /// it away. Stops there, which for most steps is soon.
    fn hopeless(&self, values: &[f64], records: u64, most: u64) -> bool {
        let mut subjects: Vec<u64> = Vec::new();
        let (mut before, mut at) = (0, 0);
        while at < values.len() {
            subjects.clear();
            let mut own = 0;
            let first = at;
            while at < values.len() && values[at] == values[first] {
                let entry = &self.entries[at];
                own += entry.records;
                if subjects.len() < self.k && !subjects.contains(&entry.subject) {
                    subjects.push(entry.subject);
                }
                at += 1;
            }
            if subjects.len() < self.k && before + own > most && records - before > most {
                return true;
            }
            before += own;
        }
        false
    }

    /// The value of each entry.
    fn values(&self) -> Vec<f64> {
        self.entries.iter().map(|entry| entry.value).collect()
    }

    /// The value of each entry as rounding would release it.
    fn rounded(&self, step: Option<f64>) -> Result<Vec<f64>> {
        let Some(step) = step else { return Ok(self.values()) };
        let cells: ArrayRef = Arc::new(Float64Array::from(self.values()));
        let rounded = Treatment::Round(Round::new(step)?).apply(&cells, &Beside::default())?;
        Ok(match rounded.data_type() {
            DataType::Int64 => rounded.as_primitive::<Int64Type>().values().iter().map(|&n| n as f64).collect(),
            _ => rounded.as_primitive::<Float64Type>().values().to_vec(),
        })
    }

    /// Equal values together; `values` ascend, as rounding keeps the order.
    fn bins(&self, values: &[f64]) -> Vec<Bin> {
        let mut bins: Vec<Bin> = Vec::new();
        for (entry, &value) in self.entries.iter().zip(values) {
            if bins.last().is_none_or(|last| last.value != value) {
                bins.push(Bin { value, records: 0, subjects: Vec::new() });
            }
            let Some(bin) = bins.last_mut() else { continue };
            bin.records += entry.records;
            if bin.subjects.len() < self.k && !bin.subjects.contains(&entry.subject) {
                bin.subjects.push(entry.subject);
            }
        }
        bins
    }

    /// Steps from the last decimal that any value has up to one that makes all values equal.
    fn steps(&self) -> Vec<f64> {
        let largest = self.entries.iter().map(|entry| entry.value.abs()).filter(|v| v.is_finite()).fold(0.0, f64::max);
        let mut finest = i32::MAX;
        let mut last = None;
        for entry in &self.entries {
            if last != Some(entry.value) && entry.value != 0.0 {
                last = Some(entry.value);
                finest = finest.min(exponent(entry.value));
            }
            if finest <= FINEST {
                break;
            }
        }
        let mut steps = Vec::new();
        for power in finest.max(FINEST)..=finest.max(FINEST).saturating_add(40) {
            for digit in [1, 2, 5] {
                // parsed, so that it is the float that people write
                let Ok(step) = format!("{digit}e{power}").parse::<f64>() else { continue };
                // one step at least lies between twice and five times the largest: with it all values round to 0
                if step > 5.0 * largest {
                    return steps;
                }
                steps.push(step);
            }
        }
        steps
    }
}

/// The power of ten of the last digit of a number in its shortest decimal form.
fn exponent(value: f64) -> i32 {
    let text = format!("{value:e}");
    let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
    let places = digits.split_once('.').map_or(0, |(_, places)| places.len() as i32);
    power.parse::<i32>().unwrap_or(0) - places
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    fn numbers(cells: &[f64], subjects: &[u64], k: u64) -> Numbers {
        let mut numbers = Numbers::new("kwh", k);
        numbers.feed(cells, subjects).unwrap();
        numbers
    }

    /// Every record a subject of its own.
    fn records(cells: &[f64], k: u64) -> Numbers {
        numbers(cells, &(0..cells.len() as u64).collect::<Vec<_>>(), k)
    }

    #[test]
    fn the_step_is_the_smallest_nice_one_that_helps() {
        // 0.0, 0.1, … 9.9: at step 5 the values are 0, 5 and 10 with 25, 50 and 25 records
        let cells: Vec<f64> = (0..100).map(|i| f64::from(i) / 10.0).collect();
        let mut found = records(&cells, 20);
        let advice = found.round().unwrap();
        assert_eq!((advice.step, advice.rare_before, advice.rare_after, advice.cut), (Some(5.0), 100, 0, 0));
        assert_eq!(found.rare_records(Some(2.0)).unwrap(), 20, "0 and 10 have ten each at step 2");
        assert_eq!(found.rare_records(Some(5.0)).unwrap(), 0);
    }

    #[test]
    fn one_far_value_is_cut_and_needs_no_coarse_step() {
        let mut cells = vec![10.0; 50];
        cells.extend([20.0; 50]);
        cells.push(9000.0);
        let mut found = records(&cells, 5);
        // at 10,000 alone all values are alike: 9,000 is rounded up, so the step has to be 20,000
        assert_eq!(found.round().unwrap().step, Some(20_000.0));
        assert_eq!(found.round_and_cut(0.01).unwrap().step, Some(20_000.0), "a cut at 9,000 has one subject");
        let advice = found.round_and_cut(0.6).unwrap();
        assert_eq!((advice.step, advice.bottom, advice.top, advice.cut), (None, None, Some(20.0), 51));
        assert_eq!((advice.rare_before, advice.rare_after), (1, 0));
    }

    #[test]
    fn a_maximum_held_by_one_is_found() {
        let outcome = records(&[1.0, 1.0, 2.0, 5.0], 2).extremes();
        assert_eq!((outcome.successes, outcome.trials, outcome.subjects_at_risk), (1, 2, Some(1)));
        assert_eq!(records(&[1.0, 1.0, 2.0, 5.0, 5.0], 2).extremes().successes, 0);
        assert!(!records(&[f64::NAN], 2).extremes().attempted(), "nulls alone are no values");
    }

    #[test]
    fn a_step_that_makes_all_values_equal_is_always_tried() {
        // half of 20 rounds up, and so 50 is the first
        assert_eq!(records(&[10.0, 0.0], 2).round().unwrap().step, Some(50.0));
    }

    #[test]
    fn coded_ends_are_those_of_the_coded_values() {
        // one record in a thousand is 2 of 2,000, where k subjects need 5; and 10 of 10,000, which are enough
        for (rows, bottom, top, changed) in [(2000, 4.0, 1995.0, 8), (10_000, 9.0, 9_989.0, 19)] {
            let cells: Vec<f64> = (0..rows).map(f64::from).collect();
            let mut found = records(&cells, 5);
            assert_eq!(found.extremes().successes, 2);
            let [coded, dropped] = &found.extremes_changes()[..] else { panic!() };
            let told =
                format!("`kwh` a `top_bottom_coding` with bottom = 0.001 and top = 0.999, which changes {changed}");
            assert!(coded[0].change.contains(&told), "{}", coded[0].change);
            let clamped: Vec<f64> = cells.iter().map(|cell| cell.clamp(bottom, top)).collect();
            assert_eq!(cells.iter().zip(&clamped).filter(|(cell, after)| cell != after).count(), changed);
            assert_eq!(coded[0].after, records(&clamped, 5).extremes());
            assert_eq!((coded[0].after.successes, coded[0].after.trials), (0, 2));
            assert_eq!(dropped[0].change, "drop `kwh`");
        }
        // one end is that of many already
        let cells = [vec![0.0; 50], (1..50).map(f64::from).collect()].concat();
        let [coded, _] = &records(&cells, 5).extremes_changes()[..] else { panic!() };
        assert!(coded[0].change.contains("with top = 0.999, which changes 4 records"), "{}", coded[0].change);
        assert_eq!(records(&[1.0, 2.0], 5).extremes_changes().len(), 1, "too few for any cut");
    }

    #[test]
    fn twelve_readings_of_one_household_stay_one_holder() {
        let mut found = numbers(&[3.0; 12], &[9; 12], 2);
        assert_eq!(found.rare_records(None).unwrap(), 12);
        assert_eq!(found.round(), None, "no step makes one household two");
    }

    #[test]
    fn a_column_of_too_many_values_gives_no_advice() {
        let cells: Vec<f64> = (0..1000).map(f64::from).collect();
        let mut found = Numbers::with_limit("kwh", 2, 500);
        found.feed(&cells, &(0..1000).collect::<Vec<_>>()).unwrap();
        assert!(!found.extremes().attempted() && found.dropped());
        assert_eq!(found.round(), None);
        assert!(found.feed(&[1.0], &[]).is_err());
    }

    proptest! {
        #[test]
        fn rounding_counts_as_a_naive_grouping_does(
            cells in prop::collection::vec((-40_i32..40, 0_u64..9), 1..80), k in 1_u64..5, cut in 0_usize..80,
            step in prop::sample::select(vec![None, Some(1.0), Some(2.0), Some(5.0), Some(0.5)]),
        ) {
            let values: Vec<f64> = cells.iter().map(|c| f64::from(c.0) / 4.0).collect();
            let who: Vec<u64> = cells.iter().map(|c| c.1).collect();
            let cut = cut.min(values.len());
            let mut found = numbers(&values[..cut], &who[..cut], k);
            found.merge(numbers(&values[cut..], &who[cut..], k));
            let mut holders: BTreeMap<i64, (u64, BTreeSet<u64>)> = BTreeMap::new();
            for (value, who) in values.iter().zip(&who) {
                // quarters are exact floats, and `round` takes halves away from zero
                let shown = step.map_or(*value, |step: f64| (value / step).round() * step);
                let held = holders.entry((shown * 4.0) as i64).or_default();
                held.0 += 1;
                held.1.insert(*who);
            }
            let rare: u64 = holders.values().filter(|h| (h.1.len() as u64) < k).map(|h| h.0).sum();
            prop_assert_eq!(found.rare_records(step).unwrap(), rare);
        }

        #[test]
        fn advice_keeps_its_promise(
            cells in prop::collection::vec((-40_i32..200, 0_u64..30), 1..80), k in 1_u64..5, share in 0.0..0.5_f64,
        ) {
            let values: Vec<f64> = cells.iter().map(|c| f64::from(c.0) / 4.0).collect();
            let who: Vec<u64> = cells.iter().map(|c| c.1).collect();
            let mut found = numbers(&values, &who, k);
            if let Some(advice) = found.round() {
                prop_assert_eq!(found.rare_records(advice.step).unwrap(), 0);
            } else {
                let all: BTreeSet<u64> = who.iter().copied().collect();
                prop_assert!((all.len() as u64) < k, "one value for all would do");
            }
            let Some(advice) = found.round_and_cut(share) else { return Ok(()) };
            let shown = |value: f64| advice.step.map_or(value, |step| (value / step).round() * step);
            let (mut groups, mut beyond): (BTreeMap<i64, BTreeSet<u64>>, [u64; 2]) = Default::default();
            for (value, who) in values.iter().zip(&who) {
                let value = shown(*value);
                let place = match (advice.bottom, advice.top) {
                    (Some(bottom), _) if value <= bottom => { beyond[0] += 1; i64::MIN }
                    (_, Some(top)) if value >= top => { beyond[1] += 1; i64::MAX }
                    _ => (value * 4e6).round() as i64,
                };
                groups.entry(place).or_default().insert(*who);
            }
            prop_assert!(groups.values().all(|held| held.len() as u64 >= k), "{advice:?}");
            prop_assert_eq!(beyond[0] + beyond[1], advice.cut);
            prop_assert!(beyond.iter().all(|&n| n as f64 <= share * values.len() as f64));
            prop_assert_eq!(advice.rare_after, 0);
        }
    }
}
