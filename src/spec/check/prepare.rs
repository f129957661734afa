//! `[[prepare]]`: what can be told of the steps without data.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use chrono::NaiveDate;
use chrono::format::{Item, StrftimeItems};

use crate::spec::findings::Check;
use crate::spec::prepare::{CODE_TABLES, Code, Derive, Derived, Join, Keys, RUN, Sql, Step, TableFormat, TableSource};
use crate::spec::sql;
use crate::spec::words::{listed, nearest, quoted};

/// What is known of the columns before a step, without having seen the source.
#[derive(Default)]
struct Names {
    /// Made by a step.
    made: BTreeSet<String>,
    /// Not there any more, and since which step.
    gone: BTreeMap<String, (usize, &'static str)>,
}

pub(super) fn steps(check: &mut Check) -> Option<Vec<Step>> {
    if !check.has(&["prepare"]) {
        return Some(Vec::new());
    }
    let whole: Option<Vec<Step>> = check.part(&["prepare"]);
    let mut names = Names::default();
    let mut number = 0usize;
    while check.has(&["prepare", &number.to_string()]) {
        let place = number.to_string();
        match check.part::<Step>(&["prepare", &place]) {
            Some(step) => At { check, place: &place, number: number + 1, names: &mut names }.step(&step),
            // nobody knows what it would have made
            None => names = Names::default(),
        }
        number += 1;
    }
    after(check, &names);
    whole
}

/// The columns and the subject must be there after the last step.
fn after(check: &mut Check, names: &Names) {
    if let Some(subject) = check.part::<String>(&["source", "subject"])
        && let Some((message, help)) = names.lacks(&subject)
    {
        check.add_help(check.at(&["source", "subject"]), message, help);
    }
    for name in check.keys(&["columns"]) {
        if let Some((message, help)) = names.lacks(&name) {
            check.add_help(check.at_key(&["columns", &name]), message, help);
        }
    }
}

impl Names {
    /// Message and help where a column is surely not there.
    fn lacks(&self, name: &str) -> Option<(String, String)> {
        if self.made.contains(name) {
            return None;
        }
        let (number, step) = self.gone.get(name)?;
        let help = match nearest(name, self.made.iter().map(String::as_str)) {
            Some(near) => format!("did you mean {}?", quoted(near)),
            None if self.made.is_empty() => "the steps stand in the order in which they are done".to_owned(),
            None => format!("the steps before it make {}", listed(&self.made.iter().collect::<Vec<_>>(), "and")),
        };
        Some((format!("column {} is not there: step {number} (`{step}`) took it away", quoted(name)), help))
    }

    fn make(&mut self, name: &str) {
        self.gone.remove(name);
        self.made.insert(name.to_owned());
    }
}

/// One step at its place.
struct At<'c, 't> {
    check: &'c mut Check<'t>,
    place: &'c str,
    number: usize,
    names: &'c mut Names,
}

impl At<'_, '_> {
    fn path<'p>(&'p self, path: &[&'p str]) -> Vec<&'p str> {
        ["prepare", self.place].into_iter().chain(path.iter().copied()).collect()
    }

    fn span(&self, path: &[&str]) -> Range<usize> {
        self.check.at(&self.path(path))
    }

    fn wrong(&mut self, path: &[&str], message: impl Into<String>, help: impl Into<String>) {
        let span = self.span(path);
        self.check.add_help(span, message, help);
    }

    /// A column that the step reads.
    fn reads(&mut self, path: &[&str], name: &str) {
        let span = self.span(path);
        self.reads_at(span, name);
    }

    fn reads_at(&mut self, span: Range<usize>, name: &str) {
        if let Some((message, help)) = self.names.lacks(name) {
            self.check.add_help(span, message, help);
        }
    }

    /// A column that the step adds.
    fn adds(&mut self, path: &[&str], name: &str) {
        if name.trim().is_empty() {
            self.wrong(path, "a column needs a name", "give it one");
        } else if self.names.made.contains(name) {
            let help = "choose another name, or rename the first one";
            self.wrong(path, format!("a column {} is already made before", quoted(name)), help);
        }
        self.names.make(name);
    }

    fn list(&mut self, path: &[&str], columns: &[String]) {
        if columns.is_empty() {
            self.wrong(path, "no column is named", "name at least one");
        }
        for (at, name) in columns.iter().enumerate() {
            let at_text = at.to_string();
            let full: Vec<&str> = path.iter().copied().chain([at_text.as_str()]).collect();
            self.reads(&full, name);
            if columns[..at].contains(name) {
                self.wrong(&full, format!("column {} is named twice", quoted(name)), "leave one of them out");
            }
        }
    }

    fn step(&mut self, step: &Step) {
        let name = step.name();
        match step {
            Step::Rename(map) => self.rename(map),
            Step::Cast(cast) => {
                if cast.columns.is_empty() {
                    self.wrong(&[name], "no column is named", "such as `cast = { columns = { age = \"integer\" } }`");
                }
                for column in cast.columns.keys() {
                    let span = self.check.at_key(&self.path(&[name, "columns", column]));
                    self.reads_at(span, column);
                }
            }
            Step::Date(dates) => {
                self.list(&[name, "columns"], &dates.columns);
                for (at, format) in dates.formats.iter().enumerate() {
                    if !date_format(format) {
                        let help =
                            "say a `strftime` form with year, month and day such as `%Y-%m-%d`, `excel` or `民国`";
                        let at = at.to_string();
                        self.wrong(&[name, "formats", &at], format!("{} is no form of a date", quoted(format)), help);
                    }
                }
            }
            Step::Trim(columns) | Step::HalfWidth(columns) | Step::Upper(columns) | Step::Lower(columns) => {
                self.list(&[name], columns);
            }
            Step::Replace(replace) => {
                self.reads(&[name, "column"], &replace.column);
                if replace.map.is_empty() {
                    self.wrong(&[name, "map"], "nothing is replaced", "such as `map = { \"男性\" = \"男\" }`");
                }
            }
            Step::Code(code) => self.code(code),
            Step::Derive(derive) => self.derive(derive),
            Step::Filter(text) => match sql::expression(text) {
                Ok(columns) => {
                    for (_, column) in columns {
                        self.reads(&[name], &column);
                    }
                }
                Err((at, message)) => {
                    self.sql(&[name], text, at, &message, "an expression over the columns of one record")
                }
            },
            Step::Join(join) => self.join(join),
            Step::Deduplicate(Keys::Columns(columns)) => self.list(&[name], columns),
            Step::Deduplicate(Keys::All(true)) => {}
            Step::Deduplicate(Keys::All(false)) => {
                self.wrong(&[name], "`deduplicate = false` does nothing", "leave the step out, or say `true`");
            }
            Step::Sql(sql) => self.query(sql),
        }
    }

    fn rename(&mut self, map: &BTreeMap<String, String>) {
        if map.is_empty() {
            self.wrong(&["rename"], "nothing is renamed", "such as `rename = { \"户号\" = \"account_no\" }`");
        }
        let mut taken = BTreeSet::new();
        for (old, new) in map {
            let span = self.check.at_key(&self.path(&["rename", old]));
            self.reads_at(span, old);
            if new.trim().is_empty() {
                self.wrong(&["rename", old], "a column needs a name", "give it one");
            }
            if !taken.insert(new) || self.names.made.contains(new) && !map.contains_key(new) {
                let message = format!("two columns would have the name {}", quoted(new));
                self.wrong(&["rename", old], message, "choose another name");
            }
        }
        for old in map.keys() {
            self.names.made.remove(old);
            self.names.gone.insert(old.clone(), (self.number, "rename"));
        }
        map.values().for_each(|new| self.names.make(new));
    }

    fn code(&mut self, code: &Code) {
        self.reads(&["code", "column"], &code.column);
        let built_in = CODE_TABLES.iter().find(|(table, _)| *table == code.table);
        match built_in {
            Some((_, columns)) => {
                let keys = [("to", Some(&code.to)), ("from", code.from.as_ref())];
                for (key, column) in keys.into_iter().filter_map(|(key, column)| Some((key, column?))) {
                    if !columns.contains(&column.as_str()) {
                        let help = match nearest(column, columns.iter().copied()) {
                            Some(near) => format!("did you mean {}?", quoted(near)),
                            None => format!("its columns are {}", listed(columns, "and")),
                        };
                        let message = format!("the code table has no column {}", quoted(column));
                        self.wrong(&["code", key], message, help);
                    }
                }
            }
            None if code.table.to_lowercase().ends_with(".csv") => {}
            None => {
                let names: Vec<&str> = CODE_TABLES.iter().map(|(name, _)| *name).collect();
                let help = match nearest(&code.table, names.iter().copied()) {
                    Some(near) => format!("did you mean {}?", quoted(near)),
                    None => format!("built in are {}; or give the path of a `.csv` file", listed(&names, "and")),
                };
                self.wrong(&["code", "table"], format!("there is no code table {}", quoted(&code.table)), help);
            }
        }
        if let Some(into) = &code.into {
            self.adds(&["code", "into"], into);
        }
    }

    fn derive(&mut self, derive: &Derive) {
        self.reads(&["derive", "from"], &derive.from);
        match (&derive.as_of, derive.what) {
            (None, Derived::Age) => {
                let help = "say at which day: `as_of = \"2024-12-31\"`";
                self.wrong(&["derive"], "an age needs the day at which it is told", help);
            }
            (Some(day), Derived::Age) => {
                let written = NaiveDate::parse_from_str(day, "%Y-%m-%d").is_ok() && day.len() == 10;
                if !written && day != RUN {
                    let help = "write it as `YYYY-MM-DD`, or `run` for the day that the run is for";
                    self.wrong(&["derive", "as_of"], "this is no day", help);
                }
            }
            (Some(_), _) => self.wrong(&["derive", "as_of"], "only an age is told at a day", "leave it out"),
            (None, _) => {}
        }
        self.adds(&["derive", "column"], &derive.column);
    }

    fn join(&mut self, join: &Join) {
        self.table(&["join", "source"], &join.source);
        self.list(&["join", "on"], &join.on);
        if join.columns.is_empty() {
            self.wrong(&["join", "columns"], "no column is added", "name those of the other table that are wanted");
        }
        for (at, column) in join.columns.iter().enumerate() {
            self.adds(&["join", "columns", &at.to_string()], column);
        }
    }

    fn query(&mut self, with: &Sql) {
        let text = with.query();
        let path: &[&str] = if matches!(with, Sql::Query(_)) { &["sql"] } else { &["sql", "query"] };
        if let Err((at, message)) = sql::query(text) {
            self.sql(path, text, at, &message, "one SELECT over `source` and the tables that the step names");
        }
        for (name, table) in with.tables() {
            if name == "source" {
                self.wrong(
                    &["sql", "tables", name],
                    "`source` is the table of the source itself",
                    "choose another name",
                );
            }
            self.table(&["sql", "tables", name], table);
        }
        // what a query gives is known once it has run
        *self.names = Names::default();
    }

    fn table(&mut self, path: &[&str], table: &TableSource) {
        let below = |key: &'static str| path.iter().copied().chain([key]).collect::<Vec<&str>>();
        if table.path.trim().is_empty() {
            self.wrong(&below("path"), "`path` is empty", "give the file's path");
            return;
        }
        match table.format() {
            None => {
                let help = "say `format = \"csv\"` or `format = \"parquet\"`";
                self.wrong(&below("path"), "the path does not tell the format", help);
            }
            Some(TableFormat::Csv) => {
                let usable = |c: char| c.is_ascii() && !c.is_ascii_alphanumeric() && !"\"\r\n\0".contains(c);
                if !table.delimiter.is_none_or(usable) {
                    let help = "usual ones are `,`, `;`, `|` and `\\t`";
                    self.wrong(&below("delimiter"), "this character cannot stand between cells", help);
                }
            }
            Some(TableFormat::Parquet) => {
                for (key, given) in [("delimiter", table.delimiter.is_some()), ("encoding", table.encoding.is_some())] {
                    if given {
                        let message = format!("{} is of no use: the table is Parquet", quoted(key));
                        self.wrong(&below(key), message, "leave it out, or say `format = \"csv\"`");
                    }
                }
            }
        }
    }

    /// A finding inside a text of SQL: at its very place where the text stands in the file as it is.
    fn sql(&mut self, path: &[&str], text: &str, at: Range<usize>, message: &str, help: &str) {
        let span = within(self.check, &self.path(path), text, at);
        self.check.add_help(span, message, format!("allowed is {help}"));
    }
}

/// The place of a part of a text, where the text stands in the file as it is; otherwise that of the whole text.
pub(super) fn within(check: &Check, path: &[&str], text: &str, at: Range<usize>) -> Range<usize> {
    let whole = check.at(path);
    // one quote before a plain string, three before a long one; with escapes the whole string is shown
    let quotes = (whole.len().saturating_sub(text.len())) / 2;
    match quotes {
        1 | 3 if whole.len() == text.len() + 2 * quotes => {
            whole.start + quotes + at.start..whole.start + quotes + at.end
        }
        _ => whole,
    }
}

/// Whether a text tells year, month and day.
fn date_format(format: &str) -> bool {
    if matches!(format, "excel" | "民国" | "民國") {
        return true;
    }
    let items: Vec<Item> = StrftimeItems::new(format).collect();
    if items.iter().any(|item| matches!(item, Item::Error)) {
        return false;
    }
    // a day far from others comes back from its own text if all of it is told
    let (day, at) =
        (NaiveDate::from_ymd_opt(1987, 11, 23), |day: NaiveDate| day.format_with_items(items.iter()).to_string());
    day.is_some_and(|day| {
        let timeless = !["%H", "%M", "%S", "%T", "%R", "%I", "%p", "%c"].iter().any(|time| format.contains(time));
        match timeless {
            true => NaiveDate::parse_from_str(&at(day), format).is_ok_and(|back| back == day),
            false => ["%Y", "%y"].iter().any(|y| format.contains(y)) && format.contains("%m") && format.contains("%d"),
        }
    })
}

#[cfg(test)]
mod tests;
