//! `[quality]` and the `quality` of columns: whether the rules can be tested on what the columns hold.

use chrono::NaiveDate;
use regex::Regex;

use crate::spec::findings::Check;
use crate::spec::pipeline::ColumnType;
use crate::spec::quality::{Bound, CellRules, Dimension, QualitySpec};
use crate::spec::words::quoted;

/// The rules for whole records and the limits; the outer `None` is a finding.
pub(super) fn quality(check: &mut Check) -> Option<QualitySpec> {
    if !check.has(&["quality"]) {
        return Some(QualitySpec::default());
    }
    let spec: QualitySpec = check.part(&["quality"])?;
    let mut good = true;
    for (at, rule) in spec.rules.iter().enumerate() {
        let at = at.to_string();
        let twice = spec.rules.iter().filter(|other| other.name == rule.name).count() > 1;
        if rule.name.trim().is_empty() || twice {
            let span = check.at(&["quality", "rules", &at, "name"]);
            check.add_help(span, "a rule needs a name of its own", "the report tells it by this name");
            good = false;
        }
        if rule.dimension == Dimension::Accessibility {
            let span = check.at(&["quality", "rules", &at, "dimension"]);
            let help = "it is the share of records that could be read: a run reads all of them or ends";
            check.add_help(span, "`accessibility` has no rules", help);
            good = false;
        }
        if let Err((within, message)) = crate::spec::sql::expression(&rule.expression) {
            let _ = within;
            let span = check.at(&["quality", "rules", &at, "expression"]);
            let help = "write a SQL expression over the columns, such as `峰电量 + 谷电量 <= 用电量`";
            check.add_help(span, message, help);
            good = false;
        }
    }
    good.then_some(spec)
}

/// Whether the rules of a column fit the type of its values.
pub(super) fn cells(check: &mut Check, name: &str, rules: &CellRules, kind: &ColumnType) -> bool {
    let before = check.findings();
    let path = |key: &'static str| ["columns", name, "quality", key];
    let text = *kind == ColumnType::Text;
    if let Some(pattern) = &rules.pattern {
        if !text {
            check.add_help(check.at(&path("pattern")), "patterns are for text", "leave it out, or the type");
        } else if Regex::new(&format!("^(?:{pattern})$")).is_err() {
            let help = "such as \"[0-9]{8}\"; it has to fit the whole text";
            check.add_help(check.at(&path("pattern")), "this is no regular expression", help);
        }
    }
    if !rules.codes.is_empty() && !text {
        check.add_help(check.at(&path("codes")), "codes are for text", "leave them out, or the type");
    }
    for (key, bound) in [("least", &rules.least), ("most", &rules.most)] {
        let Some(bound) = bound else { continue };
        let fits = match (kind, bound) {
            (ColumnType::Integer | ColumnType::Number, Bound::Number(number)) => number.is_finite(),
            (ColumnType::Date { .. }, Bound::Day(_)) => bound.number().is_some(),
            _ => false,
        };
        if !fits {
            let help = match kind {
                ColumnType::Text => format!("say what type {} has", quoted(name)),
                ColumnType::Date { .. } => "write a day as \"2025-12-31\"".into(),
                _ => "write a number".into(),
            };
            check.add_help(check.at(&path(key)), "this cannot be compared with the values", help);
        }
    }
    if let (Some(Some(least)), Some(Some(most))) =
        (rules.least.as_ref().map(Bound::number), rules.most.as_ref().map(Bound::number))
        && least > most
    {
        check.add_help(check.at(&path("most")), "nothing lies between these bounds", "`most` is the larger one");
    }
    check.findings() == before
}

impl Bound {
    /// The number, or the days since 1970-01-01; `None` for a text that is no day.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Day(text) => {
                let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
                Some((day - NaiveDate::default()).num_days() as f64)
            }
        }
    }
}
