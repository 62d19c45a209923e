import { handlers as clipboard } from './clipboard.js';
import { handlers as messages } from './console.js';
import { handlers as dialog } from './dialog.js';
import { handlers as downloads } from './downloads.js';
import { handlers as drag } from './drag.js';
import { handlers as evaluate } from './evaluate.js';
import { handlers as find } from './find.js';
import { handlers as form } from './form.js';
import { handlers as highlight } from './highlight.js';
import { handlers as input } from './input.js';
import { handlers as mouse } from './mouse.js';
import { closed, handlers as navigate } from './navigate.js';
import { handlers as network } from './network.js';
import { handlers as pdf } from './pdf.js';
import { handlers as profile } from './profile.js';
import { handlers as routes } from './routes.js';
import { handlers as screenshot } from './screenshot.js';
import { handlers as scroll } from './scroll.js';
import { handlers as snapshot } from './snapshot.js';
import { handlers as storage } from './storage.js';
import { handlers as tabs } from './tabs.js';
import { handlers as text } from './text.js';
import { handlers as upload } from './upload.js';
import { handlers as viewport } from './viewport.js';
import { handlers as wait } from './wait.js';

/** @type {Record<string, import('../lib/calls.js').Tool>} Every tool; names and needs as in protocol/src/tools/. */
export const TOOLS = {
  browser_navigate: { run: navigate.browser_navigate, tab: 'opens', anyPage: true },
  browser_navigate_back: { run: navigate.browser_navigate_back, closed: closed.browser_navigate_back, tab: 'existing' },
  browser_go_forward: { run: navigate.browser_go_forward, closed: closed.browser_go_forward, tab: 'existing' },
  browser_reload: { run: navigate.browser_reload, closed: closed.browser_reload, tab: 'existing', loads: true },
  browser_snapshot: { run: snapshot.browser_snapshot, tab: 'existing' },
  browser_find: { run: find.browser_find, tab: 'existing' },
  browser_get_text: { run: text.browser_get_text, tab: 'existing' },
  browser_click: { run: input.browser_click, tab: 'opens' },
  browser_type: { run: input.browser_type, tab: 'opens' },
  browser_press_key: { run: input.browser_press_key, tab: 'opens' },
  browser_file_upload: { run: upload.browser_file_upload, tab: 'existing' },
  browser_fill_form: { run: form.browser_fill_form, tab: 'opens' },
  browser_select_option: { run: input.browser_select_option, tab: 'opens' },
  browser_hover: { run: input.browser_hover, tab: 'opens' },
  browser_drag: { run: drag.browser_drag, tab: 'opens' },
  browser_clipboard: { run: clipboard.browser_clipboard, tab: 'existing' },
  browser_scroll: { run: scroll.browser_scroll, tab: 'existing' },
  browser_mouse_click_xy: { run: mouse.browser_mouse_click_xy, tab: 'existing' },
  browser_mouse_move_xy: { run: mouse.browser_mouse_move_xy, tab: 'existing' },
  browser_mouse_drag_xy: { run: mouse.browser_mouse_drag_xy, tab: 'existing' },
  browser_mouse_wheel: { run: mouse.browser_mouse_wheel, tab: 'existing' },
  browser_drop: { run: drag.browser_drop, tab: 'existing' },
  browser_wait_for: {
    run: wait.browser_wait_for,
    tab: 'optional',
    tabless: ({ time, tab, ...conditions }) => Object.keys(conditions).length === 0,
  },
  browser_take_screenshot: { run: screenshot.browser_take_screenshot, tab: 'existing' },
  browser_pdf: { run: pdf.browser_pdf, tab: 'existing' },
  browser_evaluate: { run: evaluate.browser_evaluate, tab: 'opens' },
  browser_console_messages: { run: messages.browser_console_messages, tab: 'existing' },
  browser_network_requests: { run: network.browser_network_requests, tab: 'existing' },
  browser_downloads: { run: downloads.browser_downloads, tab: 'own' },
  browser_network_request: { run: network.browser_network_request, tab: 'existing' },
  browser_route: { run: routes.browser_route, tab: 'own' },
  browser_unroute: { run: routes.browser_unroute, tab: 'own' },
  browser_route_list: { run: routes.browser_route_list, tab: 'own' },
  browser_cookies: { run: storage.browser_cookies, tab: 'existing' },
  browser_storage: { run: storage.browser_storage, tab: 'existing' },
  browser_storage_state: { run: storage.browser_storage_state, tab: 'existing' },
  browser_highlight: { run: highlight.browser_highlight, tab: 'existing' },
  // The call in front may be what waits for the dialog.
  browser_handle_dialog: { run: dialog.browser_handle_dialog, tab: 'existing', underDialog: true, atOnce: true },
  browser_tabs: { run: tabs.browser_tabs, tab: 'own' },
  browser_close: { run: tabs.browser_close, tab: 'existing', underDialog: true, anyPage: true },
  browser_person_tabs: { run: profile.browser_person_tabs, tab: 'own' },
  browser_claim_tab: { run: profile.browser_claim_tab, tab: 'own' },
  browser_history: { run: profile.browser_history, tab: 'own' },
  browser_bookmarks: { run: profile.browser_bookmarks, tab: 'own' },
  browser_resize: { run: viewport.browser_resize, tab: 'opens' },
  browser_emulate: { run: viewport.browser_emulate, tab: 'opens' },
};
