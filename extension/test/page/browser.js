// A real Chromium for the tests, driven over the pipe of its debugging protocol, with as much of `chrome.*` as the
// extension's own session needs: what the tests run is what the worker runs.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe } from 'node:test';
import { fileURLToPath } from 'node:url';

import { Call } from '../../lib/call.js';
import { newCounters, Numbers } from '../../lib/numbers.js';
import { Session } from '../../lib/session.js';
import { handlers as snapshots } from '../../tools/snapshot.js';

const EXECUTABLE = process.env.TABMUX_BROWSER ?? '/usr/bin/chromium';
const NO_BROWSER = existsSync(EXECUTABLE) ? false : 'no Chromium on this machine';

const SWITCHES = [
  '--headless=new',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--site-per-process',
  '--remote-debugging-pipe',
  '--window-size=1200,800',
];

/**
 * A group of tests on real pages, with a browser of its own and one tab in it; skipped on a machine without Chromium.
 *
 * @param {string} name
 * @param {(on: {browser: Browser, tab: Tab}) => void} cases
 */
export function onPages(name, cases) {
  describe(name, { skip: NO_BROWSER }, () => {
    const browser = new Browser();
    const tab = new Tab(browser);
    before(async () => {
      await browser.start();
      await tab.open();
    });
    after(() => browser.stop());
    cases({ browser, tab });
  });
}

/** A browser of its own with an empty profile; `stop` ends it by its process. */
class Browser {
  #answers = new Map();
  #nextId = 1;
  #rest = '';
  /** @type {Map<string, Tab>} */
  tabs = new Map();
  /** What the extension stores of tabs and numbers. */
  store = { granted: { ref: 1, frame: 1, name: 1 }, tabs: new Map(), save: async () => {} };
  numbers = new Numbers(this.store);
  /** @type {Map<string, Tab>} Tabs by the debugging sessions of their frames. */
  bySession = new Map();

  /** @type {Map<string, string>} The pages of its server, by path. */
  pages = new Map();
  /** @type {Map<string, Record<string, string>>} What its server says of some of them beside their type, by path. */
  headers = new Map();
  /** The headers of the last request for each path. */
  asked = {};

  async start() {
    this.profile = await mkdtemp(join(tmpdir(), 'tabmux-page-'));
    const root = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    this.child = spawn(EXECUTABLE, [...SWITCHES, ...root, `--user-data-dir=${this.profile}`, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
      // What a killed browser leaves behind goes with its profile.
      env: { ...process.env, TMPDIR: this.profile },
    });
    this.child.stdio[4].setEncoding('utf8').on('data', (text) => this.#receive(text));
    this.child.stdio[3].on('error', () => {});
    this.server = createServer((request, response) => this.#serve(request, response));
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.port = this.server.address().port;
    installChrome(this);
    const { userAgent } = await this.send('Browser.getVersion');
    globalThis.navigator ??= /** @type {any} */ ({ userAgent });
  }

  /** Puts a page on the tests' server and returns its address there. @param {string} html @param {string} [path] */
  page(html, path = `/${this.pages.size}.html`, host = '127.0.0.1') {
    this.pages.set(path, html.includes('<!doctype') ? html : `<!doctype html><title>Test</title><body>${html}`);
    return `http://${host}:${this.port}${path}`;
  }

  /** A tab that shows the page. @param {string} [html] */
  async open(html = '') {
    const tab = new Tab(this);
    await tab.open();
    if (html) await tab.go(this.page(html));
    return tab;
  }

  send(method, params = {}, sessionId = undefined) {
    const id = this.#nextId++;
    this.child.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return new Promise((resolve, reject) => this.#answers.set(id, { resolve, reject, sessionId }));
  }

  /** Ends a debugging session under the commands that are at work in it. */
  async cut(sessionId) {
    await this.send('Target.detachFromTarget', { sessionId });
    for (const [id, answer] of this.#answers) {
      if (answer.sessionId !== sessionId) continue;
      this.#answers.delete(id);
      answer.reject(new Error('Detached while handling command.'));
    }
  }

  async stop() {
    this.server.closeAllConnections();
    this.server.close();
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await ended;
    await rm(this.profile, { recursive: true, force: true, maxRetries: 10 });
  }

  #serve(request, response) {
    const { pathname } = new URL(request.url, 'http://x');
    this.asked[pathname] = request.headers;
    const page = this.pages.get(pathname);
    const headers = { 'content-type': 'text/html; charset=utf-8', ...this.headers.get(pathname) };
    response.writeHead(page === undefined ? 404 : 200, headers);
    // One that promises more than there is goes on until the browser or the server ends.
    if (headers['content-length']) response.write(page ?? '');
    else response.end(page ?? 'not found');
  }

  #receive(text) {
    const parts = (this.#rest + text).split('\0');
    this.#rest = parts.pop();
    for (const part of parts) this.#handle(JSON.parse(part));
  }

  #handle({ id, result, error, method, params, sessionId }) {
    if (id) {
      const asked = this.#answers.get(id);
      this.#answers.delete(id);
      // One that a cut has ended already is answered again, as one without a session.
      if (error) asked?.reject(new Error(JSON.stringify(error)));
      else asked?.resolve(result);
      return;
    }
    const tab = this.bySession.get(sessionId);
    if (!tab) return;
    if (method === 'Target.attachedToTarget') this.bySession.set(params.sessionId, tab);
    tab.session.handleEvent(method, params, sessionId === tab.sessionId ? undefined : sessionId);
  }
}

/** A tab with the extension's own session, in which calls can be made. */
export class Tab {
  counters = newCounters();

  /** @param {Browser} browser */
  constructor(browser) {
    this.browser = browser;
  }

  /** Opens it in the background, with an address if it is to show a page before anything is attached to it. @param {string} [url] */
  async open(url = 'about:blank') {
    const { browser, counters } = this;
    const { targetId } = await browser.send('Target.createTarget', { url, background: true });
    this.targetId = targetId;
    this.chromeId = browser.tabs.size + 1;
    browser.tabs.set(targetId, this);
    this.session = new Session(this.chromeId);
    this.session.use();
    this.record = { handle: `t${this.chromeId}`, chromeId: this.chromeId, clientId: 'c', counters };
    browser.store.tabs.set(this.record.handle, this.record);
  }

  /** A call of a tool, as the dispatcher makes it. */
  call(tool = 'test', args = {}, deadlineMs = 15_000) {
    const call = new Call(
      { callId: crypto.randomUUID(), clientId: 'c', tool, args, deadlineMs, readOnly: false },
      () => {},
    );
    call.bind(this.record, this.session, this.browser.numbers);
    call.watchDialogs();
    return call;
  }

  /** Runs a handler and returns its content blocks. */
  async run(handler, args = {}, deadlineMs = 15_000, tool = 'test') {
    const call = this.call(tool, args, deadlineMs);
    try {
      return await handler(call);
    } finally {
      call.finish();
    }
  }

  /** Runs a handler as at the end of its time, so that it waits for nothing; what it does is not cut short by that. */
  async runInHaste(handler, args = {}) {
    const call = this.call('test', args);
    call.deadline = performance.now();
    try {
      return await handler(call);
    } finally {
      call.finish();
    }
  }

  /** The failure of a handler that must fail. */
  failureOf(handler, args) {
    return this.run(handler, args).then(
      () => assert.fail('the call should have failed'),
      (error) => error,
    );
  }

  /** The page as a snapshot tells it. */
  async snapshot(args = {}) {
    return (await this.run(snapshots.browser_snapshot, args))[0].text;
  }

  /** The ref of a line of the page as it stands; see refIn. @param {string} line */
  async refOf(line) {
    return refIn(await this.snapshot(), line);
  }

  /** Leads the tab to an address and waits for its load. */
  async go(url) {
    const { loaderId } = await this.session.send('Page.navigate', { url });
    const there = () => this.session.document.loaderId === loaderId && this.session.document.loaded;
    if (!(await this.session.until(there, { timeoutMs: 10_000 }))) throw new Error(`${url} did not load`);
  }

  /** Goes on as the next worker does after one that ended: what the tab and the page hold is still there, and what the worker knew is not. */
  async restart() {
    await this.browser.cut(this.sessionId);
    this.session = new Session(this.chromeId);
    this.session.use();
  }

  /** Ends the debugging session as a frame does that goes to an unknown scheme. */
  async cut() {
    await this.browser.cut(this.sessionId);
    this.session.handleDetach('target_closed');
  }

  /** The value of an expression in the page's own world. */
  async evaluate(expression) {
    const answer = await this.session.send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
    if (answer.exceptionDetails)
      throw new Error(answer.exceptionDetails.exception?.description ?? answer.exceptionDetails.text);
    return answer.result.value;
  }
}

/** The ref of the first line of a snapshot that begins so, such as `button "Save"`, or that has the name, such as `"Save"`. @param {string} snapshot @param {string} line */
export function refIn(snapshot, line) {
  const wanted = line.startsWith('"') ? line : `- ${line}`;
  const found = snapshot.split('\n').find((one) => one.includes(wanted) && one.includes('[ref='));
  assert.ok(found, `${line} is not in\n${snapshot}`);
  return /\[ref=(\S+)\]/.exec(found)[1];
}

/** Waits until the condition holds. @param {string} what */
export async function waitUntil(what, condition) {
  const end = Date.now() + 5_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A storage area of the extension's. */
function memory() {
  const stored = {};
  return {
    get: async (/** @type {string} */ key) => (key in stored ? { [key]: structuredClone(stored[key]) } : {}),
    set: async (/** @type {object} */ values) => void Object.assign(stored, structuredClone(values)),
  };
}

function installChrome(browser) {
  const tabOf = (tabId) => [...browser.tabs.values()].find((tab) => tab.chromeId === tabId);
  globalThis.chrome = {
    debugger: {
      async attach({ tabId }) {
        const tab = tabOf(tabId);
        tab.sessionId = (
          await browser.send('Target.attachToTarget', { targetId: tab.targetId, flatten: true })
        ).sessionId;
        browser.bySession.set(tab.sessionId, tab);
      },
      async detach({ tabId }) {
        await browser.send('Target.detachFromTarget', { sessionId: tabOf(tabId).sessionId });
      },
      sendCommand: ({ tabId, sessionId }, method, params) =>
        browser.send(method, params, sessionId ?? tabOf(tabId).sessionId),
    },
    storage: { session: memory() },
    tabs: {
      async get(tabId) {
        const tab = tabOf(tabId);
        const { targetInfo } = await browser.send('Target.getTargetInfo', { targetId: tab.targetId });
        return { id: tabId, url: targetInfo.url, title: targetInfo.title };
      },
    },
  };
  const netFetch = globalThis.fetch;
  globalThis.fetch = async (url, options) => {
    if (String(url).startsWith('file:')) return { text: () => readFile(fileURLToPath(url), 'utf8') };
    return netFetch(url, options);
  };
}
