//! Privacy models and quality metrics against the values that other tools computed on the Adult census data.

#![expect(clippy::unwrap_used, reason = "a test may stop")]

#[path = "../common/adult.rs"]
mod adult;
#[path = "../common/mod.rs"]
mod common;
mod judged;
mod metrics;
mod optima;
mod stated;

use common::shared;
use tuomin::privacy::quality::{Shown, quality_of};
use tuomin::privacy::{AverageRisk, RecordsAtRisk, SampleUniques, TableModel, sizes};

use adult::Adult;
use stated::{names, oracle, same};

/// See the README of the oracles, with classes below 5 withheld: the data as they are, and the best node.
#[test]
fn granularity_is_that_of_arx() {
    let Some(shared) = shared() else { return };
    let (adult, stated) = (Adult::load(&shared), oracle(&shared, "search_adult.json"));
    let quasi = names(&stated[0]["qis"]);
    let (table, hierarchies) = adult.table(&quasi, &[], &adult.all, false);
    let granularity = |levels: &[usize]| {
        let classes = table.classes(&hierarchies, levels);
        let small = |&class: &u32| classes.subjects[class as usize] < 5;
        let suppressed: Vec<bool> = classes.class_of.iter().map(small).collect();
        let shown = Shown::new(&table, &hierarchies, &suppressed, |column, _| levels[column]);
        (quality_of(&shown, &[]).granularity, shown.withheld())
    };
    let (found, withheld) = granularity(&[0; 9]);
    assert!((found - 0.22187).abs() < 5e-6, "{found}");
    assert_eq!(withheld, 23_470);
    // The best of all nodes, found by looking at all.
    let (found, _) = granularity(&[0, 3, 0, 0, 2, 1, 1, 1, 0]);
    assert!((found - 0.75142).abs() < 5e-6, "{found}");
}

/// The limits over all classes together, on the data as they are.
#[test]
fn risk_limits_measure_what_arx_says() {
    let Some(shared) = shared() else { return };
    let (adult, stated) = (Adult::load(&shared), oracle(&shared, "risk_adult.json"));
    let stated = &stated["adult_original"];
    let columns: Vec<String> = adult.header.clone();
    assert_eq!(stated["qis"], columns.len());
    let (table, _) = adult.table(&columns, &[], &adult.all, false);
    let all = sizes(&table.finest(), |_| true);
    same(AverageRisk::new(0.0).measure(&all), &stated["sample_risks"]["average"], "average risk");
    same(SampleUniques::new(0.0).measure(&all), &stated["sample_uniqueness"]["fraction"], "sample uniques");
    for threshold in [0.05, 0.1, 0.2, 0.5] {
        let stated = &stated[format!("summary_threshold_{threshold}")]["prosecutor"]["records_at_risk"];
        same(RecordsAtRisk::new(threshold, 0.0).measure(&all), stated, "records at risk");
    }
}
