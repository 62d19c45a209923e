//! Browsers: what outlives the worker (storage, pages, what was already sent to a page), and its lives.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::engine::{Ask, Engine};
use crate::net::{Dialler, End, Parcel};
use crate::world::{Event, World};

/// One browser with the extension.
#[derive(Default)]
pub struct Browser {
    /// Counts the lives of the browser's process; whatever was sent to its pages dies with it.
    process: u64,
    pub is_running: bool,
    /// Counts the lives of the worker.
    life: u64,
    worker: Option<Engine>,
    started_at: Duration,
    storage: BTreeMap<String, Map<String, Value>>,
    /// What the storage was asked and has not done, with the life that asked.
    pending: VecDeque<(u64, u64, StorageAsk)>,
}

/// What happens to a worker, if it is in the same life still.
#[derive(Debug)]
pub enum Wake {
    Timer(u64),
    Reply(u64),
    Dialled(u64),
    Word,
    Asked,
}

#[derive(Debug, Deserialize)]
struct StorageAsk {
    area: String,
    verb: String,
    #[serde(default)]
    items: Value,
}

impl World {
    pub fn start_browser(&mut self, browser: usize) {
        if self.browsers[browser].is_running {
            return;
        }
        self.say_of("browser", browser, "starts");
        self.browsers[browser].is_running = true;
        self.start_worker(browser);
    }

    /// Starts the worker of a running browser, unless it runs.
    pub fn start_worker(&mut self, browser: usize) {
        let (now, wall, seed) = (0.0, self.wall_ms(), self.seed.fork());
        let known = &mut self.browsers[browser];
        if !known.is_running || known.worker.is_some() {
            return;
        }
        known.life += 1;
        known.started_at = self.now;
        known.worker = Some(Engine::start(seed, now, wall));
        self.say_of("browser", browser, "starts its worker");
        self.take_asks(browser);
    }

    /// Ends the worker; what it had sent to pages and to the storage goes on, as far as it had come.
    pub fn kill_worker(&mut self, browser: usize) {
        if self.browsers[browser].worker.take().is_none() {
            return;
        }
        self.say_of("browser", browser, "loses its worker");
        let pending = self.browsers[browser].pending.len();
        let kept = self.seed.index(pending + 1);
        self.browsers[browser].pending.truncate(kept);
        for conn in self
            .net
            .of_dialler(|dialler| matches!(dialler, Dialler::Worker { browser: of, .. } if of == browser))
        {
            self.close(conn, End::Dialler, true);
        }
    }

    /// The extension is reloaded: its memory of the session is gone.
    pub fn reload_extension(&mut self, browser: usize) {
        self.kill_worker(browser);
        self.say_of("browser", browser, "reloads the extension");
        self.browsers[browser].pending.clear();
        self.browsers[browser].storage.remove("session");
    }

    pub fn kill_browser(&mut self, browser: usize) {
        if !self.browsers[browser].is_running {
            return;
        }
        self.reload_extension(browser);
        self.say_of("browser", browser, "is killed");
        self.browsers[browser].is_running = false;
        self.browsers[browser].process += 1;
    }

    /// Something happens to a worker of that life.
    pub fn wake(&mut self, browser: usize, life: u64, wake: Wake) {
        let (wall, known) = (self.wall_ms(), &mut self.browsers[browser]);
        if known.life != life {
            return;
        }
        let now = (self.now - known.started_at).as_secs_f64() * 1_000.0;
        let Some(worker) = &known.worker else { return };
        match wake {
            Wake::Timer(id) => worker.fire(id, now, wall),
            Wake::Reply(id) => worker.reply(id, "null", now, wall),
            Wake::Word => worker.word(now, wall),
            Wake::Dialled(socket) => return self.worker_dialled(browser, life, socket),
            Wake::Asked => return self.native_host_asked(browser),
        }
        self.take_asks(browser);
    }

    /// The page of a tab does what the worker told it to do; the worker hears of it a moment later.
    pub fn effect(&mut self, browser: usize, process: u64, life: u64, id: u64, call: &str) {
        if self.browsers[browser].process != process {
            return;
        }
        self.say_of("browser", browser, &format!("does {call}"));
        let done = self.ledger.effect(call.parse().unwrap());
        self.note(done);
        let delay = self.seed.ms(0..self.step_ms);
        self.after(delay, Event::Wake { browser, life, wake: Wake::Reply(id) });
    }

    /// The storage does the oldest thing that it was asked.
    pub fn storage(&mut self, browser: usize) {
        let Some((life, id, ask)) = self.browsers[browser].pending.pop_front() else { return };
        let (wall, known) = (self.wall_ms(), &mut self.browsers[browser]);
        let answer = ask.apply(&mut known.storage);
        let now = (self.now - known.started_at).as_secs_f64() * 1_000.0;
        if known.life == life
            && let Some(worker) = &known.worker
        {
            worker.reply(id, &answer.to_string(), now, wall);
            self.take_asks(browser);
        }
    }

    /// A frame, or the end, came on a worker's socket.
    pub fn worker_hears(&mut self, (browser, life, socket): (usize, u64, u64), parcel: &Parcel) {
        let (wall, known) = (self.wall_ms(), &mut self.browsers[browser]);
        let now = (self.now - known.started_at).as_secs_f64() * 1_000.0;
        let Some(worker) = known.worker.as_ref().filter(|_| known.life == life) else { return };
        match parcel {
            Parcel::Frame(text) => worker.socket(socket, "message", text, now, wall),
            Parcel::End => worker.socket(socket, "end", "", now, wall),
        }
        self.take_asks(browser);
    }

    /// A hub is there: the native hosts that look for one tell their workers.
    pub fn tell_of_hub(&mut self) {
        for browser in 0..self.browsers.len() {
            let known = &self.browsers[browser];
            if known.worker.is_some() {
                let (life, delay) = (known.life, self.seed.ms(1..50));
                self.after(delay, Event::Wake { browser, life, wake: Wake::Word });
            }
        }
    }

    /// Whether the workers have nothing left to do.
    pub fn check_workers(&mut self) {
        /// The watch over the hub's silence and the pause before the next attempt.
        const STANDING_TIMERS: u32 = 2;
        for (number, browser) in self.browsers.iter().enumerate() {
            let (calls, timers) = browser.worker.as_ref().map_or((0, 0), Engine::left);
            if calls > 0 || timers > STANDING_TIMERS {
                self.problem
                    .get_or_insert(format!("browser {number} has {calls} calls and {timers} timers left"));
            }
        }
    }

    fn take_asks(&mut self, browser: usize) {
        let asks = self.browsers[browser].worker.as_ref().map(Engine::take_asks).unwrap_or_default();
        for ask in asks {
            self.take_ask(browser, ask);
        }
    }

    fn take_ask(&mut self, browser: usize, Ask { kind, id, text }: Ask) {
        let (life, process) = (self.browsers[browser].life, self.browsers[browser].process);
        let step = self.seed.ms(0..self.step_ms);
        let wake = |wake| Event::Wake { browser, life, wake };
        match kind.as_str() {
            "timer" => {
                let ms: f64 = text.parse().unwrap();
                self.after(Duration::from_secs_f64(ms / 1_000.0), wake(Wake::Timer(id)));
            }
            "step" => self.after(step, wake(Wake::Reply(id))),
            "effect" => self.after(step, Event::Effect { browser, process, life, id, call: text }),
            "storage" => {
                let ask = serde_json::from_str(&text).unwrap();
                self.browsers[browser].pending.push_back((life, id, ask));
                self.after(step, Event::Storage { browser });
            }
            "native" => self.after(step, wake(Wake::Asked)),
            "dial" => self.after(step, wake(Wake::Dialled(id))),
            "send" => {
                if let Some(conn) = self.socket(browser, life, id) {
                    self.send(conn, End::Hub, Parcel::Frame(text));
                }
            }
            "close" => {
                if let Some(conn) = self.socket(browser, life, id) {
                    self.close(conn, End::Dialler, false);
                }
            }
            _ => {
                self.problem.get_or_insert(format!("the worker's console says: {text}"));
            }
        }
    }

    fn socket(&self, browser: usize, life: u64, socket: u64) -> Option<u64> {
        let its = Dialler::Worker { browser, life, socket };
        self.net.of_dialler(|dialler| dialler == its).first().copied()
    }

    fn worker_dialled(&mut self, browser: usize, life: u64, socket: u64) {
        let (wall, known) = (self.wall_ms(), &self.browsers[browser]);
        let now = (self.now - known.started_at).as_secs_f64() * 1_000.0;
        let Some(worker) = &known.worker else { return };
        if self.hub.is_none() {
            worker.socket(socket, "end", "", now, wall);
        } else {
            worker.socket(socket, "open", "", now, wall);
            self.accept(Dialler::Worker { browser, life, socket });
        }
        self.take_asks(browser);
    }

    /// The native host leads to the hub that runs, or starts one, unless the person stopped it.
    fn native_host_asked(&mut self, browser: usize) {
        let life = self.browsers[browser].life;
        if self.hub.is_some() {
            let delay = self.seed.ms(1..20);
            self.after(delay, Event::Wake { browser, life, wake: Wake::Word });
        } else if !self.is_stopped {
            self.launch_hub();
        }
    }
}

impl StorageAsk {
    fn apply(self, storage: &mut BTreeMap<String, Map<String, Value>>) -> Value {
        let area = storage.entry(self.area).or_default();
        match (self.verb.as_str(), self.items) {
            ("set", Value::Object(items)) => {
                area.extend(items);
                Value::Null
            }
            ("remove", Value::Array(keys)) => {
                for key in keys {
                    area.remove(key.as_str().unwrap_or_default());
                }
                Value::Null
            }
            ("get", Value::Array(keys)) => {
                let wanted = |key: &Value| area.get_key_value(key.as_str().unwrap_or_default());
                let found = keys.iter().filter_map(wanted);
                Value::Object(found.map(|(key, value)| (key.clone(), value.clone())).collect())
            }
            ("get", _) => Value::Object(area.clone()),
            (verb, items) => panic!("the storage cannot {verb} {items}"),
        }
    }
}
