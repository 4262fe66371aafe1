// What waits for somebody: open deals that are late, stand too long or have no next step.

import { h } from '../dom.js';
import { change } from '../state.js';
import { number, t } from '../words.js';

const KINDS = { overdue: { is_overdue: true }, rotting: { is_rotting: true }, no_step: { has_next_step: false } };
const TAKES = ['pipeline', 'team', 'owner'];

export const attention = {
  id: 'attention',
  size: 'wide',
  title: () => t('tile.attention'),
  async load(ctx) {
    const asked = Object.entries(KINDS).map(async ([name, filter]) => {
      const query = { outcome: 'open', ...filter, ...ctx.filter(TAKES) };
      const page = await ctx.get('/v1/deals', { ...query, limit: 1, total: true });
      return { name, query, n: page.total };
    });
    return { kinds: await Promise.all(asked) };
  },
  render: ({ kinds }) => h(
    'ul', { class: 'waiting' },
    kinds.map(({ name, n }) => h('li', { class: n ? 'some' : 'none' },
      h('button', { type: 'button', onclick: () => change({ show: `attention.${name}` }), disabled: n === 0 },
        h('b', { 'data-value': n }, number(n)), h('span', {}, t(`attention.${name}`)))))),
  details: ({ kinds }) => {
    const some = kinds.filter((kind) => kind.n > 0);
    return some.length > 0 && { deals: Object.fromEntries(some.map((kind) => [kind.name, kind.query])) };
  },
};
