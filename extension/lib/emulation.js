import { deviceNamed } from './devices.js';
import { ToolFailure } from './errors.js';

/**
 * What a tab's page is made to see: of the device, of its person, of the place and of the network. What is not set is as it
 * is.
 *
 * @typedef {object} Settings
 * @property {number} [width] In CSS pixels, as is `height`.
 * @property {number} [height]
 * @property {number} [deviceScaleFactor] Device pixels for one of CSS.
 * @property {boolean} [mobile] Whether the page is laid out as on a phone.
 * @property {boolean} [touch]
 * @property {string} [userAgent]
 * @property {object} [userAgentMetadata] What goes with it, as the protocol has it.
 * @property {string} [locale] A language tag such as `de-DE`.
 * @property {string} [timezone] A name such as `Europe/Berlin`.
 * @property {number} [latitude] In degrees, as is `longitude`.
 * @property {number} [longitude]
 * @property {number} [accuracy] In metres.
 * @property {string} [colorScheme]
 * @property {string} [reducedMotion]
 * @property {string} [forcedColors]
 * @property {string} [media]
 * @property {string} [network] A name in {@link NETWORKS}.
 * @property {number} [cpu] How many times slower the page's thread runs.
 *
 * @typedef {[method: string, params: object]} Command
 *
 * A part of it that is set by one command of the debugging protocol.
 * @typedef {object} Aspect
 * @property {(settings: Settings) => string} about What is in force, in a few words; empty if nothing is.
 * @property {(settings: Settings) => Command} command Sets it.
 * @property {Command} off Makes it as it is.
 * @property {boolean} frames Whether the frames' sessions need it, too.
 */

/** What is emulated in one tab. It lasts as long as the debugging session, so that each session begins with it. */
export class Emulation {
  /** @type {Settings} */
  settings = {};
  /** The size that the page is given while its tab has none. @type {{width: number, height: number} | null} */
  #size = null;

  /**
   * @param {(method: string, params: object, sessionId?: string) => Promise<any>} command Runs a command of the tab's session.
   * @param {() => Iterable<string>} children The sessions of its frames.
   */
  constructor(command, children) {
    this.command = command;
    this.children = children;
  }

  /** Sets everything in a session that has just begun. @param {{width: number, height: number} | null} size */
  async begin(size) {
    this.#size = size;
    await this.#run(changes({}, this.#whole(this.settings))).catch(() => {});
  }

  /** Sets what a frame that has a process of its own needs. @param {string} sessionId */
  join(sessionId) {
    for (const { command } of changes({}, this.settings).filter(({ aspect }) => aspect.frames))
      this.command(...command, sessionId).catch(() => {});
  }

  /** Changes what is emulated; a part that the browser refuses leaves all as it was. @param {Settings} settings */
  async change(settings) {
    const before = this.settings;
    this.settings = settings;
    try {
      await this.#run(changes(this.#whole(before), this.#whole(settings)));
    } catch (error) {
      this.settings = before;
      await this.#run(changes(this.#whole(settings), this.#whole(before))).catch(() => {});
      throw error;
    }
  }

  /** The tab has a size of its own. */
  async hasSize() {
    const before = this.#whole(this.settings);
    this.#size = null;
    await this.#run(changes(before, this.#whole(this.settings)));
  }

  /** @param {Settings} settings @returns {Settings} */
  #whole(settings) {
    return { ...this.#size, ...settings };
  }

  /** @param {{aspect: Aspect, command: Command}[]} changes */
  async #run(changes) {
    const children = [...this.children()];
    for (const { command } of changes.filter(({ aspect }) => aspect.frames))
      for (const sessionId of children) this.command(...command, sessionId).catch(() => {});
    await Promise.all(changes.map(({ command }) => this.command(...command)));
  }
}

/** What is in force, a line each. @param {Settings} settings */
export function described(settings) {
  return [...new Set(ASPECTS.map(({ about }) => about(settings)).filter(Boolean))];
}

/** What a device of that name, and what was said beside it, set. @param {string | undefined} device @param {Settings} said @returns {Settings} */
export function settingsOf(device, said) {
  if (said.userAgent && !USER_AGENT.test(said.userAgent)) {
    const fix = 'Give at most 1,000 plain characters, as browsers send them.';
    throw new ToolFailure('bad_input', '`userAgent` is not what a header can hold.', fix);
  }
  const given = Object.entries(said).filter(([, value]) => value !== undefined);
  // Words that an agent writes itself have nothing to do with a device's.
  const own = said.userAgent === undefined ? {} : { userAgentMetadata: undefined };
  return { ...(device ? deviceNamed(device) : {}), ...own, ...Object.fromEntries(given) };
}

/** The commands that lead from one state to another. @param {Settings} from @param {Settings} to */
function changes(from, to) {
  return ASPECTS.flatMap((aspect) => {
    const [before, after] = [from, to].map((settings) => (aspect.about(settings) ? aspect.command(settings) : aspect.off));
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ aspect, command: after }];
  });
}

/**
 * Ways to the network: delay in milliseconds, and bytes a second down and up, as Chromium's developer tools have them.
 *
 * @type {Record<string, [latency: number, down: number, up: number]>}
 */
export const NETWORKS = {
  'offline': [0, 0, 0],
  'slow-3g': [2_000, 50_000, 50_000],
  'fast-3g': [563, 180_000, 84_375],
  '4g': [165, 1_012_500, 168_750],
};
const ONLINE = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 };
/** What stands in a header of every request. */
const USER_AGENT = /^[\x20-\x7e]{1,1000}$/;
/** How near a place is known unless the caller says it, in metres. */
const NEAR_M = 10;
/** As many fingers as Chromium's developer tools have. */
const FINGERS = 5;

/** @type {Aspect[]} */
const ASPECTS = [
  {
    about: ({ width = 0, height = 0, deviceScaleFactor, mobile }) => {
      if (!width && !deviceScaleFactor && !mobile) return '';
      const size = width ? `${width} x ${height}` : 'size of the tab';
      return `Viewport: ${size}${deviceScaleFactor ? `, ${deviceScaleFactor} device pixels for one of CSS` : ''}${mobile ? ', mobile' : ''}`;
    },
    command: ({ width = 0, height = 0, deviceScaleFactor = 0, mobile = false }) => [
      'Emulation.setDeviceMetricsOverride',
      // A phone's page takes the whole screen.
      { width, height, deviceScaleFactor, mobile, ...(mobile ? { screenWidth: width, screenHeight: height } : {}) },
    ],
    off: ['Emulation.clearDeviceMetricsOverride', {}],
    frames: false,
  },
  {
    about: ({ touch }) => (touch ? 'Touch: yes' : ''),
    command: () => ['Emulation.setTouchEmulationEnabled', { enabled: true, maxTouchPoints: FINGERS }],
    off: ['Emulation.setTouchEmulationEnabled', { enabled: false }],
    frames: true,
  },
  {
    about: ({ userAgent, locale }) => (userAgent ? `User agent: ${userAgent}` : localeTold(locale)),
    command: ({ userAgent = navigator.userAgent, userAgentMetadata, locale }) => [
      'Emulation.setUserAgentOverride',
      { userAgent, acceptLanguage: locale, userAgentMetadata },
    ],
    off: ['Emulation.setUserAgentOverride', { userAgent: '' }],
    frames: true,
  },
  {
    about: ({ locale }) => localeTold(locale),
    command: ({ locale }) => ['Emulation.setLocaleOverride', { locale }],
    off: ['Emulation.setLocaleOverride', {}],
    frames: true,
  },
  {
    about: ({ timezone }) => (timezone ? `Time zone: ${timezone}` : ''),
    command: ({ timezone }) => ['Emulation.setTimezoneOverride', { timezoneId: timezone }],
    off: ['Emulation.setTimezoneOverride', { timezoneId: '' }],
    frames: true,
  },
  {
    about: ({ latitude, longitude, accuracy = NEAR_M }) =>
      latitude === undefined ? '' : `Place: ${latitude}, ${longitude}, within ${accuracy} m`,
    command: ({ latitude, longitude, accuracy = NEAR_M }) => [
      'Emulation.setGeolocationOverride',
      { latitude, longitude, accuracy },
    ],
    off: ['Emulation.clearGeolocationOverride', {}],
    frames: true,
  },
  {
    about: (settings) => {
      const parts = [settings.media, ...featuresOf(settings).map(({ name, value }) => `${name}: ${value}`)].filter(Boolean);
      return parts.length > 0 ? `Media: ${parts.join('; ')}` : '';
    },
    command: (settings) => [
      'Emulation.setEmulatedMedia',
      { media: settings.media ?? '', features: featuresOf(settings) },
    ],
    off: ['Emulation.setEmulatedMedia', { media: '', features: [] }],
    frames: true,
  },
  {
    about: ({ network }) => (network ? `Network: ${network}` : ''),
    command: ({ network = '' }) => {
      const [latency, downloadThroughput, uploadThroughput] = NETWORKS[network];
      const offline = network === 'offline';
      return ['Network.emulateNetworkConditions', { offline, latency, downloadThroughput, uploadThroughput }];
    },
    off: ['Network.emulateNetworkConditions', ONLINE],
    frames: true,
  },
  {
    about: ({ cpu }) => (cpu && cpu > 1 ? `Processor: ${cpu} times slower` : ''),
    command: ({ cpu }) => ['Emulation.setCPUThrottlingRate', { rate: cpu }],
    off: ['Emulation.setCPUThrottlingRate', { rate: 1 }],
    frames: true,
  },
];

/** The language belongs to what the page's scripts compute and to what is sent with requests. @param {string} [locale] */
function localeTold(locale) {
  return locale ? `Locale: ${locale}` : '';
}

/** @param {Settings} settings */
function featuresOf({ colorScheme, reducedMotion, forcedColors }) {
  const features = [
    { name: 'prefers-color-scheme', value: colorScheme },
    { name: 'prefers-reduced-motion', value: reducedMotion },
    { name: 'forced-colors', value: forcedColors },
  ];
  return features.filter(({ value }) => value);
}
