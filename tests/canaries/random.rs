//! The same as a property: tables, keys and addresses drawn at random, in every form, with something wrong at a random
//! place. `TUOMIN_CANARY_SEED` begins with a seed that a failure has told, `TUOMIN_CANARY_ROUNDS` says how many follow.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray};
use chrono::{NaiveDate, TimeDelta};
use parquet::arrow::ArrowWriter;
use rand::rngs::ChaCha20Rng;
use rand::{RngExt as _, SeedableRng};
use rayon::prelude::*;

use super::{Canaries, PIPELINE, written};
use crate::common::Project;

const ROUNDS: u64 = 60;
const RECORDS: usize = 12;
const COLUMNS: [&str; 8] = ["id", "phone", "age", "city", "born", "pay", "memo", "beside"];

fn pick<T: Copy>(rng: &mut ChaCha20Rng, all: &[T]) -> T {
    all[rng.random_range(0..all.len())]
}

fn word(rng: &mut ChaCha20Rng, length: usize) -> String {
    let letters = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    (0..length).map(|_| char::from(pick(rng, letters))).collect()
}

fn digits(rng: &mut ChaCha20Rng, length: usize) -> String {
    (0..length).map(|place| char::from(b'0' + rng.random_range(u8::from(place == 0)..10))).collect()
}

/// A text that stands nowhere else, of one of the kinds that cells are of.
fn text(rng: &mut ChaCha20Rng) -> String {
    let (one, two) = (word(rng, 12), word(rng, 9));
    let han = (0..10).filter_map(|_| char::from_u32(rng.random_range(0x4e00..0x9fa5))).collect::<String>();
    match rng.random_range(0..8) {
        0 => one,
        1 => han,
        2 => format!("{one}\"{two}\", {two}"),
        3 => format!("{{\"name\": \"{one}\", \"号\": '{two}'}}"),
        4 => format!("{one}\n{two}\r\n{han}"),
        5 => (0..60).map(|_| word(rng, 30)).collect(),
        6 => format!("=cmd|'{one}'!A1 <b>{two}</b> %s {{}} \\{one}\\"),
        _ => format!("{han}\u{3000}{one}\u{1F600}{two}"),
    }
}

/// What is sought of a text: all of it, and of a long one its pieces, which may be told without the others.
fn pieces(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let mut all = vec![text.to_owned()];
    if letters.len() > 24 {
        all.extend(letters.chunks_exact(16).take(12).map(|piece| piece.iter().collect::<String>()));
    }
    all
}

/// Records by column, in the order of the file.
struct Table {
    columns: Vec<(&'static str, Vec<String>)>,
}

impl Table {
    fn drawn(rng: &mut ChaCha20Rng) -> Self {
        let mut columns: Vec<(&str, Vec<String>)> = Vec::new();
        for name in COLUMNS {
            let mut cell = || match name {
                "phone" => "1".to_owned() + &digits(rng, 10),
                "age" => digits(rng, 9),
                "pay" => digits(rng, 9) + ".25",
                "born" => {
                    let day =
                        NaiveDate::from_ymd_opt(1931, 3, 2).unwrap() + TimeDelta::days(rng.random_range(0..28_000));
                    day.to_string()
                }
                _ => text(rng),
            };
            let cells = (0..RECORDS).map(|_| cell()).collect();
            columns.insert(0, (name, cells));
        }
        columns.rotate_left(rng.random_range(0..COLUMNS.len()));
        Self { columns }
    }

    fn cells(&self, name: &str) -> &[String] {
        &self.columns.iter().find(|(column, _)| *column == name).unwrap().1
    }

    fn row(&self, row: usize) -> Vec<&str> {
        self.columns.iter().map(|(_, cells)| cells[row].as_str()).collect()
    }

    fn csv(&self, delimiter: u8) -> Vec<u8> {
        let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new());
        writer.write_record(self.columns.iter().map(|(name, _)| name)).unwrap();
        (0..RECORDS).for_each(|row| writer.write_record(self.row(row)).unwrap());
        writer.into_inner().unwrap()
    }

    fn ndjson(&self) -> Vec<u8> {
        let line = |row: usize| {
            let cell = |(name, cells): &(&str, Vec<String>)| {
                let value = match *name {
                    "age" | "pay" => serde_json::from_str(&cells[row]).unwrap_or_else(|_| cells[row].as_str().into()),
                    _ => serde_json::Value::from(cells[row].as_str()),
                };
                ((*name).to_owned(), value)
            };
            serde_json::Value::Object(self.columns.iter().map(cell).collect()).to_string() + "\n"
        };
        (0..RECORDS).map(line).collect::<String>().into_bytes()
    }

    fn batch(&self) -> RecordBatch {
        let columns = self.columns.iter().map(|(name, cells)| {
            let texts = || Arc::new(StringArray::from_iter_values(cells)) as ArrayRef;
            let array: ArrayRef = match *name {
                "age" if cells.iter().all(|cell| cell.parse::<i64>().is_ok()) => {
                    Arc::new(Int64Array::from_iter_values(cells.iter().map(|cell| cell.parse::<i64>().unwrap())))
                }
                "pay" => {
                    Arc::new(Float64Array::from_iter_values(cells.iter().map(|cell| cell.parse::<f64>().unwrap())))
                }
                "born" => Arc::new(Date32Array::from_iter_values(
                    cells.iter().map(|cell| cell.parse::<NaiveDate>().unwrap().to_epoch_days()),
                )),
                _ => texts(),
            };
            (*name, array)
        });
        RecordBatch::try_from_iter(columns).unwrap()
    }

    fn canaries(&self) -> Vec<String> {
        self.columns.iter().flat_map(|(_, cells)| cells.iter().flat_map(|cell| pieces(cell))).collect()
    }
}

/// The bytes of a table in one of the forms that are read, the file's name and what `[source]` says of it.
fn form(rng: &mut ChaCha20Rng, table: &Table) -> (Vec<u8>, &'static str, &'static str) {
    use arrow::ipc::writer::{FileWriter, StreamWriter};
    let gzip = |bytes: &[u8]| {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        writer.write_all(bytes).unwrap();
        writer.finish().unwrap()
    };
    match rng.random_range(0..9) {
        0 => (table.csv(b','), "t.csv", ""),
        1 => (table.csv(b'\t'), "t.csv", "delimiter = \"\\t\""),
        2 => {
            let text = String::from_utf8(table.csv(b',')).unwrap();
            (encoding_rs::GB18030.encode(&text).0.into_owned(), "t.csv", "encoding = \"gb18030\"")
        }
        3 => (gzip(&table.csv(b',')), "t.csv.gz", ""),
        4 => (zstd::stream::encode_all(&table.csv(b',')[..], 1).unwrap(), "t.csv.zst", ""),
        5 => (table.ndjson(), "t.ndjson", ""),
        6 => {
            let batch = table.batch();
            let mut writer = FileWriter::try_new(Vec::new(), &batch.schema()).unwrap();
            writer.write(&batch).unwrap();
            (writer.into_inner().unwrap(), "t.arrow", "")
        }
        7 => {
            let batch = table.batch();
            let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
            writer.write(&batch).unwrap();
            (writer.into_inner().unwrap(), "t.arrow", "")
        }
        _ => {
            let batch = table.batch();
            let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
            writer.write(&batch).unwrap();
            (writer.into_inner().unwrap(), "t.parquet", "")
        }
    }
}

/// Damages bytes at a random place.
fn damage(rng: &mut ChaCha20Rng, bytes: &mut Vec<u8>) {
    let at = rng.random_range(0..bytes.len());
    match rng.random_range(0..5) {
        0 => bytes[at] ^= 1 << rng.random_range(0..8),
        1 => bytes.truncate(at),
        2 => {
            let more: Vec<u8> = (0..rng.random_range(1..40)).map(|_| rng.random()).collect();
            bytes.splice(at..at, more);
        }
        3 => {
            let end = (at + rng.random_range(1..60)).min(bytes.len());
            bytes.drain(at..end);
        }
        _ => {
            let end = (at + rng.random_range(1..60)).min(bytes.len());
            let copy = bytes[at..end].to_vec();
            bytes.splice(at..at, copy);
        }
    }
}

/// What is wrong, and the exit code that it has; `None` where chance decides.
const FAULTS: [(&str, Option<i32>); 20] = [
    ("nothing", Some(0)),
    ("refused", Some(3)),
    ("input", None),
    ("input", None),
    ("input", None),
    ("input", None),
    ("type", Some(4)),
    ("column", Some(4)),
    ("subject", Some(4)),
    ("no key", Some(5)),
    ("wrong key", Some(5)),
    ("no key file", Some(5)),
    ("short key file", Some(5)),
    ("damaged key file", Some(5)),
    ("no table", Some(5)),
    ("damaged table", None),
    ("unknown value", Some(4)),
    ("pipeline", None),
    ("no folder", Some(5)),
    ("full disk", Some(5)),
];

/// A folder on a disk of 64 KiB, where one can be had.
struct Disk(std::path::PathBuf);

impl Disk {
    fn small(path: std::path::PathBuf) -> Option<Self> {
        fs::create_dir(&path).unwrap();
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"]).arg(&path).output();
        mount.is_ok_and(|done| done.status.success()).then_some(Self(path))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

/// One table, one form, one fault: everything that is said and written is searched.
fn round(seed: u64) {
    let rng = &mut ChaCha20Rng::seed_from_u64(seed);
    let (mut fault, mut code) = FAULTS[(seed % FAULTS.len() as u64) as usize];
    let mut table = Table::drawn(rng);
    let (env_key, file_key) = (random_key(rng), random_key(rng));
    let mut secrets = vec![env_key.clone(), file_key.clone()];
    let mut map = csv::Writer::from_writer(Vec::new());
    for city in table.cells("city") {
        map.write_record([city.as_str(), "region"]).unwrap();
    }
    let mut map = map.into_inner().unwrap();
    let row = rng.random_range(0..RECORDS);
    let mut sought = table.canaries();
    match fault {
        "type" | "subject" | "unknown value" => {
            let (column, cell) = match fault {
                "type" => ("age", "x".to_owned() + &word(rng, 11)),
                "subject" => ("id", String::new()),
                _ => ("city", text(rng)),
            };
            table.columns.iter_mut().find(|(name, _)| *name == column).unwrap().1[row] = cell;
            sought.extend(table.canaries());
        }
        "column" => table.columns.iter_mut().find(|(name, _)| *name == "phone").unwrap().0 = "tel",
        _ => {}
    }
    sought.retain(|text| !text.is_empty());
    let (mut bytes, name, more) = form(rng, &table);
    if fault == "subject" && !name.starts_with("t.csv") {
        // elsewhere the empty text is a text
        code = None;
    }
    let wide = "widths = [10000000000]";
    let mut pipeline = PIPELINE.replace("widths = [1000000]", wide).replace("round = 1000000", "round = 1000000000");
    pipeline = pipeline.replace("path = \"d.csv\"", &format!("path = \"given/{name}\"\n{more}"));
    pipeline = pipeline.replace("file:token.key", "file:given/token.key").replace("map.csv", "given/map.csv");
    let (mut key, mut in_file) = (Some(env_key.clone()), Some(file_key.clone() + "\n"));
    let project = Project::new("");
    let mut disk = None;
    match fault {
        "refused" => {
            let asked = "k = 3\nl_diversity = [{ column = \"pay\", kind = \"distinct\", l = 9 }]";
            pipeline = pipeline.replace("k = 3", asked);
        }
        "input" => (0..rng.random_range(1..4)).for_each(|_| {
            if !bytes.is_empty() {
                damage(rng, &mut bytes);
            }
        }),
        "no key" => key = None,
        "wrong key" => {
            let wrong = text(rng).replace('\0', "");
            secrets.extend(pieces(&wrong));
            key = Some(wrong);
        }
        "no key file" => in_file = None,
        "short key file" => {
            let short = file_key[..40 + rng.random_range(0..20)].to_owned();
            secrets.push(short.clone());
            in_file = Some(short);
        }
        "damaged key file" => {
            let damaged = file_key.replacen(|c: char| c.is_ascii_digit(), "z", 3);
            secrets.extend(pieces(&damaged));
            in_file = Some(damaged);
        }
        "damaged table" => damage(rng, &mut map),
        "pipeline" => {
            let mut text = pipeline.into_bytes();
            damage(rng, &mut text);
            pipeline = String::from_utf8_lossy(&text).into_owned();
        }
        "no folder" => fs::write(project.path("out"), "").unwrap(),
        "full disk" => {
            disk = Disk::small(project.path("out"));
            // where there is no such disk, or all fits on it, nothing is wrong
            (fault, code) = ("perhaps a full disk", None);
        }
        _ => {}
    }
    fs::create_dir(project.path("given")).unwrap();
    fs::create_dir(project.path("tmp")).unwrap();
    fs::write(project.path("given").join(name), &bytes).unwrap();
    if fault != "no table" {
        fs::write(project.path("given/map.csv"), &map).unwrap();
    }
    if let Some(key) = in_file {
        fs::write(project.path("given/token.key"), key).unwrap();
        fs::set_permissions(project.path("given/token.key"), fs::Permissions::from_mode(0o600)).unwrap();
    }
    fs::write(project.path("p.toml"), format!("{}{pipeline}", Project::HEAD)).unwrap();

    let (password, api_key) = (word(rng, 14), word(rng, 16));
    secrets.extend([password.clone(), api_key.clone()]);
    let address = format!("http://{}:{password}@127.0.0.1:9/", word(rng, 8));
    let log = pick(rng, &["text", "json"]);
    let sink = if rng.random() { "l.jsonl" } else { &address };
    let mut command = project.command();
    command.args(["run", "p.toml", "--log", log, "--timings", "--metrics", "m.prom", "--openlineage", sink]);
    if rng.random() {
        command.arg("--json");
    }
    if rng.random() {
        command.args(["--temp-dir", "tmp"]);
    }
    command.env("TUOMIN_LOG", "trace").env("RUST_LOG", "trace").env("TMPDIR", project.path("tmp"));
    command.env("OPENLINEAGE_API_KEY", &api_key).env_remove("CANARY_KEY");
    if let Some(key) = key {
        command.env("CANARY_KEY", key);
    }
    let output = command.output().unwrap();
    let told = format!("{fault} in {name}, log {log}");
    let found = output.status.code().unwrap_or(-1);
    let canaries = Canaries::of(&[sought, secrets].concat());
    let mut files = vec![("stdout".to_owned(), output.stdout), ("stderr".to_owned(), output.stderr)];
    written(&project.path(""), &mut files);
    files.retain(|(name, _)| !name.contains("/given/"));
    for (name, bytes) in &files {
        canaries.sought(&format!("{told}: {name}"), bytes);
    }
    let shown = String::from_utf8_lossy(&files[1].1);
    assert!(code.map_or([0, 2, 3, 4, 5].contains(&found), |code| code == found), "{told}: exit {found}: {shown}");
    assert!(!shown.contains("internal error"), "{told}: {shown}");
    drop(disk);
}

fn random_key(rng: &mut ChaCha20Rng) -> String {
    (0..32).map(|_| format!("{:02x}", rng.random::<u8>())).collect()
}

/// Tries seeds; a failure tells its own.
fn rounds(name: &str, count: u64, round: impl Fn(u64) + Sync) {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let now = || std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64 / 1000;
    let first = number("TUOMIN_CANARY_SEED").unwrap_or_else(now);
    let count = number("TUOMIN_CANARY_ROUNDS").unwrap_or(count);
    let tried = |seed: u64| {
        let failed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| round(seed))).err()?;
        let said = failed.downcast_ref::<String>().cloned().unwrap_or_default();
        Some(format!("{seed}: {}", said.chars().take(2000).collect::<String>()))
    };
    let failed: Vec<String> = (first..first + count).into_par_iter().filter_map(tried).collect();
    let again = "again with TUOMIN_CANARY_SEED=… TUOMIN_CANARY_ROUNDS=1";
    assert!(failed.is_empty(), "{name}: {} seeds fail; {again}\n{}", failed.len(), failed.join("\n"));
}

#[test]
fn no_random_cell_or_key_is_told_whatever_is_wrong() {
    rounds("tables", ROUNDS, round);
}

/// A database or a store at a random address, which is not there, or says something else.
fn remote(seed: u64) {
    let rng = &mut ChaCha20Rng::seed_from_u64(seed);
    let mut drawn = || "q".to_owned() + &word(rng, 11);
    let names = ["user", "password", "database", "access", "secret", "session", "said", "host"];
    let parts: BTreeMap<&str, String> = names.into_iter().map(|name| (name, drawn())).collect();
    let port = match rng.random_range(0..3) {
        0 => 9,
        _ => speaking(&parts["said"], rng.random()),
    };
    let scheme = pick(rng, &["postgres", "mysql"]);
    let query = pick(rng, &["", "?sslmode=disable", "?sslmode=require", "?application_name=x"]);
    let hosts = ["127.0.0.1".to_owned(), format!("{}.invalid", parts["host"])];
    let host = pick(rng, &hosts.each_ref());
    let (user, password, database) = (&parts["user"], &parts["password"], &parts["database"]);
    let url = match rng.random_range(0..4) {
        0 => format!("{user} {password} {database} {host}"),
        1 => format!("{scheme}://{user}:{password}%zz@{host}:{port}x/{database}"),
        _ => format!("{scheme}://{user}:{password}@{host}:{port}/{database}{query}"),
    };
    let source = match rng.random_range(0..3) {
        0 => format!(
            "path = \"s3://bucket/in/*.csv\"\nstore = {{ endpoint = \"http://127.0.0.1:{port}\", allow_http = true, \
             timeout_seconds = 2, access_key = \"env:CANARY_ACCESS\", secret_key = \"env:CANARY_HIDDEN\", \
             session_token = \"env:CANARY_TOKEN\" }}"
        ),
        _ => "database = { url = \"env:CANARY_URL\", table = \"people\", timeout_seconds = 2 }".to_owned(),
    };
    let pipeline = PIPELINE.replace("path = \"d.csv\"", &source).replace("file:token.key", "env:CANARY_KEY");
    let project = Project::new("");
    fs::write(project.path("map.csv"), "a,region\n").unwrap();
    fs::write(project.path("p.toml"), format!("{}{pipeline}", Project::HEAD)).unwrap();
    let key = random_key(rng);
    let mut command = project.command();
    let log = pick(rng, &["text", "json"]);
    command.args(["run", "p.toml", "--log", log, "--timings", "--metrics", "m.prom", "--openlineage", "l.jsonl"]);
    command.env("TUOMIN_LOG", "trace").env("RUST_LOG", "trace").env("CANARY_KEY", &key).env("CANARY_URL", &url);
    command.env("CANARY_ACCESS", &parts["access"]).env("CANARY_HIDDEN", &parts["secret"]).env("NO_PROXY", "*");
    let output = command.env("CANARY_TOKEN", &parts["session"]).output().unwrap();
    let shown = String::from_utf8_lossy(&output.stderr).into_owned();
    let mut sought: Vec<String> = parts.into_values().collect();
    sought.extend([key, url.clone()]);
    let canaries = Canaries::of(&sought);
    let mut files = vec![("stdout".to_owned(), output.stdout), ("stderr".to_owned(), output.stderr)];
    written(&project.path(""), &mut files);
    for (name, bytes) in &files {
        canaries.sought(&format!("{url}: {name}"), bytes);
    }
    assert!(matches!(output.status.code(), Some(2 | 4 | 5)), "{url}: {:?}: {shown}", output.status);
    assert!(!shown.contains("internal error"), "{url}: {shown}");
}

/// A server that says a word to whoever comes, and then nothing more or goodbye.
fn speaking(words: &str, silent: bool) -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (port, words) = (listener.local_addr().unwrap().port(), words.to_owned());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let words = words.clone();
            std::thread::spawn(move || {
                let mut stream = stream;
                let _ = stream.write_all(format!("HTTP/1.1 400 {words}\r\n\r\n{words}").as_bytes());
                if silent {
                    std::thread::sleep(std::time::Duration::from_secs(20));
                }
            });
        }
    });
    port
}

#[test]
fn no_random_address_or_password_is_told_whatever_is_wrong() {
    rounds("addresses", 12, remote);
}
