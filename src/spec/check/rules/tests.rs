use insta::assert_snapshot;

use crate::error::Findings;
use crate::spec::{Context, FinestDate, Rule, RulePack, embedded_rules, parse, parse_rules};

const PIPELINE: &str = r#"name    = "visits"
purpose = "trade"
claim   = "anonymized"
rules   = "cn-health-39725-2020"
context = "controlled"
[declaration]
source_basis = "b"
provider = "p"
recipient = "r"
use = "u"
[source]
path = "visits.csv"
subject = "patient"
[privacy]
k = 5
[columns.district]
role = "quasi"
hierarchy = { table = "district.csv" }
inhabitants = "people.csv"
[columns.admitted]
role = "quasi"
hierarchy = { date = ["month", "year", "decade"] }
levels = { finest = 2 }
"#;

fn with(from: &str, to: &str) -> String {
    assert!(PIPELINE.contains(from), "the pipeline has no {from:?}");
    PIPELINE.replacen(from, to, 1)
}

fn and(more: &str) -> String {
    format!("{PIPELINE}{more}\n")
}

/// What is underlined, what is said about it, and what would help, one line per finding.
fn told(text: &str, packs: &[RulePack]) -> Vec<String> {
    let line = |found: &crate::error::Diagnostic| {
        let help = found.help.as_deref().unwrap_or("");
        format!("{} -- {} -- {help}", &text[found.span.clone()], found.message)
    };
    parse(text, packs).err().into_iter().flatten().map(|found| line(&found)).collect()
}

#[track_caller]
fn only(text: &str, expected: &str) {
    assert_eq!(told(text, &embedded_rules()), [expected]);
}

#[track_caller]
fn fine(text: &str) {
    assert_eq!(told(text, &embedded_rules()), Vec::<String>::new());
}

#[test]
fn the_health_pack_holds_what_the_standard_says() {
    let packs = embedded_rules();
    let [base, health] = &packs[..] else { panic!("two packs are built in") };
    assert_eq!((health.name.as_str(), health.in_force.as_str()), ("cn-health-39725-2020", "2021-07-01"));
    assert_eq!(health.least_subjects.as_ref().map(|rule| rule.value), Some(5));
    assert_eq!(health.finest_date.as_ref().map(|rule| rule.value), Some(FinestDate::Year));
    assert_eq!(health.least_population.as_ref().map(|rule| rule.value), Some(20_000));
    let contexts = health.allowed_contexts.as_ref().map(|rule| rule.value.clone());
    assert_eq!(contexts, Some(vec![Context::Controlled, Context::Enclave]));
    let rules: [Option<(&str, &str)>; 4] = [
        health.least_subjects.as_ref().map(|rule| (rule.source.as_str(), rule.confidence.0.as_str())),
        health.allowed_contexts.as_ref().map(|rule| (rule.source.as_str(), rule.confidence.0.as_str())),
        health.finest_date.as_ref().map(|rule| (rule.source.as_str(), rule.confidence.0.as_str())),
        health.least_population.as_ref().map(|rule| (rule.source.as_str(), rule.confidence.0.as_str())),
    ];
    assert_eq!(rules, [Some(("GB/T 39725-2020 10.2", "H/S")); 4]);
    // risk is measured as GB/T 42460 says, in both packs alike
    assert_eq!((&health.class_risk, &health.overall_risk), (&base.class_risk, &base.overall_risk));
    assert_eq!((&health.level, &health.attack), (&base.level, &base.attack));
    let written = serde_json::to_string(base).unwrap();
    assert!(!written.contains("least_subjects"), "a pack without such rules is written as before: {written}");
}

#[test]
fn a_pipeline_against_the_rules_is_told_everything_at_once() {
    let text = PIPELINE.replacen("\"controlled\"", "\"public\"", 1).replacen("k = 5", "k = 3", 1).replacen(
        "levels = { finest = 2 }\n",
        "",
        1,
    ) + "[columns.left]\nrole = \"insensitive\"\ntype = \"date\"\ntreatment = \"keep\"\n";
    let list = parse(&text, &embedded_rules()).unwrap_err();
    let shown = Findings { path: "pipelines/visits.toml".into(), text, list }.render(false);
    assert_snapshot!(shown, @r#"
    error: `cn-health-39725-2020` does not allow a public release
     --> pipelines/visits.toml:5:11
      |
    5 | context = "public"
      |           ^^^^^^^^
      |
      = help: it can be `controlled` or `enclave`: GB/T 39725-2020 10.2

    error: `k` = 3 is below the 5 subjects that `cn-health-39725-2020` asks for
      --> pipelines/visits.toml:15:5
       |
    15 | k = 3
       |     ^
       |
       = help: say `k = 5` or more: GB/T 39725-2020 10.2

    error: dates of `admitted` would be finer than the year that `cn-health-39725-2020` allows
      --> pipelines/visits.toml:20:10
       |
    20 | [columns.admitted]
       |          ^^^^^^^^
       |
       = help: say `levels = { finest = 2 }`, or drop the column: GB/T 39725-2020 10.2

    error: dates of `left` would be finer than the year that `cn-health-39725-2020` allows
      --> pipelines/visits.toml:26:13
       |
    26 | treatment = "keep"
       |             ^^^^^^
       |
       = help: say `hierarchy = { date = ["year"] }` and `treatment = { generalize = { level = 1 } }`, or drop the column: GB/T 39725-2020 10.2
    "#);
}

#[test]
fn k_has_a_floor_and_a_public_release_is_not_allowed() {
    let few = "2 -- `k` = 2 is below the 5 subjects that `cn-health-39725-2020` asks for -- say `k = 5` or more: GB/T 39725-2020 10.2";
    only(&with("k = 5", "k = 2"), few);
    fine(&with("k = 5", "k = 6"));
    fine(&with("controlled", "enclave"));
    fine(
        &PIPELINE
            .replace("cn-health-39725-2020", "cn-gbt42460-2023")
            .replace("k = 5", "k = 2")
            .replace("controlled", "public"),
    );
    // a `k` or a context that cannot be read is one finding
    assert_eq!(told(&with("k = 5", "k = 1"), &embedded_rules()).len(), 1);
    assert_eq!(told(&with("k = 5", "k = \"5\""), &embedded_rules()).len(), 1);
    assert_eq!(told(&with("controlled", "pubic"), &embedded_rules()).len(), 1);
}

#[test]
fn a_released_date_tells_no_more_than_the_year() {
    let finer = "dates of `admitted` would be finer than the year that `cn-health-39725-2020` allows";
    let drop = "or drop the column: GB/T 39725-2020 10.2";
    only(
        &with("{ finest = 2 }", "{ finest = 1 }"),
        &format!("{{ finest = 1 }} -- {finer} -- say `levels = {{ finest = 2 }}`, {drop}"),
    );
    only(
        &with("levels = { finest = 2 }", ""),
        &format!("admitted -- {finer} -- say `levels = {{ finest = 2 }}`, {drop}"),
    );
    fine(&with("{ finest = 2 }", "{ finest = 3 }"));
    fine(&with("levels = { finest = 2 }", "treatment = \"drop\""));
    only(
        &with("[\"month\", \"year\", \"decade\"]", "[\"month\", \"half\"]"),
        &format!(
            "{{ finest = 2 }} -- {finer} -- add \"year\" to the hierarchy and say `levels = {{ finest = 3 }}`, {drop}"
        ),
    );
    only(
        &with("hierarchy = { date = [\"month\", \"year\", \"decade\"] }\nlevels = { finest = 2 }", "type = \"date\""),
        &format!(
            "admitted -- {finer} -- say `hierarchy = {{ date = [\"year\"] }}` and `levels = {{ finest = 1 }}`, {drop}"
        ),
    );
    only(
        &with("{ date = [\"month\", \"year\", \"decade\"] }", "{ table = \"days.csv\" }\ntype = \"date\""),
        &format!(
            "{{ finest = 2 }} -- {finer} -- say `hierarchy = {{ date = [\"year\"] }}` and `levels = {{ finest = 1 }}`, {drop}"
        ),
    );
}

#[test]
fn dates_beside_the_quasi_columns_count_too() {
    let column = |more: &str| and(&format!("[columns.left]\nrole = \"sensitive\"\n{more}"));
    let finer = "dates of `left` would be finer than the year that `cn-health-39725-2020` allows";
    let drop = "or drop the column: GB/T 39725-2020 10.2";
    only(
        &column("type = \"date\"\ntreatment = \"keep\""),
        &format!(
            "\"keep\" -- {finer} -- say `hierarchy = {{ date = [\"year\"] }}` and `treatment = {{ generalize = {{ level = 1 }} }}`, {drop}"
        ),
    );
    let level = |level: u8| {
        column(&format!(
            "treatment = {{ generalize = {{ level = {level} }} }}\nhierarchy = {{ date = [\"quarter\", \"year\"] }}"
        ))
    };
    only(
        &level(1),
        &format!(
            "{{ generalize = {{ level = 1 }} }} -- {finer} -- say `treatment = {{ generalize = {{ level = 2 }} }}`, {drop}"
        ),
    );
    fine(&level(2));
    fine(&column("type = \"date\"\ntreatment = \"drop\""));
    fine(&column("treatment = \"keep\""));
    // a column that is wrong in itself is told for that alone
    assert_eq!(told(&column("format = \"%Y\"\ntreatment = \"keep\""), &embedded_rules()).len(), 1);
}

#[test]
fn places_need_a_table_and_stand_alone() {
    only(
        &with("inhabitants = \"people.csv\"", "inhabitants = \" \""),
        "\" \" -- the path of the table is empty -- name a CSV table `place;people`",
    );
    let place = "`inhabitants` is for quasi columns with a hierarchy table -- give the places a hierarchy `table`, or leave the inhabitants out";
    only(&with("hierarchy = { table = \"district.csv\" }", ""), &format!("\"people.csv\" -- {place}"));
    only(
        &and("[columns.x]\nrole = \"sensitive\"\ntreatment = \"keep\"\ninhabitants = \"p.csv\""),
        &format!("\"p.csv\" -- {place}"),
    );
    let street = "[columns.street]\nrole = \"quasi\"\nhierarchy = { table = \"s.csv\" }\ninhabitants = \"p.csv\"";
    only(
        &and(street),
        "inhabitants -- how many people share a place of `district` and one of `street` is not known -- release one column of places: drop the other, or make both levels of one hierarchy table",
    );
    fine(&and(&format!("{street}\ntreatment = \"drop\"")));
    fine(&and(street).replace("cn-health-39725-2020", "cn-gbt42460-2023"));
}

#[test]
fn a_pack_may_carry_any_of_the_rules_and_is_checked() {
    let text = include_str!("../../../../pipelines/rules/cn-health-39725-2020.toml");
    let wrong = text
        .replacen("value      = 5\n", "value      = 1\n", 1)
        .replacen("[\"controlled\", \"enclave\"]", "[]", 1)
        .replacen("\"year\"", "\"yeer\"", 1)
        .replacen(
            "value      = 20000\nsource     = \"GB/T 39725-2020 10.2\"\nconfidence = \"H/S\"",
            "value = -1\nsource = \"s\"\nconfidence = \"sure\"",
            1,
        );
    let messages: Vec<String> = parse_rules(&wrong).unwrap_err().into_iter().map(|found| found.message).collect();
    assert_eq!(
        messages,
        [
            "`value` must be at least 2 subjects",
            "`value` must name at least one context",
            "`value` cannot be `yeer`",
            "`value` must be at least 0",
            "`confidence` must be like \"H/S\"",
        ]
    );
    let month = text.replacen("\"year\"", "\"month\"", 1).replacen("cn-health-39725-2020", "own", 1);
    let own = parse_rules(&month).unwrap();
    let text = PIPELINE.replacen("cn-health-39725-2020", "own.toml", 1).replacen("finest = 2", "finest = 1", 1);
    assert_eq!(told(&text, std::slice::from_ref(&own)), Vec::<String>::new(), "months are fine with this pack");
    let open = RulePack { finest_date: None, allowed_contexts: None, least_subjects: None, ..own };
    let text =
        text.replacen("finest = 1", "finest = 0", 1).replacen("k = 5", "k = 2", 1).replacen("controlled", "public", 1);
    assert_eq!(told(&text, std::slice::from_ref(&open)), Vec::<String>::new());
    let eight = Rule { value: 8, source: "s".into(), confidence: open.overall_risk.confidence.clone() };
    assert_eq!(told(&text, &[RulePack { least_subjects: Some(eight), ..open }]).len(), 1);
}
