//! What both files are made from.

use arrow::datatypes::DataType;

use crate::spec::{Catalog, Claim, Context, Declaration, Purpose, Role};
use crate::table::EquivalenceTable;

/// A release, as far as a catalogue tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct CatalogData {
    pub release: String,
    pub name: String,
    /// RFC 3339, UTC, to the second.
    pub issued_at: String,
    pub claim: Claim,
    pub purpose: Purpose,
    pub context: Context,
    /// The name of the rule pack.
    pub rules: String,
    /// Fewer subjects than this share no label that is listed.
    pub k: u64,
    pub declaration: Declaration,
    /// Absent where the pipeline gives none: then the entry tells what the declaration does.
    pub catalog: Option<Catalog>,
    pub records: u64,
    /// In the order of the files.
    pub columns: Vec<Column>,
    pub files: Vec<File>,
}

/// A released column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    pub name: String,
    /// Its type in the written files.
    pub kind: DataType,
    pub role: Role,
    /// What was done to it, as the report tells it.
    pub treatment: String,
    /// Of a quasi column: what is in the written files. Empty for others: values of one class may be rare.
    pub labels: Vec<Label>,
}

/// A value of the written files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    pub text: String,
    /// At least so many distinct subjects have it.
    pub subjects: u64,
}

/// A data file of the release, by its path within it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub path: String,
    pub bytes: u64,
    /// 64 hex digits.
    pub sha256: String,
}

/// The values of a quasi column of the written files, nulls left out, in the order of its domain.
///
/// The subjects of a label are those of the largest class that has it: a subject may be in several classes, so their
/// sum could overstate.
pub fn labels(table: &EquivalenceTable, column: usize) -> Vec<Label> {
    let (Some(domain), Some(codes)) = (table.domains.get(column), table.codes.get(column)) else { return Vec::new() };
    let classes = table.finest();
    let mut most = vec![0; domain.len()];
    for (&code, &class) in codes.iter().zip(&classes.class_of) {
        let subjects = classes.subjects.get(class as usize).copied().unwrap_or(0);
        if let Some(most) = most.get_mut(code as usize) {
            *most = subjects.max(*most);
        }
    }
    let labels = domain.values().iter().zip(most);
    labels.filter_map(|(text, subjects)| Some(Label { text: text.clone()?, subjects })).collect()
}
