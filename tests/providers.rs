//! A pipeline for every kind of provider that the regulation names: each is run with the built binary, verified, and its
//! release held against its source by plain counting.
#![expect(clippy::unwrap_used, reason = "a test may stop")]

mod common;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::DataType;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;
use tuomin::sample;
use tuomin::spec::{self, Claim, ColumnSpec, Pipeline, RecodingKind, Role, TreatmentSpec};

use common::{Project, Run};

/// The pipelines, with the rows of their samples.
const PROVIDERS: [(&str, u64); 11] = [
    ("residential_electricity", 20_000),
    ("enterprise_registration", 20_000),
    ("hospital_visits", 20_000),
    ("residential_water", 8_184),
    ("residential_gas", 8_136),
    ("district_heating", 8_190),
    ("transit_cards", 7_904),
    ("school_enrolment", 4_800),
    ("elderly_care", 4_066),
    ("online_orders", 4_089),
    ("employment_insurance", 8_190),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines")
}

fn text(name: &str) -> String {
    fs::read_to_string(folder().join(format!("{name}.toml"))).unwrap()
}

fn parsed(name: &str) -> Pipeline {
    spec::parse(&text(name), &spec::embedded_rules()).unwrap()
}

/// All cells of a table as texts, by column.
type Table = BTreeMap<String, Vec<Option<String>>>;

fn cells(batches: &[RecordBatch]) -> Table {
    let mut table = Table::new();
    for batch in batches {
        for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
            let column = arrow::compute::cast(column, &DataType::Utf8).unwrap();
            let texts = column.as_string::<i32>().iter().map(|cell| cell.map(str::to_owned));
            table.entry(field.name().clone()).or_default().extend(texts);
        }
    }
    table
}

/// A certified release, and what it was made from.
struct Release {
    name: &'static str,
    pipeline: Pipeline,
    source: Table,
    released: Table,
    report: Value,
}

impl Release {
    /// Runs the pipeline and verifies the release.
    fn new(name: &'static str, rows: u64) -> Self {
        let (project, pipeline) = (Project::new(""), parsed(name));
        let run = project.tuomin(&["run", folder().join(format!("{name}.toml")).to_str().unwrap(), "--quiet"]);
        assert_eq!(run.code, 0, "{name}: {}{}", run.out, run.err);
        let release = project.release(&pipeline.name);
        let verified = project.tuomin(&["verify", release.to_str().unwrap(), "--ledger", "out/ledger.jsonl"]);
        assert_eq!(verified.code, 0, "{name}: {}", verified.err);
        let parts = fs::read_dir(release.join("data")).unwrap().map(|part| File::open(part.unwrap().path()).unwrap());
        let batches = parts.flat_map(|part| ParquetRecordBatchReaderBuilder::try_new(part).unwrap().build().unwrap());
        let released = cells(&batches.map(Result::unwrap).collect::<Vec<_>>());
        let report = serde_json::from_str(&fs::read_to_string(release.join("report.json")).unwrap()).unwrap();
        let source = cells(&[sample::batch(name, 2025, 0..rows).unwrap()]);
        Self { name, pipeline, source, released, report }
    }

    fn records(&self) -> usize {
        self.released.values().next().unwrap().len()
    }

    fn columns(&self, role: Role) -> impl Iterator<Item = &ColumnSpec> {
        let released = move |column: &&ColumnSpec| column.role == role && self.released.contains_key(&column.name);
        self.pipeline.columns.iter().filter(released)
    }

    /// The subject of each record: its token, or the record itself.
    fn subjects(&self) -> Vec<String> {
        let token = |column: &ColumnSpec| matches!(column.treatment, TreatmentSpec::Token { .. });
        match self.columns(Role::Identifier).find(|column| token(column)) {
            Some(column) => self.released[&column.name].iter().map(|cell| cell.clone().unwrap()).collect(),
            None => (0..self.records()).map(|row| row.to_string()).collect(),
        }
    }

    /// The subjects of each combination of values of these columns.
    fn classes(&self, columns: &[&str]) -> BTreeMap<Vec<Option<&str>>, BTreeSet<String>> {
        let mut classes: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
        for (row, subject) in self.subjects().into_iter().enumerate() {
            let class = columns.iter().map(|column| self.released[*column][row].as_deref()).collect::<Vec<_>>();
            classes.entry(class).or_default().insert(subject);
        }
        classes
    }

    /// The claim is the one that the pipeline asks for, under every condition, with little withheld.
    fn is_certified_as_asked(&self) {
        let claim = if self.pipeline.claim == Claim::Anonymized { "anonymized" } else { "deidentified" };
        assert_eq!((&self.report["verdict"], &self.report["claim"]), (&"certified".into(), &claim.into()));
        for list in ["measures", "attacks"] {
            for told in self.report[list].as_array().unwrap() {
                assert_ne!(told["met"], Value::Bool(false), "{}: {told}", self.name);
            }
        }
        let source = self.source.values().next().unwrap().len();
        assert!(self.records() * 100 >= source * 95, "{}: {} of {source} records", self.name, self.records());
    }

    /// k counted from the files alone, as a stranger would.
    fn keeps_k(&self) {
        let quasi: Vec<&str> = self.columns(Role::Quasi).map(|column| column.name.as_str()).collect();
        assert!(quasi.len() >= 2, "{}: {quasi:?}", self.name);
        let classes = self.classes(&quasi);
        let k = classes.values().map(BTreeSet::len).min().unwrap() as u64;
        assert!(k >= self.pipeline.privacy.k, "{}: {k}", self.name);
        assert!(classes.len() >= 15, "{}: no more than {} classes", self.name, classes.len());
    }

    /// No identifier of the source stands in a cell, alone or inside a text; blanks around it do not hide it.
    fn holds_no_identifier(&self) {
        let identifiers = self.pipeline.columns.iter().filter(|column| column.role == Role::Identifier);
        let raw: HashSet<&str> =
            identifiers.flat_map(|column| self.source[&column.name].iter().flatten()).map(|cell| cell.trim()).collect();
        assert!(raw.len() > 1_000);
        let mut cells = BTreeSet::new();
        self.released.values().flatten().flatten().for_each(|cell| {
            cells.insert(cell.as_str());
        });
        for cell in cells {
            assert!(!raw.contains(cell.trim()), "{}: a cell is an identifier", self.name);
            let token = cell.len() == 32 && cell.bytes().all(|byte| byte.is_ascii_hexdigit());
            let digits = cell.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0);
            assert!(token || digits < 9, "{}: a cell holds a long number", self.name);
        }
        for column in self.columns(Role::Identifier) {
            let distinct = |table: &Table| table[&column.name].iter().flatten().cloned().collect::<HashSet<_>>();
            assert!(distinct(&self.source).is_disjoint(&distinct(&self.released)));
        }
    }

    /// Free text, and what only few have, is not there; where the claim is `anonymized`, each value is shared by k.
    fn traps_are_gone(&self, absent: &[&str]) {
        let subjects_of = |column: &str| self.classes(&[column]);
        for column in self.pipeline.columns.iter().filter(|column| column.role != Role::Identifier) {
            let Some(cells) = self.released.get(&column.name) else { continue };
            // the search gives up the year of hospital stays for ages and districts
            let given_up = (self.name, column.name.as_str()) == ("hospital_visits", "入院日期");
            let values = cells.iter().collect::<HashSet<_>>().len();
            assert!(given_up || values >= 2, "{}: `{}` says nothing", self.name, column.name);
            if self.pipeline.claim == Claim::Anonymized {
                let least = subjects_of(&column.name).values().map(BTreeSet::len).min().unwrap() as u64;
                assert!(least >= self.pipeline.privacy.k, "{}: `{}` has a rare value", self.name, column.name);
            }
        }
        for value in absent {
            let there = |cells: &[Option<String>]| cells.iter().flatten().any(|cell| cell.contains(value));
            assert!(self.source.values().any(|cells| there(cells)), "{}: the sample has no {value}", self.name);
            // tokens are left out: four hex digits are in one of them by chance
            let mut readable = self.pipeline.columns.iter().filter(|column| column.role != Role::Identifier);
            let released = readable.any(|column| self.released.get(&column.name).is_some_and(|cells| there(cells)));
            assert!(!released, "{}: {value} is released", self.name);
        }
    }

    /// The risk of an attack on the written files.
    fn risk(&self, attack: &str) -> f64 {
        let attacks = self.report["attacks"].as_array().unwrap();
        attacks.iter().find(|told| told["id"] == attack).unwrap()["risk"].as_f64().unwrap()
    }
}

fn holds(name: &'static str, absent: &[&str]) -> Release {
    let rows = PROVIDERS.iter().find(|provider| provider.0 == name).unwrap().1;
    let release = Release::new(name, rows);
    release.is_certified_as_asked();
    release.keeps_k();
    release.holds_no_identifier();
    release.traps_are_gone(absent);
    release
}

#[test]
fn every_pipeline_of_the_folder_is_tested_here() {
    let files = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let stems = files.filter(|path| path.extension().is_some_and(|ending| ending == "toml"));
    let found: BTreeSet<String> = stems.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(found, PROVIDERS.iter().map(|provider| provider.0.to_owned()).collect());
    assert_eq!(found, sample::NAMES.iter().map(|&name| name.to_owned()).collect());
}

#[test]
fn the_pipelines_show_every_recoding_purpose_and_model() {
    let all: Vec<Pipeline> = PROVIDERS.iter().map(|provider| parsed(provider.0)).collect();
    use RecodingKind::{Cells, Global, Local, Microaggregation};
    for recoding in [Global, Local, Cells, Microaggregation] {
        assert!(all.iter().any(|pipeline| pipeline.privacy.recoding == recoding), "{recoding:?}");
    }
    let texts: String = PROVIDERS.iter().map(|provider| text(provider.0)).collect();
    let purposes = ["\"share\"", "\"open\"", "\"trade\""].map(|purpose| format!("purpose = {purpose}"));
    let models = ["l_diversity", "t_closeness", "alpha_k", "beta_likeness"].map(str::to_owned);
    for key in purposes.into_iter().chain(models) {
        assert!(texts.contains(&key), "{key}");
    }
    // article 10: what is shared or opened has an entry in a catalogue; the parser asks for it, trade gives it too
    assert_eq!(texts.matches("\n[catalog]").count(), PROVIDERS.len());
    assert_eq!(texts.matches("\n[declaration]").count(), PROVIDERS.len());
}

#[test]
fn electricity() {
    holds("residential_electricity", &["联系人", "电话", "号楼"]);
}

#[test]
fn enterprises() {
    holds("enterprise_registration", &["有限公司", "大厦"]);
}

#[test]
fn hospital() {
    let release = holds("hospital_visits", &["家属", "电话", "新生儿科"]);
    // the catalogue promises the groups of districts, and no year: that is given up
    let values = |column: &str| release.released[column].iter().collect::<HashSet<_>>().len();
    assert_eq!((values("入院日期"), values("区")), (1, 4));
    let catalog = release.pipeline.catalog.as_ref().unwrap();
    assert!(catalog.summary.contains("片区") && !catalog.summary.contains("年份"));
}

#[test]
fn water() {
    let release = holds("residential_water", &["WM12", "号楼", "联系人", "社区", "低保优惠", "估抄"]);
    assert_eq!(release.released["用水量"].iter().collect::<HashSet<_>>().len(), 4, "bands, and no burst pipe");
    assert!(release.risk("trail_unicity_4") <= 0.09);
}

#[test]
fn gas() {
    let release = holds("residential_gas", &["GM", "号楼", "厨房住人", "私自改管", "社区", "2024-"]);
    // the quarters of an account stay together
    let accounts: HashSet<String> = release.subjects().into_iter().collect();
    assert!(accounts.len() > 2_000 && accounts.len() * 3 < release.records());
}

#[test]
fn heating() {
    let release = holds("district_heating", &["换热站", "号楼", "H9", "顶层"]);
    assert!(release.risk("trail_unicity_3") <= 0.1, "of those with three seasons few are alone");
    // nobody has a fourth season: what could not be tried did not pass
    let told = release.report["attacks"].as_array().unwrap().iter().find(|told| told["id"] == "trail_unicity_4");
    let told = told.unwrap();
    assert!(told["trials"] == 0 && told["not_asked"].as_u64() > Some(0), "{told}");
    assert!(told["met"].is_null() && told["limit"].is_null(), "{told}");
    assert!(told["en"].as_str().unwrap().starts_with("Not tried, and not judged"), "{told}");
    // intervals are true of homes: each holds areas of the source
    let areas = &release.released["建筑面积"];
    assert!(areas.iter().flatten().all(|area| area.starts_with('[')), "no single area is released");
}

#[test]
fn transit() {
    let release = holds("transit_cards", &["310483", "津A", "站", "夜间2路", "爱心卡"]);
    let days: HashSet<_> = release.released["交易日期"].iter().flatten().collect();
    assert_eq!(days.len(), 7, "loads by the day");
    assert!(release.risk("trail_unicity_4") <= 0.05, "with room below the limit of 9 %");
    assert!(!release.released.contains_key("卡内余额"));
}

#[test]
fn school() {
    let release = holds("school_enrolment", &["G12", "第1小学", "鄂伦春族", "孤独症", "孤儿", "家属", "号楼"]);
    let districts = &release.released["区"];
    let hidden = districts.iter().filter(|district| district.as_deref() == Some("*")).count();
    assert!(hidden * 10 < districts.len(), "districts stay, but in rare records");
}

#[test]
fn care() {
    let release = holds("elderly_care", &["临终关怀", "压疮护理", "完全失能", "养老服务中心", "抑郁症", "家属"]);
    let ages: BTreeSet<_> = release.released["年龄"].iter().flatten().collect();
    assert!(ages.iter().all(|age| !age.contains("100")), "nobody is told to be a hundred: {ages:?}");
}

#[test]
fn orders() {
    let release = holds("online_orders", &["成人用品", "非处方药", "SKU", "863", "60.2", "diamond", "号楼", "YT"]);
    assert!(release.risk("trail_unicity_4") <= 0.09);
}

#[test]
fn employment() {
    let release = holds("employment_insurance", &["有限公司", "被开除", "出国定居", "博士", "6217"]);
    let divisions: HashSet<_> = release.released["行业大类"].iter().flatten().collect();
    assert!(divisions.len() >= 10, "industries stay apart: {divisions:?}");
}

/// Runs a changed pipeline on its sample.
fn changed(name: &str, change: impl Fn(String) -> String) -> (Run, String) {
    let project = Project::new("");
    let whole = |text: String| {
        let root = env!("CARGO_MANIFEST_DIR");
        text.replace("../sample_data", &format!("{root}/sample_data"))
            .replace("\"hierarchies/", &format!("\"{root}/pipelines/hierarchies/"))
    };
    let (before, after) = (text(name), change(text(name)));
    assert_ne!(before, after, "nothing was changed");
    fs::write(project.path("p.toml"), whole(after)).unwrap();
    let run = project.tuomin(&["run", "p.toml", "--quiet"]);
    let releases = fs::read_dir(project.path("out").join(parsed(name).name)).unwrap();
    let refusals = releases.map(|release| fs::read_to_string(release.unwrap().path().join("refusal.json")));
    let refusal = refusals.filter_map(Result::ok).collect();
    (run, refusal)
}

#[test]
fn hours_or_no_token_of_a_card_are_refused_as_the_pipeline_says() {
    let hours = |text: String| text.replacen("levels    = { finest = 2 }", "levels    = { coarsest = 0 }", 1);
    let (run, refusal) = changed("transit_cards", |text| hours(text).replace("k = 40", "k = 2"));
    assert_eq!(run.code, 3, "{}{}", run.out, run.err);
    assert!(refusal.contains("\"trail_unicity_4\""), "{refusal}");
    let token = "treatment = { token = { algorithm = \"hmac-sm3\", key = \"ephemeral\", length = 32 } }";
    let (run, refusal) = changed("transit_cards", |text| text.replace(token, "treatment = \"drop\""));
    assert_eq!(run.code, 3, "{}{}", run.out, run.err);
    assert!(refusal.contains("\"subjects_not_countable\""), "{refusal}");
}

#[test]
fn months_of_water_and_anonymous_gas_are_refused_as_the_pipelines_say() {
    let (run, refusal) = changed("residential_water", |text| text.replace("finest = 2, coarsest = 2", "coarsest = 1"));
    assert_eq!(run.code, 3, "{}{}", run.out, run.err);
    assert!(refusal.contains("\"trail_unicity_4\""), "{refusal}");
    let (run, refusal) = changed("residential_gas", |text| text.replace("= \"deidentified\"", "= \"anonymized\""));
    assert_eq!(run.code, 3, "{}{}", run.out, run.err);
    assert!(refusal.contains("\"trail_unicity_4\""), "{refusal}");
}

#[test]
fn free_text_of_any_provider_is_caught_when_it_is_kept() {
    let notes = [
        ("residential_water", "抄表备注"),
        ("elderly_care", "服务记录"),
        ("online_orders", "review"),
        ("school_enrolment", "备注"),
    ];
    for (name, column) in notes {
        let (run, refusal) = changed(name, |text| {
            let header =
                if column.is_ascii() { format!("[columns.{column}]") } else { format!("[columns.\"{column}\"]") };
            let (before, after) = text.split_once(&header).unwrap();
            format!("{before}{header}{}", after.replacen("treatment = \"drop\"", "treatment = \"keep\"", 1))
        });
        assert_eq!(run.code, 3, "{name}: {}{}", run.out, run.err);
        assert!(refusal.contains("\"residual_patterns\""), "{name}: {refusal}");
    }
}
