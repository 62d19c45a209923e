import { drawNonce, fromHex, toHex } from './proof.js';

/**
 * @import {Problem} from './native.js'
 *
 * @typedef {{port: number, key: string}} Paired Where the hub is, and the extension's key.
 * @typedef {{text: string, port: number}} Code The letters of a pairing code, and the hub's port.
 */

/**
 * How a browser whose native host does not work finds the hub: the person pastes the code that `tabmux pair` prints,
 * the hub answers with the extension's key, sealed under the code, and the key is kept in `storage.local`.
 */
export class Pairing {
  /** @type {Paired | null} */
  paired = null;
  /** Whether a code is being tried. */
  busy = false;
  /** @type {Problem | null} Why the last code was of no use. */
  problem = null;

  /** @param {{onChange(): void, onPaired(): void}} listener */
  constructor(listener) {
    this.listener = listener;
  }

  /** Reads what an earlier pairing has left. */
  async load() {
    const { pairing } = await chrome.storage.local.get('pairing');
    this.paired = /** @type {Paired | undefined} */ (pairing) ?? null;
  }

  /** Tries a code; what comes of it is told to the listener. @param {string} text */
  async pair(text) {
    if (this.busy) return;
    this.busy = true;
    this.problem = null;
    this.listener.onChange();
    try {
      const code = readCode(text);
      this.paired = { port: code.port, key: await redeem(code) };
      await chrome.storage.local.set({ pairing: this.paired });
      this.listener.onPaired();
    } catch (error) {
      if (!(error instanceof NotPaired)) throw error;
      this.problem = { message: error.message, fix: error.fix };
    } finally {
      this.busy = false;
      this.listener.onChange();
    }
  }
}

/** Why a code was of no use, for the person. */
export class NotPaired extends Error {
  /** @param {string} message @param {string} fix */
  constructor(message, fix) {
    super(message);
    this.fix = fix;
  }
}

/**
 * Reads a code as `tabmux pair` prints it: 26 letters and digits in groups, before them the hub's port if it is not
 * the usual one. The same as in protocol/src/pairing.rs.
 * @param {string} text @returns {Code}
 */
export function readCode(text) {
  const groups = text.trim().toUpperCase().split(/[-\s]+/);
  // A group of the code that consists of digits only is no port: without it too few letters are left.
  if (CODE.test(groups.join(''))) return { text: groups.join(''), port: USUAL_PORT };
  const [port, ...letters] = groups;
  const isPort = /^\d{1,5}$/.test(port) && Number(port) > 0 && Number(port) < 65_536;
  if (isPort && CODE.test(letters.join(''))) return { text: letters.join(''), port: Number(port) };
  throw new NotPaired('This is no pairing code.', 'Paste the whole code that "tabmux pair" prints.');
}

/** Asks the hub for the key that the code is good for. @param {Code} code @returns {Promise<string>} */
async function redeem(code) {
  const secret = await crypto.subtle.importKey('raw', fromBase32(code.text), 'HKDF', false, ['deriveBits', 'deriveKey']);
  const pairingId = toHex(new Uint8Array(await crypto.subtle.deriveBits(derivation('tabmux pairing id'), secret, 128)));
  const authority = `127.0.0.1:${code.port}`;
  const { sealed, exchange } = await ask(authority, pairingId);
  const algorithm = { name: 'AES-GCM', length: 256 };
  const sealing = await crypto.subtle.deriveKey(derivation('tabmux pairing seal'), secret, algorithm, false, ['decrypt']);
  return open(sealed, sealing, exchange).catch(() => {
    const message = `What listens on port ${code.port} is not the hub that made this code.`;
    throw new NotPaired(message, 'Run "tabmux hub status" to see who holds the port.');
  });
}

/**
 * Exchanges the code's id for the sealed key, on a connection of its own.
 * @param {string} authority @param {string} pairingId
 * @returns {Promise<{sealed: string, exchange: string}>}
 */
async function ask(authority, pairingId) {
  const socket = new WebSocket(`ws://${authority}/extension`);
  const nonce = drawNonce();
  let exchange = '';
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  try {
    return await new Promise((resolve, reject) => {
      const fail = () => reject(new NotPaired(`No hub answers on ${authority}.`, FRESH_CODE));
      timer = setTimeout(fail, PAIRING_MS);
      socket.onclose = fail;
      socket.onmessage = ({ data }) => {
        const { id, method, params, result, error } = parse(data);
        if (method === 'challenge' && !exchange) {
          exchange = [authority, params?.hubNonce, nonce].join('|');
          socket.send(JSON.stringify({ jsonrpc: '2.0', id: PAIR_ID, method: 'pair', params: { pairingId, nonce } }));
        } else if (id === PAIR_ID && result && exchange) {
          resolve({ sealed: String(result.sealed), exchange });
        } else if (error) {
          reject(new NotPaired(error.message, error.data?.fix ?? FRESH_CODE));
        } else if (method === 'closing') {
          reject(new NotPaired(String(params?.message), String(params?.fix)));
        }
      };
    });
  } finally {
    clearTimeout(timer);
    socket.onclose = null;
    socket.onmessage = null;
    socket.close();
  }
}

/** @param {string} sealed @param {CryptoKey} key @param {string} exchange */
async function open(sealed, key, exchange) {
  const bytes = fromHex(sealed);
  const algorithm = { name: 'AES-GCM', iv: bytes.slice(0, 12), additionalData: new TextEncoder().encode(exchange) };
  const opened = new TextDecoder().decode(await crypto.subtle.decrypt(algorithm, key, bytes.slice(12)));
  if (!/^[0-9a-f]{64}$/.test(opened)) throw new Error('what was sealed is no key');
  return opened;
}

/** @param {string} info */
function derivation(info) {
  return { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: new TextEncoder().encode(info) };
}

/** Base32 as in RFC 4648, without padding. @param {string} text */
function fromBase32(text) {
  const bits = Array.from(text, (letter) => BASE32.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
}

/** @param {unknown} data @returns {import('./hub.js').Frame} */
function parse(data) {
  try {
    return JSON.parse(String(data)) ?? {};
  } catch {
    return {};
  }
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const CODE = /^[A-Z2-7]{26}$/;
const FRESH_CODE = 'Run "tabmux pair" and paste the code that it prints.';
/** The port that a code leads to unless it says another. */
const USUAL_PORT = 9008;
const PAIR_ID = 1;
/** The hub gives a peer 5 s from connection to its first frame; the dialling comes before. */
const PAIRING_MS = 10_000;
