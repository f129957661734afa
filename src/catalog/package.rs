//! `datapackage.json`: a Frictionless Data Package with a Table Schema.

use arrow::datatypes::DataType;
use serde_json::{Map, Value, json};

use super::{CatalogData, Column, File};
use crate::spec::Role;

/// The type of the files, as IANA has it.
pub const MEDIA_TYPE: &str = "application/vnd.apache.parquet";

/// Longer lists of labels help nobody.
const MOST_LABELS: usize = 100;

/// Writes the package: one resource per file, all with the schema of the released columns.
///
/// Constraints state what holds for the written cells and is in them: the labels of a quasi column, where at least
/// `k` subjects share each. Values of sensitive columns are never listed.
///
/// # References
/// Data Package and Table Schema, version 2.0, datapackage.org, 2024.
pub fn data_package(data: &CatalogData) -> String {
    let catalog = data.catalog.as_ref();
    let mut package = Map::new();
    let mut put = |key: &str, value: Value| {
        package.insert(key.to_owned(), value);
    };
    put("$schema", json!("https://datapackage.org/profiles/2.0/datapackage.json"));
    put("name", json!(slug(&data.release)));
    put("id", json!(data.release));
    put("title", json!(catalog.and_then(|catalog| catalog.title.as_ref()).unwrap_or(&data.name)));
    if let Some(catalog) = catalog {
        put("description", json!(catalog.summary));
    }
    put("created", json!(data.issued_at));
    put("contributors", json!([{ "title": data.declaration.provider, "roles": ["publisher"] }]));
    let resources: Vec<Value> = data.files.iter().map(|file| resource(data, file)).collect();
    put("resources", Value::from(resources));
    pretty(&Value::Object(package))
}

fn resource(data: &CatalogData, file: &File) -> Value {
    let name = file.path.rsplit('/').next().unwrap_or(&file.path);
    let fields: Vec<Value> = data.columns.iter().map(|column| field(column, data.k)).collect();
    json!({
        "$schema": "https://datapackage.org/profiles/2.0/dataresource.json",
        "name": slug(name.trim_end_matches(".parquet")),
        "type": "table",
        "path": file.path,
        "format": "parquet",
        "mediatype": MEDIA_TYPE,
        "bytes": file.bytes,
        "hash": format!("sha256:{}", file.sha256),
        "schema": {
            "$schema": "https://datapackage.org/profiles/2.0/tableschema.json",
            "fields": fields,
        },
    })
}

fn field(column: &Column, k: u64) -> Value {
    let mut field = json!({ "name": column.name, "type": kind(&column.kind), "description": description(column) });
    let shared = !column.labels.is_empty() && column.labels.iter().all(|label| label.subjects >= k);
    if column.role == Role::Quasi && shared && column.labels.len() <= MOST_LABELS && column.kind == DataType::Utf8 {
        let labels: Vec<&str> = column.labels.iter().map(|label| label.text.as_str()).collect();
        field["constraints"] = json!({ "enum": labels });
    }
    field
}

/// The word of Table Schema.
pub(super) fn kind(kind: &DataType) -> &'static str {
    match kind {
        DataType::Utf8 => "string",
        DataType::Int64 => "integer",
        DataType::Float64 => "number",
        DataType::Date32 => "date",
        DataType::Boolean => "boolean",
        _ => "any",
    }
}

/// Role and treatment, in Chinese and English.
pub(super) fn description(column: &Column) -> String {
    let (zh, en) = match column.role {
        Role::Identifier => ("直接标识符", "identifier"),
        Role::Quasi => ("准标识符", "quasi-identifier"),
        Role::Sensitive => ("敏感属性", "sensitive"),
        Role::Insensitive => ("一般属性", "insensitive"),
    };
    format!("{zh} {en}: {}", column.treatment)
}

/// Lower-case letters, digits, `-`, `_` and `.`, as names of packages and resources are.
fn slug(name: &str) -> String {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
    name.chars().map(|c| c.to_ascii_lowercase()).map(|c| if plain(c) { c } else { '-' }).collect()
}

/// Indented, with a line end; a JSON value always has a text.
pub(super) fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}
