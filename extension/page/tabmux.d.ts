// What the page scripts share in their isolated world, and what they answer to the worker.

/**
 * An element of any kind: what only some kinds have is looked at after tag, role or presence said that it is there.
 */
type AnyElement = Element & {
  id: string;
  alt?: any;
  caption?: any;
  checked?: any;
  control?: any;
  data?: any;
  files?: any;
  focus?: any;
  form?: any;
  indeterminate?: any;
  inert?: any;
  innerText?: any;
  isContentEditable?: any;
  label?: any;
  labels?: any;
  list?: any;
  max?: any;
  min?: any;
  multiple?: any;
  name?: any;
  offsetHeight?: any;
  offsetWidth?: any;
  open?: any;
  options?: any;
  popoverTargetElement?: any;
  position?: any;
  readOnly?: any;
  required?: any;
  rows?: any;
  select?: any;
  selected?: any;
  selectedIndex?: any;
  selectedOptions?: any;
  size?: any;
  tabIndex?: any;
  tFoot?: any;
  tHead?: any;
  target?: any;
  title?: any;
  type?: any;
  useMap?: any;
  validity?: any;
  value?: any;
  willValidate?: any;
  disabled?: any;
  assignedNodes?: any;
};

/** How the text of an element is gathered. */
interface NameOptions {
  /** Whether `aria-labelledby` of the parts counts. */
  labels?: boolean;
  /** Whether nested lists are left out, being lines of their own. */
  item?: boolean;
  /** Whether only what is to be seen counts, and all of it. */
  visual?: boolean;
}

/** One line of a walk, or text. */
interface TabmuxNode {
  /** `text` for text; `generic` for what has no role and can be clicked; empty for the root of a page. */
  role: string;
  /** The element of the line; none for text, which is never asked for it. */
  element?: any;
  /** The element, or the first text node. */
  dom?: any;
  /** The text, not cleaned yet. */
  text?: string;
  /** Whether further text belongs to another line. */
  sealed?: boolean;
  /** Whether a page made it clickable that is no control. */
  clickable?: boolean;
  /** Whether the content tells more than the name made of it. */
  bare?: boolean;
  /** The lines below. */
  kids: TabmuxNode[];
  /** The parts of its line, once they were asked for. */
  line?: TabmuxLine;
  /** Where similar lines follow each other among the kids, once that was asked for. */
  runs?: TabmuxRun[];
  /** What is left of it at least when there is no room: all of it if that is little; once that was asked for. */
  least?: { size: number; whole: boolean };
  /** Of what stands under a heading, which has no line of its own: the node whose kids they are. */
  within?: TabmuxNode;
  /** Of what a fold holds: the node behind it, if it does not go to the end. */
  end?: ChildNode | null;
  /** How many lines below it are left out, being too deep. */
  cut?: number;
}

interface TabmuxRun {
  start: number;
  end: number;
  period: number;
}

/** The parts of a line. */
interface TabmuxLine {
  /** Dash, role, name and states. */
  head: string;
  /** The value behind its colon. */
  tail: string;
  text: string;
  role: string;
  name: string;
  /** Whether the name by which the element is known does not stand in the line and was not asked for yet. */
  later?: boolean;
  /** Whether a single text stands behind the colon rather than below. */
  inlined?: boolean;
  /** Whether the line has a ref without being folded. */
  ref: boolean;
  /** Whether there is no line at all. */
  skip: boolean;
  bytes: number;
  properties: string[];
}

/** What a snapshot writes: a node's line (`long`: the beginning of a long text; `hidden`: lines folded below), or a fold. */
type TabmuxEntry =
  | { node: TabmuxNode; depth: number; long?: TabmuxLong | null; hidden?: number; fold?: undefined }
  | { fold: TabmuxFold; depth: number; node?: undefined; long?: undefined; hidden?: undefined };

/** The rest of a node's kids; `alike` if they are like what is shown before them. */
interface TabmuxFold {
  folded: TabmuxNode[];
  owner: TabmuxNode;
  alike?: boolean;
  kid?: undefined;
  whole?: undefined;
}

/** One kid by itself, or a fold. */
type TabmuxPiece = { kid: TabmuxNode; folded?: undefined } | TabmuxFold;

/** A kid and what it may take of a budget. */
interface TabmuxShare {
  kid: TabmuxNode;
  least: number;
  /** Whether it is shown as a whole. */
  whole: boolean;
  /** How much of what is left it gets, beside the others. */
  weight: number;
  room: number;
  folded?: undefined;
}

interface TabmuxLong {
  start: string;
  /** How many characters follow. */
  more: number;
}

/** What can be waited for: one of the three. */
interface TabmuxSight {
  text?: string;
  selector?: string;
  ref?: string;
}

interface TabmuxMatch {
  ref: string;
  role: string;
  name: string;
  count?: number;
}

/** Why a ref names nothing any more. */
interface TabmuxStale {
  why: 'earlier' | 'gone' | 'unknown' | 'unfolded' | 'changed';
  role?: string;
  name?: string;
  now?: { role: string; name: string };
  match?: TabmuxMatch | null;
}

/** What a ref names: an element, what follows `first` in a fold, or nothing any more. */
type TabmuxFound =
  | { element: AnyElement; role: string; name: string; owner?: undefined; first?: undefined; stale?: undefined }
  | { owner: AnyElement; first: ChildNode; level?: string; element?: undefined; role?: undefined; name?: undefined; stale?: undefined }
  | {
      stale: TabmuxStale;
      element?: undefined;
      role?: undefined;
      name?: undefined;
      owner?: undefined;
      first?: undefined;
    };

/** One line of a page as it stood: its node, where it belongs, and its text without a ref. */
interface TabmuxImageLine {
  node: TabmuxNode;
  dom: any;
  role: string;
  /** The element of the line above it. */
  parent: any;
  depth: number;
  text: string;
}

type TabmuxImage = TabmuxImageLine[];

/** A line that is there since (`+`), is gone (`-`, `below` another that is), reads otherwise (`~`) or was drawn anew (`=`). */
interface TabmuxChange {
  kind: '+' | '-' | '~' | '=';
  entry: TabmuxImageLine;
  depth: number;
  below?: boolean;
}

interface TabmuxPoint {
  x: number;
  y: number;
}

/** A file on its way to the page. */
interface TabmuxSentFile {
  name: string;
  mimeType: string;
  lastModified: number;
  parts: BlobPart[];
}

/** What keeps an element from being acted on, and what to do about it. */
interface TabmuxProblem {
  not: string;
  fix?: string;
}

/** What of a page a snapshot shows. */
interface TabmuxChoice {
  /** `interactive`: what can be acted on; `full`: everything, with a ref on each line. */
  level?: string;
  /** Whether only what is in the viewport counts. */
  viewport?: boolean;
  /** How many lines deep. */
  depth?: number;
}

/** A line among all lines of the page. */
interface TabmuxPlace {
  node: TabmuxNode;
  depth: number;
  /** The place of the line that it is below; -1 if there is none. */
  parent: number;
  /** The place after its last descendant. */
  end: number;
}

/** What is sought, in lower case. */
interface TabmuxWanted {
  text?: string;
  name?: string;
  role?: string;
  pattern: RegExp | null;
}

interface TabmuxFrame {
  ref: string;
  index: number;
  depth: number;
}

/** See accessors.js. */
interface TabmuxDom {
  attr(element: Element, name: string): string | null;
  has(element: Element, name: string): boolean;
  hasAny(element: Element): boolean;
  matches(element: Element, selector: string): boolean;
  closest(element: Element, selector: string): AnyElement | null;
  queryAll(element: Element, selector: string): NodeListOf<AnyElement>;
  tag(element: Element): string;
  local(element: Element): string;
  type(node: Node): number;
  shadow(element: Element): ShadowRoot | null;
  slot(node: Node): AnyElement | null;
  parent(node: Node): AnyElement | null;
  parentNode(node: Node): Node | null;
  first(node: Node): any;
  next(node: Node): any;
  nodes(node: Node): NodeListOf<any>;
  children(element: Element): HTMLCollection;
  rootOf(node: Node): Node;
  isConnected(node: Node): boolean;
  documentOf(node: Node): Document | null;
  text(node: Node): string;
  innerText(element: Element): string;
  isEditable(element: Element): boolean;
  tabIndex(element: AnyElement): number;
  isVisible(element: Element, options: CheckVisibilityOptions): boolean;
  box(element: Element): DOMRect;
  boxes(element: Element): DOMRectList;
  animations(element: Element): Animation[];
  scrolls(element: Element): boolean;
  scrollTo(element: Element): void;
  all(selector: string): NodeListOf<AnyElement>;
  at(x: number, y: number): AnyElement | null;
  body(): AnyElement | null;
  root(): AnyElement;
  active(): AnyElement | null;
  title(): string;
  base(): string;
}

interface Tabmux {
  // accessors.js
  dom: TabmuxDom;
  openShadow(host: Element, root: ShadowRoot): void;

  // dom.js
  parentOf(node: Node): AnyElement | null;
  childrenOf(element: AnyElement): ArrayLike<any> & Iterable<any>;
  isWithin(node: Node, ancestor: AnyElement): boolean;
  closest(element: AnyElement, selector: string): AnyElement | null;
  elementAt(x: number, y: number): AnyElement | null;
  focused(): AnyElement | null;
  byId(element: AnyElement, id: string): AnyElement | null;
  referenced(element: AnyElement, attribute: string): AnyElement[];
  drawn(element: AnyElement): 'shown' | 'through' | 'gone';
  isExcluded(element: AnyElement): boolean;
  modal(): AnyElement | null;
  clean(text: string): string;
  shorten(text: string, limit: number): string;

  // roles.js
  INTERACTIVE: Set<string>;
  roleOf(element: AnyElement): string;
  isFocusable(element: AnyElement): boolean;
  isEditingHost(element: AnyElement): boolean;
  forgetTables(): void;

  // states.js
  isDisabled(element: AnyElement): boolean;
  statesOf(element: AnyElement, role: string): string;
  headingLevel(element: AnyElement): number;
  valueOf(element: AnyElement, role: string): string;
  /** The element with the focus, while a snapshot is made. */
  active: AnyElement | null;
  /** The element in a widget that stands for the focus, while a snapshot is made. */
  activeDescendant: AnyElement | null;

  // names.js
  NAMED_BY_CONTENT: Set<string>;
  nameOf(element: AnyElement, role: string): string;
  named(element: AnyElement, role: string, untold?: boolean): { name: string; fromContent: boolean };
  descriptionOf(element: AnyElement, role: string, name: string): string;
  contentOf(element: AnyElement, role?: string): string;
  visibleText(element: AnyElement): string;

  // refs.js
  LONGEST_NAME: number;
  token?: string;
  frame: number;
  adopt(token: string, frame: number, from: number): { frame: number; next: number };
  grant(ranges: [number, number][] | null): void;
  next(): number;
  show(element: AnyElement, role: string, name: string): string;
  fold(owner: AnyElement, first: ChildNode, kind: { end?: ChildNode | null; level?: string }): string;
  refOf(element: AnyElement): string;
  find(ref: string): any;
  lookup(ref: string): AnyElement | null;
  describe(element: AnyElement): { role: string; name: string };
  describeLine(element: AnyElement, bare: boolean): { role: string; name: string; later: boolean };
  match(role: string, name: string): TabmuxMatch | null;

  // walk.js
  root(): AnyElement;
  walk(root: AnyElement): TabmuxNode;
  nodesOf(node: TabmuxNode): Generator<TabmuxNode>;
  strangers(): AnyElement[];
  hasStrangers(): boolean;
  listen(elements: AnyElement[]): void;
  isClickable(element: AnyElement): boolean;

  // looks.js
  looksOf(element: AnyElement): string;

  // lines.js
  REF: string;
  bytes(text: string): number;
  lineOf(node: TabmuxNode): TabmuxLine;
  finish(node: TabmuxNode, note?: string, always?: boolean): string;
  sizeOf(node: TabmuxNode, depth: number): number;
  kidsOf(node: TabmuxNode): TabmuxNode[];
  knownAs(node: TabmuxNode): string;
  countOf(node: TabmuxNode): number;
  linkUrl(link: AnyElement): string;

  // choose.js
  choose(top: TabmuxNode, options: TabmuxChoice): TabmuxNode;

  // fill.js
  fill(top: TabmuxNode, budget: number, how: { full: boolean; longText: number }): TabmuxEntry[];

  // fold.js
  snapshot(options: TabmuxChoice & {
    ref?: string;
    budget: number;
  }): { url: string; title: string; lines: string[]; frames: TabmuxFrame[] } | { stale: TabmuxStale };
  frameRefs(): string[];

  // find.js
  search(options: { text?: string; regex?: string; role?: string; name?: string; budget: number }): object;

  // text.js
  readText(options: { ref?: string; limit: number }): object;

  // act.js
  watchMotion(): void;
  ready(options: { ref: string; kind: 'click' | 'edit' | 'select'; waitMs: number }): Promise<object>;
  through(options: { ref: string; x: number; y: number; hit: boolean }): TabmuxPoint | TabmuxProblem;
  hitAt(options: { x: number; y: number }): object;
  keepMenuShut(options: { on: boolean }): void;
  check(options: { ref: string }): { ok: boolean } | { stale: TabmuxStale };
  element(options: { ref: string }): AnyElement | null;
  boxOf(options: {
    ref: string;
  }): Promise<{ x: number; y: number; width: number; height: number } | { stale: TabmuxStale }>;
  view(): object;
  painted(): Promise<void>;
  fieldOf(element: AnyElement): AnyElement;
  isSeen(element: AnyElement): boolean;

  // picture.js
  partOf(options: {
    ref: string;
  }): Promise<{ x: number; y: number; width: number; height: number; cut: boolean } | { stale: TabmuxStale }>;

  // drag.js
  watchDrag(): void;
  dragBegan(): boolean;
  dragEnded(options: { ms: number }): Promise<string | null>;
  watchDrop(): void;
  dropHeard(): boolean;
  drop(options: { ref: string; data: Record<string, string> }): boolean;

  // edit.js
  edit(options: { ref: string; text: string }): object;
  holds(options: { ref: string; text: string }): { same: boolean; value?: string };
  select(options: { ref: string; values: string[] }): object;

  announce(element: AnyElement): void;

  // files.js
  /** The field whose file chooser the page opened. */
  chooser?: AnyElement;
  takeFiles(options: { files: { name: string; mimeType: string; lastModified: number }[] }): void;
  takePart(options: { file: number; data: string }): void;
  takeTransfer(): DataTransfer;
  fileField(options: { ref: string; count: number }): object;
  giveFiles(options: { ref?: string }): object | null;
  cancelChooser(): void;

  // clipboard.js
  focusedFrame(): string;
  tellKey(options: { type: string; key: string; code: string; keyCode: number; ctrlKey: boolean; metaKey: boolean }): boolean;
  copyOut(options: { cut: boolean }): { text: string; html: string; remove: boolean };
  pasteIn(options: { text: string; html: string }): { taken: boolean; editable: boolean };

  // scroll.js
  scroll(options: { ref?: string; to?: string; direction?: string; deltaX?: number; deltaY?: number }): Promise<object>;
  scrollToRef(options: { ref: string }): Promise<object>;
  scrollToText(options: { text: string }): Promise<boolean>;
  scrolled(): object | null;
  scrollHeight(options: { ref?: string }): number;

  // form.js
  control(options: { ref: string; value: string }): object;
  becomes(options: { ref: string; on: boolean; waitMs: number }): Promise<boolean | null>;
  option(options: { ref: string; value: string; waitMs: number }): Promise<object>;
  level(options: { ref: string; before?: string | null; waitMs?: number }): Promise<object | null>;
  focusOn(options: { ref: string }): boolean;

  // changes.js
  watchChanges(args: { event?: string }): void;
  changes(options: {
    turn: boolean;
    ms: number;
    budget: number;
    ref?: string;
  }): Promise<{ lines: string[]; waitedMs: number; restless: boolean; unheard: boolean }>;

  // wait.js
  isSelector(options: { selector: string }): boolean;
  waitFor(options: { what: TabmuxSight; gone: boolean; ms: number }): Promise<boolean>;
  instead(options: { what: TabmuxSight }): { text?: string; matches?: number; isThere?: boolean };
  stirred(options: { rest: number; ms: number }): Promise<void>;
  stopWaiting(): void;

  // run.js
  run(name: string, args: object, ranges: [number, number][] | null): object | Promise<object>;
  [name: string]: any;
}

declare var __tabmux: Tabmux;
