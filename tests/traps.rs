//! Twelve ways to leak a person through a release that looks well made: each is refused for the right reason, and
//! its repaired twin is certified.
#![expect(clippy::unwrap_used, reason = "a test may stop")]

mod common;

use std::fmt::Write as _;
use std::fs;

use common::{Project, Run};

const ROWS: u32 = 3000;

/// The cell of a column in this row.
type Cell = Box<dyn Fn(u32) -> String>;

/// A table of people, and what a pipeline does with its columns.
struct Trap {
    columns: Vec<(&'static str, Cell)>,
    pipeline: String,
}

impl Trap {
    /// People with nothing to hide: ages by decade and cities, many of each. Claims `anonymized`.
    fn new() -> Self {
        let columns: Vec<(&'static str, Cell)> = vec![
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

#[test]
fn a_phone_left_in_the_remarks() {
    let remark = |row: u32| match row % 97 {
        0 => format!("call back {}", 13_900_000_000_u64 + u64::from(mixed(row) % 99_999_999)),
        _ => "none".into(),
    };
    let told = Trap::new().with("remarks", remark, KEPT).refused("", "residual_patterns");
    assert!(told.contains("drop `remarks`: cells with an identifier fall from 31 "), "{told}");
    Trap::new().with("remarks", remark, "role = \"sensitive\"\ntreatment = \"drop\"").certified("");
}

#[test]
fn tokens_of_a_small_domain_betray_themselves_by_how_often_they_occur() {
    // of 24 wards each has a number of people of its own
    let ward = |row: u32| format!("ward-{}", (0..24).find(|n| mixed(row) % 300 < (n + 1) * (n + 2) / 2).unwrap_or(23));
    let token =
        "role = \"identifier\"\ntreatment = { token = { algorithm = \"hmac-sm3\", key = \"ephemeral\", length = 32 } }";
    Trap::new().with("ward", ward, token).refused("", "token_frequency");
    Trap::new().with("ward", ward, "role = \"identifier\"\ntreatment = \"drop\"").certified("");
}

#[test]
fn a_kept_key_restores() {
    let token = |key: &str| {
        let column = format!(
            "[columns.id]\nrole = \"identifier\"\ntreatment = {{ token = {{ algorithm = \"hmac-sm3\", key = {key}, length = 32 }} }}\n"
        );
        let mut trap = Trap::new();
        trap.pipeline = trap.pipeline.replace("[columns.id]\nrole = \"identifier\"\n", &column);
        trap
    };
    let kept = token("\"env:TUOMIN_TRAP_KEY\"").project("");
    let run =
        kept.command().args(["run", "p.toml", "--quiet"]).env("TUOMIN_TRAP_KEY", "00".repeat(32)).output().unwrap();
    let told = String::from_utf8(run.stderr).unwrap();
    assert_eq!(run.status.code(), Some(2), "{told}");
    assert!(told.contains("PIPL 73(3)") && told.contains("ephemeral"), "{told}");
    assert!(!kept.path("out").exists(), "not even a refusal: no data were opened");
    token("\"ephemeral\"").certified("");
}

#[test]
fn a_sequence_number_keeps_the_order() {
    // blocks of 30 rows: no value is rare
    let batch = |row: u32| (row / 30).to_string();
    let kept = "role = \"insensitive\"\ntype = \"integer\"\ntreatment = \"keep\"";
    let told = Trap::new().with("batch", batch, kept).refused("", "ordered_column");
    assert!(told.contains("generalize `batch` until each value has at least "), "{told}");
    Trap::new()
        .with("batch", batch, "role = \"insensitive\"\ntype = \"integer\"\ntreatment = { round = 50 }")
        .certified("");
}

#[test]
fn a_precise_reading_is_a_fingerprint() {
    let kwh = |row: u32| format!("{:.2}", f64::from(mixed(row ^ 77) % 60_000) / 100.0);
    let number = "role = \"sensitive\"\ntype = \"number\"\n";
    let told = Trap::new().with("kwh", kwh, &format!("{number}treatment = \"keep\"")).refused("", "near_unique_value");
    // the refusal computes what would help
    assert!(
        told.contains("records with a rare value fall from 3,000 to 0") || told.contains("round `kwh` to"),
        "{told}"
    );
    Trap::new().with("kwh", kwh, &format!("{number}treatment = {{ round = 200 }}")).certified("");
}

#[test]
fn a_time_of_day_is_one_persons() {
    let seen = |row: u32| {
        let at = mixed(row ^ 5);
        format!(
            "2024-{:02}-{:02} {:02}:{:02}:{:02}",
            1 + at % 12,
            1 + at / 12 % 28,
            at / 336 % 24,
            at / 8064 % 60,
            at / 483_840 % 60
        )
    };
    Trap::new().with("seen", seen, "role = \"insensitive\"\ntreatment = \"keep\"").refused("", "near_unique_value");
    let month = "role = \"insensitive\"\nhierarchy = { prefix = [7] }\ntreatment = { generalize = { level = 1 } }";
    Trap::new().with("seen", seen, month).certified("");
}

#[test]
fn two_harmless_columns_name_a_person_together() {
    let first = |row: u32| format!("a{}", mixed(row) / 7 % 50);
    let second = |row: u32| format!("b{}", mixed(row ^ 0x5555) / 7 % 50);
    let kept = "role = \"insensitive\"\ntreatment = \"keep\"";
    Trap::new().with("colour", first, kept).with("shape", second, kept).refused("", "relink_subsets");
    let dropped = "role = \"insensitive\"\ntreatment = \"drop\"";
    Trap::new()
        .with("colour", |row| format!("a{}", mixed(row) / 7 % 5), kept)
        .with("shape", second, dropped)
        .certified("");
}

#[test]
fn a_class_of_one_illness_gives_it_away() {
    let illness = |row: u32| {
        let (age, hexi) = (20 + mixed(row) % 60, mixed(row) / 64 % 3 == 1);
        match (age / 10, hexi) {
            (3, true) => "HIV".into(),
            _ => ["flu", "cough", "fever", "cold"][(mixed(row ^ 9) % 4) as usize].to_owned(),
        }
    };
    let told = Trap::new().with("illness", illness, KEPT).refused("", "homogeneity");
    assert!(told.contains("ask for distinct `l_diversity` of 2 on `illness`, which withholds "), "{told}");
    let diverse = "suppression_limit = 0.2\nl_diversity = [{ column = \"illness\", kind = \"distinct\", l = 2.0 }]";
    Trap::new().with("illness", illness, KEPT).certified(diverse);
}

#[test]
fn a_rare_diagnosis_is_known_to_be_somebodys() {
    let diagnosis = |row: u32| if row % 1000 == 7 { "E75.2".into() } else { format!("J0{}.9", mixed(row ^ 3) % 6) };
    Trap::new().with("diagnosis", diagnosis, KEPT).refused("", "near_unique_value");
    let chapter =
        "role = \"sensitive\"\nhierarchy = { table = \"chapters.csv\" }\ntreatment = { generalize = { level = 1 } }";
    let trap = Trap::new().with("diagnosis", diagnosis, chapter);
    let project = trap.project("");
    let respiratory: String = (0..6).map(|n| format!("J0{n}.9,illness,*\n")).collect();
    fs::write(project.path("chapters.csv"), format!("E75.2,illness,*\n{respiratory}")).unwrap();
    let run = run(&project);
    assert_eq!(run.code, 0, "{}", run.err);
}

#[test]
fn a_masked_number_is_still_one_persons() {
    let number = |row: u32| {
        format!("{:06}199{:07}{:02}", 120_101 + mixed(row) % 15, mixed(row ^ 1) % 9_999_999, mixed(row ^ 2) % 99)
    };
    let masked = |first: u32, last: u32| {
        format!("role = \"insensitive\"\ntreatment = {{ mask = {{ keep_first = {first}, keep_last = {last} }} }}")
    };
    Trap::new().with("number", number, &masked(6, 4)).refused("", "near_unique_value");
    Trap::new().with("number", number, &masked(2, 0)).certified("");
}

#[test]
fn a_level_that_renames_hides_nothing() {
    let grade = |row: u32| format!("g{}", mixed(row) / 3 % 4);
    let column = "role = \"quasi\"\nhierarchy = { table = \"grades.csv\" }\nlevels = { finest = 1, coarsest = 1 }";
    let project = |table: &str| {
        let project = Trap::new().with("grade", grade, column).project("suppression_limit = 0.05");
        fs::write(project.path("grades.csv"), table).unwrap();
        project
    };
    let renamed = project("g0,one,*\ng1,two,*\ng2,three,*\ng3,four,*\n");
    assert_eq!(run(&renamed).code, 3);
    assert!(refusal(&renamed).contains("\"one_to_one_columns\""));
    let grouped = project("g0,low,*\ng1,low,*\ng2,high,*\ng3,high,*\n");
    let run = run(&grouped);
    assert_eq!(run.code, 0, "{}", run.err);
}

#[test]
fn a_second_release_shows_who_came() {
    let trap = Trap::new();
    let project = trap.project("");
    assert_eq!(run(&project).code, 0);
    // the same people again: nothing is learnt
    let again = run(&project);
    assert_eq!(again.code, 0, "{}", again.err);
    // one person more
    fs::write(project.path("d.csv"), trap.csv(0..ROWS + 1)).unwrap();
    assert_eq!(run(&project).code, 3);
    let refusal = refusal(&project);
    assert!(refusal.contains("\"earlier_differences\""));
    assert!(
        refusal.contains("withhold 1 of ") && refusal.contains("classes that changed by few fall from 1 "),
        "{refusal}"
    );
}
