//! The end of a run: certificate, report, ledger, publication, or the refusal.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use chrono::Utc;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::attacks::Published;
use super::catalog;
use super::counting::Counts;
use super::keys::Keys;
use super::prepare::{Prepared, random_secret};
use super::recode::Chosen;
use super::standing::Standing;
use crate::engine::{ApplyPlan, Made};
use crate::error::{Error, Refusal, Result};
use crate::privacy::Quality;
use crate::release::certificate::{
    self, Encryption, LevelChosen, Predicate, Signer, Subject, TokenKey, Tool, sign, statement,
};
use crate::release::digest::{Both, Digests};
use crate::release::encryption::ALGORITHM;
use crate::release::ledger::{Event, LEDGER, Ledger, verify_chain};
use crate::release::measure::Measured;
use crate::release::parquet;
use crate::release::staging::Staging;
use crate::report::{self, ReportData};
use crate::risk::preparation::PreparedStep;
use crate::risk::quality::DataQuality;
use crate::risk::{Conditions, Evidence};
use crate::search::{Alternatives, Choice};
use crate::source::Source;
use crate::spec::Pipeline;
use crate::treatment::{KeyLife, Recipe, Treatment};

/// What was counted of the source itself.
#[derive(Debug, Clone, Copy)]
pub struct OfSource<'a> {
    /// What each step of the preparation did.
    pub preparation: &'a [PreparedStep],
    /// What came of the rules of quality; `None` where there are none, or before they were counted.
    pub quality: Option<&'a DataQuality>,
}

/// Everything that a run knows when it is judged.
pub struct Told<'a> {
    pub id: &'a str,
    pub prepared: &'a Prepared,
    pub source_sha256: String,
    /// Where the release stands among earlier ones.
    pub standing: &'a Standing,
    pub of_source: OfSource<'a>,
    pub counts: &'a Counts,
    pub chosen: &'a Chosen,
    pub recipe: &'a Recipe,
    pub plan: &'a ApplyPlan<'a>,
    pub conditions: &'a Conditions,
    pub measured: &'a Measured,
    pub evidence: Evidence,
    pub quality: Option<Quality>,
    /// What else could be chosen, with levels as the pipeline file counts them.
    pub alternatives: Option<Alternatives>,
    pub seconds: f64,
}

impl Told<'_> {
    fn level(&self, column: usize) -> LevelChosen {
        level(self.prepared, self.counts, self.chosen, column)
    }
}

/// Time and 32 random bits: unique, sortable, and says nothing about the data.
pub fn release_id() -> Result<String> {
    let random = random_secret()?;
    Ok(format!("{}-{}", Utc::now().format("%Y%m%dT%H%M%SZ"), hex::encode(&random.expose()[..4])))
}

/// This moment, to the second.
pub fn now() -> String {
    Utc::now().format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn refused_name(id: &str) -> String {
    format!("{id}-refused")
}

/// The folder name of a release or refusal that the ledger has, by its id: see [`Staging::new`].
pub fn noted(out: &Path, id: &str) -> Result<Option<String>> {
    let path = out.join(LEDGER);
    if !path.exists() {
        return Ok(None);
    }
    drop(Ledger::open(&path)?); // cuts a line that was never finished
    Ok(verify_chain(&path)?.into_iter().find_map(|entry| match entry.event {
        Event::Released { release, .. } if release == id => Some(release),
        Event::Refused { release, .. } if release == id => Some(refused_name(id)),
        _ => None,
    }))
}

/// Every text that would be published beside the cells, as far as it is known before the signature.
pub fn texts(told: &Told, files: &[String]) -> Result<Vec<Published>> {
    let predicate = predicate(told, Vec::new(), Signer { key: String::new(), local: true })?;
    let internal = |error: serde_json::Error| Error::Internal(error.to_string());
    let mut report = serde_json::to_value(certified(&predicate, told, None)).map_err(internal)?;
    // the words of the pipeline's author too
    report["declaration"]["catalog"] = serde_json::to_value(&told.prepared.pipeline.catalog).map_err(internal)?;
    let certificate = serde_json::to_value(&predicate).map_err(internal)?;
    let names = told.plan.outputs.iter().map(|output| &output.name).chain(files).cloned().collect();
    Ok(Published::all(report, certificate, names))
}

/// Certifies, writes the report, notes the release in the ledger and lets it appear.
pub fn publish(told: &Told, keys: &Keys, files: &[String], staging: Staging, out: &Path) -> Result<(PathBuf, String)> {
    let pair = &keys.signing;
    let signer = Signer { key: pair.public().id()?, local: keys.local };
    let logical = files.iter().zip(&told.measured.digests);
    let logical: Vec<Subject> = logical.map(|(name, digest)| Subject { name: name.clone(), digest: *digest }).collect();
    let predicate = predicate(told, logical.clone(), signer)?;

    let footer = sign(&statement(logical, predicate.clone()), pair)?;
    for (name, logical) in files.iter().zip(&told.measured.digests) {
        let path = staging.folder().join(name);
        match &keys.recipient {
            None => parquet::seal(&path, &footer)?,
            Some(key) => parquet::seal_encrypted(&path, &footer, key, logical)?,
        }
    }
    let data = certified(&predicate, told, pair.public().user_id());
    staging.write("report.json", report::to_json(&data)?.as_bytes())?;
    staging.write("report.html", report::to_html(&data)?.as_bytes())?;
    let subject =
        |name: &String| Ok(Subject { name: name.clone(), digest: file_digests(&staging.folder().join(name))? });
    let mut subjects = files.par_iter().map(subject).collect::<Result<Vec<_>>>()?;
    let mut beside = catalog::write(told, &data, &subjects, &staging)?;
    beside.extend(["report.html", "report.json"].map(str::to_owned));
    subjects.extend(beside.par_iter().map(subject).collect::<Result<Vec<_>>>()?);
    let certificate = sign(&statement(subjects, predicate), pair)?;
    staging.write("certificate.json", certificate.as_bytes())?;

    let event = Event::Released {
        release: told.id.into(),
        name: told.prepared.pipeline.name.clone(),
        statement: hex::encode(Digests::of(certificate.as_bytes()).sha256),
        origin: Some(told.standing.origin(&told.source_sha256)),
    };
    crate::source::interrupted()?;
    let id = staging.id().to_owned();
    staging.sync()?;
    staging.commit();
    Ledger::open(&out.join(LEDGER))?.append(&now(), event)?;
    let folder = staging.publish(&id)?;
    Ok((folder, report::to_text(&data)))
}

/// Leaves the reasons and the report, and no data.
pub fn refuse<T>(
    told: Option<&Told>,
    of_source: &OfSource,
    prepared: &Prepared,
    refusal: Refusal,
    staging: Staging,
    out: &Path,
) -> Result<T> {
    staging.remove_data()?;
    let data = refused(&prepared.pipeline, staging.id(), &refusal, told, of_source);
    let json = serde_json::to_string_pretty(&refusal).map_err(|error| Error::Internal(error.to_string()))?;
    staging.write("refusal.json", (json + "\n").as_bytes())?;
    staging.write("report.json", report::to_json(&data)?.as_bytes())?;
    staging.write("report.html", report::to_html(&data)?.as_bytes())?;
    let reasons = refusal.reasons.clone();
    let event = Event::Refused { release: staging.id().into(), name: prepared.pipeline.name.clone(), reasons };
    staging.sync()?;
    staging.commit();
    Ledger::open(&out.join(LEDGER))?.append(&now(), event)?;
    let place = refused_name(staging.id());
    staging.publish(&place)?;
    Err(Error::Refused(refusal))
}

fn predicate(told: &Told, logical: Vec<Subject>, signer: Signer) -> Result<Predicate> {
    let pipeline = &told.prepared.pipeline;
    Ok(Predicate {
        release: told.id.into(),
        name: pipeline.name.clone(),
        claim: pipeline.claim,
        purpose: pipeline.purpose,
        context: pipeline.context,
        issued_at: now(),
        declaration: pipeline.declaration.clone(),
        conditions: told.conditions.clone(),
        measures: told.evidence.measures.clone(),
        attacks: told.evidence.attacks.clone(),
        recoding: (0..told.counts.hierarchies.len()).map(|column| told.level(column)).collect(),
        search: told.chosen.told(told.prepared),
        counts: certificate::Counts {
            records_read: told.counts.table.total_records(),
            subjects_read: told.counts.table.total_subjects(),
            records_released: told.measured.rows,
        },
        logical,
        tool: Tool { name: "tuomin".into(), version: env!("CARGO_PKG_VERSION").into() },
        pipeline: told.prepared.digest,
        source_sha256: told.source_sha256.clone(),
        token_keys: told
            .recipe
            .released()
            .filter_map(|(column, treatment)| match treatment {
                Treatment::Token(token) => Some(token_key(column, token.key_life())),
                Treatment::Fpe(fpe) => Some(token_key(column, fpe.key_life())),
                _ => None,
            })
            .collect(),
        signer,
        encryption: pipeline
            .encryption
            .as_ref()
            .map(|encryption| Encryption { algorithm: ALGORITHM.into(), key: encryption.id.clone() }),
        supersedes: told.standing.supersedes().map(str::to_owned),
        preparation: told.of_source.preparation.to_vec(),
        quality: told.of_source.quality.cloned(),
    })
}

/// How the key of a column's pseudonyms lives.
fn token_key(column: &str, life: &KeyLife) -> TokenKey {
    let kept = match life {
        KeyLife::Ephemeral => None,
        KeyLife::Kept(id) => Some(id.as_str().into()),
    };
    TokenKey { column: column.into(), kept }
}

/// What a quasi column is released at.
pub fn level(prepared: &Prepared, counts: &Counts, chosen: &Chosen, column: usize) -> LevelChosen {
    let hierarchy = &counts.hierarchies[column];
    let quasi = prepared.quasi().into_iter().find(|quasi| quasi.name == hierarchy.column);
    let first = quasi.map_or(0, |quasi| quasi.levels.finest);
    let (level, name) = match chosen {
        Chosen::Global(found) => {
            let level = found.recoding.levels[column];
            (Some(level + first), hierarchy.levels[level].name.clone())
        }
        Chosen::Local(found) => (None, found.names[column].clone()),
    };
    LevelChosen { column: hierarchy.column.clone(), level, of: hierarchy.top() + first, name }
}

/// The report of a release.
fn certified(predicate: &Predicate, told: &Told, user_id: Option<&str>) -> ReportData {
    let evidence = &told.evidence;
    ReportData {
        version: report::VERSION.into(),
        tool: tool(),
        verdict: report::Verdict::Certified,
        release: predicate.release.clone(),
        name: predicate.name.clone(),
        issued_at: predicate.issued_at.clone(),
        claim: predicate.claim,
        purpose: predicate.purpose,
        context: predicate.context,
        declaration: predicate.declaration.clone(),
        rules: predicate.conditions.rules.name.clone(),
        signing_key: Some(report::SigningKey {
            id: predicate.signer.key.clone(),
            local: predicate.signer.local,
            user_id: user_id.map(str::to_owned),
        }),
        records_read: Some(predicate.counts.records_read),
        subjects_read: Some(predicate.counts.subjects_read),
        records_released: Some(predicate.counts.records_released),
        suppressed_records: Some(predicate.search.suppressed_records),
        lattice_size: predicate.search.lattice_size.clone(),
        nodes_checked: predicate.search.nodes_checked,
        loss: Some(predicate.search.loss),
        recoding: Some(predicate.search.recoding),
        metric: Some(predicate.search.metric.clone()),
        metric_value: Some(predicate.search.value),
        metric_lower_bound: Some(predicate.search.lower_bound),
        proven_optimal: Some(predicate.search.proven_optimal),
        quality: told.quality.clone(),
        k: predicate.conditions.k,
        measures: report::told(&evidence.measures),
        attacks: report::attacks(evidence),
        columns: columns(told),
        before: evidence.before.clone(),
        after: evidence.after.clone(),
        seconds: Some(told.seconds),
        data_quality: predicate.quality.clone(),
        preparation: predicate.preparation.clone(),
        assumptions: Some(report::Assumptions::of(told.conditions)),
        choices: choices(predicate, told),
    }
}

/// The tool and its version.
fn tool() -> Option<String> {
    Some(format!("tuomin {}", env!("CARGO_PKG_VERSION")))
}

/// What was chosen among the alternatives.
fn choices(predicate: &Predicate, told: &Told) -> Option<report::Choices> {
    let others = told.alternatives.clone()?;
    let search = &predicate.search;
    let chosen = (search.metric == others.metric).then(|| Choice {
        levels: predicate.recoding.iter().map(|level| level.level).collect::<Option<_>>().unwrap_or_default(),
        value: search.value,
        suppressed_records: search.suppressed_records,
        classes: u64::try_from(told.evidence.after.classes()).unwrap_or(u64::MAX),
        smallest_class: told.evidence.after.min(),
    });
    let quasi = told.counts.hierarchies.iter().map(|hierarchy| hierarchy.column.clone()).collect();
    Some(report::Choices { quasi, chosen, others })
}

/// The report of a refusal; `told` where it came that far.
fn refused(pipeline: &Pipeline, id: &str, refusal: &Refusal, told: Option<&Told>, of_source: &OfSource) -> ReportData {
    let evidence = told.map(|told| &told.evidence);
    ReportData {
        version: report::VERSION.into(),
        tool: tool(),
        verdict: report::Verdict::Refused(refusal.reasons.clone()),
        release: id.into(),
        name: pipeline.name.clone(),
        issued_at: now(),
        claim: pipeline.claim,
        purpose: pipeline.purpose,
        context: pipeline.context,
        declaration: pipeline.declaration.clone(),
        rules: pipeline.rules.name.clone(),
        signing_key: None,
        records_read: None,
        subjects_read: None,
        records_released: None,
        suppressed_records: None,
        lattice_size: None,
        nodes_checked: None,
        loss: None,
        recoding: None,
        metric: None,
        metric_value: None,
        metric_lower_bound: None,
        proven_optimal: None,
        quality: None,
        k: pipeline.privacy.k,
        measures: evidence.map_or_else(|| measured(of_source), |evidence| report::told(&evidence.measures)),
        attacks: evidence.map(report::attacks).unwrap_or_default(),
        columns: told.map(unreleased).unwrap_or_default(),
        before: evidence.map(|evidence| evidence.before.clone()).unwrap_or_default(),
        after: evidence.map(|evidence| evidence.after.clone()).unwrap_or_default(),
        seconds: None,
        data_quality: of_source.quality.cloned(),
        preparation: of_source.preparation.to_vec(),
        assumptions: told.map(|told| report::Assumptions::of(told.conditions)),
        choices: None,
    }
}

/// What is measured of the source alone, for a refusal before all else.
fn measured(of_source: &OfSource) -> Vec<report::Told> {
    of_source.quality.map(|quality| report::told(&quality.measures())).unwrap_or_default()
}

/// What a refusal says of each declared column: nothing that was counted of its values, since nothing is released.
fn unreleased(told: &Told) -> Vec<report::ColumnTold> {
    let told = columns(told).into_iter();
    told.map(|column| report::ColumnTold { facts: None, distribution: None, ..column }).collect()
}

/// What the report says of each declared column.
fn columns(told: &Told) -> Vec<report::ColumnTold> {
    let pipeline = &told.prepared.pipeline;
    pipeline
        .columns
        .iter()
        .zip(&told.recipe.columns)
        .map(|(column, treated)| {
            let quasi = told.counts.hierarchies.iter().position(|hierarchy| hierarchy.column == column.name);
            let released = told.plan.outputs.iter().find(|output| output.name == column.name);
            let label = released.and_then(|output| match output.made {
                Made::Label(place) => Some(place),
                Made::Treated { .. } => None,
            });
            let (treatment, treatment_zh) = match (label, &treated.treatment) {
                (Some(place), _) => levelled(&told.level(place)),
                (None, Some(treatment)) => (treatment.to_string(), treatment.zh()),
                (None, None) => ("drop".into(), "不发布".into()),
            };
            let after = told.conditions.quasi.iter().position(|name| *name == column.name);
            report::ColumnTold {
                name: column.name.clone(),
                role: column.role,
                treatment,
                treatment_zh,
                level: label.map(|place| {
                    let LevelChosen { level, of, name, .. } = told.level(place);
                    report::LevelTold { level, of, name }
                }),
                distinct_before: quasi.map(|place| told.counts.table.domains[place].len() as u64),
                distinct_after: after.map(|place| told.measured.table.domains[place].len() as u64),
                loss: label.map(|place| told.chosen.column_loss()[place]),
                facts: treated.treatment.as_ref().and_then(Treatment::facts),
                distribution: distribution(told, &column.name, label),
            }
        })
        .collect()
}

/// A level in both languages.
fn levelled(chosen: &LevelChosen) -> (String, String) {
    let (name, name_zh) = (&chosen.name, report::level_zh(&chosen.name));
    match chosen.level {
        Some(level) => (
            format!("{name} (level {level} of {})", chosen.of),
            format!("{name_zh}（第 {level} 级，共 {} 级）", chosen.of),
        ),
        None => (name.clone(), name_zh),
    }
}

/// The records of each label of a released quasi column, or of each value of a sensitive column that was counted as
/// it is released.
fn distribution(told: &Told, name: &str, label: Option<usize>) -> Option<report::Distribution> {
    let (table, recoded, k) = (&told.counts.table, told.plan.recoded, told.conditions.k);
    if let Some(place) = label {
        let label_of = |row| recoded.label(table, place, row);
        return report::distribution(table, recoded.labels(place), label_of, recoded.suppressed(), k);
    }
    let sensitive = table.sensitive.iter().find(|sensitive| sensitive.domain.column == name)?;
    report::distribution(table, sensitive.domain.values(), |row| sensitive.codes[row], recoded.suppressed(), k)
}

/// Digests of the bytes of one file.
pub fn file_digests(path: &Path) -> Result<Digests> {
    let mut both = Both::default();
    each_block(path, |block| both.update(block))?;
    Ok(both.finish())
}

/// SHA-256 of the bytes of all files of a source and of those beside it, one after the other, on a thread of its own; of
/// the records where they come from no file of this machine.
pub fn source_digest(source: &Source) -> JoinHandle<Result<String>> {
    let source = source.clone();
    std::thread::spawn(move || {
        if let Some(digest) = source.records_digest() {
            return digest;
        }
        let mut hash = Sha256::new();
        for (number, file) in source.files.iter().enumerate() {
            for (key, value) in source.told_by_folders(number) {
                hash.update(format!("{}:{key}={}:", key.len(), value.map_or(-1, |value| value.len() as i64)));
                hash.update(value.unwrap_or_default());
            }
            each_block(file, |block| hash.update(block))?;
        }
        source.beside.iter().try_for_each(|file| each_block(file, |block| hash.update(block)))?;
        Ok(hex::encode(hash.finalize()))
    })
}

/// Hands a file's bytes on, block by block.
fn each_block(path: &Path, mut take: impl FnMut(&[u8])) -> Result<()> {
    let failed = |source| Error::Environment {
        message: "could not read a file".into(),
        path: Some(path.into()),
        source: Some(source),
        help: None,
    };
    let mut file = std::fs::File::open(path).map_err(failed)?;
    let mut block = vec![0; 1 << 20];
    loop {
        crate::source::interrupted()?;
        match file.read(&mut block).map_err(failed)? {
            0 => return Ok(()),
            read => take(&block[..read]),
        }
    }
}
