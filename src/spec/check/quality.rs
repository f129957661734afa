//! `[quality]` and the `quality` of columns: whether the rules can be tested on what the columns hold.

use super::prepare::within;
use crate::spec::findings::Check;
use crate::spec::pipeline::{ColumnSpec, ColumnType};
use crate::spec::prepare::CODE_TABLES;
use crate::spec::quality::{Bound, CellRules, Dimension, Pattern, Period, Quality, RecordRule, day};
use crate::spec::sql;
use crate::spec::words::{listed, nearest, quoted};

/// All that is asked; `None` is a finding. Without `columns` (some column has a finding) their types are not looked at.
pub(super) fn quality(check: &mut Check, columns: Option<&[ColumnSpec]>) -> Option<Quality> {
    let (mut asked, mut good) = (Quality::default(), true);
    for name in check.keys(&["columns"]) {
        if !check.has(&["columns", &name, "quality"]) {
            continue;
        }
        match check.part::<CellRules>(&["columns", &name, "quality"]) {
            Some(rules) => {
                let kind = columns.and_then(|columns| columns.iter().find(|column| column.name == name));
                Cells { check, name: &name, kind: kind.map(|column| &column.kind) }.check(&rules);
                asked.cells.push((name, rules));
            }
            None => good = false,
        }
    }
    let mut number = 0usize;
    while check.has(&["quality", "rules", &number.to_string()]) {
        match check.part::<RecordRule>(&["quality", "rules", &number.to_string()]) {
            Some(rule) => {
                record(check, number, &rule, &asked.records);
                asked.records.push(rule);
            }
            None => good = false,
        }
        number += 1;
    }
    for dimension in Dimension::ALL {
        let path = ["quality", dimension.word()];
        if check.has(&path) {
            match check.part::<f64>(&path) {
                Some(limit) => asked.limits.push((dimension, limit)),
                None => good = false,
            }
        }
    }
    // a rule that cannot be read may feed any of them
    if good {
        asked.limits.iter().for_each(|(dimension, _)| fed(check, *dimension, &asked));
    }
    good.then_some(asked)
}

/// A limit needs something that it is held against.
fn fed(check: &mut Check, dimension: Dimension, asked: &Quality) {
    let by_cells = asked.cells.iter().any(|(_, rules)| rules.dimensions().contains(&dimension));
    let by_records = asked.records.iter().any(|rule| rule.dimension == dimension);
    if dimension != Dimension::Accessibility && !by_cells && !by_records {
        let help = match dimension {
            Dimension::Conformity => "give columns `quality = { pattern = \"…\" }`, `codes` or `table`",
            Dimension::Completeness => "give columns `quality = { required = true }`",
            Dimension::Accuracy => "give columns `quality = { least = 0 }`, `most` or `unique`",
            Dimension::Timeliness => "give a column of dates `quality = { period = { from = \"2025-01-01\" } }`",
            Dimension::Consistency | Dimension::Accessibility => "add `[[quality.rules]]` with this dimension",
        };
        let span = check.at(&["quality", dimension.word()]);
        check.add_help(span, format!("no rule feeds {}", quoted(dimension.word())), help);
    }
}

/// A rule for whole records.
fn record(check: &mut Check, at: usize, rule: &RecordRule, before: &[RecordRule]) {
    let at = at.to_string();
    let path = |key: &'static str| ["quality", "rules", &at, key];
    let twice = before.iter().any(|other| other.name == rule.name);
    if rule.name.trim().is_empty() || rule.name.chars().any(char::is_control) || twice {
        let span = check.at(&path("name"));
        check.add_help(span, "a rule needs a name of its own", "the report tells it by this name");
    }
    if rule.dimension == Dimension::Accessibility {
        let help = "it is the share of records that could be read: a run reads all of them or ends";
        check.add_help(check.at(&path("dimension")), "`accessibility` has no rules", help);
    }
    let declared = check.keys(&["columns"]);
    match sql::columns(&rule.expression, &declared) {
        Err((span, message)) => {
            let span = within(check, &path("expression"), &rule.expression, span);
            check.add_help(span, message, "allowed is an expression over the columns of one record");
        }
        Ok(names) if names.is_empty() => {
            let help = "write an expression that is true of a good record, such as `a <= b`";
            check.add_help(check.at(&path("expression")), "the rule speaks of no column", help);
        }
        Ok(names) => {
            for (span, name) in names.into_iter().filter(|(_, name)| !declared.contains(name)) {
                let span = within(check, &path("expression"), &rule.expression, span);
                let help = match nearest(&name, declared.iter().map(String::as_str)) {
                    Some(near) => format!("did you mean {}?", quoted(near)),
                    None => "declare it in `[columns]`; what is dropped can be tested too".into(),
                };
                check.add_help(span, format!("column {} is not in the pipeline", quoted(&name)), help);
            }
        }
    }
}

/// The rules of one column.
struct Cells<'c, 't> {
    check: &'c mut Check<'t>,
    name: &'c str,
    /// `None` where it is not known.
    kind: Option<&'c ColumnType>,
}

impl Cells<'_, '_> {
    fn wrong(&mut self, path: &[&str], message: impl Into<String>, help: impl Into<String>) {
        let span = self.check.at(&[&["columns", self.name, "quality"], path].concat());
        self.check.add_help(span, message, help);
    }

    fn check(&mut self, rules: &CellRules) {
        if rules.is_empty() && rules.table_column.is_none() {
            self.wrong(&[], "nothing is asked of the cells", "such as `quality = { required = true }`");
        }
        if rules.pattern.as_ref().is_some_and(|pattern| Pattern::new(pattern).is_none()) {
            let help = "such as \"[0-9]{8}\"; it has to fit the whole text";
            self.wrong(&["pattern"], "this is no regular expression", help);
        }
        self.table(rules);
        for (key, bound) in [("least", &rules.least), ("most", &rules.most)] {
            if let Some(bound) = bound {
                self.bound(key, bound);
            }
        }
        if let (Some(least), Some(most)) = (&rules.least, &rules.most)
            && least.above(most) == Some(true)
        {
            self.wrong(&["most"], "nothing lies between these bounds", "`most` is the larger one");
        }
        if let Some(period) = &rules.period {
            self.period(period);
        }
    }

    fn table(&mut self, rules: &CellRules) {
        let Some(table) = &rules.table else {
            if rules.table_column.is_some() {
                self.wrong(&["table_column"], "there is no code table", "say `table = \"gbt3304\"` or leave it out");
            }
            return;
        };
        let known = CODE_TABLES.iter().find(|(name, _)| name == table);
        match (known, &rules.table_column) {
            (Some((_, columns)), Some(column)) if !columns.contains(&column.as_str()) => {
                let help = format!("its columns are {}", listed(columns, "and"));
                self.wrong(&["table_column"], format!("the code table has no column {}", quoted(column)), help);
            }
            (Some(_), _) => {}
            (None, _) if table.to_lowercase().ends_with(".csv") => {}
            (None, _) => {
                let names: Vec<&str> = CODE_TABLES.iter().map(|(name, _)| *name).collect();
                let help = match nearest(table, names.iter().copied()) {
                    Some(near) => format!("did you mean {}?", quoted(near)),
                    None => format!("built in are {}; or give the path of a `.csv` file", listed(&names, "and")),
                };
                self.wrong(&["table"], format!("there is no code table {}", quoted(table)), help);
            }
        }
    }

    fn bound(&mut self, key: &str, bound: &Bound) {
        let fits = match (self.kind, bound) {
            (_, Bound::Number(number)) if !number.is_finite() => false,
            (_, Bound::Day(text)) if day(text).is_none() => false,
            (None, _)
            | (Some(ColumnType::Integer | ColumnType::Number), Bound::Integer(_) | Bound::Number(_))
            | (Some(ColumnType::Date { .. }), Bound::Day(_)) => true,
            _ => false,
        };
        if !fits {
            let help = match self.kind {
                Some(ColumnType::Text) => "say its type: `type = \"number\"`, \"integer\" or \"date\"",
                Some(ColumnType::Date { .. }) => "write a day as \"2025-12-31\"",
                _ => "write a number",
            };
            self.wrong(&[key], "this cannot be compared with the values of the column", help);
        }
    }

    fn period(&mut self, period: &Period) {
        if self.kind.is_some_and(|kind| !matches!(kind, ColumnType::Date { .. })) {
            self.wrong(&["period"], "a period is for dates", "say `type = \"date\"`");
        }
        for (key, end) in [("from", &period.from), ("to", &period.to)] {
            if end.as_ref().is_some_and(|end| day(end).is_none()) {
                self.wrong(&["period", key], "this is no day", "write it as `YYYY-MM-DD`");
            }
        }
        match (&period.from, &period.to) {
            (None, None) => self.wrong(&["period"], "the period has no end", "say `from`, `to` or both"),
            (Some(from), Some(to)) if day(from).zip(day(to)).is_some_and(|(from, to)| from > to) => {
                self.wrong(&["period", "to"], "nothing lies between these days", "`to` is the later one");
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
