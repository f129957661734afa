//! [`Known`]: what the labels of two releases stand for.

use std::collections::{BTreeMap, BTreeSet};

use crate::cli::prepare::Prepared;
use crate::engine::ApplyPlan;
use crate::error::{Error, Result};
use crate::risk::attack::earlier::Cover;
use crate::spec::{HierarchySpec, UnknownValues};
use crate::table::{Domain, Hierarchy, Recoded, STAR};

mod span;

use span::Span;

/// How an earlier release came to the labels of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// All values stand as they are, or in ranges that tell their ends.
    Values,
    /// Labels of a hierarchy, above the values.
    Labels,
    /// Values and labels.
    Mixed,
    /// Means or medians of groups: they do not tell which values they stand for.
    Centers,
}

/// What the labels of one quasi column stand for, as the present run knows it.
#[derive(Debug, Clone)]
pub struct Known {
    pub column: String,
    hierarchy: HierarchySpec,
    /// The text of the hierarchy's table, if it has one.
    table: Option<String>,
    /// The values of the source.
    domain: Domain,
    /// Labels of the new release with the code of a value that each stands for.
    released: BTreeSet<(Option<String>, u32)>,
}

type Labels = BTreeSet<Option<String>>;

impl Known {
    /// `released` are labels of the new release that its hierarchy does not have, with the values that they stand for.
    pub fn new(
        domain: Domain,
        hierarchy: HierarchySpec,
        table: Option<String>,
        released: impl IntoIterator<Item = (Option<String>, u32)>,
    ) -> Self {
        let released = released.into_iter().collect();
        Self { column: domain.column.clone(), hierarchy, table, domain, released }
    }

    /// Of each quasi column of a run.
    pub fn all(prepared: &Prepared, plan: &ApplyPlan) -> Vec<Self> {
        let known = |(at, domain): (usize, &Domain)| {
            let column = prepared.pipeline.columns.iter().find(|column| column.name == domain.column);
            let hierarchy = column.and_then(|column| column.hierarchy.clone()).unwrap_or(HierarchySpec::Suppress);
            let table = prepared.tables.get(&domain.column).map(|(_, text)| text.clone());
            // labels of a level are those of the hierarchy
            let pairs: BTreeSet<(u32, u32)> = match plan.recoded {
                Recoded::Global { .. } => BTreeSet::new(),
                Recoded::Local { recoding, .. } => {
                    recoding.columns[at].label_of.iter().copied().zip(plan.table.codes[at].iter().copied()).collect()
                }
            };
            let labels = plan.recoded.labels(at);
            let released = pairs.into_iter().map(|(label, code)| (labels[label as usize].clone(), code));
            Self::new(domain.clone(), hierarchy, table, released)
        };
        plan.table.domains.iter().enumerate().map(known).collect()
    }

    /// What the labels of both releases stand for, and the labels of the earlier one that nothing explains.
    ///
    /// A label is explained by the present hierarchy, over the values of the source and of its table, and over the
    /// earlier labels that are values themselves; or by its own text, where that tells a span: `[20, 30)`, `≥80`,
    /// `1990-Q2`, `1201**`. A span with no value in it is explained: nobody of the present source is in it.
    pub fn cover(&self, earlier: &Labels, own: &Labels, shown: Shown) -> Result<(Cover, Labels)> {
        let (domain, codes, hierarchy) = self.extended(earlier, shown)?;
        let used: BTreeSet<&Option<String>> = earlier.iter().chain(own).collect();
        let mut values: BTreeMap<&Option<String>, BTreeSet<u32>> = BTreeMap::new();
        for level in &hierarchy.levels {
            let labels: Vec<_> = level.labels.iter().map(|label| used.get(label).copied()).collect();
            for (code, &label) in level.label_of.iter().enumerate() {
                if let Some(label) = labels[label as usize] {
                    values.entry(label).or_default().insert(code as u32);
                }
            }
        }
        let by_level: BTreeSet<&Option<String>> = values.keys().copied().collect();
        for (label, code) in &self.released {
            if let Some(label) = used.get(label) {
                values.entry(label).or_default().insert(codes[*code as usize]);
            }
        }
        let mut beyond = domain.len() as u32;
        for label in used.iter().copied().filter(|label| !by_level.contains(label)) {
            let Some(span) = label.as_deref().and_then(|text| self.span(text, &domain)) else { continue };
            let of_label = values.entry(label).or_default();
            let inside = domain.values().iter().zip(0..).filter(|(v, _)| v.as_deref().is_some_and(|v| span.holds(v)));
            of_label.extend(inside.map(|(_, code)| code));
            if of_label.is_empty() {
                of_label.insert(beyond);
                beyond += 1;
            }
        }
        let stranger = |label: &&Option<String>| match shown {
            // an equal one is taken for the same group: nothing shows which values another stands for
            Shown::Centers => label.is_some() && !own.contains(*label),
            _ => !values.contains_key(*label),
        };
        let strangers: Labels = earlier.iter().filter(stranger).cloned().collect();
        if strangers.is_empty() && apart(&values) {
            return Ok((Cover::Equal, strangers));
        }
        let pairs = values.into_iter().flat_map(|(label, under)| under.into_iter().map(|code| (label.clone(), code)));
        Ok((Cover::of(pairs), strangers))
    }

    /// The span that a label tells, if there are values that it can be about.
    fn span(&self, label: &str, domain: &Domain) -> Option<Span> {
        let span = Span::read(label, matches!(self.hierarchy, HierarchySpec::Prefix { .. }))?;
        domain.values().iter().flatten().any(|text| span.speaks_of(text)).then_some(span)
    }

    /// The values of the source with those that only the earlier release or the table has; the new code of each old
    /// one; and the hierarchy over them.
    fn extended(&self, earlier: &Labels, shown: Shown) -> Result<(Domain, Vec<u32>, Hierarchy)> {
        let build =
            |domain: &Domain| Hierarchy::build(&self.hierarchy, self.table.as_deref(), domain, UnknownValues::Suppress);
        let mut values = self.domain.values().to_vec();
        values.extend(earlier.contains(&None).then_some(None));
        if let Some(table) = &self.table {
            values.extend(first_cells(table).map(Some));
        } else {
            // what the present hierarchy takes for a value may be a label of another: only where none were released
            let plain = match (&self.hierarchy, shown) {
                (_, Shown::Values) => true,
                (HierarchySpec::Interval { .. } | HierarchySpec::Date { .. }, Shown::Mixed) => true,
                (_, Shown::Labels | Shown::Mixed | Shown::Centers) => false,
            };
            let alone = |label: &Option<String>| Domain::sorted(&self.column, vec![label.clone()]).0;
            let span = |text: &str| self.span(text, &self.domain).is_some();
            let value = |label: &Option<String>| label.as_deref().is_some_and(|text| text != STAR && !span(text));
            let valid = earlier.iter().filter(|label| plain && value(label));
            let valid = valid.filter(|label| build(&alone(label)).is_ok());
            values.extend(valid.cloned());
        }
        let (domain, mut codes) = Domain::sorted(&self.column, values);
        codes.truncate(self.domain.len());
        let hierarchy = build(&domain).map_err(|error| Error::Internal(error.to_string()))?;
        Ok((domain, codes, hierarchy))
    }
}

/// Whether no value has two labels.
fn apart(values: &BTreeMap<&Option<String>, BTreeSet<u32>>) -> bool {
    let all = values.values().map(BTreeSet::len).sum::<usize>();
    values.values().flatten().collect::<BTreeSet<_>>().len() == all
}

/// The values that a hierarchy table knows.
fn first_cells(table: &str) -> impl Iterator<Item = String> {
    let first = |line: &str| line.split([';', ',']).next().unwrap_or("").trim_matches('"').to_owned();
    table.lines().map(move |line| first(line.trim_start_matches('\u{feff}'))).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests;
