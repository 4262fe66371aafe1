// A table whose rows are bars: read by eyes and by screen readers alike.

import { h } from './dom.js';
import { t } from './words.js';

/** rows: {label, size (0…1), cells: [text], mark}; heads: what the columns are called. */
export function bars(caption, heads, rows) {
  if (!rows.length) return h('p', { class: 'empty' }, t('reason.no_data'));
  return h(
    'table', { class: 'bars' },
    h('caption', { class: 'unseen' }, caption),
    h('thead', {}, h('tr', {}, heads.map((text, index) => h('th', { scope: 'col', class: index ? 'n' : null }, text)))),
    h('tbody', {}, rows.map(row)),
  );
}

function row({ label, size, cells, mark = '' }) {
  return h(
    'tr', { class: mark },
    h('th', { scope: 'row' }, h('span', { class: 'label' }, label), h('span', { class: 'bar', 'aria-hidden': 'true', vars: { '--size': Math.max(0, Math.min(1, size)) } })),
    cells.map((text) => h('td', { class: 'n' }, text)),
  );
}

export const sizes = (values) => {
  const most = Math.max(...values.map(Number), 0);
  return values.map((value) => (most ? Number(value) / most : 0));
};
