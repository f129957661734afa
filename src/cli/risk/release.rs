//! `tuomin risk --release DIR --source PIPELINE`: every attack again, on a release that stands, with its source in hand.
//!
//! The recoding is found again from source and pipeline file, and must give the classes that the release has. Draws died
//! with the run: columns of noise, of shifted dates, of exchanged cells and of tokens are attacked as they stand, by
//! nothing that would have to be drawn again.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cli::attacks::{Attacks, Given, Published, SAMPLED_ROWS, repeatable};
use crate::cli::meaning::Meaning;
use crate::cli::prepare::{self, random_secret};
use crate::cli::recode::{self, Asked};
use crate::cli::{certify, counting, evidence, run, verify};
use crate::engine::{self, Engine, OrderSample, RowHasher, RowSample};
use crate::error::{Error, Place, Refusal, Result};
use crate::release::certificate::{Statement, stated};
use crate::risk::order::row_order;
use crate::risk::{self, AttackOutcome, Measure, figure};
use crate::table::tally::Memory;

/// What the attacks on a release came to.
#[derive(Debug, Serialize)]
pub struct Attacked {
    pub release: String,
    pub name: String,
    pub attacks: Vec<AttackOutcome>,
    /// Whether the order of the rows follows the source, by the columns that another run gives again.
    pub order: Vec<Measure>,
    /// Why the release would be refused today; absent where it would not.
    pub refusal: Option<Refusal>,
}

/// Verifies a release, then attacks it; `key` as for `verify`.
///
/// # Errors
/// Those of `verify`; a pipeline file or a source that the release was not made of; a release of drawn subjects, or one
/// whose files are encrypted.
pub fn attack(folder: &Path, pipeline: &Path, meaning: &Meaning, key: Option<&Path>) -> Result<Attacked> {
    let prepared = prepare::read(pipeline, meaning)?;
    if prepared.pipeline.privacy.sampling.is_some() {
        return Err(Error::Usage {
            message: "this pipeline draws the subjects that it releases, and nobody has the draw any more".into(),
            help: Some("such a release is attacked by its own run: the outcomes stand in its certificate".into()),
        });
    }
    if prepared.pipeline.encryption.is_some() {
        return Err(Error::Usage {
            message: "the files of this release are encrypted for their recipient".into(),
            help: Some("such a release is attacked by its own run: the outcomes stand in its certificate".into()),
        });
    }
    let verified = verify::verify(folder, key, None)?;
    let folder = std::fs::canonicalize(folder).map_err(|source| unread(folder, Some(source)))?;
    let (certificate, statement) = certified(&folder)?;
    let predicate = &statement.predicate;
    if predicate.pipeline != prepared.digest {
        return Err(Error::Usage {
            message: "the release was made by another pipeline file, or by this one before it was changed".into(),
            help: Some("give the file, `--set` and `--as-of` as they were: the certificate has the digest".into()),
        });
    }
    let source = counting::open(&Engine::Local, &prepared, &std::env::temp_dir())?;
    let digest = certify::source_digest(&source);
    let mut recipe = counting::recipe(&Engine::Local, &prepared, &source, &verified.release, &Memory::spill)?;
    let counts = counting::count(&Engine::Local, &prepared, &source, &recipe, &Memory::spill)?;
    if digest.join().map_err(|_| Error::Internal("a worker panicked".into()))?? != predicate.source_sha256 {
        return Err(Error::Input {
            message: "the source is not the one that the release was made of".into(),
            place: Some(Place { path: source.origin(0), ..Place::default() }),
            help: Some("the certificate has the digest of its files".into()),
        });
    }
    let other = |_| Error::Verification(vec!["its classes are not those that source and pipeline give".into()]);
    let chosen = recode::choose(&prepared, &counts, &Asked::new(&prepared, &counts)?).map_err(other)?;
    let recoded = chosen.recoded(&counts.hierarchies);
    counting::swap(&prepared, &source, &counts.table, recoded, &mut recipe)?;
    let plan = run::plan(&prepared, &counts.table, recoded, &recipe)?;
    let conditions = evidence::conditions(&prepared.pipeline, &plan, &counts.trees);

    let kept = counts.table.total_records() - chosen.suppressed_records();
    let again = repeatable(&plan);
    let order = OrderSample::new(RowHasher::default(), kept);
    let picked = RowSample::new(random_secret()?, SAMPLED_ROWS, kept);
    let (order, sampled) = engine::sampled(&source, &plan, &again, &order, picked)?;
    let files: Vec<PathBuf> = predicate.logical.iter().map(|file| folder.join(&file.name)).collect();
    let suspicions = evidence::suspicions(&prepared.pipeline, &plan);
    let given = Given {
        prepared: &prepared,
        source: &source,
        plan: &plan,
        suspicions: &suspicions,
        conditions: &conditions,
        sampled: &sampled,
        order: &order,
        recognized: &again,
        files: &files,
        recipient: None, // of a release that is not encrypted
        spills: &Memory::spill,
    };
    let attacks = Attacks::new(&given)?;
    let (measured, seen) = attacks.measure()?;
    let subjects = conditions.subject_token.is_some();
    let pairs = evidence::reconcile(&plan, &measured, subjects).and_then(|()| order.pairs(&seen.order));
    let order = row_order(&pairs.map_err(foreign)?).measures();

    let dataset = folder.parent().unwrap_or(&folder);
    let mut outcomes = attacks.outcomes(seen, &measured, dataset, Some(&verified.release))?;
    let names = plan.outputs.iter().map(|output| output.name.clone());
    let names = names.chain(statement.subject.iter().map(|file| file.name.clone())).collect();
    outcomes.push(attacks.published(&Published::all(report(&folder)?, certificate, names))?);
    let reasons = risk::unmet(&order, &outcomes, &conditions);
    Ok(Attacked {
        release: verified.release,
        name: verified.name,
        attacks: outcomes,
        order,
        refusal: (!reasons.is_empty()).then_some(Refusal { reasons }),
    })
}

/// The classes or rows of the files are not those that source and pipeline give.
fn foreign(error: Error) -> Error {
    match error {
        Error::Internal(what) => {
            Error::Verification(vec![format!("{what}, as source and pipeline file give them now")])
        }
        error => error,
    }
}

/// The certificate of a verified release, as the texts that it publishes and as what it states.
fn certified(folder: &Path) -> Result<(Value, Statement)> {
    let path = folder.join("certificate.json");
    let text = std::fs::read(&path).map_err(|source| unread(&path, Some(source)))?;
    let value: Value = stated(&text).ok_or_else(|| unread(&path, None))?;
    let statement = Statement::deserialize(&value).map_err(|_| unread(&path, None))?;
    Ok((value, statement))
}

/// The report, and beside the declaration in it the catalogue entry, which has the same author.
fn report(folder: &Path) -> Result<Value> {
    let mut report = json(&folder.join("report.json"))?;
    let catalog = folder.join(crate::catalog::CATALOG);
    if catalog.exists() {
        report["declaration"]["catalog"] = json(&catalog)?;
    }
    Ok(report)
}

fn json(path: &Path) -> Result<Value> {
    let text = std::fs::read(path).map_err(|source| unread(path, Some(source)))?;
    serde_json::from_slice(&text).map_err(|_| unread(path, None))
}

fn unread(path: &Path, source: Option<std::io::Error>) -> Error {
    let message = "a file of the release cannot be read".to_owned();
    Error::Environment { message, path: Some(path.into()), source, help: None }
}

/// A line for each attack, worst first where the rules set a limit.
impl fmt::Display for Attacked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {}\n", self.name, self.release)?;
        writeln!(f, "    {:<26} {:>9} {:>19} {:>7}  {:>19}", "attack", "risk", "95 % interval", "limit", "succeeded")?;
        for outcome in &self.attacks {
            let mark = match outcome.met() {
                Some(true) => "ok ",
                Some(false) => "NO ",
                None => "   ",
            };
            let share = |value: f64| figure((value * 1e4).round() / 1e4);
            let [low, high] = outcome.interval.map(share);
            let limit = outcome.limit.as_ref().map_or_else(|| "-".into(), |limit| figure(limit.value));
            let counts = match (outcome.attempted(), outcome.nothing_there) {
                (_, true) => "nothing there".into(),
                (false, _) => "not tried".into(),
                _ if outcome.unasked() => "not tried".into(),
                _ => format!("{} of {}", figure(outcome.successes as f64), figure(outcome.trials as f64)),
            };
            let columns = outcome.columns.join(", ");
            let (risk, interval) = (share(outcome.risk), format!("{low} - {high}"));
            let line =
                format!("{mark} {:<26} {risk:>9} {interval:>19} {limit:>7}  {counts:>19}  {columns}", outcome.id);
            writeln!(f, "{}", line.trim_end())?;
            if let Some(cost) = &outcome.cost {
                writeln!(f, "{:>31}{}", "", cost.told().en)?;
            }
        }
        for measure in &self.order {
            let mark = if measure.met() == Some(false) { "NO " } else { "ok " };
            let limit =
                measure.limit.as_ref().map_or_else(|| "-".into(), |limit| figure((limit.value * 1e4).round() / 1e4));
            writeln!(
                f,
                "{mark} {:<26} {:>9} {:>19} {limit:>7}",
                measure.id,
                figure((measure.value * 1e4).round() / 1e4),
                ""
            )?;
        }
        Ok(())
    }
}
