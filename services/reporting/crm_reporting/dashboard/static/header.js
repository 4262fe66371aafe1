// The head of the page: what it is, how fresh it is, who reads it.

import { h } from './dom.js';
import { entersInputs } from './packs.js';
import { brand } from './signin.js';
import { languageSwitch, themeSwitch } from './switches.js';
import { clock, t } from './words.js';

export function header({ user, leave, openWorkbook, openSetup }) {
  const fresh = h('span', { class: 'fresh', 'data-state': 'loading' }, h('span', { class: 'dot', 'aria-hidden': 'true' }), h('span', {}, t('fresh.loading')));
  const element = h(
    'header', { class: 'top' },
    h('a', { class: 'skip', href: '#board' }, t('skip')),
    brand(), h('h1', {}, t('title')), fresh,
    h('div', { class: 'grow' }),
    entersInputs(user.role) && h('button', { type: 'button', id: 'open-workbook', onclick: openWorkbook }, t('workbook.open')),
    entersInputs(user.role) && h('button', { type: 'button', id: 'open-setup', onclick: openSetup }, t('setup.open')),
    languageSwitch(), themeSwitch(),
    h('span', { class: 'who' }, user.name, h('small', {}, t(`role.${user.role}`))),
    h('button', { type: 'button', id: 'sign-out', onclick: () => leave() }, t('signout')),
  );
  return { element, freshness };

  function freshness(kind, at = new Date()) {
    fresh.dataset.state = kind;
    fresh.lastChild.textContent = t(`fresh.${kind}`, { time: clock(at) });
  }
}
