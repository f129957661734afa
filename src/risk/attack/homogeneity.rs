//! Classes that give the value of a column away: all their records have the same.

use std::borrow::Cow;

use hashbrown::HashMap;

use super::{AttackOutcome, Baseline, BaselineKind, Change, Sampling};
use crate::risk::figure;

const ID: &str = "homogeneity";

/// Distinct values that are counted per column; with more, the most frequent of those seen first stands for the mode.
const VALUES: usize = 100_000;

/// The homogeneity attack, over released rows as they come.
///
/// The attacker knows a person's quasi-identifiers and so the class. Where all records of the class have one value he
/// names it, otherwise the value that is most frequent in the whole release. The baseline names the latter always: a
/// class in which nobody has a rare disease tells nothing that everybody did not expect. Cells come as hashes; a null
/// has a hash, and is a value, of its own. Memory grows with classes times columns. The size of classes, which
/// k-anonymity bounds, plays no part: a class of one is homogeneous.
///
/// # References
/// Machanavajjhala, Kifer, Gehrke, Venkitasubramaniam, *l-diversity: privacy beyond k-anonymity*, TKDD 2007,
/// section 2.1.
#[derive(Debug, Clone)]
pub struct Homogeneity {
    classes: HashMap<u64, Class>,
    /// Per column, how many records have each value.
    values: Vec<HashMap<u64, u64>>,
}

#[derive(Debug, Clone)]
struct Class {
    records: u64,
    /// Per column the value that all records have had; `None` once two differed.
    only: Vec<Option<u64>>,
}

impl Homogeneity {
    pub fn new(columns: usize) -> Self {
        Self { classes: HashMap::new(), values: vec![HashMap::new(); columns] }
    }

    /// Takes further rows: the class of each, and the cells of each column; all of one length.
    pub fn feed(&mut self, classes: &[u64], columns: &[&[u64]]) {
        for (row, class) in classes.iter().enumerate() {
            let first = || Class { records: 0, only: columns.iter().map(|cells| Some(cells[row])).collect() };
            let class = self.classes.entry(*class).or_insert_with(first);
            class.records += 1;
            for (only, cells) in class.only.iter_mut().zip(columns) {
                *only = only.filter(|value| *value == cells[row]);
            }
        }
        for (values, cells) in self.values.iter_mut().zip(columns) {
            for alike in cells.chunk_by(|a, b| a == b) {
                add(values, alike[0], alike.len() as u64);
            }
        }
    }

    /// Takes what another worker has seen of other rows.
    pub fn merge(&mut self, other: Self) {
        for (hash, theirs) in other.classes {
            match self.classes.get_mut(&hash) {
                None => drop(self.classes.insert(hash, theirs)),
                Some(ours) => {
                    ours.records += theirs.records;
                    for (only, other) in ours.only.iter_mut().zip(theirs.only) {
                        *only = only.filter(|value| Some(*value) == other);
                    }
                }
            }
        }
        for (ours, theirs) in self.values.iter_mut().zip(other.values) {
            theirs.into_iter().for_each(|(value, records)| add(ours, value, records));
        }
    }

    /// One outcome per column, `homogeneity`, over all rows that were fed.
    pub fn outcomes(&self, names: &[String]) -> Vec<AttackOutcome> {
        names.iter().enumerate().map(|(column, name)| self.outcome(column, name, false)).collect()
    }

    /// Changes that give fewer values of a column away: distinct l-diversity of 2, which withholds the classes of one
    /// value where they are not put together with others, if those are no more than half of the records; then
    /// dropping the column.
    pub fn changes(&self, column: usize, name: &str) -> Vec<Vec<Change>> {
        let (all, left) = (self.records(), self.outcome(column, name, true));
        let withheld = all - left.trials;
        let change = format!(
            "ask for distinct `l_diversity` of 2 on `{name}`, which withholds {} of {} records as the classes are",
            figure(withheld as f64),
            figure(all as f64)
        );
        let diverse = (withheld <= all / 2).then(|| vec![Change::new(change, left)]);
        diverse.into_iter().chain([vec![Change::drop_all([name], ID)]]).collect()
    }

    fn records(&self) -> u64 {
        self.classes.values().map(|class| class.records).sum()
    }

    /// Of one column; with `diverse` as if the classes of one value had been withheld.
    fn outcome(&self, column: usize, name: &str, diverse: bool) -> AttackOutcome {
        let single = || self.classes.values().filter_map(|class| Some((class.only[column]?, class.records)));
        let mut values = Cow::Borrowed(&self.values[column]);
        let mut records = self.records();
        if diverse {
            for (value, held) in single() {
                records -= held;
                values.to_mut().entry(value).and_modify(|count| *count = count.saturating_sub(held));
            }
        }
        // the smaller hash of equally frequent values: workers may come in any order
        let mode = values.iter().max_by_key(|&(value, count)| (count, std::cmp::Reverse(value)));
        let (mode, common) = mode.map_or((0, 0), |(value, count)| (*value, *count));
        let told = single().filter(|(value, _)| !diverse && *value != mode);
        let named: u64 = told.map(|(_, records)| records).sum();
        let baseline = Baseline { successes: common, trials: records, what: BaselineKind::NaiveGuess };
        AttackOutcome::new(ID, common + named, records, Some(baseline))
            .on([name])
            .sampled(Sampling::all(records, records))
    }
}

fn add(values: &mut HashMap<u64, u64>, value: u64, records: u64) {
    let room = values.len() < VALUES;
    match values.get_mut(&value) {
        Some(count) => *count += records,
        None if room => drop(values.insert(value, records)),
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn risk(classes: &[u64], cells: &[u64]) -> f64 {
        let mut attack = Homogeneity::new(1);
        attack.feed(classes, &[cells]);
        attack.outcomes(&["x".into()])[0].risk
    }

    #[test]
    fn a_class_of_one_rare_value_gives_it_away() {
        // the two records of class 2 have value 7, which is not the mode; of the others the mode is all that is known
        assert_eq!(risk(&[1, 1, 1, 1, 2, 2], &[5, 5, 5, 8, 7, 7]), (5.0 / 6.0 - 0.5) / 0.5);
        // everybody has the mode: nothing is learnt
        assert_eq!(risk(&[1, 1, 2, 2], &[5, 5, 5, 5]), 0.0);
        assert_eq!(risk(&[1, 1, 2, 2], &[5, 6, 5, 6]), 0.0);
    }

    #[test]
    fn withholding_the_classes_of_one_value_leaves_nothing_to_learn() {
        // class 2 has only value 7, class 3 only the mode
        let rows: [(u64, u64); 10] = [(1, 5), (1, 5), (1, 8), (1, 7), (2, 7), (2, 7), (3, 5), (3, 5), (4, 5), (4, 6)];
        let attack = |kept: &[(u64, u64)]| {
            let (classes, cells): (Vec<u64>, Vec<u64>) = kept.iter().copied().unzip();
            let mut attack = Homogeneity::new(1);
            attack.feed(&classes, &[&cells]);
            attack
        };
        let whole = attack(&rows);
        let kept: Vec<(u64, u64)> = rows.iter().copied().filter(|row| row.0 != 2 && row.0 != 3).collect();
        let left = attack(&kept).outcomes(&["x".into()]).remove(0);
        let groups = whole.changes(0, "x");
        assert_eq!(groups[0][0].after, left);
        assert_eq!(
            groups[0][0].change,
            "ask for distinct `l_diversity` of 2 on `x`, which withholds 4 of 10 records as the classes are"
        );
        assert!(whole.outcomes(&["x".into()])[0].risk > 0.0 && left.risk == 0.0);
        assert_eq!(groups[1][0].change, "drop `x`");
        // where most would have to be withheld only dropping is left
        assert_eq!(attack(&rows[4..8]).changes(0, "x"), groups[1..]);
    }

    #[test]
    fn nothing_fed_is_no_pass() {
        assert!(!Homogeneity::new(1).outcomes(&["x".into()])[0].attempted());
    }

    proptest! {
        #[test]
        fn cuts_and_workers_change_nothing(
            rows in prop::collection::vec((0..4_u64, 0..3_u64, 0..6_u64), 1..40), cut in 0..40_usize,
        ) {
            let column = |at: fn(&(u64, u64, u64)) -> u64| rows.iter().map(at).collect::<Vec<u64>>();
            let (classes, a, b) = (column(|r| r.0), column(|r| r.1), column(|r| r.2));
            let names = ["a".to_owned(), "b".to_owned()];
            let mut whole = Homogeneity::new(2);
            whole.feed(&classes, &[&a, &b]);
            let cut = cut.min(rows.len());
            let (mut first, mut second) = (Homogeneity::new(2), Homogeneity::new(2));
            first.feed(&classes[..cut], &[&a[..cut], &b[..cut]]);
            second.feed(&classes[cut..], &[&a[cut..], &b[cut..]]);
            second.merge(first);
            prop_assert_eq!(whole.outcomes(&names), second.outcomes(&names));

            // against the definition
            for (cells, outcome) in [&a, &b].into_iter().zip(whole.outcomes(&names)) {
                let count = |value: u64| cells.iter().filter(|cell| **cell == value).count();
                let mode = (0..6).max_by_key(|&value| (count(value), std::cmp::Reverse(value))).unwrap();
                let right = |row: usize| {
                    let mut own = (0..rows.len()).filter(|&other| classes[other] == classes[row]);
                    let homogeneous = own.all(|other| cells[other] == cells[row]);
                    homogeneous || cells[row] == mode
                };
                prop_assert_eq!(outcome.successes, (0..rows.len()).filter(|&row| right(row)).count() as u64);
                prop_assert_eq!(outcome.baseline.unwrap().successes, count(mode) as u64);
            }
        }
    }
}
