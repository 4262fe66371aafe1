// Language and colours: switched in the address, remembered in the browser.

import { h } from './dom.js';
import { change, state } from './state.js';
import { LANGUAGES, lang, t } from './words.js';

export function select(label, options, value, onchange, { id } = {}) {
  const box = h('select', { id, onchange: () => onchange(box.value) }, options.map(([key, text]) => h('option', { value: key }, text)));
  box.value = value;
  return h('label', { class: 'choice' }, h('span', {}, label), box);
}

export const languageSwitch = () =>
  select(t('language'), Object.entries(LANGUAGES), lang(), (value) => change({ lang: value }), { id: 'language' });

export function themeSwitch() {
  const options = ['auto', 'light', 'dark'].map((name) => [name, t(`theme.${name}`)]);
  const now = state().theme ?? localStorage.getItem('crm.theme') ?? 'auto';
  return select(t('theme'), options, now, (value) => change({ theme: value }), { id: 'theme' });
}
