import { refuse } from './aim.js';

/**
 * @import {SentFile} from '../protocol.d.ts'
 * @import {Frame, Page} from './page.js'
 */

/**
 * Brings files into a frame, where the function that is run next finds them.
 *
 * @param {Page} page
 * @param {Frame} frame
 * @param {SentFile[]} files
 */
export async function bring(page, frame, files) {
  page.call.note('waiting for the page to take the files');
  await page.run(frame, 'takeFiles', { files: files.map(({ data: _, ...about }) => about) });
  for (const [file, { data }] of files.entries()) {
    for (let at = 0; at < data.length; at += PART) {
      await page.run(frame, 'takePart', { file, data: data.slice(at, at + PART) });
    }
  }
}

/** The file field of a ref, if it takes so many files. @param {Page} page @param {string} ref @param {number} count */
export async function fileField(page, ref, count) {
  const { frame, result } = await page.runOn(ref, 'fileField', { ref, count });
  refuse(result.label ?? ref, result);
  return { frame, label: String(result.label) };
}

/**
 * Gives files to a field, or to the one of the open chooser.
 *
 * @param {Page} page
 * @param {Frame} frame
 * @param {{ref?: string, label: string, files: SentFile[]}} what
 */
export async function giveFiles(page, frame, { ref, label, files }) {
  await bring(page, frame, files);
  refuse(label, await page.run(frame, 'giveFiles', { ref }));
}

/** The files' names, for people. @param {SentFile[]} files */
export function namesOf(files) {
  return files.map(({ name }) => JSON.stringify(name)).join(', ');
}

/** How much of a file is sent at once, in signs of base64: a whole number of bytes each time. */
const PART = 1 << 20;
