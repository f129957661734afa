//! `catalog.json` and `datapackage.json`, held against validators that are not ours.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test may stop, and says what it skips")]

#[path = "common/python.rs"]
mod python;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use arrow::datatypes::DataType;
use python::{here, python};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tuomin::catalog::{CATALOG, CatalogData, Column, File, Label, PACKAGE, catalog, data_package};
use tuomin::spec::{Role, embedded_rules, parse};

/// The faults that the validators find in a release.
fn faults(python: &Path, folder: &Path) -> Vec<String> {
    let output = Command::new(python).arg(here().join("validate.py")).args(["data".as_ref(), folder]).output().unwrap();
    let lines: Vec<String> = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
    let code = output.status.code();
    assert!(
        code == Some(i32::from(!lines.is_empty())),
        "the validator ended with {code:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    lines
}

/// Three columns of every type that a release has, nulls among them, written by pyarrow.
const TABLE: &str = r#"
import datetime, sys, pyarrow, pyarrow.parquet
day = datetime.date(2024, 1, 1)
table = pyarrow.table({
    "户号": ["a1", "b2", "c3", "d4"],
    "年龄": ["[20, 30)", "[20, 30)", None, "*"],
    "人口数": pyarrow.array([1, 2, None, 4], pyarrow.int64()),
    "费用": [1.5, None, 2.0, 1e300],
    "日期": [day, day, None, day],
    "欠费": [True, False, None, True],
})
pyarrow.parquet.write_table(table, sys.argv[1])
"#;

const PIPELINE: &str = include_str!("../pipelines/hospital_visits.toml");

/// A made-up release with the section and the declaration of a shipped pipeline.
fn release(python: &Path, folder: &Path) {
    fs::create_dir(folder.join("data")).unwrap();
    let path = "data/part-00000.parquet";
    let file = folder.join(path);
    assert!(Command::new(python).args(["-c", TABLE]).arg(&file).status().unwrap().success());
    let bytes = fs::read(&file).unwrap();
    let pipeline = parse(PIPELINE, &embedded_rules()).unwrap();
    let column = |(name, kind, role): (&str, DataType, Role)| {
        let label = |text: &str| Label { text: text.into(), subjects: 5 };
        let labels = if role == Role::Quasi { vec![label("*"), label("[20, 30)")] } else { vec![] };
        Column { name: name.into(), kind, role, treatment: "as it is".into(), labels }
    };
    let columns = [
        ("户号", DataType::Utf8, Role::Identifier),
        ("年龄", DataType::Utf8, Role::Quasi),
        ("人口数", DataType::Int64, Role::Sensitive),
        ("费用", DataType::Float64, Role::Sensitive),
        ("日期", DataType::Date32, Role::Sensitive),
        ("欠费", DataType::Boolean, Role::Insensitive),
    ];
    let data = CatalogData {
        release: "20260101T000000Z-0a1b2c3d".into(),
        name: pipeline.name,
        issued_at: "2026-01-01T00:00:00Z".into(),
        claim: pipeline.claim,
        purpose: pipeline.purpose,
        context: pipeline.context,
        rules: pipeline.rules.name,
        k: pipeline.privacy.k,
        declaration: pipeline.declaration,
        catalog: pipeline.catalog,
        records: 4,
        columns: columns.into_iter().map(column).collect(),
        files: vec![File {
            path: path.into(),
            bytes: bytes.len() as u64,
            sha256: Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect(),
        }],
    };
    fs::write(folder.join(CATALOG), catalog(&data)).unwrap();
    fs::write(folder.join(PACKAGE), data_package(&data)).unwrap();
}

#[test]
fn independent_validators_find_no_fault_and_find_the_ones_that_are_put_in() {
    let Some(python) = python() else { return };
    let made = tempfile::tempdir().unwrap();
    let folder = made.path();
    release(python, folder);
    assert_eq!(faults(python, folder), [""; 0]);

    let spoil = |name: &str, says: &str, change: &dyn Fn(&mut Value)| {
        let path = folder.join(name);
        let right = fs::read_to_string(&path).unwrap();
        let mut value: Value = serde_json::from_str(&right).unwrap();
        change(&mut value);
        fs::write(&path, value.to_string()).unwrap();
        let found = faults(python, folder);
        assert!(found.iter().any(|line| line.contains(says)), "{name}, {says}: {found:?}");
        fs::write(&path, right).unwrap();
    };
    let gone = |value: &mut Value, key: &str| drop(value.as_object_mut().unwrap().remove(key));
    let schema = "/resources/0/schema/fields";
    spoil(PACKAGE, "datapackage.json", &|package| gone(package, "resources"));
    spoil(PACKAGE, "datapackage.json", &|package| package["resources"][0]["path"] = Value::Null);
    spoil(PACKAGE, "datapackage.json", &|package| *package.pointer_mut(schema).unwrap() = "none".into());
    spoil(PACKAGE, "other columns", &|package| package["resources"][0]["schema"]["fields"][3]["type"] = "date".into());
    spoil(PACKAGE, "other bytes", &|package| package["resources"][0]["bytes"] = 1.into());
    let labels = "/resources/0/schema/fields/1/constraints/enum/0";
    spoil(PACKAGE, "not those of the cells", &|package| *package.pointer_mut(labels).unwrap() = "[30, 40)".into());
    for key in ["dct:title", "dct:description", "dct:publisher", "dcat:distribution", "涉密性", "分类编号"] {
        spoil(CATALOG, "catalog.json", &|entry| gone(entry, key));
    }
    for key in ["dcat:accessURL", "dcat:byteSize", "spdx:checksum"] {
        spoil(CATALOG, "catalog.json", &|entry| gone(&mut entry["dcat:distribution"][0], key));
    }
    let checksum = "/dcat:distribution/0/spdx:checksum/spdx:checksumValue/@value";
    spoil(CATALOG, "other bytes", &|entry| *entry.pointer_mut(checksum).unwrap() = "00".repeat(32).into());
    spoil(CATALOG, "catalog.json", &|entry| entry["共享类型"] = "共享".into());
    assert_eq!(faults(python, folder), [""; 0], "all is as it was");
}

/// The built binary; there is none where only the library is compiled.
fn binary() -> Option<&'static str> {
    let binary = option_env!("CARGO_BIN_EXE_tuomin");
    if binary.is_none() {
        eprintln!("SKIPPED: there is no binary to run");
    }
    binary
}

/// Runs it in a folder with its own configuration; gives the exit code and what it says on stderr.
fn tuomin(binary: &str, folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(binary);
    let output = command.current_dir(folder).env("TUOMIN_CONFIG", folder.join("config")).args(arguments);
    let output = output.output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

fn shipped(name: &str) -> String {
    format!("{}/pipelines/{name}.toml", env!("CARGO_MANIFEST_DIR"))
}

/// The only folder in a dataset's output folder.
fn only(folder: &Path, name: &str) -> PathBuf {
    let found = fs::read_dir(folder.join("out").join(name)).unwrap().map(|entry| entry.unwrap().path());
    let folders: Vec<PathBuf> = found.filter(|path| path.is_dir()).collect();
    assert_eq!(folders.len(), 1, "one release");
    folders[0].clone()
}

#[test]
fn what_every_shipped_pipeline_releases_opens_elsewhere_and_its_catalogue_is_valid_and_signed() {
    let (Some(binary), Some(python)) = (binary(), python()) else { return };
    let mut releases = Vec::new();
    for (pipeline, name) in [
        ("residential_electricity", "residential-electricity-2025"),
        ("enterprise_registration", "enterprise-registration-2025"),
        ("hospital_visits", "hospital-visits-2024"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (code, err) = tuomin(binary, folder.path(), &["run", &shipped(pipeline)]);
        assert_eq!(code, Some(0), "{err}");
        let release = only(folder.path(), name);
        assert_eq!(faults(python, &release), [""; 0], "{name}");
        let opened = Command::new(python).arg(here().join("open.py")).arg(&release).output().unwrap();
        let told = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
        assert!(opened.status.success(), "{name}: {}{}", told(&opened.stdout), told(&opened.stderr));
        for file in [CATALOG, PACKAGE] {
            let path = release.join(file);
            let right = fs::read_to_string(&path).unwrap();
            fs::write(&path, right.clone() + " ").unwrap();
            let (code, err) = tuomin(binary, folder.path(), &["verify", release.to_str().unwrap()]);
            assert!(code == Some(6) && err.contains(file), "{file} is not signed: {err}");
            fs::write(&path, right).unwrap();
        }
        assert_eq!(tuomin(binary, folder.path(), &["verify", release.to_str().unwrap()]).0, Some(0));
        releases.push((release, folder));
    }
    if !Command::new("java").arg("-version").output().is_ok_and(|output| output.status.success()) {
        return python::missing("java, for Spark".into());
    }
    let mut spark = Command::new(python);
    let opened = spark.arg(here().join("spark.py")).args(releases.iter().map(|(release, _)| release)).output().unwrap();
    let told = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
    assert!(opened.status.success(), "{}{}", told(&opened.stdout), told(&opened.stderr));
}

#[test]
fn what_was_shared_is_not_released_to_others() {
    let Some(binary) = binary() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (code, err) = tuomin(binary, folder.path(), &["run", &shipped("hospital_visits")]);
    assert_eq!(code, Some(0), "{err}");
    let shared = only(folder.path(), "hospital-visits-2024");
    let again = |recipient: &str, use_: &str| {
        let text = format!(
            "name = \"again\"\npurpose = \"trade\"\nclaim = \"deidentified\"\nrules = \"cn-gbt42460-2023\"\n\
             context = \"controlled\"\n[declaration]\nsource_basis = \"共享\"\nprovider = \"示例医学研究中心\"\n\
             recipient = \"{recipient}\"\nuse = \"{use_}\"\n[source]\npath = \"{}/data/*.parquet\"\n\
             subject = \"病案号\"\n[privacy]\nk = 5\n[columns.\"病案号\"]\nrole = \"identifier\"\n[columns.\"性别\"]\nrole = \"quasi\"\n",
            shared.display()
        );
        fs::write(folder.path().join("again.toml"), text).unwrap();
        let _ = fs::remove_dir_all(folder.path().join("out/again"));
        let (code, err) = tuomin(binary, folder.path(), &["run", "again.toml"]);
        let refusal = fs::read_to_string(only(folder.path(), "again").join("refusal.json")).unwrap_or_default();
        let article = |id: &&str| refusal.contains(&format!("\"article_18_{id}\""));
        let told: Vec<&str> = ["third_party", "other_use", "unknown"].into_iter().filter(article).collect();
        assert!(told.is_empty() || code == Some(3), "{err}");
        told
    };
    let pipeline = parse(PIPELINE, &embedded_rules()).unwrap();
    let (recipient, use_) = (pipeline.declaration.recipient, pipeline.declaration.purpose_of_use);
    assert_eq!(again(&recipient, &use_), [""; 0]);
    assert_eq!(again("示例数据公司", &use_), ["third_party"]);
    assert_eq!(again("示例数据公司", "营销"), ["third_party", "other_use"]);
}
