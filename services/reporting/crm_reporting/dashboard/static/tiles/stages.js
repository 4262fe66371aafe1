// The funnel of the period, and what stands open now, stage by stage.

import { bars, sizes } from '../bars.js';
import { h } from '../dom.js';
import { money, number, t } from '../words.js';

export const funnel = {
  id: 'funnel',
  size: 'half',
  title: () => t('tile.funnel'),
  shut: (ctx) => ctx.shut('funnel'),
  load: (ctx) => ctx.report('funnel'),
  render(data) {
    const stages = data.stages.filter((one) => one.outcome !== 'lost' && one.n > 0);
    const widths = sizes(stages.map((one) => one.n));
    const rows = stages.map((one, index) => ({
      label: one.label, size: widths[index], mark: one.outcome,
      cells: [number(one.n), one.value === null ? '—' : `${number(one.value, 1)}\u00a0%`],
    }));
    return bars(t('tile.funnel'), [t('by.stage'), t('column.entered'), t('column.further')], rows);
  },
  details: (data) => ({ metric: 'funnel', span: data }),
};

export const pipeline = {
  id: 'pipeline',
  size: 'half',
  title: () => t('tile.pipeline'),
  shut: (ctx) => ctx.shut('open_deals'),
  load: (ctx) => ctx.report('pipeline'),
  render(data) {
    const stages = data.stages.filter((one) => one.n > 0);
    const widths = sizes(stages.map((one) => one.amount));
    const rows = stages.map((one, index) => ({
      label: one.label ?? t('unnamed'), size: widths[index], cells: [number(one.n), money(one.amount, data.currency)],
    }));
    return [
      h('p', { class: 'line' }, h('b', { class: 'value small', 'data-value': data.open.amount }, money(data.open.amount, data.currency)),
        h('span', { class: 'quiet' }, t('pipeline.lead', { n: number(data.open.n), weighted: money(data.weighted_amount, data.currency) }))),
      bars(t('tile.pipeline'), [t('by.stage'), t('column.n'), t('column.amount')], rows),
    ];
  },
  details: (data) => ({ metric: 'open_deals', span: data }),
};
