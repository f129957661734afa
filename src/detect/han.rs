//! Sets of Han characters, looked up by one bit.

/// A set of characters between U+4E00 and U+9FFF.
pub(super) struct HanSet([u64; 328]);

impl HanSet {
    /// The Han characters of the texts; others are left out.
    pub const fn of(texts: &[&str]) -> Self {
        let mut bits = [0; 328];
        let mut text = 0;
        while text < texts.len() {
            Self::fill(&mut bits, texts[text].as_bytes(), usize::MAX);
            text += 1;
        }
        Self(bits)
    }

    /// The first Han character of each text.
    pub const fn firsts(texts: &[&str]) -> Self {
        let mut bits = [0; 328];
        let mut text = 0;
        while text < texts.len() {
            Self::fill(&mut bits, texts[text].as_bytes(), 1);
            text += 1;
        }
        Self(bits)
    }

    const fn fill(bits: &mut [u64; 328], bytes: &[u8], most: usize) {
        let mut at = 0;
        let mut taken = 0;
        while at + 2 < bytes.len() && taken < most {
            if bytes[at] & 0xf0 != 0xe0 {
                at += 1;
                continue;
            }
            let c = (bytes[at] as u32 & 0xf) << 12 | (bytes[at + 1] as u32 & 0x3f) << 6 | bytes[at + 2] as u32 & 0x3f;
            if c >= 0x4e00 && c < 0x4e00 + 328 * 64 {
                bits[((c - 0x4e00) / 64) as usize] |= 1 << ((c - 0x4e00) % 64);
            }
            taken += 1;
            at += 3;
        }
    }

    pub fn contains(&self, c: char) -> bool {
        let place = (c as u32).wrapping_sub(0x4e00);
        self.0.get((place / 64) as usize).is_some_and(|bits| bits >> (place % 64) & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_hold_what_they_were_made_of() {
        const SET: HanSet = HanSet::of(&["王x李", "张"]);
        const FIRSTS: HanSet = HanSet::firsts(&["欧阳", "司马"]);
        for (c, all, first) in [
            ('王', true, false),
            ('李', true, false),
            ('张', true, false),
            ('欧', false, true),
            ('阳', false, false),
            ('x', false, false),
            ('\u{9fff}', false, false),
            ('😀', false, false),
        ] {
            assert_eq!((SET.contains(c), FIRSTS.contains(c)), (all, first), "{c}");
        }
    }
}
