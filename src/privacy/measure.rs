//! All models over the classes of a table: what is withheld, and what was reached.

use super::{Bound, Class, Models, PrivacyModel};
use crate::table::{Classes, Histogram};

/// What one model says of the released classes.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// The model's identifier.
    pub id: &'static str,
    /// The place of the sensitive column in the table, for a model that speaks of one.
    pub sensitive: Option<usize>,
    /// The worst value of all released classes, or that of all of them together; `None` if nothing is released.
    pub worst: Option<f64>,
    pub bound: Bound,
    /// Whether all released classes keep the bound; `worst` compared with `bound` says the same.
    pub held: bool,
}

/// What becomes of a class under some models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It keeps all of them.
    Released,
    /// It must be withheld; without records there is nothing to withhold.
    Withheld,
    /// It has no records, but keeps people of the population from being protected: no release is possible.
    Impossible,
}

/// Returns what becomes of a class.
pub fn fate(models: &[Box<dyn PrivacyModel>], class: &Class) -> Fate {
    if class.records > 0 {
        return if models.iter().all(|model| model.holds(class)) { Fate::Released } else { Fate::Withheld };
    }
    let impossible = models.iter().any(|model| model.judges_absent() && !model.holds(class));
    if impossible { Fate::Impossible } else { Fate::Withheld }
}

/// Measures all models over the classes that `released` names; classes without records are never released.
///
/// `histograms` are those of all sensitive columns over these classes, in the table's order. Models of classes
/// come first, then those of the table, as in `models`. Where nothing is released everything is held.
pub fn measure(
    models: &Models,
    classes: &Classes,
    histograms: &[Histogram],
    released: impl Fn(usize) -> bool,
) -> Vec<Measured> {
    let all = 0..classes.records.len();
    let of = |class| Class::of(classes, histograms, class);
    let released: Vec<usize> = all.clone().filter(|&class| classes.records[class] > 0 && released(class)).collect();
    let absent: Vec<usize> = all.filter(|&class| classes.records[class] == 0).collect();
    let of_class = models.class.iter().map(|model| {
        let absent = if model.judges_absent() { &absent[..] } else { &[] };
        let judged = || released.iter().chain(absent).map(|&class| of(class));
        Measured {
            id: model.id(),
            sensitive: model.sensitive(),
            worst: judged().map(|class| model.measure(&class)).reduce(|a, b| model.bound().worse(a, b)),
            bound: model.bound(),
            held: judged().all(|class| model.holds(&class)),
        }
    });
    let sizes = sizes(classes, |class| released.binary_search(&class).is_ok());
    let of_table = models.table.iter().map(|model| Measured {
        id: model.id(),
        sensitive: None,
        worst: (!sizes.is_empty()).then(|| model.measure(&sizes)),
        bound: model.bound(),
        held: model.holds(&sizes),
    });
    of_class.chain(of_table).collect()
}

/// The sizes of the classes that `released` names, in distinct subjects: pairs of size and number of classes,
/// ascending by size. A class without subjects has no size.
pub fn sizes(classes: &Classes, released: impl Fn(usize) -> bool) -> Vec<(u64, u64)> {
    let subjects = classes.subjects.iter().enumerate();
    let mut sizes: Vec<u64> = subjects.filter(|&(class, &n)| n > 0 && released(class)).map(|(_, &n)| n).collect();
    sizes.sort_unstable();
    sizes.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as u64)).collect()
}
