/**
 * Well-known phones and tablets: width and height of the screen in CSS pixels, device pixels for one of them, and whose
 * words they send; names as in protocol/src/tools/viewport.rs.
 *
 * @type {Record<string, [width: number, height: number, deviceScaleFactor: number, maker: 'iphone' | 'ipad' | 'android', model: string]>}
 */
const DEVICES = {
  'iPhone SE': [375, 667, 2, 'iphone', 'iPhone'],
  'iPhone 15': [393, 852, 3, 'iphone', 'iPhone'],
  'iPhone 15 Pro Max': [430, 932, 3, 'iphone', 'iPhone'],
  'Pixel 8': [412, 915, 2.625, 'android', 'Pixel 8'],
  'Pixel 9 Pro': [427, 952, 3, 'android', 'Pixel 9 Pro'],
  'Galaxy S24': [360, 780, 3, 'android', 'SM-S921B'],
  'Galaxy A55': [384, 832, 2.8125, 'android', 'SM-A556B'],
  'iPad Mini': [768, 1024, 2, 'ipad', 'iPad'],
  'iPad Air': [820, 1180, 2, 'ipad', 'iPad'],
  'iPad Pro 11': [834, 1194, 2, 'ipad', 'iPad'],
  'Galaxy Tab S9': [800, 1280, 2, 'android', 'SM-X710'],
};

/** What the page is made to see by a device of that name. @param {string} name @returns {import('./emulation.js').Settings} */
export function deviceNamed(name) {
  const [width, height, deviceScaleFactor, maker, model] = DEVICES[name];
  const screen = { width, height, deviceScaleFactor, mobile: true, touch: true };
  if (maker !== 'android') return { ...screen, userAgent: SAFARI[maker], userAgentMetadata: undefined };
  const isPhone = Math.min(width, height) < LEAST_TABLET;
  const platform = { platform: 'Android', platformVersion: ANDROID, architecture: '', model, mobile: isPhone };
  const [, version = '140'] = /Chrome\/(\d+)/.exec(navigator.userAgent) ?? [];
  const chrome = `Chrome/${version}.0.0.0${isPhone ? ' Mobile' : ''} Safari/537.36`;
  // Chromium on Android tells neither version nor model here.
  const userAgent = `Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) ${chrome}`;
  return { ...screen, userAgent, userAgentMetadata: platform };
}

const WEBKIT = 'AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1';
const SAFARI = {
  iphone: `Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) ${WEBKIT}`,
  ipad: `Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) ${WEBKIT}`,
};
const ANDROID = '15.0.0';
/** Android calls a screen whose shorter side has as many CSS pixels a tablet's. */
const LEAST_TABLET = 600;
