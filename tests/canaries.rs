//! No cell, key or secret in anything that a run says or writes beside the data: canaries stand in every column, key file,
//! environment variable and address, and all outputs are searched for them.
#![expect(clippy::unwrap_used, reason = "a test may stop")]

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
use common::Project;

/// What must be found nowhere, in the forms that it could be written in.
struct Canaries {
    names: Vec<String>,
    all: AhoCorasick,
}

impl Canaries {
    fn of(texts: &[String]) -> Self {
        let mut forms = Vec::new();
        for text in texts {
            let bytes = text.as_bytes();
            let mut add = |how: &str, form: String| forms.push((format!("{text} {how}"), form.into_bytes()));
            add("raw", text.clone());
            add("hex", hex::encode(bytes));
            add("HEX", hex::encode_upper(bytes));
            add("escaped", text.escape_default().to_string());
            // inside other text, base64 has one of three forms: what all bytes decide of each is looked for
            for before in 0..3 {
                for (name, engine) in
                    [("base64", &STANDARD), ("base64url", &URL_SAFE), ("base64 unpadded", &STANDARD_NO_PAD)]
                {
                    let whole = engine.encode([vec![0; before], bytes.to_vec()].concat());
                    let first = (before * 8).div_ceil(6);
                    let last = (before + bytes.len()) * 8 / 6;
                    add(name, whole[first..last].to_owned());
                }
            }
            if let Ok(key) = hex::decode(text)
                && key.len() >= 16
            {
                // a key in hex is found as bytes and in base64 too
                forms.push((format!("{text} bytes"), key.clone()));
                forms.push((format!("{text} bytes in base64"), STANDARD_NO_PAD.encode(&key).as_bytes()[..40].to_vec()));
            }
        }
        let (names, forms): (Vec<_>, Vec<_>) = forms.into_iter().unzip();
        Self { names, all: AhoCorasick::new(forms).unwrap() }
    }

    fn sought(&self, place: &str, bytes: &[u8]) {
        if let Some(found) = self.all.find(bytes) {
            let what = &self.names[found.pattern().as_usize()];
            panic!("{place} holds {what}:\n{}", String::from_utf8_lossy(bytes));
        }
    }
}

/// Files that a run wrote, but for those that hold what was given to it, and the released data.
fn written(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        let name = path.display().to_string();
        if path.is_dir() {
            written(&path, found);
        } else if !["/d.csv", "/p.toml", "/token.key", "/map.csv"].iter().any(|given| name.ends_with(given))
            && !name.ends_with(".parquet")
            && !name.contains("/config/")
        {
            found.push((name, fs::read(&path).unwrap()));
        }
    }
}

const ENV_KEY: &str = "c0ffee11c0ffee22c0ffee33c0ffee44c0ffee55c0ffee66c0ffee77c0ffee88";
const FILE_KEY: &str = "deadbeef11deadbeef22deadbeef33deadbeef44deadbeef55deadbeef66dead";
const PASSWORD: &str = "canary-password-7Qz";
const API_KEY: &str = "canary-api-key-9Xw";

struct Case {
    what: &'static str,
    code: i32,
    csv: fn(String) -> String,
    pipeline: fn(String) -> String,
    prepare: fn(&Project),
    /// Keys that are set in the environment.
    key: &'static str,
}

const PIPELINE: &str = r#"
[source]
path = "d.csv"
subject = "id"
[privacy]
k = 3
[columns.id]
role = "identifier"
treatment = { token = { algorithm = "hmac-sha256", key = "env:CANARY_KEY" } }
[columns.phone]
role = "identifier"
treatment = { token = { algorithm = "hmac-sm3", key = "file:token.key" } }
[columns.age]
role = "quasi"
type = "integer"
hierarchy = { interval = { widths = [1000000] } }
[columns.city]
role = "quasi"
hierarchy = { table = "map.csv" }
[columns.born]
role = "quasi"
type = "date"
hierarchy = { date = ["decade"] }
[columns.pay]
role = "sensitive"
type = "number"
treatment = { round = 1000000 }
[columns.memo]
role = "identifier"
"#;

/// The text of every cell of every column, none of which a release may tell beside its data.
fn rows() -> (String, String, Vec<String>) {
    let (mut csv, mut map, mut canaries) = ("id,phone,age,city,born,pay,memo\n".to_owned(), String::new(), Vec::new());
    for row in 0..12 {
        let cells = [
            format!("idcanary{row:02}x"),
            format!("1380013{row:02}77"),
            format!("7{row:02}431"),
            format!("citycanary{row:02}"),
            format!("198{}-{:02}-17", row % 10, row % 12 + 1),
            format!("8{row:02}765.25"),
            format!("备注canary{row:02}"),
        ];
        csv += &format!("{}\n", cells.join(","));
        map += &format!("{},region\n", cells[3]);
        canaries.extend(cells);
    }
    (csv, map, canaries)
}

#[test]
fn nothing_that_a_run_says_or_writes_holds_a_cell_or_a_secret() {
    let same = |text: String| text;
    let nothing = |_: &Project| {};
    let case = |what, code| Case { what, code, csv: same, pipeline: same, prepare: nothing, key: ENV_KEY };
    let cases = [
        case("success", 0),
        Case {
            pipeline: |text| text.replace("k = 3", "k = 12").replace("\"region\"", "") + "[attacker]\nwrong = 1\n",
            ..case("unknown key", 2)
        },
        Case {
            pipeline: |text| {
                text.replace("k = 3", "k = 3\nl_diversity = [{ column = \"pay\", kind = \"distinct\", l = 9 }]")
            },
            ..case("refusal", 3)
        },
        Case { csv: |csv| csv.replace("700431", "x700431"), ..case("a cell that is not of its type", 4) },
        Case { csv: |csv| csv.replace("1983-04-17", "1983-44-17"), ..case("a cell that is no date", 4) },
        Case { csv: |csv| csv.replace("800765.25,", "800765.25,extra,"), ..case("a ragged row", 4) },
        Case { csv: |csv| csv.replace("idcanary03x", ""), ..case("a record without a subject", 4) },
        Case {
            csv: |csv| csv.replace("citycanary03", "unmapped03"),
            ..case("a value that the hierarchy does not know", 4)
        },
        Case { csv: |csv| csv.replace("备注canary03", "\"备注canary03"), ..case("an unclosed quote", 4) },
        Case { csv: |csv| csv.lines().take(3).collect::<Vec<_>>().join("\n") + "\n", ..case("too few subjects", 4) },
        Case { csv: |csv| csv.replace("id,phone", "id,tel"), ..case("a missing column", 4) },
        Case { prepare: |project| fs::remove_file(project.path("map.csv")).unwrap(), ..case("a missing table", 5) },
        Case {
            prepare: |project| fs::remove_file(project.path("token.key")).unwrap(),
            ..case("a missing key file", 5)
        },
        Case {
            prepare: |project| fs::write(project.path("token.key"), &FILE_KEY[..60]).unwrap(),
            ..case("a short key", 5)
        },
        Case { key: "c0ffee11c0ffee22-not-hex", ..case("a key that is none", 5) },
        Case { prepare: |project| fs::write(project.path("out"), "").unwrap(), ..case("no folder for releases", 5) },
    ];
    let (csv, map, cells) = rows();
    let secrets = [
        ENV_KEY,
        FILE_KEY,
        &FILE_KEY[..60],
        "c0ffee11c0ffee22-not-hex",
        PASSWORD,
        API_KEY,
        "x700431",
        "1983-44-17",
        "unmapped03",
    ];
    let canaries = Canaries::of(&cells.into_iter().chain(secrets.map(str::to_owned)).collect::<Vec<_>>());
    // what nobody listens on: the warning must not tell the address
    let address = format!("http://canary:{PASSWORD}@127.0.0.1:9/");
    for case in &cases {
        for form in ["text", "json"] {
            for sink in ["l.jsonl", address.as_str()] {
                let project = Project::new(&(case.csv)(csv.clone()));
                fs::write(project.path("map.csv"), &map).unwrap();
                fs::write(project.path("token.key"), format!("{FILE_KEY}\n")).unwrap();
                fs::write(project.path("p.toml"), (case.pipeline)(format!("{}{PIPELINE}", Project::HEAD))).unwrap();
                fs::set_permissions(project.path("token.key"), fs::Permissions::from_mode(0o600)).unwrap();
                (case.prepare)(&project);
                let mut command: Command = project.command();
                command.args([
                    "run",
                    "p.toml",
                    "--log",
                    form,
                    "--timings",
                    "--metrics",
                    "m.prom",
                    "--openlineage",
                    sink,
                ]);
                if form == "json" {
                    command.arg("--json");
                }
                command.env("TUOMIN_LOG", "trace").env("RUST_LOG", "trace").env("CANARY_KEY", case.key);
                let output = command.env("OPENLINEAGE_API_KEY", API_KEY).output().unwrap();
                let shown = String::from_utf8_lossy(&output.stderr);
                assert_eq!(output.status.code(), Some(case.code), "{}: {shown}", case.what);
                let mut found =
                    vec![("stdout".to_owned(), output.stdout), ("stderr".to_owned(), output.stderr.clone())];
                written(&project.path(""), &mut found);
                for expected in ["m.prom", if sink == "l.jsonl" { sink } else { "stderr" }] {
                    assert!(
                        found.iter().any(|(name, bytes)| name.ends_with(expected) && !bytes.is_empty()),
                        "{expected}"
                    );
                }
                for (name, bytes) in &found {
                    canaries.sought(&format!("{}, {form}: {name}", case.what), bytes);
                }
            }
        }
    }
}

#[test]
fn the_search_finds_what_it_looks_for() {
    let canaries = Canaries::of(&["idcanary03x".to_owned(), ENV_KEY.to_owned()]);
    let finds = |bytes: Vec<u8>| std::panic::catch_unwind(|| canaries.sought("here", &bytes)).is_err();
    assert!(finds(b"a idcanary03x b".to_vec()));
    for before in 0..4 {
        assert!(finds(STANDARD.encode([vec![b'x'; before], b"idcanary03x and more".to_vec()].concat()).into_bytes()));
    }
    assert!(finds(hex::encode("my idcanary03x").into_bytes()));
    assert!(finds(hex::decode(ENV_KEY).unwrap()));
    assert!(!finds(b"idcanary0".to_vec()));
}
