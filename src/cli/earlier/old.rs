//! The earlier release: found in the ledger, held against what was certified, and measured again.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::known::Shown;
use super::{Own, Tokens};
use crate::cli::prepare::random_secret;
use crate::engine;
use crate::error::{Error, Result};
use crate::release::certificate::{LevelChosen, Subject, released_digest, stated};
use crate::release::ledger::{Event, LEDGER, Ledger, verify_chain};
use crate::release::measure::{Question, Wrong, measure};
use crate::release::parquet::Part;
use crate::spec::{ModelSpec, RecodingKind};
use crate::table::EquivalenceTable;

/// Why an earlier release cannot be compared.
pub enum Unread {
    /// It is gone or not what it was; names no path.
    Lost(String),
    Error(Error),
}

impl From<Error> for Unread {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

fn lost(what: impl Into<String>) -> Unread {
    Unread::Lost(what.into())
}

/// A release as the ledger has it.
pub struct Noted {
    pub release: String,
    /// SHA-256 of its certificate in hex.
    statement: String,
}

impl Noted {
    /// The newest release of the dataset whose folder this is; before the release of this id, where one is given.
    /// Refusals and what killed runs have left do not count.
    ///
    /// # Errors
    /// The ledger cannot be read, or its chain is broken.
    pub fn newest(folder: &Path, before: Option<&str>) -> Result<Option<Self>> {
        let (Some(out), Some(dataset)) = (folder.parent(), folder.file_name()) else { return Ok(None) };
        let path = out.join(LEDGER);
        if !path.exists() {
            return Ok(None);
        }
        drop(Ledger::open(&path)?); // cuts a line that was never finished
        let mut newest = None;
        for entry in verify_chain(&path)? {
            match entry.event {
                Event::Released { release, .. } if before == Some(release.as_str()) => break,
                Event::Released { release, name, statement, .. } if dataset == name.as_str() => {
                    newest = Some(Self { release, statement });
                }
                Event::Released { .. } | Event::Refused { .. } | Event::Approved { .. } | Event::Pruned { .. } => {}
            }
        }
        Ok(newest)
    }
}

/// What is read of a certificate; a later version may say more, or other things.
#[derive(Deserialize)]
struct Stated {
    predicate: Predicate,
}

#[derive(Deserialize)]
struct Predicate {
    conditions: Asked,
    recoding: Vec<LevelChosen>,
    logical: Vec<Subject>,
}

#[derive(Deserialize)]
struct Asked {
    quasi: Vec<String>,
    tokens: Vec<String>,
    subject_token: Option<String>,
    #[serde(default)]
    recoding: RecodingKind,
    #[serde(default)]
    models: Vec<ModelSpec>,
}

/// The earlier release beside the new one.
pub struct Old {
    /// Quasi columns of both, in the order of the new release.
    pub quasi: Vec<String>,
    /// Sensitive columns that both count.
    pub sensitive: Vec<String>,
    /// Whether both have a token of their subjects, so that subjects are counted in both.
    pub subjects: bool,
    pub table: EquivalenceTable,
    pub tokens: Tokens,
    kind: RecodingKind,
    recoding: Vec<LevelChosen>,
}

impl Old {
    pub fn read(folder: &Path, noted: &Noted, own: &Own) -> Result<Self, Unread> {
        let folder = folder.join(&noted.release);
        let Predicate { conditions, recoding, logical } = certificate(&folder, &noted.statement)?;
        let common = |own: &[String], old: &[String]| -> Vec<String> {
            own.iter().filter(|name| old.contains(name)).cloned().collect()
        };
        let quasi = common(&own.conditions.quasi, &conditions.quasi);
        let sensitive = common(&own.conditions.sensitive(), &ModelSpec::columns(&conditions.models));
        let subjects = own.conditions.subject_token.is_some() && conditions.subject_token.is_some();
        let subject = conditions.subject_token.as_deref().filter(|_| subjects);
        let files: Vec<PathBuf> = logical.iter().map(|file| folder.join(&file.name)).collect();
        let question = Question { quasi: &quasi, sensitive: &sensitive, subject, key: own.key };
        let parts = engine::parts(question.columns(), subject.is_some(), own.spills, &random_secret()?)?;
        // a decoder that panics on a file has found it wrong
        let measured = catch_unwind(AssertUnwindSafe(|| {
            let first = files.first().ok_or_else(|| lost("it has no files"))?;
            let schema = Part::open(first, own.key).map_err(lost)?.schema().clone();
            let place = |name: &String| {
                let place = schema.index_of(name).map_err(|_| lost(format!("the column `{name}` is not in it")))?;
                Ok((name.clone(), place))
            };
            let places = conditions.tokens.iter().map(place).collect::<Result<Vec<_>, Unread>>()?;
            let tokens = Tokens::new(own.tokens.hasher(), places);
            let workers = parts.into_iter().map(|part| (part, tokens.twin())).collect();
            let (measured, seen) = measure(&files, &question, workers).map_err(|wrong| match wrong {
                Wrong::File(_, what) | Wrong::Error(Error::Internal(what)) => lost(what),
                Wrong::Error(error) => Unread::Error(error),
            })?;
            Ok::<_, Unread>((measured, seen, tokens))
        }));
        let (measured, seen, mut tokens) = measured.unwrap_or_else(|_| Err(lost("its data pages are damaged")))?;
        seen.into_iter().for_each(|part| tokens.merge(part));
        if logical.iter().zip(&measured.digests).any(|(file, digest)| file.digest != *digest) {
            return Err(lost("its values are not those that were certified"));
        }
        Ok(Self { quasi, sensitive, subjects, table: measured.table, tokens, kind: conditions.recoding, recoding })
    }

    /// How the labels of a column came about.
    pub fn shown(&self, column: &str) -> Shown {
        let Some(told) = self.recoding.iter().find(|told| told.column == column) else { return Shown::Labels };
        match self.kind {
            RecodingKind::Microaggregation if told.name.starts_with("interval") => Shown::Values,
            RecodingKind::Microaggregation => Shown::Centers,
            RecodingKind::Cells => Shown::Values,
            RecodingKind::Global if told.name == "value" => Shown::Values,
            RecodingKind::Global => Shown::Labels,
            // only two levels: the value, and `*`
            RecodingKind::Local if told.of == 1 => Shown::Values,
            RecodingKind::Local => Shown::Mixed,
        }
    }
}

/// The certificate of a release, if it is the one whose digest the ledger has: then it needs no key.
fn certificate(folder: &Path, statement: &str) -> Result<Predicate, Unread> {
    let text = std::fs::read(folder.join("certificate.json")).map_err(|_| lost("its certificate cannot be read"))?;
    if released_digest(&text) != statement {
        return Err(lost("its certificate is not the one that the ledger notes"));
    }
    let stated: Option<Stated> = stated(&text);
    Ok(stated.ok_or_else(|| lost("its certificate is of another form"))?.predicate)
}
