use super::*;

fn chunk(column: &str, values: Vec<Stated>, null_count: Option<u64>) -> ChunkFacts {
    ChunkFacts { group: 0, column: column.into(), values, null_count, bloom_filter: false }
}

fn value(text: &str) -> Stated {
    Stated::Value(text.into())
}

fn file(chunks: Vec<ChunkFacts>) -> FileFacts {
    FileFacts {
        name: "data/part-00000.parquet".into(),
        created_by: Some("tuomin".into()),
        chunks,
        ..FileFacts::default()
    }
}

#[test]
fn a_suppressed_value_left_in_a_dictionary_is_found() {
    let values = || vec![value("a"), value("b"), value("a"), value("c")];
    let mut found =
        Metadata::new(vec![file(vec![chunk("city", values(), Some(1)), chunk("sex", vec![value("f")], None)])]);
    found.feed(0, 0, "city", [Some("a"), None]).unwrap();
    found.feed(0, 0, "city", [Some("b")]).unwrap();
    found.feed(0, 0, "sex", [Some("f")]).unwrap();
    let outcome = found.values();
    assert_eq!((outcome.successes, outcome.trials, &outcome.columns[..]), (1, 6, &["city".to_owned()][..]));
    found.feed(0, 0, "city", [Some("c")]).unwrap();
    assert_eq!(found.values().successes, 0);
    assert!(found.feed(0, 1, "city", [Some("c")]).is_err(), "a chunk that the footer does not have");
}

#[test]
fn wrong_null_counts_and_unread_chunks_do_not_pass() {
    let mut found = Metadata::new(vec![file(vec![chunk("a", vec![value("1")], Some(3))])]);
    assert_eq!(found.values().successes, 2, "nothing was read");
    found.feed(0, 0, "a", [Some("1"), None]).unwrap();
    assert_eq!((found.values().successes, found.values().trials), (1, 2), "two nulls are told that are not there");
}

#[test]
fn cut_bounds_are_held_against_beginnings() {
    let cut = || vec![Stated::Start("tian".into()), Stated::StartBelow("wuhao".into())];
    let mut found = Metadata::new(vec![file(vec![chunk("a", cut(), None)])]);
    found.feed(0, 0, "a", [Some("tianjin"), Some("wuhan")]).unwrap();
    assert_eq!(found.values().successes, 0);
    let mut found = Metadata::new(vec![file(vec![chunk("a", cut(), None)])]);
    found.feed(0, 0, "a", [Some("tie"), Some("wuhao")]).unwrap();
    assert_eq!(found.values().successes, 2);
}

#[test]
fn bloom_filters_always_count() {
    let with = ChunkFacts { bloom_filter: true, ..chunk("a", vec![], None) };
    let mut found = Metadata::new(vec![file(vec![with])]);
    found.feed(0, 0, "a", [Some("1")]).unwrap();
    assert_eq!((found.values().successes, found.values().trials), (1, 1));
}

#[test]
fn nothing_read_does_not_pass_and_silent_files_do() {
    assert!(!Metadata::new(vec![]).values().attempted());
    assert!(!Metadata::new(vec![]).traces(&Allowed::default()).0.attempted());
    let silent = Metadata::new(vec![file(vec![chunk("a", vec![], None)])]).values();
    assert_eq!((silent.trials, silent.not_asked, silent.risk), (0, 1, 0.0));
}

#[test]
fn footer_texts_are_searched() {
    let mut facts = file(vec![]);
    facts.key_values =
        vec![("pandas".into(), Some("{\"path\":\"/home/li/in.csv\"}".into())), ("tuomin.certificate".into(), None)];
    facts.texts = vec!["schema".into(), "column of zhang-laptop".into()];
    let allowed = Allowed::new(["tuomin.certificate".into()], ["tuomin".into()], ["zhang-laptop".into()]);
    let (outcome, found) = Metadata::new(vec![facts]).traces(&allowed);
    assert_eq!((outcome.successes, outcome.trials), (3, 7));
    let traces: Vec<Trace> = found.into_iter().map(|(_, trace)| trace).collect();
    assert_eq!(traces, [Trace::Key, Trace::Path, Trace::Word]);
}
