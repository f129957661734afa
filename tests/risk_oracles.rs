//! Risk estimates against the values that ARX computes on the Adult census data and sdcMicro on its own example.

#![expect(clippy::unwrap_used, reason = "a test may stop")]

#[path = "common/adult.rs"]
mod adult;
mod common;
#[path = "common/tabulate.rs"]
mod tabulate;

use std::collections::BTreeMap;
use std::path::Path;

use adult::{Adult, COLUMNS};
use common::shared;
use serde_json::Value;
use tabulate::tabulate;
use tuomin::risk::individual::{Method, global_risk, household_risks, individual_risks};
use tuomin::risk::population::{Estimator, Population, dankar, pitman, population_uniques, snb, zayatz};
use tuomin::risk::separation::{column_sets, find_quasi_identifiers};
use tuomin::risk::suda::{DIS_FRACTION, suda};
use tuomin::risk::{
    ClassSizes, InPopulation, RiskQuestion, journalist, journalist_in, marketer, marketer_in, prosecutor,
    risk_distribution, sample_risk, sample_uniques, table_risk,
};
use tuomin::table::EquivalenceTable;

fn oracle(shared: &Path, file: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(shared.join("oracles").join(file)).unwrap()).unwrap()
}

/// The tables of ARX's risk oracle by name, each with its class sizes.
fn tables(oracle: &Value) -> Vec<(&String, &Value, ClassSizes)> {
    let tables = oracle.as_object().unwrap().iter().filter(|(_, table)| table.get("histogram").is_some());
    let sizes = |table: &Value| {
        let flat: Vec<u64> =
            table["histogram"].as_array().unwrap().iter().map(|n| n.as_f64().unwrap() as u64).collect();
        ClassSizes(flat.chunks(2).map(|pair| (pair[0], pair[1])).collect())
    };
    tables.map(|(name, table)| (name, table, sizes(table))).collect()
}

#[track_caller]
fn close(found: f64, expected: &Value, tolerance: f64, what: &str) {
    let expected = expected.as_f64().unwrap();
    let gap = (found - expected).abs();
    assert!(gap <= tolerance * expected.abs().max(f64::MIN_POSITIVE) || gap == 0.0, "{what}: {found}, not {expected}");
}

#[test]
fn risks_of_the_sample() {
    let Some(shared) = shared() else { return };
    let oracle = oracle(&shared, "risk_adult.json");
    let tables = tables(&oracle);
    assert!(!tables.is_empty(), "the oracle has no table");
    for (name, table, sizes) in tables {
        let (found, arx) = (sample_risk(&sizes), &table["sample_risks"]);
        let members = sizes.members() as f64;
        for (found, key) in [
            (found.highest, "highest"),
            (found.lowest, "lowest"),
            (found.average, "average"),
            (found.at_highest as f64, "records_affected_highest"),
            (found.at_highest as f64 / members, "fraction_affected_highest"),
            (found.at_lowest as f64, "records_affected_lowest"),
            (prosecutor(&sizes, 0.1).highest, "estimated_prosecutor"),
            (journalist(&sizes, 0.1, 1.0).highest, "estimated_journalist"),
            (marketer(&sizes, 1.0), "estimated_marketer"),
        ] {
            close(found, &arx[key], 1e-15, &format!("{name} {key}"));
        }
        let uniques = sample_uniques(&sizes) as f64;
        close(uniques, &table["sample_uniqueness"]["num"], 0.0, name);
        close(uniques / members, &table["sample_uniqueness"]["fraction"], 1e-15, name);
        close(sizes.classes() as f64, &table["classes"], 0.0, name);
        close(members, &table["records"], 0.0, name);

        let known = |sizes: &ClassSizes| -> Vec<InPopulation> {
            let of =
                |&(size, count): &(u64, u64)| (0..count).map(move |_| InPopulation { sample: size, population: size });
            sizes.0.iter().flat_map(of).collect()
        };
        let mut summaries = 0;
        for (key, summary) in table.as_object().unwrap() {
            let Some(tau) = key.strip_prefix("summary_threshold_") else { continue };
            let tau: f64 = tau.parse().unwrap();
            for (found, attacker) in [
                (prosecutor(&sizes, tau), "prosecutor"),
                (journalist(&sizes, tau, 1.0), "journalist"),
                (journalist_in(known(&sizes), tau), "journalist"),
            ] {
                let arx = &summary[attacker];
                close(found.share_above, &arx["records_at_risk"], 1e-15, key);
                close(found.highest, &arx["highest"], 0.0, key);
                close(found.average, &arx["success_rate"], 1e-13, key);
            }
            close(marketer(&sizes, 1.0), &summary["marketer"]["success_rate"], 1e-15, key);
            close(marketer_in(known(&sizes)), &summary["marketer"]["success_rate"], 1e-13, key);
            summaries += 1;
        }
        assert!(summaries > 0, "{name} has no threshold");

        let arx = &table["risk_distribution"];
        let bounds: Vec<f64> =
            arx["upper_thresholds"].as_array().unwrap().iter().map(|b| b.as_f64().unwrap()).collect();
        let shares = risk_distribution(&sizes, 1.0, &bounds);
        for (share, expected) in shares.iter().zip(arx["fraction_at"].as_array().unwrap()) {
            close(*share, expected, 1e-14, "distribution");
        }
    }
}

#[test]
fn uniques_of_the_population() {
    let Some(shared) = shared() else { return };
    let oracle = oracle(&shared, "risk_adult.json");
    let mut compared = 0;
    for (name, table, sizes) in tables(&oracle) {
        for (key, arx) in table.as_object().unwrap() {
            let Some(asked) = key.strip_prefix("population_") else { continue };
            let population = match asked.strip_prefix("fraction_") {
                Some(fraction) => Population::Fraction(fraction.parse().unwrap()),
                None => Population::Size(317_238_626), // the USA in ARX
            };
            let people = population.people(&sizes);
            let mut check = |found: Option<f64>, model: &str| {
                let arx = &arx[model];
                if arx["available"] == true {
                    let found = found.unwrap_or_else(|| panic!("{name} {key} {model} did not converge"));
                    close(found, &arx["num"], 2e-11, &format!("{name} {key} {model}"));
                    close(found / people, &arx["fraction_of_population"], 2e-11, &format!("{name} {key} {model}"));
                    compared += 1;
                }
            };
            check(pitman(&sizes, population), "PITMAN");
            check(zayatz(&sizes, population), "ZAYATZ");

            // ARX solves other equations for the slide negative binomial than the model's (see `snb`) and finds
            // no solution here, so that its rule is left with the other two
            assert_eq!(arx["SNB"]["available"], false, "{name} {key}: the values of ARX's slide negative binomial");
            let rule = |snb| {
                dankar(population.fraction(&sizes), pitman(&sizes, population), zayatz(&sizes, population), snb)
                    .unwrap()
            };
            let (chosen, without) = rule(None);
            check(Some(without), "DANKAR");
            let expected = if chosen == Estimator::Pitman { "PITMAN" } else { "ZAYATZ" };
            assert_eq!(arx["dankar_selected_model"], expected, "{name} {key}");

            // with the model's equations there is one, and the rule takes it where it is the smaller
            let ours = snb(&sizes, population).unwrap();
            let all = population_uniques(&sizes, population);
            assert_eq!((all.dankar, all.chosen), (Some(rule(Some(ours)).1), Some(rule(Some(ours)).0)));
            assert!(all.dankar.unwrap() <= without);
        }
    }
    assert!(compared >= 12, "only {compared} values were compared");
}

#[test]
fn distinction_and_separation_of_all_column_sets() {
    let Some(shared) = shared() else { return };
    let oracle = oracle(&shared, "risk_adult.json");
    let adult = Adult::load(&shared);
    let table = adult.table(&COLUMNS, &[], &adult.all, false).0;
    let found: BTreeMap<Vec<&str>, _> = column_sets(&table, COLUMNS.len())
        .into_iter()
        .map(|set| {
            let mut names: Vec<&str> = set.columns.iter().map(|&column| COLUMNS[column]).collect();
            names.sort_unstable();
            (names, set)
        })
        .collect();
    let mut compared = 0;
    for (name, table, _) in tables(&oracle) {
        for arx in table["attribute_risks"].as_array().unwrap() {
            let mut names: Vec<&str> = arx["qi"].as_str().unwrap().split('|').collect();
            names.sort_unstable();
            let set = &found[&names];
            close(set.distinction, &arx["distinction"], 1e-15, &format!("{name} {names:?}"));
            close(set.separation, &arx["separation"], 1e-12, &format!("{name} {names:?}"));
            compared += 1;
        }
    }
    assert_eq!((compared, found.len()), (511, 511));
}

#[test]
fn the_risks_of_adult_in_one_value() {
    let Some(shared) = shared() else { return };
    let adult = Adult::load(&shared);
    let table = adult.table(&COLUMNS, &[], &adult.all, false).0;
    let question =
        RiskQuestion { population: Some(Population::Fraction(0.01)), share: 0.01, ..RiskQuestion::default() };
    let risk = table_risk(&table, &question);
    assert_eq!((risk.records, risk.subjects, risk.sizes.classes()), (30_162, 30_162, 19_502));
    assert_eq!((risk.sample_uniques, risk.smallest, risk.at_lowest), (15_512, Some(1), 45));
    assert!((risk.population.as_ref().unwrap().pitman.unwrap() - 436_167.714_67).abs() < 1e-4);
    let named: Vec<Vec<String>> = find_quasi_identifiers(&table, 0.01, 3)
        .into_iter()
        .map(|set| set.columns.into_iter().map(|column| COLUMNS[column].to_string()).collect())
        .collect();
    assert_eq!(risk.quasi_identifiers.iter().map(|set| set.columns.clone()).collect::<Vec<_>>(), named);
    assert!(!named.is_empty());
    let text = risk.to_string();
    for part in ["30,162 records of 30,162 subjects, 9 quasi columns", "436,168 (14.5 %)  Pitman", "native-country"] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
}

/// sdcMicro's example: the table of its key variables, the combination of each row, and the oracle.
fn francdat(shared: &Path) -> (EquivalenceTable, Vec<usize>, Value) {
    let oracle = oracle(shared, "sdcmicro_francdat.json")["francdat"].take();
    let keys: Vec<&str> = oracle["keyVars"].as_array().unwrap().iter().map(|key| key.as_str().unwrap()).collect();
    let data = oracle["data"].as_array().unwrap();
    let rows: Vec<Vec<String>> = data.iter().map(|row| keys.iter().map(|key| row[key].to_string()).collect()).collect();
    let (table, combination_of) = tabulate(&keys, &rows);
    (table, combination_of, oracle)
}

#[test]
fn individual_risk_is_that_of_sdcmicro() {
    let Some(shared) = shared() else { return };
    let (table, combination_of, oracle) = francdat(&shared);
    let data = oracle["data"].as_array().unwrap();
    let mut weights = vec![0.0; table.combinations()];
    combination_of.iter().zip(data).for_each(|(&at, row)| weights[at] += row["w"].as_f64().unwrap());
    let found = individual_risks(&table, &weights, Method::Approximate);
    for (row, &at) in combination_of.iter().enumerate() {
        close(found.sample[at] as f64, &oracle["fk"][row], 0.0, "fk");
        close(found.population[at], &oracle["Fk"][row], 1e-15, "Fk");
        close(found.risk[at], &oracle["indivRisk"][row], 1e-13, "indivRisk");
    }
    // one and two records are computed exactly by both methods
    assert_eq!(individual_risks(&table, &weights, Method::Exact), found);
    let expected: f64 = oracle["indivRisk"].as_array().unwrap().iter().map(|risk| risk.as_f64().unwrap()).sum();
    let global = global_risk(found.risk.iter().copied().zip(table.records.iter().copied()));
    assert!((global.expected - expected).abs() < 1e-13 && (global.rate - expected / 8.0).abs() < 1e-14);
    // rows 0 to 3 in one household, the others each in their own
    let risks: Vec<f64> = combination_of.iter().map(|&at| found.risk[at]).collect();
    let together = household_risks(&risks, &[7, 7, 7, 7, 1, 2, 3, 4]);
    let product: f64 = risks[..4].iter().map(|risk| 1.0 - risk).product();
    assert!(together[..4].iter().all(|risk| (risk - (1.0 - product)).abs() < 1e-15));
    assert!(together[4..].iter().zip(&risks[4..]).all(|(household, risk)| (household - risk).abs() < 1e-15));
}

#[test]
fn suda_scores_are_those_of_sdcmicro() {
    let Some(shared) = shared() else { return };
    let (table, combination_of, oracle) = francdat(&shared);
    let found = suda(&table, table.codes.len(), DIS_FRACTION).unwrap();
    let sdc = &oracle["suda2"];
    for (row, &at) in combination_of.iter().enumerate() {
        close(found.score(at), &sdc["score"][row], 0.0, "score");
        // sdcMicro holds the sampling fraction and DIS in 32-bit floats
        close(found.dis_score(at), &sdc["disScore"][row], 1e-7, "disScore");
        for (column, share) in found.contributions(at).into_iter().enumerate() {
            close(share, &sdc["contributionPercent"][row][column], 1e-15, "contributionPercent");
        }
    }
}
