//! `tuomin run`: from the pipeline file to a release or a refusal, top to bottom.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::attacks::{Attacks, Given, SAMPLED_ROWS};
use super::catalog;
use super::certify::{self, OfSource, Told};
use super::counting::{self, Counts};
use super::deliver::{self, Delivered};
use super::evidence;
use super::keys::Keys;
use super::limits;
use super::meaning::Meaning;
use super::prepare::{self, Prepared, random_secret, wanted};
use super::progress::Progress;
use super::recode::{self, Asked};
use super::standing::{SourceDigest, Standing};
use crate::engine::{self, Applied, ApplyPlan, Engine, Made, Output, Spills, Treated, Treating};
use crate::error::{Error, Refusal, Result};
use crate::release::delivery::Delivery;
use crate::release::retention;
use crate::release::staging::{SpillFile, Staging};
use crate::risk;
use crate::risk::preparation::PreparedStep;
use crate::risk::quality::DataQuality;
use crate::source::{Source, Wanted};
use crate::table::{EquivalenceTable, Recoded};
use crate::treatment::Recipe;

/// A search that counted no more combinations is done again some twenty times, to tell what else could have been
/// chosen. By counts and not by time, so that the same source has the same report everywhere.
const SMALL_SEARCH: u64 = 4_000_000;

/// Where a release is put, and how its pipeline file is meant.
pub struct Options<'a> {
    pub out: &'a Path,
    pub meaning: &'a Meaning,
    /// Release again what was already released.
    pub again: bool,
    /// Where rows are read and treated.
    pub engine: &'a Engine,
    /// Where temporary files are put; in the staging folder unless it is given.
    pub temp: Option<&'a Path>,
}

/// What a run has come to.
#[derive(Debug, Default)]
pub struct Done {
    /// The folder of the release.
    pub folder: Option<PathBuf>,
    /// Where it is in a store; `None` where it goes to none.
    pub delivered: Option<Delivered>,
    /// For people: the report's summary, the folder, and the place in the store.
    pub summary: String,
    /// Whether it was there before.
    pub already: bool,
}

/// Runs a pipeline.
///
/// The same source, pipeline, rules and period are released once: again nothing is written, and the first release is
/// given. It is put in the store that the pipeline names, where it is not there yet.
///
/// # Errors
/// [`Error::Refused`] after leaving `refusal.json` and the report in the output folder, without data.
pub fn run(pipeline: &Path, options: &Options, progress: &Progress) -> Result<Done> {
    let mut read = None;
    let done = release(pipeline, options, progress, &mut read);
    if let (Err(Error::Internal(_)), Some(source)) = (&done, read) {
        // what does not go together was perhaps not one table
        source.unchanged()?;
    }
    done
}

/// From the pipeline file to the release, or to its refusal; `read` becomes the source.
fn release(pipeline: &Path, options: &Options, progress: &Progress, read: &mut Option<Source>) -> Result<Done> {
    let started = Instant::now();
    let prepared = prepare::read(pipeline, options.meaning)?;
    progress.note(|account| account.asked(&prepared));
    prepared.declared()?;
    let keys = Keys::open(&prepared)?;
    let delivery = deliver::open(&prepared)?;
    let source = counting::open(options.engine, &prepared, options.temp.unwrap_or(nearest(options.out)))?;
    progress.note(|account| account.opened(&source, &prepared.base));
    *read = Some(source.clone());
    let id = certify::release_id()?;
    let home = options.out.join(&prepared.pipeline.name);
    let staging = Staging::new(&home, &id, |left| certify::noted(options.out, left))?;
    let mut digest = SourceDigest::of(&source);
    let place = Standing::of(&prepared, options.out)?;
    if !options.again
        && let Some(folder) = place.same(&mut digest, &home)?
    {
        // the lock is free: what an earlier run could not remove is tried again
        drop(staging);
        let delivered = handed_over(&prepared, delivery.as_ref(), options.out, &folder, progress)?;
        let now = delivered.as_ref().is_some_and(|delivered| delivered.objects > 0);
        let verdict = if now { "already released, now delivered" } else { "already released" };
        let summary = format!("{verdict}\n{}", places(&folder, delivered.as_ref()));
        return Ok(Done { folder: Some(folder), delivered, summary, already: true });
    }
    limits::space(&source, options.out, options.temp)?;
    let unlawful = catalog::received(&prepared, &source)?;
    let steps = PreparedStep::all(&source.preparation, true);
    let mut of_source = OfSource { preparation: &steps, quality: None };
    if !unlawful.is_empty() {
        return certify::refuse(None, &of_source, &prepared, Refusal { reasons: unlawful }, staging, options.out);
    }

    progress.stage("counting combinations");
    let spill = || options.temp.map_or_else(|| staging.spill(), SpillFile::new);
    let spills: Spills = &|| Ok(Box::new(spill()?));
    let engine = options.engine;
    let mut recipe = counting::recipe(engine, &prepared, &source, &id, spills)?;
    let counts = counting::count(engine, &prepared, &source, &recipe, spills)?;
    let Counts { table, hierarchies, .. } = &counts;
    progress.note(|account| account.counted(table));
    let all_rows = Some(table.total_records());
    of_source.quality = counts.quality.as_ref();
    let unkept = counts.quality.as_ref().map(DataQuality::unkept).unwrap_or_default();
    if !unkept.is_empty() {
        return certify::refuse(None, &of_source, &prepared, Refusal { reasons: unkept }, staging, options.out);
    }

    progress.stage("searching the recoding");
    let asked = Asked::new(&prepared, &counts)?;
    let chosen = match recode::choose(&prepared, &counts, &asked) {
        Ok(chosen) => chosen,
        Err(reason) => {
            let refusal = Refusal { reasons: vec![reason] };
            return certify::refuse(None, &of_source, &prepared, refusal, staging, options.out);
        }
    };
    let small = chosen.counted(&counts) <= SMALL_SEARCH;
    let recoded = chosen.recoded(hierarchies);
    counting::swap(&prepared, &source, table, recoded, &mut recipe)?;
    let plan = plan(&prepared, table, recoded, &recipe)?;
    let conditions = evidence::conditions(&prepared.pipeline, &plan, &counts.trees);

    progress.stage("comparing columns");
    let suspicions = evidence::suspicions(&prepared.pipeline, &plan);
    let standing = engine::compare(&source, &plan, &suspicions.columns, &suspicions.suspects)?;
    let mut beside = evidence::leaks(&plan, &suspicions, &standing);
    beside.extend(risk::sampling(&conditions, evidence::fixed(&prepared, &plan)));
    let few = evidence::few_withheld(&prepared.pipeline, &plan);
    let quality = counts.quality.as_ref().map(|quality| match few {
        true => evidence::beside_few(quality, &prepared.pipeline, &plan),
        false => quality.clone(),
    });
    beside.extend(quality.iter().flat_map(DataQuality::measures));
    let steps = PreparedStep::all(&source.preparation, !few);
    let of_source = OfSource { preparation: &steps, quality: quality.as_ref() };

    progress.stage_of("treating and scattering rows", all_rows);
    let kept = table.total_records() - chosen.suppressed_records();
    let landing = delivery.as_ref().map(|delivery| delivery.landing(&id));
    let treating = Treating {
        kept,
        shown: SAMPLED_ROWS,
        staging: &staging,
        spill: &spill,
        seed: &random_secret,
        landing: landing.as_ref(),
        writing: &|| progress.stage_of("writing shuffled rows", Some(kept)),
    };
    let Treated { files, applied, digests } = engine.treat(&source, &plan, &treating)?;
    let Applied { rows, order, sampled } = applied;
    if rows != kept {
        return Err(Error::Internal("another number of rows was released than planned".into()));
    }

    progress.stage("preparing attacks");
    let paths: Vec<PathBuf> = files.iter().map(|name| staging.folder().join(name)).collect();
    let all: Vec<usize> = (0..plan.outputs.len()).collect();
    let given = Given {
        prepared: &prepared,
        source: &source,
        plan: &plan,
        suspicions: &suspicions,
        conditions: &conditions,
        sampled: &sampled,
        order: &order,
        recognized: &all,
        files: &paths,
        recipient: keys.recipient.as_ref(),
        spills,
    };
    let attacks = Attacks::new(&given)?;
    progress.stage_of("measuring and attacking the written files", Some(kept));
    let (measured, seen) = attacks.measure()?;
    progress.part("attacks, for each thread", seen.busy / rayon::current_num_threads() as u32);
    if digests.is_some_and(|digests| digests != measured.digests) {
        return Err(Error::Internal("the files do not hold what was written".into()));
    }
    evidence::reconcile(&plan, &measured, conditions.subject_token.is_some())?;
    let mut evidence =
        evidence::all(&plan, &chosen.told(&prepared), &measured, &order.pairs(&seen.order)?, &conditions, beside)?;
    progress.stage("judging the attacks");
    evidence.attacks = attacks.outcomes(seen, &measured, &home, None)?;

    progress.stage("certifying");
    let source_sha256 = digest.get()?;
    let mut told = Told {
        id: &id,
        prepared: &prepared,
        source_sha256,
        standing: &place,
        of_source,
        counts: &counts,
        chosen: &chosen,
        recipe: &recipe,
        plan: &plan,
        conditions: &conditions,
        measured: &measured,
        evidence,
        quality: chosen.quality(&counts, &prepared),
        alternatives: small.then(|| super::plan::alternatives(&prepared, &counts, &asked)),
        seconds: started.elapsed().as_secs_f64(),
    };
    let beside_cells = attacks.published(&certify::texts(&told, &files)?)?;
    told.evidence.attacks.push(beside_cells);
    progress.note(|account| account.measured(&told));
    source.unchanged()?;
    let (folder, summary) = match risk::verdict(&told.evidence, &conditions) {
        Ok(()) => certify::publish(&told, &keys, &files, staging, options.out)?,
        Err(refusal) => return certify::refuse(Some(&told), &of_source, &prepared, refusal, staging, options.out),
    };
    let delivered = handed_over(&prepared, delivery.as_ref(), options.out, &folder, progress)?;
    let summary = format!("{summary}\n{}", places(&folder, delivered.as_ref()));
    Ok(Done { folder: Some(folder), delivered, summary, already: false })
}

/// Where a release is, for people: one line each.
fn places(folder: &Path, delivered: Option<&Delivered>) -> String {
    let mut places = format!("{}\n", folder.display());
    places.extend(delivered.iter().flat_map(|delivered| [delivered.address.as_str(), "\n"]));
    places
}

/// Delivers a release that stands, and removes data of older ones that are no longer to be kept; those in the store stay
/// until the release is there.
fn handed_over(
    prepared: &Prepared,
    delivery: Option<&Delivery>,
    out: &Path,
    folder: &Path,
    progress: &Progress,
) -> Result<Option<Delivered>> {
    let delivered = deliver::deliver(delivery, out, folder, progress);
    prune(prepared, delivery.filter(|_| delivered.is_ok()), out, progress);
    delivered
}

/// Removes data that are no longer to be kept. What fails here is told, and takes nothing from the release, which stands.
fn prune(prepared: &Prepared, delivery: Option<&Delivery>, out: &Path, progress: &Progress) {
    let Some(keep) = prepared.pipeline.keep else { return };
    let (gone, mut failed) = match retention::prune(out, &prepared.pipeline.name, keep, &certify::now()) {
        Ok(pruned) => (pruned.gone, pruned.failed),
        Err(error) => (Vec::new(), Some(error)),
    };
    if let Some(Err(error)) = delivery.map(|delivery| deliver::prune(delivery, prepared, out, keep)) {
        failed = failed.or(Some(error));
    }
    progress.note(|account| (account.pruned, account.not_pruned) = (gone, failed.map(|error| error.to_string())));
}

/// The nearest folder on the way to `out` that is there already.
fn nearest(out: &Path) -> &Path {
    let nearest = out.ancestors().find(|folder| folder.is_dir());
    nearest.unwrap_or(Path::new("."))
}

/// What pass 2 does: the released columns in the order of the pipeline file.
pub(super) fn plan<'a>(
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
