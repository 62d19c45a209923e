import { beginning, file, text } from '../lib/answer.js';
import { base64Of } from '../lib/base64.js';
import { ProtocolError, ToolFailure } from '../lib/errors.js';
import { watch } from '../lib/navigation.js';
import { Page } from '../lib/page.js';
import { bytesOf } from '../lib/parts.js';

/** @import {Call} from '../lib/call.js' */

/** Runs the caller's code in the page's own world. */
export const handlers = {
  /** @param {Call} call */
  async browser_evaluate(call) {
    const { function: code, ref, args = [] } = call.args;
    call.note('waiting for the function to return');
    const target = ref ? await elementOf(call, ref) : null;
    const watching = watch(call);
    const answer = await runIn(call, code, target, typeof args === 'string' ? JSON.parse(args) : args);
    const { navigated, url } = await watching.settle();
    if (answer === null) return [text(`### Result\nnull\nThe page went to ${beginning(url, LONGEST_URL)} before the function returned.`)];
    const { shown, whole } = answer;
    const stored = whole ? [file('result.json', 'application/json', base64Of(whole), 'The result')] : [];
    return [text(`### Result\n${shown}${navigated ? `\nThe page went to ${beginning(url, LONGEST_URL)}.` : ''}`), ...stored];
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
 * Runs the code and returns its result as JSON text, what of it is shown and the whole where that is more; `null` if the
 * page went away under it.
 *
 * @param {Call} call
 * @param {string} code
 * @param {{objectId: string, sessionId: string | undefined} | null} target
 * @param {unknown[]} args
 * @returns {Promise<{shown: string, whole?: string} | null>}
 */
async function runIn(call, code, target, args) {
  for (const shape of SHAPES) {
    const answer = await attempt(call, shape(code), target, args);
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

/** @param {Call} call @param {string} body @param {{objectId: string, sessionId: string | undefined} | null} target @param {unknown[]} args */
async function attempt(call, body, target, args) {
  const declaration = `async function (element, args) {${body}}`;
  const options = { awaitPromise: true, returnByValue: true, userGesture: true };
  try {
    if (!target) {
      // An endless loop must not keep the tab from every later call: Chromium ends it just after the call's deadline.
      const timeout = call.remaining() + END_AFTER_MS;
      return await call.send('Runtime.evaluate', { expression: `(${declaration})(undefined, ${JSON.stringify(args)})`, timeout, ...options });
    }
    const { objectId, sessionId } = target;
    return await call.send(
      'Runtime.callFunctionOn',
      { functionDeclaration: declaration, objectId, arguments: [{ objectId }, { value: args }], ...options },
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

/** What the page says of a result: `{json, length}`, or `{unfit}` with what it is. @param {any} value @returns {{shown: string, whole?: string}} */
function told({ json, length, unfit }) {
  if (unfit)
    throw new ToolFailure(
      'bad_input',
      `The result is ${unfit}, which JSON cannot hold.`,
      'Return text, numbers, lists or plain objects made of them.',
    );
  if (bytesOf(json) <= MOST_BYTES) return { shown: json };
  const whole = json.length === length;
  const held = whole ? 'the whole is in the file' : `the file holds ${json.length} of them`;
  const note = `(The result has ${length} characters; this is its beginning, and ${held}. Return less: a slice, a count, or the fields that matter.)`;
  return { shown: `${cut(json)}\n${note}`, whole: json };
}

/** The beginning of a text that fits into the limit of bytes. @param {string} json */
function cut(json) {
  const bytes = new TextEncoder().encode(json);
  return new TextDecoder().decode(bytes.subarray(0, BEGINNING)).replace(/\ufffd+$/, '');
}

/** @param {any} details @param {boolean} unread */
function thrown({ exception, text: said, lineNumber }, unread) {
  const description =
    exception?.description ?? (exception && 'value' in exception ? JSON.stringify(exception.value) : said);
  const lines = String(description).split('\n');
  const frames = lines.slice(1).flatMap((line) => /^\s*at (.*)$/.exec(line)?.[1] ?? []);
  // The caller's own code has no file; where it went in the page's scripts tells more.
  const named = frames.filter((frame) => !/<anonymous>:\d+:\d+\)?$/.test(frame));
  const where = (named.length > 0 ? named.slice(0, MOST_FRAMES) : frames.slice(0, 1)).join(' < ');
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
    `The function threw ${message}${where ? ` (at ${where})` : ''}.`,
    'Correct the function and call again; what it did before it threw is done.',
  );
}

/**
 * Turns a value into text inside the page, so that no more than is shown crosses the socket.
 * One line, so that the lines of the caller's code keep their numbers.
 */
const TELL = `const unfit = typeof value === 'function' ? 'a function' : typeof value === 'symbol' ? 'a symbol' : typeof value === 'bigint' ? 'a BigInt' : typeof Node === 'function' && value instanceof Node ? 'a DOM node' : value === window ? 'the window' : ''; if (unfit) return { unfit }; let json; try { json = JSON.stringify(value) ?? 'null'; } catch (error) { return { unfit: 'a value with a problem (' + error.message.split('\\n')[0] + ')' }; } return { json: json.slice(0, 5000000), length: json.length };`;

/** How the code is read: as a function or an expression, and else as the body of a function. */
const SHAPES = [
  (/** @type {string} */ code) =>
    `const given = (${code.trim().replace(/;+$/, '')}\n); const value = await (typeof given === 'function' ? given.call(this === globalThis ? undefined : this, ...(element ? [element] : []), ...args) : given); ${TELL}`,
  (/** @type {string} */ code) => `const value = await (async () => {${code}\n})(); ${TELL}`,
];
/** How long after the deadline a script is ended: late enough for the deadline's own answer to come first. */
const END_AFTER_MS = 50;
/** What a result may hold, in bytes of UTF-8: with what is said of it, an answer stays below 10,000. */
const MOST_BYTES = 9_500;
/** What is shown of a larger one: how its file begins follows. */
const BEGINNING = 8_000;
/** How many functions of a stack are told. */
const MOST_FRAMES = 5;
const LONGEST_URL = 300;
