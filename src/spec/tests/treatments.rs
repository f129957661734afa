//! Treatments: what they mean, their settings, and where they may stand.

use super::*;

/// A sensitive column with this treatment, and perhaps more lines.
fn treated(treatment: &str, more: &str) -> String {
    and(&format!("[columns.x]\nrole = \"sensitive\"\ntreatment = {treatment}\n{more}"))
}

fn deidentified(text: &str) -> String {
    text.replacen("\"anonymized\"  ", "\"deidentified\"", 1)
}

#[test]
fn treatments_mean_what_they_say() {
    let means = |text: &str| {
        let pipeline = parsed(&deidentified(text)).unwrap();
        let column = pipeline.columns.into_iter().find(|column| column.name == "x").unwrap();
        (column.kind, column.treatment)
    };
    let number = ColumnType::Number;
    for (treatment, kind, meant) in [
        (
            "{ top_bottom_coding = { top = 0.99 } }",
            number.clone(),
            TreatmentSpec::TopBottom { bottom: None, top: Some(0.99) },
        ),
        ("{ microaggregate = {} }", number.clone(), TreatmentSpec::Microaggregate { k: 5, centre: Centre::Mean }),
        (
            "{ microaggregate = { k = 9, statistic = \"median\" } }",
            number.clone(),
            TreatmentSpec::Microaggregate { k: 9, centre: Centre::Median },
        ),
        (
            "{ noise = { kind = \"laplace\", scale = 2.5, step = 0.1 } }",
            number.clone(),
            TreatmentSpec::Noise { kind: NoiseKind::Laplace, scale: 2.5, step: Some(0.1) },
        ),
        (
            "{ noise = { kind = \"discrete_laplace\", scale = 3 } }",
            ColumnType::Integer,
            TreatmentSpec::Noise { kind: NoiseKind::DiscreteLaplace, scale: 3.0, step: None },
        ),
        (
            "{ shift = { days = 30 } }",
            ColumnType::Date { format: "%Y-%m-%d".into() },
            TreatmentSpec::Shift { days: 30 },
        ),
        ("{ pram = { keep = 0.8 } }", ColumnType::Text, TreatmentSpec::Pram { keep: 0.8, invariant: true }),
        ("{ swap = \"class\" }", ColumnType::Text, TreatmentSpec::Swap),
        ("{ grid = { level = 5 } }", ColumnType::Text, TreatmentSpec::Grid { latitude: None, level: 5 }),
        ("\"redact\"", ColumnType::Text, TreatmentSpec::Redact),
        (
            "{ fpe = { alphabet = \"0123456789\", key = \"env:KEY\" } }",
            ColumnType::Text,
            TreatmentSpec::Fpe { alphabet: "0123456789".into(), key: KeyRef::Env("KEY".into()) },
        ),
    ] {
        assert_eq!(means(&treated(treatment, "")), (kind, meant), "{treatment}");
    }
    let pair = "[columns.y]\nrole = \"insensitive\"\ntype = \"number\"\ntreatment = \"drop\"";
    let grid = treated("{ grid = { latitude = \"y\", level = 6 } }", pair);
    assert_eq!(means(&grid), (number, TreatmentSpec::Grid { latitude: Some("y".into()), level: 6 }));
    let token = parsed(&with("length = 16", "length = 16, canonical = \"mobile\"")).unwrap();
    let TreatmentSpec::Token { canonical, .. } = token.columns[0].treatment else { panic!("a token") };
    assert_eq!(canonical, Some(crate::detect::Kind::Mobile));
}

#[test]
fn settings_of_treatments_have_their_ranges() {
    let wrong = |treatment: &str, expected: &str| only(&treated(treatment, ""), expected);
    wrong("{ top_bottom_coding = { top = 0 } }", "0 -- `top` must be above 0");
    wrong("{ top_bottom_coding = { top = 1.5 } }", "1.5 -- `top` must be at most 1");
    wrong("{ top_bottom_coding = { top = 1 } }", "1 -- nothing lies beyond the top quantile 1");
    wrong("{ top_bottom_coding = {} }", "{} -- nothing says where to cut");
    wrong("{ top_bottom_coding = { bottom = 0.6, top = 0.5 } }", "0.5 -- the top cut is not above the bottom cut");
    wrong("{ microaggregate = { k = 1 } }", "1 -- `k` must be at least 2");
    wrong("{ microaggregate = { k = 3 } }", "3 -- groups of 3 are smaller than the `k` of `[privacy]`");
    wrong("{ noise = { kind = \"laplace\", scale = 0 } }", "0 -- `scale` must be above 0");
    wrong("{ noise = { kind = \"laplace\", scale = 1e10 } }", "1e10 -- `scale` must be at most 1000000000");
    wrong("{ noise = { kind = \"gauss\", scale = 1 } }", "\"gauss\" -- `kind` cannot be `gauss`");
    wrong("{ noise = { scale = 1 } }", "noise -- `columns.x.treatment.noise` lacks the key `kind`");
    wrong("{ shift = { days = 0 } }", "0 -- `days` must be at least 1");
    wrong("{ pram = { keep = 1.0 } }", "1.0 -- PRAM that keeps everything changes nothing");
    wrong("{ pram = { keep = 0 } }", "0 -- `keep` must be above 0");
    wrong("{ swap = \"all\" }", "\"all\" -- `swap` cannot be `all`");
    wrong("{ grid = { level = 13 } }", "13 -- `level` must be at most 12");
    wrong("{ grid = { level = 5, latitude = \"x\" } }", "\"x\" -- a column cannot be its own latitude");
    wrong("{ grid = { level = 5, latitude = \"lat\" } }", "\"lat\" -- no column `lat` is declared");
    let kept = "[columns.lat]\nrole = \"insensitive\"\ntype = \"number\"\ntreatment = \"keep\"";
    only(
        &treated("{ grid = { level = 5, latitude = \"lat\" } }", kept),
        "\"lat\" -- the latitude would be released beside its cell of the grid",
    );
    for (alphabet, expected) in [
        ("", "\"\" -- an alphabet has at least two characters"),
        ("0", "\"0\" -- an alphabet has at least two characters"),
        ("010", "\"010\" -- the alphabet has `0` twice"),
    ] {
        let text = treated(&format!("{{ fpe = {{ alphabet = \"{alphabet}\", key = \"ephemeral\" }} }}"), "");
        only(&deidentified(&text), expected);
    }
    only(&with("length = 16", "length = 16, canonical = \"mobil\""), "\"mobil\" -- `canonical` cannot be `mobil`");
}

#[test]
fn treatments_go_with_their_types_and_claims() {
    let typed = |treatment: &str, kind: &str| treated(treatment, &format!("type = \"{kind}\""));
    for (treatment, kind, message) in [
        ("{ top_bottom_coding = { top = 0.9 } }", "text", "only numbers can be top and bottom coded"),
        ("{ microaggregate = {} }", "date", "only numbers can be microaggregated"),
        ("{ noise = { kind = \"laplace\", scale = 1 } }", "integer", "Laplace noise is for numbers"),
        ("{ noise = { kind = \"discrete_laplace\", scale = 1 } }", "number", "discrete Laplace noise is for integers"),
        ("{ shift = { days = 3 } }", "text", "only dates can be shifted"),
        ("{ pram = { keep = 0.8 } }", "integer", "this treatment is for text"),
        ("{ grid = { level = 5 } }", "number", "a place needs a latitude too"),
    ] {
        only(&typed(treatment, kind), &format!("\"{kind}\" -- {message}"));
    }
    only(&treated("\"redact\"", ""), "\"redact\" -- redacted text is not anonymization");
    let fpe = "{ alphabet = \"0123456789\", key = \"ephemeral\" }";
    only(
        &treated(&format!("{{ fpe = {fpe} }}"), ""),
        &format!("{fpe} -- encryption is not anonymization: whoever has the key gets the values back"),
    );
    let shift = "{ days = 3 }";
    let text = treated(&format!("{{ shift = {shift} }}"), "");
    only(
        &text.replacen("\"controlled\"", "\"public\"", 1),
        &format!("{shift} -- shifted dates are not for the public"),
    );
    only(
        &text.replacen("subject  = \"account_no\"", "subject_is_row = true", 1),
        &format!("{shift} -- a shift needs subjects: all dates of one move together"),
    );
    let identifier =
        |treatment: &str| deidentified(&and(&format!("[columns.x]\nrole = \"identifier\"\ntreatment = {treatment}")));
    assert_eq!(told(&identifier(&format!("{{ fpe = {fpe} }}"))), Vec::<String>::new());
    for treatment in ["\"redact\"", "{ swap = \"class\" }", "{ pram = { keep = 0.5 } }"] {
        assert!(told(&identifier(treatment))[0].ends_with("identifier `x` would be released"), "{treatment}");
    }
}

#[test]
fn other_names_of_treatments_lead_to_ours() {
    for (other, ours) in [
        ("clip", "top_bottom_coding"),
        ("microaggregation", "microaggregate"),
        ("date_shift", "shift"),
        ("geohash", "grid"),
    ] {
        let list = parsed(&with("{ round = 10 }", &format!("{{ {other} = 1 }}"))).unwrap_err();
        assert_eq!((list.len(), &list[0].message), (1, &format!("there is no treatment `{other}`")));
        assert_eq!(list[0].help, Some(format!("did you mean `{ours}`?")));
    }
    let list = parsed(&with("{ round = 10 }", "{ noize = { kind = \"laplace\", scale = 1 } }")).unwrap_err();
    assert_eq!(
        (&list[0].message, &list[0].help),
        (&"unknown key `noize`".into(), &Some("did you mean `noise`?".into()))
    );
}
