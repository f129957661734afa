//! Conditions on rows, and how many rows meet them.

use rand::{Rng, RngExt};
use rayon::prelude::*;

use super::cells::{Cells, Rows};

/// A condition on one column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Condition {
    Is(u32),
    IsNot(u32),
    Equals(f64),
    Differs(f64),
    AtMost(f64),
    AtLeast(f64),
    Below(f64),
    Above(f64),
    /// The null of a column of numbers.
    Null,
}

/// Conditions on different columns, all of which must hold.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Predicate(pub Vec<(usize, Condition)>);

/// Rows looked at before a decided count stops.
const PORTION: usize = 4096;

/// A table in which the rows of a label are found without a look at all others.
pub(super) struct Searched<'a> {
    rows: &'a Rows,
    /// By column of labels: where the rows of each code start, and the rows.
    places: Vec<Option<(Vec<u32>, Vec<u32>)>>,
}

impl<'a> Searched<'a> {
    pub(super) fn new(rows: &'a Rows) -> Self {
        let places = rows.columns().par_iter().map(|cells| match cells {
            Cells::Codes(codes) => places(codes),
            Cells::Numbers(_) => None,
        });
        Self { rows, places: places.collect() }
    }

    /// Counts the rows that meet a predicate, up to at least `enough`, and returns one of them.
    pub(super) fn count(&self, predicate: &Predicate, enough: usize) -> (usize, Option<u32>) {
        let listed = |&(column, condition): &(usize, Condition)| {
            let (starts, rows) = self.places[column].as_ref()?;
            let Condition::Is(code) = condition else { return None };
            let start = starts.get(code as usize).copied().unwrap_or(0) as usize;
            let end = starts.get(code as usize + 1).copied().unwrap_or(start as u32) as usize;
            Some(&rows[start..end.max(start)])
        };
        let fewest = predicate.0.iter().filter_map(listed).min_by_key(|rows| rows.len());
        match fewest.filter(|rows| rows.len() <= self.rows.len() / 8) {
            Some(rows) => {
                let meets = |&&row: &&u32| predicate.0.iter().all(|&(c, condition)| condition.meets(self.rows, c, row));
                let mut found = rows.iter().filter(meets).take(enough);
                let first = found.next().copied();
                (usize::from(first.is_some()) + found.count(), first)
            }
            None => predicate.scan(self.rows, enough),
        }
    }

    /// The only rows that meet each predicate.
    pub(super) fn isolated(&self, predicates: &[Predicate]) -> Vec<Option<u32>> {
        let alone = |predicate| match self.count(predicate, 2) {
            (1, row) => row,
            _ => None,
        };
        predicates.par_iter().map(alone).collect()
    }
}

/// The rows of each code, by counting; `None` where codes are far from dense.
fn places(codes: &[u32]) -> Option<(Vec<u32>, Vec<u32>)> {
    let most = codes.iter().copied().max()? as usize;
    if most > 4 * codes.len() + 1024 {
        return None;
    }
    let mut starts = vec![0_u32; most + 2];
    codes.iter().for_each(|&code| starts[code as usize + 1] += 1);
    (1..starts.len()).for_each(|code| starts[code] += starts[code - 1]);
    let (mut next, mut rows) = (starts.clone(), vec![0; codes.len()]);
    for (row, &code) in codes.iter().enumerate() {
        rows[next[code as usize] as usize] = row as u32;
        next[code as usize] += 1;
    }
    Some((starts, rows))
}

impl Predicate {
    /// Looks at all rows, portion by portion.
    fn scan(&self, rows: &Rows, enough: usize) -> (usize, Option<u32>) {
        let (mut found, mut first) = (0, None);
        let mut meets = [true; PORTION];
        for start in (0..rows.len()).step_by(PORTION) {
            let end = rows.len().min(start + PORTION);
            let meets = &mut meets[..end - start];
            meets.fill(true);
            for &(column, condition) in &self.0 {
                condition.narrow(&rows.columns()[column], start, meets);
            }
            let here = meets.iter().filter(|&&meets| meets).count();
            if here > 0 && first.is_none() {
                first = meets.iter().position(|&meets| meets).map(|place| (start + place) as u32);
            }
            found += here;
            if found >= enough {
                break;
            }
        }
        (found, first)
    }
}

impl Condition {
    fn meets(self, rows: &Rows, column: usize, row: u32) -> bool {
        let mut meets = [true];
        self.narrow(&rows.columns()[column], row as usize, &mut meets);
        meets[0]
    }

    /// Clears the marks of rows, from `start` on, that do not meet it. Nulls meet no comparison of numbers.
    fn narrow(self, cells: &Cells, start: usize, meets: &mut [bool]) {
        match cells {
            Cells::Codes(codes) => {
                let cells = &codes[start..start + meets.len()];
                match self {
                    Self::Is(code) => narrow(cells, meets, |c| c == code),
                    Self::IsNot(code) => narrow(cells, meets, |c| c != code),
                    _ => meets.fill(false),
                }
            }
            Cells::Numbers(numbers) => {
                let cells = &numbers[start..start + meets.len()];
                match self {
                    Self::Equals(number) => narrow(cells, meets, |n| n == number),
                    Self::Differs(number) => narrow(cells, meets, |n| !n.is_nan() && n != number),
                    Self::AtMost(number) => narrow(cells, meets, |n| n <= number),
                    Self::AtLeast(number) => narrow(cells, meets, |n| n >= number),
                    Self::Below(number) => narrow(cells, meets, |n| n < number),
                    Self::Above(number) => narrow(cells, meets, |n| n > number),
                    Self::Null => narrow(cells, meets, f64::is_nan),
                    Self::Is(_) | Self::IsNot(_) => meets.fill(false),
                }
            }
        }
    }
}

fn narrow<T: Copy>(cells: &[T], meets: &mut [bool], meet: impl Fn(T) -> bool) {
    meets.iter_mut().zip(cells).for_each(|(meets, &cell)| *meets &= meet(cell));
}

/// Any condition on a value drawn from the released cells that are different, as blind as can be.
pub(super) fn blind(distinct: &Cells, rng: &mut impl Rng) -> Option<Condition> {
    if distinct.is_empty() {
        return None;
    }
    let place = rng.random_range(0..distinct.len());
    Some(match distinct {
        Cells::Codes(codes) => [Condition::Is, Condition::IsNot][rng.random_range(0..2)](codes[place]),
        Cells::Numbers(numbers) if numbers[place].is_nan() => Condition::Null,
        Cells::Numbers(numbers) => {
            let kinds: [fn(f64) -> Condition; 6] = [
                Condition::Equals,
                Condition::Differs,
                Condition::AtMost,
                Condition::AtLeast,
                Condition::Below,
                Condition::Above,
            ];
            kinds[rng.random_range(0..kinds.len())](numbers[place])
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_hold_for_the_rows_they_say() {
        let codes: Vec<u32> = (0..10_000).map(|row| row % 100).collect();
        let mut numbers: Vec<f64> = (0..10_000).map(f64::from).collect();
        numbers[5_000] = f64::NAN;
        let rows = Rows::new(vec![("a".into(), Cells::Codes(codes)), ("b".into(), Cells::Numbers(numbers))]).unwrap();
        let searched = Searched::new(&rows);
        let count = |conditions: &[(usize, Condition)]| {
            let predicate = Predicate(conditions.to_vec());
            let (found, first) = searched.count(&predicate, usize::MAX);
            assert_eq!((found, first), predicate.scan(&rows, usize::MAX), "searched and looked through");
            (found, first)
        };
        assert_eq!(count(&[(0, Condition::Is(7))]), (100, Some(7)));
        assert_eq!(count(&[(0, Condition::Is(700))]), (0, None));
        assert_eq!(count(&[(0, Condition::IsNot(7))]), (9_900, Some(0)));
        assert_eq!(count(&[(1, Condition::Null)]), (1, Some(5_000)));
        assert_eq!(count(&[(1, Condition::Differs(3.0))]), (9_998, Some(0)));
        assert_eq!(count(&[(1, Condition::Equals(9_000.0))]), (1, Some(9_000)));
        assert_eq!(count(&[(1, Condition::AtLeast(9_000.0))]).0 - count(&[(1, Condition::Above(9_000.0))]).0, 1);
        assert_eq!(count(&[(1, Condition::AtMost(9_000.0))]).0 - count(&[(1, Condition::Below(9_000.0))]).0, 1);
        assert_eq!(count(&[(0, Condition::Is(7)), (1, Condition::AtLeast(9_900.0))]), (1, Some(9_907)));
        let several = Predicate(vec![(0, Condition::Is(7)), (1, Condition::Above(9_800.0))]);
        let one = Predicate(vec![(0, Condition::Is(7)), (1, Condition::Above(9_900.0))]);
        assert_eq!(searched.isolated(&[several.clone(), one]), [None, Some(9_907)]);
        assert_eq!(searched.count(&several, 2).0, 2);
        let far = Rows::new(vec![("a".into(), Cells::Codes(vec![u32::MAX, 3, 3]))]).unwrap();
        assert_eq!(Searched::new(&far).isolated(&[Predicate(vec![(0, Condition::Is(u32::MAX))])]), [Some(0)]);
    }
}
