// Small pages, one concern each, on which a snapshot is compared with Chromium's own accessibility tree.
import { NAMES } from './names.js';
import { STATES } from './states.js';
import { STRUCTURE } from './structure.js';
import { TEXTS } from './texts.js';
import { WIDGETS } from './widgets.js';

export const CORPUS = [...NAMES, ...STATES, ...STRUCTURE, ...WIDGETS, ...TEXTS];
