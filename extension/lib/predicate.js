import { ProtocolError, ToolFailure } from './errors.js';

/**
 * @import {Call} from './call.js'
 */

/**
 * A caller's function that says whether the page has come to something, in the page's own world. It is run again and
 * again, and in tools that promise to change nothing, so that the browser itself stops it before it changes anything.
 */
export class Predicate {
  /** What it returned at last, as JSON, or threw. */
  last = 'nothing';
  threw = false;
  #shape = 0;

  /** @param {Call} call @param {string} code */
  constructor(call, code) {
    this.call = call;
    this.code = code;
  }

  /** Whether it returns a true value. @returns {Promise<boolean>} */
  async holds() {
    try {
      return await this.#ask();
    } catch (error) {
      // Between two documents there is nothing to look at.
      if (!(error instanceof ProtocolError) || error.detached) throw error;
      return this.#tell(true, error.message);
    }
  }

  /** @returns {Promise<boolean>} */
  async #ask() {
    const { result, exceptionDetails } = await this.call.send('Runtime.evaluate', {
      expression: SHAPES[this.#shape](this.code),
      returnByValue: true,
      throwOnSideEffect: true,
      timeout: LONGEST_MS,
    });
    if (!exceptionDetails) {
      const { isTrue, isPromise, json, threw } = result.value;
      if (threw) return this.#tell(true, threw);
      if (isPromise) throw acts('it returns a promise');
      this.#tell(false, json);
      return isTrue;
    }
    const { exception, text } = exceptionDetails;
    const said = String(exception?.description ?? text).split('\n')[0];
    if (/side-effect in debug-evaluate/i.test(said)) throw acts('it would do more than look');
    // What it throws itself comes as a value.
    if (exception?.className === 'SyntaxError') {
      if (this.#shape + 1 < SHAPES.length) {
        this.#shape += 1;
        return this.#ask();
      }
      const fix = 'Give a function such as () => document.title === "Done".';
      throw new ToolFailure('bad_input', `The function cannot be read: ${said}.`, fix);
    }
    return this.#tell(true, said);
  }

  /** @param {boolean} threw @param {string} last */
  #tell(threw, last) {
    this.threw = threw;
    this.last = last.slice(0, LONGEST_TOLD);
    return false;
  }
}

/** @param {string} why */
function acts(why) {
  return new ToolFailure(
    'bad_input',
    `A function that is waited for may only look at the page, and ${why}.`,
    'Compare properties and text in it; for methods that the browser does not let it call, use browser_evaluate.',
  );
}

/**
 * Runs it in the page and says what came of it, so that no more than is shown crosses the socket.
 *
 * @param {string} value An expression.
 */
function told(value) {
  return `(() => { try { const value = ${value}; let json; try { json = String(JSON.stringify(value)); } catch { json = typeof value; } return { isTrue: Boolean(value), isPromise: typeof value?.then === 'function', json: json.slice(0, 200) }; } catch (error) { return { threw: [error?.name, error?.message ?? 'nothing'].filter(Boolean).join(': ').slice(0, 200) }; } })()`;
}

/** How the code is read: as a function or an expression, and else as the body of a function. */
const SHAPES = [
  (/** @type {string} */ code) =>
    told(`((given) => typeof given === 'function' ? given() : given)(${code.trim().replace(/;+$/, '')}\n)`),
  (/** @type {string} */ code) => told(`(() => {${code}\n})()`),
];

/** A function that takes longer holds the page up. */
const LONGEST_MS = 1_000;
const LONGEST_TOLD = 200;
