import { beginning, text } from '../lib/answer.js';
import { ProtocolError, ToolFailure } from '../lib/errors.js';
import { watch } from '../lib/navigation.js';
import { Page } from '../lib/page.js';

/** @import {Call} from '../lib/call.js' */

/** Runs the caller's code in the page's own world. */
export const handlers = {
  /** @param {Call} call */
  async browser_evaluate(call) {
    const { function: code, ref } = call.args;
    call.note('waiting for the function to return');
    const target = ref ? await elementOf(call, ref) : null;
    const watching = watch(call);
    const value = await runIn(call, code, target);
    const { navigated, url } = await watching.settle();
    if (value === null) return [text(`### Result\nnull\nThe page went to ${beginning(url, LONGEST_URL)} before the function returned.`)];
    return [text(`### Result\n${value}${navigated ? `\nThe page went to ${beginning(url, LONGEST_URL)}.` : ''}`)];
  },
};

/**
 * A ref's element as an object of the page's own world.
 *
 * @param {Call} call
 * @param {string} ref
 */
async function elementOf(call, ref) {
  const page = new Page(call);
  const { frame } = await page.runOn(ref, 'check');
  const { sessionId } = frame;
  const isolated = await page.objectOf(frame, ref);
  const { node } = await call.send('DOM.describeNode', { objectId: isolated }, sessionId);
  const { object } = await call.send('DOM.resolveNode', { backendNodeId: node.backendNodeId }, sessionId);
  return { objectId: object.objectId, sessionId };
}

/**
 * Runs the code and returns its result as JSON text; `null` if the page went away under it.
 *
 * @param {Call} call
 * @param {string} code
 * @param {{objectId: string, sessionId: string | undefined} | null} target
 */
async function runIn(call, code, target) {
  for (const shape of SHAPES) {
    const answer = await attempt(call, shape(code), target);
    if (answer === null) return null;
    const { result, exceptionDetails } = answer;
    if (!exceptionDetails) return told(result.value);
    // The wrapper is asynchronous: what is thrown at run time rejects, and only what cannot be read at all is thrown.
    const unread =
      exceptionDetails.exception?.className === 'SyntaxError' && !/in promise/i.test(exceptionDetails.text);
    if (!unread || shape === SHAPES[SHAPES.length - 1]) throw thrown(exceptionDetails, unread);
  }
  return null;
}

/** @param {Call} call @param {string} body @param {{objectId: string, sessionId: string | undefined} | null} target */
async function attempt(call, body, target) {
  const declaration = `async function (element) {${body}}`;
  const options = { awaitPromise: true, returnByValue: true, userGesture: true };
  try {
    if (!target) {
      // An endless loop must not keep the tab from every later call: Chromium ends it just after the call's deadline.
      const timeout = call.remaining() + END_AFTER_MS;
      return await call.send('Runtime.evaluate', { expression: `(${declaration})()`, timeout, ...options });
    }
    const { objectId, sessionId } = target;
    return await call.send(
      'Runtime.callFunctionOn',
      { functionDeclaration: declaration, objectId, arguments: [{ objectId }], ...options },
      sessionId,
    );
  } catch (error) {
    if (
      error instanceof ProtocolError &&
      /context was destroyed|navigated or closed|find context|Promise was collected/i.test(error.message)
    )
      return null;
    throw error;
  }
}

/** What the page says of a result: `{json, length}`, or `{unfit}` with what it is. @param {any} value */
function told({ json, length, unfit }) {
  if (unfit)
    throw new ToolFailure(
      'bad_input',
      `The result is ${unfit}, which JSON cannot hold.`,
      'Return text, numbers, lists or plain objects made of them.',
    );
  const shown = cut(json);
  if (shown.length === length) return shown;
  return `${shown}\n(The result has ${length} characters; this is its beginning. Return less: a slice, a count, or the fields that matter.)`;
}

/** The beginning of a text that fits into the limit of bytes. @param {string} json */
function cut(json) {
  const bytes = new TextEncoder().encode(json);
  if (bytes.length <= MOST_BYTES) return json;
  return new TextDecoder().decode(bytes.subarray(0, MOST_BYTES)).replace(/\ufffd+$/, '');
}

/** @param {any} details @param {boolean} unread */
function thrown({ exception, text: said, lineNumber }, unread) {
  const description =
    exception?.description ?? (exception && 'value' in exception ? JSON.stringify(exception.value) : said);
  const lines = String(description).split('\n');
  const where =
    lines.slice(1).find((line) => /^\s*at /.test(line) && !/<anonymous>:\d+:\d+\)?$/.test(line)) ??
    lines.slice(1).find((line) => /^\s*at /.test(line));
  const message = lines
    .filter((line) => !/^\s*at /.test(line))
    .join(' ')
    .slice(0, 1_000);
  if (unread)
    return new ToolFailure(
      'bad_input',
      `The function cannot be read: ${message} (line ${lineNumber + 1}).`,
      'Give a function such as () => document.title.',
    );
  return new ToolFailure(
    'bad_input',
    `The function threw ${message}${where ? ` (${where.trim()})` : ''}.`,
    'Correct the function and call again; what it did before it threw is done.',
  );
}

/**
 * Turns a value into text inside the page, so that no more than is shown crosses the socket.
 * One line, so that the lines of the caller's code keep their numbers.
 */
const TELL = `const unfit = typeof value === 'function' ? 'a function' : typeof value === 'symbol' ? 'a symbol' : typeof value === 'bigint' ? 'a BigInt' : typeof Node === 'function' && value instanceof Node ? 'a DOM node' : value === window ? 'the window' : ''; if (unfit) return { unfit }; let json; try { json = JSON.stringify(value) ?? 'null'; } catch (error) { return { unfit: 'a value with a problem (' + error.message.split('\\n')[0] + ')' }; } return { json: json.slice(0, 20000), length: json.length };`;

/** How the code is read: as a function or an expression, and else as the body of a function. */
const SHAPES = [
  (/** @type {string} */ code) =>
    `const given = (${code.trim().replace(/;+$/, '')}\n); const value = await (typeof given === 'function' ? given.call(this === globalThis ? undefined : this, element) : given); ${TELL}`,
  (/** @type {string} */ code) => `const value = await (async () => {${code}\n})(); ${TELL}`,
];
/** How long after the deadline a script is ended: late enough for the deadline's own answer to come first. */
const END_AFTER_MS = 50;
/** What a result may hold, in bytes of UTF-8: with what is said of it, an answer stays below 10,000. */
const MOST_BYTES = 9_500;
const LONGEST_URL = 300;
