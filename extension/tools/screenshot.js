import { text } from '../lib/answer.js';
import { ToolFailure } from '../lib/errors.js';
import { Page } from '../lib/page.js';

/**
 * @import {Call} from '../lib/call.js'
 *
 * In CSS pixels of the tab's document.
 * @typedef {{x: number, y: number, width: number, height: number}} Area
 */

/** Takes pictures of the page. */
export const handlers = {
  /** @param {Call} call */
  async browser_take_screenshot(call) {
    const { ref, fullPage = false, type = 'jpeg', tile } = call.args;
    if (ref && fullPage)
      throw new ToolFailure(
        'bad_input',
        'A picture is of an element or of the whole page.',
        'Give `ref` or `fullPage`, not both.',
      );
    const page = new Page(call);
    call.note('waiting for the page to be painted');
    const view = await page.run(await page.main(), 'view');
    const viewport = { x: view.left, y: view.top, width: view.width, height: view.height };
    const whole = { x: 0, y: 0, width: view.documentWidth, height: view.documentHeight };
    const { area, cut = false } = ref ? await areaOf(page, ref) : { area: fullPage ? whole : viewport };
    const tiles = tilesOf(area, view.ratio);
    const number = tile ?? (tiles.length > 1 ? 1 : 0);
    const shown = number === 0 ? area : tiles[number - 1];
    if (!shown) {
      const count = tiles.length === 1 ? 'is one tile' : `are ${tiles.length} tiles`;
      throw new ToolFailure('bad_input', `There ${count} of this picture, and no tile ${tile}.`, 'Give one from 1, or 0 for all of it.');
    }
    const beyond = fullPage || !isWithin(shown, viewport);
    const { data, scale } = await capture(call, shown, view.ratio, type, beyond);
    const percent = Math.round(scale * view.ratio * 100);
    const lines = [
      percent === 100 ? '' : `The picture is scaled to ${percent} % of the page's size in CSS pixels.`,
      cut ? 'Only the part of the element is in it that the box or frame around it shows; scroll there for more.' : '',
      number > 0 && tiles.length > 1 ? tileTold(number, tiles.length) : '',
    ].filter(Boolean);
    const image = { type: /** @type {'image'} */ ('image'), data, mimeType: `image/${type}` };
    return lines.length > 0 ? [image, text(lines.join('\n'))] : [image];
  },
};

/** The area of a ref's element, scrolled into view, as far as it can be seen. @param {Page} page @param {string} ref @returns {Promise<{area: Area, cut: boolean}>} */
async function areaOf(page, ref) {
  const { frame, result } = await page.runOn(ref, 'partOf');
  if (result.width < 1 || result.height < 1) {
    throw new ToolFailure(
      'not_actionable',
      `The element of ${ref} has no size to take a picture of.`,
      'Take the picture of a visible element, or of the page.',
    );
  }
  const corner = await page.toTab(frame, { x: result.x, y: result.y }, false);
  const far = await page.toTab(frame, { x: result.x + result.width, y: result.y + result.height }, false);
  if (corner.not || far.not)
    throw new ToolFailure(
      'not_actionable',
      `${ref} cannot be seen: ${corner.not ?? far.not}.`,
      'Take a fresh browser_snapshot.',
    );
  // Measured last: bringing the element into view may have scrolled the page.
  const view = await page.run(await page.main(), 'view');
  const [x, y] = [corner.x + view.left, corner.y + view.top];
  return { area: { x, y, width: far.x - corner.x, height: far.y - corner.y }, cut: result.cut };
}

/**
 * The parts of an area, row by row, in which it can be read: one, unless it would have to be scaled down too far.
 *
 * @param {Area} area
 * @param {number} ratio Device pixels for one of CSS.
 * @returns {Area[]}
 */
function tilesOf({ x, y, width, height }, ratio) {
  const edge = LONGEST_EDGE / ratio;
  if (Math.max(width, height) * LEAST_SCALE <= edge) return [{ x, y, width, height }];
  // A column that is somewhat too wide is scaled down rather than cut.
  const columns = width * LEAST_SCALE <= edge ? 1 : Math.ceil(width / edge);
  const across = width / columns;
  const rows = Math.ceil(height / Math.max(edge, across));
  const down = height / rows;
  return Array.from({ length: rows * columns }, (_, at) => ({
    x: x + (at % columns) * across,
    y: y + Math.floor(at / columns) * down,
    width: across,
    height: down,
  }));
}

/** @param {number} number @param {number} count */
function tileTold(number, count) {
  const next = number < count ? `call again with tile=${number + 1} for the next, or` : 'call again';
  return `This is tile ${number} of ${count}, in reading order; ${next} with tile=0 for all of it, scaled down.`;
}

/**
 * Captures an area within the limits of size: first its edge by scale, then its bytes by quality and scale.
 *
 * @param {Call} call
 * @param {Area} area
 * @param {number} ratio Device pixels for one of CSS.
 * @param {string} format
 * @param {boolean} captureBeyondViewport
 */
async function capture(call, area, ratio, format, captureBeyondViewport) {
  let scale = Math.min(1, LONGEST_EDGE / (Math.max(area.width, area.height) * ratio));
  let quality = QUALITY;
  for (let attempt = 1; ; attempt++) {
    const params = {
      format,
      clip: { ...area, scale },
      captureBeyondViewport,
      ...(format === 'jpeg' ? { quality } : {}),
    };
    const { data } = await call.send('Page.captureScreenshot', params);
    const bytes = (data.length * 3) / 4;
    if (bytes <= MOST_BYTES || attempt === MOST_ATTEMPTS) return { data, scale };
    if (format === 'jpeg' && quality > LEAST_QUALITY) quality = LEAST_QUALITY;
    else scale *= Math.min(0.8, Math.sqrt(MOST_BYTES / bytes) * 0.9);
  }
}

/** @param {Area} inner @param {Area} outer */
function isWithin(inner, outer) {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}

/** What clients pass on unscaled, in pixels. */
const LONGEST_EDGE = 2_000;
/** What clients take as an image, in bytes. */
const MOST_BYTES = 1_000_000;
const QUALITY = 80;
/** A picture that is too large is tried with this quality before it is made smaller. */
const LEAST_QUALITY = 55;
const MOST_ATTEMPTS = 5;
/** Text that is smaller than this cannot be read. */
const LEAST_SCALE = 0.5;
