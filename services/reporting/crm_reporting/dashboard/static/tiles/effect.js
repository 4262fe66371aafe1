// The first tile: what the CRM brings, in one sentence, and how it came about month by month.

import { scaleOf } from '../axes.js';
import { chart, dataTable } from '../charts.js';
import { CLOSED } from '../context.js';
import { h } from '../dom.js';
import { entersInputs } from '../packs.js';
import { openSetup } from '../setup.js';
import { day, lang, money, month, t, why } from '../words.js';
import { openWorkbook } from '../workbook.js';

const HALF_A_MINUTE = 30_000;

export const effect = {
  id: 'effect',
  size: 'full hero',
  title: () => t('tile.effect'),
  takes: () => [],
  seldom: HALF_A_MINUTE, // it is counted beside, not at every news
  shut: shutTo,
  load: (ctx) => ctx.get('/v1/effect/totals'),
  render: (data) => [
    h('div', { class: 'told' },
      h('p', { class: 'sentence' }, data.sentence[lang()]),
      h('dl', { class: 'sums' },
        sum('effect.brought', data.brought_since, data.currency),
        sum('effect.cost', data.cost_since, data.currency),
        sum('effect.assumed', data.assumed_since, data.currency),
        h('div', {}, h('dt', {}, t('effect.payback')), h('dd', {}, paid(data))))),
    data.warnings.map((one) => h('p', { class: 'quiet' }, t(`effect.${one}`))),
    data.months.length > 1 ? line(data) : h('p', { class: 'quiet' }, t('effect.young')),
  ],
  details: () => ({ effect: '/v1/effect' }),
  empty: (failure, ctx) => (failure.code === 'effect-not-begun'
    ? h('p', { class: 'empty' }, t('effect.begins', { day: day(failure.startsOn) }))
    : failure.code === 'effect-not-set-up' && notSetUp(ctx)),
};

const notSetUp = (ctx) => h(
  'div', { class: 'empty' },
  h('p', {}, h('b', {}, t('effect.none.title'))),
  h('p', {}, t(entersInputs(ctx.role) ? 'effect.none.do' : 'effect.none.ask')),
  entersInputs(ctx.role) && h('div', { class: 'row' },
    h('button', { type: 'button', class: 'main', onclick: () => openWorkbook(ctx.relearn) }, t('workbook.open')),
    h('button', { type: 'button', class: 'main', onclick: () => openSetup(ctx.relearn) }, t('setup.open'))),
);

/** Whether it would be refused, told as the refusal; a status that did not come leaves it open. */
function shutTo(ctx) {
  if (ctx.effect?.may_read_totals === false) return CLOSED;
  return ctx.effect?.is_set_up === false && { status: 404, code: 'effect-not-set-up' };
}

const sum = (key, value, currency) => h('div', {}, h('dt', {}, t(key)), h('dd', { 'data-value': value }, money(value, currency)));

function paid(data) {
  if (data.payback_day) return day(data.payback_day);
  return data.payback.reason === 'not_yet' ? t('effect.unpaid') : why(data.payback.reason);
}

function line(data) {
  const names = { total_brought: t('effect.brought'), total_cost: t('effect.cost'), planned: t('effect.planned') };
  const shown = Object.keys(names).filter((key) => data.months.some((one) => one[key] !== null));
  const write = (value) => (value === null ? '—' : money(value, data.currency));
  return chart({
    label: t('effect.label'),
    spec: ({ tone }) => spec(data, names, shown, tone, write),
    table: dataTable([t('interval.month'), ...shown.map((key) => names[key])], data.months.map((one) => [month(one.start), ...shown.map((key) => write(one[key]))])),
    height: 190,
  });
}

function spec(data, names, shown, tone, write) {
  const tip = (one) => ({ [month(one.start)]: '', ...Object.fromEntries(shown.map((key) => [names[key], write(one[key])])) });
  const values = data.months.flatMap((one) => shown.map((key) => ({
    label: month(one.start), name: names[key], value: one[key] === null ? null : Number(one[key]), tip: tip(one),
  })));
  const known = values.map((one) => one.value ?? 0);
  const scale = scaleOf(Math.max(1, ...known), Math.min(0, ...known), data.currency);
  const colours = { domain: shown.map((key) => names[key]), range: [tone('--good'), tone('--bad'), tone('--faint')] };
  return {
    data: { values },
    mark: { type: 'line', strokeWidth: 2.5, point: { size: 26 } },
    encoding: {
      x: { field: 'label', type: 'ordinal', sort: null, axis: { title: null, labelAngle: 0, labelOverlap: true } },
      y: { field: 'value', type: 'quantitative', ...scale },
      color: { field: 'name', type: 'nominal', scale: colours },
      tooltip: { field: 'tip' },
    },
  };
}
