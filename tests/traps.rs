//! Twelve ways to leak a person through a release that looks well made: each is refused for the right reason, and
//! its repaired twin is certified.
#![expect(clippy::unwrap_used, reason = "a test may stop")]

mod common;

use std::fmt::Write as _;
use std::fs;

use common::{Project, Run};

const ROWS: u32 = 3000;

/// A table of people, and what a pipeline does with its columns.
struct Trap {
    columns: Vec<(&'static str, Box<dyn Fn(u32) -> String>)>,
    pipeline: String,
}

impl Trap {
    /// People with nothing to hide: ages by decade and cities, many of each. Claims `anonymized`.
    fn new() -> Self {
        let columns: Vec<(&'static str, Box<dyn Fn(u32) -> String>)> = vec![
            ("id", Box::new(|row| format!("A{:07}", mixed(row) % 10_000_000))),
            ("age", Box::new(|row| (20 + mixed(row) % 60).to_string())),
            ("city", Box::new(|row| ["Heping", "Hexi", "Nankai"][(mixed(row) / 64 % 3) as usize].into())),
        ];
        let pipeline = r#"
[columns.id]
role = "identifier"
[columns.age]
role = "quasi"
type = "integer"
hierarchy = { interval = { widths = [10, 20] } }
[columns.city]
role = "quasi"
"#;
        Self { columns, pipeline: pipeline.into() }
    }

    fn with(mut self, name: &'static str, cell: impl Fn(u32) -> String + 'static, column: &str) -> Self {
        self.columns.push((name, Box::new(cell)));
        write!(self.pipeline, "[columns.{name}]\n{column}\n").unwrap();
        self
    }

    fn csv(&self, rows: impl Iterator<Item = u32>) -> String {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| *name).collect();
        let mut csv = names.join(",") + "\n";
        for row in rows {
            let cells: Vec<String> = self.columns.iter().map(|(_, cell)| cell(row)).collect();
            csv += &(cells.join(",") + "\n");
        }
        csv
    }

    fn project(&self, privacy: &str) -> Project {
        let project = Project::new(&self.csv(0..ROWS));
        let head = Project::HEAD.replace("deidentified", "anonymized").replace("enclave", "controlled");
        let source = "[source]\npath = \"d.csv\"\nsubject = \"id\"\n";
        let privacy = format!("[privacy]\nk = 25\n{privacy}\n");
        fs::write(project.path("p.toml"), format!("{head}{source}{privacy}{}", self.pipeline)).unwrap();
        project
    }

    /// Must be refused, for this among other reasons.
    #[track_caller]
    fn refused(&self, privacy: &str, condition: &str) -> String {
        let project = self.project(privacy);
        let run = run(&project);
        assert_eq!(run.code, 3, "{}{}", run.out, run.err);
        let refusal = refusal(&project);
        assert!(refusal.contains(&format!("\"{condition}\"")), "{condition} is not among {refusal}");
        run.err
    }

    #[track_caller]
    fn certified(&self, privacy: &str) {
        let project = self.project(privacy);
        let run = run(&project);
        assert_eq!(run.code, 0, "{}{}", run.out, run.err);
        let verified = project.tuomin(&["verify", project.release("test").to_str().unwrap()]);
        assert_eq!(verified.code, 0, "{}", verified.err);
    }
}

fn run(project: &Project) -> Run {
    project.tuomin(&["run", "p.toml", "--quiet"])
}

fn refusal(project: &Project) -> String {
    let releases = fs::read_dir(project.path("out/test")).unwrap();
    let folder = releases.map(|entry| entry.unwrap().path()).find(|path| path.join("refusal.json").exists());
    fs::read_to_string(folder.unwrap().join("refusal.json")).unwrap()
}

/// A number that looks random, the same each time.
fn mixed(row: u32) -> u32 {
    let mut x = row.wrapping_mul(0x9e37_79b9).wrapping_add(0x7f4a_7c15);
    x = (x ^ (x >> 15)).wrapping_mul(0x85eb_ca6b);
    x = (x ^ (x >> 13)).wrapping_mul(0xc2b2_ae35);
    x ^ (x >> 16)
}

const KEPT: &str = "role = \"sensitive\"\ntreatment = \"keep\"";

#[test]
fn nothing_is_wrong_with_the_bare_table() {
    Trap::new().certified("");
}
