//! What is published beside the cells: report, certificate and names, looked through for identifiers.

use serde_json::Value;

use super::Attacks;
use crate::detect::Sort;
use crate::error::Result;
use crate::risk::AttackOutcome;
use crate::risk::attack::residual::{Form, Residual, What};

/// Where the words of the pipeline's author stand.
const DECLARATION: &str = "declaration";

/// The texts of one place.
pub struct Published {
    place: String,
    texts: Vec<String>,
}

impl Published {
    /// The texts of a report and a certificate as JSON, and the names of columns and files.
    ///
    /// The declaration stands in both, and is a place of its own. Numbers are counts and measures.
    pub fn all(mut report: Value, mut certificate: Value, names: Vec<String>) -> Vec<Self> {
        let of = |place: &str, value: &Value| {
            let mut texts = Vec::new();
            strings(value, &mut texts);
            Self { place: place.into(), texts }
        };
        let apart = |value: &mut Value| value.as_object_mut().and_then(|object| object.remove(DECLARATION));
        let declaration = [apart(&mut report), apart(&mut certificate)];
        vec![
            of("report.json", &report),
            of("certificate.json", &certificate),
            of(DECLARATION, &Value::Array(declaration.into_iter().flatten().collect())),
            Self { place: "names".into(), texts: names },
        ]
    }
}

/// Every text of a value, and every key.
fn strings(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(values) => values.iter().for_each(|value| strings(value, found)),
        Value::Object(values) => {
            for (key, value) in values {
                found.push(key.clone());
                strings(value, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

impl Attacks<'_> {
    /// `residual_texts`: texts with an identifier of the source, or with what the detectors take for an identifier of
    /// somebody; the declaration may name a person to ask, so that only the source's own identifiers are looked for
    /// in it.
    pub fn published(&self, all: &[Published]) -> Result<AttackOutcome> {
        let places: Vec<(String, Form)> = all.iter().map(|one| (one.place.clone(), Form::Text)).collect();
        let mut residual = Residual::new(&self.detector, &self.identifiers, &places);
        for (place, one) in all.iter().enumerate() {
            one.texts.iter().try_for_each(|text| residual.feed(place, text, 1))?;
        }
        let counts = |column: &str, what: What| match what {
            What::SourceValue => true,
            What::Pattern(kind) => column != DECLARATION && kind.sort() == Sort::Identifier,
            What::Column(_) => false,
        };
        let found =
            residual.found().into_iter().filter(|residue| !residue.chance && counts(&residue.column, residue.what));
        let found: Vec<(String, u64)> = found.map(|residue| (residue.column, residue.cells)).collect();
        let trials = all.iter().map(|one| one.texts.len() as u64).sum();
        let mut columns: Vec<String> = found.iter().map(|(place, _)| place.clone()).collect();
        columns.dedup();
        let texts: u64 = found.iter().map(|(_, cells)| cells).sum();
        let advice = (texts > 0).then(|| {
            let places = columns.join(", ");
            format!("name nobody in the pipeline file: texts with an identifier, {texts} in {places}, stem from there")
        });
        let outcome = AttackOutcome::new("residual_texts", texts.min(trials), trials, None);
        Ok(outcome.on(columns).advised(advice).judged(self.given.conditions))
    }
}
