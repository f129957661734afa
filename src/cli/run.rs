//! `tuomin run`: from the pipeline file to a release or a refusal, top to bottom.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::attacks::{Attacks, Knowledge, Look};
use super::certify::{self, Told};
use super::counting::{self, Counts};
use super::earlier::{self, Known, Own};
use super::evidence;
use super::prepare::{self, Prepared, random_secret, wanted};
use super::progress::Progress;
use super::recode::{self, Asked};
use crate::engine::{self, Applied, ApplyPlan, Made, OrderSample, Output, RowHasher, RowSample, Spills};
use crate::error::{Error, Refusal, Result};
use crate::release::measure::{Question, Wrong, measure};
use crate::release::shuffle::Shuffle;
use crate::release::staging::Staging;
use crate::release::write::write;
use crate::risk::{self, Evidence};
use crate::source::Wanted;
use crate::spec::Role;
use crate::table::{EquivalenceTable, Recoded};
use crate::treatment::Recipe;

/// Bytes of treated rows held in memory before they are spilled.
const SHUFFLE_BUDGET: usize = 768 << 20;

/// Released rows that the attacks start from.
const SAMPLED_ROWS: u64 = 50_000;

/// Where a release is put, and what the terminal is told.
pub struct Options {
    pub out: PathBuf,
    pub quiet: bool,
    /// Tell on stderr what each stage took.
    pub timings: bool,
}

/// Runs a pipeline; gives the folder of the release and the report's summary.
///
/// # Errors
/// [`Error::Refused`] after leaving `refusal.json` and the report in the output folder, without data.
pub fn run(pipeline: &Path, options: &Options) -> Result<(PathBuf, String)> {
    let started = Instant::now();
    let prepared = prepare::read(pipeline)?;
    let source = counting::open(&prepared)?;
    let id = certify::release_id()?;
    let staging =
        Staging::new(&options.out.join(&prepared.pipeline.name), &id, |left| certify::noted(&options.out, left))?;
    let progress = Progress::new(options.quiet);
    let digest = certify::source_digest(&source);

    progress.stage("counting combinations");
    let spills: Spills = &|| Ok(Box::new(staging.spill()?));
    let mut recipe = counting::recipe(&prepared, &source, &id, spills)?;
    let counts = counting::count(&prepared, &source, &recipe, spills)?;
    let Counts { table, hierarchies, .. } = &counts;

    progress.stage("searching the recoding");
    let chosen = match recode::choose(&prepared, &counts, &Asked::new(&prepared, &counts)?) {
        Ok(chosen) => chosen,
        Err(reason) => {
            return certify::refuse(None, &prepared, Refusal { reasons: vec![reason] }, staging, &options.out);
        }
    };
    let recoded = chosen.recoded(hierarchies);
    counting::swap(&prepared, &source, table, recoded, &mut recipe)?;
    let plan = plan(&prepared, table, recoded, &recipe)?;
    let conditions = evidence::conditions(&prepared.pipeline, &plan, &counts.trees);

    progress.stage("comparing columns");
    let suspicions = evidence::suspicions(&prepared.pipeline, &plan);
    let standing = engine::compare(&source, &plan, &suspicions.columns, &suspicions.suspects)?;
    let mut beside = evidence::leaks(&plan, &suspicions, &standing);
    beside.extend(risk::sampling(&conditions, evidence::fixed(&prepared, &plan)));

    progress.stage("treating and scattering rows");
    let kept = table.total_records() - chosen.suppressed_records();
    let coded = plan.coded_schema()?;
    let shuffle = Shuffle::new(kept, coded.clone(), random_secret()?, SHUFFLE_BUDGET, staging.spill()?);
    let picked = RowSample::new(random_secret()?, SAMPLED_ROWS, kept);
    let Applied { rows, order, sampled } =
        engine::apply(&source, &plan, &shuffle, &OrderSample::new(RowHasher::default(), kept), picked)?;
    if rows != kept {
        return Err(Error::Internal("another number of rows was released than planned".into()));
    }

    progress.stage("writing shuffled rows");
    let files = write(&shuffle, &coded, &plan.labels(), &staging)?;
    drop(shuffle);

    progress.stage("preparing attacks");
    let paths: Vec<PathBuf> = files.iter().map(|name| staging.folder().join(name)).collect();
    let (sensitive, subject) = (conditions.sensitive(), conditions.subject_token.as_deref());
    let question = Question { quasi: &conditions.quasi, sensitive: &sensitive, subject };
    let parts = engine::parts(question.columns(), subject.is_some(), spills, &random_secret()?)?;
    let attacks = Attacks::new(
        &source,
        &suspicions.columns[..suspicions.identifiers],
        &plan,
        &sampled,
        &order.hasher,
        &paths,
        &conditions,
    )?;
    progress.stage("measuring and attacking the written files");
    let workers = parts.into_iter().map(|part| (part, Look::new(&order, &attacks))).collect();
    let (measured, looks) = measure(&paths, &question, workers).map_err(own_file)?;
    let mut seen = Look::new(&order, &attacks);
    looks.into_iter().for_each(|look| seen.merge(look));
    evidence::reconcile(&plan, &measured, subject.is_some())?;
    let evidence =
        evidence::all(&plan, &chosen.told(&prepared), &measured, &order.pairs(&seen.order)?, &conditions, beside)?;
    progress.stage("judging the attacks");
    let own = Own {
        release: None,
        measured: &measured,
        conditions: &conditions,
        known: &|| Known::all(&prepared, &plan),
        tokens: &seen.marks,
        spills,
    };
    let earlier = earlier::attacks(&options.out.join(&prepared.pipeline.name), &own)?;
    let control = engine::control(&source, &plan, SAMPLED_ROWS)?;
    let known = Knowledge {
        plan: &plan,
        written: &measured.table,
        sampled: &sampled,
        control: control.as_ref(),
        secrets: &secrets(&prepared),
    };
    let attacks = attacks.outcomes(seen, &known, earlier, &conditions)?;
    let evidence = Evidence { attacks, ..evidence };

    progress.stage("certifying");
    let source_sha256 = digest.join().map_err(|_| Error::Internal("a worker panicked".into()))??;
    let told = Told {
        id: &id,
        prepared: &prepared,
        source_sha256,
        counts: &counts,
        chosen: &chosen,
        recipe: &recipe,
        plan: &plan,
        conditions: &conditions,
        measured: &measured,
        evidence: &evidence,
        quality: chosen.quality(&counts, &prepared),
        alternatives: None,
        seconds: started.elapsed().as_secs_f64(),
    };
    let done = match risk::verdict(&evidence, &conditions) {
        Ok(()) => certify::publish(&told, &files, staging, &options.out),
        Err(refusal) => certify::refuse(Some(&told), &prepared, refusal, staging, &options.out),
    };
    if options.timings {
        super::tell(&progress.timings());
    }
    done
}

/// What pass 2 does: the released columns in the order of the pipeline file.
fn plan<'a>(
    prepared: &Prepared,
    table: &'a EquivalenceTable,
    recoded: Recoded<'a>,
    recipe: &'a Recipe,
) -> Result<ApplyPlan<'a>> {
    let mut beside: Vec<(usize, Wanted)> = Vec::new();
    let mut plan =
        ApplyPlan { wanted: Vec::new(), quasi: Vec::new(), table, recoded, outputs: Vec::new(), subject: None };
    let quasi = prepared.quasi();
    for (column, treated) in prepared.pipeline.columns.iter().zip(&recipe.columns) {
        let made = match (quasi.iter().position(|q| q.name == column.name), &treated.treatment) {
            (Some(place), None) => {
                plan.quasi.push(plan.wanted.len());
                Made::Label(place)
            }
            (_, Some(treatment)) => {
                let (column, needs) = (plan.wanted.len(), treatment.needs());
                beside.extend(
                    needs.subject.then(|| prepared.subject()).flatten().map(|subject| (plan.outputs.len(), subject)),
                );
                beside.extend(needs.other.map(|other| (plan.outputs.len(), engine::second(other))));
                Made::Treated { column, treatment, subject: None, other: None }
            }
            (None, None) => continue,
        };
        plan.wanted.push(wanted(column));
        plan.outputs.push(Output { name: column.name.clone(), made });
    }
    for (output, second) in beside {
        if let Made::Treated { treatment, subject, other, .. } = &mut plan.outputs[output].made {
            let place = if treatment.needs().other.as_ref() == Some(&second.name) { other } else { subject };
            *place = Some(plan.wanted.len());
            plan.wanted.push(second);
        }
    }
    if let Some(subject) = prepared.subject() {
        let place = plan.wanted.iter().position(|column| column.name == subject.name);
        plan.subject = Some(place.unwrap_or(plan.wanted.len()));
        if place.is_none() {
            plan.wanted.push(subject);
        }
    }
    if plan.quasi.len() != table.domains.len() {
        return Err(Error::Internal("the plan lost a quasi column".into()));
    }
    Ok(plan)
}

/// The columns that somebody would like to learn of a person.
fn secrets(prepared: &Prepared) -> Vec<String> {
    let sensitive = prepared.pipeline.columns.iter().filter(|column| column.role == Role::Sensitive);
    sensitive.map(|column| column.name.clone()).collect()
}

/// A fault in a file that this run wrote itself.
fn own_file(wrong: Wrong) -> Error {
    match wrong {
        Wrong::Error(error) => error,
        Wrong::File(file, what) => Error::Internal(format!("file {file} of the release: {what}")),
    }
}
