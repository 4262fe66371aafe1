// One tile: asks for its figures, shows them, and says so when it cannot.

import { SignedOut } from './session.js';
import { fill, h } from './dom.js';
import { change } from './state.js';
import { t } from './words.js';

export class Tile {
  constructor(definition) {
    Object.assign(this, { definition, id: definition.id, title: '', data: null, refused: null, isAway: false });
    this.heading = h('h2', { id: `tile-${this.id}` }, '\u00a0');
    this.more = h('button', { type: 'button', class: 'more', hidden: true, onclick: () => change({ show: this.id }) }, t('details.open'));
    this.body = h('div', { class: 'body' }, h('div', { class: 'bone' }));
    this.note = h('p', { class: 'note' });
    this.element = h(
      'section', { class: `tile ${definition.size}`, 'aria-labelledby': `tile-${this.id}`, 'data-tile': this.id, 'aria-busy': 'true' },
      h('div', { class: 'tilehead' }, this.heading, this.more), this.body, this.note,
    );
  }

  async update(ctx, isCurrent) {
    const { definition } = this;
    this.title = definition.title(ctx);
    this.heading.textContent = this.title;
    this.more.setAttribute('aria-label', `${t('details.open')}: ${this.title}`);
    const isFresh = !ctx.anew && this.data && Date.now() - this.loaded < (definition.seldom ?? 0);
    this.element.setAttribute('aria-busy', String(!isFresh));
    if (isFresh) return;
    // what one may not see is not asked for: the answer would be a refusal, in the console too
    const shut = definition.shut?.(ctx);
    if (shut) {
      this.fail(shut, ctx);
      this.element.setAttribute('aria-busy', 'false');
      return;
    }
    try {
      const data = await definition.load(ctx);
      if (!isCurrent()) return;
      this.loaded = Date.now();
      this.draw(data, ctx);
    } catch (failure) {
      if (failure instanceof SignedOut) throw failure;
      if (isCurrent()) this.fail(failure, ctx);
    } finally {
      if (isCurrent()) this.element.setAttribute('aria-busy', 'false');
    }
  }

  draw(data, ctx) {
    Object.assign(this, { data, refused: null, isAway: false });
    this.element.hidden = false;
    this.element.classList.remove('stale');
    fill(this.body, this.definition.render(data, ctx));
    this.more.hidden = !this.details();
    fill(this.note, notes(data, ctx, this.definition));
  }

  /** What stands behind the figure: an address of facts, and of words when there are any. */
  details() {
    return this.data && this.definition.details ? this.definition.details(this.data) : null;
  }

  fail(failure, ctx) {
    if (failure.status === 403) {
      this.refused = failure.code === 'field-hidden' ? t('hidden.field') : t('hidden.role');
      this.element.hidden = true;
      return;
    }
    this.element.hidden = false;
    this.isAway = Boolean(failure.isAway);
    const empty = this.definition.empty?.(failure, ctx);
    if (empty) return fill(this.body, empty);
    const text = this.isAway ? t('away.tile') : t('failed.tile', { detail: failure.message });
    // figures that were right a while ago are better than none, if they say so
    if (this.data && this.isAway) {
      this.element.classList.add('stale');
      return fill(this.note, text);
    }
    if (!failure.status) console.error(failure);
    fill(this.body, h('p', { class: 'empty' }, text));
    fill(this.note);
  }
}

function notes(data, ctx, definition) {
  const found = [];
  const passed = ctx.passedOver(definition.takes?.(ctx) ?? ['pipeline', 'owner', 'team']);
  if (passed.length) found.push(t('note.unfiltered', { names: passed.map((name) => t(`filter.${name}`).toLowerCase()).join(', ') }));
  const missing = data.unconverted ?? data.metric?.unconverted;
  if (Array.isArray(missing)) for (const one of missing) found.push(t('note.unconverted', { n: one.n, currency: one.currency }));
  if (definition.says) found.push(...definition.says(data, ctx));
  return found.filter(Boolean).join(' · ');
}
