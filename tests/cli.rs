//! The built binary, as its users run it.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test may stop, and says what it skips")]

mod common;

use std::fs;
use std::io::Write;
use std::process::Command;

use common::{Project, Run, shared};

#[test]
fn both_readme_commands_work_on_every_pipeline() {
    for (pipeline, name) in [
        ("residential_electricity", "residential-electricity-2025"),
        ("enterprise_registration", "enterprise-registration-2025"),
        ("hospital_visits", "hospital-visits-2024"),
    ] {
        let project = Project::new("");
        let run = project.tuomin(&["run", &format!("{}/pipelines/{pipeline}.toml", env!("CARGO_MANIFEST_DIR"))]);
        assert_eq!(run.code, 0, "{}", run.err);
        let release = project.release(name);
        let verified = project.tuomin(&["verify", release.to_str().unwrap(), "--ledger", "out/ledger.jsonl"]);
        assert_eq!(verified.code, 0, "{}", verified.err);
        assert!(verified.out.contains("local key, not endorsed by anyone"));
        let refs = ["data/part-00000.parquet", "certificate.json", "report.html", "report.json"];
        assert!(refs.iter().all(|file| release.join(file).is_file()));
    }
}

#[test]
fn adult_gets_its_optimum() {
    let Some(shared) = shared() else { return };
    let columns = "sex age race marital-status education native-country workclass occupation salary-class";
    let mut pipeline = format!(
        "{}\n[source]\npath = \"{}/data/adult/adult.csv\"\ndelimiter = \";\"\nsubject_is_row = true\n[privacy]\nk = 5\nsuppression_limit = 0.04\n",
        Project::HEAD,
        shared.display()
    );
    for column in columns.split(' ') {
        let table = format!("{}/data/adult/adult_hierarchy_{column}.csv", shared.display());
        pipeline += &format!("[columns.{column}]\nrole = \"quasi\"\nhierarchy = {{ table = \"{table}\" }}\n");
    }
    let project = Project::new("");
    fs::write(project.path("p.toml"), pipeline).unwrap();
    let run = project.tuomin(&["run", "p.toml"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains("30162 read, 30162 subjects, 28984 released, 1178 withheld"), "{}", run.out);
    for level in ["sex: value (level 0 of 1)", "age: ", "(level 3 of 4)", "occupation: * (level 2 of 2)"] {
        assert!(run.out.contains(level), "{level}: {}", run.out);
    }
    assert!(run.out.contains("loss 0.292816, optimal of 12960 nodes"), "{}", run.out);
}

#[test]
fn a_report_is_told_in_other_forms() {
    let project = Project::new(ROWS);
    let run = project.tuomin(&["run", "p.toml"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let release = project.release("test");
    let release = release.to_str().unwrap();
    let told = |more: &[&str]| project.tuomin(&[&["report", release], more].concat());
    let json = told(&["--format", "json"]);
    assert_eq!(json.out, fs::read_to_string(format!("{release}/report.json")).unwrap());
    assert!(told(&["--format", "html"]).out.contains("<section id=\"s8\">"));
    let (zh, en) = (told(&[]).out, told(&["--lang", "en"]).out);
    assert!(zh.contains("# test: 已认证") && en.contains("# test: certified"), "{zh}{en}");
    assert_eq!(told(&["--format", "pdf"]).code, 2, "not to the terminal");
    let path = project.path("report.pdf");
    let pdf = ["report", release, "--format", "pdf", "--output", path.to_str().unwrap()];
    let none = project.command().args(pdf).env("CHROMIUM", "/nowhere/chromium").output().unwrap();
    assert_eq!(none.status.code(), Some(5), "no browser");
    assert_eq!(project.tuomin(&["report", "nowhere"]).code, 5);
    let schema: serde_json::Value = serde_json::from_str(&project.tuomin(&["schema", "report"]).out).unwrap();
    assert_eq!(schema["title"], "ReportData");
}

const ROWS: &str = "id,age,city,note\n1,31,A,y\n2,32,A,y\n3,33,A,y\n4,51,B,x\n5,52,B,x\n6,53,B,x\n";

fn bad(csv: &str, change: impl Fn(String) -> String) -> Run {
    let project = Project::new(csv);
    let text = change(fs::read_to_string(project.path("p.toml")).unwrap());
    fs::write(project.path("p.toml"), text).unwrap();
    let run = project.tuomin(&["run", "p.toml"]);
    let published = fs::read_dir(project.path("out/test")).into_iter().flatten().flatten();
    let data = published.filter(|entry| entry.path().join("data").exists()).count();
    assert_eq!(data, usize::from(run.code == 0), "data is published exactly when the run succeeds: {}", run.err);
    run
}

#[test]
fn a_small_table_is_released_and_nothing_of_the_source_travels() {
    let project = Project::new(ROWS);
    let run = project.tuomin(&["run", "p.toml"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let release = project.release("test");
    let parquet = fs::read(release.join("data/part-00000.parquet")).unwrap();
    let text = String::from_utf8_lossy(&parquet);
    for secret in ["d.csv", "ARROW:schema", "parquet-rs", project.path("").to_str().unwrap()] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[test]
fn bad_input_gets_its_exit_code_and_one_clear_error() {
    let same = |text: String| text;
    for (what, run, code, says) in [
        ("missing file", bad(ROWS, |t| t.replace("d.csv", "e.csv")), 4, "the input is not there"),
        (
            "missing column",
            bad(ROWS, |t| t.replace("[columns.city]", "[columns.cities]")),
            4,
            "the input has a column `city`",
        ),
        ("unknown key", bad(ROWS, |t| t.replace("k = 3", "kk = 3")), 2, "did you mean"),
        ("two quasi columns with one name", bad(ROWS, |t| t + "[columns.age]\nrole = \"quasi\"\n"), 2, "age"),
        ("ragged row", bad(&ROWS.replace("3,33,A,y", "3,33,A"), same), 4, "row 3 (line 4)"),
        ("stray quote", bad(&ROWS.replace("3,33,A,y", "3,33,A,5\" \"y"), same), 4, "a quote stands where none may be"),
        ("unclosed quote", bad(&ROWS.replace("3,33,A,y", "3,33,A,\"y"), same), 4, "never closed"),
        ("not a number", bad(&ROWS.replace("33", "abc"), same), 4, "column `age`"),
        ("empty", bad("", same), 4, "the input is empty"),
        ("header only", bad("id,age,city,note\n", same), 4, "the input has no records"),
        ("no subject", bad(&ROWS.replace("\n3,", "\n,"), same), 4, "a record has no subject"),
        (
            "two columns with one name",
            bad(&ROWS.replace("note", "city"), same),
            4,
            "columns 3 and 4 have the same name",
        ),
        ("k above the subjects", bad(ROWS, |t| t.replace("k = 3", "k = 7")), 4, "6 subjects, fewer than `k` = 7"),
        ("wrong encoding", bad(ROWS, |t| t.replace("d.csv\"", "d.csv\"\nencoding = \"gb18030\"")), 0, ""),
        ("kept key", bad(ROWS, |t| t.replace("deidentified", "anonymized").replace("ephemeral", "env:KEY")), 2, "73"),
        ("plain hash", bad(ROWS, |t| t.replace("hmac-sha256", "sha256")), 2, "hashing without a key"),
    ] {
        assert_eq!(run.code, code, "{what}: {}", run.err);
        assert!(run.err.contains(says), "{what}: {}", run.err);
        assert!(!run.err.contains("abc") && !run.err.contains("5\" y"), "{what} quotes a cell: {}", run.err);
    }
}

#[test]
fn a_release_that_only_lacks_its_rename_appears_with_the_next_run() {
    let project = Project::new(ROWS);
    assert_eq!(project.tuomin(&["run", "p.toml"]).code, 0);
    let release = project.release("test");
    let id = release.file_name().unwrap().to_str().unwrap().to_owned();
    fs::rename(&release, project.path(&format!("out/test/.staging-{id}"))).unwrap();
    fs::create_dir(project.path("out/test/.staging-unknown")).unwrap();
    let next = project.tuomin(&["run", "p.toml"]);
    assert_eq!(next.code, 0, "{}", next.err);
    assert_eq!(project.tuomin(&["verify", release.to_str().unwrap(), "--ledger", "out/ledger.jsonl"]).code, 0);
    assert!(!project.path("out/test/.staging-unknown").exists());
}

#[test]
fn an_output_folder_that_cannot_be_made_is_an_error_of_the_environment() {
    let project = Project::new(ROWS);
    let run = project.tuomin(&["run", "p.toml", "--out", "d.csv/out"]);
    assert!(run.code == 5 && run.err.contains("output folder"), "{} {}", run.code, run.err);
}

#[test]
fn a_full_disk_leaves_nothing() {
    let mut table = String::from("id,age,city,note\n");
    (0..3000).for_each(|i| table += &format!("{i},{},{},{i}\n", 20 + i % 60, ["A", "B"][i % 2]));
    let project = Project::new(&table);
    let disk = project.path("disk");
    fs::create_dir(&disk).unwrap();
    let mount =
        std::process::Command::new("mount").args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"]).arg(&disk).status();
    if !mount.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: only root can mount a small disk");
        assert!(std::env::var_os("TUOMIN_REQUIRE_SHARED").is_none(), "a small disk is required here");
        return;
    }
    let run = project.tuomin(&["run", "p.toml", "--out", "disk/out"]);
    let left: Vec<_> = fs::read_dir(disk.join("out/test")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(std::process::Command::new("umount").arg(&disk).status().unwrap().success());
    assert!(run.code == 5 && run.err.contains("free space on this file system"), "{} {}", run.code, run.err);
    assert_eq!(left, [".lock"]);
}

#[test]
fn bytes_that_are_not_the_declared_text_are_refused() {
    let project = Project::new(ROWS);
    fs::write(project.path("d.csv"), b"id,age,city,note\n1,31,\xff\xff,x\n").unwrap();
    let run = project.tuomin(&["run", "p.toml"]);
    assert_eq!((run.code, run.err.contains("row 1 (line 2)")), (4, true), "{}", run.err);
}

#[test]
fn a_refusal_leaves_reasons_and_no_data() {
    // alone in its city, and nothing may be withheld; the city cannot grow coarser
    let project = Project::new(&(ROWS.to_owned() + "7,33,C,y\n"));
    let text = fs::read_to_string(project.path("p.toml")).unwrap();
    fs::write(
        project.path("p.toml"),
        text.replace("[columns.city]", "[columns.city]\nhierarchy = { table = \"h.csv\" }\nlevels = { coarsest = 0 }"),
    )
    .unwrap();
    fs::write(project.path("h.csv"), "A;*\nB;*\nC;*\n").unwrap();
    let run = project.tuomin(&["run", "p.toml"]);
    assert_eq!(run.code, 3, "{}", run.err);
    let left =
        fs::read_dir(project.path("out/test")).unwrap().flatten().map(|e| e.path()).find(|p| p.is_dir()).unwrap();
    assert!(left.join("refusal.json").is_file() && left.join("report.html").is_file() && !left.join("data").exists());
    assert_eq!(project.tuomin(&["ledger", "verify", "out/ledger.jsonl"]).code, 0);
}

#[test]
fn a_hierarchy_that_is_no_refinement_is_an_error() {
    let run = {
        let project = Project::new(ROWS);
        let text = fs::read_to_string(project.path("p.toml")).unwrap();
        fs::write(
            project.path("p.toml"),
            text.replace("[columns.city]", "[columns.city]\nhierarchy = { table = \"h.csv\" }"),
        )
        .unwrap();
        fs::write(project.path("h.csv"), "A;x;p;*\nB;x;q;*\n").unwrap();
        project.tuomin(&["run", "p.toml"])
    };
    assert!(run.code == 4 && run.err.contains("not a refinement"), "{} {}", run.code, run.err);
}

#[test]
fn places_with_few_inhabitants_are_not_released() {
    let project = |inhabitants: &str| {
        let project = Project::new(ROWS);
        let text = fs::read_to_string(project.path("p.toml")).unwrap();
        let text = text.replace("cn-gbt42460-2023", "cn-health-39725-2020").replace("k = 3", "k = 6");
        let city = "[columns.city]\nhierarchy = { table = \"h.csv\" }\ninhabitants = \"i.csv\"";
        fs::write(project.path("p.toml"), text.replace("[columns.city]", city)).unwrap();
        fs::write(project.path("h.csv"), "A;both;*\nB;both;*\n").unwrap();
        fs::write(project.path("i.csv"), inhabitants).unwrap();
        project
    };
    let checked = |inhabitants: &str| project(inhabitants).tuomin(&["check", "p.toml"]);
    assert_eq!(checked("# people\nA;20001\nB;20001\n").code, 0);
    let few = checked("A;20000\nB;900000\n");
    assert_eq!(few.code, 2, "{}", few.err);
    assert!(
        few.err.contains("at level 0 has 20000 people") && few.err.contains("levels = { finest = 1 }"),
        "{}",
        few.err
    );
    assert!(checked("A;12000\nB;8000\n").err.contains("levels = { finest = 2 }"));
    let torn = checked("A;30000\nB\n");
    assert!(torn.code == 4 && torn.err.contains("table of inhabitants"), "{} {}", torn.code, torn.err);
    let unknown = project("A;30000\n").tuomin(&["run", "p.toml"]);
    assert!(unknown.code == 2 && unknown.err.contains("1 distinct values of `city`"), "{}", unknown.err);
}

#[test]
fn keys_others_can_read_are_not_used() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::new(ROWS);
    assert_eq!(project.tuomin(&["keys", "new", "k"]).code, 0);
    let text = fs::read_to_string(project.path("p.toml")).unwrap();
    fs::write(project.path("p.toml"), text + "[release]\nsigning_key = \"file:k.pem\"\n").unwrap();
    assert_eq!(project.tuomin(&["run", "p.toml"]).code, 0);
    let release = project.release("test");
    let release = release.to_str().unwrap();
    assert_eq!(project.tuomin(&["verify", release, "--key", "k.pub.pem"]).code, 0);
    assert_eq!(project.tuomin(&["keys", "new", "other"]).code, 0);
    assert_eq!(project.tuomin(&["verify", release, "--key", "other.pub.pem"]).code, 6);
    fs::set_permissions(project.path("k.pem"), fs::Permissions::from_mode(0o644)).unwrap();
    let run = project.tuomin(&["run", "p.toml"]);
    assert!(run.code == 5 && run.err.contains("chmod 600"), "{}", run.err);
}

#[test]
fn a_signing_key_is_asked_for_once() {
    let project = Project::new(ROWS);
    assert_eq!(project.tuomin(&["keys", "new", "k"]).code, 0);
    let (key, pipe) = (fs::read_to_string(project.path("k.pem")).unwrap(), project.path("once.pem"));
    assert!(Command::new("mkfifo").args(["-m", "600"]).arg(&pipe).status().unwrap().success());
    let given = pipe.clone();
    std::thread::spawn(move || {
        let mut once = fs::OpenOptions::new().write(true).open(&given).unwrap();
        fs::remove_file(&given).unwrap(); // whoever asks again finds nothing
        once.write_all(key.as_bytes()).unwrap();
    });
    let text = fs::read_to_string(project.path("p.toml")).unwrap();
    fs::write(project.path("p.toml"), text + "[release]\nsigning_key = \"file:once.pem\"\n").unwrap();
    let run = project.tuomin(&["run", "p.toml"]);
    assert!(run.code == 0 && !pipe.exists(), "{} {}", run.code, run.err);
    assert_eq!(project.tuomin(&["verify", project.release("test").to_str().unwrap(), "--key", "k.pub.pem"]).code, 0);
}

#[test]
fn a_kept_key_makes_tokens_and_never_shows() {
    let key = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    let project = Project::new(ROWS);
    let text = fs::read_to_string(project.path("p.toml")).unwrap().replace("\"ephemeral\"", "\"env:TOKEN_KEY\"");
    fs::write(project.path("p.toml"), text).unwrap();
    assert_eq!(project.tuomin(&["run", "p.toml"]).code, 5, "the variable is not set");
    let run = project.command().args(["run", "p.toml"]).env("TOKEN_KEY", key).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let release = project.release("test");
    for file in ["report.json", "report.html", "certificate.json", "data/part-00000.parquet"] {
        let text = fs::read(release.join(file)).unwrap();
        assert!(!String::from_utf8_lossy(&text).contains(key), "{file}");
    }
    let wrong = project.command().args(["run", "p.toml", "--again"]).env("TOKEN_KEY", "00112233").output().unwrap();
    assert_eq!(wrong.status.code(), Some(5));
    assert!(!String::from_utf8_lossy(&wrong.stderr).contains("00112233"));
}

#[test]
fn repeated_subjects_count_once() {
    // the same three people twice over: six records, three subjects
    let project = Project::new("id,age,city,note\n1,31,A,x\n1,31,A,x\n2,31,A,y\n2,31,A,y\n3,31,A,y\n3,31,A,x\n");
    let run = project.tuomin(&["run", "p.toml"]);
    assert!(run.code == 0 && run.out.contains("k_anonymity 3"), "{} {}", run.out, run.err);
    let four = fs::read_to_string(project.path("p.toml")).unwrap().replace("k = 3", "k = 4");
    fs::write(project.path("p.toml"), four).unwrap();
    assert_eq!(project.tuomin(&["run", "p.toml"]).code, 4);
}
