//! [`Distribution`]: how many records have each released label, before and after, without telling of the withheld.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::table::EquivalenceTable;

/// Labels that are told one by one; all others stand together.
const MOST_LABELS: usize = 12;

/// Records per released label, in the source and in the release.
///
/// The difference of both is what was withheld. Told label by label it would give a withheld person away: the one
/// record that is missing at each label of each column is a row. So a label stands by itself only where none of its
/// records is withheld, or those of at least `k` distinct subjects; all others stand together, and these are no fewer
/// either. Where fewer than `k` subjects are withheld in all, nothing is told of the source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Distribution {
    /// By their numbers where all begin with one, otherwise as the column has them.
    pub labels: Vec<LabelCount>,
    /// All other labels together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub others: Option<OtherLabels>,
}

/// Records of one label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LabelCount {
    /// `None`: no value.
    pub label: Option<String>,
    /// Of the source, withheld ones among them; absent where that would tell of few withheld subjects.
    pub before: Option<u64>,
    /// Of the release.
    pub after: u64,
}

/// Records of several labels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OtherLabels {
    /// How many labels of the release stand together.
    pub labels: u64,
    pub before: Option<u64>,
    pub after: u64,
}

#[derive(Clone, Default)]
struct Counted {
    records: u64,
    withheld: u64,
    /// Distinct subjects with withheld records.
    hidden: u64,
}

impl Counted {
    fn after(&self) -> u64 {
        self.records - self.withheld
    }
}

/// Counts the records of each label of one column.
///
/// `labels` are what the column is released as, `label_of` the index of the label of each combination of the table,
/// `suppressed` says which combinations are withheld; `k` counts distinct subjects. `None` without anything to tell.
pub fn distribution(
    table: &EquivalenceTable,
    labels: &[Option<String>],
    label_of: impl Fn(usize) -> u32,
    suppressed: &[bool],
    k: u64,
) -> Option<Distribution> {
    let mut counted = count(table, &label_of, suppressed);
    if counted.is_empty() {
        return None;
    }
    let hidden = distinct_hidden(table, suppressed, |_| true);
    let told = hidden == 0 || hidden >= k;
    // the labels that stand together: those with few withheld subjects, and the rarest
    let few = |label: &Counted| told && (1..k).contains(&label.hidden);
    let mut apart: Vec<u32> = counted.iter().filter(|(_, label)| !few(label)).map(|(&label, _)| label).collect();
    let size = |label: &u32| if told { counted[label].records } else { counted[label].after() };
    apart.retain(|label| size(label) > 0);
    apart.sort_by_key(|label| (std::cmp::Reverse(size(label)), *label));
    let mut together = counted.len() - apart.len();
    while apart.len() > MOST_LABELS || (together == 1 && apart.len() == MOST_LABELS) {
        apart.pop();
        together = counted.len() - apart.len();
    }
    let is_other = |apart: &[u32], label: u32| !apart.contains(&label);
    // few subjects withheld of all others together: a label of which enough are withheld joins them
    loop {
        let others = distinct_hidden(table, suppressed, |row| is_other(&apart, label_of(row)));
        if !told || others == 0 || others >= k {
            break;
        }
        let least =
            (0..apart.len()).filter(|&i| counted[&apart[i]].hidden > 0).min_by_key(|&i| counted[&apart[i]].hidden);
        match least {
            Some(place) => drop(apart.remove(place)),
            None => break, // cannot be: these would be all withheld subjects, who are `k` or none
        }
    }
    let before = |label: &Counted| told.then_some(label.records);
    let mut other = Counted::default();
    let mut others = 0;
    for label in counted.extract_if(.., |label, _| is_other(&apart, *label)).map(|(_, label)| label) {
        others += u64::from(label.after() > 0);
        other.records += label.records;
        other.withheld += label.withheld;
    }
    let shown = counted.iter().map(|(&label, counted)| LabelCount {
        label: labels.get(label as usize).cloned().flatten(),
        before: before(counted),
        after: counted.after(),
    });
    let mut labels: Vec<LabelCount> = shown.collect();
    by_number(&mut labels);
    let told_of = !labels.is_empty() || other.records > 0 && (told || other.after() > 0);
    told_of.then(|| Distribution {
        labels,
        others: (other.records > 0 && (told || other.after() > 0)).then(|| OtherLabels {
            labels: others,
            before: before(&other),
            after: other.after(),
        }),
    })
}

/// Puts labels that all begin with a number, as bands and years do, into its order; no value comes first.
fn by_number(labels: &mut [LabelCount]) {
    let number = |label: &LabelCount| -> Option<f64> {
        let Some(text) = &label.label else { return Some(f64::NEG_INFINITY) };
        let text = text.trim_start_matches(['[', '(', '<', '>', '≤', '≥', ' ']);
        let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-')).unwrap_or(text.len());
        // a sign only in front: `1920-1939` begins with 1920
        let end = text[..end].rfind('-').filter(|at| *at > 0).unwrap_or(end);
        text[..end].parse().ok()
    };
    if labels.iter().all(|label| number(label).is_some()) {
        labels.sort_by(|a, b| number(a).partial_cmp(&number(b)).unwrap_or(std::cmp::Ordering::Equal));
    }
}

/// What each label counts; labels without records are not there.
fn count(table: &EquivalenceTable, label_of: impl Fn(usize) -> u32, suppressed: &[bool]) -> BTreeMap<u32, Counted> {
    let cell = |row: usize| (label_of(row) << 1) | u32::from(suppressed[row]);
    let classes = table.grouped(1, |_, row| cell(row));
    let mut counted: BTreeMap<u32, Counted> = BTreeMap::new();
    let mut seen = vec![false; classes.records.len()];
    for (row, &class) in classes.class_of.iter().enumerate() {
        let class = class as usize;
        if std::mem::replace(&mut seen[class], true) || classes.records[class] == 0 {
            continue;
        }
        let label = counted.entry(label_of(row)).or_default();
        label.records += classes.records[class];
        if suppressed[row] {
            label.withheld += classes.records[class];
            label.hidden += classes.subjects[class];
        }
    }
    counted
}

/// Distinct subjects with withheld records among some combinations.
pub fn distinct_hidden(table: &EquivalenceTable, suppressed: &[bool], among: impl Fn(usize) -> bool) -> u64 {
    let classes = table.grouped(1, |_, row| u32::from(suppressed[row] && among(row)));
    let withheld = (0..table.combinations()).find(|&row| suppressed[row] && among(row));
    withheld.map_or(0, |row| classes.subjects[classes.class_of[row] as usize])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::table::Domain;

    /// Combinations with one label each and so many subjects of one record; withheld or not.
    fn told(rows: &[(u32, u64, bool)], k: u64) -> Distribution {
        let labels: Vec<Option<String>> = (0..40).map(|i| (i > 0).then(|| format!("L{i}"))).collect();
        let suppressed: Vec<bool> = rows.iter().map(|row| row.2).collect();
        distribution(&table(rows), &labels, |row| rows[row].0, &suppressed, k).unwrap_or_else(nothing)
    }

    fn nothing() -> Distribution {
        Distribution { labels: vec![], others: None }
    }

    fn table(rows: &[(u32, u64, bool)]) -> EquivalenceTable {
        let values = (0..rows.len()).map(|i| Some(format!("{i:04}"))).collect();
        EquivalenceTable {
            domains: vec![Domain::sorted("c", values).0],
            codes: vec![(0..rows.len() as u32).collect()],
            records: rows.iter().map(|row| row.1).collect(),
            subjects: rows.iter().map(|row| row.1).collect(),
            ..EquivalenceTable::default()
        }
    }

    fn label(name: &str, before: u64, after: u64) -> LabelCount {
        LabelCount { label: Some(name.into()), before: Some(before), after }
    }

    #[test]
    fn enough_withheld_subjects_are_told() {
        let found = told(&[(1, 100, false), (1, 7, true), (2, 50, false)], 5);
        assert_eq!(found, Distribution { labels: vec![label("L1", 107, 100), label("L2", 50, 50)], others: None });
    }

    #[test]
    fn labels_with_few_withheld_subjects_stand_together_with_enough_others() {
        let found = told(&[(1, 100, false), (1, 7, true), (2, 50, false), (2, 1, true), (3, 30, false)], 5);
        assert_eq!(found.labels, vec![label("L3", 30, 30)]);
        assert_eq!(found.others, Some(OtherLabels { labels: 2, before: Some(158), after: 150 }));
    }

    #[test]
    fn nothing_is_told_of_the_source_where_fewer_than_k_are_withheld_in_all() {
        let found = told(&[(1, 100, false), (2, 50, false), (2, 4, true), (3, 0, false)], 5);
        assert!(found.labels.iter().all(|label| label.before.is_none()) && found.labels.len() == 2);
        assert_eq!((found.labels[1].after, found.others), (50, None));
        // a label that only withheld records have is not there at all
        assert_eq!(told(&[(1, 100, false), (2, 4, true)], 5).labels.len(), 1);
    }

    #[test]
    fn the_rarest_of_many_labels_stand_together_and_a_null_is_a_label() {
        let rows: Vec<(u32, u64, bool)> = (0..30).map(|i| (i, 100 - u64::from(i), false)).collect();
        let found = told(&rows, 5);
        assert_eq!((found.labels.len(), found.labels[0].label.clone()), (12, None));
        assert_eq!(found.others.unwrap().labels, 18);
    }

    proptest! {
        #[test]
        fn no_difference_tells_of_few_subjects(
            rows in prop::collection::vec((0..25_u32, 1..12_u64, prop::bool::weighted(0.3)), 1..60), k in 2..9_u64,
        ) {
            let found = told(&rows, k);
            let all = found.labels.iter().map(|label| (label.before, label.after));
            let all: Vec<_> = all.chain(found.others.iter().map(|others| (others.before, others.after))).collect();
            for (before, after) in &all {
                // each record here is a subject of its own
                let hidden = before.map_or(0, |before| before - after);
                prop_assert!(hidden == 0 || hidden >= k, "{found:?}");
            }
            let released: u64 = rows.iter().filter(|row| !row.2).map(|row| row.1).sum();
            prop_assert_eq!(all.iter().map(|pair| pair.1).sum::<u64>(), released);
            if !all.is_empty() && all.iter().all(|pair| pair.0.is_some()) {
                let read: u64 = rows.iter().map(|row| row.1).sum();
                prop_assert_eq!(all.iter().filter_map(|pair| pair.0).sum::<u64>(), read);
            }
        }
    }

    #[test]
    fn bands_and_years_stand_in_the_order_of_their_numbers() {
        let label = |text: &str| LabelCount { label: Some(text.into()), before: None, after: 1 };
        let sorted = |texts: &[&str]| -> Vec<String> {
            let mut labels: Vec<LabelCount> = texts.iter().map(|text| label(text)).collect();
            by_number(&mut labels);
            labels.into_iter().filter_map(|label| label.label).collect()
        };
        assert_eq!(
            sorted(&["[40, 80)", "[80, 120)", "≥120", "<0", "[0, 40)"]),
            ["<0", "[0, 40)", "[40, 80)", "[80, 120)", "≥120"]
        );
        assert_eq!(sorted(&["1960-1979", "1920-1939", "-5"]), ["-5", "1920-1939", "1960-1979"]);
        assert_eq!(sorted(&["b 2", "a 10"]), ["b 2", "a 10"], "not all begin with a number");
    }
}
