//! Whether a class may be released, and how far it is from that.

use super::counts::{Counts, Slots};
use crate::privacy::{Bound, Class, PrivacyModel, Union};

/// The conditions on each class.
pub(super) struct Judge<'a> {
    k: u64,
    models: Vec<&'a dyn PrivacyModel>,
    slots: Slots,
}

impl<'a> Judge<'a> {
    pub fn new(k: u64, models: Vec<&'a dyn PrivacyModel>, slots: Slots) -> Self {
        Self { k, models, slots }
    }

    /// The least distinct subjects of a class.
    pub fn k(&self) -> u64 {
        self.k
    }

    /// Whether a class that may be released stays so, whatever joins it.
    pub fn grows(&self) -> bool {
        self.models.iter().all(|model| model.union() == Union::OfAny)
    }

    /// Whether size alone decides.
    pub fn by_size(&self) -> bool {
        self.models.is_empty()
    }

    /// Whether a class may be released; one without records, which only the population has, whether it stands
    /// in the way of nothing.
    pub fn holds(&self, counts: &Counts) -> bool {
        if counts.records > 0 && counts.subjects < self.k {
            return false;
        }
        if self.models.is_empty() {
            return true;
        }
        let histograms = self.slots.histograms(counts);
        let class = Class::only(counts.records, counts.subjects, counts.population, &histograms);
        self.asked(counts).all(|model| model.holds(&class))
    }

    /// Whether a part of the class could be released: whether it is large enough.
    pub fn may_be_cut(&self, counts: &Counts) -> bool {
        let histograms = self.slots.histograms(counts);
        let class = Class::only(counts.records, counts.subjects, counts.population, &histograms);
        let mut of_parts = self.asked(counts).filter(|model| model.union() == Union::OfAny);
        counts.subjects >= self.k && of_parts.all(|model| model.holds(&class))
    }

    /// How much is missing: 0 for what holds, otherwise up to 1 for each condition that is not met.
    pub fn want(&self, counts: &Counts) -> f64 {
        let missing = if counts.records > 0 { self.k.saturating_sub(counts.subjects) } else { 0 };
        let size = missing as f64 / self.k.max(1) as f64;
        if self.models.is_empty() {
            return size;
        }
        let histograms = self.slots.histograms(counts);
        let class = Class::only(counts.records, counts.subjects, counts.population, &histograms);
        let want = |model: &dyn PrivacyModel| if model.holds(&class) { 0.0 } else { gap(model, &class) };
        size + self.asked(counts).map(want).sum::<f64>()
    }

    fn asked(&self, counts: &Counts) -> impl Iterator<Item = &'a dyn PrivacyModel> {
        let records = counts.records;
        self.models.iter().copied().filter(move |model| records > 0 || model.judges_absent())
    }
}

/// How far a measure is from its bound, as a share: more than 0, at most 1.
fn gap(model: &dyn PrivacyModel, class: &Class) -> f64 {
    let measure = model.measure(class);
    let gap = match model.bound() {
        Bound::AtLeast(bound) => (bound - measure) / bound,
        // A limit up to 1 is one on shares or distances: what is left from there to 1 is the way.
        Bound::AtMost(bound) | Bound::Below(bound) if bound < 1.0 && measure <= 1.0 => {
            (measure - bound) / (1.0 - bound)
        }
        Bound::AtMost(bound) | Bound::Below(bound) => (measure - bound) / measure,
    };
    if gap.is_nan() { 1.0 } else { gap.clamp(1e-6, 1.0) }
}
