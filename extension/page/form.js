// Forms: what kind of control a ref names, what it stands at, and what in it or in its list stands for a value.
//
// A page script: it runs in an isolated world, cannot import, and adds its functions to `globalThis.__tabmux`.
(() => {
  const t = (globalThis.__tabmux ??= /** @type {any} */ ({}));
  const { dom } = t;

  const CHECKED = /^(checkbox|switch|menuitemcheckbox)$/;
  const RADIOS = 'input[type=radio], [role=radio i], [role=menuitemradio i]';
  const RADIO_GROUP = '[role=radiogroup i], [role=menu i], [role=group i]';
  const OPTIONS = '[role=option i], [role=treeitem i], [role=menuitem i], [role=menuitemradio i], [role=gridcell i]';
  /** Lists that a control need not name to have opened them. */
  const LISTS = '[role=listbox i]';
  /** A control that is smaller is drawn by its label. */
  const LEAST_SIZE = 5;
  /** How many options a refusal lists. */
  const LISTED = 20;
  /** Between looks at a list that is opening, in milliseconds. */
  const LOOK_MS = 30;

  /**
   * What kind of control a ref names: `{kind, ...}` or `{stale}`.
   *
   * | kind | further |
   * |---|---|
   * | `text`, `select`, `file`, `slider` | - |
   * | `check` | `on`, and `click`: the ref to be clicked |
   * | `radio` | the same of the one that stands for the value; none if there is no such |
   * | `combobox` | `open`, and whether it is `editable` |
   * | `listbox` | - |
   */
  t.control = ({ ref, value }) => {
    const found = t.find(ref);
    if (found.stale || found.owner) return found.stale ? found : { kind: 'text' };
    const field = t.fieldOf(found.element);
    const role = t.roleOf(field);
    const tag = dom.tag(field);
    if (tag === 'SELECT') return { kind: 'select' };
    if (tag === 'INPUT' && field.type === 'file') return { kind: 'file' };
    if (CHECKED.test(role) || (role === 'button' && dom.has(field, 'aria-pressed')))
      return { kind: 'check', on: isOn(field), click: clickable(field) };
    const radios = radiosOf(field, role);
    if (radios.length > 0) return { kind: 'radio', ...chosenOf(field, role, radios, value) };
    if (/^(slider|spinbutton|scrollbar)$/.test(role) && tag !== 'INPUT' && !dom.isEditable(field))
      return { kind: 'slider' };
    if (opensList(field, role, tag))
      return { kind: 'combobox', open: isOpen(field), editable: tag === 'INPUT' || dom.isEditable(field) };
    return { kind: role === 'listbox' ? 'listbox' : 'text' };
  };

  /** Waits for at most `waitMs` until a control that can be on or off is so: whether it is; null if it is gone. */
  t.becomes = async ({ ref, on, waitMs }) => {
    const control = () => t.element({ ref });
    const isSo = (/** @type {AnyElement | null} */ element) => !element || isOn(t.fieldOf(element)) === on;
    const took = await until(waitMs, () => isSo(control()));
    return control() ? took : null;
  };

  /**
   * Waits for at most `waitMs` until the list of a ref's control shows the option of that name: `{option, selected}` with
   * its ref, else `{options}` with the names that there are.
   */
  t.option = async ({ ref, value, waitMs }) => {
    const element = t.element({ ref });
    const field = element && t.fieldOf(element);
    const options = () => (field ? optionsOf(field) : []);
    await until(waitMs, () => named(options(), value) !== undefined);
    const option = named(options(), value);
    if (option) return { option: refOf(option), selected: dom.attr(option, 'aria-selected') === 'true' };
    const names = options().slice(0, LISTED).map((one) => JSON.stringify(t.shorten(nameOf(one), 60)));
    return { options: names, open: field ? isOpen(field) : false };
  };

  /** Where a slider stands: `{now, min, max, text}`, after it moved away from `before`, for which `waitMs` are waited. */
  t.level = async ({ ref, before = null, waitMs = 0 }) => {
    const element = t.element({ ref });
    if (!element) return null;
    const number = (/** @type {string} */ name, /** @type {number | null} */ otherwise) => {
      const value = Number.parseFloat(dom.attr(element, name) ?? '');
      return Number.isFinite(value) ? value : otherwise;
    };
    const text = () => dom.attr(element, 'aria-valuetext') ?? '';
    const at = () => `${number('aria-valuenow', null)} ${text()}`;
    if (before !== null) await until(waitMs, () => at() !== before);
    const slides = t.roleOf(element) !== 'spinbutton';
    const [min, max] = [number('aria-valuemin', slides ? 0 : null), number('aria-valuemax', slides ? 100 : null)];
    return { now: number('aria-valuenow', null), min, max, text: t.clean(text()), at: at() };
  };

  /** Gives a ref's control the keyboard; whether it took it. */
  t.focusOn = ({ ref }) => {
    const element = t.element({ ref });
    const field = element && t.fieldOf(element);
    field?.focus?.({ preventScroll: true });
    const focused = t.focused();
    return Boolean(field && focused && (t.isWithin(focused, field) || t.isWithin(field, focused)));
  };

  /** @param {AnyElement} field */
  function isOn(field) {
    if (dom.tag(field) === 'INPUT') return field.checked && !field.indeterminate;
    return dom.attr(field, dom.has(field, 'aria-pressed') ? 'aria-pressed' : 'aria-checked')?.toLowerCase() === 'true';
  }

  /** The radio buttons that go together with a field, or lie in it. @param {AnyElement} field @param {string} role @returns {AnyElement[]} */
  function radiosOf(field, role) {
    if (!/^(radio|menuitemradio)$/.test(role)) return [...dom.queryAll(field, RADIOS)];
    const group = t.closest(field, RADIO_GROUP);
    if (dom.tag(field) !== 'INPUT') return group ? [...dom.queryAll(group, RADIOS)] : [field];
    const root = /** @type {any} */ (field.form ?? dom.rootOf(field));
    const all = root instanceof Element ? dom.queryAll(root, RADIOS) : root.querySelectorAll(RADIOS);
    return field.name ? [...all].filter((one) => one.name === field.name && one.form === field.form) : [field];
  }

  /** @param {AnyElement} field @param {string} role @param {AnyElement[]} radios @param {string} value */
  function chosenOf(field, role, radios, value) {
    const isRadio = radios.includes(field) && /radio$/.test(role);
    const byValue = radios.find((one) => dom.attr(one, 'value') === value);
    const itself = isRadio && /^(true|on|yes|checked)$/i.test(value) ? field : undefined;
    const chosen = named(radios, value) ?? byValue ?? itself;
    if (chosen) return { on: isOn(chosen), click: clickable(chosen), radio: refOf(chosen) };
    return { options: radios.slice(0, LISTED).map((one) => JSON.stringify(t.shorten(nameOf(one), 60))) };
  }

  /** The ref of what is to be clicked for a control: its label, where a page draws that in its place. @param {AnyElement} field */
  function clickable(field) {
    const { width, height } = dom.box(field);
    const isDrawn = t.drawn(field) === 'shown' && width >= LEAST_SIZE && height >= LEAST_SIZE;
    const labels = /** @type {AnyElement[]} */ ([...(field.labels ?? [])]);
    return refOf(isDrawn ? field : (labels.find((label) => t.drawn(label) === 'shown') ?? field));
  }

  /** @param {AnyElement} field @param {string} role @param {string} tag */
  function opensList(field, role, tag) {
    if (role === 'combobox') return tag !== 'TEXTAREA' && (tag !== 'INPUT' || dom.has(field, 'role'));
    return role === 'button' && dom.attr(field, 'aria-haspopup')?.toLowerCase() === 'listbox';
  }

  /** @param {AnyElement} field */
  function isOpen(field) {
    return dom.attr(field, 'aria-expanded')?.toLowerCase() === 'true';
  }

  /** The options that can be seen of a control: those of the lists that it names, or else of all lists. @param {AnyElement} field @returns {AnyElement[]} */
  function optionsOf(field) {
    const own = ['aria-controls', 'aria-owns'].flatMap((attribute) => t.referenced(field, attribute));
    const lists = t.roleOf(field) === 'listbox' ? [field] : own.length > 0 ? own : [...dom.all(LISTS)];
    const options = lists.flatMap((list) => [...dom.queryAll(list, OPTIONS)]);
    return options.filter((option) => t.drawn(option) === 'shown');
  }

  /** The element of that name: as it is written, or else in other letters. @param {AnyElement[]} elements @param {string} value */
  function named(elements, value) {
    const wanted = t.clean(value);
    const small = wanted.toLowerCase();
    const names = elements.map(nameOf);
    const exact = names.indexOf(wanted);
    return elements[exact >= 0 ? exact : names.findIndex((name) => name.toLowerCase() === small)];
  }

  /** @param {AnyElement} element */
  function nameOf(element) {
    return t.describe(element).name;
  }

  /** @param {AnyElement} element */
  function refOf(element) {
    const { role, name } = t.describe(element);
    return t.show(element, role, name);
  }

  /** Looks until the condition holds, for at most that long: whether it does. @param {number} ms @param {() => boolean} holds */
  async function until(ms, holds) {
    const end = performance.now() + ms;
    while (!holds()) {
      if (performance.now() >= end) return false;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    return true;
  }
})();
