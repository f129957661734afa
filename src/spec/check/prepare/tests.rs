use super::date_format;
use crate::error::Findings;
use crate::spec::{embedded_rules, parse};

const REST: &str = "name = \"t\"\npurpose = \"trade\"\nclaim = \"deidentified\"\nrules = \"cn-gbt42460-2023\"\ncontext = \"enclave\"\n[declaration]\nsource_basis = \"t\"\nprovider = \"t\"\nrecipient = \"t\"\nuse = \"t\"\n[source]\npath = \"d.csv\"\nsubject = \"id\"\n[privacy]\nk = 3\n[columns.id]\nrole = \"identifier\"\ntreatment = \"drop\"\n[columns.age]\nrole = \"quasi\"\n";

fn found(steps: &str) -> String {
    let text = format!("{REST}{steps}");
    match parse(&text, &embedded_rules()) {
        Ok(_) => String::new(),
        Err(list) => Findings { path: "p.toml".into(), text, list }.render(false),
    }
}

#[test]
fn a_file_with_all_steps_is_read_in_order() {
    let steps = r#"
[[prepare]]
rename = { "户号" = "id" }
[[prepare]]
cast = { columns = { n = "integer" }, on_error = "null" }
[[prepare]]
date = { columns = ["d"], formats = ["%Y-%m-%d", "excel", "民国"] }
[[prepare]]
trim = ["n"]
[[prepare]]
half_width = ["n"]
[[prepare]]
upper = ["n"]
[[prepare]]
lower = ["n"]
[[prepare]]
replace = { column = "n", map = { a = "b" } }
[[prepare]]
code = { column = "n", table = "gbt3304", to = "name", into = "people" }
[[prepare]]
derive = { column = "age", from = "d", what = "age", as_of = "2024-12-31" }
[[prepare]]
filter = "age >= 18"
[[prepare]]
join = { source = { path = "w.csv" }, on = ["n"], columns = ["w"] }
[[prepare]]
deduplicate = true
[[prepare]]
deduplicate = ["n"]
[[prepare]]
sql = "select * from source"
[[prepare]]
sql = { query = "select * from source", tables = { w = { path = "w.parquet" } } }
"#;
    assert_eq!(found(steps), "");
    let parsed = parse(&format!("{REST}{steps}"), &embedded_rules()).unwrap();
    let names: Vec<&str> = parsed.prepare.iter().map(|step| step.name()).collect();
    assert_eq!(names.len(), 16);
    assert_eq!((names[0], names[15]), ("rename", "sql"));
}

#[test]
fn a_column_that_was_renamed_is_told_with_its_new_name() {
    let shown = found("[[prepare]]\nrename = { age = \"ages\" }\n[[prepare]]\ntrim = [\"age\"]\n");
    insta::assert_snapshot!(shown, @r#"
    error: column `age` is not there: step 1 (`rename`) took it away
      --> p.toml:19:10
       |
    19 | [columns.age]
       |          ^^^
       |
       = help: did you mean `ages`?

    error: column `age` is not there: step 1 (`rename`) took it away
      --> p.toml:24:9
       |
    24 | trim = ["age"]
       |         ^^^^^
       |
       = help: did you mean `ages`?
    "#);
}

#[test]
fn functions_that_read_files_are_shown_at_their_place() {
    let shown = found("[[prepare]]\nfilter = \"age IN (read_csv('x'))\"\n");
    insta::assert_snapshot!(shown, @r#"
    error: the function `read_csv` cannot be used here
      --> p.toml:22:19
       |
    22 | filter = "age IN (read_csv('x'))"
       |                   ^^^^^^^^
       |
       = help: allowed is an expression over the columns of one record
    "#);
}

#[test]
fn every_step_that_is_wrong_is_a_finding() {
    let wrong = [
        ("trimm = [\"a\"]", "did you mean `trim`?"),
        ("trim = []", "no column is named"),
        ("trim = [\"a\", \"a\"]", "named twice"),
        ("rename = {}", "nothing is renamed"),
        ("rename = { a = \"c\", b = \"c\" }", "two columns would have the name `c`"),
        ("cast = { columns = { a = \"intger\" } }", "did you mean `integer`?"),
        ("cast = { columns = {} }", "no column is named"),
        ("date = { columns = [\"a\"], formats = [\"%Y\"] }", "no form of a date"),
        ("date = { columns = [\"a\"], formats = [] }", "must not be empty"),
        ("replace = { column = \"a\", map = {} }", "nothing is replaced"),
        ("code = { column = \"a\", table = \"gbt3305\", to = \"name\" }", "did you mean `gbt3304`?"),
        ("code = { column = \"a\", table = \"gbt3304\", to = \"nam\" }", "did you mean `name`?"),
        ("derive = { column = \"x\", from = \"a\", what = \"age\" }", "needs the day"),
        ("derive = { column = \"x\", from = \"a\", what = \"age\", as_of = \"2023-02-29\" }", "this is no day"),
        ("derive = { column = \"x\", from = \"a\", what = \"sex\", as_of = \"2023-02-28\" }", "only an age"),
        ("filter = \"avg(a) > 1\"", "the function `avg`"),
        ("join = { source = { path = \"x.xyz\" }, on = [\"a\"], columns = [\"b\"] }", "does not tell the format"),
        ("join = { source = { path = \"x.csv\" }, on = [\"a\"], columns = [] }", "no column is added"),
        ("deduplicate = false", "does nothing"),
        ("sql = \"select * from read_parquet('x')\"", "the function `read_parquet`"),
        ("sql = \"drop table source\"", "does not begin with SELECT"),
        ("trim = [\"a\"]\nupper = [\"a\"]", "can be only one of"),
    ];
    for (step, message) in wrong {
        let shown = found(&format!("[[prepare]]\n{step}\n"));
        assert!(shown.contains(message), "{step}: {shown}");
    }
}

#[test]
fn forms_of_dates_tell_the_whole_day() {
    for good in ["%Y-%m-%d", "%Y年%m月%d日", "%d/%m/%y", "%F", "%Y%m%d", "excel", "民国", "%Y-%m-%d %H:%M:%S"] {
        assert!(date_format(good), "{good}");
    }
    for wrong in ["%Y", "%m-%d", "%Q", "", "roc", "%H:%M"] {
        assert!(!date_format(wrong), "{wrong}");
    }
}
