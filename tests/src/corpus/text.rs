//! Sentences without meaning, from a seed: the same in every run.

/// Makes words and sentences.
#[derive(Debug, Clone)]
pub struct Text(u32);

impl Default for Text {
    fn default() -> Self {
        Self(7)
    }
}

impl Text {
    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        // The constants of the linear congruential generator in ISO C's example of `rand`.
        self.0 = self.0.wrapping_mul(1_103_515_245).wrapping_add(12_345);
        (self.0 >> 8) as usize % end
    }

    /// One word.
    pub fn word(&mut self) -> &'static str {
        WORDS[self.below(WORDS.len())]
    }

    /// So many words.
    pub fn words(&mut self, count: usize) -> String {
        (0..count).map(|_| self.word()).collect::<Vec<_>>().join(" ")
    }

    /// A title of so many words, with a capital.
    pub fn title(&mut self, count: usize) -> String {
        let words = self.words(count);
        words[..1].to_uppercase() + &words[1..]
    }

    /// A sentence of 8 to 20 words.
    pub fn sentence(&mut self) -> String {
        let count = 8 + self.below(13);
        self.title(count) + "."
    }

    /// So many sentences.
    pub fn sentences(&mut self, count: usize) -> String {
        (0..count).map(|_| self.sentence()).collect::<Vec<_>>().join(" ")
    }
}

const WORDS: [&str; 48] = [
    "amber", "basin", "brook", "cedar", "clay", "copper", "crane", "delta", "drift", "ember", "fern",
    "field", "garden", "glass", "grove", "harbour", "hazel", "hollow", "island", "kettle", "lantern", "leaf",
    "linen", "maple", "meadow", "mill", "moss", "north", "orchard", "paper", "pebble", "pine", "quarry",
    "reed", "ridge", "river", "sail", "shore", "slate", "spring", "stone", "thistle", "timber", "valley",
    "water", "willow", "wind", "wool",
];
