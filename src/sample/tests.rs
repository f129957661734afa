use std::collections::{HashMap, HashSet};
use std::path::Path;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{Float64Type, Int64Type};
use proptest::prelude::*;

use super::draw::{Draw, exp, key};
use super::permutation::Permutation;
use super::person::{Residents, mobile, mobile_count};
use super::*;
use crate::detect::check_digits::{credit_code_check, organisation_code_check, resident_id_check};
use crate::spec::{HierarchySpec, embedded_rules};

fn text<'a>(batch: &'a RecordBatch, column: &str) -> Vec<Option<&'a str>> {
    batch.column_by_name(column).unwrap().as_string::<i32>().iter().collect()
}

fn numbers(batch: &RecordBatch, column: &str) -> Vec<f64> {
    batch.column_by_name(column).unwrap().as_primitive::<Float64Type>().values().to_vec()
}

#[test] // vectors of GB 11643, GB 11714 and GB 32100
fn check_digits_agree_with_known_identifiers() {
    for id in ["120101199003071235", "11010519491231002X", "360426199101010071", "810000199001010019"] {
        assert_eq!(resident_id_check(&id.as_bytes()[..17]), Some(id.as_bytes()[17]), "{id}");
    }
    assert_ne!(resident_id_check(b"12010119900307123"), Some(b'8'));
    for code in ["91110000600037341L", "91110000101623741K", "911101066976941872", "91120116MA05J8R7X2"] {
        assert_eq!(credit_code_check(&code.as_bytes()[..17]), Some(code.as_bytes()[17]), "{code}");
    }
    for code in ["D2143569X", "600037341"] {
        assert_eq!(organisation_code_check(&code.as_bytes()[..8]), Some(code.as_bytes()[8]), "{code}");
    }
    assert_eq!(resident_id_check(b"1201011990030712X"), None);
    assert_eq!(credit_code_check(b"9112011OMA05J8R7X"), None);
}

#[test]
fn exp_is_the_exponential() {
    for step in -60..=60 {
        let x = f64::from(step) / 10.0;
        assert!((exp(x) / x.exp() - 1.0).abs() < 1e-9, "{x}");
    }
}

#[test] // a right sampler fails for about one seed in a million (two-sided, |z| > 4.9)
fn normal_draws_have_mean_0_and_deviation_1() {
    let mut draw = Draw::new(key(7, "test", "normal"), 0);
    let draws: Vec<f64> = (0..60_000).map(|_| draw.normal()).collect();
    let mean = draws.iter().sum::<f64>() / 60_000.0;
    let square = draws.iter().map(|x| x * x).sum::<f64>() / 60_000.0;
    assert!((mean * 60_000.0_f64.sqrt()).abs() < 4.9);
    assert!(((square - 1.0) * (60_000.0_f64 / 1.7).sqrt()).abs() < 4.9);
}

proptest! {
    #[test]
    fn permutations_are_bijections(seed: u64, size in 1_u64..3000) {
        let permutation = Permutation::new(key(seed, "test", "permutation"), size);
        let images: HashSet<u64> = (0..size).map(|row| permutation.at(row)).collect();
        prop_assert_eq!(images.len() as u64, size);
        prop_assert!(images.iter().all(|&image| image < size));
    }

    #[test]
    fn distinct_numbers_are_distinct_residents(first in 0_u64..100_000_000) {
        let (large, small) = (100_000_000, 35_000_000);
        for (residents, least) in [
            (Residents::holders(), large),
            (Residents::patients(), large),
            (Residents::workers(), small),
            (Residents::elders(), small),
            (Residents::pupils(), small),
        ] {
            prop_assert!(residents.len() > least);
            // a span of ids of one day lies close together: neighbours are where a collision would be
            let first = first % residents.len();
            let span = first..(first + 2000).min(residents.len());
            let ids: HashSet<_> = span.clone().map(|n| {
                let r = residents.at(n);
                (r.origin, r.birth.year, r.birth.month, r.birth.day, r.sequence)
            }).collect();
            prop_assert_eq!(ids.len() as u64, span.end - span.start);
        }
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn cutting_the_rows_changes_nothing(
        which in 0..NAMES.len(), seed: u64, from in 0_u64..9000, more in 0_u64..9000, cut in 0.0..1.0,
    ) {
        let (name, to) = (NAMES[which], from + more);
        let middle = from + (more as f64 * cut) as u64;
        let whole = batch(name, seed, from..to).unwrap();
        let parts = [batch(name, seed, from..middle).unwrap(), batch(name, seed, middle..to).unwrap()];
        prop_assert_eq!(whole.num_rows() as u64, more);
        prop_assert_eq!(concat_batches(&whole.schema(), &parts).unwrap(), whole);
    }
}

#[test]
fn mobile_numbers_are_distinct_and_have_eleven_digits() {
    let step = mobile_count() / 10_000;
    let all: HashSet<u64> = (0..10_000).map(|i| mobile(i * step)).collect();
    assert_eq!(all.len(), 10_000);
    assert!(all.iter().all(|&number| (13_000_000_000..20_000_000_000).contains(&number)));
    assert!(mobile(mobile_count() - 1) < 20_000_000_000);
}

#[test]
fn seeds_and_datasets_differ() {
    let first = batch(NAMES[0], 1, 0..1000).unwrap();
    assert_eq!(first, batch(NAMES[0], 1, 0..1000).unwrap());
    let second = batch(NAMES[0], 2, 0..1000).unwrap();
    let accounts: HashSet<_> = text(&first, "户号").into_iter().collect();
    assert!(text(&second, "户号").iter().filter(|cell| accounts.contains(*cell)).count() < 10);
    assert!(matches!(batch("nothing", 1, 0..1), Err(Error::Usage { .. })));
    assert!(schema("nothing").is_none());
}

#[test]
fn identifiers_are_distinct_and_equal_nothing_else() {
    let cases: [(&str, &[&str]); 2] = [
        ("residential_electricity", &["户号", "表号", "身份证号", "手机号"]),
        ("enterprise_registration", &["统一社会信用代码"]),
    ];
    for (name, identifiers) in cases {
        let data = batch(name, 2025, 0..200_000).unwrap();
        let texts = data.schema().fields().iter().map(|f| f.name().clone()).collect::<Vec<_>>();
        let mut column_of: HashMap<&str, &str> = HashMap::new();
        for &identifier in identifiers {
            for cell in text(&data, identifier).into_iter().flatten() {
                assert_eq!(column_of.insert(cell, identifier), None, "a value of {identifier} occurs twice");
            }
        }
        for other in texts.iter().filter(|c| !identifiers.contains(&c.as_str())) {
            if let Some(cells) = data.column_by_name(other).unwrap().as_string_opt::<i32>() {
                let shared = cells.iter().flatten().filter(|cell| column_of.contains_key(cell)).count();
                assert_eq!(shared, 0, "{other} repeats an identifier");
            }
        }
    }
}

#[test]
fn resident_ids_agree_with_their_rows() {
    let data = batch("residential_electricity", 3, 0..50_000).unwrap();
    let (births, sexes) = (text(&data, "出生日期"), text(&data, "性别"));
    let mut origins = HashSet::new();
    for (row, id) in text(&data, "身份证号").into_iter().enumerate() {
        let id = id.unwrap();
        assert_eq!(resident_id_check(&id.as_bytes()[..17]), Some(id.as_bytes()[17]));
        assert_eq!(id[6..14], births[row].unwrap().replace('-', ""));
        chrono::NaiveDate::parse_from_str(births[row].unwrap(), "%Y-%m-%d").unwrap();
        assert_eq!(sexes[row], Some(if id.as_bytes()[16] % 2 == 1 { "男" } else { "女" }));
        origins.insert(id[..6].to_owned());
    }
    assert!(origins.contains("120107") && origins.contains("120225") && origins.contains("120104"));
    let accounts = text(&data, "户号");
    assert!(accounts.iter().flatten().all(|cell| matches!(cell.len(), 10 | 13)));
    assert!(accounts.iter().flatten().any(|cell| cell.starts_with('0')));
}

#[test]
fn electricity_adds_up_and_a_community_tells_its_district() {
    let data = batch("residential_electricity", 4, 0..50_000).unwrap();
    let cents = |x: f64| (x * 100.0).round();
    let (all, peak, valley) = (numbers(&data, "用电量"), numbers(&data, "峰电量"), numbers(&data, "谷电量"));
    for row in 0..all.len() {
        assert_eq!(cents(all[row]), cents(peak[row]) + cents(valley[row]));
        assert_eq!(cents(all[row]) / 100.0, all[row], "at most two decimals");
    }
    assert!(numbers(&data, "应缴电费").iter().all(|&bill| bill >= 0.0));
    let people = data.column_by_name("人口数").unwrap().as_primitive::<Int64Type>();
    assert!(people.values().iter().all(|people| (1..=9).contains(people)));
    let mut district_of = HashMap::new();
    for (community, district) in text(&data, "社区").into_iter().zip(text(&data, "区")) {
        assert_eq!(*district_of.entry(community).or_insert(district), district);
    }
    assert_eq!(district_of.values().collect::<HashSet<_>>().len(), 16);
    assert!((16 * 8..=16 * 20).contains(&district_of.len()));
}

#[test]
fn credit_codes_are_valid_and_divisions_have_two_digits() {
    let data = batch("enterprise_registration", 5, 0..50_000).unwrap();
    for code in text(&data, "统一社会信用代码").into_iter().flatten() {
        assert_eq!(code.len(), 18);
        assert_eq!(organisation_code_check(&code.as_bytes()[8..16]), Some(code.as_bytes()[16]));
        assert_eq!(credit_code_check(&code.as_bytes()[..17]), Some(code.as_bytes()[17]));
    }
    let table = include_str!("../../pipelines/hierarchies/industry_division.csv");
    let section_of: HashMap<&str, &str> = table.lines().filter_map(|l| l.split_once(';')).collect();
    for (division, section) in text(&data, "行业大类").into_iter().zip(text(&data, "行业门类")) {
        assert!(section_of[division.unwrap()].starts_with(section.unwrap()));
    }
}

/// The files of `sample_data`, made with seed 2025: rows, and how they are written.
const FILES: [(&str, u64, Form); 11] = [
    ("residential_electricity", 20_000, Form::Gb18030),
    ("enterprise_registration", 20_000, Form::Utf8WithMark),
    ("hospital_visits", 20_000, Form::Utf8),
    ("residential_water", 8_184, Form::Gb18030),
    ("residential_gas", 8_136, Form::Gb18030),
    ("district_heating", 8_190, Form::Gb18030),
    ("transit_cards", 7_904, Form::Utf8),
    ("school_enrolment", 4_800, Form::Gb18030),
    ("elderly_care", 4_066, Form::Gb18030),
    ("online_orders", 4_089, Form::Utf8),
    ("employment_insurance", 8_190, Form::Gb18030),
];

enum Form {
    Utf8,
    Utf8WithMark,
    Gb18030,
}

#[test] // with TUOMIN_BLESS=1 it writes the files instead
fn sample_data_is_what_the_generator_makes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_data");
    assert_eq!(FILES.map(|file| file.0), NAMES);
    let mut added = 0;
    for (name, rows, form) in FILES {
        let csv = to_csv(&batch(name, 2025, 0..rows).unwrap(), true).unwrap();
        let bytes = match form {
            Form::Gb18030 => {
                let (bytes, _, lossy) = encoding_rs::GB18030.encode(&csv);
                assert!(!lossy && !encoding_rs::GBK.encode(&csv).2, "every character has a place in GBK");
                bytes.into_owned()
            }
            Form::Utf8WithMark => [b"\xef\xbb\xbf", csv.as_bytes()].concat(),
            Form::Utf8 => csv.into_bytes(),
        };
        if rows < 20_000 {
            assert!(bytes.len() < 2_000_000, "{name}");
            added += bytes.len();
        }
        let path = folder.join(format!("{name}.csv"));
        if std::env::var_os("TUOMIN_BLESS").is_some() {
            std::fs::write(&path, &bytes).unwrap();
        }
        assert!(std::fs::read(&path).unwrap() == bytes, "{name} differs from what the generator makes");
    }
    assert!(added < 10_000_000, "a clone stays small");
}

#[test]
fn csv_has_a_header_only_where_asked_and_empty_cells_for_nulls() {
    let data = batch("residential_electricity", 6, 0..300).unwrap();
    let with = to_csv(&data, true).unwrap();
    let without = to_csv(&data, false).unwrap();
    assert_eq!(with.split_once('\n').unwrap().1, without);
    let mut reader = csv::Reader::from_reader(with.as_bytes());
    assert_eq!(reader.headers().unwrap().len(), 19);
    let remarks = data.column_by_name("备注").unwrap();
    for (row, record) in reader.records().enumerate() {
        assert_eq!(record.unwrap()[18].is_empty(), remarks.is_null(row));
    }
}

#[test]
fn pipelines_declare_every_column_and_their_tables_know_every_value() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines");
    for name in NAMES {
        let text = std::fs::read_to_string(folder.join(format!("{name}.toml"))).unwrap();
        let pipeline = crate::spec::parse(&text, &embedded_rules()).unwrap();
        let data = batch(name, 2025, 0..20_000).unwrap();
        let (mut declared, schema): (Vec<&str>, _) =
            (pipeline.columns.iter().map(|c| c.name.as_str()).collect(), data.schema());
        let mut there: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        declared.sort_unstable();
        there.sort_unstable();
        assert_eq!(declared, there, "{name}");
        for column in &pipeline.columns {
            let Some(HierarchySpec::Table { path }) = &column.hierarchy else { continue };
            let table = std::fs::read_to_string(folder.join(path)).unwrap();
            let known: HashSet<&str> = table.lines().filter_map(|line| Some(line.split_once(';')?.0)).collect();
            assert!(
                self::text(&data, &column.name).iter().flatten().all(|value| known.contains(value)),
                "{}",
                column.name
            );
        }
    }
}
