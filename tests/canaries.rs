//! No cell, key or secret in anything that a run says or writes beside the data: canaries stand in every column, key file,
//! environment variable and address, and all outputs are searched for them.
#![expect(clippy::unwrap_used, reason = "a test may stop")]

mod common;
#[path = "canaries/random.rs"]
mod random;
#[path = "common/servers.rs"]
mod servers;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
use common::Project;
use servers::server;

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
                let whole = &key[..key.len() / 3 * 3];
                forms.push((format!("{text} bytes in base64"), STANDARD_NO_PAD.encode(whole).into_bytes()));
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

const ADDRESS: &str = "TUOMIN_CANARY_ADDRESS";

/// Runs a pipeline whose source is on another machine and searches all that it says and writes, told everything there
/// is to tell.
fn searched(what: &str, source: &str, environment: &[(&str, &str)], code: i32, canaries: &Canaries) {
    for form in ["text", "json"] {
        let project = Project::new("id\n");
        let (_, map, _) = rows();
        fs::write(project.path("map.csv"), &map).unwrap();
        fs::write(project.path("token.key"), format!("{FILE_KEY}\n")).unwrap();
        fs::set_permissions(project.path("token.key"), fs::Permissions::from_mode(0o600)).unwrap();
        let pipeline = PIPELINE.replace("path = \"d.csv\"", source);
        fs::write(project.path("p.toml"), format!("{}{pipeline}", Project::HEAD)).unwrap();
        let mut command = project.command();
        command.args(["run", "p.toml", "--log", form, "--timings", "--metrics", "m.prom", "--openlineage", "l.jsonl"]);
        command.env("TUOMIN_LOG", "trace").env("RUST_LOG", "trace").env("CANARY_KEY", ENV_KEY);
        let output = command.env("NO_PROXY", "127.0.0.1").envs(environment.iter().copied()).output().unwrap();
        let shown = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{what}: {shown}");
        let mut found = vec![("stdout".to_owned(), output.stdout), ("stderr".to_owned(), output.stderr.clone())];
        written(&project.path(""), &mut found);
        assert!(found.iter().any(|(name, bytes)| name.ends_with("m.prom") && !bytes.is_empty()), "{what}");
        for (name, bytes) in &found {
            let told = if name.ends_with("/l.jsonl") { unnamed(bytes) } else { bytes.clone() };
            canaries.sought(&format!("{what}, {form}: {name}"), &told);
        }
    }
}

/// Events of lineage without the names of what is read: host, database and table stand there, as its rules ask, and nowhere
/// else.
fn unnamed(events: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    for line in String::from_utf8(events.to_vec()).unwrap().lines() {
        let mut event: serde_json::Value = serde_json::from_str(line).unwrap();
        for input in event["inputs"].as_array_mut().unwrap() {
            for key in ["namespace", "name"] {
                let named = input[key].take();
                assert!(!named.as_str().unwrap().contains(['@', '?', '=']), "{named}");
                assert!(!named.as_str().unwrap().contains("canaryuser"), "{named}");
            }
        }
        all.extend(event.to_string().into_bytes());
    }
    all
}

/// Runs statements with the database's own client.
fn psql(client: &str, url: &str, sql: &str) {
    let done = Command::new(client).args(["-q", "-v", "ON_ERROR_STOP=1", "-c", sql, url]).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn nothing_tells_where_a_database_is_who_asks_or_what_it_holds() {
    let source = format!("database = {{ url = \"env:{ADDRESS}\", table = \"people_canary\" }}");
    let user = "canaryuser";
    let parts = |host: &str| vec![user.to_owned(), PASSWORD.to_owned(), "canarydatabase".to_owned(), host.to_owned()];
    // nobody listens, no such host, no connection string
    for (url, host) in [
        (format!("postgres://{user}:{PASSWORD}@127.0.0.1:9/canarydatabase"), "127.0.0.1"),
        (format!("mysql://{user}:{PASSWORD}@127.0.0.1:9/canarydatabase"), "127.0.0.1"),
        (format!("postgres://{user}:{PASSWORD}@canaryhost.invalid/canarydatabase"), "canaryhost"),
        (format!("canaryhost {user} {PASSWORD} canarydatabase"), "canaryhost"),
        (format!("postgres://{user}:{PASSWORD}@canaryhost:port/canarydatabase"), "canaryhost"),
    ] {
        searched(host, &source, &[(ADDRESS, &url)], 5, &Canaries::of(&parts(host)));
    }
    let inside = format!("postgres://{user}:{PASSWORD}@canaryhost/canarydatabase");
    let inside = format!("database = {{ url = \"{inside}\", table = \"t\" }}");
    searched("in the file", &inside, &[], 2, &Canaries::of(&parts("canaryhost")));

    let Some(url) = server("TUOMIN_TEST_POSTGRES") else { return };
    let client = server("TUOMIN_TEST_PSQL").unwrap();
    let (csv, _, cells) = rows();
    let own = url.replace("tests:tests", &format!("{user}:{PASSWORD}")).replace("/postgres", "/canarydatabase");
    assert!(own.starts_with("postgres://canaryuser") && own.ends_with("/canarydatabase"));
    psql(&client, &url, "drop database if exists canarydatabase");
    psql(&client, &url, &format!("drop role if exists {user}"));
    psql(&client, &url, &format!("create role {user} login password '{PASSWORD}'"));
    psql(&client, &url, &format!("create database canarydatabase owner {user}"));
    let records = csv.lines().skip(1).map(|line| format!("('{}')", line.split(',').collect::<Vec<_>>().join("', '")));
    let records = records.collect::<Vec<_>>().join(", ");
    let table =
        "create table people_canary (id text, phone text, age int, city text, born date, pay float8, memo text)";
    psql(&client, &own, &format!("{table}; insert into people_canary values {records}"));
    let canaries = Canaries::of(&[parts("127.0.0.1"), cells].concat());
    let run = |what, source: &str, url: &str, code| searched(what, source, &[(ADDRESS, url)], code, &canaries);
    run("a release", &source, &own, 0);
    run("a wrong password", &source, &own.replace("//canaryuser", "//tests"), 5);
    run("no such database", &source, &url.replace("/postgres", "/canarydatabase2"), 5);
    let asked = |sql: &str| format!("database = {{ url = \"env:{ADDRESS}\", query = \"{sql}\" }}");
    run("no such table", &asked("select * from citycanary03"), &own, 4);
    run("not understood", &asked("select 'citycanary03' frm frm"), &own, 2);
    run("a cell that cannot be cast", &asked("select city::int as id from people_canary"), &own, 4);
    let typed = "select id, phone, city as age, city, born, pay, memo from people_canary";
    run("a cell that is not of its type", &asked(typed), &own, 4);
    psql(&client, &url, "drop database canarydatabase");
    psql(&client, &url, &format!("drop role {user}"));
}

#[test]
fn nothing_tells_the_keys_or_the_address_of_a_store() {
    let keys = [
        ("CANARY_ACCESS", "canaryaccess7Qz"),
        ("CANARY_HIDDEN", "canaryhidden9Xw"),
        ("CANARY_TOKEN", "canarytoken5Vu"),
    ];
    let mut sought = keys.map(|(_, key)| key.to_owned()).to_vec();
    sought.push("127.0.0.1".to_owned());
    let canaries = Canaries::of(&sought);
    let source = |endpoint: &str, more: &str| {
        format!(
            "path = \"s3://canaries/in/*.csv\"\nstore = {{ endpoint = \"{endpoint}\", allow_http = true, \
             timeout_seconds = 3, access_key = \"env:CANARY_ACCESS\", secret_key = \"env:CANARY_HIDDEN\"{more} }}"
        )
    };
    let session = ", session_token = \"env:CANARY_TOKEN\"";
    searched("nobody listens", &source("http://127.0.0.1:9", session), &keys, 5, &canaries);
    searched("no token", &source("http://127.0.0.1:9", session), &keys[..2], 5, &canaries);
    searched("in the file", &source("http://canaryaccess7Qz:canaryhidden9Xw@h", ""), &keys, 2, &canaries);
    if let Some(endpoint) = server("TUOMIN_TEST_STORE") {
        searched("no such bucket", &source(&endpoint, session), &keys, 4, &canaries);
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
