// The workbook of inputs: downloaded, filled in, sent back; every wrong cell is named.

import { send } from './api.js';
import { dataTable } from './charts.js';
import { fill, h, say } from './dom.js';
import { download } from './download.js';
import { knows, number, t } from './words.js';

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';
const PATH = '/v1/effect/workbook';

export function openWorkbook(onTaken = () => {}) {
  const told = h('div', { role: 'status' });
  const file = h('input', { type: 'file', id: 'workbook-file', accept: `.xlsx,${XLSX}` });
  const box = h(
    'dialog', { class: 'details', 'aria-labelledby': 'workbook-title', onclose: () => box.remove() },
    h('div', { class: 'dialoghead' }, h('h2', { id: 'workbook-title' }, t('workbook.title')),
      h('button', { type: 'button', class: 'close', onclick: () => box.close() }, t('close'))),
    h('div', { class: 'dialogbody' },
      h('p', {}, t('workbook.lead')),
      h('ol', { class: 'steps' },
        h('li', {}, h('button', { type: 'button', id: 'workbook-download', onclick: () => tell(fetched) }, t('workbook.download'))),
        h('li', {}, t('workbook.fill')),
        h('li', {}, h('label', { for: 'workbook-file' }, t('workbook.choose')), file,
          h('button', { type: 'button', class: 'main', id: 'workbook-upload', onclick: () => file.files[0] && tell(upload) }, t('workbook.upload')))),
      told),
  );
  document.body.append(box);
  box.showModal();

  async function tell(verb) {
    fill(told, h('div', { class: 'bone' }));
    try {
      fill(told, await verb());
    } catch (failure) {
      fill(told, failure.errors?.length ? faults(failure) : h('p', { class: 'fault' }, failure.message));
    }
  }

  async function upload() {
    const answer = await send(PATH, { method: 'PUT', headers: { 'Content-Type': XLSX }, body: file.files[0] });
    const taken = await answer.json();
    onTaken();
    say(t('workbook.taken'));
    const kinds = ['created', 'updated', 'unchanged'];
    const rows = Object.keys(taken.created).map((sheet) => [t(`sheet.${sheet}`), ...kinds.map((kind) => number(taken[kind][sheet]))]);
    return [h('p', { class: 'done' }, t('workbook.taken')), dataTable([t('workbook.sheet'), ...kinds.map((kind) => t(`workbook.${kind}`))], rows)];
  }
}

async function fetched() {
  await download(PATH, XLSX, 'crm-inputs.xlsx');
  return h('p', { class: 'done' }, t('workbook.downloaded'));
}

function faults(failure) {
  const rows = failure.errors.map(({ pointer, code, detail }) => {
    const [, sheet, cell] = pointer.split('/');
    const rule = `rule.${(code ?? '').replaceAll('-', '_')}`;
    return [sheet ? t(`sheet.${sheet}`) : '—', cell ?? '—', knows(rule) ? t(rule) : detail];
  });
  return [h('p', { class: 'fault' }, t('workbook.refused', { n: number(rows.length) })), dataTable([t('workbook.sheet'), t('workbook.cell'), t('workbook.rule')], rows)];
}
