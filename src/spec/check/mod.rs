//! From the file as written to the pipeline as meant: what the structure alone cannot tell.

mod catalog;
mod column;
mod hierarchy;
mod key;
mod prepare;
mod privacy;
mod quality;
mod remote;
mod rules;
mod source;
mod treatment;

use super::findings::Check;
use super::packs::names_file;
use super::pipeline::{
    Attacker, Claim, ColumnSpec, Declaration, EncryptionSpec, KeyRef, Pipeline, Role, SearchSpec, Subject,
    TreatmentSpec,
};
use super::raw::{RawEncryption, RawRelease, RawSearch};
use super::remote::PlaceSpec;
use super::rules::RulePack;
use super::schema::schema;
use super::words::{listed, nearest, quoted};
use crate::error::Diagnostic;

/// Parses a pipeline file; fails with all findings in the order of their places.
///
/// `packs` are the rule packs that the file may name. Where it gives a path instead (see
/// [`super::rules_path`]), `packs` holds the one pack read from there and nothing else.
pub fn parse(text: &str, packs: &[RulePack]) -> Result<Pipeline, Vec<Diagnostic>> {
    let mut check = Check::new(text, schema())?;
    let pipeline = pipeline(&mut check, packs);
    check.finish(pipeline)
}

fn pipeline(check: &mut Check, packs: &[RulePack]) -> Option<Pipeline> {
    let name = name(check);
    let claim = check.part(&["claim"]);
    let rules = rules(check, packs);
    let declaration = declaration(check);
    let catalog = catalog::catalog(check);
    let source = source::source(check);
    let prepare = prepare::steps(check);
    let search = search(check);
    let attacker = attacker(check);
    let release = release(check);
    let subject = source.as_ref().map(|source| &source.subject);
    let columns = columns(check, claim, subject, rules.as_ref());
    let privacy = privacy::privacy(check);
    if let Some(columns) = &columns {
        treatment::columns_are_there(check, columns);
        privacy::speaks_of_released(check, columns);
        if let Some(privacy) = &privacy {
            privacy::recoding_fits(check, privacy.recoding, columns);
        }
    }
    let quality = quality::quality(check, columns.as_deref());
    if let Some(pack) = &rules {
        rules::conditions(check, pack);
    }
    let Release { signing_key, encryption, delivery, keep } = release?;
    Some(Pipeline {
        name: name?,
        purpose: check.part(&["purpose"])?,
        claim: claim?,
        context: check.part(&["context"])?,
        rules: rules?,
        declaration: declaration?,
        catalog: catalog?,
        source: source?,
        prepare: prepare?,
        quality: quality?,
        privacy: privacy?,
        search: search?,
        attacker: attacker?,
        columns: columns?,
        signing_key,
        encryption,
        delivery,
        keep,
    })
}

/// The name becomes a folder: it must not lead anywhere else, nor hide.
fn name(check: &mut Check) -> Option<String> {
    let name: String = check.part(&["name"])?;
    let plain = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    let wrong = if name.is_empty() {
        "`name` is empty"
    } else if name.starts_with('.') {
        "`name` must not start with a dot"
    } else if !name.chars().all(plain) {
        "`name` must be usable as the name of a folder"
    } else if name.len() > 200 {
        "`name` is too long for a folder"
    } else {
        return Some(name);
    };
    check.add_help(check.at(&["name"]), wrong, "use letters, digits, Chinese characters, `-`, `_` and `.`");
    None
}

fn rules(check: &mut Check, packs: &[RulePack]) -> Option<RulePack> {
    let rules: String = check.part(&["rules"])?;
    let pack = match packs {
        [pack] if names_file(&rules) => Some(pack),
        _ => packs.iter().find(|pack| pack.name == rules),
    };
    if pack.is_none() {
        let names: Vec<&str> = packs.iter().map(|pack| pack.name.as_str()).collect();
        let help = match nearest(&rules, names.iter().copied()) {
            Some(name) => format!("did you mean {}?", quoted(name)),
            None => format!("built in: {}; or give the path of a `.toml` file", listed(&names, "and")),
        };
        check.add_help(check.at(&["rules"]), format!("there is no rule pack {}", quoted(&rules)), help);
    }
    pack.cloned()
}

fn declaration(check: &mut Check) -> Option<Declaration> {
    for key in ["source_basis", "provider", "recipient", "use"] {
        let path = ["declaration", key];
        if check.part::<String>(&path).is_some_and(|text| text.trim().is_empty()) {
            let help = "articles 7 and 10: what is not declared is not released";
            check.add_help(check.at(&path), format!("the declaration's {} is empty", quoted(key)), help);
        }
    }
    check.part(&["declaration"])
}

fn search(check: &mut Check) -> Option<SearchSpec> {
    if !check.has(&["search"]) {
        return Some(SearchSpec::default());
    }
    let raw: RawSearch = check.part(&["search"])?;
    let statistic = raw.statistic.unwrap_or_default();
    Some(SearchSpec { metric: raw.metric, nodes: raw.nodes, seconds: raw.seconds, statistic })
}

/// The outer `None` is a finding, the inner one an absent section.
fn attacker(check: &mut Check) -> Option<Option<Attacker>> {
    if !check.has(&["attacker"]) {
        return Some(None);
    }
    check.part(&["attacker"]).map(Some)
}

/// What `[release]` says.
#[derive(Default)]
struct Release {
    signing_key: Option<KeyRef>,
    encryption: Option<EncryptionSpec>,
    delivery: Option<PlaceSpec>,
    keep: Option<usize>,
}

/// Who signs, for whom the files are encrypted, where they are put, and what is kept of old ones; `None` is a finding.
fn release(check: &mut Check) -> Option<Release> {
    if !check.has(&["release"]) {
        return Some(Release::default());
    }
    let RawRelease { signing_key, encryption, path, store, keep } = check.part(&["release"])?;
    let signing_key = signing_key.map(|text| key::signing(check, &["release", "signing_key"], &text));
    let encryption = encryption.map(|raw| recipient(check, raw));
    let delivery = match (path, store) {
        (Some(path), store) => Some(remote::place(check, &path, store)),
        (None, Some(_)) => {
            let help = "say `path = \"s3://bucket/prefix/\"` too, or leave it out";
            check.add_help(check.at_key(&["release", "store"]), "`store` is of no use: nothing is put there", help);
            None
        }
        (None, None) => None,
    };
    let keep = keep.map(|keep| keep.releases);
    Some(Release { signing_key: given(signing_key)?, encryption: given(encryption)?, delivery: given(delivery)?, keep })
}

/// An absent key is fine, a finding in a given one is a finding.
#[expect(clippy::option_option, reason = "a finding is not an absent key")]
fn given<T>(part: Option<Option<T>>) -> Option<Option<T>> {
    part.map_or(Some(None), |part| part.map(Some))
}

fn recipient(check: &mut Check, raw: RawEncryption) -> Option<EncryptionSpec> {
    let key = key::recipient(check, &["release", "encryption", "key"], &raw.key);
    if raw.id.trim().is_empty() || raw.id.chars().any(char::is_control) {
        let help = "such as `buyer-2026`: the recipient finds the key by it";
        check.add_help(check.at(&["release", "encryption", "id"]), "this is no name of a key", help);
        return None;
    }
    Some(EncryptionSpec { key: key?, id: raw.id })
}

fn columns(
    check: &mut Check,
    claim: Option<Claim>,
    subject: Option<&Subject>,
    pack: Option<&RulePack>,
) -> Option<Vec<ColumnSpec>> {
    let names = check.keys(&["columns"]);
    let mut columns = Vec::with_capacity(names.len());
    for name in &names {
        columns.extend(column::column(check, name, claim, subject));
    }
    if let Some(pack) = pack {
        rules::columns(check, pack, &columns);
    }
    let mut quasi = false;
    for name in &names {
        // a role that cannot be read is a finding of its own
        quasi |= check.part::<Role>(&["columns", name, "role"]).is_none_or(|role| role == Role::Quasi);
    }
    if names.is_empty() && check.has(&["columns"]) {
        check.add_help(
            check.at_key(&["columns"]),
            "no column is declared",
            "columns that are not declared are dropped",
        );
    } else if !quasi && !names.is_empty() {
        let help =
            "declare what others may know about a subject, such as age, sex and district, with `role = \"quasi\"`";
        check.add_help(check.at_key(&["columns"]), "no column is a quasi-identifier", help);
    } else if !names.is_empty()
        && columns.len() == names.len()
        && columns.iter().all(|column| column.treatment == TreatmentSpec::Drop)
    {
        check.add_help(check.at_key(&["columns"]), "no column is released", "every column is dropped");
    }
    (columns.len() == names.len()).then_some(columns)
}
