import { beginning } from './answer.js';

/** @import {ErrorCode, RpcError} from '../protocol.d.ts' */

/** A failed call, told to an agent: what happened and why, and what to do next, both in full sentences. */
export class ToolFailure extends Error {
  /**
   * @param {ErrorCode} code
   * @param {string} message What happened and why.
   * @param {string} fix What to do next.
   */
  constructor(code, message, fix) {
    super(message);
    this.name = 'ToolFailure';
    this.code = code;
    this.fix = fix;
  }

  /** The failure as the `error` of a JSON-RPC answer. @returns {RpcError} */
  toRpc() {
    return { code: TABMUX_ERROR, message: beginning(this.message, LONGEST_MESSAGE), data: { code: this.code, fix: this.fix } };
  }
}

/** What the debugging protocol answered with; `message` is its own text. */
export class ProtocolError extends Error {
  /** @param {string} method @param {string} message @param {number} [code] */
  constructor(method, message, code) {
    super(message);
    this.name = 'ProtocolError';
    this.method = method;
    this.code = code;
  }

  /** Whether there was no session to take the command, so that it was not carried out. */
  get unsent() {
    return /not attached/i.test(this.message);
  }

  /** Whether the session ended under the command, so that nobody knows whether it was carried out. */
  get detached() {
    return /detached while|not attached|target closed/i.test(this.message);
  }
}

/**
 * Reads what `chrome.debugger.sendCommand` rejected with: its message is the protocol's error object as JSON.
 *
 * @param {string} method
 * @param {unknown} error
 */
export function protocolError(method, error) {
  const text = error instanceof Error ? error.message : String(error);
  try {
    const { message, code, data } = JSON.parse(text);
    return new ProtocolError(method, data ? `${message}: ${data}` : String(message), code);
  } catch {
    return new ProtocolError(method, text);
  }
}

/** The page's process ended: by the page's own fault, or because the machine ran out of memory. */
export function crashed() {
  const message = "The tab's page crashed: its process ended, and what was not sent or stored is lost.";
  return new ToolFailure('page_refused', message, 'Load it again with browser_reload, or open another with browser_navigate.');
}

/** The number of every JSON-RPC error that carries a code of ours. */
export const TABMUX_ERROR = -32000;
/** JSON-RPC 2.0: the method is not known. */
export const METHOD_NOT_FOUND = -32601;
/** JSON-RPC 2.0: the parameters are wrong. */
export const INVALID_PARAMS = -32602;
/** Messages quote what pages and callers wrote; in characters. */
const LONGEST_MESSAGE = 3_000;
