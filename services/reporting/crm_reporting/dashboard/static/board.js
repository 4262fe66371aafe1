// The board: what the reader's pack names, asked anew when the address or the company changes.

import { Round, get } from './api.js';
import { context } from './context.js';
import { closeDetails, openDetails } from './details.js';
import { fill, h, say } from './dom.js';
import { filters } from './filters.js';
import { header } from './header.js';
import * as live from './live.js';
import { packOf } from './packs.js';
import { asked, today } from './periods.js';
import { SignedOut, user as signedIn } from './session.js';
import { openSetup } from './setup.js';
import { follow, state } from './state.js';
import { Tile } from './tile.js';
import { ownTiles, TILES } from './tiles/index.js';
import { t } from './words.js';
import { openWorkbook } from './workbook.js';

let current = null;
follow((changed) => current?.onChange(changed));

export async function openBoard(app, { leave }) {
  const user = signedIn();
  const board = new Board(app, user, leave);
  current = board;
  board.draw();
  await board.start();
  return board;
}

class Board {
  #rounds = 0;

  constructor(app, user, leave) {
    Object.assign(this, { app, user, leave, known: { pipelines: [], teams: [], users: [], sellers: [] }, catalogue: new Map(), tiles: [], stop: () => {} });
  }

  draw() {
    document.title = `${t('title')} · CRM`;
    this.head = header({ user: this.user, leave: this.leave, openWorkbook: () => openWorkbook(() => this.relearn()), openSetup: () => openSetup(() => this.relearn()) });
    this.bar = h('div', {});
    this.grid = h('main', { id: 'board', class: 'board', tabindex: '-1' });
    this.hidden = h('footer', { class: 'foot' });
    fill(this.app, this.head.element, this.bar, this.grid, this.hidden);
  }

  async start() {
    try {
      await this.learn();
      this.lay();
      await this.refresh();
      if (current === this) this.stop = live.follow(() => this.refresh({ quiet: true }), (isLive) => { this.isLive = isLive; this.tellFresh(); });
    } catch (failure) {
      this.failed(failure);
    }
  }

  /** Names for filters and labels; without them the board still tells its figures. */
  async learn() {
    const known = (failure) => {
      if (failure instanceof SignedOut) throw failure;
      return null;
    };
    const list = (path) => get(path, { limit: 500 }).then((page) => page.items).catch((failure) => known(failure) ?? []);
    const [catalogue, pipelines, teams, users] = await Promise.all(['/v1/metrics', '/v1/pipelines', '/v1/teams', '/v1/users'].map(list));
    this.effect = await get('/v1/effect/status').catch(known);
    this.catalogue = new Map(catalogue.map((entry) => [entry.id, entry]));
    const sellers = users.filter((one) => one.is_active !== false && ['seller', 'head'].includes(one.role));
    this.known = { pipelines, teams, users, sellers };
  }

  /** Something was entered that decides what there is to see. */
  async relearn() {
    await this.learn();
    this.refresh({ anew: true });
  }

  get span() {
    return asked(state(), today(document.documentElement.dataset.zone));
  }

  lay() {
    const names = packOf(state().pack, this.user.role);
    if (this.pack !== names) {
      this.pack = names;
      this.tiles = [...TILES[names], ...ownTiles(this.catalogue)].map((definition) => new Tile(definition));
      fill(this.grid, this.tiles.map((tile) => tile.element));
    }
    const wasOpen = this.bar.querySelector('.fold')?.open;
    fill(this.bar, filters({ user: this.user, known: this.known, span: this.span, wasOpen }));
  }

  async refresh({ quiet = false, anew = false } = {}) {
    const number = ++this.#rounds;
    const isCurrent = () => number === this.#rounds && current === this;
    const ctx = context({ board: this, round: new Round(), span: this.span, state: state(), anew });
    const done = await Promise.allSettled(this.tiles.map((tile) => tile.update(ctx, isCurrent)));
    if (!isCurrent()) return;
    const lost = done.find((one) => one.reason instanceof SignedOut);
    if (lost) return this.failed(lost.reason);
    this.at = new Date();
    this.tellFresh();
    this.tellHidden();
    if (!quiet) say(t('said.updated'));
    openDetails(state().show, this.tiles, ctx);
  }

  tellFresh() {
    const isAway = this.tiles.some((tile) => tile.isAway);
    this.head.freshness(isAway ? 'away' : this.isLive ? 'live' : 'polled', this.at);
  }

  tellHidden() {
    const left = this.tiles.filter((tile) => tile.refused);
    fill(this.hidden, left.length > 0 && h('details', {}, h('summary', {}, t('hidden.title', { n: left.length })),
      h('ul', {}, left.map((tile) => h('li', {}, `${tile.title}: ${tile.refused}`)))));
  }

  onChange(changed) {
    if (changed.has('show')) openDetails(state().show, this.tiles, null);
    if (['period', 'from', 'to', 'compare', 'pipeline', 'team', 'owner', 'currency', 'pack'].some((name) => changed.has(name))) {
      const focused = document.activeElement?.id;
      this.lay();
      document.getElementById(focused)?.focus();
      this.refresh();
    }
  }

  failed(failure) {
    if (failure instanceof SignedOut) this.leave({ expired: true });
    else throw failure;
  }

  close() {
    current = null;
    this.stop();
    closeDetails();
  }
}
