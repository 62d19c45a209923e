import { text } from './answer.js';
import { Call } from './call.js';
import { isClosed, toBlank } from './closed.js';
import { ProtocolError, ToolFailure, crashed } from './errors.js';
import { Neighbours } from './neighbours.js';
import { Queue } from './queue.js';

/**
 * @import {Content, ExtensionCallParams, ProgressParams} from '../protocol.d.ts'
 * @import {Claims} from './claims.js'
 * @import {Consents} from './consents.js'
 * @import {Answer, Journal} from './journal.js'
 * @import {Session} from './session.js'
 * @import {Sessions} from './sessions.js'
 * @import {ClientRecord, Store, TabRecord} from './store.js'
 * @import {Tabs} from './tabs.js'
 *
 * What a tool's handler may use beside its call.
 * @typedef {{tabs: Tabs, sessions: Sessions, claims: Claims, consents: Consents}} Context
 *
 * A row of the extension's own table: how a tool is run.
 * @typedef {object} Tool
 * @property {(call: Call, context: Context) => Promise<Content[]>} run
 * @property {'opens' | 'existing' | 'optional' | 'own'} tab Whether the tool opens a tab when there is none, refuses, or
 *   does without; `own`: it looks for its tabs by itself.
 * @property {(args: Record<string, unknown>) => boolean} [tabless] With which arguments it looks at no tab at all.
 * @property {boolean} [anyPage] Whether it does not matter to it which page the tab shows.
 * @property {(call: Call) => Promise<Content[]>} [closed] How it is run on a page to which the browser does not let the
 *   debugger.
 * @property {boolean} [loads] Whether it loads the page anew, so that one that crashed is there again.
 * @property {boolean} [underDialog] Whether it works while a dialog of the page is open.
 * @property {boolean} [atOnce] Whether it does not stand in the tab's line.
 */

/** Runs calls: each once, in order on one tab, for its owner only, and always to an end. */
export class Calls {
  #queue = new Queue();
  /** @type {Map<string, Call>} Calls at work, by id. */
  #running = new Map();

  /**
   * @param {object} parts
   * @param {Record<string, Tool>} parts.tools
   * @param {Store} parts.store
   * @param {Journal} parts.journal
   * @param {Tabs} parts.tabs
   * @param {Sessions} parts.sessions
   * @param {Claims} parts.claims
   * @param {Consents} parts.consents
   * @param {(progress: ProgressParams) => void} parts.progress
   * @param {(params: ExtensionCallParams) => Promise<string | null>} [parts.look] Shows the page of a call whose outcome is
   *   not known, if it can be seen at once.
   * @param {(call: Call, content: Content[]) => Promise<Content[]>} [parts.withPage] Adds the page to what an action
   *   answered.
   */
  constructor({
    tools,
    store,
    journal,
    tabs,
    sessions,
    claims,
    consents,
    progress,
    look = async () => null,
    withPage = async (_, content) => content,
  }) {
    this.tools = tools;
    this.store = store;
    this.journal = journal;
    this.tabs = tabs;
    this.sessions = sessions;
    this.neighbours = new Neighbours(sessions, tabs);
    this.claims = claims;
    this.consents = consents;
    this.progress = progress;
    this.look = look;
    this.withPage = withPage;
  }

  /** Answers a call, from memory if it was seen before. @param {ExtensionCallParams} params @returns {Promise<Answer>} */
  handle(params) {
    const remembered = this.journal.recall(params, (failure) => this.#unknown(params, failure));
    if (remembered) return remembered;
    const answer = this.#answer(params);
    this.journal.join(params.callId, answer);
    return answer;
  }

  /** Stops a call where it stands. @param {string} callId */
  cancel(callId) {
    const failure = new ToolFailure('cancelled', 'The call was cancelled.', 'Look at the page before repeating it.');
    this.#running.get(callId)?.stop(failure);
  }

  /** Stops the calls that the condition picks. @param {ToolFailure} failure @param {(call: Call) => boolean} picks */
  stop(failure, picks) {
    for (const call of this.#running.values()) if (picks(call)) call.stop(failure);
  }

  /** The call at work on a tab, if there is one. @param {string} handle */
  on(handle) {
    return [...this.#running.values()].find((call) => call.hasTab && call.tab.handle === handle);
  }

  /** @param {ExtensionCallParams} params @returns {Promise<Answer>} */
  async #answer(params) {
    const { callId } = params;
    const call = new Call(params, (progress, total, message) => this.progress({ callId, progress, total, message }));
    this.#running.set(callId, call);
    /** @type {Answer} */
    let answer;
    try {
      const content = await this.#run(call, params);
      call.finish();
      answer = { result: { content: [...content, ...this.#given(params.clientId)], timing: call.timing } };
    } catch (error) {
      call.finish();
      const failure = failureOf(call, error);
      answer = failure.code === 'outcome_unknown' ? await this.#unknown(params, failure) : { error: failure.toRpc() };
    } finally {
      this.#running.delete(callId);
    }
    // An answer that cannot be kept is an answer all the same; sent again, the call is one whose outcome is unknown.
    if (!params.readOnly) await this.journal.finish(callId, answer).catch(() => {});
    return answer;
  }

  /** What the agent is told once of tabs that the person gave it unasked. @param {string} clientId @returns {Content[]} */
  #given(clientId) {
    const handles = this.tabs.news(clientId).map(({ handle }) => handle);
    if (handles.length === 0) return [];
    const what = handles.length === 1 ? `tab ${handles[0]}` : `tabs ${handles.join(', ')}`;
    return [text(`The person gave you ${what} of their own; browser_close gives a tab back, open.`)];
  }

  /** What is not known is answered with a fresh look at the page, so that the caller can tell. @param {ExtensionCallParams} params @param {ToolFailure} failure @returns {Promise<Answer>} */
  async #unknown(params, failure) {
    const page = this.store.stopped ? null : await this.look(params).catch(() => null);
    if (!page) return { error: failure.toRpc() };
    const fix = `Decide by the page, as it stands, whether to repeat it:\n${page}`;
    return { error: new ToolFailure(failure.code, failure.message, fix).toRpc() };
  }

  /** Everything up to the first `await` happens in the order of arrival. @param {Call} call @param {ExtensionCallParams} params */
  async #run(call, params) {
    const tool = Object.hasOwn(this.tools, params.tool) ? this.tools[params.tool] : undefined;
    if (!tool) throw unknownTool(params.tool);
    if (this.store.stopped) throw stopped();
    const client = this.tabs.client(params);
    const record = tool.tab === 'own' ? null : this.#tabFor(tool, call, client, params.tab);
    if (!record) {
      call.bindClient(client, this.store.numbers);
      if (!params.readOnly) await call.race(this.journal.start(call.callId));
      return call.race(tool.run(call, this));
    }
    const place = tool.atOnce ? null : this.#queue.enter(record.handle);
    try {
      call.note(`waiting for earlier calls on tab ${record.handle}`);
      await call.race(place?.turn ?? Promise.resolve());
      call.timing.queuedMs = performance.now() - call.arrivedAt;
      return await this.#work(tool, call, record);
    } finally {
      place?.leave();
    }
  }

  /** @param {Tool} tool @param {Call} call @param {TabRecord} record */
  async #work(tool, call, record) {
    call.note('waiting for its tab');
    const marked = call.readOnly ? Promise.resolve() : this.journal.start(call.callId);
    await call.race(Promise.all([marked, this.tabs.ready(record)]));
    const reopened = this.#reopened(record);
    if (reopened && !tool.anyPage) throw reopened;
    const session = this.sessions.of(record);
    call.bind(record, session, this.store.numbers);
    const release = session.use();
    const unwatch = tool.underDialog ? () => {} : this.neighbours.watch(call);
    const { emulation } = record;
    try {
      if (!tool.underDialog) {
        call.watchDialogs();
        call.note('waiting for the browser to let it work on the page');
        await this.neighbours.check(call);
        const refused = await call.race(session.attach().then(null, (error) => error));
        if (refused && tool.closed && isClosed(refused)) return await ended(call, tool.closed(call));
        if (refused) await call.race(leave(tool, session, refused));
        if (session.crashed && !tool.anyPage && !tool.loads) throw crashed();
      }
      call.note('working');
      const content = await ended(call, this.#perform(tool, call));
      return reopened ? [...content, text(reopened.message)] : content;
    } finally {
      unwatch();
      release();
      if (record.emulation !== emulation) this.store.save();
    }
  }

  /** Runs a tool, and adds the page as it stands afterwards if that was asked for. @param {Tool} tool @param {Call} call */
  async #perform(tool, call) {
    const content = await tool.run(call, this).catch(async (error) => {
      // The page turned out to be closed to the tool's first command, so that nothing was done.
      if (!call.hasTab || call.session.closed !== error) throw error;
      if (tool.closed) return tool.closed(call);
      await leave(tool, call.session, error);
      return tool.run(call, this);
    });
    return call.args.snapshot ? this.withPage(call, content) : content;
  }

  /** What the agent is told once of a tab that was lost and is there again. @param {TabRecord} record */
  #reopened(record) {
    const { handle, reopened } = record;
    if (reopened === undefined) return null;
    delete record.reopened;
    this.store.save();
    const message = `The browser ended and did not bring tab ${handle} back, so that it was opened again at ${record.url}.`;
    const fix = 'Its refs and what was typed there are gone: take a fresh browser_snapshot, then go on.';
    return new ToolFailure('tab_reopened', `${message}${reopened === record.url ? '' : ` It showed ${reopened}.`}`, fix);
  }

  /**
   * @param {Tool} tool
   * @param {Call} call
   * @param {ClientRecord} client
   * @param {string} [handle]
   * @returns {TabRecord | null}
   */
  #tabFor(tool, call, client, handle) {
    if (tool.tabless?.(call.args)) return null;
    const record = this.tabs.resolve(client, handle);
    if (record || tool.tab === 'optional') return record;
    if (tool.tab === 'opens') return this.tabs.open(client);
    throw new ToolFailure('no_tab', 'You have no tab.', 'Open a page with browser_navigate first.');
  }
}

/**
 * Leads a tab away from a page on which the browser lets no extension work, for a tool to which the page does not matter.
 *
 * @param {Tool} tool
 * @param {Session} session
 * @param {unknown} error Why it could not be attached to.
 */
async function leave({ tab, anyPage }, session, error) {
  if (!isClosed(error) || !anyPage || tab !== 'opens') throw error;
  await toBlank(session);
  await session.attach();
}

/**
 * What a handler ends with. Its own word about a dialog comes before the dialog's: it knows what was done.
 *
 * @template T
 * @param {Call} call
 * @param {Promise<T>} running
 * @returns {Promise<T>}
 */
async function ended(call, running) {
  try {
    return await call.race(running);
  } catch (error) {
    if (!(error instanceof ToolFailure) || error.code !== 'dialog_open') throw error;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const late = new Promise((_, reject) => (timer = setTimeout(reject, OWN_WORD_MS, error)));
    return Promise.race([running, /** @type {Promise<never>} */ (late)]).finally(() => clearTimeout(timer));
  }
}

/** The person pressed Cancel on the debugger bar, or Stop in the popup. */
export function stopped() {
  return new ToolFailure(
    'stopped',
    "The person stopped all agents, with Cancel on the debugger bar or in Tabmux's popup.",
    'Do not try again by yourself; ask the person to press Resume in the popup of the Tabmux extension.',
  );
}

/** @param {Call} call @param {unknown} error @returns {ToolFailure} */
function failureOf(call, error) {
  if (error instanceof ToolFailure) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ProtocolError && error.detached && !call.readOnly) {
    const fix = 'Look at the page with browser_snapshot before deciding whether to repeat it.';
    return new ToolFailure('outcome_unknown', `The browser ended the work on the tab under ${call.tool}.`, fix);
  }
  if (!(error instanceof ProtocolError) && error instanceof TypeError) console.error(error);
  const fix = 'Look at the page with browser_snapshot, then try again.';
  return new ToolFailure('page_refused', `The browser refused ${call.tool}: ${message.replace(/\.$/, '')}.`, fix);
}

/** @param {string} tool */
function unknownTool(tool) {
  const { version } = chrome.runtime.getManifest();
  const message = `The extension (release ${version}) does not know the tool ${tool}.`;
  return new ToolFailure('extension_too_old', message, 'Ask the person to reload or update the Tabmux extension.');
}

/** A handler hears of a dialog at the same time as the call does, and only has to put its words together. */
const OWN_WORD_MS = 100;
