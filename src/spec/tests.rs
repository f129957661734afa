//! The example of the design, changed in one place after the other.

mod columns;
mod delivery;
mod example;
mod findings;
mod keys;
mod source;
mod structure;
mod treatments;

use super::*;
use crate::error::Diagnostic;

/// The example of the design, without the models that are not there yet.
const EXAMPLE: &str = r#"name     = "residential-electricity-2025"
purpose  = "trade"                       # share | open | trade
claim    = "anonymized"                  # deidentified | anonymized
rules    = "cn-gbt42460-2023"            # rule pack: context, thresholds
context  = "controlled"

[declaration]                            # article 7 and 10: no declaration, no run
source_basis = "供用电合同第8条; 用户授权"
provider     = "示例电力公司"
recipient    = "示例数据交易中心"
use          = "负荷预测模型训练"

[source]
path     = "../sample_data/residential_electricity.csv"
encoding = "gb18030"
subject  = "account_no"

[privacy]
k = 5
suppression_limit = 0.05

[columns.account_no]                     # identifier: must be dropped or tokenized
role = "identifier"
treatment = { token = { algorithm = "hmac-sm3", key = "ephemeral", length = 16 } }

[columns.birth_date]
role = "quasi"
hierarchy = { date = ["month", "quarter", "year", "decade"] }

[columns.district]
role = "quasi"
hierarchy = { table = "hierarchies/tianjin_district.csv" }

[columns.household_size]
role = "quasi"
hierarchy = { interval = { widths = [2, 4], top = 7 } }

[columns.consumption_kwh]
role = "sensitive"
treatment = { round = 10 }
"#;

fn parsed(text: &str) -> Result<Pipeline, Vec<Diagnostic>> {
    parse(text, &embedded_rules())
}

/// The example with the first `from` replaced.
fn with(from: &str, to: &str) -> String {
    assert!(EXAMPLE.contains(from), "the example has no {from:?}");
    EXAMPLE.replacen(from, to, 1)
}

/// The example with these lines behind it.
fn and(more: &str) -> String {
    format!("{EXAMPLE}\n{more}\n")
}

/// What is underlined and what is said about it, one line per finding.
fn told(text: &str) -> Vec<String> {
    match parsed(text) {
        Ok(_) => Vec::new(),
        Err(list) => list.iter().map(|found| format!("{} -- {}", &text[found.span.clone()], found.message)).collect(),
    }
}

#[track_caller]
fn only(text: &str, expected: &str) {
    assert_eq!(told(text), [expected]);
}
