//! Treatments with settings: whether these are in range, go with the type, and allow the claim.

use std::collections::HashSet;

use super::column::Column;
use super::key;
use crate::spec::findings::Check;
use crate::spec::pipeline::{Claim, ColumnSpec, ColumnType, Context, KeyRef, NoiseKind, Subject, TreatmentSpec};
use crate::spec::raw::{
    RawFpe, RawGrid, RawMicroaggregate, RawPram, RawShift, RawTopBottom, RawTreatmentTable, RawType,
};
use crate::spec::words::{nearest, quoted};

/// The type that a treatment is for.
pub(super) fn type_of(treatment: &RawTreatmentTable) -> Option<RawType> {
    match treatment {
        RawTreatmentTable::Noise(noise) if noise.kind == NoiseKind::DiscreteLaplace => Some(RawType::Integer),
        RawTreatmentTable::Grid(grid) if grid.latitude.is_none() => Some(RawType::Text),
        RawTreatmentTable::Round(_)
        | RawTreatmentTable::TopBottom(_)
        | RawTreatmentTable::Microaggregate(_)
        | RawTreatmentTable::Noise(_)
        | RawTreatmentTable::Grid(_) => Some(RawType::Number),
        RawTreatmentTable::Shift(_) => Some(RawType::Date),
        RawTreatmentTable::Mask(_) | RawTreatmentTable::Pram(_) | RawTreatmentTable::Fpe(_) => Some(RawType::Text),
        RawTreatmentTable::Generalize(_) | RawTreatmentTable::Token(_) | RawTreatmentTable::Swap(_) => None,
    }
}

pub(super) fn top_bottom(at: &mut Column, raw: &RawTopBottom) -> Option<TreatmentSpec> {
    let path = ["treatment", "top_bottom_coding"];
    for (key, quantile) in [("bottom", raw.bottom), ("top", raw.top)] {
        if quantile == Some(1.0) {
            let help = "give the share of records below the cut, such as 0.99";
            at.wrong(&[path[0], path[1], key], format!("nothing lies beyond the {key} quantile 1"), help);
            return None;
        }
    }
    match (raw.bottom, raw.top) {
        (None, None) => {
            at.wrong(
                &path,
                "nothing says where to cut",
                "give `top`, such as 0.99, or `bottom`, such as 0.01, or both",
            );
            None
        }
        (Some(bottom), Some(top)) if bottom >= top => {
            let help =
                "quantiles count from the least number: `bottom = 0.01` and `top = 0.99` cut a hundredth at each end";
            at.wrong(&[path[0], path[1], "top"], "the top cut is not above the bottom cut", help);
            None
        }
        (bottom, top) => Some(TreatmentSpec::TopBottom { bottom, top }),
    }
}

pub(super) fn microaggregate(at: &mut Column, raw: &RawMicroaggregate) -> Option<TreatmentSpec> {
    let privacy: Option<u64> = at.check.part(&["privacy", "k"]);
    let k = raw.k.or(privacy)?;
    if privacy.is_some_and(|privacy| k < privacy) {
        let message = format!("groups of {k} are smaller than the `k` of `[privacy]`");
        at.wrong(&["treatment", "microaggregate", "k"], message, "leave it out, or give a larger one");
        return None;
    }
    Some(TreatmentSpec::Microaggregate { k, centre: raw.statistic })
}

pub(super) fn shift(at: &mut Column, raw: &RawShift, subject: Option<&Subject>) -> Option<TreatmentSpec> {
    let path = ["treatment", "shift"];
    if subject == Some(&Subject::Row) {
        let help = "name the `subject` of the source; where every record is a subject, generalize dates instead";
        at.wrong(&path, "a shift needs subjects: all dates of one move together", help);
        return None;
    }
    if at.check.part::<Context>(&["context"]) == Some(Context::Public) {
        let help =
            "the days between the dates of a subject stay: generalize dates, or release to a `controlled` context";
        at.wrong(&path, "shifted dates are not for the public", help);
        return None;
    }
    Some(TreatmentSpec::Shift { days: raw.days })
}

pub(super) fn pram(at: &mut Column, raw: &RawPram) -> Option<TreatmentSpec> {
    if raw.keep >= 1.0 {
        let help = "give a share below 1, such as 0.8, or say `treatment = \"keep\"`";
        at.wrong(&["treatment", "pram", "keep"], "PRAM that keeps everything changes nothing", help);
        return None;
    }
    Some(TreatmentSpec::Pram { keep: raw.keep, invariant: raw.invariant })
}

pub(super) fn grid(at: &mut Column, raw: RawGrid) -> Option<TreatmentSpec> {
    if raw.latitude.as_deref() == Some(at.name) {
        let help = "the column itself has the longitudes; leave `latitude` out for texts `longitude,latitude`";
        at.wrong(&["treatment", "grid", "latitude"], "a column cannot be its own latitude", help);
        return None;
    }
    Some(TreatmentSpec::Grid { latitude: raw.latitude, level: raw.level })
}

pub(super) fn fpe(at: &mut Column, raw: RawFpe, claim: Option<Claim>) -> Option<TreatmentSpec> {
    let path = ["columns", at.name, "treatment", "fpe", "key"];
    let key: Option<KeyRef> = key::token(at.check, &path, &raw.key);
    if claim == Some(Claim::Anonymized) {
        let help = "PIPL 73(4) allows no way back: make it a `token` with an ephemeral key, or claim \"deidentified\"";
        at.wrong(&path[2..4], "encryption is not anonymization: whoever has the key gets the values back", help);
    }
    let mut letters = HashSet::new();
    let twice = raw.alphabet.chars().find(|letter| !letters.insert(*letter));
    let wrong = match (twice, letters.len()) {
        (Some(letter), _) => Some(format!("the alphabet has {} twice", quoted(&letter.to_string()))),
        (None, 0 | 1) => Some("an alphabet has at least two characters".to_owned()),
        (None, 65_537..) => Some("an alphabet has at most 65,536 characters".to_owned()),
        (None, _) => None,
    };
    if let Some(wrong) = wrong {
        at.wrong(
            &["treatment", "fpe", "alphabet"],
            wrong,
            "give each character of the values once, such as \"0123456789\"",
        );
        return None;
    }
    Some(TreatmentSpec::Fpe { alphabet: raw.alphabet, key: key? })
}

pub(super) fn redact(at: &mut Column, claim: Option<Claim>) -> TreatmentSpec {
    if claim == Some(Claim::Anonymized) {
        let help = "no detector finds every name: say `treatment = \"drop\"`, or claim \"deidentified\"";
        at.wrong(&["treatment"], "redacted text is not anonymization", help);
    }
    TreatmentSpec::Redact
}

/// Whether the type of a column is one that its treatment takes.
pub(super) fn fits(at: &mut Column, treatment: &TreatmentSpec, kind: &ColumnType) {
    let number = matches!(kind, ColumnType::Integer | ColumnType::Number);
    let wrong = match treatment {
        TreatmentSpec::TopBottom { .. } if !number => {
            Some(("only numbers can be top and bottom coded", "say `type = \"number\"` or leave the type out"))
        }
        TreatmentSpec::Microaggregate { .. } if !number => {
            Some(("only numbers can be microaggregated", "say `type = \"number\"` or leave the type out"))
        }
        TreatmentSpec::Noise { kind: NoiseKind::Laplace, .. } if *kind != ColumnType::Number => Some((
            "Laplace noise is for numbers",
            "say `type = \"number\"`, or `kind = \"discrete_laplace\"` for integers",
        )),
        TreatmentSpec::Noise { kind: NoiseKind::DiscreteLaplace, .. } if *kind != ColumnType::Integer => Some((
            "discrete Laplace noise is for integers",
            "say `type = \"integer\"`, or `kind = \"laplace\"` for numbers",
        )),
        TreatmentSpec::Shift { .. } if !matches!(kind, ColumnType::Date { .. }) => {
            Some(("only dates can be shifted", "say `type = \"date\"`, with their `format`, or leave the type out"))
        }
        TreatmentSpec::Grid { latitude: Some(_), .. } if *kind != ColumnType::Number => {
            Some(("longitudes are numbers", "say `type = \"number\"` or leave the type out"))
        }
        TreatmentSpec::Grid { latitude: None, .. } if *kind != ColumnType::Text => {
            let help = "name the column of latitudes as `latitude`, or give texts `longitude,latitude`";
            Some(("a place needs a latitude too", help))
        }
        TreatmentSpec::Pram { .. } | TreatmentSpec::Redact | TreatmentSpec::Fpe { .. } if *kind != ColumnType::Text => {
            Some(("this treatment is for text", "leave the type out"))
        }
        _ => None,
    };
    if let Some((message, help)) = wrong {
        at.wrong(&["type"], message, help);
    }
}

/// Whether the columns that treatments read beside their own are declared, as what they must be.
pub(super) fn columns_are_there(check: &mut Check, columns: &[ColumnSpec]) {
    for column in columns {
        let TreatmentSpec::Grid { latitude: Some(name), .. } = &column.treatment else { continue };
        let at = check.at(&["columns", &column.name, "treatment", "grid", "latitude"]);
        match columns.iter().find(|other| other.name == *name) {
            None => {
                let help = match nearest(name, columns.iter().map(|other| other.name.as_str())) {
                    Some(near) => format!("did you mean {}?", quoted(near)),
                    None => "declare it: `role = \"quasi\"`, `type = \"number\"` and `treatment = \"drop\"`".to_owned(),
                };
                check.add_help(at, format!("no column {} is declared", quoted(name)), help);
            }
            Some(other) if other.treatment != TreatmentSpec::Drop => {
                let help = format!("say `treatment = \"drop\"` for {}", quoted(name));
                check.add_help(at, "the latitude would be released beside its cell of the grid", help);
            }
            Some(_) => {}
        }
    }
}
