use proptest::prelude::*;

use super::*;
use crate::risk::in_population;
use crate::risk::made_up::{Record, records, table};
use crate::risk::separation::find_quasi_identifiers;

fn ask(population: Option<Population>) -> RiskQuestion<'static> {
    RiskQuestion { population, largest: 4, share: 0.1, ..RiskQuestion::default() }
}

proptest! {
    #[test]
    fn gathers_what_its_parts_say(rows in records(4, 40), fraction in 0.01..1.0_f64) {
        let table = table(&rows, 1);
        let weights: Vec<f64> = table.records.iter().map(|&n| n as f64 / fraction).collect();
        let population = Some(Population::Fraction(fraction));
        let risk = table_risk(&table, &RiskQuestion { weights: Some(&weights), ..ask(population) });
        prop_assert_eq!(risk.records, rows.len() as u64);
        prop_assert_eq!(risk.subjects, table.total_subjects());
        prop_assert_eq!(risk.sizes.min(), risk.smallest);
        prop_assert_eq!(&risk.population, &Some(population_uniques(&risk.sizes, Population::Fraction(fraction))));
        let names = |columns: Vec<usize>| -> Vec<String> {
            columns.into_iter().map(|column| format!("column {column}")).collect()
        };
        let found: Vec<Vec<String>> =
            find_quasi_identifiers(&table, 0.1, 4).into_iter().map(|set| names(set.columns)).collect();
        prop_assert_eq!(risk.quasi_identifiers.iter().map(|set| set.columns.clone()).collect::<Vec<_>>(), found);
        prop_assert_eq!(risk.columns.len(), table.codes.len());
        let shares: f64 = risk.distribution.iter().map(|interval| interval.share).sum();
        let whole = f64::from(!rows.is_empty());
        prop_assert!((shares - whole).abs() < 1e-12);
        for (a, b) in risk.worst.iter().zip(risk.worst.iter().skip(1)) {
            prop_assert!(b.columns.len() == a.columns.len() + 1 && b.singled_out >= a.singled_out);
        }
        let known = in_population(&table, &table).unwrap();
        let everybody = table_risk(&table, &RiskQuestion { known: Some(&known), ..ask(None) });
        if !rows.is_empty() {
            prop_assert_eq!(everybody.journalist.highest, everybody.prosecutor.highest);
            prop_assert!((everybody.marketer - everybody.prosecutor.average).abs() < 1e-12);
        }
        let text = risk.to_string();
        prop_assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
        prop_assert!(text.lines().all(|line| !line.ends_with(' ')), "{text}");

        let json = serde_json::to_string(&risk).unwrap();
        let back: TableRisk = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(back.to_string(), text);
    }

    #[test]
    fn subjects_count_and_records_do_not(rows in records(4, 40), copies in 2..1_000_000_u64) {
        let once = table_risk(&table(&rows, 1), &ask(Some(Population::Fraction(0.1))));
        let often = table_risk(&table(&rows, copies), &ask(Some(Population::Fraction(0.1))));
        prop_assert_eq!(once.records * copies, often.records);
        let subjects = |risk: TableRisk| (
            risk.sizes, risk.prosecutor, risk.journalist, risk.population, risk.suda,
            risk.columns.into_iter().map(|column| (column.column, column.singled_out, column.suda_percent)).collect::<Vec<_>>(),
        );
        prop_assert_eq!(subjects(once), subjects(often));
    }
}

#[test]
fn wide_tables_are_looked_at_in_smaller_sets() {
    let rows = |columns: usize| -> Vec<Record> {
        let code = move |row: u32, column: usize| (row >> (column % 4)) & 1;
        (0..16)
            .map(|row| Record { subject: row, quasi: (0..columns).map(|c| code(row, c)).collect(), other: 0 })
            .collect()
    };
    for (columns, largest, suda) in [(4, 4, true), (30, 3, true), (70, 2, false)] {
        let risk = table_risk(&table(&rows(columns), 1), &ask(None));
        assert_eq!((risk.largest_sets, risk.suda.is_some()), (largest, suda), "{columns} columns");
        assert!(risk.columns.iter().all(|column| column.suda_percent.is_some() == suda));
    }
}

#[test]
fn no_columns_and_no_records() {
    let nothing = EquivalenceTable::default();
    let risk = table_risk(&nothing, &ask(Some(Population::Size(10))));
    assert_eq!((risk.prosecutor.highest, risk.sample_uniques_share, risk.smallest), (1.0, 1.0, None));
    let population = risk.population.clone().unwrap();
    assert_eq!([population.pitman, population.zayatz, population.snb, population.dankar], [None; 4]);
    insta::assert_snapshot!(risk.to_string(), @"
    0 records of 0 subjects, 0 quasi columns
    no classes: nothing is known of the risk
    ");
    let no_columns = EquivalenceTable { records: vec![7], subjects: vec![7], ..nothing };
    let risk = table_risk(&no_columns, &ask(None));
    assert_eq!((risk.sizes.min(), risk.largest_sets, risk.columns.len()), (Some(7), 0, 0));
}

#[test]
fn what_people_read() {
    // a household of two bills, three people alike, and three alone by different columns
    let rows: Vec<Record> =
        [(0, [1, 1, 1], 0), (0, [1, 1, 1], 1), (1, [1, 1, 0], 0), (2, [1, 1, 0], 0), (3, [1, 1, 0], 0)]
            .into_iter()
            .chain([(4, [2, 1, 1], 0), (5, [1, 2, 1], 0), (6, [3, 1, 0], 0)])
            .map(|(subject, quasi, other)| Record { subject, quasi: quasi.to_vec(), other })
            .collect();
    let table = table(&rows, 1);
    let weights: Vec<f64> = table.records.iter().map(|&n| n as f64 * 20.0).collect();
    let question = RiskQuestion { weights: Some(&weights), ..ask(Some(Population::Size(140))) };
    insta::assert_snapshot!(table_risk(&table, &question).to_string(), @"
    8 records of 7 subjects, 3 quasi columns
    5 classes of 1 to 3 subjects, 1.4 on average

    probability of being found
          highest      average      above 0.2
                1     0.714286          100 %  prosecutor: knows who is in the data
             0.05    0.0357143            0 %  journalist: knows the population
                     0.0357143                 marketer: links the whole table
      4 subjects have the highest risk of 1, 3 the lowest of 0.333333

    subjects by their risk (prosecutor)
           42.9 %  above 0.25 up to 0.333333
           57.1 %  above 0.5 up to 1

    alone with their values
      4 subjects of the data (57.1 %)
      of the population of 140 (5 % sampled), as estimated by
                     14 (10.1 %)  Pitman
                     47 (33.9 %)  Zayatz
                did not converge  slide negative binomial
                     14 (10.1 %)  the rule of Dankar et al., here Pitman

    columns: distinct values per record, pairs of records told apart, subjects singled out,
    share of the SUDA scores
         values  distinction  separation  singled out       SUDA
              3       37.5 %      46.4 %       28.6 %     71.4 %  column 0
              2         25 %        25 %       14.3 %     42.9 %  column 1
              2         25 %      57.1 %          0 %     14.3 %  column 2

    sets of columns that single out most
           28.6 %  column 0
           42.9 %  column 0, column 1
           57.1 %  column 0, column 1, column 2

    smallest sets, of at most 3, that single out more than 10 %: 2
           28.6 %  column 0
           14.3 %  column 1

    SUDA: 4 combinations are alone by at most 3 columns
                3  minimal sets of 1
                0  minimal sets of 2
                1  minimal sets of 3
                1  highest DIS-SUDA score, if 5 % of the population are in the data

    individual risk from sampling weights (approximate)
         0.634847  records expected to be re-identified (7.94 %)
          0.15767  highest risk of a record
              0 %  of the records above 0.2
    ");
}
