//! Input as it should not be: each has its exit code and its words, and nothing is published.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test may stop, and says what it skips")]

mod common;
#[path = "bad_input/generated.rs"]
mod generated;
#[path = "bad_input/remote.rs"]
mod remote;
#[path = "common/servers.rs"]
mod servers;
#[path = "common/store.rs"]
mod store;

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use common::{Project, Run};
use rayon::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

/// A file of the corpus.
#[derive(Deserialize)]
struct Case {
    file: String,
    what: String,
    #[serde(default)]
    source: String,
    columns: Option<String>,
}

/// What cells hold, and no message may.
const CELLS: [&str; 9] =
    ["QzCanary", "922337203685477580", "2025-02-30", "1990-02-30", "30.5", "1e999", "３０", "xxxxxxxx", "told-nobody"];

const SUBJECT: &str = "[columns.id]\nrole = \"identifier\"\n[columns.city]\nrole = \"quasi\"\n";

/// The pipeline on one source, with columns of a kind.
fn pipeline(path: &str, source: &str, columns: &str) -> String {
    let columns = match columns {
        "date" => "[columns.day]\nrole = \"quasi\"\nhierarchy = { date = [\"month\", \"year\"] }\n",
        "number" => {
            "[columns.age]\nrole = \"quasi\"\ntype = \"number\"\nhierarchy = { interval = { widths = [10, 50] } }\n"
        }
        "list" => "[columns.list]\nrole = \"quasi\"\n",
        _ => {
            "[columns.age]\nrole = \"quasi\"\ntype = \"integer\"\nhierarchy = { interval = { widths = [10, 50] } }\n\
             [columns.note]\nrole = \"sensitive\"\ntreatment = \"keep\"\n"
        }
    };
    let head = Project::HEAD;
    format!("{head}[source]\npath = \"{path}\"\nsubject = \"id\"\n{source}\n[privacy]\nk = 3\n{SUBJECT}{columns}")
}

/// Exit code and words, and that nothing was published; paths of this machine are taken out.
fn told(project: &Project, run: &Run) -> String {
    let datasets = fs::read_dir(project.path("out/test")).into_iter().flatten().flatten();
    let left = datasets.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let left: Vec<String> = left.filter(|name| name != ".lock" && !name.ends_with("-refused")).collect();
    let published = match (run.code, left.len()) {
        (0, 1) => {
            let report = fs::read(project.path("out/test").join(&left[0]).join("report.json")).unwrap();
            let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
            format!("published, {} records read", report["records_read"])
        }
        (_, 0) => "nothing published".to_owned(),
        _ => panic!("a run that ended with {} left {left:?}", run.code),
    };
    let words = run.err.replace(&project.path("").display().to_string(), "");
    for cell in CELLS {
        assert!(!words.contains(cell) && !run.out.contains(cell), "a message tells the cell `{cell}`: {words}");
    }
    // an internal error is never the answer to an input
    assert!(!words.contains("internal error") && !words.contains("panicked"), "{words}");
    assert!([0, 2, 3, 4, 5].contains(&run.code), "exit {}: {words}", run.code);
    format!("exit {}, {published}\n{words}", run.code)
}

fn run(text: &str, prepare: impl FnOnce(&Project)) -> String {
    let project = Project::new("");
    fs::remove_file(project.path("d.csv")).unwrap();
    fs::write(project.path("p.toml"), text).unwrap();
    prepare(&project);
    let run = project.tuomin(&["run", "p.toml", "--quiet"]);
    told(&project, &run)
}

fn files() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad_input")
}

/// What the library of workbooks counts beyond its numbers: with checks it panics, without it goes on.
const TWO_WAYS: [&str; 2] = ["cell_past_end.xlsx", "merged_reversed.xlsx"];

#[test]
fn places_beyond_all_sheets_are_refused_or_of_no_use() {
    for name in TWO_WAYS {
        let told = run(&pipeline(name, "", ""), |project| {
            fs::copy(files().join("files").join(name), project.path(name)).unwrap();
        });
        let whole = "exit 0, published, 120 records read";
        assert!(told.starts_with("exit 4, nothing published") || told.starts_with(whole), "{name}: {told}");
    }
}

/// Every record is wrong: which of them is told depends on which worker is first.
const MANY_WRONG: &str = "repeated_rows.ods";

/// An answer without the number of the record that it names.
fn any_row(told: &str) -> String {
    let (before, behind) = told.split_once(", row ").expect("a record is named");
    format!("{before}, row …{}", behind.trim_start_matches(|c: char| c.is_ascii_digit()))
}

#[test]
fn every_file_of_the_corpus_has_its_answer() {
    let cases: Cases = toml::from_str(&fs::read_to_string(files().join("cases.toml")).unwrap()).unwrap();
    let unused: Vec<String> = fs::read_dir(files().join("files"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| cases.case.iter().all(|case| case.file != *name) && !TWO_WAYS.contains(&name.as_str()))
        .collect();
    assert!(unused.is_empty(), "nothing is said of {unused:?}");
    let answer = |case: &Case| {
        let text = pipeline(&case.file, &case.source, case.columns.as_deref().unwrap_or_default());
        let told = run(&text, |project| {
            fs::copy(files().join("files").join(&case.file), project.path(&case.file)).unwrap();
        });
        let told = if case.file == MANY_WRONG { any_row(&told) } else { told };
        format!("## {}: {}\n{told}\n", case.file, case.what)
    };
    let answers: Vec<String> = cases.case.par_iter().map(answer).collect();
    insta::assert_snapshot!("corpus", answers.concat());
}

/// A good record.
fn row(i: usize) -> String {
    format!("{i},{},{},{}\n", 20 + i * 7 % 60, ["A", "B", "C"][i % 3], i % 2)
}

fn rows() -> String {
    "id,age,city,note\n".to_owned() + &(0..120).map(row).collect::<String>()
}

#[test]
fn places_that_cannot_be_read_have_their_answers() {
    let mut told = String::new();
    let mut add = |what: &str, path: &str, prepare: &dyn Fn(&Project)| {
        let answer = run(&pipeline(path, "", ""), prepare);
        let _ = writeln!(told, "## {what}\n{answer}");
    };
    add("no such file", "none.csv", &|_| {});
    add("no such folder", "none/*.csv", &|_| {});
    add("a folder without files", "folder", &|p| fs::create_dir(p.path("folder")).unwrap());
    add("a folder named like a file", "folder.csv", &|p| fs::create_dir(p.path("folder.csv")).unwrap());
    add("a link to itself", "d.csv", &|p| symlink(p.path("d.csv"), p.path("d.csv")).unwrap());
    add("two links to one another", "d.csv", &|p| {
        symlink(p.path("e.csv"), p.path("d.csv")).unwrap();
        symlink(p.path("d.csv"), p.path("e.csv")).unwrap();
    });
    add("a link to nothing", "d.csv", &|p| symlink(p.path("none"), p.path("d.csv")).unwrap());
    add("files with other columns", "*.csv", &|p| {
        fs::write(p.path("a.csv"), rows()).unwrap();
        fs::write(p.path("b.csv"), rows().replace("note", "remark")).unwrap();
    });
    add("one of two files empty", "*.csv", &|p| {
        fs::write(p.path("a.csv"), rows()).unwrap();
        fs::write(p.path("b.csv"), "").unwrap();
    });
    insta::assert_snapshot!("places", told);
}

#[test]
fn what_its_owner_has_closed_is_not_read() {
    let project = Project::new(&rows());
    fs::set_permissions(project.path("d.csv"), fs::Permissions::from_mode(0o000)).unwrap();
    fs::set_permissions(project.path(""), fs::Permissions::from_mode(0o777)).unwrap();
    let root = fs::read(project.path("d.csv")).is_ok();
    let mut command = match root {
        // root reads everything: become somebody else
        true => {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(binary_for_all(&project));
            command.current_dir(project.path("")).env("TUOMIN_CONFIG", project.path("config"));
            command
        }
        false => project.command(),
    };
    let Ok(output) = command.args(["run", "p.toml", "--quiet"]).output() else {
        assert!(std::env::var_os("TUOMIN_REQUIRE_SHARED").is_none(), "setpriv is required here");
        eprintln!("SKIPPED: root cannot become somebody else without setpriv");
        return;
    };
    let run =
        Run { code: output.status.code().unwrap(), out: String::new(), err: String::from_utf8(output.stderr).unwrap() };
    insta::assert_snapshot!("closed", told(&project, &run));
}

/// A copy of the binary where everybody may run it.
fn binary_for_all(project: &Project) -> std::path::PathBuf {
    let copy = project.path("tuomin");
    fs::copy(env!("CARGO_BIN_EXE_tuomin"), &copy).unwrap();
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o755)).unwrap();
    copy
}

#[test]
fn large_things_are_named_too() {
    let mut told = String::new();
    let mut add = |what: &str, text: &str| {
        let answer = run(&pipeline("d.csv", "", ""), |p| fs::write(p.path("d.csv"), text).unwrap());
        let _ = writeln!(told, "## {what}\n{answer}");
    };
    let wide: Vec<String> = (0..10_000).map(|i| format!("c{i}")).collect();
    let commas = ",x".repeat(10_000);
    let wide_rows: String = (0..120).map(|i| row(i).trim_end().to_owned() + &commas + "\n").collect();
    add("ten thousand columns more: all is well", &format!("id,age,city,note,{}\n{wide_rows}", wide.join(",")));
    let cell = "x".repeat(100 << 20);
    add("a cell of 100 MiB in a column that is not asked for", &format!("{}121,30,A,{cell}\n", rows()));
    add("a cell of 100 MiB among whole numbers", &format!("{}121,{cell},A,1\n", rows()));
    add("a line of 300 MiB with a quote that is never closed", &format!("{}121,30,A,\"{cell}{cell}{cell}\n", rows()));
    insta::assert_snapshot!("large", told);
}

#[test]
fn pipeline_files_that_are_none_have_their_answers() {
    let mut told = String::new();
    let mut add = |what: &str, bytes: &[u8]| {
        let project = Project::new(&rows());
        fs::write(project.path("p.toml"), bytes).unwrap();
        let answer = self::told(&project, &project.tuomin(&["run", "p.toml", "--quiet"]));
        let _ = writeln!(told, "## {what}\n{answer}");
    };
    let good = pipeline("d.csv", "", "");
    add("not a byte", b"");
    add("not text", &[0xff, 0xfe, 0, 1, 2]);
    add("JSON", b"{\"name\": \"test\"}");
    add("a table opened and not closed", (good.clone() + "[columns.\n").as_bytes());
    add("a string opened and not closed", (good.clone() + "x = \"\n").as_bytes());
    add("the same key twice", (good.clone() + "[privacy]\nk = 4\n").as_bytes());
    add("a number past 64 bits", good.replace("k = 3", "k = 99999999999999999999").as_bytes());
    add("a negative k", good.replace("k = 3", "k = -3").as_bytes());
    add("nested ten thousand deep", (good.clone() + "x = " + &"[".repeat(10_000)).as_bytes());
    add("NUL in a name", good.replace("\"test\"", "\"te\\u0000st\"").as_bytes());
    add("a name that climbs out", good.replace("name = \"test\"", "name = \"../../test\"").as_bytes());
    insta::assert_snapshot!("pipelines", told);
}

#[test]
fn hierarchy_tables_that_are_none_have_their_answers() {
    let mut told = String::new();
    let mut add = |what: &str, table: Option<&[u8]>| {
        let text = pipeline("d.csv", "", "").replace(
            "[columns.city]\nrole = \"quasi\"\n",
            "[columns.city]\nrole = \"quasi\"\nhierarchy = { table = \"h.csv\" }\n",
        );
        let answer = run(&text, |project| {
            fs::write(project.path("d.csv"), rows()).unwrap();
            if let Some(table) = table {
                fs::write(project.path("h.csv"), table).unwrap();
            }
        });
        let _ = writeln!(told, "## {what}\n{answer}");
    };
    add("not there", None);
    add("not a byte", Some(b""));
    add("not text", Some(b"A;\xff\xfe;*\n"));
    add("rows of different length", Some(b"A;north;*\nB;north\nC;south;*\n"));
    add("one value twice", Some(b"A;north;*\nA;south;*\nB;north;*\nC;south;*\n"));
    add("a level that splits what was one", Some(b"A;x;north;*\nB;x;south;*\nC;y;south;*\n"));
    add("a value that is missing", Some(b"A;north;*\nB;north;*\n"));
    add("one level only", Some(b"A\nB\nC\n"));
    add("no last level of *", Some(b"A;north\nB;north\nC;south\n"));
    add("a quote that is never closed", Some(b"A;\"north;*\nB;north;*\nC;south;*\n"));
    insta::assert_snapshot!("hierarchies", told);
}

/// The file is taken away while it is read: the run ends with words, not with a part of the table.
#[test]
fn a_source_that_vanishes_or_changes_during_the_run_publishes_nothing() {
    for change in ["taken away", "cut", "grown"] {
        let text: String = (0..400_000).map(row).collect();
        let project = Project::new(&("id,age,city,note\n".to_owned() + &text));
        let mut running = project.command().args(["run", "p.toml", "--quiet"]).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(30));
        let path = project.path("d.csv");
        match change {
            "taken away" => fs::remove_file(&path).unwrap(),
            "cut" => fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(1_000_000).unwrap(),
            _ => fs::write(&path, "id,age,city,note\n".to_owned() + &text + &text).unwrap(),
        }
        let code = running.wait().unwrap().code().unwrap();
        let released = fs::read_dir(project.path("out/test")).into_iter().flatten().flatten();
        let released = released.filter(|entry| !entry.file_name().to_string_lossy().starts_with('.')).count();
        // the change may come before or after all that was read of it: everything agreed, or nothing is there
        assert!(matches!(code, 0 | 4 | 5) && (code == 0) == (released == 1), "{change}: {code}, {released}");
    }
}
