//! JSON in which no key stands twice and no number loses a digit.

use std::collections::HashSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use crate::source::cells::Value;

/// What is wrong with a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    Text,
    Twice,
    Digits,
}

/// Marks in messages of the library, which are never shown.
const TWICE: &str = "\u{1}twice";
const DIGITS: &str = "\u{1}digits";

pub(super) enum Json {
    Null,
    Boolean(bool),
    Integer(i64),
    Large(u64),
    Number(f64),
    Text(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
}

/// The object that the bytes are.
pub(super) fn object(bytes: &[u8]) -> Result<Vec<(String, Json)>, Wrong> {
    match serde_json::from_slice::<Json>(bytes) {
        Ok(Json::Object(pairs)) => Ok(pairs),
        Ok(_) => Err(Wrong::Text),
        Err(error) => {
            let said = error.to_string();
            Err(match said {
                _ if said.starts_with(TWICE) => Wrong::Twice,
                _ if said.starts_with(DIGITS) => Wrong::Digits,
                _ => Wrong::Text,
            })
        }
    }
}

/// The cells of an object, nested ones by `a.b`.
pub(super) fn flat(object: Vec<(String, Json)>) -> Vec<(String, Value<'static>)> {
    let mut cells = Vec::new();
    add("", object, &mut cells);
    cells
}

fn add(before: &str, object: Vec<(String, Json)>, cells: &mut Vec<(String, Value<'static>)>) {
    for (key, value) in object {
        let name = if before.is_empty() { key } else { format!("{before}.{key}") };
        let value = match value {
            Json::Object(inner) => {
                add(&name, inner, cells);
                continue;
            }
            Json::Null => Value::Null,
            Json::Boolean(truth) => Value::Boolean(truth),
            Json::Integer(number) => Value::Integer(number),
            Json::Large(number) => Value::Text(number.to_string().into()),
            Json::Number(number) => Value::Number(number),
            Json::Text(text) => Value::Text(text.into()),
            array @ Json::Array(_) => Value::Text(written(array).to_string().into()),
        };
        cells.push((name, value));
    }
}

fn written(json: Json) -> serde_json::Value {
    match json {
        Json::Null => serde_json::Value::Null,
        Json::Boolean(truth) => truth.into(),
        Json::Integer(number) => number.into(),
        Json::Large(number) => number.into(),
        Json::Number(number) => number.into(),
        Json::Text(text) => text.into(),
        Json::Array(items) => items.into_iter().map(written).collect(),
        Json::Object(pairs) => pairs.into_iter().map(|(key, value)| (key, written(value))).collect(),
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Any)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Json, E> {
        Ok(Json::Boolean(truth))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Json, E> {
        Ok(Json::Integer(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Json, E> {
        Ok(i64::try_from(number).map_or(Json::Large(number), Json::Integer))
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Json, E> {
        // whole numbers that fit come as such: here digits are lost already
        if number.abs() >= i64::MAX as f64 { Err(E::custom(DIGITS)) } else { Ok(Json::Number(number)) }
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = from.next_element()? {
            items.push(item);
        }
        Ok(Json::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Json, A::Error> {
        let (mut pairs, mut seen) = (Vec::new(), HashSet::new());
        while let Some((key, value)) = from.next_entry::<String, Json>()? {
            if !seen.insert(key.clone()) {
                return Err(A::Error::custom(TWICE));
            }
            pairs.push((key, value));
        }
        Ok(Json::Object(pairs))
    }
}
