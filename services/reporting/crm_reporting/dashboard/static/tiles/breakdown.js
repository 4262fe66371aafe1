// A metric cut by one of its dimensions, the largest part first.

import { bars, sizes } from '../bars.js';
import { hint } from '../hints.js';
import { figure, knows, number, t } from '../words.js';

const MOST = 8;

export function breakdownTile(id, metric, by, { size = 'half', key = `tile.${id}`, ...over } = {}) {
  return {
    id,
    size,
    title: () => t(key),
    takes: (ctx) => ctx.taken(metric),
    shut: (ctx) => ctx.shut(metric),
    load: (ctx) => ctx.metric(metric, { by, ...over }),
    render: (data, ctx) => [table(data, ctx, by, t(key)), data.breakdown.length === 0 && hint(metric)],
    details: (data) => ({ url: data.facts_url }),
  };
}

function table(data, ctx, by, title) {
  const parts = data.breakdown.filter((one) => one.value !== null).sort((one, other) => other.value - one.value);
  // rows of noughts alone are no chart
  if (!parts.some((one) => Number(one.value) !== 0)) return bars(title, [], []);
  const widths = sizes(parts.map((one) => one.value));
  const isMoney = data.unit === 'money';
  const shared = parts.some((one) => one.share !== null);
  const row = (label, one, size) => ({
    label, size,
    cells: [
      figure(one.value, data.unit, data.currency),
      isMoney && number(one.n),
      shared && (one.share === null ? '—' : `${number(one.share, 1)}\u00a0%`),
    ].filter((cell) => cell !== false),
  });
  const rows = parts.slice(0, MOST).map((one, index) => row(labelOf(one, ctx, by), one, widths[index]));
  const rest = parts.slice(MOST);
  if (rest.length && shared) rows.push({ ...row(t('others', { n: number(rest.length) }), summed(rest), 0), mark: 'rest' });
  const heads = [t(`by.${by}`), isMoney ? t('column.amount') : t('column.value'), isMoney && t('column.n'), shared && t('column.share')];
  return bars(title, heads.filter(Boolean), rows);
}

/** Only what has shares adds up: sums and counts. */
function summed(parts) {
  const sum = (name) => parts.reduce((total, one) => total + Number(one[name] ?? 0), 0);
  return { value: sum('value'), n: sum('n'), share: sum('share') };
}

/** Names of records as their service tells them; codes in the reader's language where there is a word. */
function labelOf(part, ctx, by) {
  if (part.key === null) return t(by === 'owner' ? 'nobody' : 'unnamed');
  const word = `${by}.${part.key}`;
  return ctx.nameOf(part.key) ?? (knows(word) ? t(word) : part.label ?? part.key);
}
