// Copying and pasting by the page's own events, past the system's clipboard, which is the person's.
//
// A page script: it runs in an isolated world, cannot import, and adds its functions to `globalThis.__tabmux`.
(() => {
  const t = (globalThis.__tabmux ??= /** @type {any} */ ({}));
  const { dom } = t;

  /** The ref of the frame that has the keyboard; empty if this document has it. */
  t.focusedFrame = () => {
    const active = t.focused();
    if (!active || !/^(IFRAME|FRAME)$/.test(dom.tag(active))) return '';
    const { role, name } = t.describe(active);
    return t.show(active, role, name);
  };

  /** Tells the page of a key, without what the browser would do for it: whether the page kept it to itself. */
  t.tellKey = ({ type, key, code, keyCode, ctrlKey, metaKey }) => {
    const how = { key, code, keyCode, which: keyCode, ctrlKey, metaKey, bubbles: true, cancelable: true, composed: true };
    return !target().dispatchEvent(new KeyboardEvent(type, how));
  };

  /** What is copied or cut: `{text, html}`, and whether it is still to be removed from an editable place. */
  t.copyOut = ({ cut }) => {
    const clipboardData = new DataTransfer();
    const event = new ClipboardEvent(cut ? 'cut' : 'copy', { clipboardData, bubbles: true, cancelable: true, composed: true });
    if (!target().dispatchEvent(event)) {
      return { text: clipboardData.getData('text/plain'), html: clipboardData.getData('text/html'), remove: false };
    }
    return { text: selected(), html: '', remove: cut && isEditable() };
  };

  /** Pastes by the page's own event: whether the page took it, and whether it can be typed in where it did not. */
  t.pasteIn = ({ text, html }) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', text);
    if (html) clipboardData.setData('text/html', html);
    const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true, composed: true });
    return { taken: !target().dispatchEvent(event), editable: isEditable() };
  };

  function target() {
    return t.focused() ?? dom.body() ?? dom.root();
  }

  /** The text that is selected, nothing of a password. */
  function selected() {
    const field = /** @type {any} */ (t.focused());
    if (field && /^(INPUT|TEXTAREA)$/.test(dom.tag(field))) {
      const { selectionStart, selectionEnd, type, value } = field;
      return type === 'password' || selectionStart === null ? '' : value.slice(selectionStart, selectionEnd);
    }
    return String(getSelection() ?? '');
  }

  function isEditable() {
    const field = t.focused();
    if (!field) return false;
    if (/^(INPUT|TEXTAREA)$/.test(dom.tag(field))) return !field.readOnly && !t.isDisabled(field);
    return dom.isEditable(field);
  }
})();
