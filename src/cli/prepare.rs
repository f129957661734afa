//! Before any row is read: the pipeline file, the texts it names, and the treatments it asks for.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use rand::TryRng;
use rand::rngs::SysRng;
use sha2::{Digest, Sha256};

use super::meaning::Meaning;

use crate::detect::Kind;
use crate::engine::quality::Rules;
use crate::error::{Error, Findings, Result};
use crate::release::digest::Digests;
use crate::release::encryption::RecipientKey;
use crate::release::keystore as keys;
use crate::secret::{Secret, stream};
use crate::source::{Wanted, prepare as steps};
use crate::spec::{
    self, ColumnSpec, GroundDistance, HierarchySpec, KeyRef, ModelSpec, Pipeline, Role, Rule, Subject, TreatmentSpec,
    UnknownValues,
};
use crate::table::{Domain, EquivalenceTable, Finest, Hierarchy, HierarchyError, Inhabitants};
use crate::treatment::{
    Draws, Fpe, Generalize, Grid, Key, KeyId, Mask, Microaggregate, Noise, Numbers, Pram, Redact, Round, Scope, Shift,
    Swap, Token, TopBottom, Treatment,
};

/// A pipeline with the texts that its file names.
pub struct Prepared {
    /// The folder that the pipeline's paths count from.
    pub base: PathBuf,
    pub pipeline: Pipeline,
    /// Of the file's text as it is meant: with what was set, with its templates filled.
    pub digest: Digests,
    /// What is asked of the source's cells, ready to be counted; `None` where nothing is.
    pub quality: Option<Rules>,
    /// What the templates of the file became.
    pub period: Option<String>,
    /// SHA-256 of the texts that the run was asked with, in the order they were read.
    texts: Sha256,
    /// The text of each hierarchy table, by column.
    pub tables: HashMap<String, (PathBuf, String)>,
    /// The people of the places of each column that names a table of them.
    inhabitants: HashMap<String, Inhabitants>,
}

fn read_text(path: &Path, what: &str) -> Result<String> {
    std::fs::read_to_string(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::InvalidData => Error::Usage {
            message: format!("the {what} {} is not text in UTF-8", path.display()),
            help: Some("save it as UTF-8".into()),
        },
        _ => Error::Environment {
            message: format!("could not read the {what}"),
            path: Some(path.into()),
            source: Some(source),
            help: None,
        },
    })
}

/// Reads and checks a pipeline file with everything it names, but no data.
pub fn read(path: &Path, meaning: &Meaning) -> Result<Prepared> {
    let meant = meaning.of(path, &read_text(path, "pipeline file")?)?;
    let text = &meant.text;
    let mut texts = Sha256::new();
    note(&mut texts, text);
    let base = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_path_buf();
    let mut packs = spec::embedded_rules();
    if let Some(own) = spec::rules_path(text) {
        let own = base.join(own);
        let rules = read_text(&own, "rule pack")?;
        note(&mut texts, &rules);
        let pack = spec::parse_rules(&rules)
            .map_err(|list| Error::Pipeline(Box::new(Findings { path: own, text: rules.clone(), list })))?;
        packs = vec![pack];
    }
    let mut pipeline = spec::parse(text, &packs).map_err(|mut list| {
        list.iter_mut().for_each(|found| found.span = meant.place(&found.span));
        Error::Pipeline(Box::new(Findings { path: path.into(), text: meant.shown.clone(), list }))
    })?;
    // the day decides what is released: another day is another release
    if spec::prepare::of_run(&mut pipeline.prepare, meaning.day()) {
        note(&mut texts, &meaning.day().to_string());
    }
    steps::readable(&pipeline.prepare, &base)?;
    let mut code_table = |table: &str| {
        let path = base.join(table);
        let text = read_text(&path, "code table")?;
        note(&mut texts, &text);
        Ok((path, text))
    };
    let quality = Rules::new(&pipeline.quality, &pipeline.columns, &mut code_table)?;
    let (mut tables, mut inhabitants) = (HashMap::new(), HashMap::new());
    for column in &pipeline.columns {
        if let Some(path) = &column.inhabitants {
            let path = base.join(path);
            let people = read_text(&path, "table of inhabitants")?;
            note(&mut texts, &people);
            let people = Inhabitants::parse(&people).map_err(|line| {
                let place = crate::error::Place { path: Some(path), line: Some(line), ..Default::default() };
                let help = "write one place a line, each once: `place;people`".to_owned();
                let message = "the table of inhabitants cannot be used".to_owned();
                Error::Input { message, place: Some(place), help: Some(help) }
            })?;
            inhabitants.insert(column.name.clone(), people);
        }
        if let Some(HierarchySpec::Table { path }) = &column.hierarchy {
            let path = base.join(path);
            let table = read_text(&path, "hierarchy table")?;
            note(&mut texts, &table);
            tables.insert(column.name.clone(), (path, table));
        }
    }
    let period = (!meant.filled.is_empty()).then(|| meant.filled.join("/"));
    let digest = Digests::of(text.as_bytes());
    let prepared = Prepared { base, pipeline, digest, quality, period, texts, tables, inhabitants };
    prepared.pipeline.columns.iter().try_for_each(|column| prepared.populated(column))?;
    Ok(prepared)
}

/// Adds one text to a digest of several, so that no two lists of texts are alike.
fn note(texts: &mut Sha256, text: &str) {
    texts.update((text.len() as u64).to_le_bytes());
    texts.update(text);
}

impl Prepared {
    /// SHA-256, in hex, of all that decides what is released beside the source: the pipeline as it is meant, its rules,
    /// the texts it names, and the population. Keys are not in it.
    ///
    /// # Errors
    /// The rules cannot be written, or the population cannot be read.
    pub fn asked(&self) -> Result<String> {
        let mut asked = self.texts.clone();
        let rules = serde_json::to_string(&self.pipeline.rules).map_err(|error| Error::Internal(error.to_string()))?;
        note(&mut asked, &rules);
        if let Some(population) = &self.pipeline.privacy.population {
            let path = self.base.join(population);
            if path.is_file() {
                note(&mut asked, &hex::encode(super::certify::file_digests(&path)?.sha256));
            }
        }
        Ok(hex::encode(asked.finalize()))
    }

    /// Fails where the declaration still has the words of a draft: articles 7 and 10.
    pub fn declared(&self) -> Result<()> {
        match self.pipeline.declaration.placeholder() {
            None => Ok(()),
            Some(key) => Err(Error::Usage {
                message: format!("the declaration's `{key}` is not filled in"),
                help: Some("articles 7 and 10: what is not declared is not released".into()),
            }),
        }
    }

    /// The quasi columns in the order of the file.
    pub fn quasi(&self) -> Vec<&ColumnSpec> {
        self.pipeline
            .columns
            .iter()
            .filter(|column| column.role == Role::Quasi && column.treatment != TreatmentSpec::Drop)
            .collect()
    }

    pub fn subject(&self) -> Option<Wanted> {
        match &self.pipeline.source.subject {
            Subject::Row => None,
            Subject::Column(name) => {
                let declared = self.pipeline.columns.iter().find(|column| column.name == *name);
                Some(declared.map_or_else(|| Wanted { name: name.clone(), kind: spec::ColumnType::Text }, wanted))
            }
        }
    }

    /// The hierarchy of each quasi column over the values that the source has: its levels that may be
    /// released.
    pub fn hierarchies(&self, domains: &[Domain]) -> Result<Vec<Hierarchy>> {
        let ranged = |(column, domain): (&ColumnSpec, &Domain)| {
            let mut hierarchy = self.hierarchy(column, domain)?;
            let range = &column.levels;
            let last = range.coarsest.unwrap_or(hierarchy.top());
            if last > hierarchy.top() || range.finest > last {
                let message = format!("the hierarchy of `{}` has levels 0 to {}", column.name, hierarchy.top());
                return Err(Error::Usage { message, help: Some("choose `levels` among these".into()) });
            }
            self.places_known(column, domain)?;
            hierarchy.levels.truncate(last + 1);
            hierarchy.levels.drain(..range.finest);
            Ok(hierarchy)
        };
        self.quasi().into_iter().zip(domains).map(ranged).collect()
    }

    /// The people of a column's places, where the rule pack asks for a number of them.
    fn inhabitants(&self, column: &ColumnSpec) -> Option<(&Inhabitants, &Rule<u64>)> {
        let released = column.treatment != TreatmentSpec::Drop;
        released.then_some((self.inhabitants.get(&column.name)?, self.pipeline.rules.least_population.as_ref()?))
    }

    /// Refuses levels whose labels stand for too few people.
    fn populated(&self, column: &ColumnSpec) -> Result<()> {
        let Some((inhabitants, rule)) = self.inhabitants(column) else { return Ok(()) };
        let places = inhabitants.domain(&column.name);
        let beyond = ColumnSpec { unknown: UnknownValues::Suppress, ..column.clone() };
        let smallest = inhabitants.smallest(&self.hierarchy(&beyond, &places)?, &places);
        let range = column.levels.finest..=column.levels.coarsest.unwrap_or(smallest.len() - 1);
        let few = |&(level, people): &(usize, u64)| range.contains(&level) && people <= rule.value;
        let Some((level, people)) = smallest.into_iter().enumerate().rfind(few) else { return Ok(()) };
        let name = &column.name;
        let (least, source) = (rule.value, &rule.source);
        let message =
            format!("a place of `{name}` at level {level} has {people} people, the rules want more than {least}");
        let help = format!("say `levels = {{ finest = {} }}`, or drop the column: {source}", level + 1);
        Err(Error::Usage { message, help: Some(help) })
    }

    /// Refuses places whose people are not known.
    fn places_known(&self, column: &ColumnSpec, domain: &Domain) -> Result<()> {
        let Some((inhabitants, rule)) = self.inhabitants(column) else { return Ok(()) };
        let unknown = inhabitants.unknown(domain);
        if unknown == 0 {
            return Ok(());
        }
        let message = format!("{unknown} distinct values of `{}` are not in its table of inhabitants", column.name);
        let help = format!("add them: how many people share a place must be known, {}", rule.source);
        Err(Error::Usage { message, help: Some(help) })
    }

    /// For each quasi column whose finest level may not be released: the finest label that may. A value that
    /// has none, because its hierarchy cannot be built, stands for itself: [`Self::hierarchies`] then tells.
    pub fn finest(&self) -> Vec<Option<Finest>> {
        let finest = |column: &ColumnSpec| Finest {
            column: column.name.clone(),
            hierarchy: column.hierarchy.clone().unwrap_or(HierarchySpec::Suppress),
            table: self.tables.get(&column.name).map(|(_, table)| table.as_str().into()),
            unknown: column.unknown,
            level: column.levels.finest,
        };
        self.quasi().into_iter().map(|column| (column.levels.finest > 0).then(|| finest(column))).collect()
    }

    /// The hierarchy over the released values of a sensitive column, where a model reads distances from it.
    ///
    /// A column that is generalized by a table has the levels above the one it is released at.
    pub fn tree(&self, domain: &Domain) -> Result<Option<Hierarchy>> {
        let by_tree =
            |model: &ModelSpec| matches!(model, ModelSpec::TCloseness { distance: GroundDistance::Hierarchical, .. });
        let asked = |model: &ModelSpec| model.column() == Some(&domain.column) && by_tree(model);
        let Some(column) = self.pipeline.columns.iter().find(|column| column.name == domain.column) else {
            return Ok(None);
        };
        if !self.pipeline.privacy.models.iter().any(asked) {
            return Ok(None);
        }
        match (&column.treatment, self.tables.get(&column.name)) {
            (TreatmentSpec::Generalize { level }, Some((_, text))) => {
                let above = Hierarchy::table_above(text, level.unwrap_or(0));
                let above = above.map_err(|error| self.unusable(column, error))?;
                self.built(column, Some(&above), domain).map(Some)
            }
            (TreatmentSpec::Generalize { .. }, None) => Err(Error::Usage {
                message: format!("the labels of `{}` have no hierarchy of their own", column.name),
                help: Some("distances between labels are read from a hierarchy `table`; or release the values".into()),
            }),
            _ => self.hierarchy(column, domain).map(Some),
        }
    }

    pub fn hierarchy(&self, column: &ColumnSpec, domain: &Domain) -> Result<Hierarchy> {
        self.built(column, self.tables.get(&column.name).map(|(_, text)| text.as_str()), domain)
    }

    fn built(&self, column: &ColumnSpec, table: Option<&str>, domain: &Domain) -> Result<Hierarchy> {
        let spec = column.hierarchy.as_ref().unwrap_or(&HierarchySpec::Suppress);
        Hierarchy::build(spec, table, domain, column.unknown).map_err(|error| self.unusable(column, error))
    }

    /// A hierarchy's error with its column and, for a table, its path.
    fn unusable(&self, column: &ColumnSpec, error: HierarchyError) -> Error {
        let name = &column.name;
        let path = self.tables.get(name).map(|(path, _)| path.clone());
        let place =
            |line| crate::error::Place { path: path.clone(), line, column: Some(name.clone()), ..Default::default() };
        match error {
            HierarchyError::Table { line, message } => Error::Input {
                message: format!("the hierarchy of `{name}` cannot be used: {message}"),
                place: Some(place(Some(line))),
                help: None,
            },
            HierarchyError::NotARefinement { level, message } => Error::Input {
                message: format!("the hierarchy of `{name}` is not a refinement at level {level}: {message}"),
                place: Some(place(None)),
                help: Some("values that share a label must share every coarser label".into()),
            },
            HierarchyError::Unknown { values } => Error::Input {
                message: format!("{values} distinct values of `{name}` are not in its hierarchy table"),
                place: Some(place(None)),
                help: Some("add them to the table, or set `unknown = \"suppress\"` to release them as `*`".into()),
            },
            HierarchyError::Type { values, expected } => Error::Input {
                message: format!(
                    "{values} distinct values of `{name}` are not what its hierarchy needs: expected {expected}"
                ),
                place: Some(place(None)),
                help: None,
            },
        }
    }

    /// How subjects that are written in several ways are told apart: as their tokens do.
    pub fn subject_form(&self) -> Option<Kind> {
        let Subject::Column(name) = &self.pipeline.source.subject else { return None };
        match self.pipeline.columns.iter().find(|column| column.name == *name)?.treatment {
            TreatmentSpec::Token { canonical, .. } => canonical,
            _ => None,
        }
    }

    /// The treatment of each column that is released and not a quasi column; swapping knows no classes yet.
    ///
    /// `domain` gives the distinct values of a column with a fixed level, `values` these with their records and
    /// subjects, for what is fitted to a column.
    pub fn treatment(
        &self,
        column: &ColumnSpec,
        release: &str,
        domain: impl FnOnce(&ColumnSpec) -> Result<Domain>,
        values: impl FnOnce(&ColumnSpec) -> Result<EquivalenceTable>,
    ) -> Result<Option<Treatment>> {
        let k = self.pipeline.privacy.k;
        let draws = |purpose| Ok::<_, Error>(Draws::ephemeral(&mut stream(&random_secret()?, purpose, 0)));
        Ok(match &column.treatment {
            TreatmentSpec::Drop => None,
            TreatmentSpec::Keep => Some(Treatment::Keep),
            TreatmentSpec::Mask { keep_first, keep_last, with } => {
                Some(Treatment::Mask(Mask::new(*keep_first, *keep_last, *with)?))
            }
            TreatmentSpec::Round { step } => Some(Treatment::Round(Round::new(*step)?)),
            TreatmentSpec::Generalize { level } => {
                let domain = domain(column)?;
                let hierarchy = self.hierarchy(column, &domain)?;
                let index = level.unwrap_or(hierarchy.top());
                let Some(level) = hierarchy.levels.get(index) else {
                    let message = format!("the hierarchy of `{}` has levels 0 to {}", column.name, hierarchy.top());
                    return Err(Error::Usage { message, help: None });
                };
                let label_of = domain.values().iter().zip(&level.label_of);
                let label_of = label_of.filter_map(|(value, &label)| Some((value.clone()?, label))).collect();
                let fixed = Generalize::fixed(label_of, level.labels.clone(), UnknownValues::Error)?;
                Some(Treatment::Generalize(fixed.at_level(&level.name, index, hierarchy.top())))
            }
            TreatmentSpec::Token { algorithm, key, length, canonical } => {
                let token = Token::new(*algorithm, &self.token_key(key)?, self.scope(release, column), *length)?;
                Some(Treatment::Token(token.of_kind(*canonical)))
            }
            TreatmentSpec::Fpe { alphabet, key } => {
                Some(Treatment::Fpe(Fpe::new(alphabet, &self.token_key(key)?, self.scope(release, column))?))
            }
            TreatmentSpec::TopBottom { bottom, top } => {
                let numbers = Numbers::of(&values(column)?)?;
                Some(Treatment::TopBottom(TopBottom::fit(&numbers, *bottom, *top, k)?))
            }
            TreatmentSpec::Microaggregate { k, centre } => {
                Some(Treatment::Microaggregate(Microaggregate::fit(&Numbers::of(&values(column)?)?, *k, *centre)?))
            }
            TreatmentSpec::Noise { kind, scale, step } => {
                Some(Treatment::Noise(Noise::new(*kind, *scale, *step, draws("noise")?)?))
            }
            TreatmentSpec::Shift { days } => Some(Treatment::Shift(Shift::new(*days, draws("shift")?)?)),
            TreatmentSpec::Pram { keep, invariant } => {
                Some(Treatment::Pram(Pram::fit(&values(column)?, *keep, *invariant, k, draws("pram")?)?))
            }
            TreatmentSpec::Swap => Some(Treatment::Swap(Swap::default())),
            TreatmentSpec::Grid { latitude, level } => Some(Treatment::Grid(Grid::new(latitude.clone(), *level)?)),
            TreatmentSpec::Redact => Some(Treatment::Redact(Redact::new())),
        })
    }

    fn scope<'s>(&'s self, release: &'s str, column: &'s ColumnSpec) -> Scope<'s> {
        Scope { release, recipient: &self.pipeline.declaration.recipient, column: &column.name }
    }

    /// 32 bytes that are kept somewhere.
    fn kept_key(&self, key: &KeyRef) -> Result<Secret<[u8; 32]>> {
        match key {
            KeyRef::Env(name) => keys::secret_from_env(name),
            KeyRef::File(path) => keys::secret_from_file(&self.base.join(path)),
            KeyRef::Ephemeral | KeyRef::Device(_) => Err(Error::Internal("this key gives no bytes".into())),
        }
    }

    /// The key that the release's files are encrypted for; `None` where they are not.
    ///
    /// # Errors
    /// The key cannot be read, or is none.
    pub fn recipient_key(&self) -> Result<Option<RecipientKey>> {
        let key = self.pipeline.encryption.as_ref();
        key.map(|spec| Ok(RecipientKey::new(&spec.id, self.kept_key(&spec.key)?))).transpose()
    }

    fn token_key(&self, key: &KeyRef) -> Result<Key> {
        let bytes = match key {
            KeyRef::Ephemeral => return Ok(Key::ephemeral(&mut stream(&random_secret()?, "token key", 0))),
            kept => self.kept_key(kept)?,
        };
        let id = KeyId::of(&bytes);
        Ok(Key::kept(bytes, id))
    }
}

/// A column as the source is asked for it.
pub fn wanted(column: &ColumnSpec) -> Wanted {
    Wanted { name: column.name.clone(), kind: column.kind.clone() }
}

/// 32 bytes from the system's CSPRNG.
pub fn random_secret() -> Result<Secret<[u8; 32]>> {
    let mut bytes = [0; 32];
    SysRng.try_fill_bytes(&mut bytes).map_err(|_| Error::Environment {
        message: "the system gave no randomness".into(),
        path: None,
        source: None,
        help: None,
    })?;
    let secret = Secret::new(bytes);
    zeroize::Zeroize::zeroize(&mut bytes);
    Ok(secret)
}
