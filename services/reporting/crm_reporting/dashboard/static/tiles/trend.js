// Sales over time, beside the time they are compared with.

import { scaleOf } from '../axes.js';
import { chart, dataTable } from '../charts.js';
import { h } from '../dom.js';
import { hint } from '../hints.js';
import { intervalFor, isAhead } from '../periods.js';
import { money, month, shortDay, t } from '../words.js';

const isSome = (bucket) => Number(bucket.value ?? 0) !== 0;

export const trend = {
  id: 'trend',
  size: 'wide',
  title: () => t('tile.trend'),
  takes: (ctx) => ctx.taken('sales_volume'),
  details: (data) => ({ url: data.metric.facts_url }),
  shut: (ctx) => ctx.shut('sales_volume'),
  async load(ctx) {
    const interval = intervalFor(ctx.span);
    const compare = ctx.state.compare === 'none' ? undefined : ctx.state.compare;
    const metric = await ctx.metric('sales_volume', { interval, compare });
    const other = metric.comparison;
    const before = other ? await ctx.metric('sales_volume', { interval, from: other.from, to: other.to }) : null;
    return { metric, before, interval };
  },
  render({ metric, before: told, interval }, ctx) {
    // a line of noughts is no comparison, and bars of noughts are no chart
    const before = told?.series.some(isSome) ? told : null;
    if (!before && !metric.series.some(isSome)) return [h('p', { class: 'empty' }, t('reason.no_data')), hint('sales_volume')];
    const name = interval === 'month' ? month : shortDay;
    const now = t('trend.now');
    const then = t(`compare.${ctx.state.compare}`);
    const rows = metric.series.map((bucket, index) => ({
      label: name(bucket.start),
      value: isAhead(bucket.start) ? null : bucket.value,
      before: before?.series[index]?.value ?? null,
    }));
    const write = (value) => (value === null ? '—' : money(value, metric.currency));
    return chart({
      label: t('trend.label', { interval: t(`interval.${interval}`) }),
      spec: ({ tone }) => spec(rows, { now, then, currency: metric.currency, hasBefore: Boolean(before), tone, write }),
      table: dataTable(
        [t(`interval.${interval}`), now, before && then].filter(Boolean),
        rows.map((row) => [row.label, write(row.value), before && write(row.before)].filter((cell) => cell !== null)),
      ),
      height: 240,
    });
  },
};

function spec(rows, { now, then, currency, hasBefore, tone, write }) {
  const values = rows.map((row, index) => ({
    order: index, label: row.label, value: row.value === null ? null : Number(row.value), before: row.before === null ? null : Number(row.before),
    tip: { [row.label]: '', [now]: write(row.value), ...(hasBefore ? { [then]: write(row.before) } : {}) },
  }));
  const most = Math.max(1, ...values.map((row) => Math.max(row.value ?? 0, row.before ?? 0)));
  const x = { field: 'label', type: 'ordinal', sort: null, axis: { title: null, labelAngle: 0, labelOverlap: true }, scale: { paddingInner: 0.35 } };
  const least = Math.min(0, ...values.map((row) => Math.min(row.value ?? 0, row.before ?? 0)));
  const y = (field) => ({ field, type: 'quantitative', ...scaleOf(most, least, currency) });
  const colours = { domain: hasBefore ? [now, then] : [now], range: [tone('--accent'), tone('--faint')] };
  const tooltip = { tooltip: { field: 'tip' } };
  return {
    data: { values },
    layer: [
      { mark: { type: 'bar', cornerRadiusEnd: 3 }, encoding: { x, y: y('value'), color: { datum: now, scale: colours }, ...tooltip } },
      ...(hasBefore ? [{ mark: { type: 'line', strokeWidth: 2, point: { size: 22 } }, encoding: { x, y: y('before'), color: { datum: then }, ...tooltip } }] : []),
    ],
  };
}
