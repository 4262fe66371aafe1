// How the effect is judged: since when, at which margin, what is credited to the CRM and why.

import { get, send } from './api.js';
import { fill, h, say } from './dom.js';
import { lang, t } from './words.js';
import { openWorkbook } from './workbook.js';

const PATH = '/v1/effect/setup';
const percent = (share) => (share === undefined ? '' : String(Number((share * 100).toFixed(4))));
const share = (text) => String(Number((Number(text) / 100).toFixed(6)));

export async function openSetup(onTaken = () => {}) {
  const told = h('div', { role: 'status' });
  const form = h('form', { class: 'setup', id: 'setup', onsubmit: save }, h('div', { class: 'bone' }));
  const box = h(
    'dialog', { class: 'details', 'aria-labelledby': 'setup-title', onclose: () => box.remove() },
    h('div', { class: 'dialoghead' }, h('h2', { id: 'setup-title' }, t('setup.title')),
      h('button', { type: 'button', class: 'close', onclick: () => box.close() }, t('close'))),
    h('div', { class: 'dialogbody' }, h('p', {}, t('setup.lead')), form, told,
      h('h3', {}, t('setup.rest')), h('p', {}, t('setup.rest.do')),
      h('button', { type: 'button', onclick: () => { box.close(); openWorkbook(onTaken); } }, t('workbook.open'))),
  );
  document.body.append(box);
  box.showModal();
  let status = null;
  let kept = {};
  try {
    status = await get('/v1/effect/status');
    kept = status.is_set_up ? await get(PATH) : { currency: status.currency, weights: {}, declared: [] };
    fill(form, fields(kept, status.components), h('button', { type: 'submit', class: 'main', id: 'setup-save' }, t('setup.save')));
  } catch (failure) {
    fill(form, h('p', { class: 'fault' }, failure.message));
  }

  async function save(event) {
    event.preventDefault();
    fill(told, h('div', { class: 'bone' }));
    try {
      const body = JSON.stringify(asked(form.elements, kept, status.components));
      await send(PATH, { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body });
      fill(told, h('p', { class: 'done' }, t('setup.taken')));
      say(t('setup.taken'));
      onTaken();
    } catch (failure) {
      fill(told, faults(failure));
    }
  }
}

function fields(kept, components) {
  const [date, sum, part] = [{ type: 'date', required: true }, { type: 'number', min: 0, step: 'any' }, { type: 'number', min: 0, max: 100, step: 'any' }];
  return [
    field('starts_on', { ...date, value: kept.starts_on }),
    field('currency', { value: kept.currency, required: true, maxlength: 3, size: 4 }),
    field('margin', { ...part, value: kept.margin, required: true }),
    field('planned_benefit', { ...sum, value: kept.planned_benefit }),
    h('h3', {}, t('setup.weights')), h('p', { class: 'quiet' }, t('setup.weights.do')),
    components.map(({ id, title }) => h('fieldset', {}, h('legend', {}, title[lang()]),
      field('share', { ...part, value: percent(kept.weights[id]?.share) }, `${id}.`),
      field('confidence', { ...part, value: percent(kept.weights[id]?.confidence) }, `${id}.`),
      field('argument', { value: kept.weights[id]?.argument, maxlength: 2000 }, `${id}.`))),
  ];
}

const field = (name, props, of = '') => h('label', {}, h('span', {}, t(`setup.${name}`)), h('input', { name: of + name, ...props }));

/** What the form does not show stays as it is. */
function asked(given, kept, components) {
  const weights = { ...kept.weights };
  for (const { id } of components) {
    const [part, sure, why] = ['share', 'confidence', 'argument'].map((name) => given[`${id}.${name}`].value.trim());
    if (part || sure || why) weights[id] = { share: share(part || 0), confidence: share(sure || 0), argument: why };
    else delete weights[id];
  }
  const { script_coverage = null, price_index = null, declared } = kept;
  return {
    starts_on: given.starts_on.value, currency: given.currency.value.trim().toUpperCase(), margin: given.margin.value,
    planned_benefit: given.planned_benefit.value || null, script_coverage, price_index, weights, declared,
  };
}

function faults(failure) {
  const wrong = failure.errors?.length ? failure.errors : [{ pointer: '', detail: failure.message }];
  return h('ul', { class: 'fault', role: 'alert' }, wrong.map(({ pointer, detail }) => h('li', {}, [pointer.replace(/^\//, '').replaceAll('/', ' · '), detail].filter(Boolean).join(': '))));
}
