use std::sync::Arc;

use arrow::array::{Date32Array, Float64Array, Int64Array, StringArray, StringViewArray};

use super::*;
use crate::spec::quality::Bound;
use crate::spec::quality::Period;
use crate::spec::{LevelRange, Role, TreatmentSpec, UnknownValues};
use crate::table::tally::Memory;

fn column(name: &str, kind: ColumnType) -> ColumnSpec {
    ColumnSpec {
        name: name.into(),
        role: Role::Insensitive,
        kind,
        treatment: TreatmentSpec::Drop,
        hierarchy: None,
        unknown: UnknownValues::Error,
        levels: LevelRange::default(),
        weight: 1.0,
        ranges: false,
        inhabitants: None,
    }
}

fn date() -> ColumnType {
    ColumnType::Date { format: "%Y-%m-%d".into() }
}

fn columns() -> Vec<ColumnSpec> {
    let kinds = [("t", ColumnType::Text), ("i", ColumnType::Integer), ("n", ColumnType::Number), ("d", date())];
    kinds.into_iter().map(|(name, kind)| column(name, kind)).collect()
}

fn asked(cells: &[(&str, CellRules)], records: &[&str]) -> Quality {
    let record = |text: &&str| RecordRule {
        name: format!("rule {text}"),
        dimension: Dimension::Consistency,
        expression: (*text).into(),
    };
    Quality {
        limits: Vec::new(),
        cells: cells.iter().map(|(name, rules)| ((*name).into(), rules.clone())).collect(),
        records: records.iter().map(record).collect(),
    }
}

fn rules(quality: &Quality) -> Rules {
    let read: ReadTable = &mut |name| Ok((name.into(), "码,名\nx,一\ny,二\n".to_owned()));
    Rules::new(quality, &columns(), read).unwrap().unwrap()
}

/// Cells of a column as they are read in a type.
type Read = dyn Fn(&Wanted) -> ArrayRef;

/// Counts the parts, each by the worker of its turn, as a scan would.
fn told(quality: &Quality, parts: &[(usize, &Read)]) -> Vec<Tested> {
    let rules = rules(quality);
    let key = Secret::new([7; 32]);
    let mut counts = rules.counts(&Memory::spill, &key).unwrap();
    let others = rules.counts(&Memory::spill, &key).unwrap();
    counts.extend(others);
    let workers = counts.len();
    for (turn, (rows, read)) in parts.iter().enumerate() {
        let mut wanted = vec![Wanted { name: "before".into(), kind: ColumnType::Text }];
        let places = rules.places(&mut wanted);
        assert!(places.iter().all(|&place| place > 0));
        let cells: Vec<ArrayRef> = places.iter().map(|&place| read(&wanted[place])).collect();
        rules.see(&mut counts[turn % workers], *rows, |place| &cells[place]).unwrap();
    }
    rules.told(counts).unwrap()
}

fn counted(quality: &Quality, parts: &[(usize, &Read)]) -> Vec<(String, u64, u64)> {
    told(quality, parts).into_iter().map(|one| (one.rule, one.tested, one.failed)).collect()
}

fn texts(cells: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(cells.to_vec()))
}

fn of(rule: &str, tested: u64, failed: u64) -> (String, u64, u64) {
    (rule.into(), tested, failed)
}

#[test]
fn a_null_breaks_only_what_is_required() {
    let every = CellRules {
        required: true,
        pattern: Some("[a-y]".into()),
        codes: Some(vec!["x".into(), "z".into()]),
        table: Some("t.csv".into()),
        unique: true,
        ..CellRules::default()
    };
    let quality = asked(&[("t", every)], &["t = 'x'"]);
    let some: &Read = &|_| texts(&[Some("x"), None, Some("z"), Some(""), Some("x")]);
    assert_eq!(
        counted(&quality, &[(5, some)]),
        [
            of("required", 5, 1),
            of("pattern", 4, 2),
            of("codes", 4, 1),
            of("table", 4, 2),
            of("unique", 4, 1),
            of("rule t = 'x'", 4, 2),
            of("read", 5, 0)
        ]
    );
    let nulls: &Read = &|_| texts(&[None, None]);
    let all = counted(&quality, &[(2, nulls)]);
    assert_eq!(all[0], of("required", 2, 2));
    assert!(all[1..6].iter().all(|(_, tested, failed)| (*tested, *failed) == (0, 0)), "{all:?}");
    let none: &Read = &|_| texts(&[]);
    assert!(counted(&quality, &[(0, none)]).iter().all(|(_, tested, _)| *tested == 0));
    assert!(counted(&quality, &[]).iter().all(|(_, tested, failed)| (*tested, *failed) == (0, 0)));
}

#[test]
fn cells_are_looked_at_as_texts_and_in_their_types() {
    let within = |least: Bound, most: Bound| CellRules { least: Some(least), most: Some(most), ..CellRules::default() };
    let (day, period) = (
        |text: &str| Bound::Day(text.into()),
        |from: Option<&str>, to: Option<&str>| CellRules {
            period: Some(Period { from: from.map(Into::into), to: to.map(Into::into) }),
            ..CellRules::default()
        },
    );
    let written = CellRules { pattern: Some("0[0-9]".into()), ..within(Bound::Integer(1), Bound::Integer(9)) };
    let quality = asked(
        &[
            ("i", written),
            ("n", within(Bound::Number(-0.5), Bound::Integer(2))),
            ("d", within(day("1970-01-02"), day("1970-01-03"))),
            ("d", period(Some("1970-01-03"), None)),
            ("d", period(None, Some("1970-01-01"))),
        ],
        &[],
    );
    let read: &Read = &|column| match (column.name.as_str(), &column.kind) {
        // as the source writes them
        ("i", ColumnType::Text) => Arc::new(StringViewArray::from(vec![Some("00"), Some("1"), Some("10"), None])),
        ("i", ColumnType::Integer) => Arc::new(Int64Array::from(vec![Some(0), Some(1), Some(10), None])),
        ("n", ColumnType::Number) => Arc::new(Float64Array::from(vec![Some(-0.5), Some(2.0), Some(2.000_1), None])),
        ("d", ColumnType::Date { .. }) => Arc::new(Date32Array::from(vec![Some(0), Some(1), Some(2), Some(3)])),
        _ => panic!("nobody needs {column:?}"),
    };
    let told = told(&quality, &[(4, read)]);
    let counts: Vec<_> = told.iter().map(|one| (one.rule.as_str(), one.tested, one.failed)).collect();
    assert_eq!(
        counts,
        [
            ("pattern", 3, 2),
            ("least", 3, 1),
            ("most", 3, 1),
            ("least", 3, 0),
            ("most", 3, 1),
            ("least", 4, 1),
            ("most", 4, 1),
            ("period", 4, 2),
            ("period", 4, 3),
            ("read", 4, 0)
        ]
    );
    assert_eq!(told[7].dimension, Dimension::Timeliness);
    assert_eq!(told[1].column.as_deref(), Some("i"));
}

#[test]
fn large_numbers_are_compared_exactly() {
    let big = (1i64 << 53) + 1;
    let cells: ArrayRef = Arc::new(Int64Array::from(vec![big - 1, big, big + 1, i64::MAX, i64::MIN]));
    let edge = Some(Edge::Integer(big));
    assert_eq!((outside(&cells, edge, None).unwrap(), outside(&cells, None, edge).unwrap()), (2, 2));
    assert_eq!(outside(&cells, Some(Edge::Number(0.5)), None).unwrap(), 1);
    assert_eq!(outside(&cells, None, Some(Edge::Number(1e300))).unwrap(), 0);
    let cells: ArrayRef = Arc::new(Float64Array::from(vec![9_007_199_254_740_992.0, 1e300, -1e300, 0.999]));
    assert_eq!(outside(&cells, Some(Edge::Integer(big)), None).unwrap(), 3, "2^53 is below 2^53 + 1");
    assert_eq!(outside(&cells, None, Some(Edge::Integer(0))).unwrap(), 3);
    assert!(outside(&cells, Some(Edge::Day(1)), None).is_err() && outside(&texts(&[]), edge, None).is_err());
}

#[test]
fn values_are_unique_over_all_workers_and_types() {
    let unique = CellRules { unique: true, ..CellRules::default() };
    let all = ["t", "i", "n", "d"].map(|name| (name, unique.clone()));
    let quality = asked(&all, &[]);
    let read = |values: &'static [Option<i32>]| {
        move |column: &Wanted| -> ArrayRef {
            match column.kind {
                ColumnType::Text => Arc::new(values.iter().map(|v| v.map(|v| v.to_string())).collect::<StringArray>()),
                ColumnType::Integer => Arc::new(values.iter().map(|v| v.map(i64::from)).collect::<Int64Array>()),
                ColumnType::Number => Arc::new(values.iter().map(|v| v.map(f64::from)).collect::<Float64Array>()),
                ColumnType::Date { .. } => Arc::new(values.iter().copied().collect::<Date32Array>()),
            }
        }
    };
    let (one, two, three) =
        (read(&[Some(1), None, Some(2)]), read(&[Some(2), Some(3), None, None]), read(&[Some(1), Some(1), Some(4)]));
    let parts: [(usize, &Read); 3] = [(3, &one), (4, &two), (3, &three)];
    let told = counted(&quality, &parts);
    // of 1 2 2 3 1 1 4: 2 is there once more, 1 twice more
    assert_eq!(told[..4], [of("unique", 7, 3), of("unique", 7, 3), of("unique", 7, 3), of("unique", 7, 3)]);
    let backwards: Vec<(usize, &Read)> = parts.into_iter().rev().collect();
    assert_eq!(counted(&quality, &backwards), told);
}

#[test]
fn unique_values_that_do_not_fit_in_memory_are_spilled() {
    let quality = asked(&[("i", CellRules { unique: true, ..CellRules::default() })], &[]);
    let numbers = |from: i64| {
        move |_: &Wanted| -> ArrayRef { Arc::new((from..from + 200_000).map(Some).collect::<Int64Array>()) }
    };
    let (one, two, again) = (numbers(0), numbers(200_000), numbers(100_000));
    let parts: [(usize, &Read); 3] = [(200_000, &one), (200_000, &two), (200_000, &again)];
    assert_eq!(counted(&quality, &parts)[0], of("unique", 600_000, 200_000));
}

#[test]
fn sums_of_workers_are_those_of_the_whole() {
    let quality = asked(
        &[("i", CellRules { least: Some(Bound::Integer(10)), required: true, ..CellRules::default() })],
        &["i < 90", "i IS NOT NULL"],
    );
    let cells: ArrayRef = Arc::new((0..100).map(|n| (n % 7 != 0).then_some(n)).collect::<Int64Array>());
    let slice = |from: usize, rows: usize| {
        let part = cells.slice(from, rows);
        move |_: &Wanted| part.clone()
    };
    let whole = slice(0, 100);
    let expected = counted(&quality, &[(100, &whole)]);
    assert_eq!(expected[0], of("required", 100, 15));
    for cuts in [vec![0, 1, 50, 99, 100], vec![0, 33, 66, 100], vec![0, 0, 100, 100]] {
        let parts: Vec<_> =
            cuts.windows(2).map(|pair| (pair[1] - pair[0], slice(pair[0], pair[1] - pair[0]))).collect();
        let parts: Vec<(usize, &Read)> = parts.iter().map(|(rows, read)| (*rows, read as &Read)).collect();
        assert_eq!(counted(&quality, &parts), expected, "{cuts:?}");
    }
}

#[test]
fn counts_go_beyond_32_bits() {
    let quality = asked(&[("t", CellRules { required: true, ..CellRules::default() })], &["t = 'x'"]);
    let rules = rules(&quality);
    let mut counts = rules.counts(&Memory::spill, &Secret::new([7; 32])).unwrap();
    for count in &mut counts {
        (count.rows, count.cells[0], count.records[0]) = (1 << 40, (1 << 40, 1 << 33), (1 << 39, 1));
    }
    let workers = counts.len() as u64;
    let told = rules.told(counts).unwrap();
    assert_eq!((told[0].tested, told[0].failed), (workers << 40, workers << 33));
    assert_eq!((told[1].tested, told[2].tested), (workers << 39, workers << 40));
}

#[test]
fn columns_are_read_once_in_each_type() {
    let both = CellRules { required: true, unique: true, pattern: Some("x".into()), ..CellRules::default() };
    let quality = asked(&[("i", both.clone()), ("t", both)], &["i > 0 AND t = 'x'"]);
    let typed = Wanted { name: "i".into(), kind: ColumnType::Integer };
    let mut read = vec![typed.clone()];
    let places = rules(&quality).places(&mut read);
    let text = |name: &str| Wanted { name: name.into(), kind: ColumnType::Text };
    assert_eq!(read, [typed, text("i"), text("t")], "what the tally reads is not read again");
    assert_eq!(places, [0, 1, 2]);
}

#[test]
fn nothing_asked_is_nothing_to_count() {
    let read: ReadTable = &mut |_| panic!("no table is named");
    assert!(Rules::new(&Quality::default(), &columns(), read).unwrap().is_none());
    let limit = Quality { limits: vec![(Dimension::Accessibility, 1.0)], ..Quality::default() };
    let read: ReadTable = &mut |_| panic!("no table is named");
    assert!(Rules::new(&limit, &columns(), read).unwrap().is_some());
}

#[test]
fn rules_that_cannot_be_tested_are_told_by_name() {
    for text in ["i + 1", "nowhere > 1", "t > 1 AND"] {
        let read: ReadTable = &mut |_| panic!("no table is named");
        let Err(error) = Rules::new(&asked(&[], &[text]), &columns(), read) else { panic!("{text}") };
        assert!(
            error.exit_code() == 2 && error.to_string().starts_with(&format!("quality rule `rule {text}`")),
            "{error}"
        );
    }
    let table = CellRules { table: Some("t.csv".into()), table_column: Some("none".into()), ..CellRules::default() };
    let read: ReadTable = &mut |name| Ok((name.into(), "码,名\nx,一\n".to_owned()));
    let Err(error) = Rules::new(&asked(&[("t", table)], &[]), &columns(), read) else { panic!("it is there") };
    assert!(error.exit_code() == 4 && error.to_string().contains("no column `none`"), "{error}");
}
