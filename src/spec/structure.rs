//! Holds a document against a JSON Schema: unknown and missing keys, wrong types, unknown words, bounds.
//!
//! Knows the part of JSON Schema that `schemars` writes for our types, nothing more.

use std::ops::Range;

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::words::{listed, nearest, quoted, special_key, special_word};
use crate::error::Diagnostic;

/// A finding with the path of the value that is wrong.
pub(super) struct Found {
    pub path: Vec<String>,
    pub diagnostic: Diagnostic,
}

/// Returns everything in which a value differs from a schema.
pub(super) fn differences(schema: &Value, value: &Spanned<DeValue>) -> Vec<Found> {
    let mut walk = Walk { root: schema, path: Vec::new(), found: Vec::new() };
    walk.value(schema, 0..0, value);
    walk.found
}

struct Walk<'s> {
    root: &'s Value,
    path: Vec<String>,
    found: Vec<Found>,
}

impl<'s> Walk<'s> {
    fn add(&mut self, diagnostic: Diagnostic) {
        self.found.push(Found { path: self.path.clone(), diagnostic });
    }

    /// The last key of the path, past list indices, as code.
    fn name(&self) -> String {
        let key = self.path.iter().rev().find(|step| step.parse::<usize>().is_err());
        key.map_or_else(|| "the file".to_owned(), |key| quoted(key))
    }

    fn value(&mut self, schema: &'s Value, key: Range<usize>, value: &Spanned<DeValue>) {
        let forms = self.forms(schema);
        let fitting: Vec<&Value> = forms.iter().copied().filter(|form| takes(form, value.get_ref())).collect();
        if fitting.is_empty() {
            let expected: Vec<&str> = forms.iter().map(|form| form_name(form)).collect();
            let message =
                format!("{} must be {}, not {}", self.name(), alternatives(expected), kind_name(value.get_ref()));
            self.add(with_meaning(Diagnostic::new(value.span(), message), schema));
            return;
        }
        match value.get_ref() {
            DeValue::String(text) => self.text(&forms, &fitting, value.span(), text),
            DeValue::Table(table) => self.table(&fitting, key, value.span(), table),
            DeValue::Array(list) => self.list(fitting[0], value.span(), list),
            DeValue::Integer(number) => {
                let number = i128::from_str_radix(number.as_str(), number.radix());
                self.number(fitting[0], value.span(), number.map_or(f64::INFINITY, |number| number as f64));
            }
            DeValue::Float(number) => {
                self.number(fitting[0], value.span(), number.as_str().parse().unwrap_or(f64::NAN));
            }
            DeValue::Boolean(_) | DeValue::Datetime(_) => {}
        }
    }

    /// The forms that a value may have: references followed, alternatives side by side.
    fn forms(&self, schema: &'s Value) -> Vec<&'s Value> {
        if let Some(reference) = schema["$ref"].as_str() {
            let target = reference.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer));
            return target.map(|target| self.forms(target)).unwrap_or_default();
        }
        for several in ["anyOf", "oneOf"] {
            if let Some(schemas) = schema[several].as_array() {
                return schemas.iter().flat_map(|schema| self.forms(schema)).collect();
            }
        }
        vec![schema]
    }

    fn text(&mut self, forms: &[&'s Value], fitting: &[&'s Value], span: Range<usize>, text: &str) {
        if let Some(free) = fitting.iter().find(|form| words_of(form).is_empty()) {
            let length = text.chars().count() as u64;
            let least = free["minLength"].as_u64().unwrap_or(0);
            let most = free["maxLength"].as_u64().unwrap_or(u64::MAX);
            if (least, most) == (1, 1) && length != 1 {
                let message = format!("{} must be one character, not {length}", self.name());
                self.add(Diagnostic::new(span, message));
            }
            return;
        }
        let words: Vec<&str> = fitting.iter().flat_map(|form| words_of(form)).collect();
        if words.contains(&text) {
            return;
        }
        let found = if let Some((message, help)) = special_word(&self.path, text) {
            Diagnostic::new(span, message).with_help(help)
        } else if forms.iter().any(|form| keys_of(form).contains(&text)) {
            let message = format!("{} {} needs its settings", self.name(), quoted(text));
            Diagnostic::new(span, message).with_help(format!("write a table: `{{ {text} = .. }}`"))
        } else {
            let help = match nearest(text, words.iter().copied()) {
                Some(word) => format!("did you mean {}?", quoted(word)),
                None => format!("it can be {}", listed(&words, "or")),
            };
            Diagnostic::new(span, format!("{} cannot be {}", self.name(), quoted(text))).with_help(help)
        };
        self.add(found);
    }

    fn table(&mut self, forms: &[&'s Value], key: Range<usize>, span: Range<usize>, table: &DeTable) {
        let given = |form: &Value| table.iter().any(|(key, _)| keys_of(form).contains(&key.get_ref().as_ref()));
        let chosen: Vec<&Value> =
            if forms.len() == 1 { forms.to_vec() } else { forms.iter().copied().filter(|form| given(form)).collect() };
        let names: Vec<&str> = forms.iter().flat_map(|form| keys_of(form)).collect();
        match chosen[..] {
            [form] => self.keys(form, key, table),
            [] if table.is_empty() => {
                let message = format!("{} says nothing", self.name());
                self.add(Diagnostic::new(span, message).with_help(format!("give one of {}", listed(&names, "or"))));
            }
            [] => {
                for (key, _) in table {
                    self.unknown_key(key, &names);
                }
            }
            _ => {
                let keys: Vec<&str> = chosen.iter().flat_map(|form| keys_of(form)).collect();
                let message = format!("{} can be only one of {}", self.name(), listed(&keys, "and"));
                self.add(Diagnostic::new(span, message).with_help("leave the others out"));
            }
        }
    }

    fn keys(&mut self, form: &'s Value, at: Range<usize>, table: &DeTable) {
        let names = keys_of(form);
        for (key, value) in table {
            let schema = form["properties"].get(key.get_ref().as_ref());
            match schema.or_else(|| form.get("additionalProperties").filter(|more| more.is_object())) {
                Some(schema) => {
                    self.path.push(key.get_ref().to_string());
                    self.value(schema, key.span(), value);
                    self.path.pop();
                }
                None => self.unknown_key(key, &names),
            }
        }
        let unknown = table.iter().filter(|(key, _)| !names.contains(&key.get_ref().as_ref()));
        let meant: Vec<&str> = unknown.filter_map(|(key, _)| nearest(key.get_ref(), names.iter().copied())).collect();
        for required in form["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            // a misspelt key was told already, with the right one as help
            if !table.contains_key(required) && !meant.contains(&required) {
                let message = match self.path.is_empty() {
                    true => format!("the key {} is missing", quoted(required)),
                    false => format!("{} lacks the key {}", quoted(&self.path.join(".")), quoted(required)),
                };
                self.add(with_meaning(Diagnostic::new(at.clone(), message), &form["properties"][required]));
            }
        }
    }

    fn unknown_key(&mut self, key: &Spanned<std::borrow::Cow<str>>, names: &[&str]) {
        let word = key.get_ref().as_ref();
        let found = if let Some((message, help)) = special_key(&self.path, word) {
            Diagnostic::new(key.span(), message).with_help(help)
        } else {
            let help = match nearest(word, names.iter().copied()) {
                Some(name) => format!("did you mean {}?", quoted(name)),
                None => format!("the keys here are {}", listed(names, "and")),
            };
            Diagnostic::new(key.span(), format!("unknown key {}", quoted(word))).with_help(help)
        };
        self.add(found);
    }

    fn list(&mut self, form: &'s Value, span: Range<usize>, list: &DeArray) {
        if (list.len() as u64) < form["minItems"].as_u64().unwrap_or(0) {
            let message = format!("{} must not be empty", self.name());
            self.add(Diagnostic::new(span, message));
        }
        if let Some(items) = form.get("items") {
            for (index, item) in list.iter().enumerate() {
                self.path.push(index.to_string());
                self.value(items, item.span(), item);
                self.path.pop();
            }
        }
    }

    fn number(&mut self, form: &Value, span: Range<usize>, number: f64) {
        let bound = |key: &str| form[key].as_f64();
        let wrong = if !number.is_finite() {
            Some("a finite number that fits 64 bits".to_owned())
        } else if let Some(least) = bound("minimum").filter(|least| number < *least) {
            Some(format!("at least {least}"))
        } else if let Some(most) = bound("maximum").filter(|most| number > *most) {
            Some(format!("at most {most}"))
        } else if let Some(below) = bound("exclusiveMinimum").filter(|below| number <= *below) {
            Some(format!("above {below}"))
        } else if let Some(above) = bound("exclusiveMaximum").filter(|above| number >= *above) {
            Some(format!("below {above}"))
        } else {
            let most = match form["format"].as_str() {
                Some("uint32") => f64::from(u32::MAX),
                Some("uint64" | "uint" | "int64") => i64::MAX as f64,
                _ => f64::INFINITY,
            };
            (number > most).then(|| "a smaller number".to_owned())
        };
        if let Some(wrong) = wrong {
            let message = format!("{} must be {wrong}", self.name());
            self.add(Diagnostic::new(span, message));
        }
    }
}

/// Adds what the schema says of a key as help.
fn with_meaning(found: Diagnostic, schema: &Value) -> Diagnostic {
    match schema["description"].as_str().and_then(|text| text.lines().next()) {
        Some(meaning) => {
            let mut letters = meaning.chars();
            let first = letters.next().map(|first| first.to_lowercase().to_string()).unwrap_or_default();
            found.with_help(format!("it is {first}{}", letters.as_str().trim_end_matches('.')))
        }
        None => found,
    }
}

fn takes(form: &Value, value: &DeValue) -> bool {
    let kind = form["type"].as_str().unwrap_or(if words_of(form).is_empty() { "object" } else { "string" });
    match value {
        DeValue::String(_) => kind == "string",
        DeValue::Integer(_) => kind == "integer" || kind == "number",
        DeValue::Float(_) => kind == "number",
        DeValue::Boolean(_) => kind == "boolean",
        DeValue::Array(_) => kind == "array",
        DeValue::Table(_) => kind == "object",
        DeValue::Datetime(_) => false,
    }
}

fn words_of(form: &Value) -> Vec<&str> {
    let several = form["enum"].as_array().into_iter().flatten();
    form.get("const").into_iter().chain(several).filter_map(Value::as_str).collect()
}

fn keys_of(form: &Value) -> Vec<&str> {
    form["properties"].as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect()
}

fn form_name(form: &Value) -> &'static str {
    match form["type"].as_str() {
        Some("string") if !words_of(form).is_empty() => "a word",
        Some("string") => "text in quotes",
        Some("integer") => "a whole number",
        Some("number") => "a number",
        Some("boolean") => "true or false",
        Some("array") => "a list",
        _ => "a table",
    }
}

fn kind_name(value: &DeValue) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with decimals",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a TOML date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn alternatives(mut names: Vec<&str>) -> String {
    names.dedup();
    names.join(" or ")
}
