//! What goes wrong.

use std::time::Duration;

use tabmux_protocol::message::ShutdownMode;

use crate::net::End;
use crate::world::{Event, World};

impl World {
    /// One thing goes wrong, whichever the seed picks.
    pub fn fault(&mut self) {
        match self.seed.below(100) {
            0..15 => self.kill_hub(),
            15..21 => self.shut_down(ShutdownMode::Restart),
            21..25 => {
                self.shut_down(ShutdownMode::Stop);
                let later = self.seed.ms(100..20_000);
                self.after(later, Event::PersonStarts);
            }
            25..37 => self.cut(false),
            37..43 => self.cut(true),
            43..48 => {
                let client = self.seed.index(self.clients.len());
                self.kill_client(client);
            }
            48..66 => {
                let browser = self.some_browser();
                self.kill_worker(browser);
                self.revive_later(browser);
            }
            66..75 => {
                let browser = self.some_browser();
                self.reload_extension(browser);
                self.revive_later(browser);
            }
            75..82 => {
                let browser = self.some_browser();
                self.kill_browser(browser);
                self.revive_later(browser);
            }
            82..88 => self.freeze(),
            88..91 => self.person_chooses(),
            91..94 => {
                let browser = self.some_browser();
                self.start_browser(browser);
            }
            _ => {
                // Two deaths at once are the worst that happens to a memory.
                self.kill_hub();
                let browser = self.some_browser();
                self.kill_worker(browser);
                self.revive_later(browser);
            }
        }
    }

    /// The machine stands still: whatever would have happened happens at its end.
    fn freeze(&mut self) {
        let time = self.seed.ms(500..70_000);
        self.say("machine", &format!("stands still for {time:?}"));
        self.ledger.frozen += time;
        self.stand_still(time);
    }

    /// A connection is lost; when it is half open, neither end is told.
    fn cut(&mut self, half_open: bool) {
        let alive = self.net.alive();
        if alive.is_empty() {
            return;
        }
        let conn = alive[self.seed.index(alive.len())];
        let Some(known) = self.net.get(conn) else { return };
        let dialler = known.dialler;
        known.half_open = half_open;
        self.say("network", &format!("loses {conn} of {dialler:?}, half open: {half_open}"));
        if half_open {
            return;
        }
        for end in [End::Hub, End::Dialler] {
            let under_way = self.net.under_way(conn, end);
            let kept = self.seed.index(under_way + 1);
            self.net.lose_after(conn, end, kept);
        }
        self.end(conn, End::Hub);
        self.end(conn, End::Dialler);
    }

    fn some_browser(&mut self) -> usize {
        self.seed.index(self.browsers.len())
    }

    fn revive_later(&mut self, browser: usize) {
        let soon = self.seed.chance(60);
        let later = if soon { self.seed.ms(20..600) } else { self.seed.ms(1_000..25_000) };
        self.after(later, Event::Revive { browser });
    }

    /// Everything that died is brought back, and nothing goes wrong from here on.
    pub fn calm(&mut self) {
        self.say("story", "calms down");
        self.is_calm = true;
        self.person_starts();
        for browser in 0..self.browsers.len() {
            self.start_browser(browser);
            self.start_worker(browser);
        }
    }

    /// The person starts a hub that was stopped.
    pub fn person_starts(&mut self) {
        self.is_stopped = false;
        if self.hub.is_none() {
            self.say("person", "starts a hub");
            self.launch_hub();
        }
    }
}

/// How long after the last fault every call must be answered and everything at rest.
pub const SETTLED: Duration = Duration::from_secs(240);
