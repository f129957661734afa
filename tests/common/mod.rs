//! Projects made and thrown away.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the binary said and how it ended.
#[allow(dead_code, reason = "not every test binary uses all of it")]
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// A folder with a pipeline `p.toml` on `d.csv`.
pub struct Project(tempfile::TempDir);

#[allow(dead_code, reason = "not every test binary uses all of it")]
impl Project {
    pub const HEAD: &str = "name = \"test\"\npurpose = \"trade\"\nclaim = \"deidentified\"\nrules = \"cn-gbt42460-2023\"\ncontext = \"enclave\"\n[declaration]\nsource_basis = \"tests\"\nprovider = \"tests\"\nrecipient = \"tests\"\nuse = \"tests\"\n";

    pub fn new(csv: &str) -> Self {
        let project = Self(tempfile::tempdir().unwrap());
        fs::write(project.path("d.csv"), csv).unwrap();
        let source = "\n[source]\npath = \"d.csv\"\nsubject = \"id\"";
        fs::write(project.path("p.toml"), format!("{}{source}{}", Self::HEAD, Self::COLUMNS)).unwrap();
        project
    }

    /// What becomes of the columns `id`, `age`, `city` and `note`.
    pub const COLUMNS: &str = r#"
[privacy]
k = 3
[columns.id]
role = "identifier"
treatment = { token = { algorithm = "hmac-sha256", key = "ephemeral", length = 32 } }
[columns.age]
role = "quasi"
type = "integer"
hierarchy = { interval = { widths = [10, 50] } }
[columns.city]
role = "quasi"
[columns.note]
role = "sensitive"
treatment = "keep"
"#;

    /// Rules without limits for what attacks achieve with all that a record says: for tests of models, on tables so
    /// small that every record is alone.
    pub fn without_measures(&self) {
        let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines/rules/cn-gbt42460-2023.toml");
        let (mut kept, mut left_out) = (String::new(), false);
        for line in fs::read_to_string(rules).unwrap().lines() {
            if line.starts_with('[') {
                left_out = line.starts_with("[attacks.relink_measures") || line.starts_with("[attacks.relink_subsets");
            }
            if !left_out {
                kept += &(line.replace("\"cn-gbt42460-2023\"", "\"tests\"") + "\n");
            }
        }
        fs::write(self.path("rules.toml"), kept).unwrap();
        let pipeline = fs::read_to_string(self.path("p.toml")).unwrap();
        fs::write(self.path("p.toml"), pipeline.replace("\"cn-gbt42460-2023\"", "\"rules.toml\"")).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The command, with its own configuration folder, in this project.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tuomin"));
        command.current_dir(self.0.path()).env("TUOMIN_CONFIG", self.path("config"));
        command
    }

    pub fn tuomin(&self, arguments: &[&str]) -> Run {
        let output = self.command().args(arguments).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Run { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }

    /// The only release of a dataset.
    pub fn release(&self, name: &str) -> PathBuf {
        let releases = fs::read_dir(self.path("out").join(name)).unwrap();
        let folders: Vec<PathBuf> = releases.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
        assert_eq!(folders.len(), 1, "one release");
        folders[0].clone()
    }
}

/// The folder of shared data; where it must be there, its absence fails the test.
#[allow(dead_code, reason = "not every test binary uses all of it")]
pub fn shared() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let folder = std::env::var_os("TUOMIN_SHARED").map_or(beside, PathBuf::from);
    if folder.join("data/adult/adult.csv").exists() {
        return fs::canonicalize(folder).ok();
    }
    assert!(std::env::var_os("TUOMIN_REQUIRE_SHARED").is_none(), "the shared data are required here");
    eprintln!("SKIPPED: the Adult census data are not in {}", folder.display());
    None
}
