// Every request to the services: with the token, with its problem as an error that names it.

import * as session from './session.js';

export class Problem extends Error {
  constructor(status, body) {
    super(told(body.errors) || (body.detail ?? body.title ?? `HTTP ${status}`));
    this.status = status;
    this.code = body.code ?? 'unknown';
    this.errors = body.errors ?? [];
    this.startsOn = body.starts_on;
  }

  /** Nobody answers, or whoever stands in front says so. */
  get isAway() {
    return this.status === 0 || this.status >= 502;
  }
}

/** What is wrong with which parameter or field, where a problem names them. */
const told = (errors = []) => errors.map(({ pointer, detail }) => `${(pointer ?? '').split('/').pop()}: ${detail}`).join(' ');

export async function send(path, options = {}) {
  let answer = await attempt(path, options, await reached(session.token()));
  // the token may have been withdrawn before its time was over: one more try with a new one
  if (answer.status === 401) answer = await attempt(path, options, await reached(session.renewed()));
  if (answer.ok) return answer;
  throw new Problem(answer.status, await answer.json().catch(() => ({})));
}

/** A token that cannot be renewed because nobody answers is no reason to sign anybody out. */
function reached(token) {
  return token.catch((failure) => {
    throw failure instanceof session.SignedOut ? failure : new Problem(0, { code: 'unreachable' });
  });
}

async function attempt(path, options, token) {
  const headers = { Accept: 'application/json', ...options.headers, Authorization: `Bearer ${token}` };
  try {
    return await fetch(path, { ...options, headers });
  } catch (failure) {
    if (failure.name === 'AbortError') throw failure;
    throw new Problem(0, { code: 'unreachable' });
  }
}

export async function get(path, query = {}) {
  return (await send(withQuery(path, query))).json();
}

export function withQuery(path, query) {
  const kept = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== '');
  const text = new URLSearchParams(kept).toString();
  return text ? `${path}${path.includes('?') ? '&' : '?'}${text}` : path;
}

/** Answers of one round of the board: two tiles that ask the same ask once. */
export class Round {
  #asked = new Map();

  get(path, query = {}) {
    const url = withQuery(path, query);
    if (!this.#asked.has(url)) this.#asked.set(url, get(url));
    return this.#asked.get(url);
  }
}
