//! Detectors on labelled columns: precision and recall per kind, what is taken for what, and megabytes per second.
#![expect(clippy::print_stdout, reason = "a bench is a report")]

use std::collections::BTreeMap;
use std::time::Instant;

use rayon::prelude::*;
use tuomin::detect::{Column, ColumnFinding, Detector, Kind, Sort};
use tuomin::sample::labelled::{Header, Labelled, Maker, Noise, Spec, Truth, specs};

/// Tables that columns are made for.
const SEEDS: u64 = 3;
/// Cells of a column.
const ROWS: u64 = 400;

fn main() {
    let detector = Detector::new();
    let judged = judged(&detector);
    per_kind(&judged);
    roles(&judged);
    confusions(&judged);
    speed(&detector);
}

/// What a column of a spec may rightly be called, best first; nothing for what no detector is asked to name.
fn right(spec: &Spec) -> &'static [Kind] {
    match spec.name {
        "resident_id" | "resident_id_as_float" => &[Kind::ResidentId18],
        "resident_id_15" => &[Kind::ResidentId15, Kind::ResidentId18],
        "residence_permit" => &[Kind::ResidencePermit, Kind::ResidentId18],
        "foreigner_card" | "foreigner_card_old" => &[Kind::ForeignerCard],
        "credit_code" => &[Kind::Uscc],
        "organisation_code" => &[Kind::OrganisationCode],
        "registration_number" => &[Kind::BusinessRegistration],
        "bank_card" => &[Kind::BankCard],
        "mobile" | "mobile_iot" | "mobile_as_float" | "two_mobiles" => &[Kind::Mobile],
        "landline" => &[Kind::Landline],
        "phone_of_some_kind" => &[Kind::Mobile, Kind::Landline],
        "plate" | "plate_new_energy" | "plate_special" => &[Kind::Plate],
        "passport" => &[Kind::Passport],
        "pass_hong_kong_resident" => &[Kind::MainlandTravelPermit],
        "pass_taiwan_resident" => &[Kind::TaiwanPermit],
        "pass_to_hong_kong" => &[Kind::HkMacauPermit],
        "hong_kong_id" => &[Kind::HkId],
        "taiwan_id" => &[Kind::TwId],
        "military" => &[Kind::OfficerCard],
        "vin" => &[Kind::Vin],
        "imei" => &[Kind::Imei],
        "imsi" => &[Kind::Imsi],
        "mac" => &[Kind::Mac],
        "ip" => &[Kind::Ip],
        "email" => &[Kind::Email],
        "qq" => &[Kind::Qq],
        "wechat" => &[Kind::Wechat],
        "name" => &[Kind::PersonName],
        "address" => &[Kind::Address],
        "coordinates" | "longitude" | "latitude" => &[Kind::Coordinates],
        "account" => &[Kind::AccountNumber],
        "meter" => &[Kind::MeterNumber],
        "medical_record" => &[Kind::MedicalRecordNumber],
        "social_card" => &[Kind::SocialSecurityNumber],
        "staff_number" => &[Kind::EmployeeNumber],
        "masked_resident_id" | "masked_mobile" | "masked_name" => &[Kind::MaskedId],
        "birth_date" => &[Kind::BirthDate, Kind::Date],
        "age" => &[Kind::Age],
        "sex" => &[Kind::Sex],
        "ethnicity" => &[Kind::Ethnicity],
        "region_code" => &[Kind::AreaCode],
        "region_name" | "city" => &[Kind::RegionName],
        "postcode" => &[Kind::Postcode],
        "diagnosis_code" => &[Kind::Diagnosis],
        "company" => &[Kind::OrganisationName],
        "order_number_18" | "order_number_11" => &[Kind::OrderNumber],
        "timestamp_14" | "timestamp_17" | "epoch" | "epoch_milliseconds" => &[Kind::Timestamp, Kind::DateTime],
        "timestamp_text" => &[Kind::DateTime, Kind::Timestamp],
        "business_date" => &[Kind::Date],
        "ean_13" => &[Kind::ProductCode],
        "md5" | "sha256" => &[Kind::Hash],
        "uuid" => &[Kind::Uuid],
        "version" | "version_of_four" => &[Kind::Version],
        "sequence" => &[Kind::SequenceNumber],
        "flag" | "boolean" => &[Kind::Flag],
        "json_with_ids" => &[Kind::Json],
        "url_with_ids" | "url" => &[Kind::Url],
        "text_with_mobiles" | "text_with_resident_ids" | "text_with_addresses" => &[Kind::FreeText],
        "tracking_15" | "serial_16" | "serial_19" | "invoice_number" | "invoice_code" => {
            &[Kind::OrderNumber, Kind::Number]
        }
        "product_code" | "product_code_9" => &[Kind::ProductCode, Kind::OrderNumber, Kind::Category],
        "amount" | "amount_large" | "reading" | "reading_total" => &[Kind::Amount, Kind::Number],
        "percentage" | "temperature" | "projected" | "float_small" | "scientific" | "count" | "six_digit_code" => {
            &[Kind::Number, Kind::Amount]
        }
        "product" | "word_like_name" | "colour" | "station" | "category_code" | "industry_code" | "grade" => {
            &[Kind::Category, Kind::Number]
        }
        "free_text" | "free_text_with_numbers" => &[Kind::FreeText, Kind::Category],
        "time_of_day" => &[Kind::Category, Kind::DateTime],
        "month" => &[Kind::Date],
        "path" => &[Kind::Url, Kind::FreeText, Kind::OrderNumber],
        _ => &[],
    }
}

/// A column, and what was found in it.
struct Judged {
    spec: Spec,
    header: Header,
    noise: Noise,
    finding: ColumnFinding,
}

impl Judged {
    fn kind(&self) -> Option<Kind> {
        self.finding.kind.as_ref().map(|candidate| candidate.kind)
    }

    fn right(&self) -> bool {
        self.kind().is_some_and(|kind| right(&self.spec).contains(&kind))
    }

    /// Whether the column can be told at all.
    fn fair(&self) -> bool {
        self.spec.by_values || self.header != Header::Meaningless
    }

    fn names_somebody(&self) -> bool {
        self.kind().is_some_and(|kind| kind.sort() == Sort::Identifier)
    }

    fn holds_somebody(&self) -> bool {
        self.names_somebody() || self.finding.inside.iter().any(|inside| inside.kind.sort() == Sort::Identifier)
    }
}

fn find(detector: &Detector, labelled: &Labelled) -> ColumnFinding {
    let mut column = Column::new(&labelled.header);
    labelled.cells.iter().for_each(|cell| column.feed(detector, cell.as_deref()));
    column.finish()
}

fn judged(detector: &Detector) -> Vec<Judged> {
    let all = (1..=SEEDS).flat_map(|seed| specs().into_iter().map(move |spec| (seed, spec)));
    let all: Vec<_> = all.collect();
    let judge = |&(seed, spec): &(u64, Spec)| {
        let maker = Maker::new(seed);
        let kinds = Header::ALL.iter().flat_map(|&header| Noise::ALL.iter().map(move |&noise| (header, noise)));
        let column = |(header, noise)| {
            let finding = find(detector, &maker.column(&spec, header, noise, ROWS));
            Judged { spec, header, noise, finding }
        };
        kinds.map(column).collect::<Vec<_>>()
    };
    all.par_iter().flat_map_iter(judge).collect()
}

/// A share in percent, or a dash for nothing of nothing.
fn percent(part: usize, whole: usize) -> String {
    if whole == 0 { "-".into() } else { format!("{:.1}", part as f64 * 100.0 / whole as f64) }
}

fn share(judged: &[&Judged], right: impl Fn(&Judged) -> bool) -> String {
    percent(judged.iter().filter(|judged| right(judged)).count(), judged.len())
}

fn per_kind(judged: &[Judged]) {
    println!(
        "{} columns of {ROWS} cells, {SEEDS} seeds; recall in percent, by values: header that tells nothing",
        judged.len()
    );
    println!("{:<24} {:>8} {:>10} {:>8} {:>8} {:>8}", "kind", "columns", "precision", "recall", "values", "broken");
    for &kind in Kind::ALL {
        let truly: Vec<&Judged> = judged.iter().filter(|j| right(&j.spec).first() == Some(&kind) && j.fair()).collect();
        let found: Vec<&Judged> = judged.iter().filter(|j| j.kind() == Some(kind)).collect();
        if truly.is_empty() && found.is_empty() {
            continue;
        }
        let of = |keep: fn(&&&Judged) -> bool| truly.iter().filter(keep).copied().collect::<Vec<_>>();
        println!(
            "{:<24} {:>8} {:>10} {:>8} {:>8} {:>8}",
            kind.word(),
            truly.len(),
            share(&found, Judged::right),
            share(&truly, Judged::right),
            share(&of(|j| j.header == Header::Meaningless), Judged::right),
            share(&of(|j| j.noise == Noise::Broken), Judged::right),
        );
    }
}

/// What counts for a release, whatever the kind is called.
fn roles(judged: &[Judged]) {
    println!("\nwhat a release needs to know");
    let line = |what: &str, of: Vec<&Judged>, is: fn(&Judged) -> bool| {
        println!("{what:<64} {:>8} columns {:>8} %", of.len(), share(&of, is));
    };
    let of = |truth: Truth, told: fn(&Judged) -> bool| {
        judged.iter().filter(|j| j.spec.truth == truth && told(j)).collect::<Vec<_>>()
    };
    let named = |j: &Judged| j.header != Header::Meaningless;
    let by_values = |j: &Judged| j.header == Header::Meaningless && j.spec.by_values;
    let hopeless = |j: &Judged| j.header == Header::Meaningless && !j.spec.by_values;
    line("identifiers with a header, seen as some identifier", of(Truth::Identifier, named), Judged::names_somebody);
    line("identifiers by values, seen as some identifier", of(Truth::Identifier, by_values), Judged::names_somebody);
    line(
        "identifiers that values cannot tell, seen all the same",
        of(Truth::Identifier, hopeless),
        Judged::names_somebody,
    );
    line("carriers in which identifiers are found", of(Truth::Carrier, |_| true), Judged::holds_somebody);
    let alarm: fn(&Judged) -> bool = |j| j.names_somebody() && !j.right();
    line("distractors with a header, wrongly seen as identifiers", of(Truth::Nothing, named), alarm);
    line("distractors by values, wrongly seen as identifiers", of(Truth::Nothing, by_values), alarm);
    let inside: fn(&Judged) -> bool = |j| !j.names_somebody() && j.holds_somebody();
    line("distractors with identifiers wrongly found inside", of(Truth::Nothing, |_| true), inside);
}

fn confusions(judged: &[Judged]) {
    println!("\ntaken for something else (columns): what it is, its headers, what it was taken for");
    let mut wrong: BTreeMap<(&str, &str, String), usize> = BTreeMap::new();
    for j in judged.iter().filter(|j| j.fair() && !j.right()) {
        let alarm = j.spec.truth == Truth::Nothing && !j.holds_somebody();
        let carried = j.spec.truth == Truth::Carrier && j.holds_somebody();
        if alarm || carried {
            continue;
        }
        let inside = j.finding.inside.first().map(|inside| format!(" with {} inside", inside.kind)).unwrap_or_default();
        let header = if j.header == Header::Meaningless { "values" } else { "header" };
        let found = j.kind().map_or_else(|| "nothing".to_owned(), |kind| kind.word().to_owned());
        *wrong.entry((j.spec.name, header, found + &inside)).or_default() += 1;
    }
    let mut wrong: Vec<_> = wrong.into_iter().collect();
    wrong.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    for ((name, header, found), count) in wrong.into_iter().take(60) {
        println!("{count:>6}  {name:<24} {header:<8} {found}");
    }
}

/// Columns of all kinds, whose makers are not measured.
fn speed(detector: &Detector) {
    let maker = Maker::new(99);
    let columns: Vec<Labelled> =
        specs().iter().map(|spec| maker.column(spec, Header::Chinese, Noise::Broken, 4_000)).collect();
    let size = |column: &Labelled| column.cells.iter().flatten().map(String::len).sum::<usize>();
    let bytes: usize = columns.iter().map(size).sum();
    let rate = |start: Instant| bytes as f64 / 1e6 / start.elapsed().as_secs_f64();
    let start = Instant::now();
    columns.iter().for_each(|column| drop(std::hint::black_box(find(detector, column))));
    let one = rate(start);
    let start = Instant::now();
    columns.par_iter().for_each(|column| drop(std::hint::black_box(find(detector, column))));
    let all = rate(start);
    let (count, threads) = (columns.len(), rayon::current_num_threads());
    println!(
        "\nspeed over {count} columns, {:.1} MB: {one:.1} MB/s on 1 thread, {all:.1} MB/s on {threads}",
        bytes as f64 / 1e6
    );

    // the slowest columns, by themselves
    let mut each: Vec<(f64, &str)> = columns
        .iter()
        .zip(specs())
        .map(|(column, spec)| {
            let start = Instant::now();
            drop(std::hint::black_box(find(detector, column)));
            (size(column) as f64 / 1e6 / start.elapsed().as_secs_f64(), spec.name)
        })
        .collect();
    each.sort_by(|a, b| a.0.total_cmp(&b.0));
    let slow: Vec<String> = each.iter().take(8).map(|(rate, name)| format!("{name} {rate:.1}")).collect();
    println!("slowest, MB/s: {}", slow.join(", "));
}
