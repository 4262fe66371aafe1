// The page: the sign-in form or the board, in the language and the colours that were asked for.

import { openBoard } from './board.js';
import * as session from './session.js';
import { showSignIn } from './signin.js';
import { change, follow, state } from './state.js';
import { choose } from './words.js';

const app = document.getElementById('app');
let board = null;

function dress() {
  const { lang, theme } = state();
  choose(lang ?? localStorage.getItem('crm.lang'), session.user()?.language);
  const kept = theme ?? localStorage.getItem('crm.theme');
  if (['light', 'dark'].includes(kept)) document.documentElement.dataset.theme = kept;
  else delete document.documentElement.dataset.theme;
}

async function show() {
  board?.close();
  board = null;
  dress();
  if (!session.mayBeSignedIn()) return showSignIn(app, show);
  try {
    await session.token();
  } catch (failure) {
    if (failure instanceof session.SignedOut) return showSignIn(app, show);
    return showSignIn(app, show, 'signin.away');
  }
  dress();
  board = await openBoard(app, { leave });
}

/** The session is over, by the reader's will or not: his figures go from the page. */
async function leave({ expired = false } = {}) {
  board?.close();
  board = null;
  if (!expired) await session.signOut();
  change({ show: '' }, { replace: true });
  showSignIn(app, show, expired ? 'signin.expired' : null);
}

follow((changed) => {
  for (const name of ['lang', 'theme']) {
    if (changed.has(name) && state()[name]) localStorage.setItem(`crm.${name}`, state()[name]);
  }
  if (changed.has('lang')) show();
  else if (changed.has('theme')) dress();
});
show();
