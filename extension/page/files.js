// Files: given to the page as a person's choice or drop would give them.
//
// A page script: it runs in an isolated world, cannot import, and adds its functions to `globalThis.__tabmux`.
(() => {
  const t = (globalThis.__tabmux ??= /** @type {any} */ ({}));
  const { dom } = t;

  /** Files on their way to the page. @type {TabmuxSentFile[]} */
  let sent = [];

  /** Begins to take files, whose content follows in parts. */
  t.takeFiles = ({ files }) => {
    sent = files.map((file) => ({ ...file, parts: [] }));
  };

  /** Takes the next part of a file, in base64. */
  t.takePart = ({ file, data }) => {
    sent[file].parts.push(Uint8Array.from(atob(data), (character) => character.charCodeAt(0)));
  };

  /** What was taken, as a choice or a drop carries it; it is given away once. */
  t.takeTransfer = () => {
    const transfer = new DataTransfer();
    for (const { name, mimeType, lastModified, parts } of sent)
      transfer.items.add(new File(parts, name, { type: mimeType, lastModified }));
    sent = [];
    return transfer;
  };

  /** The file field that a ref stands for: `{label}`, or `{stale}`, `{bad, fix}`, `{not, fix}`. */
  t.fileField = ({ ref, count }) => {
    const found = t.find(ref);
    if (found.stale) return found;
    const field = found.element && fieldIn(found.element);
    if (!field)
      return {
        bad: 'it is no file field',
        fix: 'If a click on it opens a file chooser, click it and then call browser_file_upload without `ref`.',
      };
    const label = `${found.role}${found.name ? ` ${JSON.stringify(found.name)}` : ''} [ref=${ref}]`;
    return { label, ...refusal(field, count) };
  };

  /** Gives the files that were taken to the field of a ref, or to the one of the file chooser: `{ok}`, or why not. */
  t.giveFiles = ({ ref }) => {
    const element = ref === undefined ? t.chooser : t.element({ ref });
    const field = element && fieldIn(element);
    const problem = field ? refusal(field, sent.length) : { not: 'it is gone from the page' };
    if (!field || problem) return problem;
    field.files = t.takeTransfer().files;
    t.announce(field);
    return { ok: true };
  };

  /** Tells the page that the person chose nothing in the file chooser. */
  t.cancelChooser = () => {
    t.chooser?.dispatchEvent(new Event('cancel', { bubbles: true }));
  };

  /** The file field that an element is, stands for as its label, or holds alone; pages hide it behind what they draw. @param {AnyElement} element @returns {AnyElement | null} */
  function fieldIn(element) {
    const field = t.fieldOf(element);
    if (dom.tag(field) === 'INPUT') return field.type === 'file' ? field : null;
    const inner = dom.queryAll(field, 'input[type=file]');
    return inner.length === 1 ? inner[0] : null;
  }

  /** @param {AnyElement} field @param {number} count */
  function refusal(field, count) {
    if (t.isDisabled(field)) return { not: 'it is disabled', fix: 'Do what makes it usable first, then try again.' };
    if (count > 1 && !field.multiple) return { bad: 'it takes one file only', fix: 'Give one path.' };
    return null;
  }
})();
