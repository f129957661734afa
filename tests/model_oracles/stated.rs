//! What the files of the oracles say.

use std::path::Path;

use serde_json::Value;

pub fn oracle(shared: &Path, name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(shared.join("oracles").join(name)).unwrap()).unwrap()
}

pub fn names(value: &Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_string()).collect()
}

pub fn levels(value: &Value) -> Vec<usize> {
    value.as_array().unwrap().iter().map(|level| level.as_u64().unwrap() as usize).collect()
}

/// A number, also where it stands in a text or in `{ "value": … }`.
pub fn number(value: &Value) -> f64 {
    match value {
        Value::Object(fields) => number(&fields["value"]),
        Value::Array(items) => number(&items[0]),
        Value::String(text) => text.parse().unwrap(),
        other => other.as_f64().unwrap_or_else(|| panic!("{other} is no number")),
    }
}

#[track_caller]
pub fn same(found: f64, stated: &Value, what: &str) {
    let stated = number(stated);
    assert!((found - stated).abs() <= 1e-12 * stated.abs().max(1.0), "{what}: {found}, stated {stated}");
}
