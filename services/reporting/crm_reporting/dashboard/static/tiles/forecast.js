// What this quarter will bring: won already, and what open deals promise, by scenario.

import { bars, sizes } from '../bars.js';
import { h } from '../dom.js';
import { spanOf, today } from '../periods.js';
import { money, number, range, t } from '../words.js';

const SCENARIOS = ['commit', 'weighted', 'historical', 'best'];

export const forecast = {
  id: 'forecast',
  size: 'half',
  title: () => t('tile.forecast'),
  shut: (ctx) => ctx.shut('forecast'),
  async load(ctx) {
    const span = spanOf('this_quarter', today(document.documentElement.dataset.zone));
    const takes = ['pipeline', 'team', 'owner'];
    const told = await Promise.all(SCENARIOS.map((variant) => ctx.metric('forecast', { ...span, variant }, takes)));
    return { span, told, unconverted: told[1].unconverted };
  },
  render({ span, told }) {
    const { details, currency } = told[1];
    const lines = [['won', details.won_amount], ...told.map((one, index) => [SCENARIOS[index], one.value])];
    const widths = sizes(lines.map(([, value]) => value ?? 0));
    const rows = lines.map(([name, value], index) => ({
      label: t(`forecast.${name}`), size: widths[index], mark: name === 'won' ? 'won' : '',
      cells: [value === null ? '—' : money(value, currency)],
    }));
    const isSome = lines.some(([, value]) => Number(value ?? 0) !== 0);
    const late = details.overdue > 0 && t('forecast.overdue', { n: number(details.overdue), amount: money(details.overdue_amount, currency) });
    const undated = details.without_date > 0 && t('forecast.undated', { n: number(details.without_date) });
    return [
      h('p', { class: 'quiet' }, range(span.from, span.to)),
      isSome ? bars(t('tile.forecast'), [t('forecast.scenario'), t('column.amount')], rows) : h('p', { class: 'empty' }, t('forecast.nothing')),
      (late || undated) && h('p', { class: 'quiet' }, [late, undated].filter(Boolean).join(' · ')),
    ];
  },
  details: (data) => ({ url: data.told[1].facts_url }),
};
