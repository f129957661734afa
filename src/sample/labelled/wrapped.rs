//! Identifiers that are covered, garbled, doubled, or stand inside other text.

use super::Truth::{Carrier, Identifier, Nothing, Quasi};
use super::noise::full_width;
use super::papers::bank_card;
use super::people::{address, landline, name, phone, resident_id};
use super::{Spec, by_header, by_values, digits};

pub(super) const SPECS: &[Spec] = &[
    by_values("masked_resident_id", Quasi, ["身份证号(脱敏)", "sfzh_tm", "id_card_masked"], |d, w, _| {
        let id = resident_id(d, w);
        format!("{}********{}", &id[..6], &id[14..])
    }),
    by_values("masked_mobile", Quasi, ["手机号掩码", "sjh_ym", "masked_phone"], |d, _, _| {
        let phone = phone(d);
        format!("{}****{}", &phone[..3], &phone[7..])
    }),
    by_values("masked_name", Quasi, ["姓名掩码", "xm_ym", "masked_name"], |d, w, _| {
        let name = name(d, w);
        let first = name.chars().next().unwrap_or('王');
        format!("{first}{}", "*".repeat(name.chars().count() - 1))
    }),
    by_header("resident_id_as_float", Identifier, ["身份证号码", "sfzhm", "id_number"], |d, w, _| {
        // a spreadsheet kept fifteen digits of it, or six
        let id = resident_id(d, w).replace('X', "0");
        let number: f64 = id.parse().unwrap_or(0.0);
        match d.chance(500) {
            true => format!("{number:.5E}").replace('E', "E+"),
            false => format!("{number:.14E}").replace('E', "E+"),
        }
    }),
    by_header("bank_card_as_float", Identifier, ["银行卡号", "yhkh", "bank_card_no"], |d, _, _| {
        let number: f64 = bank_card(d).parse().unwrap_or(0.0);
        format!("{number:.5E}").replace('E', "E+")
    }),
    by_values("resident_id_written", Identifier, ["身份证号", "sfzh", "id_card_no"], |d, w, _| {
        // as people write it, and as input methods do
        let id = resident_id(d, w);
        let (place, day, end) = (&id[..6], &id[6..14], &id[14..]);
        match d.below(3) {
            0 => format!("{place} {day} {end}"),
            1 => format!("{place}-{day}-{end}"),
            _ => id.chars().map(full_width).collect(),
        }
    }),
    by_values("bank_card_written", Identifier, ["收款账号", "skzh", "card_number"], |d, _, _| {
        let card = bank_card(d);
        let groups: Vec<&str> = (0..card.len()).step_by(4).map(|at| &card[at..card.len().min(at + 4)]).collect();
        groups.join(d.one_of(&[" ", "-"]))
    }),
    by_header("zeros_lost", Identifier, ["住院号", "zyh", "admission_no"], |d, _, _| {
        // seven digits, of which a spreadsheet dropped zeros at the start
        digits(d, 7).trim_start_matches('0').to_owned()
    }),
    by_header("postcode_zeros_lost", Quasi, ["邮政编码", "yzbm", "postcode"], |d, _, _| {
        let place = d.one_of(&["0100", "3000", "3000", "3001", "3002", "3003", "3013", "3014"]);
        format!("{place}{}", digits(d, 2)).trim_start_matches('0').to_owned()
    }),
    by_header("date_as_serial", Nothing, ["抄表日期", "cbrq", "reading_date"], |d, _, _| {
        (45_000 + d.below(1000)).to_string()
    }),
    by_values("masked_bank_card", Quasi, ["银行卡掩码", "yhk_ym", "masked_card"], |d, _, _| {
        let card = bank_card(d);
        format!("{}******{}", &card[..6], &card[card.len() - 4..])
    }),
    by_values("name_and_mobile", Carrier, ["联系人及电话", "lxrjdh", "contact"], |d, w, _| {
        format!("{}{}{}", name(d, w), d.one_of(&["", " ", ":"]), phone(d))
    }),
    by_values("two_resident_ids", Identifier, ["夫妻身份证号", "fqsfzh", "couple_id_card"], |d, w, _| {
        format!("{}{}{}", resident_id(d, w), d.one_of(&["/", "、", ",", " "]), resident_id(d, w))
    }),
    by_values("mobile_as_float", Identifier, ["手机号码", "sjhm", "phone_number"], |d, _, _| {
        format!("{}.0", phone(d))
    }),
    by_values("two_mobiles", Identifier, ["联系方式", "lxfs", "phones"], |d, _, _| {
        let between = d.one_of(&["/", "、", ",", " ", ";"]);
        format!("{}{between}{}", phone(d), phone(d))
    }),
    by_values("phone_of_some_kind", Identifier, ["电话", "dh", "phone"], |d, _, _| match d.chance(650) {
        true => phone(d),
        false => landline(d),
    }),
    by_values("text_with_mobiles", Carrier, ["备注", "bz", "remarks"], |d, w, _| {
        // one in eight names somebody or a number
        if !d.chance(125) {
            return d.one_of(&["需要纸质账单", "已换智能表", "上门前请预约", "用户申请校表", "房屋出租"]).to_owned();
        }
        match d.below(3) {
            0 => format!("联系人{},电话{}", name(d, w), phone(d)),
            1 => format!("租户来电{},要求改期", phone(d)),
            _ => format!("请拨打{} 找房东", phone(d)),
        }
    }),
    by_values("text_with_resident_ids", Carrier, ["处理意见", "clyj", "comments"], |d, w, _| match d.chance(300) {
        true => format!("经核实申请人{},身份证{},情况属实", name(d, w), resident_id(d, w)),
        false => d.one_of(&["材料齐全,同意受理", "请补充材料", "已转交相关科室办理", "不符合条件,退回"]).to_owned(),
    }),
    by_values("text_with_addresses", Carrier, ["诉求内容", "sqnr", "complaint"], |d, w, _| match d.chance(400) {
        true => format!("市民反映{}楼道堆放杂物,请处理", address(d, w)),
        false => d.one_of(&["路灯不亮", "垃圾清运不及时", "噪音扰民,请协调", "咨询公交线路"]).to_owned(),
    }),
    by_values("json_with_ids", Carrier, ["扩展信息", "kzxx", "payload"], |d, w, _| {
        format!(
            "{{\"name\":\"{}\",\"mobile\":\"{}\",\"level\":{},\"idcard\":\"{}\"}}",
            name(d, w),
            phone(d),
            d.below(5),
            resident_id(d, w)
        )
    }),
    by_values("url_with_ids", Carrier, ["访问地址", "fwdz", "request_url"], |d, w, _| match d.chance(600) {
        true => format!("https://api.example.cn/v2/user?mobile={}&t={}", phone(d), digits(d, 6)),
        false => format!("https://api.example.cn/v2/query/{}/detail", resident_id(d, w)),
    }),
];
