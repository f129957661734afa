//! Files encrypted for a recipient: nobody reads them without the key, other programs do with it, and `verify` says what
//! it could check.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test may stop, and says what it skips")]

mod common;
#[path = "common/python.rs"]
mod python;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{Project, Run};
use serde_json::{Value, json};

const DATA: &str = "data/part-00000.parquet";
const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const OTHER: &str = "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

fn key_file(project: &Project, name: &str, key: &str) {
    fs::write(project.path(name), key).unwrap();
    fs::set_permissions(project.path(name), fs::Permissions::from_mode(0o600)).unwrap();
}

/// A project whose release is encrypted for a buyer.
fn project() -> Project {
    let row = |i: u32| format!("{i},{},{},{}\n", 20 + i * 7 % 60, ["甲区", "乙区", "丙区"][i as usize % 3], i % 2);
    let project = Project::new(&("id,age,city,note\n".to_owned() + &(0..1500).map(row).collect::<String>()));
    key_file(&project, "buyer.key", KEY);
    key_file(&project, "other.key", OTHER);
    let text = fs::read_to_string(project.path("p.toml")).unwrap();
    let encryption = "[release]\nencryption = { key = \"file:buyer.key\", id = \"buyer-2026\" }\n";
    fs::write(project.path("p.toml"), text + encryption).unwrap();
    project
}

fn release(project: &Project) -> PathBuf {
    let run = project.tuomin(&["run", "p.toml", "--quiet", "--json"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let told: Value = serde_json::from_str(&run.out).unwrap();
    project.path(told["release"].as_str().unwrap())
}

fn verify(project: &Project, path: &Path, more: &[&str]) -> Run {
    project.tuomin(&[&["verify", path.to_str().unwrap()], more].concat())
}

#[test]
fn only_the_recipient_reads_an_encrypted_release_and_verify_says_what_it_read() {
    let project = project();
    let release = release(&project);
    let bytes = fs::read(release.join(DATA)).unwrap();
    assert_eq!((&bytes[..4], &bytes[bytes.len() - 4..]), (&b"PARE"[..], &b"PARE"[..]));
    for plain in ["甲区", "city", "tuomin.certificate"] {
        assert!(!bytes.windows(plain.len()).any(|window| window == plain.as_bytes()), "{plain} stands there in clear");
    }

    let told = |run: &Run| serde_json::from_str::<Value>(&run.out).unwrap();
    let step = |told: &Value, id: &str| {
        let steps = told["steps"].as_array().unwrap();
        steps.iter().any(|step| step["id"] == id && step["checked"] == true)
    };
    // without the key: signature and bytes, and nothing is said of the values
    let blind = verify(&project, &release, &["--json"]);
    assert_eq!(blind.code, 0, "{}", blind.err);
    let blind = told(&blind);
    assert_eq!((&blind["values"], &blind["k"], &blind["records"]), (&json!(false), &Value::Null, &json!(1500)));
    assert!(step(&blind, "bytes") && step(&blind, "signatures"));
    assert!(["values", "footers", "measures"].iter().all(|id| !step(&blind, id)), "{blind}");
    let text = verify(&project, &release, &[]).out;
    assert!(text.contains("the values are encrypted and were not read") && text.contains("`buyer-2026`"), "{text}");

    // with it: all
    for key in ["buyer.key", "file:buyer.key"] {
        let whole = verify(&project, &release, &["--decryption-key", key, "--json"]);
        assert_eq!(whole.code, 0, "{}", whole.err);
        let whole = told(&whole);
        assert!(["bytes", "values", "footers", "measures"].iter().all(|id| step(&whole, id)), "{whole}");
        assert!(whole["k"].as_u64().unwrap() >= 3);
    }
    let alone = verify(&project, &release.join(DATA), &["--decryption-key", "buyer.key"]);
    assert_eq!(alone.code, 0, "{}", alone.err);

    // and what is wrong is named
    let refused = |path: &Path, more: &[&str], says: &str| {
        let run = verify(&project, path, more);
        assert!(run.code == 6 && run.err.contains(says), "{says}: {} {}", run.code, run.err);
        assert!(!run.err.contains(KEY) && !run.err.contains(OTHER));
    };
    refused(&release.join(DATA), &[], "it is encrypted, and no key was given");
    refused(&release, &["--decryption-key", "other.key"], "this key does not open it");
    let changed = |at: usize| {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1;
        fs::write(release.join(DATA), bytes).unwrap();
    };
    changed(bytes.len() / 3);
    refused(&release, &[], "its bytes are not those that were certified");
    refused(&release.join(DATA), &["--decryption-key", "buyer.key"], "damaged");
    changed(bytes.len() - 40);
    refused(&release.join(DATA), &["--decryption-key", "buyer.key"], "or its footer is damaged");
}

#[test]
fn what_was_not_read_is_not_approved_and_only_its_own_run_attacks_it() {
    let project = project();
    let release = release(&project);
    let folder = release.to_str().unwrap();
    assert_eq!(project.tuomin(&["keys", "new", "approver"]).code, 0);
    let blind = project.tuomin(&["approve", folder, "--key", "approver.pem"]);
    assert!(blind.code == 2 && blind.err.contains("cannot be approved"), "{}", blind.err);
    let seen = project.tuomin(&["approve", folder, "--key", "approver.pem", "--decryption-key", "buyer.key"]);
    assert_eq!(seen.code, 0, "{}", seen.err);
    let again = project.tuomin(&["risk", "--release", folder, "--source", "p.toml"]);
    assert!(again.code == 2 && again.err.contains("encrypted for their recipient"), "{}", again.err);
    // the next release of the dataset reads this one with the same key
    let second = self::release(&project);
    let report: Value = serde_json::from_slice(&fs::read(second.join("report.json")).unwrap()).unwrap();
    let attacks = report["attacks"].as_array().unwrap();
    let earlier = attacks.iter().find(|attack| attack["outcome"]["id"] == "earlier_classes");
    let earlier = earlier.or_else(|| attacks.iter().find(|attack| attack.to_string().contains("\"earlier_")));
    let earlier = earlier.expect("there is an earlier release").to_string();
    assert!(!earlier.contains("encrypted"), "{earlier}");
}

#[test]
fn a_key_that_is_missing_or_none_publishes_nothing() {
    for (key, says) in [("", "the key is not 64 hex digits"), ("zz", "the key is not 64 hex digits")] {
        let project = project();
        key_file(&project, "buyer.key", key);
        let run = project.tuomin(&["run", "p.toml", "--quiet"]);
        assert!(run.code == 5 && run.err.contains(says), "{}", run.err);
        assert!(!project.path("out").exists(), "it is found before anything is read");
    }
    let project = project();
    fs::remove_file(project.path("buyer.key")).unwrap();
    assert_eq!(project.tuomin(&["run", "p.toml", "--quiet"]).code, 5);
    let text = fs::read_to_string(project.path("p.toml")).unwrap();
    for (wrong, says) in [
        (text.replace("file:buyer.key", "ephemeral"), "the recipient must have this key"),
        (text.replace("file:buyer.key", KEY), "a key must not stand in a pipeline file"),
        (text.replace("buyer-2026", " "), "this is no name of a key"),
    ] {
        fs::write(project.path("p.toml"), wrong).unwrap();
        let run = project.tuomin(&["check", "p.toml"]);
        assert!(run.code == 2 && run.err.contains(says) && !run.err.contains(KEY), "{}", run.err);
    }
}

/// pyarrow's crypto factory opens the files through a KMS client that holds the recipient's key: the key material is the
/// one that parquet-mr defines.
const READ: &str = r#"
import base64, sys
import pyarrow.dataset as ds, pyarrow.parquet as pq, pyarrow.parquet.encryption as pe
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

class Kms(pe.KmsClient):
    def __init__(self, configuration):
        pe.KmsClient.__init__(self)
        self.keys = configuration.custom_kms_conf
    def wrap_key(self, key, name):
        raise NotImplementedError
    def unwrap_key(self, wrapped, name):
        wrapped = base64.b64decode(wrapped)
        return AESGCM(bytes.fromhex(self.keys[name])).decrypt(wrapped[:12], wrapped[12:], name.encode())

configuration = pe.KmsConnectionConfig(custom_kms_conf={sys.argv[2]: sys.argv[3]})
properties = pe.CryptoFactory(Kms).file_decryption_properties(configuration)
file = pq.ParquetFile(sys.argv[1], decryption_properties=properties)
table = file.read()
print(table.num_rows, ",".join(table.column_names), b"tuomin.certificate" in file.metadata.metadata)
"#;

#[test]
fn pyarrow_opens_an_encrypted_file_with_the_recipients_key() {
    let Some(python) = python::python() else { return };
    let project = project();
    let file = release(&project).join(DATA);
    let read = |arguments: &[&str]| {
        let output = Command::new(python).args(["-c", READ]).arg(&file).args(arguments).output().unwrap();
        (
            output.status.success(),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let (read_it, told, error) = read(&["buyer-2026", KEY]);
    assert!(read_it, "{error}");
    assert_eq!(told.trim(), "1500 id,age,city,note True");
    assert!(!read(&["buyer-2026", OTHER]).0, "another key opens nothing");
    let plain = "import sys, pyarrow.parquet; pyarrow.parquet.read_table(sys.argv[1])";
    assert!(!Command::new(python).args(["-c", plain]).arg(&file).output().unwrap().status.success());
}
