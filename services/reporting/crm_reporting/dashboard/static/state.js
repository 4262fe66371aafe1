// What the page shows is in its address: it can be kept, sent and gone back to.

import { PERIODS } from './periods.js';

export const NAMES = ['period', 'from', 'to', 'compare', 'pipeline', 'team', 'owner', 'currency', 'pack', 'lang', 'theme', 'show'];
export const DEFAULTS = { period: 'last_90', compare: 'previous' };
const KNOWN = { period: PERIODS, compare: ['previous', 'last_year', 'none'] };
const listeners = new Set();

export function state() {
  const query = new URLSearchParams(location.search);
  const found = { ...DEFAULTS };
  for (const name of NAMES) {
    const asked = query.get(name);
    if (asked && (KNOWN[name]?.includes(asked) ?? true)) found[name] = asked;
  }
  return found;
}

/** Change the address; what equals the default is left out of it. */
export function change(changes, { replace = false } = {}) {
  const before = state();
  const now = { ...before, ...changes };
  const kept = NAMES.filter((name) => now[name] && now[name] !== DEFAULTS[name]).map((name) => [name, now[name]]);
  const query = new URLSearchParams(kept).toString();
  history[replace ? 'replaceState' : 'pushState'](null, '', query ? `?${query}` : location.pathname);
  tell(before);
}

export function follow(listener) {
  listeners.add(listener);
}

let seen = null;
function tell(before) {
  const now = state();
  const changed = new Set(NAMES.filter((name) => before[name] !== now[name]));
  seen = now;
  if (changed.size) for (const listener of listeners) listener(changed);
}

seen = state();
addEventListener('popstate', () => tell(seen));
