use proptest::prelude::*;

use super::*;
use crate::privacy::{DeltaPresence, DistinctLDiversity, KMap, TCloseness};
use crate::search::made::{Labels, Record, Released, distinct_values, release, subjects, tally, variation};
use crate::spec::{HierarchySpec, UnknownValues};

fn hierarchies(table: &EquivalenceTable) -> Vec<Hierarchy> {
    let build = |domain| Hierarchy::build(&HierarchySpec::Suppress, None, domain, UnknownValues::Error).unwrap();
    table.domains.iter().map(build).collect()
}

/// Values `a`, `b`, …; now and then null, or a value that is `*` in the source.
fn value(code: u8) -> Option<String> {
    match code {
        0 => None,
        1 => Some(STAR.into()),
        code => Some(char::from(b'a' + code).to_string()),
    }
}

fn records() -> impl Strategy<Value = Vec<Record>> {
    (1_usize..5).prop_flat_map(|width| {
        let record = (0_u8..40, prop::collection::vec(0_u8..6, width), 0_u8..4);
        prop::collection::vec(record, 1..40).prop_map(|rows| {
            let record = |(subject, codes, sensitive): (u8, Vec<u8>, u8)| Record {
                subject,
                quasi: codes.into_iter().map(value).collect(),
                sensitive,
            };
            rows.into_iter().map(record).collect()
        })
    })
}

fn compatible(a: &Labels, b: &Labels) -> bool {
    let star = |label: &Option<String>| label.as_deref() == Some(STAR);
    a.iter().zip(b).all(|(a, b)| a == b || star(a) || star(b))
}

/// k by looking at all pairs of classes.
fn plain_least(released: &Released) -> LeastK {
    let classes = &released.classes;
    let wide =
        |labels: &Labels| subjects(classes.iter().filter(|(other, _)| compatible(labels, other)).flat_map(|c| c.1));
    LeastK { value: classes.values().map(subjects).min(), wildcard: classes.keys().map(wide).min() }
}

/// The weight of what the plain rows show less, withheld ones with all cells.
fn plain_cost(records: &[Record], combination_of: &[usize], recoding: &LocalRecoding, weights: &[f64]) -> f64 {
    let mut cost = 0.0;
    for (record, &row) in records.iter().zip(combination_of) {
        for (column, weight) in recoding.columns.iter().zip(weights).zip(&record.quasi).map(|((c, w), q)| ((c, q), w)) {
            let label = &column.0.labels[column.0.label_of[row] as usize];
            cost += if recoding.suppressed[row] || label != column.1 { *weight } else { 0.0 };
        }
    }
    cost
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_released_class_keeps_every_condition(
        records in records(),
        k in 1_u64..6,
        which in 0..4,
        share in prop::sample::select(vec![0.0, 0.1, 0.3]),
        weights in prop::collection::vec(prop::sample::select(vec![0.0, 0.5, 1.0, 3.0]), 5),
    ) {
        let (table, combination_of) = tally(&records);
        let hierarchies = hierarchies(&table);
        let weights = &weights[..table.domains.len()];
        let spread = !table.spread.is_empty();
        let mut models: Vec<Box<dyn PrivacyModel>> = vec![];
        if which & 1 == 1 {
            models.push(Box::new(DistinctLDiversity { sensitive: 0, l: 2 }));
        }
        if which & 2 == 2 {
            models.push(Box::new(TCloseness::equal(0, 0.3, &table.distribution(0), spread)));
        }
        let whole: Vec<(u8, u8)> = records.iter().map(|r| (r.subject, r.sensitive)).collect();
        let keeps = |class: &[(u8, u8)], k: u64| {
            subjects(class) >= k
                && (which & 1 == 0 || distinct_values(class) >= 2)
                && (which & 2 == 0 || variation(class, &whole) <= 0.3 + 1e-9)
        };
        let limit = suppressible(share, records.len() as u64);
        let mut costs = vec![];
        for reading in [Reading::Value, Reading::Wildcard] {
            let found = suppress_cells(&table, &hierarchies, k, &models, share, weights, reading);
            prop_assert_eq!(&found, &suppress_cells(&table, &hierarchies, k, &models, share, weights, reading));
            let Ok(recoding) = found else {
                prop_assert!(!keeps(&whole, k), "all suppressed would do");
                costs.push(f64::INFINITY);
                continue;
            };
            let released = release(&records, &combination_of, &recoding);
            prop_assert!(released.withheld <= limit);
            for (record, &row) in records.iter().zip(&combination_of) {
                for (column, value) in recoding.columns.iter().zip(&record.quasi) {
                    let label = &column.labels[column.label_of[row] as usize];
                    prop_assert!(label == value || label.as_deref() == Some(STAR), "a label is true");
                }
            }
            let least = plain_least(&released);
            prop_assert_eq!(least_k(&table, &recoding), least);
            let asked = if reading == Reading::Value { least.value } else { least.wildcard };
            prop_assert!(asked.is_none_or(|found| found >= k));
            let class_k = if reading == Reading::Value { k } else { 1 };
            prop_assert!(released.classes.values().all(|class| keeps(class, class_k)));
            for (column, stars) in suppressed_cells(&table, &recoding).into_iter().enumerate() {
                let star = |labels: &Labels| labels[column].as_deref() == Some(STAR);
                let plain = released.classes.iter().filter(|(labels, _)| star(labels)).map(|(_, class)| class.len());
                prop_assert_eq!(stars, plain.sum::<usize>() as u64);
            }
            costs.push(plain_cost(&records, &combination_of, &recoding, weights));
        }
        prop_assert!(costs[1] <= costs[0] + 1e-9, "{:?}", costs);
    }

    #[test]
    fn least_k_of_any_recoding(
        records in records(),
        stars in prop::collection::vec(0_u8..16, 40),
        withheld in prop::collection::vec(any::<bool>(), 40),
    ) {
        let (table, combination_of) = tally(&records);
        let hierarchies = hierarchies(&table);
        let weights = vec![1.0; hierarchies.len()];
        let cells = Cells::new(&table, &hierarchies, &weights);
        // Any suppression, unit by unit; whole classes are withheld.
        let mut placed = Placed::new(cells.width(), cells.keys.len());
        let mut key = vec![0; cells.width()];
        for unit in 0..cells.keys.len() as u32 {
            cells.suppress(cells.keys.get(unit), u64::from(stars[unit as usize]) & cells.all(), &mut key);
            placed.put(&key, &[unit]);
        }
        let out: Vec<u32> = placed.classes().filter(|&class| withheld[class as usize]).collect();
        let mut recoding = cells.recoding(&hierarchies, &placed).unwrap();
        for class in out {
            for member in cells.units.members(placed.units[class as usize].iter().copied()) {
                recoding.suppressed[member as usize] = true;
            }
        }
        let released = release(&records, &combination_of, &recoding);
        prop_assert_eq!(least_k(&table, &recoding), plain_least(&released));
    }
}

fn rows(rows: &[&str]) -> Vec<Record> {
    let record = |(subject, row): (usize, &&str)| Record {
        subject: subject as u8,
        quasi: row.split(' ').map(|cell| Some(cell.to_string())).collect(),
        sensitive: 0,
    };
    rows.iter().enumerate().map(record).collect()
}

/// How the rows are released, `|` for withheld.
fn shown(rows: &[Record], k: u64, limit: f64, weights: &[f64], reading: Reading) -> Result<Vec<String>, CellsError> {
    let (table, combination_of) = tally(rows);
    let recoding = suppress_cells(&table, &hierarchies(&table), k, &[], limit, weights, reading)?;
    let row = |&row: &usize| {
        let label = |column: &LocalColumn| column.labels[column.label_of[row] as usize].clone().unwrap();
        let labels: Vec<String> = recoding.columns.iter().map(label).collect();
        if recoding.suppressed[row] { "|".to_string() } else { labels.join(" ") }
    };
    Ok(combination_of.iter().map(row).collect())
}

#[test]
fn frequent_rows_stay_and_cheap_columns_go_first() {
    let table = rows(&["m 20", "m 20", "f 30", "f 31", "m 40", "f 40"]);
    let even = shown(&table, 2, 0.0, &[1.0, 1.0], Reading::Value).unwrap();
    assert_eq!(even, ["m 20", "m 20", "f *", "f *", "* 40", "* 40"].map(String::from));
    let by_sex = shown(&rows(&["m 20", "f 20", "m 21", "f 21"]), 2, 0.0, &[3.0, 1.0], Reading::Value).unwrap();
    assert_eq!(by_sex, ["m *", "f *", "m *", "f *"].map(String::from));
}

#[test]
fn the_last_row_is_withheld_or_joins_a_class() {
    let table = rows(&["m 20", "m 20", "m 20", "f 99", "m 30", "m 30"]);
    let within = shown(&table, 2, 0.2, &[1.0, 1.0], Reading::Value).unwrap();
    assert_eq!(within, ["m 20", "m 20", "m 20", "|", "m 30", "m 30"].map(String::from));
    let table = rows(&["m 20", "m 20", "m 20", "m 99", "m 30", "m 30"]);
    let joined = shown(&table, 2, 0.0, &[1.0, 1.0], Reading::Value).unwrap();
    assert_eq!(joined, ["m 20", "m 20", "m 20", "m *", "m *", "m *"].map(String::from), "the smaller class gives");
    let wild = shown(&table, 2, 0.0, &[1.0, 1.0], Reading::Wildcard).unwrap();
    assert_eq!(wild, ["m 20", "m 20", "m 20", "m *", "m 30", "m 30"].map(String::from));
}

#[test]
fn a_withheld_star_is_not_taken_for_a_class_of_suppressed_cells() {
    let row =
        |(subject, value, sensitive): (u8, &str, u8)| Record { subject, quasi: vec![Some(value.into())], sensitive };
    let table = [(0, "a", 0), (0, "a", 1), (1, "b", 0), (2, "b", 1), (3, "c", 0), (4, "c", 1), (5, STAR, 0)].map(row);
    let (tallied, combination_of) = tally(&table);
    let hierarchies = hierarchies(&tallied);
    for reading in [Reading::Value, Reading::Wildcard] {
        let models: Vec<Box<dyn PrivacyModel>> = vec![Box::new(DistinctLDiversity { sensitive: 0, l: 2 })];
        let recoding = suppress_cells(&tallied, &hierarchies, 4, &models, 0.2, &[1.0], reading).unwrap();
        let released = release(&table, &combination_of, &recoding);
        assert!(released.classes.values().all(|class| distinct_values(class) >= 2));
        assert!(plain_least(&released).wildcard >= Some(4));
    }
}

#[test]
fn what_cannot_be() {
    let table = rows(&["a", "b", "c"]);
    for reading in [Reading::Value, Reading::Wildcard] {
        let found = shown(&table, 4, 0.5, &[1.0], reading);
        assert_eq!(found, Err(CellsError::Unreachable { withheld: 3, limit: 1 }));
        assert_eq!(shown(&table, 4, 1.0, &[1.0], reading), Ok(vec!["|".to_string(); 3]));
        assert_eq!(shown(&table, 2, 0.0, &[], reading), Err(CellsError::Weights));
        assert_eq!(shown(&table, 2, 0.0, &[f64::NAN], reading), Err(CellsError::Weights));
    }
}

#[test]
fn people_of_the_population_count_where_they_are_put() {
    let (mut table, _) = tally(&rows(&["a", "b", "c"]));
    // Nobody of the data is `c`, but four people are.
    (table.records[2], table.subjects[2]) = (0, 0);
    table.population = vec![5, 1, 4];
    let hierarchies = hierarchies(&table);
    let suppress =
        |model: Box<dyn PrivacyModel>| suppress_cells(&table, &hierarchies, 1, &[model], 0.0, &[1.0], Reading::Value);
    let recoding = suppress(Box::new(KMap::counted(3))).unwrap();
    let column = &recoding.columns[0];
    let shown: Vec<&str> =
        column.label_of.iter().map(|&label| column.labels[label as usize].as_deref().unwrap()).collect();
    assert_eq!(shown, ["a", STAR, STAR]);
    assert_eq!(recoding.suppressed, [false; 3]);
    assert_eq!(recoding.classes(&table).population, [5, 5]);

    table.population = vec![1, 1, 4];
    let presence = |least| -> Vec<Box<dyn PrivacyModel>> { vec![Box::new(DeltaPresence::least(least, false))] };
    let suppress = |least| suppress_cells(&table, &hierarchies, 1, &presence(least), 0.0, &[1.0], Reading::Value);
    assert_eq!(suppress(0.5), Err(CellsError::Impossible), "whoever is `c` is known not to be in the data");
    let none = suppress(0.0).unwrap();
    assert_eq!(least_k(&table, &none), LeastK { value: Some(1), wildcard: Some(1) });
}
