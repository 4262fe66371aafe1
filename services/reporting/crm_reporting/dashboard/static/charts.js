// Charts by Vega-Lite, from our own figures only. Expressions are interpreted, not compiled: the
// page's policy forbids code from strings. The library is fetched when the first chart is drawn.

import { fill, h } from './dom.js';
import { lang, t } from './words.js';

const FILES = ['vega.min.js', 'vega-lite.min.js', 'vega-embed.min.js'];
const drawn = new WeakMap();
let library = null;
// vega-embed empties its element by markup: nothing but that is let through
globalThis.trustedTypes?.createPolicy('default', { createHTML: (text) => (text === '' ? text : null) });

async function vega() {
  // in their order: each finds the one before under its global name
  library ??= FILES.reduce((before, name) => before.then(() => import(`./vendor/${name}`)), Promise.resolve());
  await library;
  return globalThis.vegaEmbed;
}

const tone = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function config() {
  const [text, quiet, line] = ['--text', '--quiet', '--line'].map(tone);
  return {
    background: null, font: 'system-ui, sans-serif', view: { stroke: null },
    axis: { labelColor: quiet, titleColor: quiet, gridColor: line, domainColor: line, tickColor: line, labelFontSize: 11, labelPadding: 6, titleFontWeight: 'normal' },
    axisX: { grid: false, ticks: false, labelFlush: false }, axisY: { domain: false, ticks: false, tickCount: 4 },
    legend: { labelColor: text, labelFontSize: 12, orient: 'top', title: null, symbolType: 'square', symbolSize: 90, padding: 0, offset: 10 },
  };
}

/** A figure: the chart for the eye, the same numbers as a table for everybody. */
export function chart({ label, spec, table, height = 220 }) {
  const stage = h('div', { class: 'stage', role: 'img', 'aria-label': label, vars: { '--height': `${height}px` } });
  const watched = new ResizeObserver(() => queueMicrotask(() => paint(stage, spec, height)));
  watched.observe(stage);
  repaint.add(stage);
  drawn.set(stage, { spec, height });
  return h('figure', { class: 'chart' }, stage, h('details', {}, h('summary', {}, t('chart.table')), table));
}

const repaint = new Set();
const scheme = matchMedia('(prefers-color-scheme: dark)');
const again = () => {
  for (const stage of repaint) {
    if (!stage.isConnected) repaint.delete(stage);
    else paint(stage, drawn.get(stage).spec, drawn.get(stage).height, true);
  }
};
scheme.addEventListener('change', again);
new MutationObserver(again).observe(document.documentElement, { attributeFilter: ['data-theme'] });

async function paint(stage, spec, height, force = false) {
  const width = Math.floor(stage.clientWidth);
  if (!width || (!force && stage.dataset.width === String(width))) return;
  stage.dataset.width = width;
  try {
    const embed = await vega();
    const room = h('div');
    const whole = { ...spec({ tone }), width, height, autosize: { type: 'fit', contains: 'padding' }, config: config() };
    await embed(room, whole, {
      ast: true, actions: false, defaultStyle: false, renderer: 'svg', mode: 'vega-lite', tooltip,
      timeFormatLocale: undefined, formatLocale: undefined, loader: { load: () => Promise.reject(new Error('no')) },
    });
    room.querySelector('svg')?.setAttribute('aria-hidden', 'true');
    fill(stage, room);
    stage.dataset.drawn = lang();
  } catch (failure) {
    console.error(failure);
    fill(stage, h('p', { class: 'empty' }, t('chart.failed')));
  }
}

const bubble = h('div', { class: 'bubble', hidden: true, 'aria-hidden': 'true' });

function tooltip(_handler, event, _item, value) {
  bubble.hidden = !value;
  if (!value) return;
  fill(bubble, Object.entries(value).map(([name, text]) => h('div', {}, h('span', {}, name), h('b', {}, text))));
  if (!bubble.isConnected) document.body.append(bubble);
  const left = Math.min(event.clientX + 14, innerWidth - bubble.offsetWidth - 8);
  bubble.style.setProperty('--x', `${Math.max(8, left)}px`);
  bubble.style.setProperty('--y', `${event.clientY + 14}px`);
}

/** `texts`: how many columns from the left are words. */
export function dataTable(heads, rows, { texts = 1 } = {}) {
  const kind = (index) => (index < texts ? null : 'n');
  return h(
    'div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': t('chart.table') },
    h('table', { class: 'plain' },
      h('thead', {}, h('tr', {}, heads.map((text, index) => h('th', { scope: 'col', class: kind(index) }, text)))),
      h('tbody', {}, rows.map((cells) => h('tr', {}, cells.map((text, index) => (index ? h('td', { class: kind(index) }, text) : h('th', { scope: 'row' }, text))))))),
  );
}
