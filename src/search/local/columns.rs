//! The values of a column on a line, where every label stands for a run of them.

use hashbrown::HashMap;

use super::order;
use crate::table::{Domain, Hierarchy, Level, LocalColumn};

/// The Loss of a record that tells nothing, in whole numbers: costs are parts of it.
pub(super) const WHOLE: u32 = 1 << 30;

/// Columns with at most this many places have the cost of every run in a table.
const TABULATED: usize = 512;

/// One quasi column: what its values can be released as, and what that costs.
///
/// A place is a value, or the values that no allowed label tells apart. Places stand so that every label of the
/// hierarchy, and every range, covers a run of them: a class is released with the finest label over the run
/// from its lowest to its highest place.
pub(super) struct Column {
    /// Per code of the domain.
    pub place_of: Vec<u32>,
    places: u32,
    labels: Labels,
    dearest: u32,
    /// Of the run from each place to each, where they are few.
    costs: Vec<u32>,
}

enum Labels {
    Tree(Tree),
    Ranges(Ranges),
}

/// Labels of a hierarchy.
#[derive(Default)]
struct Tree {
    /// Levels that are used, finest first.
    levels: Vec<usize>,
    /// Per place and used level a label of the hierarchy, or [`NONE`].
    label_of: Vec<u32>,
    /// Per used level and label, what it costs and how many values it stands for.
    costs: Vec<Vec<(u32, u64)>>,
}

/// Ranges of values between two that the source has.
struct Ranges {
    /// The code at each place; null comes first.
    codes: Vec<u32>,
    null: bool,
    domain_size: u64,
    weight: f64,
}

const NONE: u32 = u32::MAX;

/// What a run costs that has no allowed label: more than anything that is gained by it.
const FORBIDDEN: u32 = u32::MAX;

/// What a run of places is released as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Name {
    Label { level: usize, label: u32 },
    Range { low: u32, high: u32 },
    Star,
}

impl Column {
    /// `weight` is the column's share of the Loss, `levels` the levels that may be used, all if empty. With `ranges`, values in order are joined to ranges instead, where they have one:
    /// see [`order::of`].
    pub fn new(domain: &Domain, hierarchy: &Hierarchy, weight: f64, levels: &[usize], ranges: bool) -> Self {
        let ordered = (ranges && levels.is_empty()).then(|| order::of(domain, hierarchy)).flatten();
        let mut column = match ordered {
            Some(codes) => Self::ranges(domain, hierarchy, weight, codes),
            None => Self::tree(hierarchy, weight, levels),
        };
        let places = column.places as usize;
        if places <= TABULATED {
            let runs = (0..places * places).map(|at| (at / places, at % places));
            let cost = |(low, high): (usize, usize)| column.labels.cost(low.min(high) as u32, low.max(high) as u32);
            column.costs = runs.map(cost).collect();
        }
        column
    }

    fn ranges(domain: &Domain, hierarchy: &Hierarchy, weight: f64, codes: Vec<u32>) -> Self {
        let mut place_of = vec![0; codes.len()];
        codes.iter().enumerate().for_each(|(place, &code)| place_of[code as usize] = place as u32);
        let places = codes.len() as u32;
        let ranges = Ranges { codes, null: domain.has_null(), domain_size: hierarchy.domain_size, weight };
        let dearest = cost(hierarchy.domain_size, hierarchy.domain_size, weight);
        Self { place_of, places, labels: Labels::Ranges(ranges), dearest, costs: Vec::new() }
    }

    fn tree(hierarchy: &Hierarchy, weight: f64, levels: &[usize]) -> Self {
        let mut levels = if levels.is_empty() { (0..hierarchy.levels.len()).collect() } else { levels.to_vec() };
        levels.sort_unstable();
        levels.dedup();
        let used: Vec<&Level> = levels.iter().map(|&level| &hierarchy.levels[level]).collect();
        let told = told_apart(&used);
        let path = |code: u32| {
            used.iter().zip(&told).rev().map(move |(level, told)| {
                let label = level.label_of[code as usize];
                if told[label as usize] { label } else { NONE }
            })
        };
        let values = hierarchy.levels[0].label_of.len() as u32;
        let mut order: Vec<u32> = (0..values).collect();
        order.sort_by(|&a, &b| path(a).cmp(path(b)));
        let dearest = cost(hierarchy.domain_size, hierarchy.domain_size, weight);
        let labels = Labels::Tree(Tree::default());
        let mut column = Self { place_of: vec![0; order.len()], places: 0, labels, dearest, costs: vec![] };
        let mut label_of = Vec::new();
        for (at, &code) in order.iter().enumerate() {
            if at == 0 || !path(order[at - 1]).eq(path(code)) {
                let start = label_of.len();
                label_of.extend(path(code));
                label_of[start..].reverse();
                column.places += 1;
            }
            column.place_of[code as usize] = column.places - 1;
        }
        let costs = used.iter().map(|level| level.sizes.iter().map(|&m| (cost(m, hierarchy.domain_size, weight), m)));
        let costs = costs.map(Iterator::collect).collect();
        column.labels = Labels::Tree(Tree { levels, label_of, costs });
        column
    }

    /// What a record costs whose class reaches from place `low` to place `high`.
    #[inline]
    pub fn cost(&self, low: u32, high: u32) -> u32 {
        if self.costs.is_empty() {
            return self.labels.cost(low, high);
        }
        self.costs[low as usize * self.places as usize + high as usize]
    }

    /// What `*` costs, whether it is allowed or not.
    pub fn dearest(&self) -> u32 {
        self.dearest
    }

    /// Whether a run has an allowed label.
    pub fn allows(&self, low: u32, high: u32) -> bool {
        match &self.labels {
            Labels::Tree(tree) => tree.common(low, high).is_some(),
            Labels::Ranges(_) => true,
        }
    }

    /// What a run is released as.
    pub fn name(&self, low: u32, high: u32) -> Name {
        self.labels.name(low, high).0
    }

    /// For each label that levels have before `*`, finest first, the first place under it, per place.
    pub fn levels(&self) -> Vec<Vec<u32>> {
        match &self.labels {
            Labels::Tree(tree) => tree.runs(self.places),
            Labels::Ranges(_) => {
                let bits = u32::BITS - self.places.saturating_sub(1).leading_zeros();
                (0..=bits).map(|bit| (0..self.places).map(|place| place >> bit << bit).collect()).collect()
            }
        }
    }

    /// The labels of runs, one per combination of the table.
    pub fn release(
        &self,
        domain: &Domain,
        hierarchy: &Hierarchy,
        runs: impl Iterator<Item = (u32, u32)>,
    ) -> LocalColumn {
        let mut known: HashMap<Name, u32> = HashMap::new();
        let mut column = LocalColumn::default();
        for (low, high) in runs {
            let (name, size) = self.labels.name(low, high);
            let label = *known.entry(name).or_insert_with(|| {
                column.labels.push(text(name, domain, hierarchy));
                column.sizes.push(size);
                column.labels.len() as u32 - 1
            });
            column.label_of.push(label);
        }
        column
    }
}

fn text(name: Name, domain: &Domain, hierarchy: &Hierarchy) -> Option<String> {
    match name {
        Name::Label { level, label } => hierarchy.levels[level].labels[label as usize].clone(),
        Name::Star => Some(crate::table::STAR.into()),
        Name::Range { low, high } if low == high => domain.values()[low as usize].clone(),
        Name::Range { low, high } => {
            let show = |code: u32| domain.values()[code as usize].as_deref().unwrap_or_default();
            Some(format!("[{}, {}]", show(low), show(high)))
        }
    }
}

/// `weight · (m − 1)/(d − 1)` as a part of [`WHOLE`]; never falls when `m` grows.
fn cost(m: u64, domain_size: u64, weight: f64) -> u32 {
    if domain_size <= 1 {
        return 0;
    }
    let share = (m.clamp(1, domain_size) - 1) as f64 / (domain_size - 1) as f64;
    (share * weight * f64::from(WHOLE)).round() as u32
}

/// Per level and label, whether it may be released: where one text stands on several levels, a reader takes it
/// for the coarsest, so only that one is.
fn told_apart(levels: &[&Level]) -> Vec<Vec<bool>> {
    let mut seen: HashMap<Option<&str>, ()> = HashMap::new();
    let mut told: Vec<Vec<bool>> = Vec::new();
    for level in levels.iter().rev() {
        let texts = || level.labels.iter().map(Option::as_deref);
        told.push(texts().map(|text| !seen.contains_key(&text)).collect());
        seen.extend(texts().map(|text| (text, ())));
    }
    told.reverse();
    told
}

impl Labels {
    fn cost(&self, low: u32, high: u32) -> u32 {
        match self {
            Self::Tree(tree) => match tree.common(low, high) {
                Some((at, label)) => tree.costs[at][label as usize].0,
                None => FORBIDDEN,
            },
            Self::Ranges(ranges) => cost(ranges.size(low, high), ranges.domain_size, ranges.weight),
        }
    }

    fn name(&self, low: u32, high: u32) -> (Name, u64) {
        match self {
            Self::Tree(tree) => match tree.common(low, high) {
                Some((at, label)) => (Name::Label { level: tree.levels[at], label }, tree.costs[at][label as usize].1),
                None => (Name::Star, 0),
            },
            Self::Ranges(ranges) => {
                let range = Name::Range { low: ranges.codes[low as usize], high: ranges.codes[high as usize] };
                (if ranges.joins_null(low, high) { Name::Star } else { range }, ranges.size(low, high))
            }
        }
    }
}

impl Ranges {
    fn joins_null(&self, low: u32, high: u32) -> bool {
        self.null && low == 0 && high > 0
    }

    fn size(&self, low: u32, high: u32) -> u64 {
        if self.joins_null(low, high) { self.domain_size } else { u64::from(high - low) + 1 }
    }
}

impl Tree {
    fn path(&self, place: u32) -> &[u32] {
        &self.label_of[place as usize * self.levels.len()..][..self.levels.len()]
    }

    /// The finest allowed label over both places: its place among the used levels, and itself.
    fn common(&self, low: u32, high: u32) -> Option<(usize, u32)> {
        let (a, b) = (self.path(low), self.path(high));
        let at = a.iter().zip(b).position(|(a, b)| a == b && *a != NONE)?;
        Some((at, a[at]))
    }

    /// Per used level the first place of each run with one label there, or of what is finer where none is.
    fn runs(&self, places: u32) -> Vec<Vec<u32>> {
        let mut runs: Vec<Vec<u32>> = Vec::new();
        for at in 0..self.levels.len() {
            let mut starts: Vec<u32> = Vec::new();
            for place in 0..places {
                let joined = |&start: &u32| {
                    let (a, b) = (self.path(start)[at], self.path(place)[at]);
                    a == b && a != NONE || runs.last().is_some_and(|finer| finer[place as usize] == start)
                };
                let start = starts.last().copied().filter(joined).unwrap_or(place);
                starts.push(start);
            }
            if runs.last() != Some(&starts) {
                runs.push(starts);
            }
        }
        runs
    }
}
