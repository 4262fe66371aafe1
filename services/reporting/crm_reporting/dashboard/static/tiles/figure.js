// A tile of one number: what it is, how it changed, how it came about.

import { h } from '../dom.js';
import { hint } from '../hints.js';
import { intervalFor, isAhead } from '../periods.js';
import { spark } from '../spark.js';
import { figure, lang, number, t, why } from '../words.js';

/** `metric` as the API names it; `over` are parameters of its own, such as a variant. */
export function figureTile(id, metric, { key = null, ...over } = {}) {
  const compared = (ctx) => (ctx.state.compare === 'none' ? undefined : ctx.state.compare);
  return {
    id,
    size: 'small',
    title: (ctx) => (key ? t(key) : ctx.titleOf(metric)),
    takes: (ctx) => ctx.taken(metric),
    shut: (ctx) => ctx.shut(metric),
    load: (ctx) => ctx.metric(metric, { interval: intervalFor(ctx.span), compare: compared(ctx), ...over }),
    render: (data, ctx) => (data.value === null || isUncovered(data) ? nothing(data, ctx) : told(data, metric)),
    details: (data) => ({ url: data.facts_url }),
    says: (data) => [
      data.value !== null && data.low_n && t('note.few', { n: number(data.n) }),
      data.coverage !== null && !isUncovered(data) && Number(data.coverage) < 1 && t('note.coverage', { share: figure(data.coverage * 100, 'percent') }),
    ],
  };
}

// percent above this say less than "so many times"
const TENFOLD = 900;

/** A sum of facts of which none has what is summed: a nought that would look like one. */
const isUncovered = (data) => data.coverage !== null && Number(data.coverage) === 0;

function nothing(data, ctx) {
  const needs = ctx.entry(data.metric)?.needs;
  // there were facts, and none of them tells it
  const reason = data.reason === 'no_data' && data.n > 0 ? 'no_coverage' : data.reason ?? 'no_coverage';
  return [
    h('p', { class: 'value none' }, '—'),
    h('p', { class: 'quiet' }, data.reason === 'no_input' && needs ? t('reason.needs', { what: needs[lang()] }) : why(reason)),
    hint(data.metric),
  ];
}

function told(data, metric) {
  const values = data.series.map((bucket) => (bucket.value === null || isAhead(bucket.start) ? null : Number(bucket.value)));
  return [
    h('p', { class: 'value', 'data-value': data.value }, figure(data.value, data.unit, data.currency, { short: data.unit === 'money' && Number(data.value) >= 1e9 })),
    change(data),
    data.n === 0 ? hint(metric) : spark(values),
  ];
}

function change(data) {
  const { comparison } = data;
  if (!comparison) return null;
  const moved = comparison.change_pp ?? comparison.change_pct;
  if (moved === null) return h('p', { class: 'change quiet' }, t('compare.nothing'));
  const points = comparison.change_pp !== null;
  const before = figure(comparison.value, data.unit, data.currency, { short: data.unit === 'money' });
  const text = !points && Number(moved) >= TENFOLD ? `×\u00a0${number(moved / 100 + 1)}` : `${number(Math.abs(moved), 1)}\u00a0${points ? t('unit.points') : '%'}`;
  const way = Number(moved) > 0 ? 'up' : Number(moved) < 0 ? 'down' : 'same';
  const tone = comparison.good === null ? 'plain' : comparison.good ? 'good' : 'bad';
  return h(
    'p', { class: 'change' },
    h('span', { class: `chip ${way === 'same' ? 'plain' : tone}` }, h('span', { class: `arrow ${way}`, role: 'img', 'aria-label': t(`compare.${way}`) }), text),
    h('span', { class: 'quiet' }, t(comparison.normalised ? 'compare.begun' : 'compare.was', { value: before })),
  );
}
