//! The optima of ARX: what is withheld at their levels, and what they lose.

use serde_json::Value;
use tuomin::privacy::{Absent, Class, DeltaDisclosure, Fate, fate, quality};
use tuomin::spec::{BetaKind, EntropyEstimator, GroundDistance, ModelSpec};
use tuomin::table::{Hierarchy, Recoding};

use crate::adult::Adult;
use crate::common::shared;
use crate::judged::Judged;
use crate::stated::{levels, names, number, oracle};

/// The models of a search, as ARX was asked for them.
fn asked(params: &Value) -> Option<ModelSpec> {
    let column = || params["sens"].as_str().unwrap().to_string();
    let model = params.get("model")?.as_str().unwrap();
    let mut parts = model.split(':');
    let (name, parameters): (_, Vec<f64>) = (parts.next().unwrap(), parts.map(|part| part.parse().unwrap()).collect());
    let closeness = |distance| ModelSpec::TCloseness { column: column(), distance, t: parameters[0] };
    Some(match name {
        "distinctL" => ModelSpec::DistinctLDiversity { column: column(), l: parameters[0] as u64 },
        "entropyL" => {
            ModelSpec::EntropyLDiversity { column: column(), l: parameters[0], estimator: EntropyEstimator::Shannon }
        }
        "recursiveCL" => {
            ModelSpec::RecursiveClDiversity { column: column(), c: parameters[0], l: parameters[1] as u64 }
        }
        "tE" => closeness(GroundDistance::Equal),
        "tO" => closeness(GroundDistance::Ordered),
        "tH" => closeness(GroundDistance::Hierarchical),
        "bB" => ModelSpec::BetaLikeness { column: column(), kind: BetaKind::Basic, beta: parameters[0] },
        "eB" => ModelSpec::BetaLikeness { column: column(), kind: BetaKind::Enhanced, beta: parameters[0] },
        "dDisc" => ModelSpec::DeltaDisclosure { column: column(), delta: parameters[0] },
        "dPres" => ModelSpec::DeltaPresence { least: parameters[0], most: parameters[1] },
        "kMap" => ModelSpec::KMap { k: parameters[0] as u64 },
        "avgRisk" => ModelSpec::AverageRisk { limit: parameters[0] },
        "sampUniq" => ModelSpec::SampleUniques { limit: parameters[0] },
        other => panic!("ARX's `{other}` is not known here"),
    })
}

/// At the levels of each optimum, the models withhold what ARX withholds, and the metrics say what it says.
#[test]
fn optima_withhold_and_lose_what_arx_says() {
    let Some(shared) = shared() else { return };
    let (adult, stated) = (Adult::load(&shared), oracle(&shared, "search_adult.json"));
    let mut seen = 0;
    for entry in stated.as_array().unwrap() {
        let (id, params) = (entry["id"].as_str().unwrap(), &entry["params"]);
        let (quasi, chosen) = (names(&entry["qis"]), levels(&entry["levels"]));
        if params.get("data").is_some() {
            continue; // of a file that is not here
        }
        let spec = asked(params);
        if matches!(spec, Some(ModelSpec::AverageRisk { .. } | ModelSpec::SampleUniques { .. })) {
            continue; // of all classes together: the search decides what is withheld
        }
        let of_population = matches!(spec, Some(ModelSpec::KMap { .. } | ModelSpec::DeltaPresence { .. }));
        let sensitive: Vec<&str> = spec.iter().filter_map(ModelSpec::column).collect();
        let (table, hierarchies) = if of_population {
            adult.table(&quasi, &[], &adult.sample, true)
        } else {
            adult.table(&quasi, &sensitive, &adult.all, false)
        };
        let tree = |name: &&str| Some(adult.hierarchy(name, &table.sensitive[0].domain));
        let trees: Vec<Option<Hierarchy>> = sensitive.iter().map(tree).collect();
        let judged = Judged::new(table, &hierarchies, &chosen);
        let k = params.get("k").map_or(1, |k| number(k) as u64);
        let mut models = judged.models(k, spec.as_slice(), &trees).class;
        if let Some(ModelSpec::DeltaDisclosure { delta, .. }) = spec {
            // ARX takes logarithms to base 2 and skips absent values.
            let (delta, whole) = (delta * std::f64::consts::LN_2, judged.table.distribution(0));
            let strict = judged.classes().filter(|class| fate(&models, class) == Fate::Released).count();
            assert_eq!(strict, 2, "by the definition the classes that lack a value are withheld");
            models[1] = Box::new(DeltaDisclosure::new(0, delta, Absent::Skipped, &whole, false));
        }

        let mut fates: Vec<Fate> = judged.classes().map(|class| fate(&models, &class)).collect();
        if let Some(ModelSpec::EntropyLDiversity { l, .. }) = spec {
            // What ARX rounds away: six records with three values, two each, have the entropy of three values.
            let at_bound = |class: &Class| fate(&models, class) == Fate::Released && models[1].measure(class) == l;
            for (class, fate) in judged.classes().zip(&mut fates).filter(|(class, _)| at_bound(class)) {
                assert_eq!(class.values(0).iter().map(|value| value.1).collect::<Vec<_>>(), [2, 2, 2]);
                *fate = Fate::Withheld;
            }
        }
        assert!(!fates.contains(&Fate::Impossible), "{id}");
        let counted = |wanted: Fate, of: &[u64]| -> Vec<u64> {
            of.iter().zip(&fates).filter(|(n, fate)| **fate == wanted && **n > 0).map(|(n, _)| *n).collect()
        };
        let withheld: u64 = counted(Fate::Withheld, &judged.classes.records).iter().sum();
        let (released, people) = (counted(Fate::Released, &judged.classes.records), &judged.classes.population);
        println!("{id}: withheld {withheld}, classes {}", released.len());
        assert_eq!(entry["suppressed"], withheld, "{id}");
        if of_population {
            // ARX counts the classes and people of the population, withheld or not.
            assert_eq!(entry["classes_nonsuppressed"], people.len(), "{id}");
            assert_eq!(entry["min_class"], *people.iter().min().unwrap(), "{id}");
            assert_eq!(entry["max_class"], *people.iter().max().unwrap(), "{id}");
        } else {
            assert_eq!(entry["classes_nonsuppressed"], released.len(), "{id}");
            assert_eq!(entry["min_class"], *released.iter().min().unwrap(), "{id}");
            assert_eq!(entry["max_class"], *released.iter().max().unwrap(), "{id}");
        }

        let withheld = |&class: &u32| fates[class as usize] != Fate::Released;
        let suppressed: Vec<bool> = judged.classes.class_of.iter().map(withheld).collect();
        let quality = quality(&judged.table, &hierarchies, &Recoding { levels: chosen, suppressed }, &[]);
        let found = match params["metric"].as_str().unwrap() {
            "loss" => quality.loss_geometric,
            "loss_am" => quality.loss,
            "aecs" => quality.average_class_size,
            "dm" => quality.discernibility,
            "dmstar" => quality.discernibility_of_classes,
            "entropy" => quality.entropy_bits,
            "norm_entropy" => quality.entropy_share * quality.columns.len() as f64,
            "precision" => quality.precision_loss,
            "ambiguity" => quality.ambiguity,
            other => panic!("ARX's metric `{other}` is not known here"),
        };
        let loss = number(&entry["loss"]);
        // ARX rounds its shares to ten digits or so.
        assert!((found - loss).abs() < 1e-10 * loss.max(1.0), "{id}: {found}, stated {loss}");
        seen += 1;
    }
    assert_eq!(seen, 21, "all but one of another file and two that the search decides");
}
