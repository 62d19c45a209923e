//! One life of the extension's worker: its own scripts as they lie in git, in an engine whose clock, timers, storage,
//! sockets and chance are the simulation's.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;
use std::sync::OnceLock;

use rquickjs::function::IntoArgs;
use rquickjs::loader::{ImportAttributes, Loader, Resolver};
use rquickjs::module::Declared;
use rquickjs::{CatchResultExt, Context, Ctx, Error, Function, Module, Result, Runtime};

use crate::seed::Seed;

/// The worker's scripts, and what the simulation puts beside them.
const ENTRY: &str = "worker.js";
const OURS: [(&str, &str); 2] =
    [(ENTRY, include_str!("worker/worker.js")), ("lib/proof.js", include_str!("worker/proof.js"))];
const ENGINE: &str = include_str!("worker/engine.js");

/// What a script asked of the world.
#[derive(Debug)]
pub struct Ask {
    pub kind: String,
    /// The timer, socket or question.
    pub id: u64,
    pub text: String,
}

pub struct Engine {
    context: Context,
    shared: Rc<Shared>,
    // Last, since the context must go before it.
    runtime: Runtime,
}

struct Shared {
    asks: RefCell<Vec<Ask>>,
    now_ms: Cell<f64>,
    wall_ms: Cell<f64>,
    seed: RefCell<Seed>,
}

impl Engine {
    /// Loads the worker. It runs as far as it can before the world has answered anything.
    pub fn start(seed: Seed, now_ms: f64, wall_ms: f64) -> Self {
        let runtime = Runtime::new().unwrap();
        runtime.set_loader(Scripts, Scripts);
        let context = Context::full(&runtime).unwrap();
        let shared = Rc::new(Shared {
            asks: RefCell::default(),
            now_ms: Cell::new(now_ms),
            wall_ms: Cell::new(wall_ms),
            seed: RefCell::new(seed),
        });
        let engine = Self { context, shared, runtime };
        engine.context.with(|ctx| {
            engine.give_natives(&ctx).unwrap();
            ctx.eval::<(), _>(ENGINE).catch(&ctx).unwrap_or_else(|error| panic!("engine.js: {error}"));
            let loaded = Module::evaluate(ctx.clone(), ENTRY, Scripts::text(ENTRY).unwrap());
            drop(loaded.catch(&ctx).unwrap_or_else(|error| panic!("worker.js: {error}")));
        });
        engine.settle();
        engine
    }

    pub fn fire(&self, timer: u64, now_ms: f64, wall_ms: f64) {
        self.call("fire", (timer as f64,), (now_ms, wall_ms));
    }

    pub fn reply(&self, id: u64, json: &str, now_ms: f64, wall_ms: f64) {
        self.call("reply", (id as f64, json), (now_ms, wall_ms));
    }

    /// Something happened to a socket: `open`, `message`, `end`.
    pub fn socket(&self, id: u64, what: &str, data: &str, now_ms: f64, wall_ms: f64) {
        self.call("socketEvent", (id as f64, what, data), (now_ms, wall_ms));
    }

    /// The native host tells of a hub; nobody hears it while the worker still reads its memory.
    pub fn word(&self, now_ms: f64, wall_ms: f64) {
        self.call("word", (), (now_ms, wall_ms));
    }

    /// What was asked of the world since the last time.
    pub fn take_asks(&self) -> Vec<Ask> {
        self.shared.asks.take()
    }

    /// How many calls are at work and how many timers run.
    pub fn left(&self) -> (u32, u32) {
        let count = |name| {
            self.context.with(|ctx| {
                let function: Function<'_> = ctx.globals().get(name).unwrap();
                function.call(()).catch(&ctx).unwrap_or_else(|error| panic!("{name}: {error}"))
            })
        };
        (count("callsRunning"), count("timersLeft"))
    }

    fn call<A: for<'js> IntoArgs<'js>>(&self, name: &str, args: A, (now_ms, wall_ms): (f64, f64)) {
        self.shared.now_ms.set(now_ms);
        self.shared.wall_ms.set(wall_ms);
        self.context.with(|ctx| {
            let function: Option<Function<'_>> = ctx.globals().get(name).unwrap();
            let Some(function) = function else { return };
            function.call::<A, ()>(args).catch(&ctx).unwrap_or_else(|error| panic!("{name}: {error}"));
        });
        self.settle();
    }

    /// Runs everything that waits for nothing.
    fn settle(&self) {
        while self.runtime.is_job_pending() {
            if let Err(error) = self.runtime.execute_pending_job() {
                panic!("a job of the worker failed: {error}");
            }
        }
    }

    fn give_natives(&self, ctx: &Ctx<'_>) -> Result<()> {
        let globals = ctx.globals();
        let shared = self.shared.clone();
        let host = move |kind: String, id: f64, text: String| {
            shared.asks.borrow_mut().push(Ask { kind, id: id as u64, text });
        };
        globals.set("host", Function::new(ctx.clone(), host)?)?;
        let shared = self.shared.clone();
        globals.set("clock", Function::new(ctx.clone(), move || shared.now_ms.get())?)?;
        let shared = self.shared.clone();
        globals.set("wall", Function::new(ctx.clone(), move || shared.wall_ms.get())?)?;
        let shared = self.shared.clone();
        globals.set("random", Function::new(ctx.clone(), move || shared.seed.borrow_mut().fraction())?)?;
        let shared = self.shared.clone();
        let uuid = move || shared.seed.borrow_mut().uuid().to_string();
        globals.set("uuid", Function::new(ctx.clone(), uuid)?)
    }
}

/// Finds scripts: ours, or the extension's own in the repository.
struct Scripts;

impl Scripts {
    fn text(name: &str) -> Option<&'static str> {
        static TEXTS: OnceLock<BTreeMap<String, String>> = OnceLock::new();
        let texts = TEXTS.get_or_init(|| {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../extension/lib");
            let mut texts = BTreeMap::new();
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = format!("lib/{}", path.file_name().unwrap().to_string_lossy());
                texts.insert(name, std::fs::read_to_string(path).unwrap());
            }
            texts.extend(OURS.map(|(name, text)| (name.to_owned(), text.to_owned())));
            texts
        });
        texts.get(name).map(String::as_str)
    }
}

impl Resolver for Scripts {
    fn resolve<'js>(
        &mut self,
        _ctx: &Ctx<'js>,
        base: &str,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> Result<String> {
        let folder = base.rsplit_once('/').map_or("", |(folder, _)| folder);
        let name = name.trim_start_matches("./");
        Ok(if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") })
    }
}

impl Loader for Scripts {
    fn load<'js>(
        &mut self,
        ctx: &Ctx<'js>,
        name: &str,
        _attributes: Option<ImportAttributes<'js>>,
    ) -> Result<Module<'js, Declared>> {
        let text = Self::text(name).ok_or_else(|| Error::new_loading(name))?;
        Module::declare(ctx.clone(), name, text)
    }
}
