use super::*;
use crate::spec::pipeline::{Encoding, TreatmentSpec};
use crate::spec::{self, HierarchySpec, Pipeline, Subject};

fn facts<'a>(cells: impl IntoIterator<Item = &'a str>) -> Facts {
    let mut facts = Facts::default();
    cells.into_iter().for_each(|cell| facts.feed((!cell.is_empty()).then_some(cell)));
    facts
}

fn proposed(header: &str, meaning: Meaning, cells: &[String]) -> Proposal {
    let facts = facts(cells.iter().map(String::as_str));
    propose(&Clue { header, meaning, facts: &facts, typed: false, singled_out: None })
}

fn numbers(to: u32) -> Vec<String> {
    (0..to).map(|n| n.to_string()).collect()
}

fn column(header: &str, meaning: Meaning, cells: &[String]) -> DraftColumn {
    let found = vec!["found\nas \"x\" # [columns.no]".into()];
    DraftColumn { header: header.into(), proposal: proposed(header, meaning, cells), found }
}

fn draft(columns: Vec<DraftColumn>) -> Draft {
    Draft {
        name: "../a b".into(),
        path: "a \"b\".csv".into(),
        format: SourceFormat::Csv { delimiter: b'\t', encoding: Encoding::Gb18030 },
        nulls: vec!["\\N", "无"],
        subject: None,
        notes: vec!["1,000 records were read".into()],
        health: false,
        columns,
    }
}

fn parsed(draft: &Draft) -> Pipeline {
    let text = draft.text();
    spec::parse(&text, &spec::embedded_rules()).unwrap_or_else(|found| panic!("{found:?}\n{text}"))
}

fn many(value: &str) -> Vec<String> {
    vec![value.to_owned(); 50]
}

#[test]
fn every_kind_of_proposal_is_accepted() {
    let dates: Vec<String> = (1..=28).map(|day| format!("1990年2月{day}日")).collect();
    let columns = vec![
        column("户号", Meaning::Identifier, &numbers(100)),
        column("年龄", Meaning::Age, &numbers(100)),
        column("生日", Meaning::Date, &dates),
        column("区划", Meaning::Region, &many("120101")),
        column("邮编", Meaning::Postcode, &many("300000")),
        column("性别", Meaning::Category, &many("男")),
        column("用电量", Meaning::Unknown, &numbers(500)),
        column("欠费原因", Meaning::Unknown, &many("x")),
        column("备注", Meaning::Unknown, &many("x")),
        column("建筑面积", Meaning::Unknown, &numbers(400)),
    ];
    let mut draft = draft(columns);
    draft.subject = Some(("户号".into(), "why".into()));
    assert!(draft.complete());
    let pipeline = parsed(&draft);
    assert_eq!(pipeline.source.subject, Subject::Column("户号".into()));
    assert_eq!(pipeline.name, "-a-b");
    assert_eq!(pipeline.source.nulls, ["\\N", "无"]);
    let of = |name: &str| pipeline.columns.iter().find(|column| column.name == name).expect("a column");
    assert_eq!(of("户号").treatment, TreatmentSpec::Drop);
    assert_eq!(of("备注").treatment, TreatmentSpec::Drop);
    assert_eq!(of("用电量").treatment, TreatmentSpec::Round { step: 100.0 });
    assert_eq!(of("欠费原因").treatment, TreatmentSpec::Keep);
    assert_eq!(of("生日").levels.finest, 3);
    let Some(HierarchySpec::Interval { widths, top, .. }) = &of("年龄").hierarchy else { panic!("no bands") };
    assert_eq!((&widths[..], *top), (&[5.0, 10.0, 20.0][..], Some(85.0)));
    let Some(HierarchySpec::Interval { widths, .. }) = &of("建筑面积").hierarchy else { panic!("no bands") };
    assert_eq!(widths, &[20.0, 40.0, 80.0]);
    // the health rules are met as well
    draft.health = true;
    parsed(&draft);
}

#[test]
fn headers_may_hold_any_characters() {
    for header in ["a\"b", "a\\b", "a\nb", "[x]\n[columns.y]", "'", "a#b", "\u{1}", "a.b", "—", "a\u{85}b", "\u{7f}"]
    {
        let sex = column(header, Meaning::Category, &many("x"));
        let pipeline = parsed(&draft(vec![sex, column("", Meaning::Unknown, &many("x"))]));
        assert_eq!(pipeline.columns.len(), 1, "{header:?}");
        assert_eq!(pipeline.columns[0].name, header);
    }
}

#[test]
fn unknown_columns_are_dropped_or_feared() {
    let role = |cells: &[String]| proposed("col_1", Meaning::Unknown, cells);
    let ids: Vec<String> = (0..1000).map(|n| format!("{:08}", n * 77)).collect();
    assert_eq!((role(&ids).role, role(&ids).treatment), (Role::Identifier, Proposed::Drop));
    let many: Vec<String> = (0..1000).map(|n| format!("x{}", n % 500)).collect();
    assert_eq!(role(&many).treatment, Proposed::Drop);
    let few: Vec<String> = (0..1000).map(|n| format!("x{}", n % 5)).collect();
    assert_eq!((role(&few).role, role(&few).treatment), (Role::Quasi, Proposed::Suppress));
    let moments: Vec<String> = (0..60).map(|n| format!("2024-01-01 10:00:{n:02}")).collect();
    assert_eq!(role(&moments).treatment, Proposed::Drop);
}

#[test]
fn a_category_that_singles_out_many_is_dropped() {
    let facts = facts(["a", "b", "c"]);
    let clue = Clue { header: "x", meaning: Meaning::Category, facts: &facts, typed: false, singled_out: Some(0.5) };
    assert_eq!(propose(&clue).treatment, Proposed::Drop);
}

#[test]
fn something_is_released_or_nothing_can_be() {
    let mut amounts = draft(vec![column("金额", Meaning::Unknown, &numbers(500))]);
    assert!(amounts.complete());
    assert_eq!(parsed(&amounts).columns.len(), 1);
    let mut ids =
        draft(vec![column("id", Meaning::Identifier, &numbers(9)), column("备注", Meaning::Text, &many("x"))]);
    assert!(!ids.complete());
}

#[test]
fn numbers_and_dates_are_told_from_codes() {
    let told = |cells: &[&str]| {
        let facts = facts(cells.iter().copied());
        (facts.all_measures(), facts.all_integers(), facts.date_form())
    };
    assert_eq!(told(&["1", "", "-2.5"]), (true, false, None));
    assert_eq!(told(&["1", "-", "无"]), (true, true, None));
    let words: Vec<&str> = facts(["无", "1", "-", "无"]).words_for_nothing().collect();
    assert_eq!(words, ["-", "无"]);
    assert_eq!(told(&["007", "12"]), (false, true, None));
    assert_eq!(told(&["1e3", "nan"]), (false, false, None));
    assert_eq!(told(&["20000229", "20010131"]).2, Some("%Y%m%d"));
    assert_eq!(told(&["20000229", "20010231"]).2, None);
    assert_eq!(told(&["1985-02-28"]).2, Some("%Y-%m-%d"));
    assert_eq!(told(&["1985/2/28"]).2, Some("%Y/%m/%d"));
    assert_eq!(told(&["1985-2-28"]).2, None);
}

#[test]
fn merged_facts_are_those_of_the_whole() {
    let cells: Vec<String> = (0..100).map(|n| if n % 7 == 0 { String::new() } else { (n % 13).to_string() }).collect();
    let whole = facts(cells.iter().map(String::as_str));
    let mut merged = facts(cells[..30].iter().map(String::as_str));
    merged.merge(facts(cells[30..].iter().map(String::as_str)));
    let told = |facts: &Facts| (facts.cells(), facts.nulls(), facts.distinct(), facts.quantiles([0.1, 0.5, 1.0]));
    assert_eq!(told(&merged), told(&whole));
    assert_eq!(whole.distinct(), 13);
}
