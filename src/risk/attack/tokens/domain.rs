//! [`Domain`]: how many values there are to try, and what that costs.

use crate::detect::Kind;
use crate::risk::attack::Told;

/// The values that a column may have, as an attacker enumerates them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    /// What is enumerated, Chinese and English.
    pub what: (&'static str, &'static str),
    pub size: u128,
}

/// What trying a whole domain takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cost {
    pub values: u128,
    /// Tries per second of one core.
    pub rate: f64,
    pub seconds: f64,
}

impl Domain {
    /// Eleven digits of which the first is 1.
    pub const MOBILES: Self = Self { what: ("手机号", "mobile numbers"), size: 10_000_000_000 };
    /// About 3,500 area codes that ever were, 36,525 days of a century, 999 in order and a check digit that follows.
    pub const RESIDENT_IDS: Self = Self { what: ("居民身份证号", "resident ids"), size: 3_500 * 36_525 * 999 };
    /// 31 provinces, 24 letters (no I, no O), five signs of 24 letters and 10 digits.
    pub const PLATES: Self = Self { what: ("车牌号", "plates"), size: 31 * 24 * 34 * 34 * 34 * 34 * 34 };

    /// The domain of a detected kind; `None` where it has no size of its own.
    pub fn of_kind(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Mobile => Some(Self::MOBILES),
            Kind::ResidentId18 | Kind::ResidentId15 => Some(Self::RESIDENT_IDS),
            Kind::Plate => Some(Self::PLATES),
            _ => None,
        }
    }

    /// All texts of the lengths seen over the signs seen: account numbers of ten digits are 10^10. Saturates.
    pub fn of_texts(signs: u32, shortest: u32, longest: u32) -> Self {
        let size = (shortest..=longest)
            .fold(0_u128, |sum, length| sum.saturating_add(u128::from(signs).checked_pow(length).unwrap_or(u128::MAX)));
        Self { what: ("该长度与字符集的全部取值", "texts of these lengths and signs"), size }
    }

    /// A list that the attacker has: the customers of a company, the values of a column known from elsewhere.
    pub fn of_list(distinct: u64) -> Self {
        Self { what: ("已知名单中的取值", "values of a known list"), size: u128::from(distinct) }
    }

    /// The cost at a measured rate (see [`rate_of`]); infinite for a rate that is not above 0.
    pub fn cost(&self, rate: f64) -> Cost {
        let seconds = if rate > 0.0 { self.size as f64 / rate } else { f64::INFINITY };
        Cost { values: self.size, rate, seconds }
    }

    /// One line for the report: what brute force costs whoever can compute tokens.
    pub fn told(&self, rate: f64) -> Told {
        let cost = self.cost(rate);
        let (size, rate) = (rounded(self.size as f64), rounded(rate));
        let (time_zh, time_en) = time(cost.seconds);
        Told {
            zh: format!("穷举约 {size} 个{}：单核每秒 {rate} 次，需 {time_zh}。", self.what.0),
            en: format!("About {size} {}: at {rate} tries a second on one core, {time_en}.", self.what.1),
        }
    }
}

/// Tries per second, from tries made in a measured time. 0 without time.
///
/// The clock belongs to the caller: about 50 milliseconds of token making are enough.
pub fn rate_of(tries: u64, seconds: f64) -> f64 {
    if seconds > 0.0 { tries as f64 / seconds } else { 0.0 }
}

/// Two significant digits, large numbers as a power of ten.
fn rounded(number: f64) -> String {
    if !number.is_finite() || number <= 0.0 {
        return "0".into();
    }
    if number >= 1e6 {
        let text = format!("{number:.1e}");
        let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
        return format!("{}×10^{power}", digits.trim_end_matches(".0"));
    }
    crate::risk::figure(number.round())
}

fn time(seconds: f64) -> (String, String) {
    let units = [
        (31_557_600.0, "年", "years"),
        (86_400.0, "天", "days"),
        (3600.0, "小时", "hours"),
        (60.0, "分钟", "minutes"),
        (0.0, "秒", "seconds"),
    ];
    if !seconds.is_finite() {
        return ("不可行".into(), "not feasible".into());
    }
    let (unit, zh, en) = units.into_iter().find(|unit| seconds >= unit.0).unwrap_or(units[4]);
    let amount = if unit > 0.0 { seconds / unit } else { seconds };
    let amount = if amount >= 1e6 { rounded(amount) } else { format!("{}", (amount * 10.0).round() / 10.0) };
    (format!("{amount} {zh}"), format!("{amount} {en}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mobiles_take_minutes_and_ids_hours() {
        // rates of SHA-256 and SM3 on one core
        assert_eq!((Domain::MOBILES.cost(7.6e6).seconds / 60.0).round(), 22.0);
        assert_eq!((Domain::MOBILES.cost(3.2e6).seconds / 60.0).round(), 52.0);
        let hours = Domain::RESIDENT_IDS.cost(7.6e6).seconds / 3600.0;
        assert!((hours - 4.67).abs() < 0.01, "{hours}");
        let line = Domain::MOBILES.told(7.6e6);
        assert_eq!(line.en, "About 1×10^10 mobile numbers: at 7.6×10^6 tries a second on one core, 21.9 minutes.");
        assert!(line.zh.contains("手机号") && line.zh.contains("21.9 分钟"), "{}", line.zh);
    }

    #[test]
    fn sizes_saturate_and_rates_of_nothing_are_zero() {
        assert_eq!(Domain::of_texts(10, 10, 10).size, 10_000_000_000);
        assert_eq!(Domain::of_texts(2, 1, 3).size, 14);
        assert_eq!(Domain::of_texts(36, 1, 99).size, u128::MAX);
        assert_eq!(rate_of(1000, 0.0), 0.0);
        assert_eq!(rate_of(1000, 0.05), 20_000.0);
        assert!(Domain::of_list(5).cost(0.0).seconds.is_infinite());
        assert!(Domain::of_list(5).told(0.0).en.contains("not feasible"));
    }
}
