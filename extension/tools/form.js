import { acted, beginning } from '../lib/answer.js';
import { ToolFailure } from '../lib/errors.js';
import { Field } from '../lib/form.js';
import { withOutcome } from '../lib/outcome.js';
import { Page, SNAPSHOT_FIX } from '../lib/page.js';

/**
 * @import {Call} from '../lib/call.js'
 *
 * What became of a field: its words for the agent, and the failure if it was not filled.
 * @typedef {{line: string, failure?: ToolFailure}} Told
 */

/** Fills forms. */
export const handlers = {
  /** @param {Call} call */
  async browser_fill_form(call) {
    if (call.args.fields.length > MOST_FIELDS) {
      throw new ToolFailure('bad_input', `A call fills ${MOST_FIELDS} fields at most.`, 'Use several calls.');
    }
    const form = new Form(call);
    const outcome = await withOutcome(call, () => form.sofar(), () => form.fill());
    const told = form.told();
    const room = Math.floor(LINES_LENGTH / told.length);
    const lines = told.map(({ line }) => beginning(line, room));
    if (told.some(({ failure }) => !failure)) return acted(call, form.sentence(), lines, outcome);
    const { code = 'stale_ref', fix = '' } = told[0].failure ?? {};
    throw new ToolFailure(code, [form.sentence(), ...lines].join('\n'), fix);
  },
};

/** The fields of a call, filled one after the other; one that fails does not stop those behind it. */
class Form {
  /** @type {Told[]} */
  #told = [];
  /** @type {Field | null} */
  #current = null;

  /** @param {Call} call */
  constructor(call) {
    this.call = call;
    /** @type {import('../lib/form.js').Asked[]} */
    this.fields = call.args.fields;
  }

  /** Ends early when the page goes to another. */
  async fill() {
    const { call, fields } = this;
    const page = new Page(call);
    const { loaderId } = call.session.document;
    for (const [at, asked] of fields.entries()) {
      const waitMs = Math.min(PATIENCE_MS, call.remaining() / (fields.length - at + 1));
      this.#current = new Field(page, asked, waitMs);
      const told = await this.#tell(this.#current);
      if (call.session.document.loaderId !== loaderId && told.failure) return;
      this.#told.push(told);
    }
    this.#current = null;
  }

  /** What became of each field; the page may have gone away under one, and then those behind it were not tried. @returns {Told[]} */
  told() {
    const rest = this.fields.slice(this.#told.length).map(({ ref }, i) => {
      const why = i === 0 ? 'the page went to another meanwhile' : 'not tried, since the page went to another';
      return { line: `${ref}: ${why}`, failure: new ToolFailure('stale_ref', why, SNAPSHOT_FIX) };
    });
    return [...this.#told, ...rest];
  }

  sentence() {
    const filled = this.#told.filter(({ failure }) => !failure).length;
    return `Filled ${filled} of ${this.fields.length} field${this.fields.length === 1 ? '' : 's'}.`;
  }

  /** What was done when a dialog came in between. */
  sofar() {
    const lines = this.#told.map(({ line }) => line);
    if (this.#current) lines.push(`${this.#current.label}: being filled`);
    return [this.sentence(), ...lines].join('\n');
  }

  /** @param {Field} field @returns {Promise<Told>} */
  async #tell(field) {
    try {
      const came = await field.fill();
      return { line: `${field.label}: ${came}` };
    } catch (error) {
      if (!(error instanceof ToolFailure) || !OWN.test(error.code)) throw error;
      return { line: `${field.ref}: failed, ${error.code}: ${error.message} ${error.fix}`, failure: error };
    }
  }
}

/** What goes wrong with one field and leaves the others as they are. */
const OWN = /^(bad_input|not_actionable|stale_ref)$/;
/** Each field has its line in the answer, within what programs show of one. */
const MOST_FIELDS = 100;
const LINES_LENGTH = 4_000;
/** How long one field may take to become visible and enabled. */
const PATIENCE_MS = 5_000;
