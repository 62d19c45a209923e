import { acted, text } from '../lib/answer.js';
import { conditionsOf } from '../lib/conditions.js';
import { ToolFailure } from '../lib/errors.js';

/**
 * @import {Call} from '../lib/call.js'
 */

/** Waits until something comes about on the page, or for a time. */
export const handlers = {
  /** @param {Call} call */
  async browser_wait_for(call) {
    const { time } = call.args;
    const conditions = conditionsOf(call);
    if (conditions.length > 0) return waitForAll(call, conditions, (time ?? DEFAULT_SECONDS) * 1_000);
    if (time === undefined) {
      const fix = 'Give `text`, `textGone`, `ref`, `selector`, `url`, `networkIdle`, `function` or `time`.';
      throw new ToolFailure('bad_input', 'There is nothing to wait for.', fix);
    }
    call.note(`waiting for ${time} s to pass`);
    await pass(call, time);
    return [text(`Waited ${time} s.`)];
  },
};

/** @param {Call} call @param {import('../lib/conditions.js').Condition[]} conditions @param {number} limitMs */
async function waitForAll(call, conditions, limitMs) {
  if (!call.hasTab)
    throw new ToolFailure(
      'no_tab',
      'There is no tab in which that could be waited for.',
      'Open a page with browser_navigate first.',
    );
  const began = performance.now();
  const until = began + limitMs;
  const came = [];
  for (const condition of conditions) {
    call.note(`waiting for ${condition.what}`);
    if (!(await condition.comes(until))) {
      const before = came.length > 0 ? `Before that, ${came.join(', and ')}.` : '';
      const told = [`${condition.missing} after ${limitMs / 1_000} s.`, await condition.instead(), before];
      throw new ToolFailure(
        'timeout',
        told.filter(Boolean).join(' '),
        'Look at the page with browser_snapshot; wait again, with a longer `time`, if it is still at work.',
      );
    }
    came.push(condition.met());
  }
  const waited = [`Waited: ${Math.round(performance.now() - began)} ms.`];
  return acted(call, `${came.join(', and ').replace(/^the /, 'The ')}.`, [], { waited, changes: [] });
}

/** Lets a time pass and says so each second. @param {Call} call @param {number} seconds */
async function pass(call, seconds) {
  const began = performance.now();
  for (let second = 1; ; second++) {
    const end = began + Math.min(second, seconds) * 1_000;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    try {
      await call.race(new Promise((resolve) => (timer = setTimeout(resolve, end - performance.now()))));
    } finally {
      clearTimeout(timer);
    }
    if (second >= seconds) return;
    call.progress(second, seconds, `waited ${second} of ${seconds} s`);
  }
}

/** How long something is waited for unless the caller says otherwise. */
const DEFAULT_SECONDS = 30;
