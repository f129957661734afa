//! Metrics on counted classes, and what a node loses at least, known before its classes are counted.

use rayon::prelude::*;

use super::goal::Metric;
use super::groups::{Field, Group};
use crate::privacy::loss;
use crate::table::{EquivalenceTable, Hierarchy, Level};

/// What floors fall short of, so that sums in another order never make one exceed what it is a floor of.
const SLACK: f64 = 1.0 - 1e-9;

/// One metric over one table, with what each column adds to it at each level.
///
/// A floor of a node is never above the metric of that node or of a coarser one. Those of the Loss are exact
/// sums of whole numbers, with the same roundings as the metric: floors of equal Loss are equal.
pub(super) struct Meter {
    metric: Metric,
    pub records: u64,
    /// Most classes that may be released: each has `k` records at least.
    most_classes: f64,
    weights: Vec<f64>,
    total_weight: f64,
    columns: Vec<Column>,
    /// `Σ p·log2 p` over the combinations of the data.
    own: f64,
}

struct Column {
    domain_size: u64,
    levels: Vec<Costs>,
    /// Bits per record if nothing is told.
    whole: f64,
}

/// What a level of a column costs; what the metric does not ask for is empty.
#[derive(Default)]
struct Costs {
    /// `Σ (m − 1)` over all records.
    sum: u128,
    /// The metric's part of the column, in the metric's own unit, if nothing is withheld.
    part: f64,
    /// Records by what withholding one adds to `sum`, `d − m`, cheapest first: the cost of one, then the number
    /// of records and the cost of all up to and with these.
    steps: Vec<(u64, u64, u128)>,
    /// Labels that records have.
    labels: f64,
    /// Entropy of the labels that records have, in bits.
    entropy: f64,
    /// `m` per label.
    sizes: Vec<u64>,
}

/// A node as its classes were counted.
pub(super) struct Counted<'a, const W: usize> {
    pub levels: &'a [u16],
    pub fields: &'a [Field],
    pub classes: &'a [Group<W>],
    /// The classes that are withheld, ascending.
    pub withheld: &'a [u32],
    pub withheld_records: u64,
}

impl Meter {
    /// `numbers[column]` are the numbers that the levels had before forbidden ones were left out, and the
    /// highest of all.
    pub fn new(
        metric: Metric,
        weights: &[f64],
        k: u64,
        table: &EquivalenceTable,
        hierarchies: &[Hierarchy],
        numbers: &[(Vec<usize>, usize)],
    ) -> Self {
        let records = table.total_records();
        let columns = hierarchies.par_iter().zip(&table.codes).zip(numbers).map(|((h, codes), numbers)| {
            let mut counts = vec![0; h.levels[0].label_of.len()];
            for (&code, &records) in codes.iter().zip(&table.records) {
                counts[code as usize] += records;
            }
            Column::new(metric, h, &counts, records, numbers)
        });
        let columns: Vec<Column> = columns.collect();
        let weight = |column: usize| weights.get(column).map_or(1.0, |weight| weight.max(0.0));
        let weights: Vec<f64> = (0..columns.len()).map(weight).collect();
        let own = if metric == Metric::Divergence { own(table) } else { 0.0 };
        let total_weight = weights.iter().sum();
        Self { metric, records, most_classes: (records / k.max(1)) as f64, weights, total_weight, columns, own }
    }

    /// Whether [`Self::value`] looks at classes that are not withheld.
    pub fn asks_for_all_classes(&self) -> bool {
        !matches!(
            self.metric,
            Metric::Loss | Metric::GeometricLoss | Metric::Precision | Metric::Entropy | Metric::NormalizedEntropy
        )
    }

    /// Whether [`Self::value`] adds up floats class by class, so that their order matters to the last bit.
    pub fn asks_for_order(&self) -> bool {
        matches!(self.metric, Metric::Ambiguity | Metric::Divergence)
    }

    /// What a node loses at least, whatever is withheld.
    pub fn floor(&self, levels: &[u16]) -> f64 {
        match self.metric {
            Metric::Loss | Metric::Precision => self.aggregate(levels, |_, costs| costs.part),
            Metric::GeometricLoss | Metric::Entropy | Metric::NormalizedEntropy => {
                self.aggregate(levels, |_, costs| costs.part) * SLACK
            }
            _ => self.floor_withholding(levels, 0),
        }
    }

    /// What a node loses at least if `withheld` records or more are withheld, whichever they are.
    pub fn floor_withholding(&self, levels: &[u16], withheld: u64) -> f64 {
        let all = self.records as f64;
        let s = withheld as f64;
        match self.metric {
            Metric::Loss | Metric::GeometricLoss => {
                let part = |column: &Column, costs: &Costs| {
                    loss::of_column(costs.sum + costs.cheapest(withheld), column.domain_size, self.records)
                };
                let slack = if self.metric == Metric::Loss { 1.0 } else { SLACK };
                self.aggregate(levels, part) * slack
            }
            Metric::Precision => self.aggregate(levels, |_, costs| self.lacking(costs.part, withheld)),
            Metric::Entropy | Metric::NormalizedEntropy => self.floor(levels),
            Metric::Discernibility => (all * s + (all - s) * (all - s) / self.labels(levels)) * SLACK,
            Metric::DiscernibilityOfClasses => all * all / self.labels(levels) * SLACK,
            Metric::AverageClassSize => all / self.labels(levels).min(self.most_classes + 1.0) * SLACK,
            Metric::Ambiguity => {
                // a mean of products is at least the product of geometric means
                let mean: f64 = self.costs(levels).map(|(_, costs)| costs.part).sum();
                (all * mean.exp2()).max(s * self.area().exp2() + (all - s)) * SLACK
            }
            Metric::Divergence => {
                let area: f64 = self.costs(levels).map(|(_, costs)| costs.part).sum();
                let entropy = self.costs(levels).map(|(_, costs)| costs.entropy).fold(0.0, f64::max);
                self.own + (area + entropy) * SLACK - self.own.abs() * (1.0 - SLACK)
            }
        }
    }

    /// The metric of a counted node.
    pub fn value<const W: usize>(&self, node: &Counted<'_, W>) -> f64 {
        let s = node.withheld_records;
        match self.metric {
            Metric::Loss | Metric::GeometricLoss => {
                let costs = self.withheld_costs(node);
                let part = |(at, (column, level)): (usize, (&Column, &Costs))| {
                    loss::of_column(level.sum + costs[at], column.domain_size, self.records)
                };
                self.combine(self.costs(node.levels).enumerate().map(part))
            }
            Metric::Precision => self.aggregate(node.levels, |_, costs| self.lacking(costs.part, s)),
            Metric::Entropy | Metric::NormalizedEntropy => {
                let lost = |(at, (column, costs)): (usize, (&Column, &Costs))| {
                    let withheld = withheld_bits(node, at, costs.sizes.len());
                    match self.metric {
                        Metric::Entropy => costs.part + withheld,
                        _ if column.whole > 0.0 => costs.part + withheld / column.whole,
                        _ => 0.0,
                    }
                };
                self.combine(self.costs(node.levels).enumerate().map(lost))
            }
            Metric::Discernibility => {
                let square = |class: &Group<W>| u128::from(class.records) * u128::from(class.records);
                let all: u128 = node.classes.iter().map(square).sum();
                let withheld: u128 = node.withheld.iter().map(|&class| square(&node.classes[class as usize])).sum();
                (all - withheld + u128::from(self.records) * u128::from(s)) as f64
            }
            Metric::DiscernibilityOfClasses => {
                let square = |class: &Group<W>| u128::from(class.records) * u128::from(class.records);
                node.classes.iter().map(square).sum::<u128>() as f64
            }
            Metric::AverageClassSize => {
                let classes = node.classes.iter().filter(|class| class.records > 0).count() - node.withheld.len();
                let classes = classes + usize::from(s > 0);
                if classes == 0 { 0.0 } else { self.records as f64 / classes as f64 }
            }
            Metric::Ambiguity => {
                let mut sum = 0.0;
                self.released(node, |class| {
                    sum += self.sizes(node, class).map(|m| m as f64).product::<f64>() * class.records as f64;
                });
                let whole = || self.columns.iter().map(|column| column.domain_size as f64).product::<f64>();
                sum + if s > 0 { s as f64 * whole() } else { 0.0 }
            }
            Metric::Divergence => {
                let mut cross = 0.0;
                let term = |n: u64, area: f64| {
                    let share = n as f64 / self.records as f64;
                    share * (area - share.log2())
                };
                self.released(node, |class| {
                    let area = self.sizes(node, class).map(|m| (m as f64).log2()).sum();
                    cross += term(class.records, area);
                });
                if s > 0 {
                    cross += term(s, self.area());
                }
                (self.own + cross).max(0.0)
            }
        }
    }

    fn costs(&self, levels: &[u16]) -> impl Iterator<Item = (&Column, &Costs)> {
        self.columns.iter().zip(levels).map(|(column, &level)| (column, &column.levels[usize::from(level)]))
    }

    fn aggregate(&self, levels: &[u16], part: impl Fn(&Column, &Costs) -> f64) -> f64 {
        self.combine(self.costs(levels).map(|(column, costs)| part(column, costs)))
    }

    /// The metric from the parts of its columns. It never falls when a part grows, also after rounding.
    fn combine(&self, parts: impl Iterator<Item = f64>) -> f64 {
        let weighed = parts.zip(&self.weights);
        match self.metric {
            Metric::Entropy => weighed.map(|(part, _)| part).sum(),
            _ if self.total_weight == 0.0 => 0.0,
            Metric::GeometricLoss => {
                let power = |(part, &weight): (f64, &f64)| match weight {
                    1.0 => 1.0 + part,
                    _ => (1.0 + part).powf(weight),
                };
                weighed.map(power).product::<f64>().powf(self.total_weight.recip()) - 1.0
            }
            _ => weighed.map(|(part, weight)| part * weight).sum::<f64>() / self.total_weight,
        }
    }

    /// What precision a column lacks, of the share of its level and the number of records withheld.
    fn lacking(&self, share: f64, withheld: u64) -> f64 {
        match self.records {
            0 => 0.0,
            all => ((all - withheld) as f64 * share + withheld as f64) / all as f64,
        }
    }

    /// Most classes that a node can have by its labels.
    fn labels(&self, levels: &[u16]) -> f64 {
        self.costs(levels).map(|(_, costs)| costs.labels).product::<f64>().max(1.0)
    }

    /// The cost of what is withheld, `Σ (d − m)` over withheld records of each column.
    fn withheld_costs<const W: usize>(&self, node: &Counted<'_, W>) -> Vec<u128> {
        let columns: Vec<(Field, u64, &[u64])> = (self.costs(node.levels).zip(node.fields))
            .map(|((column, costs), field)| (*field, column.domain_size, &costs.sizes[..]))
            .collect();
        let mut sums = vec![0_u128; columns.len()];
        let widest = columns.iter().map(|column| column.1).max().unwrap_or(0);
        if self.records.checked_mul(widest).is_some() {
            let mut narrow = vec![0_u64; columns.len()];
            for &class in node.withheld {
                let class = &node.classes[class as usize];
                for (sum, (field, size, shared)) in narrow.iter_mut().zip(&columns) {
                    *sum += class.records * size.saturating_sub(shared[field.get(&class.key) as usize]);
                }
            }
            sums.iter_mut().zip(narrow).for_each(|(sum, narrow)| *sum = narrow.into());
            return sums;
        }
        for &class in node.withheld {
            let class = &node.classes[class as usize];
            for (sum, (field, size, shared)) in sums.iter_mut().zip(&columns) {
                let cost = size.saturating_sub(shared[field.get(&class.key) as usize]);
                *sum += u128::from(class.records) * u128::from(cost);
            }
        }
        sums
    }

    fn released<'a, const W: usize>(&self, node: &Counted<'a, W>, mut tell: impl FnMut(&'a Group<W>)) {
        let mut withheld = node.withheld.iter().peekable();
        for (at, class) in node.classes.iter().enumerate() {
            if withheld.next_if(|&&next| next as usize == at).is_none() && class.records > 0 {
                tell(class);
            }
        }
    }

    /// `m` of each column for the records of a class.
    fn sizes<const W: usize>(&self, node: &Counted<'_, W>, class: &Group<W>) -> impl Iterator<Item = u64> {
        let fields = node.fields.iter().map(|field| field.get(&class.key) as usize);
        self.costs(node.levels).zip(fields).map(|((_, costs), label)| costs.sizes[label])
    }

    /// `log2 ∏ d`.
    fn area(&self) -> f64 {
        self.columns.iter().map(|column| (column.domain_size as f64).log2()).sum()
    }
}

/// Bits that withholding takes besides of what is told of a column.
fn withheld_bits<const W: usize>(node: &Counted<'_, W>, column: usize, labels: usize) -> f64 {
    let mut counts = vec![0_u64; labels];
    for &class in node.withheld {
        let class = &node.classes[class as usize];
        counts[node.fields[column].get(&class.key) as usize] += class.records;
    }
    bits(counts.into_iter(), node.withheld_records)
}

/// `Σ n·log2(all/n)`.
fn bits(counts: impl Iterator<Item = u64>, all: u64) -> f64 {
    counts.filter(|&n| n > 0).map(|n| n as f64 * (all as f64 / n as f64).log2()).sum()
}

/// `Σ p·log2 p` over the combinations of quasi values.
fn own(table: &EquivalenceTable) -> f64 {
    let all = table.total_records();
    if all == 0 { 0.0 } else { -bits(table.finest().records.into_iter(), all) / all as f64 }
}

impl Column {
    fn new(
        metric: Metric,
        hierarchy: &Hierarchy,
        counts: &[u64],
        records: u64,
        (numbers, highest): &(Vec<usize>, usize),
    ) -> Self {
        let domain_size = hierarchy.domain_size;
        let whole = bits(counts.iter().copied(), records);
        let costs = |(level, &number): (&Level, &usize)| {
            let mut costs = Costs::new(level, domain_size, counts);
            costs.part = match metric {
                Metric::Loss | Metric::GeometricLoss => loss::of_column(costs.sum, domain_size, records),
                Metric::Precision if *highest > 0 => number as f64 / *highest as f64,
                Metric::Entropy => costs.told(level, counts),
                Metric::NormalizedEntropy if whole > 0.0 => costs.told(level, counts) / whole,
                Metric::Ambiguity | Metric::Divergence => costs.area(level, counts, records),
                _ => 0.0,
            };
            if metric == Metric::Divergence {
                costs.entropy = bits(costs.counts(level, counts).into_iter(), records) / records.max(1) as f64;
            }
            costs
        };
        Self { domain_size, levels: hierarchy.levels.iter().zip(numbers).map(costs).collect(), whole }
    }
}

impl Costs {
    fn new(level: &Level, domain_size: u64, counts: &[u64]) -> Self {
        let mut costs: Vec<(u64, u64)> = Vec::new();
        let mut sum = 0;
        let mut present = vec![false; level.labels.len()];
        for (&label, &records) in level.label_of.iter().zip(counts) {
            let size = level.sizes[label as usize];
            sum += u128::from(size.saturating_sub(1)) * u128::from(records);
            costs.push((domain_size.saturating_sub(size), records));
            present[label as usize] |= records > 0;
        }
        costs.sort_unstable();
        let mut steps: Vec<(u64, u64, u128)> = Vec::new();
        let (mut number, mut total) = (0, 0);
        for (cost, records) in costs {
            (number, total) = (number + records, total + u128::from(cost) * u128::from(records));
            match steps.last_mut().filter(|step| step.0 == cost) {
                Some(step) => *step = (cost, number, total),
                None => steps.push((cost, number, total)),
            }
        }
        let labels = present.into_iter().filter(|present| *present).count() as f64;
        Self { sum, steps, labels, sizes: level.sizes.clone(), ..Self::default() }
    }

    /// What withholding so many records adds to `sum` at least.
    fn cheapest(&self, withheld: u64) -> u128 {
        let at = self.steps.partition_point(|step| step.1 < withheld);
        let (_, number, total) = at.checked_sub(1).map_or((0, 0, 0), |before| self.steps[before]);
        let rest = withheld.saturating_sub(number);
        total + self.steps.get(at).map_or(0, |step| u128::from(step.0) * u128::from(rest))
    }

    /// Records per label.
    fn counts(&self, level: &Level, counts: &[u64]) -> Vec<u64> {
        let mut sums = vec![0; level.labels.len()];
        level.label_of.iter().zip(counts).for_each(|(&label, records)| sums[label as usize] += records);
        sums
    }

    /// `Σ log2(n(label)/n(value))` over all records.
    fn told(&self, level: &Level, counts: &[u64]) -> f64 {
        let of_label = self.counts(level, counts);
        let known = level.label_of.iter().zip(counts).filter(|(_, n)| **n > 0);
        known.map(|(&label, &n)| n as f64 * (of_label[label as usize] as f64 / n as f64).log2()).sum()
    }

    /// The mean of `log2 m` over all records.
    fn area(&self, level: &Level, counts: &[u64], records: u64) -> f64 {
        let term = |(&label, &n): (&u32, &u64)| n as f64 * (level.sizes[label as usize].max(1) as f64).log2();
        level.label_of.iter().zip(counts).map(term).sum::<f64>() / records.max(1) as f64
    }
}
