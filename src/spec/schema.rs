//! JSON Schemas from the types that read the files.

use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value};

use super::raw::RawPipeline;

/// Made once: it does not change, and takes longer than to read a file.
static PIPELINE: LazyLock<Value> = LazyLock::new(schema_of::<RawPipeline>);

/// Returns the JSON Schema (draft 2020-12) of the pipeline file.
pub fn schema() -> &'static Value {
    &PIPELINE
}

/// Returns the schema of a type as TOML can say it: without null, which TOML has not.
pub(super) fn schema_of<T: JsonSchema>() -> Value {
    let generator = SchemaSettings::draft2020_12().for_deserialize().into_generator();
    let schema: Schema = generator.into_root_schema_for::<T>();
    let mut schema = schema.to_value();
    drop_null(&mut schema);
    schema
}

fn drop_null(schema: &mut Value) {
    match schema {
        Value::Array(list) => list.iter_mut().for_each(drop_null),
        Value::Object(object) => {
            object.values_mut().for_each(drop_null);
            drop_null_type(object);
            drop_null_alternative(object);
        }
        _ => {}
    }
}

fn drop_null_type(object: &mut Map<String, Value>) {
    let Some(Value::Array(types)) = object.get_mut("type") else { return };
    types.retain(|kind| kind != "null");
    if let [kind] = &types[..] {
        let kind = kind.clone();
        object.insert("type".to_owned(), kind);
    }
    if object.get("default").is_some_and(Value::is_null) {
        object.remove("default");
    }
    if let Some(Value::Array(words)) = object.get_mut("enum") {
        words.retain(|word| !word.is_null());
    }
}

/// `anyOf [T, null]` becomes T; the description of the place stays.
fn drop_null_alternative(object: &mut Map<String, Value>) {
    let Some(Value::Array(forms)) = object.get_mut("anyOf") else { return };
    let before = forms.len();
    forms.retain(|form| form["type"] != "null");
    if forms.len() == before {
        return;
    }
    if let [Value::Object(only)] = &forms[..] {
        let only = only.clone();
        object.remove("anyOf");
        for (key, value) in only {
            object.entry(key).or_insert(value);
        }
    }
    if object.get("default").is_some_and(Value::is_null) {
        object.remove("default");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_describes_every_key_and_knows_no_null() {
        let schema = schema();
        assert_eq!(schema["title"], "tuomin pipeline");
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        let required = ["name", "purpose", "claim", "rules", "context", "declaration", "source", "privacy", "columns"];
        assert_eq!(schema["required"], Value::from(required.to_vec()));
        // `null` is a word of some keys
        fn has_null(value: &Value) -> bool {
            match value {
                Value::Null => true,
                Value::Array(list) => list.iter().any(has_null),
                Value::Object(object) => {
                    let null_type = object.get("type").is_some_and(|kind| {
                        kind == "null" || kind.as_array().is_some_and(|kinds| kinds.contains(&"null".into()))
                    });
                    null_type || object.values().any(has_null)
                }
                _ => false,
            }
        }
        assert!(!has_null(schema), "TOML has no null");

        let mut objects = vec![("".to_owned(), schema)];
        objects.extend(schema["$defs"].as_object().into_iter().flatten().map(|(name, form)| (name.clone(), form)));
        let mut keys = 0;
        for (name, object) in objects {
            for (key, value) in object["properties"].as_object().into_iter().flatten() {
                assert!(value["description"].is_string(), "`{name}.{key}` has no description");
                keys += 1;
            }
            if object["type"] == "object" && object.get("properties").is_some() {
                assert_eq!(object["additionalProperties"], false, "`{name}` takes unknown keys");
            }
        }
        assert!(keys > 35, "only {keys} keys were looked at");
    }
}
