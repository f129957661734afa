//! `tuomin init`: finds what identifies, drafts a pipeline that passes, and says clearly what it cannot read.
#![expect(clippy::unwrap_used, reason = "a test may stop")]

mod common;

use std::fs;
use std::path::Path;

use common::{Project, Run};
use serde_json::Value;
use tuomin::sample::labelled::{Header, Maker, Noise, Spec, Truth, specs};

/// The columns of a JSON answer with this role.
fn with_role(told: &Value, role: &str) -> Vec<String> {
    let columns = told["columns"].as_array().unwrap().iter().filter(|column| column["role"] == role);
    columns.map(|column| column["column"].as_str().unwrap().to_owned()).collect()
}

fn told(run: &Run) -> Value {
    assert_eq!(run.code, 0, "{}", run.err);
    serde_json::from_str(&run.out).unwrap()
}

fn of<'a>(told: &'a Value, column: &str) -> &'a Value {
    told["columns"].as_array().unwrap().iter().find(|found| found["column"] == column).unwrap()
}

fn sample(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_data").join(name).to_str().unwrap().to_owned()
}

/// Drafts a pipeline for sample data, which must pass `check` and `plan` as it is.
fn drafted(name: &str) -> (Value, String) {
    let project = Project::new("");
    let run = project.tuomin(&["init", &sample(name), "--out", "draft.toml", "--json"]);
    let told = told(&run);
    let checked = project.tuomin(&["check", "draft.toml"]);
    assert_eq!(checked.code, 0, "{}", checked.err);
    let run = project.tuomin(&["run", "draft.toml", "--quiet"]);
    assert_eq!(run.code, 2, "nobody has declared anything yet: {}", run.out);
    assert!(run.err.contains("`source_basis` is not filled in"), "{}", run.err);
    let planned = project.tuomin(&["plan", "draft.toml"]);
    assert_eq!(planned.code, 0, "{}", planned.err);
    assert!(!planned.out.contains("refused"), "{}", planned.out);
    (told, fs::read_to_string(project.path("draft.toml")).unwrap())
}

/// No cell of the source stands in a draft, short ones and numbers aside.
fn quotes_no_cell(draft: &str, name: &str) {
    let bytes = fs::read(sample(name)).unwrap();
    let text = match std::str::from_utf8(&bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::GB18030.decode(&bytes).0.into_owned(),
    };
    // headers and the words of the draft itself may be cells too: only what identifies is searched for
    for record in text.lines().skip(1).take(2_000) {
        for cell in record.split(',').filter(|cell| cell.chars().count() >= 10) {
            assert!(!draft.contains(cell), "a cell is quoted");
        }
    }
}

#[test]
fn every_identifier_of_the_electricity_bills_is_found() {
    let (told, draft) = drafted("residential_electricity.csv");
    assert_eq!(with_role(&told, "identifier"), ["户号", "表号", "户名", "身份证号", "手机号", "地址"]);
    assert_eq!(told["subject"], "户号");
    assert_eq!(told["encoding"], "GB18030, as guessed");
    assert_eq!(of(&told, "备注")["treatment"], "drop");
    assert!(of(&told, "用电量")["treatment"].as_str().unwrap().starts_with("round"));
    assert!(draft.contains("[columns.\"出生日期\"]\nrole      = \"quasi\"\ntype      = \"date\""), "{draft}");
    quotes_no_cell(&draft, "residential_electricity.csv");
}

#[test]
fn every_identifier_of_the_hospital_visits_is_found() {
    let (told, draft) = drafted("hospital_visits.csv");
    assert_eq!(with_role(&told, "identifier"), ["病案号", "姓名", "身份证号", "医保卡号", "手机号"]);
    assert_eq!(told["subject"], "病案号");
    assert_eq!(of(&told, "备注")["treatment"], "drop");
    assert!(draft.contains("cn-health-39725-2020"));
    quotes_no_cell(&draft, "hospital_visits.csv");
}

#[test]
fn every_identifier_of_the_enterprises_is_found() {
    let (told, draft) = drafted("enterprise_registration.csv");
    let identifiers = with_role(&told, "identifier");
    assert_eq!(identifiers, ["统一社会信用代码", "企业名称", "法定代表人", "联系电话", "注册地址"]);
    assert_eq!(told["subject"], "统一社会信用代码");
    assert_eq!(told["encoding"], "UTF-8 with a byte order mark, as guessed");
    quotes_no_cell(&draft, "enterprise_registration.csv");
}

/// A table of labelled columns with a column of ages, which may be released.
fn labelled(header: Header, noise: Noise, keep: fn(&Spec) -> bool) -> (String, Vec<String>) {
    let maker = Maker::new(5);
    let columns: Vec<_> =
        specs().iter().filter(|spec| keep(spec)).map(|spec| maker.column(spec, header, noise, 600)).collect();
    let mut names: Vec<String> = columns.iter().map(|column| column.header.clone()).collect();
    // names may repeat, and a table takes each once
    for at in 1..names.len() {
        while names[..at].contains(&names[at]) {
            names[at].push('.');
        }
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(names.iter().map(String::as_str).chain(["age"])).unwrap();
    for row in 0..600 {
        let cells = columns.iter().map(|column| column.cells[row].clone().unwrap_or_default());
        writer.write_record(cells.chain([(20 + row % 60).to_string()])).unwrap();
    }
    (String::from_utf8(writer.into_inner().unwrap()).unwrap(), names)
}

#[test]
fn no_identifier_is_released_whatever_its_header_and_its_errors() {
    for (header, noise) in
        [(Header::Chinese, Noise::Broken), (Header::Pinyin, Noise::Dressed), (Header::Meaningless, Noise::Broken)]
    {
        let (table, names) = labelled(header, noise, |spec| matches!(spec.truth, Truth::Identifier | Truth::Carrier));
        let project = Project::new(&table);
        let told = told(&project.tuomin(&["init", "d.csv", "--out", "draft.toml", "--json"]));
        let released: Vec<&String> = names.iter().filter(|name| of(&told, name)["treatment"] != "drop").collect();
        assert!(released.is_empty(), "{header:?}: {released:?}");
        assert_eq!(project.tuomin(&["check", "draft.toml"]).code, 0);
    }
}

#[test]
fn the_table_tells_each_column_on_one_line() {
    let project = Project::new("");
    let run = project.tuomin(&["init", &sample("hospital_visits.csv"), "--out", "draft.toml"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains("read        20,000 records, read wholly"), "{}", run.out);
    let line = run.out.lines().find(|line| line.ends_with(" 身份证号")).unwrap();
    assert!(line.contains("identifier") && line.contains("drop") && line.contains("resident id 18"), "{line}");
}

#[test]
fn bad_input_gets_its_exit_code_and_one_clear_error() {
    let utf16: Vec<u8> = "\u{feff}a,b\n1,2\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (what, file, bytes, arguments, code, says) in [
        ("missing", "no.csv", &b""[..], &[][..], 4, "the input is not there"),
        ("empty", "d.csv", b"", &[], 4, "the input is empty"),
        ("header only", "d.csv", b"a,b\n", &[], 4, "the input has no records"),
        ("unknown ending", "d.pdf", b"PK", &[], 2, "does not tell its format"),
        ("not Parquet", "d.parquet", b"PAR0", &[], 4, "not Parquet"),
        ("two names", "d.csv", b"a,a\n1,2\n", &[], 4, "columns 1 and 2 have the same name"),
        ("ragged", "d.csv", b"a,b\n1,2\n1\n", &[], 4, "the record has 1 fields, the header has 2"),
        ("UTF-16", "d.csv", &utf16, &[], 4, "UTF-16"),
        ("no text", "d.csv", b"a,b\n\xff\xff,1\n", &[], 4, "neither UTF-8 nor GB18030"),
        ("delimiter", "d.csv", b"a,b\n1,2\n", &["--delimiter", "，"], 2, "the delimiter is not an ASCII character"),
        ("no rows", "d.csv", b"a,b\n1,2\n", &["--rows", "0"], 2, "0"),
    ] {
        let project = Project::new("");
        if file != "no.csv" {
            fs::write(project.path(file), bytes).unwrap();
        }
        let run = project.tuomin(&[&["init", file, "--out", "draft.toml"], arguments].concat());
        assert_eq!(run.code, code, "{what}: {}", run.err);
        assert!(run.err.contains(says), "{what}: {}", run.err);
        assert!(!project.path("draft.toml").exists(), "{what}: something was written");
    }
}

#[test]
fn an_existing_pipeline_is_not_overwritten() {
    let project = Project::new("age,city\n31,A\n32,B\n");
    let before = fs::read_to_string(project.path("p.toml")).unwrap();
    let run = project.tuomin(&["init", "d.csv", "--out", "p.toml"]);
    assert!(run.code == 2 && run.err.contains("is not overwritten"), "{} {}", run.code, run.err);
    assert_eq!(fs::read_to_string(project.path("p.toml")).unwrap(), before);
    assert_eq!(project.tuomin(&["init", "d.csv"]).code, 0);
    assert!(project.path("d.toml").exists());
    assert_eq!(project.tuomin(&["init", "d.csv"]).code, 2);
}

#[test]
fn nothing_to_release_is_said() {
    let mut table = String::from("身份证号,手机号\n");
    (0..50).for_each(|n| table += &format!("12010119900307{:04},138{:08}\n", n * 37, n * 1_234_567));
    let project = Project::new(&table);
    let run = project.tuomin(&["init", "d.csv"]);
    assert!(run.code == 4 && run.err.contains("nothing of it can be released"), "{} {}", run.code, run.err);
}

#[test]
fn headers_of_any_kind_pass_the_check() {
    let project = Project::new("");
    let mut table = String::from("\"a \"\"b\"\"\";\"[columns.x]\nrole\";c.d;'; ;年龄\n");
    (0..60).for_each(|n| table += &format!("x;y;{};z;w;{}\n", n % 3, 20 + n % 50));
    fs::write(project.path("d.csv"), table).unwrap();
    let told = told(&project.tuomin(&["init", "d.csv", "--out", "draft.toml", "--json"]));
    assert!(told["encoding"].as_str().unwrap().contains("`;` between cells"));
    let checked = project.tuomin(&["check", "draft.toml"]);
    assert_eq!(checked.code, 0, "{}", checked.err);
}

#[test]
fn large_text_is_read_in_blocks_and_that_is_stated() {
    let project = Project::new("");
    // every record holds line feeds and commas in quotes
    let mut table = String::from("身份证号,备注,区\n");
    for n in 0..60_000 {
        let note = if n % 3 == 0 { "\"a, b\nc \"\"d\"\"\n\"" } else { "e" };
        table += &format!("12010119900307{:04},{note},{}\n", n % 10_000, ["和平区", "河东区"][n % 2]);
    }
    fs::write(project.path("d.csv"), &table).unwrap();
    let told = told(&project.tuomin(&["init", "d.csv", "--out", "draft.toml", "--rows", "6000", "--json"]));
    let records = told["records"].as_u64().unwrap();
    assert!((4_000..9_000).contains(&records), "{records} records");
    assert_eq!((&told["whole"], &told["unclear_blocks"]), (&Value::Bool(false), &Value::from(0)));
    assert!(told["blocks"].as_u64().unwrap() > 16);
    let share = told["share"].as_f64().unwrap();
    assert!((share - records as f64 / 60_000.0).abs() < 0.01, "{share}");
    // a record cut at the wrong place would put other texts into the last column
    assert!(of(&told, "区")["distinct_share"].as_f64().unwrap() * records as f64 <= 2.01);
    let draft = fs::read_to_string(project.path("draft.toml")).unwrap();
    assert!(draft.contains("blocks spread evenly") && draft.contains("was not read"), "{draft}");
    assert_eq!(project.tuomin(&["check", "draft.toml"]).code, 0);
}

#[test]
fn parquet_is_read_wholly_or_in_blocks() {
    let project = Project::new("");
    let make = ["sample", "residential_electricity", "--rows", "30000", "--output", "d.parquet"];
    assert_eq!(project.tuomin(&make).code, 0);
    let whole = told(&project.tuomin(&["init", "d.parquet", "--out", "whole.toml", "--json"]));
    assert_eq!((&whole["records"], &whole["whole"]), (&Value::from(30_000), &Value::Bool(true)));
    let part = told(&project.tuomin(&["init", "d.parquet", "--out", "part.toml", "--rows", "3000", "--json"]));
    let records = part["records"].as_u64().unwrap();
    assert!((3_000..3_200).contains(&records), "{records}");
    assert_eq!(with_role(&part, "identifier"), with_role(&whole, "identifier"));
    for draft in ["whole.toml", "part.toml"] {
        let planned = project.tuomin(&["plan", draft]);
        assert_eq!(planned.code, 0, "{}", planned.err);
    }
}

#[test]
fn the_data_are_found_from_where_the_draft_stands() {
    let project = Project::new("");
    fs::create_dir_all(project.path("data/in")).unwrap();
    fs::create_dir_all(project.path("pipelines")).unwrap();
    let rows: String = (0..60).map(|n| format!("{},{}\n", 20 + n % 40, ["A", "B"][n % 2])).collect();
    fs::write(project.path("data/in/t.csv"), format!("age,city\n{rows}")).unwrap();
    assert_eq!(project.tuomin(&["init", "data/in/t.csv", "--out", "pipelines/t.toml"]).code, 0);
    let draft = fs::read_to_string(project.path("pipelines/t.toml")).unwrap();
    assert!(draft.contains("path    = \"../data/in/t.csv\""), "{draft}");
    let planned = project.tuomin(&["plan", "pipelines/t.toml"]);
    assert_eq!(planned.code, 0, "{}", planned.err);
}
