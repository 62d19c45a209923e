import { ProtocolError } from './errors.js';

/**
 * @import {Call} from './call.js'
 *
 * What the debugging protocol calls a RemoteObject; only the fields that are read.
 * @typedef {object} Remote
 * @property {string} type
 * @property {string} [subtype]
 * @property {any} [value]
 * @property {string} [unserializableValue]
 * @property {string} [description]
 * @property {string} [objectId]
 *
 * A message of the console, with its values still in the page.
 * @typedef {object} Message
 * @property {'error' | 'warning' | 'info' | 'debug'} level
 * @property {number} at Milliseconds since the epoch.
 * @property {string} text What stands before the values.
 * @property {Remote[]} values
 * @property {string} url
 * @property {number} line From 1; 0 when it is not known.
 * @property {string[]} stack Where it was said, from the innermost function on: `name (url:line:column)`.
 * @property {string | undefined} sessionId
 * @property {number} [exceptionId]
 */

/** From the gravest on. */
export const LEVELS = ['error', 'warning', 'info', 'debug'];

/**
 * The console of a tab's page and of its out-of-process frames.
 *
 * Chromium keeps the messages of every document by itself, whether anybody listens or not, and tells them to whoever
 * enables the protocol's domains. So they are enabled for the moment of reading only: no call pays for them, the page
 * cannot notice them, nothing is lost with the worker, and what was said before the tab was attached to is known, too.
 */
export class Console {
  /** How many frames did not answer in time. */
  silent = 0;
  /** Whether Chromium has dropped messages, or may have. */
  full = false;
  /** @type {Message[]} */
  #messages = [];
  #previews = 0;

  /** @param {Call} call */
  constructor(call) {
    this.call = call;
    /** @type {(string | undefined)[]} The sessions of the page's processes. */
    this.sessions = [undefined, ...call.session.children.keys()];
  }

  /** Every message since the last navigation, oldest first. @returns {Promise<Message[]>} */
  async read() {
    const { session } = this.call;
    const offs = [
      session.on('Runtime.consoleAPICalled', (params, sessionId) => this.#said(params, sessionId)),
      session.on('Runtime.exceptionThrown', (params, sessionId) => this.#threw(params, sessionId)),
      session.on('Runtime.exceptionRevoked', ({ exceptionId }, sessionId) => this.#caught(exceptionId, sessionId)),
      session.on('Log.entryAdded', ({ entry }, sessionId) => this.#logged(entry, sessionId)),
    ];
    try {
      await Promise.all(this.sessions.map((sessionId) => this.#enable(sessionId)));
    } finally {
      for (const off of offs) off();
    }
    return this.#messages.sort((a, b) => a.at - b.at);
  }

  /** The message as a line: `[error] text (url:line)`. @param {Message} message @returns {Promise<string>} */
  async lineOf(message) {
    const { level, url, line, sessionId } = message;
    const parts = [message.text, ...(await this.#told(message.values, sessionId))].filter((part) => part !== '');
    const place = url ? ` (${shorten(url, MOST_URL)}${line > 0 ? `:${line}` : ''})` : '';
    return `[${level}] ${shorten(oneLine(parts.join(' ')), MOST_TEXT)}${place}`;
  }

  /** The lines that tell where a message was said. @param {Message} message */
  stackOf({ stack }) {
    return stack.slice(0, MOST_FRAMES).map((frame) => `    at ${shorten(oneLine(frame), MOST_URL + MOST_NAME)}`);
  }

  /** Leaves the page as it was; nothing waits for it. */
  close() {
    const { session } = this.call;
    if (!session.attached) return;
    for (const sessionId of this.sessions) {
      const send = (/** @type {string} */ method, params = {}) => session.send(method, params, sessionId).catch(() => {});
      send('Runtime.releaseObjectGroup', { objectGroup: 'console' });
      send('Runtime.disable');
      send('Log.disable');
    }
  }

  /** Everything that is kept is told before the answer comes. @param {string | undefined} sessionId */
  async #enable(sessionId) {
    const before = this.#messages.length;
    const domains = ['Runtime.enable', 'Log.enable'].map((method) => this.call.send(method, {}, sessionId));
    const enabled = Promise.all(domains).then(() => true);
    if (!sessionId) {
      await enabled;
    } else {
      const patience = new Promise((resolve) => setTimeout(resolve, FRAME_PATIENCE_MS, false));
      // A frame that goes away meanwhile has nothing to say any more.
      const answered = Promise.race([enabled, patience]).catch((error) => {
        if (error instanceof ProtocolError) return true;
        throw error;
      });
      if (!(await this.call.race(answered))) this.silent += 1;
    }
    if (this.#messages.length - before >= KEPT) this.full = true;
  }

  /** @param {any} params @param {string} [sessionId] */
  #said({ type, args, timestamp, stackTrace }, sessionId) {
    const level = API_LEVELS[type] ?? 'info';
    const { url = '', lineNumber = -1 } = stackTrace?.callFrames[0] ?? {};
    const text = type === 'assert' ? 'Assertion failed:' : '';
    const stack = thrownAt(args.find((/** @type {Remote} */ { subtype }) => subtype === 'error')) ?? framesOf(stackTrace);
    this.#messages.push({ level, at: timestamp, text, values: args, url, line: lineNumber + 1, stack, sessionId });
  }

  /** @param {any} params @param {string} [sessionId] */
  #threw({ timestamp, exceptionDetails }, sessionId) {
    const { text, exception, exceptionId, url, lineNumber, stackTrace } = exceptionDetails;
    const place = url ? { url, lineNumber } : (stackTrace?.callFrames[0] ?? { url: '', lineNumber: -1 });
    const values = exception ? [exception] : [];
    const where = { url: place.url, line: place.lineNumber + 1 };
    const stack = thrownAt(exception) ?? framesOf(stackTrace);
    this.#messages.push({ level: 'error', at: timestamp, text, values, ...where, stack, sessionId, exceptionId });
  }

  /** A rejection that was handled after all. @param {number} exceptionId @param {string} [sessionId] */
  #caught(exceptionId, sessionId) {
    this.#messages = this.#messages.filter(
      (message) => message.exceptionId !== exceptionId || message.sessionId !== sessionId,
    );
  }

  /** @param {any} entry @param {string} [sessionId] */
  #logged({ level, text, timestamp, url = '', lineNumber = -1, stackTrace }, sessionId) {
    const said = LOG_LEVELS[level] ?? 'info';
    const stack = framesOf(stackTrace);
    this.#messages.push({ level: said, at: timestamp, text, values: [], url, line: lineNumber + 1, stack, sessionId });
  }

  /** The values in words; the first may be a format as `printf` has it. @param {Remote[]} values @param {string | undefined} sessionId */
  async #told(values, sessionId) {
    const words = await Promise.all(values.map((value) => this.#wordsOf(value, sessionId)));
    if (values[0]?.type !== 'string') return words;
    let next = 1;
    const first = words[0].replace(/%([sdifoOc%])/g, (whole, kind) => {
      if (kind === '%') return '%';
      if (next >= words.length) return whole;
      next += 1;
      return kind === 'c' ? '' : words[next - 1];
    });
    return [first, ...words.slice(next)];
  }

  /** @param {Remote} value @param {string | undefined} sessionId @returns {Promise<string>} */
  async #wordsOf(value, sessionId) {
    const { type, subtype, objectId, description = '', unserializableValue } = value;
    if (type === 'undefined') return 'undefined';
    if (!objectId) return unserializableValue ?? String(value.value);
    // The first line of an error says what it is, the others where.
    if (subtype === 'error') return description.split(/\n\s+at /)[0];
    if (type === 'function') return 'function';
    if (this.#previews >= MOST_PREVIEWS) return description;
    this.#previews += 1;
    // Chromium looks into it without running anything of the page's.
    const ask = { objectId, functionDeclaration: 'function () { return this; }', generatePreview: true };
    const { result } = await this.call.send('Runtime.callFunctionOn', ask, sessionId);
    return previewOf(result) ?? description;
  }
}

/** @param {any} object @returns {string | null} */
function previewOf({ subtype, preview, className }) {
  if (!preview || (subtype && subtype !== 'array')) return null;
  const rest = preview.overflow ? ['...'] : [];
  const values = preview.properties.map((/** @type {any} */ { name, type, value = type }) => {
    const word = type === 'string' ? JSON.stringify(value) : value;
    return subtype === 'array' ? word : `${name}: ${word}`;
  });
  const inner = [...values, ...rest].join(', ');
  if (subtype === 'array') return `[${inner}]`;
  return `${className === 'Object' ? '' : `${className} `}{${inner}}`;
}

/** Where an error was made, as it says itself; null if it does not. @param {Remote | undefined} error */
function thrownAt(error) {
  const lines = error?.description?.split('\n').flatMap((line) => /^\s+at (.*)$/.exec(line)?.[1] ?? []) ?? [];
  return lines.length > 0 ? lines : null;
}

/** @param {{callFrames: {functionName: string, url: string, lineNumber: number, columnNumber: number}[]} | undefined} stackTrace */
function framesOf(stackTrace) {
  return (stackTrace?.callFrames ?? []).map(({ functionName, url, lineNumber, columnNumber }) => {
    const place = `${url}:${lineNumber + 1}:${columnNumber + 1}`;
    return functionName ? `${functionName} (${place})` : place;
  });
}

/** @param {string} text */
function oneLine(text) {
  return text.replace(/\s+/g, ' ').trim();
}

/** @param {string} text @param {number} most */
function shorten(text, most) {
  return text.length > most ? `${text.slice(0, most).replace(/[\ud800-\udbff]$/, '')}...` : text;
}

/** The levels of the console's functions; the others are of level info. @type {Record<string, Message['level']>} */
const API_LEVELS = { error: 'error', assert: 'error', warning: 'warning', debug: 'debug' };
/** The levels of what the browser says. @type {Record<string, Message['level']>} */
const LOG_LEVELS = { error: 'error', warning: 'warning', info: 'info', verbose: 'debug' };
/** So many messages of a page Chromium keeps. */
const KEPT = 1_000;
/** A frame whose process hangs must not hold up the page. */
const FRAME_PATIENCE_MS = 3_000;
/** How many objects are looked into, from the newest message on; the others are told by their kind. */
const MOST_PREVIEWS = 100;
/** What a message and an address may take of the answer, in characters. */
const MOST_TEXT = 1_000;
const MOST_URL = 200;
const MOST_NAME = 100;
/** How many functions of a stack are told: what is further out seldom tells more. */
const MOST_FRAMES = 10;
