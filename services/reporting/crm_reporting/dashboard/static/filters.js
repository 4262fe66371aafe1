// The filters: period, comparison, pipeline, team, seller, currency and whose pack is shown.

import { h } from './dom.js';
import { PACKS, choosesPeople, packOf, usualPack } from './packs.js';
import { PERIODS, plus } from './periods.js';
import { change, state } from './state.js';
import { select } from './switches.js';
import { range, t } from './words.js';

const PHONE = matchMedia('(max-width: 600px)');
const CURRENCIES = ['UAH', 'EUR', 'USD', 'PLN', 'GBP'];

export function filters({ user, known, span, wasOpen }) {
  const now = state();
  const pick = (name, options, value = now[name] ?? '') =>
    select(t(`filter.${name}`), options, value, (chosen) => change({ [name]: chosen }), { id: `filter-${name}` });
  const any = ['', t('filter.all')];
  const of = (rows) => rows.map((row) => [row.id, row.name ?? row.label]);
  const base = document.documentElement.dataset.currency;
  const currencies = [...new Set([base, ...CURRENCIES])].map((code) => [code === base ? '' : code, code]);
  const packs = Object.keys(PACKS).map((name) => [name === usualPack(user.role) ? '' : name, t(`pack.${name}`)]);
  const pack = packOf(now.pack, user.role);
  const fold = h('details', { class: 'fold', open: wasOpen || !PHONE.matches }, h('summary', {}, t('filter.title')));
  // on a phone the figures come first; elsewhere there is nothing to fold
  PHONE.onchange = () => { fold.open = !PHONE.matches; };
  const nav = h(
    'nav', { class: 'filters', 'aria-label': t('filter.title') },
    select(t('filter.period'), PERIODS.map((name) => [name, t(`period.${name}`)]), now.period, (name) => choosePeriod(name, span), { id: 'filter-period' }),
    now.period === 'custom' && days(span),
    pick('compare', ['previous', 'last_year', 'none'].map((name) => [name, t(`compare.${name}`)])),
    known.pipelines.length > 1 && pick('pipeline', [any, ...of(known.pipelines)]),
    choosesPeople(user.role) && known.teams.length > 0 && pick('team', [any, ...of(known.teams)]),
    choosesPeople(user.role) && known.sellers.length > 0 && pick('owner', [any, ...of(known.sellers)]),
    pick('currency', currencies, now.currency === base ? '' : now.currency),
    pick('pack', packs, pack === usualPack(user.role) ? '' : pack),
    h('p', { class: 'span quiet' }, range(span.from, span.to)),
  );
  fold.append(nav);
  return fold;
}

function choosePeriod(name, span) {
  // whoever chooses days begins with those he sees
  change(name === 'custom' ? { period: name, ...span } : { period: name, from: '', to: '' });
}

function days(span) {
  const last = plus(span.to, -1);
  const input = (id, value, done) => {
    const box = h('input', { type: 'date', id, value, onchange: () => box.value && done(box.value) });
    return h('label', { class: 'choice' }, h('span', {}, t(`filter.${id}`)), box);
  };
  return [
    input('from', span.from, (from) => change({ from, to: from < span.to ? span.to : plus(from, 1) })),
    input('until', last, (until) => change({ to: plus(until, 1), from: until < span.from ? until : span.from })),
  ];
}
