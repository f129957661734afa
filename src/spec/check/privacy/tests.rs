use crate::error::Diagnostic;
use crate::spec::models::*;
use crate::spec::{Pipeline, RecodingKind, SamplingSpec, embedded_rules, parse};

const HEAD: &str = r#"name = "visits"
purpose = "trade"
claim = "deidentified"
rules = "cn-gbt42460-2023"
context = "controlled"
[declaration]
source_basis = "a"
provider = "b"
recipient = "c"
use = "d"
[source]
path = "visits.csv"
subject = "id"
[columns.id]
role = "identifier"
[columns.age]
role = "quasi"
weight = 2.5
hierarchy = { interval = { widths = [5, 10, 20] } }
levels = { forbidden = [2] }
[columns.disease]
role = "sensitive"
treatment = "keep"
[columns.income]
role = "sensitive"
treatment = { round = 10 }
[columns.note]
role = "sensitive"
treatment = "drop"
[columns.job]
role = "sensitive"
treatment = "keep"
hierarchy = { table = "jobs.csv" }
[privacy]
k = 5
"#;

fn parsed(more: &str) -> Result<Pipeline, Vec<Diagnostic>> {
    parse(&format!("{HEAD}{more}\n"), &embedded_rules())
}

/// The only finding: the text that it points at, its message and its help.
fn only(more: &str) -> (String, String, String) {
    let text = format!("{HEAD}{more}\n");
    let found = parsed(more).unwrap_err();
    assert_eq!(found.len(), 1, "{more}: {found:?}");
    let help = found[0].help.clone().unwrap_or_default();
    (text[found[0].span.clone()].to_owned(), found[0].message.clone(), help)
}

#[test]
fn all_models_are_read_in_the_order_of_their_keys() {
    let pipeline = parsed(
        r#"
k_map = 10
population = "people.csv"
delta_presence = { least = 0.0, most = 0.1 }
t_closeness = [
    { column = "income", distance = "ordered", t = 0.2 },
    { column = "job", distance = "hierarchical", t = 0.3 },
]
l_diversity = [
    { column = "disease", kind = "distinct", l = 3 },
    { column = "disease", kind = "entropy", l = 2.5, estimator = "grassberger" },
    { column = "job", kind = "recursive", c = 3.0, l = 2 },
]
alpha_k = [{ column = "disease", alpha = 0.5 }]
beta_likeness = [{ column = "disease", kind = "enhanced", beta = 1.0 }]
delta_disclosure = [{ column = "disease", delta = 1.5 }]
average_risk = 0.05
sample_uniques = 0.0
population_uniques = { limit = 0.01 }
records_at_risk = { threshold = 0.2, limit = 0.1 }
recoding = "global"
"#,
    )
    .unwrap();
    let column = String::from;
    assert_eq!(
        pipeline.privacy.models,
        [
            ModelSpec::KMap { k: 10 },
            ModelSpec::DeltaPresence { least: 0.0, most: 0.1 },
            ModelSpec::DistinctLDiversity { column: column("disease"), l: 3 },
            ModelSpec::EntropyLDiversity {
                column: column("disease"),
                l: 2.5,
                estimator: EntropyEstimator::Grassberger
            },
            ModelSpec::RecursiveClDiversity { column: column("job"), c: 3.0, l: 2 },
            ModelSpec::TCloseness { column: column("income"), distance: GroundDistance::Ordered, t: 0.2 },
            ModelSpec::TCloseness { column: column("job"), distance: GroundDistance::Hierarchical, t: 0.3 },
            ModelSpec::AlphaK { column: column("disease"), alpha: 0.5 },
            ModelSpec::BetaLikeness { column: column("disease"), kind: BetaKind::Enhanced, beta: 1.0 },
            ModelSpec::DeltaDisclosure { column: column("disease"), delta: 1.5 },
            ModelSpec::AverageRisk { limit: 0.05 },
            ModelSpec::SampleUniques { limit: 0.0 },
            ModelSpec::PopulationUniques { limit: 0.01, estimator: UniquesEstimator::Dankar },
            ModelSpec::RecordsAtRisk { threshold: 0.2, limit: 0.1 },
        ]
    );
    assert_eq!(pipeline.privacy.recoding, RecodingKind::Global);
    assert_eq!(pipeline.privacy.population, Some("people.csv".into()));
    assert_eq!((pipeline.columns[1].weight, &pipeline.columns[1].levels.forbidden[..]), (2.5, &[2][..]));
}

#[test]
fn a_model_needs_a_released_sensitive_column() {
    let closeness =
        |column: &str, distance: &str| only(&tree(&format!("column = \"{column}\", distance = \"{distance}\"")));
    let (at, message, help) = closeness("incom", "equal");
    assert_eq!((&at[..], &message[..]), ("\"incom\"", "column `incom` is not declared"));
    assert_eq!(help, "did you mean `income`?");
    let why = |column: &str| closeness(column, "equal").1;
    assert!(why("note").ends_with("it is not released: nothing can be inferred from it"));
    assert!(why("age").ends_with("it is a quasi-identifier: it is generalized with its class"));
    assert!(why("id").ends_with("it is not released: nothing can be inferred from it"));
    assert_eq!(closeness("disease", "hierarchical").1, "column `disease` has no hierarchy");
}

/// A second model beside the one that the hierarchy of `job` is for.
fn tree(model: &str) -> String {
    format!("t_closeness = [{{ column = \"job\", distance = \"hierarchical\", t = 0.3 }}, {{ {model}, t = 0.2 }}]")
}

#[test]
fn settings_go_with_their_kind() {
    let tree = "t_closeness = [{ column = \"job\", distance = \"hierarchical\", t = 0.3 }]\n";
    let diversity = |rest: &str| only(&format!("{tree}l_diversity = [{{ column = \"disease\", {rest} }}]"));
    assert_eq!(diversity("kind = \"recursive\", l = 2").1, "`recursive` diversity needs `c`");
    assert_eq!(diversity("kind = \"distinct\", l = 2.5").0, "2.5");
    assert_eq!(diversity("kind = \"distinct\", l = 1").1, "`l` must be above 1");
    assert_eq!(diversity("kind = \"entropy\", l = 2, c = 1").1, "`c` is for `recursive` diversity only");
    let estimator = diversity("kind = \"distinct\", l = 2, estimator = \"shannon\"").1;
    assert_eq!(estimator, "`estimator` is for `entropy` diversity only");
    let model = |text: &str| only(&format!("{tree}{text}"));
    assert_eq!(model("delta_presence = { least = 0.1, most = 0.2 }").1, "nothing is known of the population");
    assert_eq!(model("k_map = 5").1, "nothing is known of the population");
    assert_eq!(model("population = \"p.csv\"").1, "no model looks at the population");
    let presence = "population = \"p.csv\"\ndelta_presence = { least = 0.3, most = 0.2 }";
    assert_eq!(model(presence).1, "`least` is above `most`");
    assert_eq!(model("sample_uniques = 1.5").1, "`sample_uniques` must be at most 1");
    assert_eq!(model("t_closenes = []").2, "did you mean `t_closeness`?");
}

#[test]
fn a_hierarchy_of_a_kept_column_is_for_a_model_only() {
    let (at, message, _) = only("");
    assert_eq!((&at[..], &message[..]), ("hierarchy", "column `job` has a hierarchy but is not generalized"));
}

#[test]
fn only_levels_between_the_ends_are_forbidden() {
    let text = HEAD.replace("forbidden = [2]", "forbidden = [4]");
    let tree = "t_closeness = [{ column = \"job\", distance = \"hierarchical\", t = 0.3 }]\n";
    let found = parse(&format!("{text}{tree}"), &embedded_rules()).unwrap_err();
    assert_eq!(found[0].message, "this level is not between the finest and the coarsest");
    let text = HEAD.replace("treatment = \"keep\"", "treatment = \"keep\"\nweight = 2.0");
    let found = parse(&format!("{text}{tree}"), &embedded_rules()).unwrap_err();
    assert_eq!(found[0].message, "`weight` is for quasi columns only");
}

#[test]
fn settings_go_with_the_recoding_that_looks_at_them() {
    let plain = |head: &str, more: &str| {
        let text =
            head.replace("hierarchy = { table = \"jobs.csv\" }\n", "").replace("levels = { forbidden = [2] }\n", "");
        parse(&format!("{text}{more}"), &embedded_rules())
    };
    let one = |head: &str, more: &str| {
        let found = plain(head, more).unwrap_err();
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].message.clone()
    };
    let ranges = HEAD.replace("weight = 2.5", "ranges = true");
    assert!(plain(&ranges, "recoding = \"local\"\n").unwrap().columns[1].ranges);
    assert_eq!(one(&ranges, ""), "`ranges` is of no use here");
    assert_eq!(one(HEAD, "recoding = \"local\"\n[search]\nmetric = \"entropy\"\n"), "`metric` is of no use here");
    assert_eq!(one(HEAD, "[search]\nstatistic = \"mean\"\n"), "`statistic` is of no use here");
    let text = HEAD.replace("hierarchy = { interval = { widths = [5, 10, 20] } }\n", "");
    let message = one(&text, "recoding = \"microaggregation\"\n");
    assert_eq!(message, "column `age` is not numeric and cannot be microaggregated");
    let groups = plain(HEAD, "recoding = \"microaggregation\"\n[search]\nstatistic = \"median\"\n").unwrap();
    assert_eq!(groups.search.statistic, crate::spec::Statistic::Median);
    let text = HEAD.replace("weight = 2.5", "levels = { coarsest = 2 }");
    assert_eq!(one(&text, "recoding = \"cells\"\n"), "this recoding must be able to release `*`");
}

#[test]
fn subjects_are_drawn_by_rate_or_by_the_share_that_stays_outside() {
    let tree = "t_closeness = [{ column = \"job\", distance = \"hierarchical\", t = 0.3 }]\n";
    let (parsed, only) = (|text: &str| parsed(&format!("{tree}{text}")), |text: &str| only(&format!("{tree}{text}")));
    let sampling = parsed("sampling = { rate = 0.5, epsilon = 1.0, delta = 1e-6 }").unwrap().privacy;
    assert_eq!(sampling.sampling, Some(SamplingSpec { rate: 0.5, epsilon: Some(1.0), delta: Some(1e-6) }));
    assert_eq!(sampling.sampling_fraction, 0.5);
    let control = parsed("control_share = 0.25\nsampling_fraction = 0.1").unwrap().privacy;
    assert_eq!(control.sampling, Some(SamplingSpec { rate: 0.75, epsilon: None, delta: None }));
    assert_eq!(control.sampling_fraction, 0.1 * 0.75);
    let (at, message, _) = only("sampling = { rate = 0.5, epsilon = 0.5 }");
    assert_eq!((at.as_str(), message.as_str()), ("0.5", "at this rate nothing holds below ε = 0.693147"));
    let (at, message, _) = only("sampling = { rate = 0.5, delta = 0.5 }");
    assert_eq!((at.as_str(), message.as_str()), ("delta", "`delta` is the δ of an ε"));
    let (at, message, _) = only("sampling = { rate = 0.5 }\ncontrol_share = 0.1");
    assert_eq!((at.as_str(), message.as_str()), ("control_share", "it is told twice who is released"));
    assert_eq!(only("control_share = 1.0").1, "`control_share` must be below 1");
    assert_eq!(only("sampling = { rate = 0.0 }").1, "`rate` must be above 0");
}
