import { beginning, file } from '../lib/answer.js';
import { ProtocolError, ToolFailure } from '../lib/errors.js';

/**
 * @import {Call} from '../lib/call.js'
 */

/** Prints the page. */
export const handlers = {
  /** @param {Call} call */
  async browser_pdf(call) {
    const { landscape = false, format = 'A4', background = true, scale = 1, pages = '', filename = '' } = call.args;
    const [width, height] = SIZES[format];
    call.note('waiting for the page to be printed');
    const how = { landscape, printBackground: background, scale, paperWidth: width, paperHeight: height, pageRanges: pages };
    const { data } = await call.send('Page.printToPDF', how).catch((error) => {
      if (!(error instanceof ProtocolError) || !/page range/i.test(error.message)) throw error;
      const fix = 'Give ranges such as 1-3, 5 within the pages that there are, or leave it out for all of them.';
      throw new ToolFailure('bad_input', `\`pages\` ${JSON.stringify(pages.slice(0, 80))} does not fit: ${error.message}.`, fix);
    });
    if (data.length > MOST_CHARACTERS) {
      const size = Math.round((data.length * 3) / 4 / 1_000_000);
      throw new ToolFailure('page_refused', `The PDF has ${size} MB, too much for one answer.`, 'Print it in parts with `pages`.');
    }
    const { title, url = '' } = await chrome.tabs.get(call.tab.chromeId);
    const name = (filename || title || 'page').replace(/(\.pdf)?$/i, '.pdf');
    return [file(name, 'application/pdf', data, `${beginning(url, LONGEST_URL)} as a PDF, ${landscape ? 'landscape ' : ''}${format}`)];
  },
};

/** Width and height of the sheets in inches. @type {Record<string, [number, number]>} */
const SIZES = {
  A3: [11.69, 16.54],
  A4: [8.27, 11.69],
  A5: [5.83, 8.27],
  Legal: [8.5, 14],
  Letter: [8.5, 11],
  Tabloid: [11, 17],
};
/** Addresses can hold whole documents. */
const LONGEST_URL = 300;
/** What a frame of the hub's socket may hold, in base64, with room for what goes with it. */
const MOST_CHARACTERS = 60_000_000;
