use std::path::PathBuf;

use proptest::prelude::*;

use super::*;
use crate::spec::Period;

fn domain(values: &[&str]) -> Domain {
    Domain::sorted("c", values.iter().map(|v| Some(v.to_string())).collect()).0
}

fn with_null(values: &[&str]) -> Domain {
    Domain::sorted("c", values.iter().map(|v| Some(v.to_string())).chain([None]).collect()).0
}

fn table(text: &str, domain: &Domain, unknown: UnknownValues) -> Result<Hierarchy, HierarchyError> {
    Hierarchy::build(&HierarchySpec::Table { path: PathBuf::new() }, Some(text), domain, unknown)
}

fn build(spec: HierarchySpec, domain: &Domain) -> Result<Hierarchy, HierarchyError> {
    Hierarchy::build(&spec, None, domain, UnknownValues::Error)
}

/// What a value is released as on each level; null shows as `-`.
fn path(h: &Hierarchy, d: &Domain, value: Option<&str>) -> Vec<String> {
    let code = d.values().iter().position(|v| v.as_deref() == value).unwrap() as u32;
    (0..h.levels.len()).map(|level| h.label(level, code).unwrap_or("-").to_string()).collect()
}

fn sizes(h: &Hierarchy, d: &Domain, value: Option<&str>) -> Vec<u64> {
    let code = d.values().iter().position(|v| v.as_deref() == value).unwrap();
    h.levels.iter().map(|level| level.sizes[level.label_of[code] as usize]).collect()
}

/// What holds for every hierarchy, of whatever kind.
fn check_laws(h: &Hierarchy, d: &Domain) {
    assert!(h.levels.len() >= 2);
    assert_eq!(h.levels[h.top()].labels, [Some("*".to_string())]);
    assert_eq!(h.levels[h.top()].sizes, [h.domain_size]);
    for level in &h.levels {
        assert_eq!(level.label_of.len(), d.len());
        assert_eq!(level.labels.len(), level.sizes.len());
        assert!(level.sizes.iter().all(|&m| 1 <= m && m <= h.domain_size));
        let mut texts = level.labels.clone();
        texts.sort();
        texts.dedup();
        assert_eq!(texts.len(), level.labels.len(), "one text, one label");
    }
    levels::check_refinement(&h.levels).unwrap();
    for code in 0..d.len() {
        let m: Vec<u64> = h.levels.iter().map(|l| l.sizes[l.label_of[code] as usize]).collect();
        assert!(m.is_sorted(), "a coarser label is shared by at least as many values");
        for level in 0..h.top() {
            let null = d.values()[code].is_none();
            assert_eq!(h.label(level, code as u32).is_none(), null, "null, and only null, stays null");
        }
    }
}

#[test]
fn table_gives_labels_and_counts_its_own_rows() {
    let text = "\u{feff}a;x;*\r\nb;x;*\r\n\r\n\"c;d\";y;*\r\n";
    let d = with_null(&["a", "c;d"]);
    let h = table(text, &d, UnknownValues::Error).unwrap();
    check_laws(&h, &d);
    assert_eq!(path(&h, &d, Some("a")), ["a", "x", "*"]);
    assert_eq!(path(&h, &d, Some("c;d")), ["c;d", "y", "*"]);
    assert_eq!(path(&h, &d, None), ["-", "-", "*"]);
    assert_eq!(h.domain_size, 4, "three rows, and null that the source has");
    assert_eq!(sizes(&h, &d, Some("a")), [1, 2, 4], "b counts though the source has none");
    assert_eq!(sizes(&h, &d, None), [1, 1, 4]);
    let without_null = table(text, &domain(&["a"]), UnknownValues::Error).unwrap();
    assert_eq!(without_null.domain_size, 3);
    let null_row = table("a,x\n,\nb,y\n", &d, UnknownValues::Suppress).unwrap();
    assert_eq!((null_row.domain_size, null_row.levels.len()), (3, 3), "null has a row, `*` is added");
}

#[test]
fn a_table_above_a_level_has_each_label_once() {
    let text = "a1;a;x;*\na2;a;x;*\nb1;b;y;*\n;;;*\n";
    assert_eq!(Hierarchy::table_above(text, 1).unwrap().replace('"', ""), "a;x;*\nb;y;*\n;;*\n");
    assert_eq!(Hierarchy::table_above(text, 2).unwrap().replace('"', ""), "x;*\ny;*\n;*\n");
    assert!(Hierarchy::table_above(text, 4).is_err());
}

#[test]
fn a_table_above_a_level_keeps_labels_that_hold_a_separator() {
    for text in ["a,\"x;y\",*\nb,\"x;y\",*\n", "a;\"x,y\";*\nb;\"x,y\";*\n", "a;\"x\ny\";*\n", "\"a\nb\";x;*\n"] {
        let above = Hierarchy::table_above(text, 1).unwrap();
        let (d, _) = Domain::sorted(
            "c",
            vec![text.split('"').nth(1).filter(|label| label.starts_with('x')).or(Some("x")).map(str::to_owned)],
        );
        let h = table(&above, &d, UnknownValues::Error).unwrap();
        assert_eq!(h.levels.len(), 2, "{text}: {above}");
    }
}

#[test]
fn table_values_without_a_row_are_counted_or_starred_everywhere() {
    let d = domain(&["a", "p", "q"]);
    let text = "a,x\nb,y\n";
    assert_eq!(table(text, &d, UnknownValues::Error), Err(HierarchyError::Unknown { values: 2 }));
    let h = table(text, &d, UnknownValues::Suppress).unwrap();
    check_laws(&h, &d);
    assert_eq!(path(&h, &d, Some("p")), ["*", "*", "*"]);
    assert_eq!(sizes(&h, &d, Some("p")), [2, 2, 2]);
    assert_eq!(sizes(&h, &d, Some("a")), [1, 1, 2]);
}

#[test]
fn table_errors_name_the_line_and_no_value() {
    let d = domain(&["secret"]);
    let line = |text: &str| match table(text, &d, UnknownValues::Suppress) {
        Err(HierarchyError::Table { line, message }) => {
            assert!(!message.contains("secret"), "{message}");
            line
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(line(""), 1);
    assert_eq!(line("\n\n"), 1);
    assert_eq!(line("a;x\r\n\r\nsecret;y;z\r\n"), 3, "ragged, after an empty line");
    assert_eq!(line("a,x\n\"b\nb\",x\nsecret,y,z\n"), 4, "ragged, after a quoted line end");
    assert_eq!(line("secret;x\nb;x\nsecret;x\n"), 3, "twice");
    assert_eq!(line("a;x;*\nsecret;;*\n"), 2, "a label is missing");
    assert_eq!(line("a;x;*\n;secret;*\n"), 2, "null gets a label");
    let split = table("a;x;p;*\nsecret;x;q;*\n", &d, UnknownValues::Error).unwrap_err();
    let HierarchyError::NotARefinement { level: 2, message } = split else { panic!("{split:?}") };
    assert_eq!(message, "lines 1 and 2 share a label at level 1, but not here");
    let back = table("a;*;p;*\nb;x;q;*\n", &d, UnknownValues::Suppress).unwrap_err();
    assert!(matches!(back, HierarchyError::NotARefinement { level: 2, .. }));
}

#[test]
fn interval_bands_are_exact_in_decimal_digits() {
    let spec = HierarchySpec::Interval { widths: vec![0.1, 1.0], origin: 0.0, bottom: None, top: None };
    let d = with_null(&["0.3", "0.29", "-0.05", "7"]);
    let h = build(spec, &d).unwrap();
    check_laws(&h, &d);
    assert_eq!(path(&h, &d, Some("0.3")), ["0.3", "[0.3, 0.4)", "[0, 1)", "*"]);
    assert_eq!(path(&h, &d, Some("0.29")), ["0.29", "[0.2, 0.3)", "[0, 1)", "*"]);
    assert_eq!(path(&h, &d, Some("-0.05")), ["-0.05", "[-0.1, 0)", "[-1, 0)", "*"]);
    assert_eq!(path(&h, &d, Some("7")), ["7", "[7, 7.1)", "[7, 8)", "*"]);
    assert_eq!(path(&h, &d, None), ["-", "-", "-", "*"]);
    assert_eq!(h.levels[1].name, "width 0.1");
    assert_eq!(sizes(&h, &d, Some("0.3")), [1, 1, 2, 5]);
}

#[test]
fn interval_edges_are_coded_on_every_level() {
    let edges = |widths: &[f64], bottom, top| HierarchySpec::Interval {
        widths: widths.to_vec(),
        origin: 5.0,
        bottom: Some(bottom),
        top: Some(top),
    };
    let d = domain(&["19", "20", "26", "89", "90", "104"]);
    let h = build(edges(&[10.0, 20.0], 20.0, 90.0), &d).unwrap();
    check_laws(&h, &d);
    assert_eq!(path(&h, &d, Some("19")), ["<20", "<20", "<20", "*"]);
    assert_eq!(path(&h, &d, Some("20")), ["20", "[20, 25)", "[20, 25)", "*"], "cut at the edge");
    assert_eq!(path(&h, &d, Some("26")), ["26", "[25, 35)", "[25, 45)", "*"]);
    assert_eq!(path(&h, &d, Some("89")), ["89", "[85, 90)", "[85, 90)", "*"]);
    assert_eq!(path(&h, &d, Some("104")), ["≥90", "≥90", "≥90", "*"]);
    assert_eq!(sizes(&h, &d, Some("90"))[0], 2);
    let level = |spec| match build(spec, &d) {
        Err(HierarchyError::NotARefinement { level, .. }) => level,
        other => panic!("{other:?}"),
    };
    assert_eq!(level(edges(&[10.0, 15.0], 20.0, 90.0)), 2);
    assert_eq!(level(edges(&[10.0, 10.0], 20.0, 90.0)), 2);
    assert_eq!(level(edges(&[0.0], 20.0, 90.0)), 1);
    assert_eq!(level(edges(&[f64::NAN], 20.0, 90.0)), 1);
    assert_eq!(level(edges(&[10.0], 90.0, 90.0)), 0);
    let words = build(edges(&[10.0], 20.0, 90.0), &domain(&["1", "1x", "", "1e99"]));
    assert!(matches!(words, Err(HierarchyError::Type { values: 3, .. })));
}

#[test]
fn prefixes_count_characters_and_hide_the_rest() {
    let d = with_null(&["120101", "120102", "120221", "津南区一二号"]);
    let h = build(HierarchySpec::Prefix { lengths: vec![4, 2] }, &d).unwrap();
    check_laws(&h, &d);
    assert_eq!(path(&h, &d, Some("120101")), ["120101", "1201**", "12****", "*"]);
    assert_eq!(path(&h, &d, Some("津南区一二号")), ["津南区一二号", "津南区一**", "津南****", "*"]);
    assert_eq!(sizes(&h, &d, Some("120101")), [1, 2, 3, 5]);
    let short = build(HierarchySpec::Prefix { lengths: vec![4] }, &domain(&["123", "1234"]));
    assert!(matches!(short, Err(HierarchyError::Type { values: 1, .. })));
    let growing = build(HierarchySpec::Prefix { lengths: vec![4, 4] }, &d);
    assert!(matches!(growing, Err(HierarchyError::NotARefinement { level: 2, .. })));
}

#[test]
fn dates_grow_into_calendar_periods() {
    use Period::{Half, Month, Quarter, Years};
    let periods = vec![Month, Quarter, Half, Years(1), Years(5), Years(10)];
    let d = with_null(&["1990-05-17", "1999-12-31", "2000-01-01"]);
    let h = build(HierarchySpec::Date { periods }, &d).unwrap();
    check_laws(&h, &d);
    let labels = ["1990-05-17", "1990-05", "1990-Q2", "1990-H1", "1990", "1990-1994", "1990-1999", "*"];
    assert_eq!(path(&h, &d, Some("1990-05-17")), labels);
    assert_eq!(path(&h, &d, Some("1999-12-31"))[5], "1995-1999");
    assert_eq!(path(&h, &d, Some("2000-01-01"))[6], "2000-2009");
    let level = |periods| match build(HierarchySpec::Date { periods }, &d) {
        Err(HierarchyError::NotARefinement { level, .. }) => level,
        other => panic!("{other:?}"),
    };
    assert_eq!(level(vec![Years(10), Years(15)]), 2);
    assert_eq!(level(vec![Month, Years(1), Quarter]), 3);
    assert_eq!(level(vec![Month, Years(0)]), 2);
    let texts = domain(&["1990-02-30", "1990-2-3", "19900203", "+990-02-03", "1990-02-03"]);
    let wrong = build(HierarchySpec::Date { periods: vec![Month] }, &texts);
    assert!(matches!(wrong, Err(HierarchyError::Type { values: 4, .. })));
}

#[test]
fn suppress_has_the_value_and_the_star() {
    let d = with_null(&["a", "b"]);
    let h = build(HierarchySpec::Suppress, &d).unwrap();
    check_laws(&h, &d);
    assert_eq!((path(&h, &d, Some("a")), h.domain_size), (vec!["a".to_string(), "*".to_string()], 3));
    assert_eq!(path(&h, &d, None), ["-", "*"]);
}

proptest! {
    #[test]
    fn random_intervals_are_hierarchies(
        values in prop::collection::vec(prop::option::of(-20_000_i64..20_000), 1..40),
        widths in (1_i64..500, 2_i64..5, 2_i64..5),
        edges in (-9_000_i64..0, 0_i64..9_000),
        origin in -700_i64..700,
    ) {
        let number = |n: i64| n as f64 / 100.0;
        let texts = values.iter().map(|v| v.map(|n| number(n).to_string())).collect();
        let d = Domain::sorted("c", texts).0;
        let width = widths.0;
        let spec = HierarchySpec::Interval {
            widths: vec![number(width), number(width * widths.1), number(width * widths.1 * widths.2)],
            origin: number(origin),
            bottom: Some(number(edges.0)),
            top: Some(number(edges.1 + 1)),
        };
        check_laws(&build(spec, &d).unwrap(), &d);
    }

    #[test]
    fn random_codes_and_tables_are_hierarchies(codes in prop::collection::btree_set("[ab*一]{3,6}", 0..30)) {
        let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
        let d = with_null(&codes);
        check_laws(&build(HierarchySpec::Prefix { lengths: vec![3, 2, 0] }, &d).unwrap(), &d);
        let known = codes.iter().take(20).filter(|code| **code != "*");
        let text: String = known.map(|code| format!("{code};{}\n", code.chars().count())).collect();
        if !text.is_empty() {
            check_laws(&table(&text, &d, UnknownValues::Suppress).unwrap(), &d);
        }
    }
}

/// Every kind of level that we name ourselves has a name in Chinese.
#[test]
fn levels_have_names_in_chinese() {
    for (name, zh) in [
        ("value", "原值"),
        ("half year", "半年"),
        ("decade", "十年"),
        ("5 years", "5 年"),
        ("4 characters", "前 4 位"),
        ("width 0.5", "宽 0.5 的区间"),
        ("level 2", "第 2 级分组"),
        ("*", "*"),
        ("大区 of the city", "大区 of the city"),
    ] {
        assert_eq!(super::level_name_zh(name), zh);
    }
}
