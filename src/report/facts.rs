//! The facts of a treatment, as a list and, where there is one, a matrix.

use minijinja::value::Serde;
use minijinja::{Value, context};
use serde_json::Value as Json;

use super::words;
use crate::risk::figure;

/// Every fact by its name; a transition matrix by itself. What has no words is shown by its key.
pub fn facts(facts: &Json) -> Value {
    let mut rows = Vec::new();
    if let Json::Object(object) = facts {
        for (key, value) in object.iter().filter(|(key, _)| !matches!(key.as_str(), "names" | "matrix")) {
            flat(&mut rows, vec![name(key)], value);
        }
    }
    context! { rows, matrix => matrix(facts) }
}

fn name(key: &str) -> Value {
    words::fact(key).map_or_else(|| context! { id => key }, |words| Value::from(Serde(words)))
}

fn flat(rows: &mut Vec<Value>, names: Vec<Value>, value: &Json) {
    match value {
        Json::Null => {}
        Json::Object(object) => {
            for (key, value) in object {
                flat(rows, [names.clone(), vec![name(key)]].concat(), value);
            }
        }
        _ => {
            let shown = match value {
                Json::Number(number) => context! { text => number.as_f64().map(figure), exact => number.as_f64() },
                Json::Bool(true) => context! { zh => "是", en => "yes" },
                Json::Bool(false) => context! { zh => "否", en => "no" },
                Json::String(text) => context! { text },
                other => context! { text => other.to_string() },
            };
            rows.push(context! { names, ..shown });
        }
    }
}

/// `names` and the rows of `matrix`, if both are there and fit.
fn matrix(facts: &Json) -> Option<Value> {
    let names: Vec<Option<String>> =
        facts["names"].as_array()?.iter().map(|name| name.as_str().map(str::to_owned)).collect();
    let rows = facts["matrix"].as_array()?;
    let cell = |cell: &Json| {
        let value = cell.as_f64().unwrap_or(f64::NAN);
        context! { exact => value, value => figure((value * 1e4).round() / 1e4), tone => (value * 100.0).round() }
    };
    let rows: Vec<Vec<Value>> =
        rows.iter().map(|row| row.as_array().map_or(Vec::new(), |row| row.iter().map(cell).collect())).collect();
    let fits = !names.is_empty() && rows.len() == names.len() && rows.iter().all(|row| row.len() == names.len());
    fits.then(|| {
        let rows: Vec<Value> =
            names.iter().zip(rows).map(|(name, cells)| context! { name => name.clone(), cells }).collect();
        context! { names, rows }
    })
}
