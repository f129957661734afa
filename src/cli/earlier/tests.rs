use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use base64::Engine as _;
use tempfile::TempDir;

use super::*;
use crate::cli::meaning::Meaning;
use crate::cli::progress::Progress;
use crate::cli::run::{Options, run};
use crate::engine::RowHasher;
use crate::release::keys::SigningPair;
use crate::release::keystore;
use crate::release::measure::{Question, measure};
use crate::release::parquet::Part;
use crate::secret::{Secret, stream};
use crate::spec::HierarchySpec;
use crate::table::Domain;
use crate::table::tally::Memory;

const IDS_OF_ALL: [&str; 4] =
    ["earlier_differences", "earlier_intersections", "earlier_sensitive", "token_reuse_releases"];

/// A folder with a pipeline on people with an age, a city and a note.
struct Project(TempDir);

/// Age, city, note.
type Person = (u32, &'static str, u32);

/// 40 of each decade from 20 to 59 in each city, with four notes.
fn people() -> Vec<Person> {
    (0..320).map(|i| (20 + i % 40, ["Heping", "Hexi"][(i / 160) as usize], i / 40 % 4)).collect()
}

impl Project {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pair = SigningPair::generate(&mut stream(&Secret::new([5; 32]), "signing key", 0));
        keystore::write_pair(&pair, &folder.path().join("k.pem"), &folder.path().join("k.pub.pem")).unwrap();
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Releases these people, ages at `level` of bands of 10 and 20 years, into `out`; gives the folder.
    fn release(&self, out: &str, people: &[Person], level: usize, city: &str) -> PathBuf {
        let mut csv = String::from("id,age,city,note\n");
        for (id, (age, place, note)) in people.iter().enumerate() {
            writeln!(csv, "A{id},{age},{place},{note}").unwrap();
        }
        fs::write(self.path("d.csv"), csv).unwrap();
        let pipeline = format!(
            r#"name = "test"
purpose = "trade"
claim = "deidentified"
rules = "cn-gbt42460-2023"
context = "enclave"
[declaration]
source_basis = "tests"
provider = "tests"
recipient = "tests"
use = "tests"
[release]
signing_key = "file:k.pem"
[source]
path = "d.csv"
subject = "id"
[privacy]
k = 5
l_diversity = [{{ column = "note", kind = "distinct", l = 2 }}]
[columns.id]
role = "identifier"
treatment = {{ token = {{ algorithm = "hmac-sha256", key = "ephemeral", length = 32 }} }}
[columns.age]
role = "quasi"
type = "integer"
hierarchy = {{ interval = {{ widths = [10, 20] }} }}
levels = {{ finest = {level}, coarsest = {level} }}
[columns.city]
{city}
[columns.note]
role = "sensitive"
treatment = "keep"
"#
        );
        fs::write(self.path("p.toml"), pipeline).unwrap();
        let (out, meaning) = (self.path(out), Meaning::default());
        let options =
            Options { out: &out, meaning: &meaning, again: true, engine: &crate::engine::Engine::Local, temp: None };
        let done = run(&self.path("p.toml"), &options, &Progress::new("p.toml", true));
        done.unwrap_or_else(|error| panic!("{}", error.render(false))).folder.unwrap()
    }

    /// Attacks a release with the earlier ones in `out`.
    fn attack(&self, out: &str, release: &Path) -> Vec<AttackOutcome> {
        let known = || vec![ages(), cities()];
        attack(&self.path(out).join("test"), release, None, &known)
    }
}

const CITY: &str = "role = \"quasi\"";

fn ages() -> Known {
    let values = (20..60).map(|age: u32| Some(age.to_string())).collect();
    let spec = HierarchySpec::Interval { widths: vec![10.0, 20.0], origin: 0.0, bottom: None, top: None };
    Known::new(Domain::sorted("age", values).0, spec, None, [])
}

fn cities() -> Known {
    let values = ["Heping", "Hexi"].map(|city| Some(city.to_owned())).to_vec();
    Known::new(Domain::sorted("city", values).0, HierarchySpec::Suppress, None, [])
}

fn attack(folder: &Path, release: &Path, id: Option<&str>, known: &dyn Fn() -> Vec<Known>) -> Vec<AttackOutcome> {
    let text = fs::read(release.join("certificate.json")).unwrap();
    let envelope: serde_json::Value = serde_json::from_slice(&text).unwrap();
    let payload = base64::engine::general_purpose::STANDARD.decode(envelope["payload"].as_str().unwrap()).unwrap();
    let statement: serde_json::Value = serde_json::from_slice(&payload).unwrap();
    let conditions: Conditions = serde_json::from_value(statement["predicate"]["conditions"].clone()).unwrap();
    let files = vec![release.join("data/part-00000.parquet")];
    let schema = Part::open(&files[0], None).unwrap().schema().clone();
    let tokens = conditions.tokens.iter().map(|name| (name.clone(), schema.index_of(name).unwrap()));
    let mut tokens = Tokens::new(&RowHasher::default(), tokens);
    let sensitive = conditions.sensitive();
    let subject = conditions.subject_token.as_deref();
    let question = Question { quasi: &conditions.quasi, sensitive: &sensitive, subject, key: None };
    let parts = crate::engine::parts(question.columns(), subject.is_some(), &Memory::spill, &Secret::new([1; 32]));
    let workers = parts.unwrap().into_iter().map(|part| (part, tokens.twin())).collect();
    let Ok((measured, seen)) = measure(&files, &question, workers) else { panic!("own files") };
    seen.into_iter().for_each(|part| tokens.merge(part));
    let own = Own {
        release: id,
        measured: &measured,
        conditions: &conditions,
        known,
        tokens: &tokens,
        spills: &Memory::spill,
        key: None,
    };
    attacks(folder, &own).unwrap()
}

fn ids(outcomes: &[AttackOutcome]) -> Vec<&str> {
    outcomes.iter().map(|outcome| outcome.id.as_str()).collect()
}

fn counts(outcome: &AttackOutcome) -> (u64, u64, Option<u64>) {
    (outcome.successes, outcome.trials, outcome.subjects_at_risk)
}

#[test]
fn the_same_people_again_show_nothing_and_one_more_shows() {
    let project = Project::new();
    let first = project.release("out", &people(), 1, CITY);
    let nothing = attack(first.parent().unwrap(), &first, first.file_name().unwrap().to_str(), &Vec::new);
    assert_eq!(ids(&nothing), IDS_OF_ALL, "the release itself is no earlier one");
    assert!(nothing.iter().all(|outcome| outcome.nothing_there && outcome.risk == 0.0));
    assert!(project.attack("none", &first)[0].nothing_there, "no ledger");

    let same = project.release("again", &people(), 1, CITY);
    let found = project.attack("out", &same);
    assert_eq!(ids(&found), IDS_OF_ALL);
    assert_eq!(counts(&found[0]), (0, 8, Some(0)));
    assert_eq!((found[1].successes, found[2].successes, found[3].successes), (0, 0, 0), "{found:?}");
    assert!(found[1].trials > 0 && found[2].trials > 0 && found[3].trials == 320, "{found:?}");
    assert_eq!(
        (&found[2].columns[..], &found[3].columns[..]),
        (&["age", "city", "note"].map(String::from)[..], &["id".to_owned()][..])
    );

    let one_more: Vec<Person> = people().into_iter().chain([(33, "Hexi", 0)]).collect();
    let found = project.attack("out", &project.release("more", &one_more, 1, CITY));
    assert_eq!(counts(&found[0]), (1, 8, Some(1)), "the class that grew by one");
    // tokens die with the release; a release beside itself has them all
    let found = project.attack("out", &first);
    assert_eq!(counts(&found[3]), (320, 320, Some(320)));
}

#[test]
fn one_who_left_shows_in_coarser_classes_and_other_columns() {
    let project = Project::new();
    project.release("out", &people(), 1, CITY);
    let fewer = &people()[1..];
    let found = project.attack("out", &project.release("coarse", fewer, 2, CITY));
    assert_eq!(counts(&found[0]), (1, 4, Some(1)), "bands of 20 years are unions of those of 10");
    // the earlier release has no cities: compared by age alone
    project.release("ages", &people(), 1, "role = \"insensitive\"\ntreatment = \"drop\"");
    let found = project.attack("ages", &project.release("fewer", fewer, 1, CITY));
    assert_eq!((counts(&found[0]), &found[0].columns[..]), ((1, 4, Some(1)), &["age".to_owned()][..]));
}

#[test]
fn labels_that_nobody_explains_count_as_hit() {
    let project = Project::new();
    project.release("out", &people(), 1, CITY);
    let new = project.release("again", &people(), 1, CITY);
    let folder = project.path("out").join("test");
    // the present hierarchy is one of texts
    let texts = || {
        let values = ["young", "old"].map(|age| Some(age.to_owned())).to_vec();
        vec![Known::new(Domain::sorted("age", values).0, HierarchySpec::Suppress, None, []), cities()]
    };
    let found = attack(&folder, &new, None, &texts);
    for outcome in &found[..3] {
        assert!(outcome.successes >= 8 && outcome.risk > 0.4, "{outcome:?}");
        assert!(outcome.advice.as_ref().unwrap().contains("`age`"));
    }
    assert_eq!(found[3].successes, 0);
}

#[test]
fn a_release_that_is_gone_or_changed_is_never_passed_over() {
    let project = Project::new();
    let old = project.release("out", &people(), 1, CITY);
    let new = project.release("again", &people(), 1, CITY);
    let untried = |why: &str| {
        let found = project.attack("out", &new);
        assert_eq!(ids(&found), IDS_OF_ALL);
        for outcome in found {
            assert_eq!((outcome.trials, outcome.risk, outcome.attempted()), (0, 1.0, false), "{why}");
            let advice = outcome.advice.unwrap();
            assert!(advice.contains(why) && !advice.contains(project.0.path().to_str().unwrap()), "{advice}");
        }
    };
    let file = old.join("data/part-00000.parquet");
    let bytes = fs::read(&file).unwrap();
    let mut changed = bytes.clone();
    changed[40] ^= 1;
    fs::write(&file, changed).unwrap();
    untried("as it was (");
    fs::copy(new.join("data/part-00000.parquet"), &file).unwrap();
    untried("not those that were certified");
    fs::remove_file(&file).unwrap();
    untried("cannot be opened");
    fs::write(&file, bytes).unwrap();
    assert_eq!(project.attack("out", &new)[0].trials, 8);
    let certificate = fs::read(old.join("certificate.json")).unwrap();
    fs::copy(new.join("certificate.json"), old.join("certificate.json")).unwrap();
    untried("ledger");
    fs::write(old.join("certificate.json"), certificate).unwrap();
    fs::rename(&old, old.with_extension("moved")).unwrap();
    untried("cannot be read");
}

#[test]
fn only_releases_of_this_dataset_count() {
    use crate::release::ledger::{Event, Ledger};
    let project = Project::new();
    let old = project.release("out", &people(), 1, CITY);
    let folder = project.path("out").join("test");
    let mut ledger = Ledger::open(&project.path("out/ledger.jsonl")).unwrap();
    let refused = Event::Refused { release: "r".into(), name: "test".into(), reasons: Vec::new() };
    ledger.append("t", refused).unwrap();
    let statement = "00".repeat(32);
    let other = Event::Released { release: "x".into(), name: "other".into(), statement, origin: None };
    ledger.append("t", other).unwrap();
    drop(ledger);
    let newest = Noted::newest(&folder, None).unwrap().unwrap();
    assert_eq!(Some(newest.release.as_str()), old.file_name().unwrap().to_str());
    assert!(Noted::newest(&project.path("out/third"), None).unwrap().is_none());
    let ledger = project.path("out/ledger.jsonl");
    let text = fs::read_to_string(&ledger).unwrap();
    fs::write(&ledger, text.replace("\"other\"", "\"test\"")).unwrap();
    assert!(matches!(Noted::newest(&folder, None), Err(Error::Verification(_))), "a forged ledger");
}
