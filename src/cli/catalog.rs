//! The catalogue files of a release, and what article 18 says of a source that is a release itself.

use serde::Deserialize;

use super::certify::Told;
use super::prepare::Prepared;
use crate::catalog::{self, CatalogData, Column, File};
use crate::error::{Error, Reason, Result};
use crate::release::certificate::{Subject, stated};
use crate::release::parquet::{CERTIFICATE_KEY, Part};
use crate::release::staging::Staging;
use crate::report::ReportData;
use crate::source::Source;
use crate::spec::{Declaration, Purpose};

/// What a certificate states of the use of its release.
#[derive(Deserialize)]
struct Stated {
    predicate: Terms,
}

#[derive(Deserialize)]
struct Terms {
    purpose: Purpose,
    declaration: Declaration,
}

/// Why the source must not be released on; empty where it may, or where it is not a release.
///
/// The signatures of its certificates are not checked: one that states a limit is believed.
pub fn received(prepared: &Prepared, source: &Source) -> Result<Vec<Reason>> {
    let mut reasons: Vec<Reason> = Vec::new();
    let of_files = source.files.iter().chain(&source.beside).filter_map(|file| {
        // a file of another form or other types is no release
        Part::open(file, None).ok()?.certificate().map(str::to_owned)
    });
    for certificate in of_files.chain(source.told_by_objects(CERTIFICATE_KEY)) {
        let found = match stated::<Stated>(certificate.as_bytes()) {
            Some(Stated { predicate: Terms { purpose, declaration } }) => {
                catalog::received((purpose, &declaration), &prepared.pipeline.declaration)
            }
            None => vec![Reason {
                condition: "article_18_unknown".into(),
                message: "the source has a certificate, and what it states of the use cannot be read".into(),
                help: Some("take the release as its provider gave it: `tuomin verify` checks it".into()),
            }],
        };
        reasons.extend(found.into_iter().filter(|reason| !reasons.contains(reason)).collect::<Vec<_>>());
    }
    Ok(reasons)
}

/// Writes both files beside the data files, whose bytes are final; gives their names.
pub fn write(told: &Told, report: &ReportData, files: &[Subject], staging: &Staging) -> Result<Vec<String>> {
    let data = CatalogData {
        release: report.release.clone(),
        name: report.name.clone(),
        issued_at: report.issued_at.clone(),
        claim: report.claim,
        purpose: report.purpose,
        context: report.context,
        rules: report.rules.clone(),
        k: report.k,
        declaration: report.declaration.clone(),
        catalog: told.prepared.pipeline.catalog.clone(),
        records: told.measured.rows,
        columns: columns(told, report)?,
        files: files.iter().map(|file| described(file, staging)).collect::<Result<_>>()?,
    };
    staging.write(catalog::CATALOG, catalog::catalog(&data).as_bytes())?;
    staging.write(catalog::PACKAGE, catalog::data_package(&data).as_bytes())?;
    Ok(vec![catalog::CATALOG.into(), catalog::PACKAGE.into()])
}

/// The columns of the written files.
fn columns(told: &Told, report: &ReportData) -> Result<Vec<Column>> {
    let column = |field: &arrow::datatypes::Field| {
        let known = report.columns.iter().find(|column| column.name == *field.name());
        let known = known.ok_or_else(|| Error::Internal("a column was written that no pipeline declares".into()))?;
        let quasi = told.conditions.quasi.iter().position(|name| name == field.name());
        Ok(Column {
            name: field.name().clone(),
            kind: field.data_type().clone(),
            role: known.role,
            treatment: known.treatment.clone(),
            labels: quasi.map(|place| catalog::labels(&told.measured.table, place)).unwrap_or_default(),
        })
    };
    told.measured.schema.fields().iter().map(|field| column(field)).collect()
}

fn described(file: &Subject, staging: &Staging) -> Result<File> {
    let path = staging.folder().join(&file.name);
    let failed = |source| Error::Environment {
        message: "could not read a file".into(),
        path: Some(path.clone()),
        source: Some(source),
        help: None,
    };
    let bytes = std::fs::metadata(&path).map_err(failed)?.len();
    Ok(File { path: file.name.clone(), bytes, sha256: hex::encode(file.digest.sha256) })
}
