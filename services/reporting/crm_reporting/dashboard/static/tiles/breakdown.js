// A metric cut by one of its dimensions, the largest part first.

import { bars, sizes } from '../bars.js';
import { figure, number, t } from '../words.js';

const MOST = 8;

export function breakdownTile(id, metric, by, { size = 'half', key = `tile.${id}`, ...over } = {}) {
  return {
    id,
    size,
    title: () => t(key),
    takes: (ctx) => ctx.taken(metric),
    load: (ctx) => ctx.metric(metric, { by, ...over }),
    render: (data, ctx) => table(data, ctx, by, t(key)),
    details: (data) => ({ url: data.facts_url }),
  };
}

function table(data, ctx, by, title) {
  const parts = data.breakdown.filter((one) => one.value !== null).sort((one, other) => other.value - one.value);
  const widths = sizes(parts.map((one) => one.value));
  const isMoney = data.unit === 'money';
  const rows = parts.slice(0, MOST).map((one, index) => ({
    label: labelOf(one, ctx, by),
    size: widths[index],
    cells: [figure(one.value, data.unit, data.currency), isMoney && number(one.n), one.share !== null && `${number(one.share, 1)}\u00a0%`].filter((cell) => cell !== false),
  }));
  const shared = parts.some((one) => one.share !== null);
  const heads = [t(`by.${by}`), isMoney ? t('column.amount') : t('column.value'), isMoney && t('column.n'), shared && t('column.share')];
  return bars(title, heads.filter(Boolean), rows);
}

export function labelOf(part, ctx, by) {
  if (part.key === null) return t(by === 'owner' ? 'nobody' : 'unnamed');
  const word = `${by}.${part.key}`;
  return ctx.nameOf(part.key) ?? part.label ?? (t(word) === word ? part.key : t(word));
}
