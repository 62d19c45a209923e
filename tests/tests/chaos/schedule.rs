//! What is killed and when: all of it drawn from one number, so that a run can be played again.

use std::time::Duration;

/// The members of the crew; a kill names one by its place.
pub const AGENTS: usize = 3;

/// One blow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kill {
    /// SIGKILL to the hub.
    Hub,
    /// SIGKILL to the MCP process of that agent.
    Mcp(usize),
    /// Every socket to the hub is reset.
    Sockets,
    /// The browser ends the extension's worker.
    Worker,
    /// The hub stands still for that many milliseconds.
    Pause(u64),
    /// The extension is reloaded.
    Reload,
    /// SIGKILL to Chromium, which the person then starts again.
    Browser,
}

/// A blow and when it falls.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// How long after the step before.
    pub after: Duration,
    /// What is killed.
    pub kill: Kill,
    /// Whether the next step begins when all agents work again; else it falls into the recovery.
    pub recovers: bool,
}

/// How often each kind is struck.
const SHARES: [(Kill, usize); 9] = [
    (Kill::Hub, 62),
    (Kill::Mcp(0), 14),
    (Kill::Mcp(1), 14),
    (Kill::Mcp(2), 14),
    (Kill::Sockets, 40),
    (Kill::Worker, 34),
    (Kill::Pause(0), 12),
    (Kill::Reload, 5),
    (Kill::Browser, 5),
];

/// The 200 steps of a seed.
pub fn schedule(seed: u64) -> Vec<Step> {
    /// Within this many milliseconds agents make several calls, so that blows fall into every part of one.
    const LONGEST_PAUSE_MS: u64 = 150;
    let mut dice = Dice(seed);
    let mut kills: Vec<Kill> =
        SHARES.iter().flat_map(|(kill, share)| std::iter::repeat_n(*kill, *share)).collect();
    // Fisher and Yates.
    for last in (1..kills.len()).rev() {
        kills.swap(last, dice.below(last + 1));
    }
    let steps = kills.into_iter().map(|kill| Step {
        after: Duration::from_millis(dice.below(LONGEST_PAUSE_MS as usize) as u64),
        kill: if let Kill::Pause(_) = kill { Kill::Pause(100 + dice.below(1_400) as u64) } else { kill },
        recovers: dice.below(4) > 0,
    });
    steps.collect()
}

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers in every version of every library.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }
}

#[test]
fn a_seed_is_200_steps_and_always_the_same() {
    let (once, again) = (schedule(7), schedule(7));
    assert_eq!(once.len(), 200);
    assert_eq!(format!("{once:?}"), format!("{again:?}"));
    assert_ne!(format!("{once:?}"), format!("{:?}", schedule(8)));
}
