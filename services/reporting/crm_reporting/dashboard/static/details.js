// What stands behind a tile: in words, and the facts themselves. Open or not is in the address.

import { withQuery } from './api.js';
import { fill, h } from './dom.js';
import { dealsList, effectParts, factsList, words } from './evidence.js';
import { change } from './state.js';
import { t } from './words.js';

let dialog = null;
let shown = null;
let last = null;

export function openDetails(name, tiles, ctx) {
  last = ctx ?? last;
  if (!name || !last) return closeDetails();
  if (name === shown) return undefined;
  const [id, part] = name.split('.');
  const tile = tiles.find((one) => one.id === id);
  const behind = tile?.details();
  if (!behind) return closeDetails();
  shown = name;
  return draw(part ? t(`attention.${part}`) : tile.title, sections(behind, part));
}

export function closeDetails() {
  shown = null;
  const box = dialog;
  dialog = null;
  box?.close();
  box?.remove();
}

function sections(behind, part) {
  if (behind.effect) return [effectParts(last, behind.effect)];
  if (behind.deals) return Object.entries(behind.deals).filter(([kind]) => !part || kind === part).map(([kind, query]) => dealsList(last, kind, query));
  const url = behind.url ?? address(behind);
  return [words(url.replace('/facts?', '/explain?')), factsList(last, url)];
}

function address({ metric, span }) {
  const query = { from: span.from, to: span.to, currency: last.state.currency, ...last.filter(['pipeline', 'team', 'owner']) };
  return withQuery(`/v1/metrics/${metric}/facts`, query);
}

function draw(title, parts) {
  dialog?.remove();
  const box = h(
    'dialog', { class: 'details', 'aria-labelledby': 'details-title', onclose: () => box === dialog && change({ show: '' }) },
    h('div', { class: 'dialoghead' }, h('h2', { id: 'details-title' }, title),
      h('button', { type: 'button', class: 'close', onclick: () => box.close() }, t('close'))),
    h('div', { class: 'dialogbody' }, parts.map((part) => filled(part))),
  );
  box.addEventListener('click', (event) => event.target === box && box.close());
  dialog = box;
  document.body.append(box);
  box.showModal();
}

/** A place that shows what a promise brings, or why it brings nothing. */
function filled(promise) {
  const place = h('section', { 'aria-busy': 'true' }, h('div', { class: 'bone' }));
  promise
    .then((nodes) => fill(place, nodes))
    .catch((failure) => fill(place, h('p', { class: 'empty' }, failure.status === 403 ? t('hidden.role') : failure.isAway ? t('away.tile') : failure.message)))
    .finally(() => place.setAttribute('aria-busy', 'false'));
  return place;
}
