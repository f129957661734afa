//! [`Domain`]: how many values there are to try, and what that costs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::detect::Kind;
use crate::risk::attack::Told;

/// The values that a column may have, as an attacker enumerates them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Domain {
    pub of: Enumerated,
    pub size: u128,
}

/// What is enumerated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Enumerated {
    Mobiles,
    ResidentIds,
    Plates,
    /// All texts of the lengths and signs seen.
    Texts,
    /// A list that the attacker has.
    List,
}

impl Enumerated {
    /// Chinese and English.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Mobiles => ("手机号", "mobile numbers"),
            Self::ResidentIds => ("居民身份证号", "resident ids"),
            Self::Plates => ("车牌号", "plates"),
            Self::Texts => ("该长度与字符集的全部取值", "texts of these lengths and signs"),
            Self::List => ("已知名单中的取值", "values of a known list"),
        }
    }
}

/// What trying a whole domain takes whoever can compute tokens.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Cost {
    pub of: Enumerated,
    /// How many values there are to try.
    pub values: f64,
    /// Tries per second of one core, as measured.
    pub rate: f64,
    pub seconds: f64,
}

impl Domain {
    /// Eleven digits of which the first is 1.
    pub const MOBILES: Self = Self { of: Enumerated::Mobiles, size: 10_000_000_000 };
    /// About 3,500 area codes that ever were, 36,525 days of a century, 999 in order and a check digit that follows.
    pub const RESIDENT_IDS: Self = Self { of: Enumerated::ResidentIds, size: 3_500 * 36_525 * 999 };
    /// 31 provinces, 24 letters (no I, no O), five signs of 24 letters and 10 digits.
    pub const PLATES: Self = Self { of: Enumerated::Plates, size: 31 * 24 * 34 * 34 * 34 * 34 * 34 };

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
        Self { of: Enumerated::Texts, size }
    }

    /// A list that the attacker has: the customers of a company, the values of a column known from elsewhere.
    pub fn of_list(distinct: u64) -> Self {
        Self { of: Enumerated::List, size: u128::from(distinct) }
    }

    /// The cost at a measured rate (see [`rate_of`]); `None` where nothing was measured.
    pub fn cost(&self, rate: f64) -> Option<Cost> {
        let values = self.size as f64;
        (rate > 0.0).then(|| Cost { of: self.of, values, rate, seconds: values / rate })
    }
}

impl Cost {
    /// One sentence: what brute force costs whoever can compute tokens.
    pub fn told(&self) -> Told {
        let ((zh, en), values, rate) = (self.of.words(), rounded(self.values), rounded(self.rate));
        let (time_zh, time_en) = time(self.seconds);
        Told {
            zh: format!("能计算代号者穷举约 {values} 个{zh}，单核每秒 {rate} 次，需 {time_zh}。"),
            en: format!(
                "Whoever can compute tokens tries about {values} {en} at {rate} a second on one core: {time_en}."
            ),
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
        let seconds = |domain: Domain, rate: f64| domain.cost(rate).unwrap().seconds;
        assert_eq!((seconds(Domain::MOBILES, 7.6e6) / 60.0).round(), 22.0);
        assert_eq!((seconds(Domain::MOBILES, 3.2e6) / 60.0).round(), 52.0);
        let hours = seconds(Domain::RESIDENT_IDS, 7.6e6) / 3600.0;
        assert!((hours - 4.67).abs() < 0.01, "{hours}");
        let line = Domain::MOBILES.cost(7.6e6).unwrap().told();
        assert!(line.en.ends_with("about 1×10^10 mobile numbers at 7.6×10^6 a second on one core: 21.9 minutes."));
        assert!(line.zh.contains("手机号") && line.zh.contains("21.9 分钟"), "{}", line.zh);
    }

    #[test]
    fn sizes_saturate_and_rates_of_nothing_cost_nothing() {
        assert_eq!(Domain::of_texts(10, 10, 10).size, 10_000_000_000);
        assert_eq!(Domain::of_texts(2, 1, 3).size, 14);
        assert_eq!(Domain::of_texts(36, 1, 99).size, u128::MAX);
        assert_eq!(rate_of(1000, 0.0), 0.0);
        assert_eq!(rate_of(1000, 0.05), 20_000.0);
        assert_eq!(Domain::of_list(5).cost(0.0), None);
    }
}
