use arrow::array::*;
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Date32Type, Field, Int64Type, Schema};
use proptest::prelude::*;

use super::*;
use crate::error::Error;
use crate::spec::prepare::*;

/// Batches as a reader gives them.
struct Given {
    schema: SchemaRef,
    batches: VecDeque<RecordBatch>,
}

impl Reader for Given {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn next(&mut self) -> Result<Option<RecordBatch>> {
        Ok(self.batches.pop_front())
    }

    fn origin(&self) -> Option<PathBuf> {
        Some("d.csv".into())
    }
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, cells)| (name, cells, true))).unwrap()
}

fn texts(cells: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(cells.to_vec()))
}

fn one(cells: &[Option<&str>]) -> RecordBatch {
    batch(vec![("a", texts(cells))])
}

fn steps(toml: &str) -> Vec<Step> {
    #[derive(serde::Deserialize)]
    struct File {
        prepare: Vec<Step>,
    }
    toml::from_str::<File>(toml).unwrap().prepare
}

fn reader(batches: Vec<RecordBatch>) -> Box<dyn Reader> {
    Box::new(Given { schema: batches[0].schema(), batches: batches.into() })
}

fn ready(batches: Vec<RecordBatch>, toml: &str, base: &Path) -> Result<(RecordBatch, Vec<Told>)> {
    let mut prepared = Prepared::new(reader(batches), &["NA".to_owned()], &steps(toml), base)?;
    let counts = prepared.counts();
    let mut made = Vec::new();
    while let Some(batch) = prepared.next()? {
        assert_eq!(batch.schema(), prepared.schema());
        made.push(batch);
    }
    assert_eq!(counts.told(), prepared.told());
    Ok((concat_batches(&prepared.schema(), &made).unwrap(), counts.told()))
}

fn run(batch: RecordBatch, step: &str) -> (RecordBatch, Vec<Told>) {
    ready(vec![batch], &format!("[[prepare]]\n{step}\n"), Path::new("")).unwrap()
}

/// The message with its place, and no cell.
fn fails(batch: RecordBatch, step: &str) -> String {
    let error = ready(vec![batch], &format!("[[prepare]]\n{step}\n"), Path::new("")).unwrap_err();
    assert_eq!(error.exit_code(), 4, "{error}");
    error.render(false)
}

fn column(batch: &RecordBatch, name: &str) -> Vec<Option<String>> {
    let cells = batch.column_by_name(name).unwrap();
    (0..cells.len()).map(|at| cells.is_valid(at).then(|| super::cast::text(cells, at)).flatten()).collect()
}

fn some(cells: &[Option<&str>]) -> Vec<Option<String>> {
    cells.iter().map(|cell| cell.map(str::to_owned)).collect()
}

#[test]
fn names_change_at_once() {
    let given = batch(vec![("a", texts(&[Some("1")])), ("b", texts(&[Some("2")]))]);
    let (made, told) = run(given.clone(), "rename = { a = \"b\", b = \"a\" }");
    assert_eq!((column(&made, "b"), column(&made, "a")), (some(&[Some("1")]), some(&[Some("2")])));
    assert_eq!((told[0].rows_in, told[0].rows_out, told[0].changed), (1, 1, 0));
    assert!(fails(given.clone(), "rename = { a = \"b\" }").contains("two columns would have the name `b`"));
    let shown = fails(given, "rename = { aa = \"c\" }");
    assert!(shown.contains("step 1 (`rename`): column `aa` is not there"), "{shown}");
}

#[test]
fn texts_lose_space_and_width_only_where_they_should() {
    let (made, told) =
        run(one(&[Some(" \u{3000}天津\u{a0}"), None, Some(""), Some("  "), Some("a b")]), "trim = [\"a\"]");
    assert_eq!(column(&made, "a"), some(&[Some("天津"), None, Some(""), None, Some("a b")]));
    assert_eq!((told[0].changed, told[0].failed), (2, 0));
    let wide = "ＡＢＣ１２３！～\u{3000}。「」￥𠮷㐀ｱ";
    let (made, told) = run(one(&[Some(wide), Some("plain"), None]), "half_width = [\"a\"]");
    assert_eq!(column(&made, "a"), some(&[Some("ABC123!~ 。「」￥𠮷㐀ｱ"), Some("plain"), None]));
    assert_eq!(told[0].changed, 1);
    let (made, _) = run(one(&[Some("aß天é"), None]), "upper = [\"a\"]");
    assert_eq!(column(&made, "a"), some(&[Some("ASS天É"), None]));
    let (made, _) = run(one(&[Some("ÀX天"), Some("")]), "lower = [\"a\"]");
    assert_eq!(column(&made, "a"), some(&[Some("àx天"), Some("")]));
    let (made, told) = run(
        one(&[Some("男性"), Some("男"), Some("女性 "), None]),
        "replace = { column = \"a\", map = { \"男性\" = \"男\" } }",
    );
    assert_eq!(column(&made, "a"), some(&[Some("男"), Some("男"), Some("女性 "), None]));
    assert_eq!(told[0].changed, 1);
    let numbers = batch(vec![("a", Arc::new(Int64Array::from(vec![1])) as ArrayRef)]);
    assert!(fails(numbers, "trim = [\"a\"]").contains("this step works on text"));
}

#[test]
fn casts_are_exact_or_fail_with_their_place() {
    let (made, _) = run(
        one(&[Some(" 42 "), None, Some("-9223372036854775808"), Some("NA")]),
        "cast = { columns = { a = \"integer\" } }",
    );
    let cells = made.column(0).as_primitive::<Int64Type>();
    assert_eq!(cells.iter().collect::<Vec<_>>(), [Some(42), None, Some(i64::MIN), None]);
    for wrong in ["４２", "1.0", "9223372036854775808", "", "secret"] {
        let shown = fails(one(&[Some("1"), None, Some(wrong)]), "cast = { columns = { a = \"integer\" } }");
        assert!(shown.contains("step 1 (`cast`): expected a whole number") && shown.contains("d.csv"), "{shown}");
        assert!(shown.contains('3') && !shown.contains("secret") && !shown.contains("922337"), "{shown}");
    }
    let (made, told) = run(
        one(&[Some("x"), Some("1e3"), Some("inf"), None]),
        "cast = { columns = { a = \"number\" }, on_error = \"null\" }",
    );
    assert_eq!(column(&made, "a"), some(&[None, Some("1000"), None, None]));
    assert_eq!((told[0].changed, told[0].failed), (1, 2));
    let (made, _) = run(one(&[Some("2024-02-29"), None]), "cast = { columns = { a = \"date\" } }");
    assert_eq!(column(&made, "a"), some(&[Some("2024-02-29"), None]));
    assert!(fails(one(&[Some("2023-02-29")]), "cast = { columns = { a = \"date\" } }").contains("expected a date"));
    let (made, _) = run(one(&[Some("TRUE"), Some("0")]), "cast = { columns = { a = \"boolean\" } }");
    assert_eq!(column(&made, "a"), some(&[Some("true"), Some("false")]));
    let floats = |cells: Vec<f64>| batch(vec![("a", Arc::new(Float64Array::from(cells)) as ArrayRef)]);
    assert!(fails(floats(vec![1.5]), "cast = { columns = { a = \"integer\" } }").contains("expected"));
    let (made, _) = run(floats(vec![-0.0, 0.1, 1e21]), "cast = { columns = { a = \"text\" } }");
    assert_eq!(column(&made, "a"), some(&[Some("-0"), Some("0.1"), Some("1000000000000000000000")]));
    assert!(fails(floats(vec![1.0]), "cast = { columns = { a = \"date\" } }").contains("which is never a date"));
    let large: ArrayRef = Arc::new(Int64Array::from(vec![(1 << 53) + 1]));
    assert!(fails(batch(vec![("a", large)]), "cast = { columns = { a = \"number\" } }").contains("expected"));
    let moment: ArrayRef = Arc::new(TimestampMicrosecondArray::from(vec![Some(-1), None]));
    let (made, _) = run(batch(vec![("a", moment)]), "cast = { columns = { a = \"text\" } }");
    assert_eq!(column(&made, "a"), some(&[Some("1969-12-31T23:59:59.999999"), None]));
}

#[test]
fn dates_take_the_first_form_that_fits() {
    let step = |formats: &str| format!("date = {{ columns = [\"a\"], formats = {formats} }}");
    let all = step(r#"["%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "excel", "民国"]"#);
    let cells = ["2024-5-1", "2024/05/01", "2024年5月1日", "45413", "民國113年5月1日", "113/05/01", "113.5.1"];
    let (made, told) = run(one(&cells.map(Some)), &all);
    assert_eq!(column(&made, "a"), vec![Some("2024-05-01".to_owned()); 7]);
    assert_eq!((told[0].changed, told[0].failed), (7, 0));
    let first = |formats: &str| column(&run(one(&[Some("99/05/01")]), &step(formats)).0, "a").remove(0).unwrap();
    assert_eq!(first(r#"["%y/%m/%d", "民国"]"#), "1999-05-01");
    assert_eq!(first(r#"["民国", "%y/%m/%d"]"#), "2010-05-01");
    let shown = fails(one(&[None, Some("2023-02-29")]), &all);
    assert!(shown.contains("expected a date in one of the given forms") && !shown.contains("02-29"), "{shown}");
    let (made, told) = run(
        one(&[Some("2023-02-29"), Some("2024-02-29"), Some("")]),
        "date = { columns = [\"a\"], formats = [\"%Y-%m-%d\"], on_error = \"null\" }",
    );
    assert_eq!(column(&made, "a"), some(&[None, Some("2024-02-29"), None]));
    assert_eq!(told[0].failed, 2);
    let serials = batch(vec![("a", Arc::new(Int64Array::from(vec![Some(45351), None])) as ArrayRef)]);
    assert_eq!(column(&run(serials, &step("[\"excel\"]")).0, "a"), some(&[Some("2024-02-29"), None]));
}

#[test]
fn codes_are_looked_up_in_tables() {
    let look = |cells: &[Option<&str>], step: &str| {
        let (made, told) = run(one(cells), &format!("code = {{ column = \"a\", {step} }}"));
        (column(&made, made.schema().fields().last().unwrap().name()), told[0].failed)
    };
    let (made, _) = look(&[Some("01"), None, Some("56")], "table = \"gbt3304\", to = \"name\", into = \"b\"");
    assert_eq!(made, some(&[Some("汉族"), None, Some("基诺族")]));
    assert_eq!(look(&[Some("满族")], "table = \"gbt3304\", from = \"name\", to = \"letters\"").0, some(&[Some("MA")]));
    assert_eq!(look(&[Some("2")], "table = \"gbt2261.1\", to = \"name\"").0, some(&[Some("女性")]));
    assert_eq!(look(&[Some("120104")], "table = \"gbt2260\", to = \"name\"").0, some(&[Some("南开区")]));
    let provinces = look(&[Some("440305"), Some("120221")], "table = \"gbt2260\", to = \"province\"").0;
    assert_eq!(provinces, some(&[Some("广东省"), Some("天津市")]));
    assert_eq!(look(&[Some("66")], "table = \"gbt4754\", to = \"section\"").0, some(&[Some("J")]));
    assert_eq!(look(&[Some("21")], "table = \"gbt4658\", to = \"level\"").0, some(&[Some("大学本科教育")]));
    assert_eq!(look(&[Some("I10.x00")], "table = \"icd10\", to = \"chapter\"").0, some(&[Some("IX")]));
    assert_eq!(
        look(&[Some("57"), Some("1")], "table = \"gbt3304\", to = \"name\", unknown = \"null\""),
        (vec![None, None], 2)
    );
    let kept = look(&[Some("57"), Some("01")], "table = \"gbt3304\", to = \"name\", unknown = \"keep\"");
    assert_eq!(kept, (some(&[Some("57"), Some("汉族")]), 1));
    let shown = fails(one(&[Some("01"), Some("5７")]), "code = { column = \"a\", table = \"gbt3304\", to = \"name\" }");
    assert!(shown.contains("expected a code that the table has") && !shown.contains("5７"), "{shown}");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("t.csv"), "\u{feff}码,名\nx,一\ny,二\n").unwrap();
    let step = "[[prepare]]\ncode = { column = \"a\", table = \"t.csv\", to = \"名\" }\n";
    let (made, _) = ready(vec![one(&[Some("y"), None])], step, folder.path()).unwrap();
    assert_eq!(column(&made, "a"), some(&[Some("二"), None]));
    let step = step.replace("\"名\"", "\"名字\"");
    let error = ready(vec![one(&[Some("y")])], &step, folder.path()).unwrap_err();
    assert!(error.to_string().contains("no column `名字`"), "{error}");
}

#[test]
fn ages_and_more_follow_from_ids() {
    // made up; 12010419900307123 and its check digit
    let id = format!(
        "12010419900307123{}",
        crate::detect::check_digits::resident_id_check(b"12010419900307123").unwrap() as char
    );
    let given = one(&[Some(&id), None, Some("120104900307124")]);
    let step = |what: &str| format!("derive = {{ column = \"b\", from = \"a\", what = \"{what}\" }}");
    let derived = |what: &str| column(&run(given.clone(), &step(what)).0, "b");
    assert_eq!(derived("birth_date"), some(&[Some("1990-03-07"), None, Some("1990-03-07")]));
    assert_eq!(derived("sex"), some(&[Some("1"), None, Some("2")]));
    assert_eq!(derived("district"), some(&[Some("120104"), None, Some("120104")]));
    let age = "derive = { column = \"b\", from = \"a\", what = \"age\", as_of = \"2024-03-06\" }";
    assert_eq!(column(&run(given, age).0, "b"), some(&[Some("33"), None, Some("33")]));
    let shown = fails(one(&[Some("120104199003071230")]), &step("sex"));
    assert!(shown.contains("expected a resident id") && !shown.contains("1990"), "{shown}");
    let dates: ArrayRef = Arc::new(Date32Array::from(vec![
        Some(Date32Type::from_naive_date(chrono::NaiveDate::from_ymd_opt(2004, 2, 29).unwrap())),
        None,
    ]));
    let (made, _) = run(batch(vec![("a", dates.clone())]), &age.replace("2024-03-06", "2005-02-28"));
    assert_eq!(column(&made, "b"), some(&[Some("0"), None]));
    assert!(fails(batch(vec![("a", dates)]), &step("sex")).contains("does not follow"));
    assert!(fails(one(&[None]), "derive = { column = \"a\", from = \"a\", what = \"sex\" }").contains("already"));
}

#[test]
fn filters_keep_what_is_true() {
    let given = batch(vec![
        ("a", Arc::new(Int64Array::from(vec![Some(17), Some(18), None, Some(40)])) as ArrayRef),
        ("城市", texts(&[Some("天津"), Some("天津"), Some("天津"), Some("北京")])),
    ]);
    let (made, told) = run(given.clone(), "filter = \"a >= 18 AND \\\"城市\\\" = '天津'\"");
    assert_eq!(column(&made, "a"), some(&[Some("18")]));
    assert_eq!((told[0].rows_in, told[0].rows_out), (4, 1));
    assert_eq!(run(given.clone(), "filter = \"a IS NULL OR length(城市) > 2\"").0.num_rows(), 1);
    assert_eq!(run(given.clone(), "filter = \"a > 100\"").0.num_rows(), 0);
    for (wrong, message) in [
        ("b > 1", "column `b` is not there"),
        ("a + 1", "not true or false"),
        ("a >", "no expression of SQL"),
        ("sum(a) > 1", "the function `sum`"),
        ("a IN (SELECT x FROM read_csv('d.csv'))", "cannot be used here"),
        ("read_parquet('d.parquet')", "the function `read_parquet`"),
        ("length(a) > 1", "cannot be used on these columns"),
    ] {
        let shown = fails(given.clone(), &format!("filter = {wrong:?}"));
        assert!(shown.contains(message), "{wrong}: {shown}");
    }
}

#[test]
fn joins_match_keys_and_no_nulls() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("w.csv"), "k,w,v\nx,1,p\ny,2,\n,3,r\n").unwrap();
    std::fs::write(folder.path().join("twice.csv"), "k,w\nx,1\nx,2\n").unwrap();
    let given = batch(vec![
        ("k", texts(&[Some("y"), None, Some("z"), Some("x")])),
        ("n", texts(&[Some("1"), Some("2"), Some("3"), Some("4")])),
    ]);
    let join = |rest: &str| format!("[[prepare]]\njoin = {{ on = [\"k\"], {rest} }}\n");
    let (made, told) =
        ready(vec![given.clone()], &join("source = { path = \"w.csv\" }, columns = [\"w\", \"v\"]"), folder.path())
            .unwrap();
    assert_eq!(column(&made, "w"), some(&[Some("2"), None, None, Some("1")]));
    assert_eq!(column(&made, "v"), some(&[None, None, None, Some("p")]));
    assert_eq!((told[0].rows_in, told[0].rows_out, told[0].changed, told[0].failed), (4, 4, 3, 2));
    let (made, _) = ready(
        vec![given.clone()],
        &join("source = { path = \"w.csv\" }, how = \"inner\", columns = [\"w\"]"),
        folder.path(),
    )
    .unwrap();
    assert_eq!(column(&made, "n"), some(&[Some("1"), Some("4")]));
    let twice = join("source = { path = \"twice.csv\" }, columns = [\"w\"]");
    let error = ready(vec![given.clone()], &twice, folder.path()).unwrap_err();
    assert!(error.to_string().contains("record 2 of the joined table"), "{error}");
    let many = twice.replace(" }\n", ", many = true }\n");
    let (made, _) = ready(vec![given.clone()], &many, folder.path()).unwrap();
    assert_eq!(column(&made, "w"), some(&[None, None, None, Some("1"), Some("2")]));
    let numbers = batch(vec![("k", Arc::new(Int64Array::from(vec![1])) as ArrayRef)]);
    let error = ready(vec![numbers], &twice, folder.path()).unwrap_err();
    assert!(error.to_string().contains("holds Int64 here and Utf8 in the joined table"), "{error}");
    for (rest, message) in [
        ("source = { path = \"w.csv\" }, columns = [\"n\"]", "already"),
        ("source = { path = \"w.csv\" }, columns = [\"ww\"]", "in the joined table: column `ww`"),
        ("source = { path = \"none.csv\" }, columns = [\"w\"]", "the input is not there"),
    ] {
        let error = ready(vec![given.clone()], &join(rest), folder.path()).unwrap_err();
        assert!(error.to_string().contains(message), "{error}");
    }
}

#[test]
fn the_first_of_equal_records_stays() {
    let given = batch(vec![
        ("a", texts(&[Some("x"), None, Some("x"), None, Some(""), Some("x")])),
        ("b", texts(&[Some("1"), Some("2"), Some("3"), Some("2"), Some("5"), Some("1")])),
    ]);
    let (made, told) = run(given.clone(), "deduplicate = [\"a\"]");
    assert_eq!(column(&made, "b"), some(&[Some("1"), Some("2"), Some("2"), Some("5")]));
    assert_eq!((told[0].rows_in, told[0].rows_out), (6, 4));
    let (made, _) = run(given, "deduplicate = true");
    assert_eq!(column(&made, "b"), some(&[Some("1"), Some("2"), Some("3"), Some("5")]));
}

#[test]
fn queries_see_the_whole_table_and_no_file() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("w.csv"), "city,people\nx,9\n").unwrap();
    let given = batch(vec![
        ("city", texts(&[Some("y"), Some("x"), Some("y"), None])),
        ("n", Arc::new(Int64Array::from(vec![Some(1), Some(2), Some(3), None])) as ArrayRef),
    ]);
    let query = |query: &str| format!("[[prepare]]\nsql = {query:?}\n");
    let (made, told) = ready(
        vec![given.slice(0, 1), given.slice(1, 3)],
        &query("SELECT city, sum(n) AS n, count(*) AS records FROM source GROUP BY city"),
        folder.path(),
    )
    .unwrap();
    assert_eq!(column(&made, "city"), some(&[None, Some("x"), Some("y")]));
    assert_eq!(column(&made, "records"), some(&[Some("1"), Some("1"), Some("2")]));
    assert_eq!((told[0].rows_in, told[0].rows_out), (4, 3));
    let with = "[[prepare]]\nsql = { query = \"SELECT source.city, w.people FROM source JOIN w ON source.city = w.city\", tables = { w = { path = \"w.csv\" } } }\n";
    let (made, _) = ready(vec![given.clone()], with, folder.path()).unwrap();
    assert_eq!((column(&made, "city"), column(&made, "people")), (some(&[Some("x")]), some(&[Some("9")])));
    for (wrong, message) in [
        ("SELECT * FROM read_csv('w.csv')", "the function `read_csv`"),
        ("SELECT * FROM \"read_csv\"('w.csv')", "not the name of a function"),
        ("SELECT * FROM 'w.csv'", "cannot be run"),
        ("SELECT * FROM nowhere", "cannot be run"),
        ("SELECT x FROM source", "cannot be run"),
        ("SELECT * FROM source LIMIT 1", "`limit`"),
        ("DROP TABLE source", "does not begin with SELECT"),
        ("SELECT city FROM source; SELECT n FROM source", "cannot be used here"),
    ] {
        let error = ready(vec![given.clone()], &query(wrong), folder.path()).unwrap_err();
        assert!(error.to_string().contains(message), "{wrong}: {error}");
    }
    let steps = steps(&query("SELECT * FROM source"));
    let mut small = Prepared::bounded(reader(vec![given]), &[], &steps, Path::new(""), 64).unwrap();
    let error = small.next().unwrap_err();
    assert!(error.to_string().contains("MiB of records come to it"), "{error}");
}

#[test]
fn places_of_errors_are_those_of_the_file_after_records_went() {
    let given = one(&[Some("x"), Some("1"), Some("x"), Some("secret")]);
    let toml = "[[prepare]]\nfilter = \"a <> 'x'\"\n[[prepare]]\ncast = { columns = { a = \"integer\" } }\n";
    let Error::Input { place: Some(place), message, .. } =
        ready(vec![given.slice(0, 2), given.slice(2, 2)], toml, Path::new("")).unwrap_err()
    else {
        panic!("another error")
    };
    assert_eq!((place.row, place.column.as_deref()), (Some(4), Some("a")));
    assert!(message.starts_with("step 2 (`cast`)"), "{message}");
}

#[test]
fn batches_cross_to_frames_and_back_in_every_type() {
    use crate::source::exchange::{to_batches, to_frame};
    let all = batch(vec![
        ("t", texts(&[Some("天津市南开区鞍山西道"), None, Some("")])),
        ("v", Arc::new(StringViewArray::from(vec![None, Some("longer than twelve bytes"), Some("𠮷")])) as ArrayRef),
        ("i", Arc::new(Int64Array::from(vec![Some(i64::MIN), None, Some(i64::MAX)]))),
        ("n", Arc::new(Float64Array::from(vec![Some(-0.5), Some(f64::MAX), None]))),
        ("b", Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)]))),
        ("d", Arc::new(Date32Array::from(vec![Some(-719_162), None, Some(2_932_896)]))),
        ("m", Arc::new(TimestampMicrosecondArray::from(vec![Some(-1), None, Some(1_700_000_000_123_456)]))),
    ]);
    for part in [all.clone(), all.slice(1, 2), all.slice(2, 1)] {
        let back = to_batches(&mut to_frame(&part).unwrap()).unwrap().remove(0);
        for field in part.schema().fields() {
            assert_eq!(column(&back, field.name()), column(&part, field.name()), "{}", field.name());
        }
        assert_eq!(
            back.schema().field_with_name("m").unwrap().data_type(),
            part.schema().field_with_name("m").unwrap().data_type()
        );
    }
    assert_eq!(to_frame(&all.slice(0, 0)).unwrap().height(), 0);
}

const EVERY: &str = r#"
[[prepare]]
rename = { c = "k" }
[[prepare]]
trim = ["a"]
[[prepare]]
half_width = ["a"]
[[prepare]]
upper = ["a"]
[[prepare]]
cast = { columns = { a = "integer" }, on_error = "null" }
[[prepare]]
date = { columns = ["d"], formats = ["%Y-%m-%d", "excel", "民国"], on_error = "null" }
[[prepare]]
derive = { column = "age", from = "d", what = "age", as_of = "2024-12-31", on_error = "null" }
[[prepare]]
code = { column = "k", table = "gbt2261.1", to = "name", into = "sex", unknown = "null" }
[[prepare]]
filter = "age IS NULL OR age > 10"
[[prepare]]
deduplicate = ["a", "d"]
"#;

/// Cells of one record.
type Row = (Option<String>, Option<String>, Option<String>);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn batches_may_be_cut_anywhere(
        rows in proptest::collection::vec((
            proptest::option::of("[ １2３4]{0,3}"),
            proptest::option::of("(113/0[1-3]/29|20[01]4-02-29|4541[0-9]|)"),
            proptest::option::of("[0-3]"),
        ), 1..40),
        cuts in proptest::collection::vec(any::<proptest::sample::Index>(), 0..4),
        query in any::<bool>(),
    ) {
        let cells = |read: fn(&Row) -> Option<&str>| -> ArrayRef {
            Arc::new(rows.iter().map(read).collect::<StringArray>())
        };
        let all = batch(vec![("a", cells(|r| r.0.as_deref())), ("d", cells(|r| r.1.as_deref())), ("c", cells(|r| r.2.as_deref()))]);
        let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(rows.len() + 1)).collect();
        at.extend([0, rows.len()]);
        at.sort_unstable();
        let parts = at.windows(2).map(|pair| all.slice(pair[0], pair[1] - pair[0])).collect();
        let sql = "[[prepare]]\nsql = \"SELECT sex, avg(age) AS age, count(*) AS n FROM source GROUP BY sex\"\n";
        let toml = format!("{EVERY}{}", if query { sql } else { "" });
        let whole = ready(vec![all], &toml, Path::new("")).unwrap();
        prop_assert_eq!(ready(parts, &toml, Path::new("")).unwrap(), whole);
    }
}

#[test]
fn nothing_comes_of_nothing() {
    let empty = RecordBatch::new_empty(Arc::new(Schema::new(
        ["a", "d", "c"].map(|name| Field::new(name, DataType::Utf8, true)).to_vec(),
    )));
    let toml = format!("{EVERY}[[prepare]]\nsql = \"SELECT sex FROM source\"\n");
    let (made, told) = ready(vec![empty], &toml, Path::new("")).unwrap();
    assert_eq!((made.num_rows(), told.len()), (0, 11));
    assert!(told.iter().all(|told| told.rows_out == 0));
    let json = serde_json::to_string(&told).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Told>>(&json).unwrap(), told);
}
