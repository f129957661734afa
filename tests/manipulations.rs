//! Whatever is done to a release, `verify` refuses it and names the cause; a re-compression of the same values passes
//! by its values and is told.
#![expect(clippy::unwrap_used, reason = "a test may stop")]

mod common;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array, RecordBatch, StringArray, UInt32Array};
use arrow::compute::{concat_batches, take_record_batch};
use arrow::datatypes::{Field, Schema};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::{Project, Run};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReaderBuilder};
use parquet::basic::Compression;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use serde_json::{Value, json};

const DATA: &str = "data/part-00000.parquet";

/// Two releases of one producer, made once; each manipulation gets a copy of the first.
struct Releases {
    project: Project,
    release: PathBuf,
    other: PathBuf,
}

impl Releases {
    fn new() -> Self {
        let row = |i: u32| format!("{i},{},{},{}\n", 20 + i * 7 % 60, ["A", "B", "C"][i as usize % 3], i % 2);
        let project = Project::new(&("id,age,city,note\n".to_owned() + &(0..1500).map(row).collect::<String>()));
        for (name, more) in
            [("producer", &[][..]), ("stranger", &[]), ("approver", &["--algorithm", "sm2", "--user-id", "auditor"])]
        {
            let made = project.tuomin(&[&["keys", "new", name], more].concat());
            assert_eq!(made.code, 0, "{}", made.err);
        }
        let text = fs::read_to_string(project.path("p.toml")).unwrap();
        fs::write(project.path("p.toml"), text + "[release]\nsigning_key = \"file:producer.pem\"\n").unwrap();
        let run = || {
            let run = project.tuomin(&["run", "p.toml", "--again", "--quiet", "--json"]);
            assert_eq!(run.code, 0, "{}", run.err);
            let told: Value = serde_json::from_str(&run.out).unwrap();
            project.path(told["release"].as_str().unwrap())
        };
        let (release, other) = (run(), run());
        Self { project, release, other }
    }

    /// A copy under another name, changed.
    fn changed(&self, change: impl FnOnce(&Path)) -> PathBuf {
        let copy = self.project.path("copy");
        let _ = fs::remove_dir_all(&copy);
        copy_folder(&self.release, &copy);
        change(&copy);
        copy
    }

    fn verify(&self, path: &Path, more: &[&str]) -> Run {
        let mut arguments = vec!["verify", path.to_str().unwrap()];
        if !more.contains(&"--key") {
            arguments.extend(["--key", "producer.pub.pem"]);
        }
        arguments.extend(more);
        self.project.tuomin(&arguments)
    }

    #[track_caller]
    fn refused(&self, what: &str, change: impl FnOnce(&Path), more: &[&str], says: &str) {
        let verified = self.verify(&self.changed(change), more);
        assert_eq!(verified.code, 6, "{what} passes: {}{}", verified.out, verified.err);
        assert!(verified.err.contains(says), "{what}: `{says}` is not in {}", verified.err);
    }
}

fn copy(from: PathBuf, to: PathBuf) {
    fs::copy(from, to).unwrap();
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy_folder(&entry.path(), &target),
            false => copy(entry.path(), target),
        }
    }
}

/// How a file is written anew.
#[derive(Clone, Copy)]
struct Form {
    compression: Compression,
    statistics: EnabledStatistics,
    /// Rows of a row group.
    group: usize,
}

const SAME: Form = Form { compression: Compression::SNAPPY, statistics: EnabledStatistics::Page, group: usize::MAX };

/// Writes a data file anew, with the same footer entries, after a change of its rows.
fn rewrite(path: &Path, form: Form, change: impl FnOnce(RecordBatch) -> Vec<RecordBatch>) {
    let file = File::open(path).unwrap();
    let footer = ArrowReaderMetadata::load(&file, Default::default()).unwrap();
    let entries: Vec<KeyValue> = footer.metadata().file_metadata().key_value_metadata().cloned().unwrap_or_default();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let schema = reader.schema().clone();
    let batches: Vec<RecordBatch> = reader.build().unwrap().map(Result::unwrap).collect();
    let batches = change(concat_batches(&schema, &batches).unwrap());
    let properties = WriterProperties::builder()
        .set_compression(form.compression)
        .set_statistics_enabled(form.statistics)
        .set_max_row_group_row_count(Some(form.group.min(1 << 20)))
        .set_key_value_metadata(Some(entries))
        .build();
    let options = parquet::arrow::arrow_writer::ArrowWriterOptions::new()
        .with_properties(properties)
        .with_skip_arrow_metadata(true);
    let file = File::create(path).unwrap();
    let mut writer = ArrowWriter::try_new_with_options(file, batches[0].schema(), options).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.close().unwrap();
}

/// The column `note` with one cell changed.
fn one_cell(batch: RecordBatch) -> Vec<RecordBatch> {
    let at = batch.schema().index_of("note").unwrap();
    let cells = arrow::compute::cast(batch.column(at), &arrow::datatypes::DataType::Utf8).unwrap();
    let cells = cells.as_any().downcast_ref::<StringArray>().unwrap();
    let changed = (0..cells.len()).map(|row| if row == 7 { "9" } else { cells.value(row) });
    vec![replaced(&batch, at, "note", Arc::new(changed.map(Some).collect::<StringArray>()))]
}

fn replaced(batch: &RecordBatch, at: usize, name: &str, cells: ArrayRef) -> RecordBatch {
    let schema = batch.schema();
    let mut fields: Vec<Field> = schema.fields().iter().map(|field| field.as_ref().clone()).collect();
    let mut columns = batch.columns().to_vec();
    fields[at] = Field::new(name, cells.data_type().clone(), fields[at].is_nullable());
    columns[at] = cells;
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

fn rows(batch: &RecordBatch, rows: impl Iterator<Item = u32>) -> Vec<RecordBatch> {
    vec![take_record_batch(batch, &rows.collect::<UInt32Array>()).unwrap()]
}

/// Writes the envelope anew, in the form that `verify` takes.
fn envelope(folder: &Path, change: impl FnOnce(&mut Value)) {
    let path = folder.join("certificate.json");
    let mut value: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut value);
    fs::write(&path, serde_json::to_string(&value).unwrap() + "\n").unwrap();
}

/// Changes what is stated, under the old signature.
fn stated(folder: &Path, change: impl FnOnce(&mut Value)) {
    envelope(folder, |envelope| {
        let payload = STANDARD.decode(envelope["payload"].as_str().unwrap()).unwrap();
        let mut statement: Value = serde_json::from_slice(&payload).unwrap();
        change(&mut statement);
        envelope["payload"] = json!(STANDARD.encode(serde_json::to_vec(&statement).unwrap()));
    });
}

fn cut(path: &Path, by: impl FnOnce(Vec<u8>) -> Vec<u8>) {
    fs::write(path, by(fs::read(path).unwrap())).unwrap();
}

#[test]
fn every_manipulation_of_the_files_is_named() {
    let releases = Releases::new();
    assert_eq!(releases.verify(&releases.release, &[]).code, 0);
    let values = "its values, row group by row group, are not those that were certified";
    let data = |folder: &Path| folder.join(DATA);
    let refused = |what: &str, says: &str, change: &dyn Fn(&Path)| releases.refused(what, change, &[], says);

    refused("a cell", values, &|f| rewrite(&data(f), SAME, one_cell));
    refused("a row left out", values, &|f| rewrite(&data(f), SAME, |b| rows(&b, 1..b.num_rows() as u32)));
    refused("a row twice", values, &|f| {
        rewrite(&data(f), SAME, |b| rows(&b, (0..b.num_rows() as u32).chain([0])));
    });
    refused("other order", values, &|f| rewrite(&data(f), SAME, |b| rows(&b, (0..b.num_rows() as u32).rev())));
    refused("row groups exchanged", values, &|f| {
        rewrite(&data(f), Form { group: 500, ..SAME }, |b| {
            let half = b.num_rows() / 2;
            vec![b.slice(half, b.num_rows() - half), b.slice(0, half)]
        });
    });
    refused("a column renamed", "the column `city` is not in it", &|f| {
        rewrite(&data(f), SAME, |b| {
            let at = b.schema().index_of("city").unwrap();
            vec![replaced(&b, at, "town", b.column(at).clone())]
        });
    });
    refused("a column left out", values, &|f| {
        rewrite(&data(f), SAME, |mut b| {
            b.remove_column(b.schema().index_of("note").unwrap());
            vec![b]
        });
    });
    refused("a column added", values, &|f| {
        rewrite(&data(f), SAME, |b| {
            let numbers: ArrayRef = Arc::new((0..b.num_rows() as i64).collect::<Int64Array>());
            let schema = b.schema();
            let fields = schema.fields().iter().map(|f| f.as_ref().clone());
            let fields: Vec<Field> = fields.chain([Field::new("n", numbers.data_type().clone(), false)]).collect();
            let columns = b.columns().iter().cloned().chain([numbers]).collect();
            vec![RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()]
        });
    });
    refused("another type", values, &|f| {
        rewrite(&data(f), SAME, |b| {
            let at = b.schema().index_of("note").unwrap();
            let cells = arrow::compute::cast(b.column(at), &arrow::datatypes::DataType::Int64).unwrap();
            vec![replaced(&b, at, "note", cells)]
        });
    });
    let anew = "its values are those that were certified, its bytes are not";
    refused("statistics left out", anew, &|f| {
        rewrite(&data(f), Form { statistics: EnabledStatistics::None, ..SAME }, |b| vec![b]);
    });
    refused("compressed otherwise", anew, &|f| rewrite(&data(f), SAME, |b| vec![b]));
    refused("row groups cut otherwise", values, &|f| rewrite(&data(f), Form { group: 100, ..SAME }, |b| vec![b]));
    refused("truncated", DATA, &|f| cut(&data(f), |bytes| bytes[..bytes.len() - 20].to_vec()));
    refused("concatenated", DATA, &|f| cut(&data(f), |bytes| [bytes.clone(), bytes].concat()));
    refused("emptied", DATA, &|f| cut(&data(f), |_| Vec::new()));
    refused("a file added", "not part of the release", &|f| {
        copy(data(f), f.join("data/part-00001.parquet"));
    });
    refused("a file taken away", DATA, &|f| fs::remove_file(data(f)).unwrap());
    refused("a file renamed and added to", "it is not part of the release", &|f| {
        copy(data(f), f.join("data/more.parquet"));
        fs::rename(data(f), f.join("data/part-1.parquet")).unwrap();
    });
    refused("a changed file renamed", "part-1.parquet: it is not part of the release", &|f| {
        rewrite(&data(f), SAME, one_cell);
        fs::rename(data(f), f.join("data/part-1.parquet")).unwrap();
    });
    refused("the report changed", "report.html: its bytes", &|f| {
        cut(&f.join("report.html"), |bytes| [bytes, b" ".to_vec()].concat());
    });
    refused("the catalogue taken away", "datapackage.json: its bytes", &|f| {
        fs::remove_file(f.join("datapackage.json")).unwrap();
    });
    refused("data of another release", DATA, &|f| {
        copy(releases.other.join(DATA), data(f));
    });

    // the values alone are those of the certificate in the footer
    let copy = releases.changed(|f| rewrite(&data(f), SAME, |b| vec![b]));
    let alone = releases.verify(&data(&copy), &[]);
    assert_eq!(alone.code, 0, "{}", alone.err);
    assert!(alone.out.contains("bytes are checked with the whole folder"), "{}", alone.out);
    let copy = releases.changed(|f| rewrite(&data(f), SAME, one_cell));
    assert_eq!(releases.verify(&data(&copy), &[]).code, 6);
}

/// A copy is the same release, whatever its files are called, and what could not be checked is said.
#[test]
fn renamed_copies_pass_and_every_step_is_told() {
    let releases = Releases::new();
    let told = |path: &Path, more: &[&str]| {
        let verified = releases.verify(path, &[&["--json"], more].concat());
        assert_eq!(verified.code, 0, "{}", verified.err);
        serde_json::from_str::<Value>(&verified.out).unwrap()
    };
    let step = |told: &Value, id: &str| {
        let steps = told["steps"].as_array().unwrap();
        steps.iter().find(|step| step["id"] == id).map(|step| step["checked"].as_bool().unwrap()).unwrap()
    };
    let whole = told(&releases.release, &["--ledger", "out/ledger.jsonl"]);
    for id in ["signatures", "bytes", "nothing_added", "values", "footers", "measures", "ledger"] {
        assert!(step(&whole, id), "{id}");
    }
    for id in ["revocation", "measures_of_the_run", "attacks", "declaration"] {
        assert!(!step(&whole, id), "{id} needs more than the release");
    }
    assert!(whole.get("renamed").is_none());

    let copied = releases.changed(|f| {
        fs::rename(f.join(DATA), f.join("bought.parquet")).unwrap();
        fs::rename(f.join("report.html"), f.join("报告.html")).unwrap();
    });
    let copied = told(&copied, &[]);
    let renamed = [("report.html", "报告.html"), (DATA, "bought.parquet")];
    for (certified, found) in renamed {
        let pair = json!({ "certified": certified, "found": found });
        assert!(copied["renamed"].as_array().unwrap().contains(&pair), "{}", copied["renamed"]);
    }
    assert!(step(&copied, "bytes") && !step(&copied, "ledger"));

    // the data files alone, in a folder and one by one
    let alone = releases.project.path("alone");
    let _ = fs::remove_dir_all(&alone);
    fs::create_dir(&alone).unwrap();
    copy(releases.release.join(DATA), alone.join("x.parquet"));
    for path in [&alone, &alone.join("x.parquet")] {
        let alone = told(path, &[]);
        assert!(step(&alone, "values") && step(&alone, "measures"), "{alone}");
        assert!(!step(&alone, "bytes") && !step(&alone, "nothing_added"), "{alone}");
        assert_eq!(alone["renamed"], json!([{ "certified": DATA, "found": "x.parquet" }]));
    }
    copy(releases.other.join(DATA), alone.join("y.parquet"));
    let both = releases.verify(&alone, &["--json"]);
    let both: (i32, Value) = (both.code, serde_json::from_str(&both.out).unwrap());
    assert_eq!((both.0, &both.1["verified"]), (6, &json!(false)));
    assert!(both.1["wrong"].to_string().contains("y.parquet: the certificate in its footer is another"), "{}", both.1);
    // its own file twice is more than the release
    copy(alone.join("x.parquet"), alone.join("y.parquet"));
    assert_eq!(releases.verify(&alone, &[]).code, 6);
}

#[test]
fn every_manipulation_of_the_certificate_is_named() {
    let releases = Releases::new();
    let refused = |what: &str, says: &str, change: &dyn Fn(&Path)| releases.refused(what, change, &[], says);
    let wrong = "its signature is wrong";
    refused("a stronger claim", wrong, &|f| stated(f, |s| s["predicate"]["claim"] = json!("anonymized")));
    refused("another recipient", wrong, &|f| stated(f, |s| s["predicate"]["declaration"]["recipient"] = json!("all")));
    refused("a larger k", wrong, &|f| stated(f, |s| s["predicate"]["conditions"]["k"] = json!(500)));
    refused("another digest", wrong, &|f| {
        stated(f, |s| s["subject"][0]["digest"]["sha256"] = json!("0".repeat(64)));
    });
    refused("no signature", "it has no signature", &|f| envelope(f, |e| e["signatures"] = json!([])));
    refused("twice", "has signed twice", &|f| {
        envelope(f, |e| e["signatures"] = json!([e["signatures"][0], e["signatures"][0]]));
    });
    refused("key id", "is one of the key", &|f| {
        envelope(f, |e| e["signatures"][0]["keyid"] = json!("0".repeat(64)));
    });
    refused("payload type", "not an in-toto statement", &|f| envelope(f, |e| e["payloadType"] = json!("text/plain")));
    refused("blanks", "canonical form", &|f| {
        cut(&f.join("certificate.json"), |bytes| [b" ".to_vec(), bytes].concat());
    });
    refused("truncated", "not a DSSE envelope", &|f| {
        cut(&f.join("certificate.json"), |bytes| bytes[..bytes.len() / 2].to_vec());
    });
    refused("taken away", "certificate.json: it is missing, and nothing else speaks of", &|f| {
        fs::remove_file(f.join("certificate.json")).unwrap();
    });
    refused("of another release", "its bytes are not those that were certified", &|f| {
        copy(releases.other.join("certificate.json"), f.join("certificate.json"));
    });
    let ledger = ["--ledger", "out/ledger.jsonl"];
    fs::write(releases.project.path("empty.jsonl"), "").unwrap();
    releases.refused("a strange ledger", |_| {}, &["--ledger", "empty.jsonl"], "the ledger does not know this release");

    // keys
    let key = ["--key", "stranger.pub.pem"];
    releases.refused("a stranger's key", |_| {}, &key, "not among the trusted ones");
    let public = fs::read_to_string(releases.project.path("producer.pub.pem")).unwrap();
    fs::write(releases.project.path("old.pub.pem"), format!("not-after: 2020-01-31\n{public}")).unwrap();
    releases.refused("an expired key", |_| {}, &["--key", "old.pub.pem"], "had expired when it was issued");
    let told: Value = serde_json::from_str(&releases.verify(&releases.release, &["--json"]).out).unwrap();
    let list = json!({ "revoked": [{ "key": told["key"], "date": "2026-05-01", "reason": "key_compromise" }] });
    fs::write(releases.project.path("revoked.json"), list.to_string()).unwrap();
    releases.refused("a revoked key", |_| {}, &["--revoked", "revoked.json"], "is revoked from 2026-05-01");

    // approvals
    let both = ["--key", "producer.pub.pem", "--key", "approver.pub.pem", "--threshold", "2"];
    releases.refused("not approved", |_| {}, &both, "1 of 2 signers");
    let release = releases.release.to_str().unwrap();
    let approve = ["approve", release, "--key", "approver.pem", "--trusted", "producer.pub.pem"];
    let approved = releases.project.tuomin(&approve);
    assert_eq!(approved.code, 0, "{}", approved.err);
    let verified = releases.verify(&releases.release, &[&both[..], &ledger].concat());
    assert_eq!(verified.code, 0, "{}", verified.err);
    releases.refused(
        "an approval taken out",
        |f| envelope(f, |e| drop(e["signatures"].as_array_mut().unwrap().pop())),
        &ledger,
        "an approval that the ledger has is missing",
    );
    let other = fs::read_to_string(releases.project.path("approver.pub.pem")).unwrap();
    fs::write(releases.project.path("user.pub.pem"), other.replace("auditor", "somebody")).unwrap();
    let user = ["--key", "producer.pub.pem", "--key", "user.pub.pem", "--threshold", "2"];
    releases.refused("another user", |_| {}, &user, "with the user id");
    assert_eq!(releases.project.tuomin(&approve).code, 2, "a key signs once");
}
