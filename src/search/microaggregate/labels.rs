//! What groups are released as.

use std::collections::{BTreeMap, HashMap};

use super::{Points, Statistic};
use crate::table::intern::number_text;
use crate::table::{LocalColumn, LocalRecoding, STAR};

/// Groups with those merged that would be released alike; in order of the first.
pub(super) fn alike(points: &Points, groups: &[Vec<u32>], statistic: Statistic) -> Vec<Vec<u32>> {
    let mut places: HashMap<Vec<Option<String>>, usize> = HashMap::new();
    let mut merged: Vec<Vec<u32>> = vec![];
    for group in groups {
        let labels = (0..points.width()).map(|column| label(points, group, column, statistic)).collect();
        let place = *places.entry(labels).or_insert(merged.len());
        if place == merged.len() {
            merged.push(vec![]);
        }
        merged[place].extend_from_slice(group);
    }
    merged.iter_mut().for_each(|group| group.sort_unstable());
    merged
}

/// The recoding that releases these groups and withholds all other combinations.
pub(super) fn recoding(points: &Points, groups: &[Vec<u32>], statistic: Statistic) -> LocalRecoding {
    let table = points.census.table;
    let mut group_of = vec![None; points.codes.len()];
    for (group, units) in groups.iter().enumerate() {
        units.iter().for_each(|&unit| group_of[unit as usize] = Some(group));
    }
    let of_column = |column: usize| {
        // Each label with the codes that it stands for.
        let mut labels: BTreeMap<Option<String>, Vec<u32>> = BTreeMap::new();
        let star = Some(STAR.to_string());
        let of_group: Vec<Option<String>> =
            groups.iter().map(|group| label(points, group, column, statistic)).collect();
        for (group, label) in groups.iter().zip(&of_group) {
            let codes = labels.entry(label.clone()).or_default();
            codes.extend(group.iter().map(|&unit| points.codes.get(unit)[column]));
        }
        if group_of.iter().any(Option::is_none) {
            labels.entry(star.clone()).or_default();
        }
        let size = |(label, codes): (&Option<String>, &Vec<u32>)| match label {
            label if *label == star => table.domains[column].len() as u64,
            None => 1,
            Some(_) => stands_for(points, column, codes, statistic),
        };
        let sizes: Vec<u64> = labels.iter().map(size).collect();
        let labels: Vec<Option<String>> = labels.into_keys().collect();
        let place = |label: &Option<String>| labels.binary_search(label).map_or(0, |place| place as u32);
        let of_group: Vec<u32> = of_group.iter().map(place).collect();
        let withheld = place(&star);
        let label_of = points.unit_of.iter().map(|&unit| group_of[unit as usize].map_or(withheld, |g| of_group[g]));
        LocalColumn { label_of: label_of.collect(), sizes, labels }
    };
    LocalRecoding {
        columns: (0..points.width()).map(of_column).collect(),
        suppressed: points.unit_of.iter().map(|&unit| group_of[unit as usize].is_none()).collect(),
    }
}

/// How many values of the column's domain a label stands for that some codes are released with.
fn stands_for(points: &Points, column: usize, codes: &[u32], statistic: Statistic) -> u64 {
    let numbers = &points.numbers[column];
    let mut codes = codes.to_vec();
    codes.sort_unstable();
    codes.dedup();
    if statistic != Statistic::Interval {
        return codes.len() as u64;
    }
    let of_codes = || codes.iter().map(|&code| numbers[code as usize]);
    let (low, high) = (of_codes().fold(f64::INFINITY, f64::min), of_codes().fold(f64::NEG_INFINITY, f64::max));
    numbers.iter().filter(|&&number| low <= number && number <= high).count() as u64
}

/// What a group shows in one column; null where its rows are.
fn label(points: &Points, group: &[u32], column: usize, statistic: Statistic) -> Option<String> {
    let mut numbers: Vec<(f64, u64)> =
        group.iter().map(|&unit| (points.number(unit, column), points.units.records[unit as usize])).collect();
    if numbers.iter().any(|(number, _)| number.is_nan()) {
        return None;
    }
    numbers.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (low, high) = (numbers.first()?.0, numbers.last()?.0);
    Some(match statistic {
        _ if low == high => number_text(low),
        Statistic::Interval => format!("[{}, {}]", number_text(low), number_text(high)),
        Statistic::Mean => number_text(mean(&numbers).clamp(low, high)),
        Statistic::Median => number_text(median(&numbers)),
    })
}

fn mean(numbers: &[(f64, u64)]) -> f64 {
    let records: f64 = numbers.iter().map(|&(_, records)| records as f64).sum();
    let plain = numbers.iter().map(|&(number, records)| number * records as f64).sum::<f64>() / records;
    match plain.is_finite() {
        true => plain,
        // The sum was too large for a float.
        false => numbers.iter().map(|&(number, count)| number * (count as f64 / records)).sum(),
    }
}

/// The middle of ascending numbers with their counts, or the mean of the two middle ones.
fn median(numbers: &[(f64, u64)]) -> f64 {
    let records: u64 = numbers.iter().map(|&(_, count)| count).sum();
    let at = |place: u64| {
        let mut before = 0;
        let reached = |&&(_, count): &&(f64, u64)| {
            before += count;
            before > place
        };
        numbers.iter().find(reached).map_or(f64::NAN, |&(number, _)| number)
    };
    at((records - 1) / 2).midpoint(at(records / 2))
}
