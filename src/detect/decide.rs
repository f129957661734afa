//! From counts to a kind: form, check digits, header and distinctness weighed against each other.

use super::column::{Column, Sums};
use super::finding::{Candidate, ColumnFinding, Inside, Remark};
use super::kind::{Kind, Sort};
use super::rules::rule;

/// A kind is decided on from here; below, candidates are only listed.
const ENOUGH: f64 = 0.45;
/// Between candidates this close, the one that protects more is taken.
const BALANCED: f64 = 0.03;
/// Weaker candidates are not listed.
const WORTH_A_LINE: f64 = 0.05;

/// Decides what a column is.
pub(super) fn decide(column: &Column, sums: &Sums) -> ColumnFinding {
    let evidence = Evidence::of(column, sums);
    let mut candidates: Vec<Candidate> = Kind::ALL.iter().filter_map(|kind| evidence.candidate(*kind)).collect();
    candidates.extend(evidence.by_shape());
    candidates.retain(|candidate| candidate.confidence >= WORTH_A_LINE);
    candidates.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    // the safe side, where the evidence is balanced
    if let Some(first) = candidates.first().filter(|first| first.kind.sort() != Sort::Identifier) {
        let close = first.confidence - BALANCED;
        let safer = candidates.iter().position(|c| c.kind.sort() == Sort::Identifier && c.confidence >= close);
        if let Some(at) = safer {
            candidates[..=at].rotate_right(1);
        }
    }
    let inside = Kind::ALL.iter().filter(|kind| sums.inside.of(**kind) > 0);
    let mut inside: Vec<Inside> =
        inside.map(|&kind| Inside { kind, cells: sums.inside.of(kind), several: sums.several.of(kind) }).collect();
    inside.sort_by_key(|inside| std::cmp::Reverse(inside.cells));
    let kind = candidates.first().filter(|best| best.confidence >= ENOUGH).cloned();
    ColumnFinding {
        header: column.header().to_owned(),
        rows: sums.rows,
        nulls: sums.nulls,
        distinct: column.distinct(),
        remarks: evidence.remarks(kind.as_ref()),
        kind,
        candidates,
        inside,
        lengths: sums.shortest.map(|shortest| (shortest, sums.longest)),
    }
}

struct Evidence<'c> {
    column: &'c Column,
    sums: &'c Sums,
    /// Cells that are not null.
    cells: u64,
    distinct: u64,
}

impl<'c> Evidence<'c> {
    fn of(column: &'c Column, sums: &'c Sums) -> Self {
        Self { column, sums, cells: sums.rows - sums.nulls, distinct: column.distinct().at_least() }
    }

    fn share(&self, count: u64) -> f64 {
        if self.cells == 0 { 0.0 } else { (count as f64 / self.cells as f64).min(1.0) }
    }

    fn hint(&self, kind: Kind) -> f64 {
        self.column.hints.iter().find(|(known, _)| *known == kind).map_or(0.0, |(_, sure)| *sure)
    }

    fn matched(&self, kind: Kind) -> u64 {
        let sums = self.sums;
        match kind {
            Kind::PersonName => sums.surnames + sums.foreign_names,
            Kind::Mobile if self.hint(kind) > 0.0 => sums.matched.of(kind) + sums.scientific,
            Kind::Mobile if self.things() => sums.matched.of(kind),
            Kind::Mobile => sums.matched.of(kind) - sums.things.min(sums.matched.of(kind)),
            Kind::BankCard | Kind::AccountNumber | Kind::MeterNumber | Kind::SocialSecurityNumber
                if self.hint(kind) > 0.0 =>
            {
                sums.matched.of(kind) + sums.scientific
            }
            Kind::Coordinates if self.hint(kind) > 0.0 => sums.matched.of(kind) + sums.degrees,
            Kind::Landline if self.hint(kind) > 0.0 => sums.matched.of(kind) + sums.zeroless,
            Kind::BirthDate if self.serial_dates() => sums.serials,
            Kind::Date if self.serial_dates() => sums.serials,
            Kind::Amount | Kind::Income => sums.numbers,
            _ => sums.matched.of(kind),
        }
    }

    /// The share of cells that go with a kind: of the kind itself or of one that shares its columns.
    fn share_with_relatives(&self, kind: Kind) -> f64 {
        let relatives: &[Kind] = match kind {
            Kind::Mobile => &[Kind::Landline],
            Kind::ResidentId18 => &[
                Kind::ResidentId15,
                Kind::ResidencePermit,
                Kind::ForeignerCard,
                Kind::OfficerCard,
                Kind::MainlandTravelPermit,
            ],
            Kind::Uscc => &[Kind::BusinessRegistration, Kind::OrganisationCode],
            Kind::Address => &[Kind::RegionName],
            Kind::PersonName => &[Kind::OrganisationName],
            Kind::Date => &[Kind::DateTime],
            Kind::DateTime => &[Kind::Date, Kind::Timestamp],
            Kind::BirthDate => &[Kind::DateTime],
            Kind::RegionName => &[Kind::AreaCode],
            _ => &[],
        };
        let own = self.matched(kind);
        let others: u64 = relatives.iter().map(|kind| self.sums.matched.of(*kind)).sum();
        // relatives count where the kind itself is seen, or where its cells can hardly be told by form
        let counts = self.share(own) >= 0.2 || matches!(kind, Kind::BirthDate | Kind::DateTime | Kind::RegionName);
        self.share(if counts { own + others } else { own })
    }

    /// Whether 13 digits are numbers of things: times would leave their ranges, which cover half a year of the last
    /// twenty.
    fn things(&self) -> bool {
        self.share(self.sums.things) >= 0.85
    }

    /// Whether the header speaks of records, and the cells go with it: mobile numbers of people are of many ranges.
    fn numbered_records(&self) -> bool {
        let header = self.hint(Kind::OrderNumber) >= 0.7 && self.hint(Kind::Mobile) == 0.0;
        header && self.cells >= 10 && self.sums.ranges.count_ones() <= 3
    }

    /// Whether numbers in a column of dates are days of a spreadsheet.
    fn serial_dates(&self) -> bool {
        self.share(self.sums.serials) >= 0.8 && (self.hint(Kind::Date) > 0.0 || self.hint(Kind::BirthDate) > 0.0)
    }

    fn candidate(&self, kind: Kind) -> Option<Candidate> {
        let rule = rule(kind);
        let hint = self.hint(kind);
        let matched = self.matched(kind);
        let match_rate = self.share(matched);
        if hint == 0.0 && (matched == 0 || rule.alone == 0.0) {
            return None;
        }
        let (passed, failed) = (self.sums.passed.of(kind), self.sums.failed.of(kind));
        let judged = passed + failed;
        let check_rate = (rule.chance > 0.0 && judged > 0).then(|| passed as f64 / judged as f64);
        let with_relatives = self.share_with_relatives(kind);

        let checks = check_rate.map_or(1.0, |rate| {
            let above = ((rate - rule.chance) / (0.9 - rule.chance)).clamp(0.0, 1.0);
            // few right check digits may be luck
            let luck = rule.chance.powf(passed as f64).max(1e-9);
            rule.floor + (1.0 - rule.floor) * above * (1.0 - luck)
        });
        let few = 1.0 - 0.3 / self.cells.max(1) as f64;
        let ramp = (with_relatives / 0.9).min(1.0).powi(2);
        let by_form = rule.alone * checks * few * ramp * self.plausible(kind);

        let by_name = if hint > 0.0 {
            let agrees = self.agreement(kind, with_relatives, rule.free);
            // a wrong check digit lowers, and never vetoes
            let right = check_rate.map_or(1.0, |rate| 0.88 + 0.12 * rate.min(1.0));
            rule.named * hint * agrees * right
        } else {
            0.0
        };
        let confidence = (1.0 - (1.0 - by_form) * (1.0 - by_name)).min(0.995);
        let reason = reason(kind, match_rate, check_rate, hint);
        Some(Candidate { kind, confidence, match_rate, check_rate, header_hit: hint > 0.0, reason })
    }

    /// How well the cells go with what the header says.
    fn agreement(&self, kind: Kind, share: f64, free: bool) -> f64 {
        if self.cells == 0 {
            // nothing speaks against the name
            return 0.75;
        }
        if free {
            let other = self.share(self.sums.matched.of(Kind::Date) + self.sums.matched.of(Kind::DateTime));
            let numbers = if kind == Kind::FreeText { self.share(self.sums.numbers) } else { 0.0 };
            return 1.0 - 0.8 * other.max(numbers).min(1.0);
        }
        let loose = match kind {
            // codes for sexes, peoples and levels; names of any people
            Kind::Sex | Kind::Ethnicity | Kind::Education | Kind::MaritalStatus | Kind::Nationality | Kind::Flag => {
                if self.distinct <= 100 {
                    0.85
                } else {
                    0.4
                }
            }
            Kind::PersonName => 0.75 * self.share(self.sums.words) * if self.distinct >= 5 { 1.0 } else { 0.7 },
            Kind::OrganisationName => 0.8 * self.share(self.sums.words + self.sums.texts),
            Kind::Address => 0.8 * self.share(self.sums.texts).max(0.6 * self.share(self.sums.words)),
            Kind::RegionName => 0.85 * self.share(self.sums.words),
            Kind::OrderNumber | Kind::ProductCode | Kind::SequenceNumber | Kind::Version | Kind::Hash => {
                0.95 * self.share(self.sums.codes + self.sums.integers)
            }
            Kind::UserName => 0.85 * self.share(self.sums.words + self.sums.codes),
            // degrees with few places, or places in metres
            Kind::Coordinates if self.hint(kind) >= 0.9 => 0.9 * self.share(self.sums.numbers),
            _ => 0.0,
        };
        let strict = if share >= 0.3 { 0.6 + 0.4 * (share / 0.9).min(1.0) } else { 0.15 + 1.5 * share };
        let masked = self.share(self.sums.matched.of(Kind::MaskedId));
        strict.max(loose) * (1.0 - 0.7 * masked)
    }

    /// What distinctness and range say of a kind that only the form speaks for.
    fn plausible(&self, kind: Kind) -> f64 {
        let share = self.share(self.distinct);
        // a thing that everybody has one of varies from row to row
        let varied = if self.distinct >= 20 || share >= 0.5 { 1.0 } else { 0.3 + 0.7 * (self.distinct as f64 / 20.0) };
        match kind {
            Kind::PersonName => {
                let known = (self.share(self.sums.surnames) / 0.85).min(1.0).powi(3);
                let varied = if self.distinct >= 30 || share >= 0.6 { 1.0 } else { 0.25 + 0.4 * share };
                known * varied
            }
            Kind::Amount | Kind::Income => self.share(self.sums.matched.of(Kind::Amount)).powi(2),
            Kind::Mobile if self.numbered_records() => 0.3,
            Kind::Mobile if self.sums.things > 0 && !self.things() => 1.0 - 0.8 * self.share(self.sums.things),
            Kind::Timestamp => {
                // ten digits that start with 1 are an account number as well, 16 or 19 a number of a record
                let lengths = &self.sums.lengths.0;
                1.0 - 0.4 * self.share(lengths[10] + lengths[16] + lengths[19])
            }
            // addresses begin with a single digit once in twenty times, versions nearly always
            Kind::Ip if self.share(self.sums.four_small) >= 0.85 => 0.5,
            Kind::Ip if self.hint(Kind::Version) >= 0.5 && self.hint(kind) == 0.0 => 0.5,
            Kind::Date => {
                // four digits are a year or just a number
                let years = self.sums.lengths.0[4];
                1.0 - 0.5 * self.share(years)
            }
            // few names that repeat are types of firms
            Kind::OrganisationName if self.distinct < 20 && share < 0.1 => 0.3,
            Kind::AreaCode => {
                if share < 0.5 || self.distinct <= 50 {
                    1.0
                } else {
                    0.6
                }
            }
            Kind::Postcode => {
                if share < 0.5 {
                    1.0
                } else {
                    0.5
                }
            }
            Kind::Diagnosis | Kind::Occupation | Kind::Religion => self.share(self.sums.matched.of(kind)).powi(2),
            Kind::RegionName | Kind::Sex | Kind::Flag | Kind::Education => 1.0,
            kind if kind.sort() == Sort::Identifier => varied.max(if kind == Kind::ResidentId18 { 0.9 } else { 0.5 }),
            _ => 1.0,
        }
    }

    /// What a column is when no kind has a form of its own.
    fn by_shape(&self) -> Vec<Candidate> {
        let sums = self.sums;
        if self.cells == 0 {
            return Vec::new();
        }
        let distinct_share = self.share(self.distinct);
        let candidate = |kind, confidence: f64, match_rate, reason: &str| Candidate {
            kind,
            confidence,
            match_rate,
            check_rate: None,
            header_hit: false,
            reason: reason.to_owned(),
        };
        let mut all = Vec::new();
        let (numbers, codes, words, texts) =
            (self.share(sums.numbers), self.share(sums.codes), self.share(sums.words), self.share(sums.texts));
        if self.cells > 2 && sums.steps as f64 >= 0.95 * (self.cells - 1) as f64 {
            let reason = "whole numbers that go up by one from row to row";
            all.push(candidate(Kind::SequenceNumber, 0.8, self.share(sums.integers), reason));
        } else if self.cells > 10 && sums.rises as f64 >= 0.85 * (self.cells - 1) as f64 {
            let reason = "whole numbers that go up in small steps";
            all.push(candidate(Kind::SequenceNumber, 0.6, self.share(sums.integers), reason));
        }
        let few = self.distinct <= 50 || self.distinct <= self.cells / 20 && self.distinct <= 1000;
        let found: u64 = sums.inside_most();
        if few && self.cells > self.distinct && numbers < 0.5 && self.share(found) < 0.02 {
            let repeats = 1.0 - distinct_share;
            let reason = "few different short values that repeat";
            all.push(candidate(Kind::Category, 0.7 * repeats.sqrt(), words.max(1.0 - texts), reason));
        }
        if codes >= 0.9 && distinct_share >= 0.9 && self.cells >= 5 {
            // nothing is measured to so many digits
            let confidence = match usual_length(&sums.lengths.0) {
                12.. => 0.58,
                6.. => 0.5,
                _ => 0.3,
            };
            let reason = "codes that hardly repeat: a number of something";
            all.push(candidate(Kind::OrderNumber, confidence, codes, reason));
        }
        let free = texts * if few { 0.5 } else { 0.8 };
        if free > 0.1 {
            all.push(candidate(Kind::FreeText, free, texts, "longer texts of several words"));
        }
        if found > 0 && numbers < 0.5 {
            let reason = "identifiers stand inside longer cells";
            all.push(candidate(Kind::FreeText, 0.5 + 0.2 * self.share(found), self.share(found), reason));
        }
        // one line per kind: the surest
        all.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        let mut seen = super::kind::Kinds::default();
        let hinted = |kind| self.hint(kind) > 0.0 || rule(kind).alone > 0.0 && self.share(self.matched(kind)) > 0.5;
        all.retain(|c| {
            let fresh = !seen.contains(c.kind) && !hinted(c.kind);
            seen.insert(c.kind);
            fresh
        });
        all
    }

    fn remarks(&self, best: Option<&Candidate>) -> Vec<Remark> {
        let sums = self.sums;
        let mut remarks = Vec::new();
        let identifier = best.is_some_and(|best| best.kind.sort() == Sort::Identifier);
        if identifier && self.share(sums.floated) >= 0.05 {
            remarks.push(Remark::StoredAsFloat);
        }
        if best.is_some_and(|best| self.zeros_lost(best.kind)) {
            remarks.push(Remark::LeadingZerosLost);
        }
        if self.share(sums.matched.of(Kind::MaskedId)) >= 0.1 {
            remarks.push(Remark::Masked);
        }
        if self.serial_dates() {
            remarks.push(Remark::ExcelSerials);
        }
        if sums.packed > 0 {
            remarks.push(Remark::SeveralInOneCell);
        }
        if identifier && sums.formed > 0 && sums.formed < self.cells {
            remarks.push(Remark::MixedForms);
        }
        remarks
    }

    /// Whether some codes are one digit shorter than the others, and hardly any starts with a zero.
    fn zeros_lost(&self, kind: Kind) -> bool {
        let sums = self.sums;
        let usual = match kind {
            Kind::Postcode | Kind::AreaCode => 6,
            Kind::OrganisationCode => 9,
            Kind::Landline => 11,
            Kind::AccountNumber
            | Kind::MeterNumber
            | Kind::MedicalRecordNumber
            | Kind::SocialSecurityNumber
            | Kind::EmployeeNumber => usual_length(&sums.lengths.0[..40]),
            _ => return false,
        };
        if usual < 4 || self.share(sums.integers) < 0.9 {
            return false;
        }
        // a typing error may put a zero in front, or leave out what stood before it
        let shorter = sums.lengths.0[usual - 1];
        if 10 * sums.leading_zeros > shorter {
            return false;
        }
        let shorter = self.share(shorter);
        let lost = if kind == Kind::Landline { 0.02..=1.0 } else { 0.02..=0.25 };
        lost.contains(&shorter)
    }
}

impl Sums {
    /// Cells that hold the most frequent identifier found inside.
    fn inside_most(&self) -> u64 {
        let identifiers = Kind::ALL.iter().filter(|kind| kind.sort() == Sort::Identifier);
        identifiers.map(|kind| self.inside.of(*kind)).max().unwrap_or(0)
    }
}

/// The length that most cells have.
fn usual_length(lengths: &[u64]) -> usize {
    lengths.iter().enumerate().max_by_key(|(_, count)| **count).map_or(0, |(length, _)| length)
}

/// The evidence in plain words, without any cell.
fn reason(kind: Kind, match_rate: f64, check_rate: Option<f64>, hint: f64) -> String {
    let percent = |share: f64| match (share * 100.0).round() {
        0.0 if share > 0.0 => "less than 1 %".to_owned(),
        100.0 if share < 1.0 => "more than 99 %".to_owned(),
        whole => format!("{whole} %"),
    };
    let mut reason = format!("{} of the cells have the form of {kind}", percent(match_rate));
    if let Some(rate) = check_rate {
        reason.push_str(&format!(", the check digit is right in {} of these", percent(rate)));
    }
    if hint > 0.0 {
        reason.push_str(if hint >= 0.8 { "; the header says so" } else { "; the header may mean it" });
    }
    reason
}
