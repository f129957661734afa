//! Words that tell what follows them: 联系人张伟, `"wechat": "..."`, 户号：123.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::detector::Detector;
use super::finding::{Checked, Whole};
use super::forms::{LONGEST, add_kinds};
use super::kind::Kind;
use super::names::{self, is_han};
use super::scan::{Hit, Run};

/// Words and what a value behind them is.
const BEHIND: &[(Kind, &str)] = &[
    (
        Kind::PersonName,
        "姓名 联系人 户主 户名 患者 病人 收件人 收货人 寄件人 申请人 法定代表人 法人代表 负责人 经办人 业主 房主 车主 持卡人 开户人 投诉人 当事人 \
         监护人 被保险人 投保人 乘客 旅客 司机 医生 医师 护士 家属 本人 丈夫 妻子 父亲 母亲 儿子 女儿 名叫 姓名为 realname real_name fullname \
         username customer_name customername patient_name patientname contact_name contactname name",
    ),
    (Kind::Mobile, "手机 手机号 电话 联系电话 联系方式 mobile phone tel telephone cellphone"),
    (Kind::ResidentId18, "身份证 身份证号 证件号 公民身份号码 idcard id_card sfzh"),
    (Kind::Wechat, "微信 微信号 wechat weixin wxid vx"),
    (Kind::Qq, "qq QQ号"),
    (Kind::AccountNumber, "户号 账号 帐号 账户 客户编号 用户编号 缴费号 account_no accountno account customer_no"),
    (Kind::MeterNumber, "表号 电表号 水表号 气表号 表具号 meter_no meterno"),
    (Kind::MedicalRecordNumber, "病案号 病历号 住院号 门诊号 就诊号 就诊卡号 健康卡号 mrn patient_id"),
    (Kind::SocialSecurityNumber, "社保号 社保卡 社保卡号 医保卡 医保卡号 医保号 社会保障号"),
    (Kind::EmployeeNumber, "工号 学号 员工编号 学籍号"),
    (Kind::BankCard, "银行卡 卡号 银行账号 信用卡 储蓄卡 bankcard card_no"),
    (Kind::Passport, "护照 passport"),
    (Kind::TaiwanPermit, "台胞证"),
    (Kind::DriverLicence, "驾驶证 驾照"),
    (Kind::OrganisationCode, "组织机构代码"),
    (Kind::BusinessRegistration, "注册号 执照号"),
    (Kind::Imei, "imei 串号"),
    (Kind::Postcode, "邮编 邮政编码 postcode zip"),
    (Kind::Vin, "车架号 车辆识别代号"),
];

/// Words behind a name.
const TITLES: &str = "先生 女士 小姐 师傅 医生 大夫 老师 同志 阿姨 大爷 主任 经理";

/// The words of both lists, searched all at once.
#[derive(Debug, Clone)]
pub(super) struct Words {
    search: Option<AhoCorasick>,
    /// For each word its kind; `None` for titles.
    kinds: Vec<Option<Kind>>,
}

impl Words {
    pub fn new() -> Self {
        let mut words = Vec::new();
        let mut kinds = Vec::new();
        for (kind, list) in BEHIND {
            words.extend(list.split_whitespace());
            kinds.resize(words.len(), Some(*kind));
        }
        words.extend(TITLES.split_whitespace());
        kinds.resize(words.len(), None);
        let search = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::DFA))
            .match_kind(MatchKind::LeftmostLongest)
            .ascii_case_insensitive(true)
            .build(&words)
            .ok();
        Self { search, kinds }
    }
}

/// Looks for values behind words and names before titles.
pub(super) fn scan(detector: &Detector, text: &str, runs: &[Run], hits: &mut Vec<Hit>) {
    let Some(search) = &detector.words.search else { return };
    for found in search.find_iter(text) {
        match detector.words.kinds[found.pattern().as_usize()] {
            None => hits.extend(before_title(text, found.start())),
            Some(kind) => {
                let letter = text.as_bytes()[found.start()].is_ascii_alphabetic();
                let glued = letter && text[..found.start()].ends_with(|c: char| c.is_ascii_alphabetic());
                if !glued || kind != Kind::PersonName {
                    hits.extend(behind(detector, text, runs, found.end(), kind, letter));
                }
            }
        }
    }
}

/// What stands between a word and its value: 号码, colons, quotes, 为.
fn gap(text: &str) -> usize {
    let mut at = 0;
    for word in ["号码", "号", "编号"] {
        if text.starts_with(word) {
            at = word.len();
            break;
        }
    }
    let joints: usize = text[at..]
        .chars()
        .take(6)
        .take_while(|c| matches!(c, ' ' | ':' | '=' | '"' | '\'' | '>' | '\t' | '为' | '是' | '#' | '[' | '('))
        .map(char::len_utf8)
        .sum();
    at + joints
}

fn behind(detector: &Detector, text: &str, runs: &[Run], end: usize, kind: Kind, letter: bool) -> Option<Hit> {
    let between = gap(&text[end..]);
    // an English word needs something between it and the value
    if letter && between == 0 {
        return None;
    }
    let start = end + between;
    let hit = |kind, length: usize, checked| Some(Hit { kind, start, end: start + length, checked, weight: 75 });
    if kind == Kind::PersonName {
        let length = names::length_at(&text[start..])?;
        return hit(kind, length, Checked::None);
    }
    let run = runs[..runs.partition_point(|run| run.start <= start)].last().filter(|run| run.start == start)?;
    let bytes = run.of(text);
    let length = bytes.len();
    if kind == Kind::Wechat {
        let tail = text[start..].bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')).count();
        let mobile = super::forms::is_mobile(&bytes[..length]);
        let good = bytes[0].is_ascii_alphabetic() && (6..=20).contains(&tail);
        return if good && !mobile { hit(kind, tail, Checked::None) } else { None };
    }
    let mut capitals = [0; LONGEST];
    let mut whole = Whole::default();
    if let Some(capitals) = capitals.get_mut(..length) {
        capitals.copy_from_slice(bytes);
        capitals.make_ascii_uppercase();
        add_kinds(capitals, detector.today, &mut whole);
    }
    let digits = !run.letters;
    match kind {
        Kind::Mobile if digits && matches!(length, 7 | 8) && (b'2'..=b'9').contains(&bytes[0]) => {
            hit(Kind::Landline, length, Checked::None)
        }
        Kind::ResidentId18 => {
            let form = length == 18 && bytes[..17].iter().all(u8::is_ascii_digit) && !whole.kinds.contains(kind);
            let form = form && super::area::starts_resident_id(&bytes[..6]);
            if form { hit(kind, length, Checked::Failed) } else { None }
        }
        Kind::BankCard if digits && (13..=19).contains(&length) => {
            let right = super::check_digits::luhn(bytes);
            hit(kind, length, if right { Checked::Passed } else { Checked::Failed })
        }
        Kind::AccountNumber
        | Kind::MeterNumber
        | Kind::MedicalRecordNumber
        | Kind::SocialSecurityNumber
        | Kind::EmployeeNumber
            if run.digits && (5..=24).contains(&length) =>
        {
            hit(kind, length, Checked::None)
        }
        Kind::Qq if digits && whole.kinds.contains(Kind::Qq) => hit(kind, length, Checked::None),
        Kind::DriverLicence if digits && length == 12 => hit(kind, length, Checked::None),
        Kind::TaiwanPermit
        | Kind::Postcode
        | Kind::Passport
        | Kind::OrganisationCode
        | Kind::BusinessRegistration
        | Kind::Imei
        | Kind::Vin
            if whole.kinds.contains(kind) =>
        {
            hit(kind, length, whole.checked(kind))
        }
        _ => None,
    }
}

/// A name of two to four characters right before a title: 王建国先生.
fn before_title(text: &str, title: usize) -> Option<Hit> {
    let mut starts = [0; 4];
    let mut count = 0;
    for (at, c) in text[..title].char_indices().rev().take(4) {
        if !is_han(c) {
            break;
        }
        starts[count] = at;
        count += 1;
    }
    let name = |&&start: &&usize| {
        let text = &text[start..title];
        let surname = names::surname(text).unwrap_or(0);
        let given = &text[surname..];
        names::form(text) == Some(names::NameForm::Surname)
            && !(text.chars().count() == 2 && names::surname(given).is_some())
    };
    let start = *starts[..count]
        .iter()
        .skip(1)
        .rev()
        .filter(|start| text[**start..title].chars().count() <= 4)
        .find(|start| name(start))?;
    Some(Hit { kind: Kind::PersonName, start, end: title, checked: Checked::None, weight: 74 })
}
