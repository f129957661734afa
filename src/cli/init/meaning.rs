//! From what the detectors found to what it means for a release.

use crate::detect::{Candidate, ColumnFinding, Kind, Remark, Sort};
use crate::risk::figure;
use crate::spec::draft::{Facts, Meaning};

/// A column, with what was found in it.
pub(super) struct Found {
    pub finding: ColumnFinding,
    pub facts: Facts,
    pub meaning: Meaning,
}

impl Found {
    pub fn new((finding, facts): (ColumnFinding, Facts)) -> Self {
        let meaning = meaning(&finding, &facts);
        Self { finding, facts, meaning }
    }

    pub fn kind(&self) -> Option<Kind> {
        self.finding.kind.as_ref().map(|candidate| candidate.kind)
    }

    /// Whether the column tells that the data are about health.
    pub fn of_health(&self) -> bool {
        matches!(self.kind(), Some(Kind::Diagnosis | Kind::MedicalRecordNumber))
    }

    /// What was found, for a comment; without a cell.
    pub fn lines(&self, singled_out: Option<f64>, suda: Option<f64>) -> Vec<String> {
        let mut lines = vec![match &self.finding.kind {
            Some(kind) => {
                format!("Found: {}, confidence {}: {}.", kind.kind, figure(rounded(kind.confidence)), kind.reason)
            }
            None => "Found: nothing that the detectors know.".into(),
        }];
        let rate = |candidate: &Candidate| format!("{} {}", candidate.kind, figure(rounded(candidate.confidence)));
        let decided = self.kind();
        let losers = self.finding.candidates.iter().filter(|candidate| Some(candidate.kind) != decided);
        let losers: Vec<String> = losers.take(3).map(rate).collect();
        if !losers.is_empty() {
            lines.push(format!("Less likely: {}.", losers.join(", ")));
        }
        let mut counts = format!(
            "{} different values, {} % of all",
            figure(self.facts.distinct() as f64),
            percent(self.facts.distinct_share())
        );
        let empty = self.facts.nulls() as f64 / self.facts.cells().max(1) as f64;
        if empty > 0.0 {
            counts += &format!("; {} % of the cells are empty", percent(empty));
        }
        lines.push(counts + ".");
        let inside: Vec<String> = self
            .finding
            .inside
            .iter()
            .map(|inside| format!("{} in {} cells", inside.kind, figure(inside.cells as f64)))
            .collect();
        if !inside.is_empty() {
            lines.push(format!("Inside the cells: {}.", inside.join(", ")));
        }
        lines.extend(self.finding.remarks.iter().map(|remark| remark_text(*remark).to_owned()));
        if let Some(share) = singled_out.filter(|share| *share > 0.0) {
            lines.push(format!("Alone it singles out {} % of the subjects read.", percent(share)));
        }
        if let Some(part) = suda.filter(|part| *part > 0.0) {
            lines.push(format!(
                "{} % of the scores of special uniques (SUDA, sets of up to three columns) come from sets with it.",
                percent(part)
            ));
        }
        lines
    }
}

fn meaning(finding: &ColumnFinding, facts: &Facts) -> Meaning {
    let kind = finding.kind.as_ref().map(|candidate| candidate.kind);
    let meaning = match kind {
        _ if finding.kind.as_ref().is_some_and(|candidate| category(candidate, facts)) => Meaning::Category,
        Some(Kind::MaskedId) => Meaning::Covered,
        Some(Kind::Coordinates) => Meaning::Position,
        Some(Kind::BirthDate | Kind::Date | Kind::DateTime | Kind::Timestamp) => Meaning::Date,
        Some(Kind::Age) => Meaning::Age,
        Some(Kind::AreaCode) => Meaning::Region,
        Some(Kind::Postcode) => Meaning::Postcode,
        Some(Kind::FreeText | Kind::Json | Kind::Url) => Meaning::Text,
        // they lead back to the record in the source, or to its place there
        Some(Kind::OrderNumber | Kind::SequenceNumber | Kind::Hash | Kind::Uuid) => Meaning::Identifier,
        Some(kind) => match kind.sort() {
            Sort::Identifier => Meaning::Identifier,
            Sort::Quasi => Meaning::Category,
            Sort::Sensitive => Meaning::Sensitive,
            Sort::Other => Meaning::Unknown,
        },
        None => Meaning::Unknown,
    };
    let holds_identifiers = finding.inside.iter().any(|inside| inside.kind.sort() == Sort::Identifier);
    let released = !matches!(meaning, Meaning::Identifier | Meaning::Covered | Meaning::Position | Meaning::Text);
    if released && holds_identifiers && !facts.all_measures() && facts.date_form().is_none() {
        return Meaning::Text;
    }
    meaning
}

/// Whether what may be an identifier repeats so much that it is a category: types of enterprises end like their names.
/// Never where the header or a check digit says more.
fn category(candidate: &Candidate, facts: &Facts) -> bool {
    let weak = candidate.confidence < 0.6 && candidate.check_rate.is_none();
    let repeats = facts.distinct() <= 50 && facts.distinct_share() < 0.01;
    candidate.kind.sort() == Sort::Identifier && weak && repeats
}

/// The column that tells the subjects apart: never empty, of the kind that stands best for a person, a household or
/// an enterprise over several records; among equals the first.
pub(super) fn subject(found: &[Found]) -> Option<usize> {
    let full = |(number, column): (usize, &Found)| {
        let usable = column.facts.nulls() == 0 && column.finding.nulls == 0 && column.meaning == Meaning::Identifier;
        let named = !column.finding.header.trim().is_empty();
        rank(column.kind()).filter(|_| usable && named).map(|rank| (rank, number))
    };
    found.iter().enumerate().filter_map(full).min().map(|(_, number)| number)
}

fn rank(kind: Option<Kind>) -> Option<u8> {
    Some(match kind? {
        Kind::MedicalRecordNumber => 0,
        Kind::AccountNumber => 1,
        Kind::ResidentId18 | Kind::ResidentId15 | Kind::SocialSecurityNumber => 2,
        Kind::ResidencePermit | Kind::ForeignerCard | Kind::Passport | Kind::MainlandTravelPermit => 3,
        Kind::Uscc | Kind::OrganisationCode | Kind::BusinessRegistration => 4,
        Kind::EmployeeNumber => 5,
        Kind::MeterNumber => 6,
        Kind::Vin | Kind::Plate => 7,
        Kind::Imsi | Kind::Imei => 8,
        _ => return None,
    })
}

pub(super) fn why_subject(found: &Found) -> String {
    let kind = found.kind().map(|kind| kind.to_string()).unwrap_or_default();
    format!("Proposed by its kind, {kind}, and because no record read is without one: make sure that it is right.")
}

fn remark_text(remark: Remark) -> &'static str {
    match remark {
        Remark::StoredAsFloat => {
            "Some were stored as floating point numbers: digits are lost, several subjects may share a value."
        }
        Remark::LeadingZerosLost => "Zeros at the start seem to be lost in some cells.",
        Remark::Masked => "Some characters are masked: what is left may still single people out.",
        Remark::ExcelSerials => "Dates are stored as day numbers of a spreadsheet.",
        Remark::SeveralInOneCell => "Some cells hold more than one identifier.",
        Remark::MixedForms => {
            "Cells are written in more than one form: bring them to one, or one subject counts as several."
        }
    }
}

/// A share in percent, to a tenth.
pub(super) fn percent(share: f64) -> String {
    figure((share * 1000.0).round() / 10.0)
}

/// A confidence in hundredths, never up to certainty.
pub(super) fn rounded(confidence: f64) -> f64 {
    (confidence * 100.0).floor() / 100.0
}
