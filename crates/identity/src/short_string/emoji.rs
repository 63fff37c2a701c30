//! Sixty-four pictures that nobody takes for one another, each one code point that every system draws in colour.

/// A picture and its English name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Emoji {
    /// The code point.
    pub picture: char,
    /// The English name in lower case, to be read aloud or translated.
    pub name: &'static str,
}

/// The emoji of the low 6 bits of `number`.
pub(super) fn of(number: u64) -> Emoji {
    let [.., low] = number.to_be_bytes();
    match TABLE.get(usize::from(low & 63)) {
        Some(emoji) => *emoji,
        None => unreachable!("six bits are below 64"),
    }
}

const fn emoji(picture: char, name: &'static str) -> Emoji {
    Emoji { picture, name }
}

/// The table, by name.
pub static TABLE: [Emoji; 64] = [
    emoji('⚓', "anchor"),
    emoji('🍎', "apple"),
    emoji('🎈', "balloon"),
    emoji('🍌', "banana"),
    emoji('🐝', "bee"),
    emoji('🔔', "bell"),
    emoji('🚲', "bicycle"),
    emoji('📖', "book"),
    emoji('🍞', "bread"),
    emoji('🚌', "bus"),
    emoji('🌵', "cactus"),
    emoji('🐫', "camel"),
    emoji('📷', "camera"),
    emoji('🥕', "carrot"),
    emoji('🏰', "castle"),
    emoji('🐱', "cat"),
    emoji('🧀', "cheese"),
    emoji('🍒', "cherries"),
    emoji('🍀', "clover"),
    emoji('🧭', "compass"),
    emoji('🌽', "corn"),
    emoji('🦀', "crab"),
    emoji('👑', "crown"),
    emoji('🎲', "dice"),
    emoji('🐶', "dog"),
    emoji('🐬', "dolphin"),
    emoji('🚪', "door"),
    emoji('🥁', "drum"),
    emoji('🦆', "duck"),
    emoji('👂', "ear"),
    emoji('🥚', "egg"),
    emoji('🐘', "elephant"),
    emoji('🔥', "fire"),
    emoji('👻', "ghost"),
    emoji('🎁', "gift"),
    emoji('👓', "glasses"),
    emoji('🎸', "guitar"),
    emoji('🔨', "hammer"),
    emoji('🎩', "hat"),
    emoji('🦔', "hedgehog"),
    emoji('🔑', "key"),
    emoji('🍋', "lemon"),
    emoji('🦁', "lion"),
    emoji('🧲', "magnet"),
    emoji('🌙', "moon"),
    emoji('🍄', "mushroom"),
    emoji('🐙', "octopus"),
    emoji('🦉', "owl"),
    emoji('🐼', "panda"),
    emoji('🐧', "penguin"),
    emoji('🍕', "pizza"),
    emoji('🌈', "rainbow"),
    emoji('🤖', "robot"),
    emoji('🚀', "rocket"),
    emoji('⛵', "sailboat"),
    emoji('👟', "shoe"),
    emoji('🐌', "snail"),
    emoji('⛄', "snowman"),
    emoji('⭐', "star"),
    emoji('⛺', "tent"),
    emoji('🚜', "tractor"),
    emoji('🌲', "tree"),
    emoji('☔', "umbrella"),
    emoji('🦓', "zebra"),
];
