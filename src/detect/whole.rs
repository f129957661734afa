//! What a whole cell can be.

use super::address;
use super::area::{is_landline, is_region_name};
use super::calendar::{Written, written};
use super::detector::Detector;
use super::finding::{Checked, Whole};
use super::forms::{LONGEST, add_kinds};
use super::han::HanSet;
use super::kind::Kind;
use super::names::{self, NameForm, is_han};
use super::scan::{Bytes, Hit};

/// What a cell looks like, beside the kinds it may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Shape {
    /// A number of any form.
    pub number: bool,
    pub integer: bool,
    /// Letters and digits as codes have them.
    pub code: bool,
    /// A short text without digits.
    pub word: bool,
    /// Text of several words.
    pub text: bool,
    /// An identifier that went through a floating point number.
    pub floated: bool,
    /// A number in the range of spreadsheet days from 1920 to 2064.
    pub serial: bool,
    /// A phone number whose area code lost its zero.
    pub zeroless: bool,
    /// A number of a thing rather than a person: 13 digits, may be a time as well.
    pub thing: bool,
    /// A decimal of degrees as longitudes and latitudes of China are written, alone in its cell.
    pub degrees: bool,
    /// A number with a positive exponent, as a spreadsheet shows long ones.
    pub scientific: bool,
    /// Four numbers with dots that are a version as well as an address: the first is a single digit.
    pub four_small: bool,
    /// The second and third digit of a mobile number, as one number.
    pub range: Option<u8>,
    pub name: Option<NameForm>,
}

/// Words for a cell without a value.
pub(super) fn is_null(cell: &str) -> bool {
    const WORDS: [&str; 14] =
        ["null", "none", "nan", "n/a", "na", "nil", "-", "--", "/", "无", "空", "未知", "不详", "\\n"];
    let Some(first) = cell.bytes().next() else { return true };
    let may = !first.is_ascii_digit() && cell.len() <= 6;
    may && WORDS.iter().any(|word| cell.eq_ignore_ascii_case(word))
}

/// Judges a plain, trimmed cell; `hits` are what a scan found in it.
pub(super) fn judge(detector: &Detector, cell: &str, bytes: &Bytes, hits: &[Hit]) -> (Whole, Shape) {
    let mut whole = Whole::default();
    let mut shape = Shape::default();
    let length = cell.len();
    if length == 0 {
        return (whole, shape);
    }
    for hit in hits.iter().filter(|hit| hit.start == 0 && hit.end == length) {
        whole.add(hit.kind, hit.checked);
    }
    if bytes.only_digits() {
        shape.number = true;
        shape.integer = true;
        digits(detector, cell, &mut whole, &mut shape);
    } else if bytes.ascii() {
        ascii(detector, cell, bytes, &mut whole, &mut shape);
    } else {
        han(detector, cell, hits, &mut whole, &mut shape);
    }
    if bytes.stars() && cell.contains("**") {
        whole.add(Kind::MaskedId, Checked::None);
    }
    (whole, shape)
}

fn run(detector: &Detector, cell: &str, whole: &mut Whole) {
    let mut capitals = [0; LONGEST];
    if let Some(capitals) = capitals.get_mut(..cell.len()) {
        capitals.copy_from_slice(cell.as_bytes());
        capitals.make_ascii_uppercase();
        add_kinds(capitals, detector.today, whole);
    }
}

fn digits(detector: &Detector, cell: &str, whole: &mut Whole, shape: &mut Shape) {
    shape.code = cell.len() >= 5;
    whole.add(Kind::Number, Checked::None);
    run(detector, cell, whole);
    codes(cell, whole);
    shape.serial = cell.len() == 5 && ("10000".."60000").contains(&cell);
    let mut padded = [b'0'; 12];
    if let (9..=11, Some(place)) = (cell.len(), padded.get_mut(1..=cell.len())) {
        place.copy_from_slice(cell.as_bytes());
        shape.zeroless = is_landline(&padded[..=cell.len()]);
    }
    if let (11, [b'1', a, b, ..], true) = (cell.len(), cell.as_bytes(), whole.kinds.contains(Kind::Mobile)) {
        shape.range = Some((a - b'0') * 10 + (b - b'0'));
    }
    shape.thing = cell.len() == 13 && whole.kinds.contains(Kind::Mobile) && cell.starts_with('1');
}

/// Numbers that enterprises give out themselves: any code of usual length.
fn codes(cell: &str, whole: &mut Whole) {
    let length = cell.len();
    if (4..=32).contains(&length) {
        for kind in [Kind::EmployeeNumber, Kind::UserName] {
            whole.add(kind, Checked::None);
        }
    }
    if (5..=24).contains(&length) {
        for kind in [Kind::AccountNumber, Kind::MedicalRecordNumber, Kind::DeviceId] {
            whole.add(kind, Checked::None);
        }
        if length >= 7 {
            whole.add(Kind::SocialSecurityNumber, Checked::None);
            whole.add(Kind::MeterNumber, Checked::None);
        }
        if matches!(length, 12 | 18) {
            whole.add(Kind::DriverLicence, Checked::None);
        }
    }
}

fn ascii(detector: &Detector, cell: &str, bytes: &Bytes, whole: &mut Whole, shape: &mut Shape) {
    let length = cell.len();
    let first = cell.as_bytes()[0];
    if first.is_ascii_digit() || matches!(first, b'-' | b'+' | b'.' | b'$') {
        number(detector, cell, whole, shape);
    }
    if !shape.number && (matches!(cell.as_bytes(), [_, .., b'0'..=b'9'])) && length <= 40 {
        date(detector, cell, whole);
    }
    if bytes.only_alphanumeric() && bytes.digits() {
        run(detector, cell, whole);
    }
    let codelike = length <= 40 && cell.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./:#".contains(&b));
    if codelike && bytes.digits() && !shape.number && !whole.kinds.contains(Kind::Date) {
        shape.code = true;
        codes(cell, whole);
        dotted_and_dashed(cell, whole);
    }
    if first.is_ascii_alphabetic() && (6..=20).contains(&length) {
        let good = cell.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
        if good {
            whole.add(Kind::Wechat, Checked::None);
            whole.add(Kind::UserName, Checked::None);
        }
    }
    if bytes.only_alphanumeric() && matches!(length, 32 | 40 | 56 | 64 | 96 | 128) {
        let hex = cell.bytes().all(|b| b.is_ascii_hexdigit());
        if hex && bytes.digits() && !shape.number {
            whole.add(Kind::Hash, Checked::None);
        }
    }
    if length == 36 && is_uuid(cell.as_bytes()) {
        whole.add(Kind::Uuid, Checked::None);
    }
    if length == 13
        && cell.ends_with(')')
        && cell.as_bytes()[10] == b'('
        && cell[..10].bytes().all(|b| b.is_ascii_digit())
    {
        whole.add(Kind::TaiwanPermit, Checked::None);
    }
    if bytes.dotted() && cell.parse::<std::net::IpAddr>().is_ok() {
        whole.add(Kind::Ip, Checked::None);
        shape.four_small = cell.as_bytes().get(1) == Some(&b'.');
    }
    markup(cell, whole);
    if shape.number {
        return;
    }
    detector.dictionary.add_kind(cell, whole);
    if cell.ends_with(|c: char| c.is_ascii_alphabetic() || c == '.') {
        shape.name = names::form(cell);
        if shape.name.is_some() {
            whole.add(Kind::PersonName, Checked::None);
        }
        const FIRMS: [&str; 8] = [" ltd", " inc", " llc", " corp", " gmbh", " limited", " co", " company"];
        let bare = cell.trim_end_matches('.').as_bytes();
        let ends = |word: &&str| {
            bare.len() >= word.len() && bare[bare.len() - word.len()..].eq_ignore_ascii_case(word.as_bytes())
        };
        if FIRMS.iter().any(ends) {
            whole.add(Kind::OrganisationName, Checked::None);
        }
    }
    let blanks = cell.bytes().filter(|b| *b == b' ').count();
    shape.word = !bytes.digits() && blanks <= 3 && length <= 40;
    shape.text = blanks >= 3 && length >= 20;
}

/// Numbers with signs, points, exponents, thousands, percent signs.
fn number(detector: &Detector, cell: &str, whole: &mut Whole, shape: &mut Shape) {
    let (bare, money) = match cell.strip_prefix('$') {
        Some(rest) => (rest, true),
        None => (cell.trim_end_matches('%'), false),
    };
    let unsigned = bare.trim_start_matches(['-', '+']);
    let allowed = |b: u8| b.is_ascii_digit() || b".,eE+-".contains(&b);
    if unsigned.len() + 1 < bare.len() || unsigned.is_empty() || !unsigned.bytes().all(allowed) || unsigned.len() > 40 {
        return;
    }
    let parses = match unsigned.contains(',') {
        true => thousands(unsigned),
        false => unsigned.parse::<f64>().is_ok_and(f64::is_finite),
    };
    if !parses {
        return;
    }
    shape.number = true;
    whole.add(Kind::Number, Checked::None);
    if money {
        whole.add(Kind::Amount, Checked::None);
    }
    let (whole_part, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    shape.integer = whole_part.len() == unsigned.len() && unsigned.bytes().all(|b| b.is_ascii_digit());
    shape.serial = whole_part.len() == 5 && ("10000".."60000").contains(&whole_part);
    if bare.len() != unsigned.len() {
        return;
    }
    // four places of a degree are about 11 m
    if fraction.len() >= 4 && whole_part.len() <= 3 && fraction.bytes().all(|b| b.is_ascii_digit()) {
        let place = unsigned.parse::<f64>().unwrap_or(0.0);
        shape.degrees = (73.0..136.0).contains(&place) || (3.0..54.0).contains(&place);
    }
    // 13800138000.0
    if matches!(fraction, "0" | "00") && whole_part.len() >= 9 {
        shape.floated = true;
        digits(detector, whole_part, whole, shape);
        shape.code = false;
    }
    // 1.20101E+17: what is left of a resident id
    if let Some((mantissa, exponent)) = unsigned.split_once(['E', 'e'])
        && matches!(exponent.trim_start_matches('+'), "17")
    {
        let left: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).take(2).collect();
        let province = super::calendar::number(&left).is_some_and(super::area::is_province);
        if province && left.len() == 2 {
            shape.floated = true;
            whole.add(Kind::ResidentId18, Checked::None);
        }
    }
    shape.scientific = unsigned.split_once(['E', 'e']).is_some_and(|(_, exponent)| {
        exponent.trim_start_matches('+').parse::<u32>().is_ok_and(|exponent| (9..=18).contains(&exponent))
    });
    shape.floated |= shape.scientific;
}

/// `1,234,567.89`
fn thousands(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let mut groups = whole.split(',');
    let first =
        groups.next().is_some_and(|group| (1..=3).contains(&group.len()) && group.bytes().all(|b| b.is_ascii_digit()));
    first
        && groups.all(|g| g.len() == 3 && g.bytes().all(|b| b.is_ascii_digit()))
        && fraction.bytes().all(|b| b.is_ascii_digit())
}

fn date(detector: &Detector, cell: &str, whole: &mut Whole) {
    match written(cell) {
        Some(Written::Date(day)) => {
            whole.add(Kind::Date, Checked::None);
            if day <= detector.today && chrono::Datelike::year(&day) >= 1900 {
                whole.add(Kind::BirthDate, Checked::None);
            }
        }
        Some(Written::DateTime(_)) => whole.add(Kind::DateTime, Checked::None),
        None => {}
    }
}

/// Versions, and diagnoses by ICD-10.
fn dotted_and_dashed(cell: &str, whole: &mut Whole) {
    let bytes = cell.as_bytes();
    let bare = cell.trim_start_matches(['v', 'V']);
    let parts = bare.split('.').count();
    if (3..=5).contains(&parts)
        && bare.split('.').all(|p| !p.is_empty() && p.len() <= 5 && p.bytes().all(|b| b.is_ascii_digit()))
    {
        whole.add(Kind::Version, Checked::None);
    }
    let icd = match bytes {
        [b'A'..=b'Z', a, b, b'.', rest @ ..] => {
            a.is_ascii_digit()
                && b.is_ascii_digit()
                && (1..=8).contains(&rest.len())
                && rest[0].is_ascii_digit()
                && rest.iter().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'*' | b'.'))
        }
        [b'A'..=b'Z', a, b] => a.is_ascii_digit() && b.is_ascii_digit(),
        _ => false,
    };
    if icd {
        whole.add(Kind::Diagnosis, Checked::None);
    }
}

fn is_uuid(bytes: &[u8]) -> bool {
    bytes.iter().enumerate().all(|(place, b)| match place {
        8 | 13 | 18 | 23 => *b == b'-',
        _ => b.is_ascii_hexdigit(),
    })
}

fn markup(cell: &str, whole: &mut Whole) {
    if matches!((cell.as_bytes()[0], cell.as_bytes()[cell.len() - 1]), (b'{', b'}') | (b'[', b']')) {
        whole.add(Kind::Json, Checked::None);
    }
    let scheme = cell.find(':').is_some_and(|at| {
        at > 0 && cell[at..].starts_with("://") && cell[..at].bytes().all(|b| b.is_ascii_alphabetic())
    });
    if (scheme || cell.starts_with("www.")) && !cell.contains(' ') {
        whole.add(Kind::Url, Checked::None);
    }
}

fn han(detector: &Detector, cell: &str, hits: &[Hit], whole: &mut Whole, shape: &mut Shape) {
    let characters = cell.chars().count();
    if cell.as_bytes()[0].is_ascii_digit() && characters <= 30 {
        date(detector, cell, whole);
    }
    if cell.starts_with('¥') || cell.starts_with('￥') || cell.ends_with('元') && cell.as_bytes()[0].is_ascii_digit()
    {
        let bare = cell.trim_start_matches(['¥', '￥']).trim_end_matches('元').trim_end_matches('万');
        if thousands(bare) || bare.parse::<f64>().is_ok() {
            shape.number = true;
            whole.add(Kind::Amount, Checked::None);
            return;
        }
    }
    markup(cell, whole);
    detector.dictionary.add_kind(cell, whole);
    shape.name = names::form(cell);
    if shape.name.is_some() {
        whole.add(Kind::PersonName, Checked::None);
    }
    let digits = cell.bytes().any(|b| b.is_ascii_digit());
    shape.word = !digits && characters <= 12;
    shape.text = characters > 12 || cell.contains(['，', '。', ',', '；', '、', '！']);
    if characters > 80 {
        return;
    }
    let region = cell.chars().all(is_han) && {
        let parts = address::parts(cell);
        parts.is_region() && parts.start == 0 && parts.end == cell.len()
    };
    if is_region_name(cell) || region {
        whole.add(Kind::RegionName, Checked::None);
    }
    let covered: usize = hits.iter().filter(|hit| hit.kind == Kind::Address).map(|hit| hit.end - hit.start).sum();
    if 10 * covered >= 6 * cell.len() {
        whole.add(Kind::Address, Checked::None);
        shape.text = false;
    }
    const ENDINGS: [&str; 24] = [
        "公司",
        "集团",
        "厂",
        "商店",
        "超市",
        "中心",
        "合作社",
        "事务所",
        "银行",
        "支行",
        "医院",
        "学校",
        "大学",
        "中学",
        "小学",
        "学院",
        "幼儿园",
        "委员会",
        "管理局",
        "研究院",
        "研究所",
        "经营部",
        "商行",
        "合伙企业",
    ];
    static LASTS: HanSet = HanSet::of(&["司团厂店市心社所银行院校学园会局部)业"]);
    if !cell.ends_with(|c| c == ')' || LASTS.contains(c)) {
        return;
    }
    let bare = cell.split_once('(').map_or(cell, |(bare, _)| if bare.is_empty() { cell } else { bare });
    if (4..=40).contains(&characters) && ENDINGS.iter().any(|ending| cell.ends_with(ending) || bare.ends_with(ending)) {
        whole.add(Kind::OrganisationName, Checked::None);
        shape.text = false;
    }
}
