import { acted } from '../lib/answer.js';
import { ToolFailure } from '../lib/errors.js';
import { watch } from '../lib/navigation.js';

/** @type {Record<string, import('../lib/calls.js').Tool['run']>} */
export const handlers = {
  browser_handle_dialog: async (call) => {
    const { session, args } = call;
    const { dialog } = session;
    if (!dialog) {
      throw new ToolFailure('bad_input', `No dialog is open in tab ${call.tab.handle}.`, 'Go on with other tools.');
    }
    const watched = watch(call);
    call.note('waiting for the dialog to close');
    // Whoever presses OK and types nothing accepts what the prompt holds already.
    const { accept, promptText = dialog.defaultPrompt } = args;
    await call.send('Page.handleJavaScriptDialog', { accept, promptText });
    await call.race(session.until(() => session.dialog !== dialog, call));
    const kind = dialog.type === 'beforeunload' ? 'leave-page' : dialog.type;
    const said = dialog.message ? ` ${JSON.stringify(dialog.message.slice(0, 500))}` : '';
    const done = `${accept ? 'Accepted' : 'Dismissed'} the ${kind} dialog${said}.`;
    try {
      // What waited for the dialog may open another at once.
      call.watchDialogs();
      await watched.settle();
    } catch (error) {
      if (!(error instanceof ToolFailure) || error.code !== 'dialog_open') throw error;
      throw new ToolFailure('dialog_open', `${done} ${error.message}`, `${error.fix} ${ENDLESS}`);
    }
    return acted(call, done);
  },
};

const ENDLESS = 'If dialogs follow each other without end, close the tab with browser_close.';
