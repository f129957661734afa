//! The quality of the source by GB/T 36344-2018: what came of the rules, and whether it is enough.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Basis, Comparison, Limit, Measure, figure};
use crate::error::Reason;
use crate::spec::quality::Dimension;

/// Rules that a refusal tells by name; of the others their number.
const TOLD: usize = 5;

/// What came of one rule; no cell is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "QualityRule")]
pub struct Tested {
    /// `required`, `pattern`, `codes`, `table`, `least`, `most`, `unique`, `period`, `read`, or the name of a rule for
    /// whole records.
    pub rule: String,
    /// The column; absent where the rule is for whole records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    pub dimension: Dimension,
    /// Cells or records that were tested: nulls by `required` only, and no record of which a rule is unknown.
    pub tested: u64,
    /// Those that break the rule; of `unique` the cells whose value another one had before.
    pub failed: u64,
}

/// A dimension with all tests of its rules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "QualityScore")]
pub struct Score {
    pub dimension: Dimension,
    pub tested: u64,
    pub failed: u64,
    /// The share of tests that were passed, 0 to 1, and 1 only where all were; absent where there were none.
    pub score: Option<f64>,
    /// The least share that the pipeline asks for; absent where it asks for none.
    pub limit: Option<f64>,
    /// Some rules of it are not told: see [`DataQuality::untold`]. The score is then the limit, which was reached, and the
    /// tests are those of the other rules.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub at_least: bool,
}

/// What was counted of a source's quality.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DataQuality {
    /// In the order of the pipeline file: rules of columns, rules for records, and what could be read.
    pub rules: Vec<Tested>,
    /// Those that have rules or a limit, in the order of [`Dimension::ALL`].
    pub dimensions: Vec<Score>,
    /// Rules that are left out: of columns that are released, where fewer than `k` subjects are withheld. Whoever counted
    /// the release by such a rule would learn from the difference what the withheld records are.
    #[serde(default, skip_serializing_if = "none")]
    pub untold: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn none(count: &u64) -> bool {
    *count == 0
}

impl DataQuality {
    /// Adds the tests of each dimension up; every test weighs the same.
    ///
    /// # References
    /// GB/T 36344-2018: each indicator is the share of data elements that satisfy what is asked.
    pub fn new(rules: Vec<Tested>, limits: &[(Dimension, f64)]) -> Self {
        let score = |dimension: Dimension| {
            let of: Vec<&Tested> = rules.iter().filter(|rule| rule.dimension == dimension).collect();
            let limit = limits.iter().find(|(limited, _)| *limited == dimension).map(|(_, limit)| *limit);
            let sum = |part: fn(&Tested) -> u64| of.iter().fold(0u64, |sum, rule| sum.saturating_add(part(rule)));
            let (tested, failed) = (sum(|rule| rule.tested), sum(|rule| rule.failed));
            (!of.is_empty() || limit.is_some()).then(|| Score {
                dimension,
                tested,
                failed,
                score: share(tested, failed),
                limit,
                at_least: false,
            })
        };
        let dimensions = Dimension::ALL.into_iter().filter_map(score).collect();
        Self { rules, dimensions, untold: 0 }
    }

    /// What is told where the counts of some rules must not be: neither they, nor a sum that they are in.
    pub fn without(&self, hidden: impl Fn(&Tested) -> bool) -> Self {
        let (untold, told): (Vec<Tested>, Vec<Tested>) = self.rules.iter().cloned().partition(hidden);
        let limits: Vec<_> = self.dimensions.iter().filter_map(|score| Some((score.dimension, score.limit?))).collect();
        let mut quality = Self { untold: untold.len() as u64, ..Self::new(told, &limits) };
        for score in &mut quality.dimensions {
            if untold.iter().any(|rule| rule.dimension == score.dimension) {
                (score.score, score.at_least) = (score.limit, true);
            }
        }
        quality
    }

    /// A measure for each dimension of which something was tested; its columns are those where something failed.
    pub fn measures(&self) -> Vec<Measure> {
        let measure = |score: &Score| {
            let failed = self.failed(score.dimension);
            let mut columns: Vec<String> = failed.into_iter().filter_map(|rule| rule.column.clone()).collect();
            columns.sort();
            columns.dedup();
            let source = "pipeline".to_owned();
            let limit = |value| Limit { comparison: Comparison::AtLeast, value, source, confidence: None };
            Some(Measure {
                id: score.dimension.measure(),
                value: score.score?,
                limit: score.limit.map(limit),
                basis: Basis::Run,
                columns,
            })
        };
        self.dimensions.iter().filter_map(measure).collect()
    }

    /// Why there is no release; empty where every limit is reached. A limit that nothing was tested for is not.
    pub fn unkept(&self) -> Vec<Reason> {
        let reason = |score: &Score| {
            let limit = score.limit?;
            let kept = score.score.is_some_and(|found| found >= limit);
            (!kept).then(|| self.reason(score, limit))
        };
        self.dimensions.iter().filter_map(reason).collect()
    }

    /// The rules of a dimension that were broken, those with the most failures first.
    fn failed(&self, dimension: Dimension) -> Vec<&Tested> {
        let broken = self.rules.iter().filter(|rule| rule.dimension == dimension && rule.failed > 0);
        let mut broken: Vec<&Tested> = broken.collect();
        broken.sort_by_key(|rule| std::cmp::Reverse(rule.failed));
        broken
    }

    fn reason(&self, score: &Score, limit: f64) -> Reason {
        let (word, limit) = (score.dimension.word(), figure(limit));
        let message = match score.score {
            None => format!("`{word}` of the source was not measured: no cell or record could be tested"),
            Some(found) => {
                let failed = self.failed(score.dimension);
                let told: Vec<String> = failed.iter().take(TOLD).map(|rule| rule.told()).collect();
                let more = match failed.len().saturating_sub(TOLD) {
                    0 => String::new(),
                    more => format!("; {more} more rules are broken"),
                };
                let found = shown(found, score.limit.unwrap_or(0.0));
                format!(
                    "`{word}` of the source is {found}, the pipeline asks for at least {limit}: {}{more}",
                    told.join("; ")
                )
            }
        };
        let help = match score.dimension {
            Dimension::Completeness => "complete the cells in the source",
            Dimension::Conformity => "correct the cells in the source, or bring them to one form with `[[prepare]]`",
            Dimension::Accuracy => "correct the cells in the source, or take the records out with `[[prepare]]`",
            Dimension::Consistency => "correct the records in the source, or take them out with `[[prepare]]`",
            Dimension::Timeliness => "take the records of another time out with `[[prepare]]`",
            Dimension::Accessibility => "see that all records can be read",
        };
        let help = format!("{help}; or lower `{word}` in `[quality]`");
        Reason { condition: score.dimension.measure(), message, help: Some(help) }
    }
}

impl Tested {
    /// What was broken where, and how often.
    fn told(&self) -> String {
        let (failed, tested) = (figure(self.failed as f64), figure(self.tested as f64));
        match &self.column {
            Some(column) => format!("`{}` of `{column}` is broken by {failed} of {tested} cells", self.rule),
            None => format!("`{}` is broken by {failed} of {tested} records", self.rule),
        }
    }
}

/// The share that was passed; 1 only where nothing failed.
fn share(tested: u64, failed: u64) -> Option<f64> {
    let share = match failed {
        0 => 1.0,
        failed => (tested.saturating_sub(failed) as f64 / tested as f64).min(1.0_f64.next_down()),
    };
    (tested > 0).then_some(share)
}

/// A share that missed its limit, with as many digits as show that.
fn shown(share: f64, limit: f64) -> String {
    let short = figure(share);
    if short == figure(limit) { share.to_string() } else { short }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tested(rule: &str, column: Option<&str>, dimension: Dimension, tested: u64, failed: u64) -> Tested {
        Tested { rule: rule.into(), column: column.map(str::to_owned), dimension, tested, failed }
    }

    #[test]
    fn every_test_of_a_dimension_weighs_the_same() {
        use Dimension::{Accuracy, Completeness, Consistency};
        let rules = vec![
            tested("required", Some("a"), Completeness, 100, 3),
            tested("required", Some("b"), Completeness, 100, 1),
            tested("sums", None, Consistency, 10, 0),
            tested("least", Some("a"), Accuracy, 0, 0),
        ];
        let limits = [(Completeness, 0.98), (Consistency, 1.0), (Accuracy, 0.5)];
        let quality = DataQuality::new(rules, &limits);
        let scores: Vec<_> = quality.dimensions.iter().map(|one| (one.dimension, one.tested, one.score)).collect();
        assert_eq!(
            scores,
            [(Completeness, 200, Some(0.98)), (Accuracy, 0, None), (Consistency, 10, Some(1.0))],
            "196 of 200 are 0.98 exactly"
        );
        let reasons = quality.unkept();
        assert_eq!(reasons.len(), 1, "{reasons:?}");
        assert!(reasons[0].condition == "quality_accuracy" && reasons[0].message.contains("not measured"));
        let measures = quality.measures();
        assert_eq!(measures.len(), 2, "what was not tested has no measure");
        assert_eq!((measures[0].id.as_str(), measures[0].met()), ("quality_completeness", Some(true)));
        assert_eq!(measures[0].columns, ["a", "b"]);
        assert!(measures.iter().all(|measure| measure.basis == Basis::Run));
    }

    #[test]
    fn a_refusal_names_rules_columns_and_counts() {
        let mut rules: Vec<Tested> = (1..=7)
            .map(|number| tested("required", Some(&format!("c{number}")), Dimension::Completeness, 1_000, number))
            .collect();
        rules.push(tested("sums agree", None, Dimension::Consistency, 12_345, 1));
        let quality = DataQuality::new(rules, &[(Dimension::Completeness, 0.999), (Dimension::Consistency, 1.0)]);
        let [complete, consistent] = &quality.unkept()[..] else { panic!("two limits are missed") };
        assert_eq!(
            complete.message,
            "`completeness` of the source is 0.996, the pipeline asks for at least 0.999: `required` of `c7` is broken \
             by 7 of 1,000 cells; `required` of `c6` is broken by 6 of 1,000 cells; `required` of `c5` is broken by 5 of \
             1,000 cells; `required` of `c4` is broken by 4 of 1,000 cells; `required` of `c3` is broken by 3 of 1,000 \
             cells; 2 more rules are broken"
        );
        assert!(
            consistent.message.ends_with("`sums agree` is broken by 1 of 12,345 records"),
            "{}",
            consistent.message
        );
        assert!(complete.help.as_ref().unwrap().contains("lower `completeness`"));
    }

    #[test]
    fn what_is_not_told_is_in_no_sum() {
        let rules = vec![
            tested("required", Some("kept"), Dimension::Completeness, 100, 1),
            tested("required", Some("dropped"), Dimension::Completeness, 100, 2),
            tested("codes", Some("kept"), Dimension::Conformity, 90, 3),
            tested("least", Some("dropped"), Dimension::Accuracy, 80, 4),
        ];
        let whole = DataQuality::new(rules, &[(Dimension::Completeness, 0.9)]);
        assert_eq!(whole.without(|_| false), whole);
        let told = whole.without(|rule| rule.column.as_deref() == Some("kept"));
        assert_eq!((told.untold, told.rules.len()), (2, 2));
        let scores: Vec<_> = told.dimensions.iter().map(|s| (s.dimension, s.tested, s.score, s.at_least)).collect();
        assert_eq!(
            scores,
            [(Dimension::Completeness, 100, Some(0.9), true), (Dimension::Accuracy, 80, Some(0.95), false)]
        );
        assert!(told.measures().iter().all(|measure| measure.met() != Some(false)));
        let json = serde_json::to_string(&told).unwrap();
        assert_eq!(serde_json::from_str::<DataQuality>(&json).unwrap(), told);
        assert!(!serde_json::to_string(&whole).unwrap().contains("untold"));
    }

    #[test]
    fn one_failure_among_very_many_is_not_none() {
        let rules = vec![tested("unique", Some("a"), Dimension::Accuracy, u64::MAX, 1)];
        let quality = DataQuality::new(rules, &[(Dimension::Accuracy, 1.0)]);
        assert_eq!(quality.dimensions[0].failed, 1);
        assert!(quality.dimensions[0].score.unwrap() < 1.0);
        assert!(quality.unkept()[0].message.contains("is 0.99999"), "{:?}", quality.unkept());
        let both = vec![
            tested("unique", Some("a"), Dimension::Accuracy, u64::MAX, 0),
            tested("unique", Some("b"), Dimension::Accuracy, u64::MAX, 0),
        ];
        assert_eq!(DataQuality::new(both, &[]).dimensions[0].tested, u64::MAX, "sums do not wrap");
    }
}
