//! Devices and vehicles.

use super::Truth::Identifier;
use super::check::{vin, with_luhn};
use super::{Spec, by_values, digits, from};

const HEX: &[u8] = b"0123456789abcdef";

pub(super) const SPECS: &[Spec] = &[
    by_values("vin", Identifier, ["车架号", "cjh", "vin"], |d, _, _| {
        let start = d.one_of(&["LFV2A21J", "LSVAM418", "LVSHCAMB", "LGBH52E0", "LHGRU184"]);
        let body = from(d, b"ABCDEFGHJKLMNPRSTVWXY123456789", 2);
        let text = format!("{start}0{body}{}", digits(d, 6));
        vin(text.as_bytes().try_into().unwrap_or([b'0'; 17]))
    }),
    by_values("imei", Identifier, ["手机串号", "imei_hm", "imei"], |d, _, _| {
        let model = d.one_of(&["86", "35", "01"]);
        with_luhn(format!("{model}{}", digits(d, 12)))
    }),
    by_values("imsi", Identifier, ["国际移动用户识别码", "imsi_hm", "imsi"], |d, _, _| {
        format!("460{}{}", d.one_of(&["00", "01", "02", "03", "07", "11"]), digits(d, 10))
    }),
    by_values("mac", Identifier, ["MAC地址", "macdz", "mac_address"], |d, _, _| {
        let between = d.one_of(&[":", ":", "-"]);
        let pairs: Vec<String> = (0..6).map(|_| from(d, HEX, 2)).collect();
        pairs.join(between)
    }),
    by_values("ip", Identifier, ["IP地址", "ipdz", "client_ip"], |d, _, _| {
        let start = d.one_of(&["10", "60", "111", "117", "123", "172", "192", "211", "221"]);
        format!("{start}.{}.{}.{}", d.below(256), d.below(256), 1 + d.below(254))
    }),
    by_values("ip", Identifier, ["IPv6地址", "ipv6dz", "ipv6"], |d, _, _| {
        let groups: Vec<String> = (0..4).map(|_| from(d, HEX, 4)).collect();
        match d.chance(500) {
            true => format!("240e:{}::{}", groups[0], groups[1]),
            false => format!("2408:8400:1:2:{}", groups.join(":")),
        }
    }),
];
