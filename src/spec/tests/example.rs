//! What the example and the committed pipelines mean.

use super::*;

#[test]
fn the_example_of_the_design_means_what_it_says() {
    let pipeline = parsed(EXAMPLE).unwrap();
    assert_eq!(
        (pipeline.purpose, pipeline.claim, pipeline.context),
        (Purpose::Trade, Claim::Anonymized, Context::Controlled)
    );
    assert_eq!(pipeline.rules.name, "cn-gbt42460-2023");
    assert_eq!(pipeline.source.format, SourceFormat::Csv { delimiter: b',', encoding: Encoding::Gb18030 });
    assert_eq!(pipeline.source.subject, Subject::Column("account_no".into()));
    let privacy = PrivacySpec {
        k: 5,
        suppression_limit: 0.05,
        sampling_fraction: 1.0,
        sampling: None,
        population: None,
        models: vec![],
        recoding: RecodingKind::Global,
    };
    assert_eq!(pipeline.privacy, privacy);
    assert_eq!((pipeline.attacker, pipeline.signing_key), (None, None));
    let names: Vec<&str> = pipeline.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(
        names,
        ["account_no", "birth_date", "district", "household_size", "consumption_kwh"],
        "the file's order"
    );
    let [account, birth, district, size, kwh] = &pipeline.columns[..] else { panic!("five columns") };
    let token = TreatmentSpec::Token {
        algorithm: TokenAlgorithm::HmacSm3,
        key: KeyRef::Ephemeral,
        length: 16,
        canonical: None,
    };
    assert_eq!((&account.treatment, &account.hierarchy), (&token, &None));
    assert_eq!(birth.kind, ColumnType::Date { format: "%Y-%m-%d".into() });
    let periods = vec![Period::Month, Period::Quarter, Period::Years(1), Period::Years(10)];
    assert_eq!(birth.hierarchy, Some(HierarchySpec::Date { periods }));
    assert_eq!(district.treatment, TreatmentSpec::Generalize { level: None });
    assert_eq!((&district.kind, district.unknown), (&ColumnType::Text, UnknownValues::Error));
    let bands = HierarchySpec::Interval { widths: vec![2.0, 4.0], origin: 0.0, bottom: None, top: Some(7.0) };
    assert_eq!((&size.kind, &size.hierarchy), (&ColumnType::Number, &Some(bands)));
    assert_eq!((&kwh.kind, &kwh.treatment), (&ColumnType::Number, &TreatmentSpec::Round { step: 10.0 }));
}

#[test]
fn the_committed_pipelines_are_right() {
    let none: [String; 0] = [];
    assert_eq!(told(include_str!("../../../pipelines/residential_electricity.toml")), none);
    assert_eq!(told(include_str!("../../../pipelines/enterprise_registration.toml")), none);
    assert_eq!(told(include_str!("../../../pipelines/hospital_visits.toml")), none);
}

#[test]
fn what_is_left_out_has_its_default() {
    let text = and("[columns.name]\nrole = \"identifier\"\n[columns.\"性别\"]\nrole = \"quasi\"\n\
         [columns.phone]\nrole = \"insensitive\"\ntreatment = { mask = { keep_first = 3 } }\n\
         [columns.code]\nrole = \"sensitive\"\ntreatment = { generalize = { level = 3 } }\nhierarchy = { prefix = [4, 2] }\n\
         [columns.day]\nrole = \"insensitive\"\nformat = \"%Y%m%d\"\ntreatment = \"keep\"\n\
         [release]\nsigning_key = \"file:keys/sign.pem\"\n\
         [attacker]\nmitigation = \"high\"\nmotive = \"low\"\nrecipient_control = \"high\"\nprevalence = 0.0005\nacquaintances = 150");
    let pipeline = parsed(&text).unwrap();
    let column = |name: &str| pipeline.columns.iter().find(|column| column.name == name).unwrap();
    assert_eq!(column("name").treatment, TreatmentSpec::Drop);
    assert_eq!(column("性别").hierarchy, Some(HierarchySpec::Suppress));
    assert_eq!(column("phone").treatment, TreatmentSpec::Mask { keep_first: 3, keep_last: 0, with: '*' });
    assert_eq!(column("code").treatment, TreatmentSpec::Generalize { level: Some(3) });
    assert_eq!(column("day").kind, ColumnType::Date { format: "%Y%m%d".into() });
    assert_eq!(pipeline.signing_key, Some(KeyRef::File("keys/sign.pem".into())));
    assert_eq!(pipeline.encryption, None);
    assert_eq!(pipeline.attacker.unwrap().acquaintances, 150);
}
