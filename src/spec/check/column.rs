//! `[columns.NAME]`: role, type, treatment and hierarchy, and whether they go together.

use std::fmt::Write as _;
use std::path::PathBuf;

use chrono::NaiveDate;

use super::treatment;
use super::{hierarchy, key};
use crate::spec::findings::Check;
use crate::spec::pipeline::{
    Claim, ColumnSpec, ColumnType, HierarchySpec, KeyRef, LevelRange, Role, Subject, TreatmentSpec, UnknownValues,
};
use crate::spec::raw::{
    RawColumn, RawHierarchy, RawLevels, RawMask, RawToken, RawTreatment, RawTreatmentTable, RawType, RawWord,
};
use crate::spec::words::quoted;

/// More characters than this kept by a mask would leave most values as they are.
const MOST_KEPT: usize = 32;

/// Checks one column; `None` if something is wrong in it.
pub(super) fn column(
    check: &mut Check,
    name: &str,
    claim: Option<Claim>,
    subject: Option<&Subject>,
) -> Option<ColumnSpec> {
    if name.trim().is_empty() {
        check.add(check.at_key(&["columns", name]), "a column needs a name");
    }
    let raw: RawColumn = check.part(&["columns", name])?;
    let mut at = Column { check, name, role: raw.role };
    at.subject_role(subject);
    let kind = at.kind(&raw);
    let has_hierarchy = raw.hierarchy.is_some();
    at.unknown(&raw);
    let inhabitants = at.inhabitants(&raw);
    let range = raw.levels;
    at.weight(raw.weight);
    let treatment = at.treatment(raw.treatment, claim, subject);
    let hierarchy = match raw.hierarchy {
        Some(raw) => hierarchy::hierarchy(at.check, &["columns", name, "hierarchy"], raw).map(Some),
        None => Some(None),
    };
    if let (Some(treatment), Some(kind)) = (&treatment, &kind) {
        at.treatment_fits(treatment, kind, has_hierarchy);
    }
    if let (Some(treatment), Some(Some(hierarchy))) = (&treatment, &hierarchy) {
        at.level_exists(treatment, hierarchy);
    }
    let levels = at.levels(range, treatment.as_ref(), hierarchy.as_ref().and_then(Option::as_ref));
    let hierarchy = hierarchy?.or((at.role == Role::Quasi).then_some(HierarchySpec::Suppress));
    Some(ColumnSpec {
        name: name.to_owned(),
        role: raw.role,
        kind: kind?,
        treatment: treatment?,
        hierarchy,
        unknown: raw.unknown.unwrap_or(UnknownValues::Error),
        levels,
        weight: raw.weight.unwrap_or(1.0),
        ranges: raw.ranges.unwrap_or(false),
        inhabitants,
    })
}

/// A column under check.
pub(super) struct Column<'c, 't> {
    pub check: &'c mut Check<'t>,
    pub name: &'c str,
    role: Role,
}

impl Column<'_, '_> {
    /// Adds a finding at a value of this column.
    pub fn wrong(&mut self, path: &[&str], message: impl Into<String>, help: impl Into<String>) {
        let span = self.check.at(&[&["columns", self.name], path].concat());
        self.check.add_help(span, message, help);
    }

    fn subject_role(&mut self, subject: Option<&Subject>) {
        let is_subject = matches!(subject, Some(Subject::Column(column)) if column == self.name);
        if is_subject && self.role != Role::Identifier {
            let message = format!("column {} tells the subjects apart: it is an identifier", quoted(self.name));
            self.wrong(&["role"], message, "say `role = \"identifier\"`; it is dropped unless it becomes a token");
        }
    }

    fn kind(&mut self, raw: &RawColumn) -> Option<ColumnType> {
        let treated = match &raw.treatment {
            Some(RawTreatment::Table(treatment)) => treatment::type_of(treatment),
            _ => None,
        };
        let kind = raw.kind.unwrap_or(match raw.hierarchy {
            Some(RawHierarchy::Date(_)) => RawType::Date,
            Some(RawHierarchy::Interval(_)) => RawType::Number,
            _ if raw.format.is_some() => RawType::Date,
            _ => treated.unwrap_or(RawType::Text),
        });
        let fits = match raw.hierarchy {
            Some(RawHierarchy::Date(_)) => (kind == RawType::Date, "`date` hierarchy needs dates", "date"),
            Some(RawHierarchy::Interval(_)) => {
                let number = kind == RawType::Number || kind == RawType::Integer;
                (number, "`interval` hierarchy needs numbers", "number")
            }
            Some(RawHierarchy::Prefix(_)) => (kind == RawType::Text, "`prefix` hierarchy needs text", "text"),
            Some(RawHierarchy::Table(_)) | None => (true, "", ""),
        };
        let (true, ..) = fits else {
            let (_, message, word) = fits;
            self.wrong(&["type"], format!("a {message}"), format!("say `type = \"{word}\"` or leave the type out"));
            return None;
        };
        match kind {
            RawType::Date => self.date_format(raw.format.as_deref().unwrap_or("%Y-%m-%d")),
            _ if raw.format.is_some() => {
                self.wrong(&["format"], "`format` is for dates only", "leave it out, or say `type = \"date\"`");
                None
            }
            RawType::Text => Some(ColumnType::Text),
            RawType::Integer => Some(ColumnType::Integer),
            RawType::Number => Some(ColumnType::Number),
        }
    }

    /// A form that can write a day and read it again holds a whole date.
    fn date_format(&mut self, format: &str) -> Option<ColumnType> {
        let mut written = String::new();
        let day = NaiveDate::from_ymd_opt(1987, 11, 23)?;
        let reads = write!(written, "{}", day.format(format)).is_ok()
            && NaiveDate::parse_from_str(&written, format).is_ok_and(|read| read == day);
        if !reads {
            let help = "use `%Y` `%m` `%d`, such as \"%Y-%m-%d\", \"%Y%m%d\" or \"%Y年%m月%d日\"";
            self.wrong(&["format"], "this form does not hold a whole date", help);
        }
        reads.then(|| ColumnType::Date { format: format.to_owned() })
    }

    fn weight(&mut self, weight: Option<f64>) {
        if weight.is_some() && self.role != Role::Quasi {
            self.wrong(&["weight"], "`weight` is for quasi columns only", "leave it out");
        }
    }

    fn unknown(&mut self, raw: &RawColumn) {
        if raw.unknown.is_some() && !matches!(raw.hierarchy, Some(RawHierarchy::Table(_))) {
            self.wrong(&["unknown"], "`unknown` is for hierarchy tables only", "leave it out");
        }
    }

    fn inhabitants(&mut self, raw: &RawColumn) -> Option<PathBuf> {
        let path = raw.inhabitants.as_deref()?;
        let (message, help) = if path.trim().is_empty() {
            ("the path of the table is empty", "name a CSV table `place;people`")
        } else if self.role != Role::Quasi || !matches!(raw.hierarchy, Some(RawHierarchy::Table(_))) {
            let help = "give the places a hierarchy `table`, or leave the inhabitants out";
            ("`inhabitants` is for quasi columns with a hierarchy table", help)
        } else {
            return Some(PathBuf::from(path));
        };
        self.wrong(&["inhabitants"], message, help);
        None
    }

    fn treatment(
        &mut self,
        raw: Option<RawTreatment>,
        claim: Option<Claim>,
        subject: Option<&Subject>,
    ) -> Option<TreatmentSpec> {
        let treatment = match raw {
            None => self.default_treatment()?,
            Some(RawTreatment::Word(RawWord::Drop)) => TreatmentSpec::Drop,
            Some(RawTreatment::Word(RawWord::Keep)) => TreatmentSpec::Keep,
            Some(RawTreatment::Word(RawWord::Generalize)) => TreatmentSpec::Generalize { level: None },
            Some(RawTreatment::Word(RawWord::Redact)) => treatment::redact(self, claim),
            Some(RawTreatment::Table(RawTreatmentTable::Round(step))) => TreatmentSpec::Round { step },
            Some(RawTreatment::Table(RawTreatmentTable::Generalize(raw))) => {
                TreatmentSpec::Generalize { level: Some(raw.level) }
            }
            Some(RawTreatment::Table(RawTreatmentTable::Mask(raw))) => self.mask(&raw)?,
            Some(RawTreatment::Table(RawTreatmentTable::Token(raw))) => self.token(&raw, claim)?,
            Some(RawTreatment::Table(RawTreatmentTable::TopBottom(raw))) => treatment::top_bottom(self, &raw)?,
            Some(RawTreatment::Table(RawTreatmentTable::Microaggregate(raw))) => treatment::microaggregate(self, &raw)?,
            Some(RawTreatment::Table(RawTreatmentTable::Noise(raw))) => {
                TreatmentSpec::Noise { kind: raw.kind, scale: raw.scale, step: raw.step }
            }
            Some(RawTreatment::Table(RawTreatmentTable::Shift(raw))) => treatment::shift(self, &raw, subject)?,
            Some(RawTreatment::Table(RawTreatmentTable::Pram(raw))) => treatment::pram(self, &raw)?,
            Some(RawTreatment::Table(RawTreatmentTable::Swap(_))) => TreatmentSpec::Swap,
            Some(RawTreatment::Table(RawTreatmentTable::Grid(raw))) => treatment::grid(self, raw)?,
            Some(RawTreatment::Table(RawTreatmentTable::Fpe(raw))) => treatment::fpe(self, raw, claim)?,
        };
        self.role_allows(&treatment).then_some(treatment)
    }

    fn default_treatment(&mut self) -> Option<TreatmentSpec> {
        match self.role {
            Role::Identifier => Some(TreatmentSpec::Drop),
            Role::Quasi => Some(TreatmentSpec::Generalize { level: None }),
            Role::Sensitive | Role::Insensitive => {
                let message = format!("nothing says what becomes of column {}", quoted(self.name));
                let help = "say `treatment = \"keep\"`, \"drop\", or a treatment such as `{ round = 10 }`";
                let span = self.check.at_key(&["columns", self.name]);
                self.check.add_help(span, message, help);
                None
            }
        }
    }

    fn mask(&mut self, raw: &RawMask) -> Option<TreatmentSpec> {
        let kept = raw.keep_first.saturating_add(raw.keep_last);
        if kept > MOST_KEPT {
            let message = format!("a mask that keeps {kept} characters hides nothing");
            self.wrong(&["treatment", "mask"], message, format!("keep at most {MOST_KEPT} at both ends together"));
            return None;
        }
        if raw.with.is_alphanumeric() || raw.with.is_control() || raw.with.is_whitespace() {
            let message = "a masked character must not look like a value";
            self.wrong(&["treatment", "mask", "with"], message, "use a sign such as `*`");
            return None;
        }
        Some(TreatmentSpec::Mask { keep_first: raw.keep_first, keep_last: raw.keep_last, with: raw.with })
    }

    fn token(&mut self, raw: &RawToken, claim: Option<Claim>) -> Option<TreatmentSpec> {
        let path = ["columns", self.name, "treatment", "token", "key"];
        let key = key::token(self.check, &path, &raw.key);
        if claim == Some(Claim::Anonymized) && key.as_ref().is_some_and(|key| *key != KeyRef::Ephemeral) {
            let message = "a kept key is not anonymization: whoever holds it can link the tokens to persons again";
            let help =
                "PIPL 73(4) allows no way back: say `key = \"ephemeral\"`, or claim \"deidentified\", PIPL 73(3)";
            self.wrong(&path[2..], message, help);
        }
        if !raw.length.is_multiple_of(2) {
            let help = "two hex digits are one byte: 16 to 64, even";
            self.wrong(&["treatment", "token", "length"], "`length` must be even", help);
            return None;
        }
        let canonical = raw.canonical;
        Some(TreatmentSpec::Token { algorithm: raw.algorithm, key: key?, length: raw.length, canonical })
    }

    fn role_allows(&mut self, treatment: &TreatmentSpec) -> bool {
        let name = quoted(self.name);
        let (message, help) = match (self.role, treatment) {
            (Role::Identifier, TreatmentSpec::Drop | TreatmentSpec::Token { .. } | TreatmentSpec::Fpe { .. }) => {
                return true;
            }
            (Role::Identifier, _) => (
                format!("identifier {name} would be released"),
                "say `treatment = \"drop\"`, or `{ token = { algorithm = \"hmac-sm3\", key = \"ephemeral\" } }`",
            ),
            (Role::Quasi, TreatmentSpec::Drop | TreatmentSpec::Generalize { level: None }) => return true,
            (Role::Quasi, TreatmentSpec::Generalize { level: Some(_) }) => (
                format!("the level of quasi-identifier {name} cannot be fixed: the search chooses it"),
                "leave the treatment out; coarser first levels can be set in the hierarchy",
            ),
            (Role::Quasi, _) => (
                format!("quasi-identifier {name} can only be generalized or dropped"),
                "give it a `hierarchy` instead: `interval` bands for numbers, `prefix` for codes, or a `table`",
            ),
            (Role::Sensitive | Role::Insensitive, TreatmentSpec::Generalize { level: None }) => (
                format!("nothing says how coarse column {name} becomes"),
                "the search chooses levels of quasi-identifiers only: say `{ generalize = { level = 1 } }`",
            ),
            (Role::Sensitive | Role::Insensitive, _) => return true,
        };
        self.wrong(&["treatment"], message, help);
        false
    }

    fn treatment_fits(&mut self, treatment: &TreatmentSpec, kind: &ColumnType, has_hierarchy: bool) {
        let generalizes = matches!(treatment, TreatmentSpec::Generalize { .. });
        let fixed = matches!(treatment, TreatmentSpec::Generalize { level: Some(_) });
        let measured = has_hierarchy && super::privacy::measured_by_hierarchy(self.check, self.name);
        if has_hierarchy && !generalizes && !measured && self.role != Role::Quasi {
            let span = self.check.at_key(&["columns", self.name, "hierarchy"]);
            let message = format!("column {} has a hierarchy but is not generalized", quoted(self.name));
            let help = "leave the hierarchy out, or say `treatment = { generalize = { level = 1 } }`";
            self.check.add_help(span, message, help);
        }
        if fixed && !has_hierarchy {
            let help = "add a `hierarchy`: `table`, `interval`, `prefix` or `date`";
            self.wrong(&["treatment"], "there is no hierarchy to generalize by", help);
        }
        let number = matches!(kind, ColumnType::Integer | ColumnType::Number);
        if matches!(treatment, TreatmentSpec::Round { .. }) && !number {
            self.wrong(&["type"], "only numbers can be rounded", "say `type = \"number\"` or leave the type out");
        }
        if matches!(treatment, TreatmentSpec::Mask { .. }) && *kind != ColumnType::Text {
            self.wrong(&["type"], "only text can be masked", "leave the type out");
        }
        treatment::fits(self, treatment, kind);
    }

    /// The levels that the search may choose from: a fixed level is a range of one.
    fn levels(
        &mut self,
        raw: Option<RawLevels>,
        treatment: Option<&TreatmentSpec>,
        hierarchy: Option<&HierarchySpec>,
    ) -> LevelRange {
        let searched = self.role == Role::Quasi && matches!(treatment, Some(TreatmentSpec::Generalize { level: None }));
        let Some(raw) = raw else {
            return match (self.role, treatment) {
                (Role::Quasi, Some(TreatmentSpec::Generalize { level: Some(level) })) => {
                    LevelRange { finest: *level, coarsest: Some(*level), forbidden: Vec::new() }
                }
                _ => LevelRange::default(),
            };
        };
        if !searched {
            self.wrong(&["levels"], "`levels` is for quasi columns that the search generalizes", "leave it out");
        }
        let last = hierarchy.and_then(hierarchy::levels).map(|levels| levels - 1);
        let coarsest = raw.coarsest.or(last);
        if coarsest.is_some_and(|coarsest| raw.finest > coarsest) {
            self.wrong(&["levels"], "the finest level is above the coarsest", "level 0 is the value as it is");
        } else if last.zip(raw.coarsest).is_some_and(|(last, coarsest)| coarsest > last) {
            self.wrong(&["levels"], "the coarsest level is not there", "the last one is `*`");
        }
        let (mut forbidden, last) = (raw.forbidden, coarsest.unwrap_or(usize::MAX));
        forbidden.sort_unstable();
        forbidden.dedup();
        if forbidden.iter().any(|&level| level <= raw.finest || level >= last) {
            let help = "set `finest` and `coarsest`; only levels between these can be forbidden";
            self.wrong(&["levels", "forbidden"], "this level is not between the finest and the coarsest", help);
        }
        LevelRange { finest: raw.finest, coarsest: raw.coarsest, forbidden }
    }

    fn level_exists(&mut self, treatment: &TreatmentSpec, hierarchy: &HierarchySpec) {
        if let (TreatmentSpec::Generalize { level: Some(level) }, Some(levels)) =
            (treatment, hierarchy::levels(hierarchy))
            && *level >= levels
        {
            let message = format!("there is no level {level}: the last one, `*`, is {}", levels - 1);
            let help = "level 0 is the value as it is";
            self.wrong(&["treatment", "generalize", "level"], message, help);
        }
    }
}
