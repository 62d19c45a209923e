// What a worker has from Chromium, as far as the scripts under test touch it; everything that takes time goes through
// `host`, which the simulation answers. Evaluated before any module.

/** @type {Map<number, () => void>} */
const timers = new Map();
/** @type {Map<number, {resolve(value: unknown): void}>} */
const asked = new Map();
let counter = 0;

/** Asks the simulation for something that takes time. */
function ask(kind, text = '') {
  counter += 1;
  const id = counter;
  host(kind, id, text);
  return new Promise((resolve) => asked.set(id, { resolve }));
}

/** The simulation answers. */
function reply(id, json) {
  const { resolve } = asked.get(id);
  asked.delete(id);
  resolve(JSON.parse(json));
}

/** A timer is due, unless it was cleared. */
function fire(id) {
  const work = timers.get(id);
  timers.delete(id);
  work?.();
}

/** How many timers run. */
function timersLeft() {
  return timers.size;
}

globalThis.setTimeout = (work, ms = 0, ...rest) => {
  counter += 1;
  timers.set(counter, () => work(...rest));
  host('timer', counter, String(Math.max(0, ms)));
  return counter;
};
globalThis.clearTimeout = (id) => void timers.delete(id);
globalThis.performance = { now: () => clock() };
Date.now = () => Math.floor(wall());
Math.random = () => random();
globalThis.crypto = { randomUUID: () => uuid() };
globalThis.structuredClone = (value) => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));
globalThis.console = { error: (...words) => host('error', 0, words.map((word) => String(word?.stack ?? word)).join(' ')) };
for (const level of ['debug', 'info', 'log', 'warn']) globalThis.console[level] = () => {};

globalThis.TextEncoder = class {
  encode(text) {
    let length = 0;
    for (const letter of text) {
      const point = letter.codePointAt(0);
      length += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    }
    return { length };
  }
};

globalThis.AbortController = class {
  #listeners = [];
  signal = {
    aborted: false,
    reason: undefined,
    addEventListener: (_, listener) => void this.#listeners.push(listener),
    removeEventListener: (_, listener) => {
      this.#listeners = this.#listeners.filter((known) => known !== listener);
    },
    throwIfAborted: () => {
      if (this.signal.aborted) throw this.signal.reason;
    },
  };
  abort(reason) {
    if (this.signal.aborted) return;
    Object.assign(this.signal, { aborted: true, reason });
    for (const listener of this.#listeners) listener();
  }
};

/** @type {Map<number, WebSocket>} */
const sockets = new Map();

globalThis.WebSocket = class WebSocket {
  static OPEN = 1;
  readyState = 0;
  bufferedAmount = 0;
  onmessage = null;
  onclose = null;
  constructor() {
    counter += 1;
    this.id = counter;
    sockets.set(this.id, this);
    host('dial', this.id, '');
  }
  send(text) {
    host('send', this.id, text);
  }
  close() {
    if (this.readyState === 3) return;
    this.readyState = 3;
    sockets.delete(this.id);
    host('close', this.id, '');
  }
};

/** Something happened to a socket: `open`, `message`, `end`. */
function socketEvent(id, what, data) {
  const socket = sockets.get(id);
  if (!socket) return;
  if (what === 'open') {
    socket.readyState = 1;
  } else if (what === 'message') {
    socket.onmessage?.({ data });
  } else {
    socket.readyState = 3;
    sockets.delete(id);
    socket.onclose?.({});
  }
}

function area(name) {
  const request = (verb, items) => ask('storage', JSON.stringify({ area: name, verb, items }));
  return {
    get: (keys) => request('get', keys),
    set: (items) => request('set', items),
    remove: (keys) => request('remove', [keys].flat()),
  };
}

globalThis.chrome = {
  storage: { local: area('local'), session: area('session') },
  runtime: { getManifest: () => ({ version: '0.1.0' }) },
};
