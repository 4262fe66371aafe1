// The evidence: explanations, facts, deals and the parts of the effect, as the API tells them.

import { get, withQuery } from './api.js';
import { dataTable } from './charts.js';
import { h } from './dom.js';
import { download } from './download.js';
import { entersInputs } from './packs.js';
import { day, figure, knows, lang, money, number, t, why } from './words.js';

const PAGE = 50;

export async function words(url) {
  const told = await get(url);
  const one = (texts) => texts[lang()];
  const list = (key, items) => items.length > 0 && [h('h3', {}, t(key)), h('ul', {}, items.map((item) => h('li', {}, one(item))))];
  return [
    h('p', { class: 'formula' }, inWords(one(told.formula))),
    told.value === null ? h('p', {}, why(told.reason)) : h('p', { class: 'calculation' }, one(told.calculation)),
    list('explain.filters', told.filters),
    list('explain.left_out', told.left_out),
    list('explain.coverage', told.coverage),
    h('p', { class: 'quiet source' }, t('explain.source', { id: told.metric, version: told.version, source: told.source })),
    h('button', { type: 'button', id: 'details-csv', onclick: () => download(url.replace('/explain?', '?'), 'text/csv', `${told.metric}.csv`) }, t('details.csv')),
  ];
}

/** Formulas name variants as the API takes them; whoever reads has words for them. */
const inWords = (formula) => formula.replace(/\b([a-z_]+)(?=:)/g, (code) => (knows(`variant.${code}`) ? t(`variant.${code}`) : code))
  .replace(/(^|\. )(\p{Ll})/gu, (_whole, before, letter) => before + letter.toUpperCase());

export async function factsList(ctx, url) {
  const page = await get(withQuery(url, { limit: PAGE, total: true }));
  const body = h('tbody');
  const more = h('button', { type: 'button', hidden: true }, t('facts.more'));
  await grow(page);
  const heads = ['facts.day', 'facts.what', 'facts.subject', 'facts.owner', 'facts.amount'];
  if (!page.items.length) return [h('h3', {}, t('facts.title', { n: number(0) })), h('p', { class: 'empty' }, t('facts.none'))];
  return [
    h('h3', {}, t('facts.title', { n: number(page.total) })),
    h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': t('facts.region') },
      h('table', { class: 'plain' }, h('thead', {}, h('tr', {}, heads.map((key) => h('th', { scope: 'col', class: key === 'facts.amount' ? 'n' : null }, t(key))))), body)),
    more,
  ];

  async function grow(next) {
    const titles = await titlesOf(next.items.map((row) => row.deal_id).filter(Boolean));
    body.append(...next.items.map((row) => factRow(row, titles, ctx)));
    more.hidden = !next.next_cursor;
    more.onclick = async () => {
      more.disabled = true;
      await grow(await get(withQuery(url, { limit: PAGE, cursor: next.next_cursor }))).finally(() => { more.disabled = false; });
    };
  }
}

function factRow(row, titles, ctx) {
  const id = row.deal_id ?? row.subject_id;
  const named = (id) => `${knows(`noun.${row.noun}`) ? t(`noun.${row.noun}`) : row.noun} …${id.slice(-6)}`;
  return h(
    'tr', {}, h('td', { class: 'day' }, day(row.day)), h('td', {}, knows(`part.${row.part}`) ? t(`part.${row.part}`) : row.part),
    h('td', { title: id }, titles.get(id) ?? named(id)),
    h('td', {}, row.owner_id ? ctx.nameOf(row.owner_id) ?? row.owner_id.slice(-6) : t('nobody')),
    h('td', { class: 'n' }, row.amount === null || !row.currency ? '' : money(row.amount, row.currency)),
  );
}

/** Titles are the deals service's own: whoever may not read them sees the ends of ids. */
async function titlesOf(ids) {
  if (!ids.length) return new Map();
  const query = { 'id[in]': [...new Set(ids)].join(','), limit: PAGE };
  const page = await get('/v1/deals', query).catch(() => ({ items: [] }));
  return new Map(page.items.map((deal) => [deal.id, deal.title]));
}

export async function dealsList(ctx, kind, query) {
  const page = await get('/v1/deals', { ...query, limit: PAGE * 2, sort: '-amount' });
  const rows = page.items.map((deal) => [
    deal.title, ctx.nameOf(deal.owner_id) ?? t('nobody'),
    deal.expected_close_date ? day(deal.expected_close_date) : '—',
    deal.amount === null ? '—' : money(deal.amount, deal.currency),
  ]);
  return [h('h3', {}, t(`attention.${kind}`)), dataTable([t('facts.subject'), t('facts.owner'), t('facts.due'), t('facts.amount')], rows, { texts: 3 })];
}

export async function effectParts(ctx, url) {
  if (!entersInputs(ctx.role)) return h('p', {}, t('effect.finance'));
  const told = await get(url);
  const write = (value) => (value === null ? '—' : money(value, told.currency));
  const part = (one) => [
    `${one.id} ${one.title[lang()] ?? ''}`,
    one.value === null ? why(one.reason) : write(one.value),
    one.share === null ? '—' : `${figure(one.share * 100, 'percent')} × ${figure(one.confidence * 100, 'percent')}`,
    one.credited ? write(one.credited.mid) : '—',
  ];
  const row = (one) => [
    one.title[lang()] ?? one.metric,
    ...[one.before, one.after].map((value) => (value === null ? '—' : figure(value, one.unit, told.currency))),
    change(one),
  ];
  return [
    h('p', { class: 'sentence' }, told.sentence[lang()]),
    h('h3', {}, t('effect.parts')),
    dataTable([t('effect.part'), t('effect.month'), t('effect.weight'), t('effect.credited')], told.components.map(part)),
    told.components.filter((one) => one.argument).map((one) => h('p', { class: 'quiet' }, `${one.id}: ${one.argument}`)),
    told.before_after.length > 0 && [h('h3', {}, t('effect.change')), dataTable([t('effect.metric'), t('effect.before'), t('effect.after'), t('effect.moved')], told.before_after.map(row))],
  ];
}

function change(one) {
  if (one.change_pp !== null) return `${number(one.change_pp, 1)} ${t('unit.points')}`;
  if (one.change_pct !== null) return `${number(one.change_pct, 1)}\u00a0%`;
  return one.reason ? why(one.reason) : '—';
}
