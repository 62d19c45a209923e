import { acted } from '../lib/answer.js';
import { described, settingsOf } from '../lib/emulation.js';
import { ProtocolError, ToolFailure } from '../lib/errors.js';
import { watch } from '../lib/navigation.js';
import { Page } from '../lib/page.js';

/**
 * @import {Call} from '../lib/call.js'
 * @import {Settings} from '../lib/emulation.js'
 */

/** @type {Record<string, import('../lib/calls.js').Tool['run']>} */
export const handlers = {
  browser_resize: async (call) => {
    const { width, height } = call.args;
    await emulate(call, { ...call.session.emulation.settings, width, height });
    return acted(call, `Resized the page to ${width} x ${height}; the person's window keeps its size.`);
  },

  browser_emulate: async (call) => {
    const { tab: _, reset = false, device, network, ...said } = call.args;
    check(said);
    const before = reset ? {} : call.session.emulation.settings;
    const way = network === undefined ? {} : { network: network === 'none' ? undefined : network };
    const next = { ...before, ...settingsOf(device, said), ...way };
    const changed = reset || device !== undefined || network !== undefined || Object.keys(said).length > 0;
    if (changed) await emulate(call, next);
    const lines = described(next);
    const sentence = lines.length > 0 ? 'What is emulated in this tab is listed below.' : 'Nothing is emulated in this tab.';
    const place = said.latitude === undefined ? [] : [PLACE];
    return acted(call, sentence, [...lines, ...place, ...(changed ? [LATER] : [])]);
  },
};

/** @param {Call} call @param {Settings} settings */
async function emulate(call, settings) {
  const watching = watch(call);
  call.note('waiting for the page to be laid out');
  try {
    await call.race(call.session.emulate(settings));
  } catch (error) {
    if (!(error instanceof ProtocolError) || error.detached) throw error;
    const fix = 'All is as it was before; leave that part out, or try again after the page was loaded anew.';
    throw new ToolFailure('page_refused', `The browser refused ${error.method}: ${error.message}.`, fix);
  }
  call.tab.emulation = settings;
  const page = new Page(call);
  await page.run(await page.main(), 'painted');
  await watching.settle();
}

/** Refuses what the browser would take for something else, or not at all. @param {Settings} said */
function check({ width, height, latitude, longitude, locale, timezone, userAgent }) {
  if ((width === undefined) !== (height === undefined)) throw wrong('`width` and `height` go together.');
  if ((latitude === undefined) !== (longitude === undefined)) throw wrong('`latitude` and `longitude` go together.');
  if (userAgent !== undefined && !/^[\x20-\x7e]+$/.test(userAgent)) throw wrong('`userAgent` must be one line of ASCII.');
  if (locale !== undefined && !canMake(() => Intl.getCanonicalLocales(locale)))
    throw wrong(`\`locale\` ${JSON.stringify(locale.slice(0, 80))} is no language tag; one is de-DE.`);
  if (timezone !== undefined && !canMake(() => new Intl.DateTimeFormat('en', { timeZone: timezone })))
    throw wrong(`\`timezone\` ${JSON.stringify(timezone.slice(0, 80))} is no time zone; one is Europe/Berlin.`);
}

/** @param {string} what */
function wrong(what) {
  return new ToolFailure('bad_input', what, 'Correct it and call browser_emulate again.');
}

/** @param {() => unknown} make */
function canMake(make) {
  try {
    make();
    return true;
  } catch {
    return false;
  }
}

const PLACE = 'A page is told its place only if the person has allowed that page to know it: no extension may do that.';
const LATER = 'What the page has looked at already it may not look at again: browser_reload helps.';
