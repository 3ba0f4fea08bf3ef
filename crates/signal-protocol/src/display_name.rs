//! What a name that people see may hold.

use std::ops::RangeInclusive;

/// Whether a character shows nothing and changes how the rest is read: controls, and what turns the direction of text
/// around or joins words unseen. With them one person's name can be made to look like another's.
///
/// The two joiners U+200C and U+200D stay: Persian names and many emoji are written with them.
#[must_use]
pub fn is_deceptive(character: char) -> bool {
    const HIDE_OR_TURN: [RangeInclusive<char>; 5] = [
        '\u{200b}'..='\u{200b}',
        '\u{200e}'..='\u{200f}',
        '\u{2028}'..='\u{202e}',
        '\u{2060}'..='\u{2069}',
        '\u{feff}'..='\u{feff}',
    ];
    character.is_control() || HIDE_OR_TURN.iter().any(|range| range.contains(&character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_deceives_is_deceptive() {
        for good in ["Zoë", "☎", "می\u{200c}نا", "👩\u{200d}🚀", "李雷", "O’Hara"] {
            assert!(!good.contains(is_deceptive), "{good}");
        }
        for bad in ["a\u{202e}b", "a\u{200b}b", "a\u{2066}b", "\u{feff}a", "a\nb", "a\u{85}b", "a\0"] {
            assert!(bad.contains(is_deceptive), "{bad:?}");
        }
    }
}
