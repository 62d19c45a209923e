import { INVALID_PARAMS, METHOD_NOT_FOUND } from './errors.js';
import { ProofKey, drawNonce } from './proof.js';

/**
 * @import {Challenge, ClientSummary, ExtensionEvent, Hello, PlaceNotice, ProgressParams, Refusal, RpcError, Welcome} from '../protocol.d.ts'
 * @import {Answer} from './journal.js'
 * @import {Problem} from './native.js'
 *
 * @typedef {{id?: number, method?: string, params?: any, result?: any, error?: RpcError}} Frame
 *
 * Where a hub is, and whether the key for it came by a pairing code.
 * @typedef {{port: number, key: string, browserPid?: number, paired?: boolean}} Word
 *
 * What the link needs of the rest.
 * @typedef {object} HubListener
 * @property {() => Promise<Partial<Hello>>} greeting The extension's own part of the greeting.
 * @property {(welcome: Welcome) => void} onWelcome The hub has proven itself.
 * @property {() => void} onLost The link is gone; `problem` says why.
 * @property {(clients: ClientSummary[]) => void} onClients
 * @property {(place: PlaceNotice) => void} onPlace Whether calls go to this browser, or to which other one.
 * @property {(params: any) => Promise<Answer>} call
 * @property {(callId: string) => void} cancel
 * @property {(params: any) => Promise<void>} leave
 * @property {() => void} ask Asks the native host for a hub; its word leads to `connect`.
 */

/**
 * The one socket to the hub.
 *
 * | state | event | next |
 * |---|---|---|
 * | idle | the native host's word, or a pairing's | dialling |
 * | dialling | challenge | greeting |
 * | greeting | welcome with a good proof | connected |
 * | any | refusal, bad proof, silence, end of the socket | idle |
 */
export class Hub {
  /** @type {'idle' | 'dialling' | 'greeting' | 'connected'} */
  state = 'idle';
  /** @type {Problem | null} Why the last link ended. */
  problem = null;
  /** @type {Link | null} */
  #link = null;
  #failures = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;

  /** @param {HubListener} listener */
  constructor(listener) {
    this.listener = listener;
  }

  /** Dials the hub; while there is a link already, nothing happens. @param {Word} word */
  connect(word) {
    if (this.#link) return;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.state = 'dialling';
    this.#link = new Link(word, this.listener, {
      onState: (state) => {
        this.state = state;
        if (state === 'connected') {
          this.problem = null;
          this.#failures = 0;
        }
      },
      onEnd: (problem) => this.#lost(problem),
    });
  }

  /** Looks for a hub at once, unless there is a link already. */
  wake() {
    if (this.#link) return;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.listener.ask();
  }

  /** Looks for a hub at once, since what failed earlier attempts has changed. */
  renew() {
    this.#failures = 0;
    this.wake();
  }

  /** The person wants agents to use this browser. */
  activate() {
    this.#link?.notify('activate', {});
  }

  /** The person pauses an agent or lets it go on. @param {import('../protocol.d.ts').ControlParams} said */
  control(said) {
    this.#link?.notify('control', said);
  }

  /** @param {ExtensionEvent} event */
  event(event) {
    this.#link?.notify('event', event);
  }

  /** @param {ProgressParams} progress */
  progress(progress) {
    this.#link?.notify('progress', progress);
  }

  /** Asks again: at once after a link that was good, later and later after attempts that failed. @param {Problem | null} problem */
  #lost(problem) {
    const wasGood = this.state === 'connected';
    this.#link = null;
    this.state = 'idle';
    this.problem = problem;
    const delay = wasGood ? 0 : Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures);
    if (!wasGood) this.#failures += 1;
    this.#retry = setTimeout(() => this.wake(), delay * (0.75 + Math.random() / 2));
    this.listener.onLost();
  }
}

/** One life of the socket. */
class Link {
  /** @type {WebSocket} */
  #socket;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #watchdog;
  /** @type {ProofKey | null} */
  #key = null;
  /** @type {import('./proof.js').Transcript | null} */
  #transcript = null;
  /** @type {Problem | null} */
  #problem = null;
  #ready = false;
  /** @type {Frame[] | null} What happened between the words of the greeting and the hub's welcome. */
  #meanwhile = null;
  #ended = false;
  /** Frames are taken in one after the other, since the first ones are checked asynchronously. */
  #inbox = Promise.resolve();

  /**
   * @param {Word} word
   * @param {HubListener} listener
   * @param {{onState(state: 'greeting' | 'connected'): void, onEnd(problem: Problem | null): void}} owner
   */
  constructor(word, listener, owner) {
    this.word = word;
    this.authority = `127.0.0.1:${word.port}`;
    this.listener = listener;
    this.owner = owner;
    this.#socket = new WebSocket(`ws://${this.authority}/extension`);
    this.#socket.onmessage = ({ data }) => this.#receive(data);
    this.#socket.onclose = () => this.#end();
    this.#watch(GREETING_MS);
  }

  /** @param {string} method @param {object} params */
  notify(method, params) {
    if (this.#ready) this.#send({ method, params });
    else this.#meanwhile?.push({ method, params });
  }

  /** @param {unknown} data */
  #receive(data) {
    if (this.#ended) return;
    /** @type {Frame} */
    let frame;
    try {
      frame = JSON.parse(String(data));
    } catch {
      this.#close('The hub sent what is not JSON.', 'Restart the hub with "tabmux hub restart".');
      return;
    }
    if (this.#ready) {
      this.#watch(SILENCE_MS);
      this.#serve(frame);
      return;
    }
    this.#inbox = this.#inbox.then(() => (this.#ready ? this.#serve(frame) : this.#greet(frame))).catch((error) => {
      this.#close(`The greeting failed: ${error.message}`, 'Restart the hub with "tabmux hub restart".');
    });
  }

  /** @param {Frame} frame */
  async #greet(frame) {
    if (this.#ended) return;
    if (frame.method === 'challenge') await this.#hello(frame.params);
    else if (frame.id === HELLO_ID && frame.result) await this.#welcome(frame.result);
    else if (frame.id === HELLO_ID && frame.error) this.#refused(frame.error);
  }

  /** @param {Challenge} challenge */
  async #hello({ hubNonce }) {
    if (this.#transcript) return;
    this.#key = await ProofKey.fromHex(this.word.key);
    this.#transcript = { kind: 'extension', authority: this.authority, hubNonce, clientNonce: drawNonce() };
    const [proof, greeting] = await Promise.all([
      this.#key.prove('peer', this.#transcript),
      this.#greeting(),
    ]);
    this.owner.onState('greeting');
    const { kind, clientNonce } = this.#transcript;
    const params = { kind, clientNonce, proof, protocol: PROTOCOL, pid: this.word.browserPid, ...greeting };
    this.#send({ id: HELLO_ID, method: 'hello', params });
  }

  /** From this state of the tabs on every event counts, although the hub takes none before its welcome. */
  async #greeting() {
    const greeting = await this.listener.greeting();
    this.#meanwhile = [];
    return greeting;
  }

  /** @param {Welcome} welcome */
  async #welcome(welcome) {
    const proven = this.#transcript && (await this.#key?.verify('hub', this.#transcript, String(welcome.proof)));
    if (!proven) {
      const message = `What listens on port ${this.word.port} is not the hub of this installation.`;
      this.#close(message, 'Run "tabmux hub status" to see who holds the port.');
      return;
    }
    if (this.#ended) return;
    this.#ready = true;
    this.#watch(SILENCE_MS);
    this.owner.onState('connected');
    for (const frame of this.#meanwhile ?? []) this.#send(frame);
    this.#meanwhile = null;
    this.listener.onWelcome(welcome);
  }

  /** @param {RpcError} error */
  #refused(error) {
    if (this.word.paired && error.data?.code === 'bad_proof') {
      const message = 'The hub does not know this browser any more: its secret has changed.';
      this.#close(message, 'Run "tabmux pair" and pair again with the code that it prints.');
      return;
    }
    this.#close(error.message, error.data?.fix ?? '');
  }

  /** @param {Frame} frame */
  #serve({ id, method, params }) {
    if (method === undefined) return;
    if (id === undefined) {
      if (method === 'cancel') this.listener.cancel(params?.callId);
      else if (method === 'clients') this.listener.onClients(params?.clients ?? []);
      else if (method === 'place') this.listener.onPlace(params);
      else if (method === 'closing') this.#closing(params);
      return;
    }
    if (method === 'ping') this.#send({ id, result: {} });
    else if (method === 'call') this.#call(id, params);
    else if (method === 'leave') this.#leave(id, params);
    else this.#send({ id, error: { code: METHOD_NOT_FOUND, message: `there is no method ${method}` } });
  }

  /** @param {number} id @param {any} params */
  async #call(id, params) {
    if (typeof params?.callId !== 'string' || typeof params.clientId !== 'string' || !(params.deadlineMs >= 0)) {
      this.#send({ id, error: { code: INVALID_PARAMS, message: 'a call needs callId, clientId and deadlineMs' } });
      return;
    }
    this.#send({ id, ...(await this.listener.call(params)) });
  }

  /** @param {number} id @param {any} params */
  async #leave(id, params) {
    await this.listener.leave(params);
    this.#send({ id, result: {} });
  }

  /** @param {Refusal} refusal */
  #closing({ message, fix }) {
    this.#problem = { message, fix };
  }

  /** @param {Frame} frame */
  #send(frame) {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    if (this.#socket.bufferedAmount > BUFFER_BYTES) {
      this.#close('The hub does not read what it is sent.', 'Restart the hub with "tabmux hub restart".');
      return;
    }
    this.#socket.send(JSON.stringify({ jsonrpc: '2.0', ...frame }));
  }

  /** @param {number} ms */
  #watch(ms) {
    clearTimeout(this.#watchdog);
    const fix = 'It is dialled again by itself; see "tabmux status" if this does not pass.';
    this.#watchdog = setTimeout(() => this.#close('The hub was silent for too long.', fix), ms);
  }

  /** @param {string} message @param {string} fix */
  #close(message, fix) {
    this.#problem ??= { message, fix };
    this.#end();
  }

  /** A dead peer may never answer the closing handshake, so that the end does not wait for it. */
  #end() {
    if (this.#ended) return;
    this.#ended = true;
    this.#ready = false;
    clearTimeout(this.#watchdog);
    this.#socket.onmessage = null;
    this.#socket.onclose = null;
    this.#socket.close();
    this.owner.onEnd(this.#problem);
  }
}

const PROTOCOL = { min: 1, max: 1 };
const HELLO_ID = 1;
const FIRST_RETRY_MS = 250;
/** As often as the alarm that wakes a worker which died meanwhile: Chromium allows no shorter one. */
const LONGEST_RETRY_MS = 30_000;
/** The hub gives a peer 5 s from connection to proof; the dialling comes before. */
const GREETING_MS = 10_000;
/** Three of the hub's heartbeats, which come at least every 15 s. */
const SILENCE_MS = 45_000;
/** The hub takes no larger frame than this; more than one of them waiting is a hub that does not read. */
const BUFFER_BYTES = 64 * 1024 * 1024;
