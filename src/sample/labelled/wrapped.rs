//! Identifiers that are covered, garbled, doubled, or stand inside other text.

use super::Truth::{Carrier, Identifier, Quasi};
use super::people::{address, landline, name, phone, resident_id};
use super::{Spec, Truth, World, digits};
use crate::sample::draw::Draw;

const fn spec(
    name: &'static str,
    truth: Truth,
    by_values: bool,
    headers: [&'static str; 3],
    make: fn(&mut Draw, &World, u64) -> String,
) -> Spec {
    Spec { name, truth, headers, by_values, make }
}

pub(super) const SPECS: &[Spec] = &[
    spec("masked_resident_id", Quasi, true, ["身份证号(脱敏)", "sfzh_tm", "id_card_masked"], |d, w, _| {
        let id = resident_id(d, w);
        format!("{}********{}", &id[..6], &id[14..])
    }),
    spec("masked_mobile", Quasi, true, ["手机号掩码", "sjh_ym", "masked_phone"], |d, _, _| {
        let phone = phone(d);
        format!("{}****{}", &phone[..3], &phone[7..])
    }),
    spec("masked_name", Quasi, true, ["姓名掩码", "xm_ym", "masked_name"], |d, w, _| {
        let name = name(d, w);
        let first = name.chars().next().unwrap_or('王');
        format!("{first}{}", "*".repeat(name.chars().count() - 1))
    }),
    spec("resident_id_as_float", Identifier, false, ["身份证号码", "sfzhm", "id_number"], |d, w, _| {
        // a spreadsheet kept fifteen digits of it, or six
        let id = resident_id(d, w).replace('X', "0");
        let number: f64 = id.parse().unwrap_or(0.0);
        match d.chance(500) {
            true => format!("{number:.5E}").replace('E', "E+"),
            false => format!("{number:.14E}").replace('E', "E+"),
        }
    }),
    spec("mobile_as_float", Identifier, true, ["手机号码", "sjhm", "phone_number"], |d, _, _| {
        format!("{}.0", phone(d))
    }),
    spec("two_mobiles", Identifier, true, ["联系方式", "lxfs", "phones"], |d, _, _| {
        let between = d.one_of(&["/", "、", ",", " ", ";"]);
        format!("{}{between}{}", phone(d), phone(d))
    }),
    spec("phone_of_some_kind", Identifier, true, ["电话", "dh", "phone"], |d, _, _| match d.chance(650) {
        true => phone(d),
        false => landline(d),
    }),
    spec("text_with_mobiles", Carrier, true, ["备注", "bz", "remarks"], |d, w, _| {
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
    spec("text_with_resident_ids", Carrier, true, ["处理意见", "clyj", "comments"], |d, w, _| {
        match d.chance(300) {
            true => format!("经核实申请人{},身份证{},情况属实", name(d, w), resident_id(d, w)),
            false => d.one_of(&["材料齐全,同意受理", "请补充材料", "已转交相关科室办理", "不符合条件,退回"]).to_owned(),
        }
    }),
    spec("text_with_addresses", Carrier, true, ["诉求内容", "sqnr", "complaint"], |d, w, _| match d.chance(400) {
        true => format!("市民反映{}楼道堆放杂物,请处理", address(d, w)),
        false => d.one_of(&["路灯不亮", "垃圾清运不及时", "噪音扰民,请协调", "咨询公交线路"]).to_owned(),
    }),
    spec("json_with_ids", Carrier, true, ["扩展信息", "kzxx", "payload"], |d, w, _| {
        format!(
            "{{\"name\":\"{}\",\"mobile\":\"{}\",\"level\":{},\"idcard\":\"{}\"}}",
            name(d, w),
            phone(d),
            d.below(5),
            resident_id(d, w)
        )
    }),
    spec("url_with_ids", Carrier, true, ["访问地址", "fwdz", "request_url"], |d, w, _| match d.chance(600) {
        true => format!("https://api.example.cn/v2/user?mobile={}&t={}", phone(d), digits(d, 6)),
        false => format!("https://api.example.cn/v2/query/{}/detail", resident_id(d, w)),
    }),
];
