// Who is signed in. The refresh token is a cookie that no script can read; the access token, good
// for ten minutes, stays in this tab (docs/decisions/0016-the-dashboard.md).

const KEPT = 'crm.session';
const HINT = 'crm.signed-in'; // whether it is worth asking for the cookie; nothing secret
const EARLY_MS = 30_000;

export class SignedOut extends Error {}

let known = read();

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT));
  } catch {
    return null;
  }
}

export const user = () => known?.user ?? null;
export const mayBeSignedIn = () => isFresh() || localStorage.getItem(HINT) === '1';
const isFresh = () => known !== null && Date.now() < known.until - EARLY_MS;

export async function token() {
  return isFresh() ? known.token : renewed();
}

/** The cookie is spent by each use: two tabs must not send the same one. */
export async function renewed() {
  const stale = known?.token;
  const ask = async () => {
    if (isFresh() && known.token !== stale) return known.token;
    const answer = await post('/v1/auth/refresh');
    if (answer.status === 401 || answer.status === 403) {
      forget();
      throw new SignedOut();
    }
    if (!answer.ok) throw new Error('unavailable');
    return keep(await answer.json());
  };
  return 'locks' in navigator ? navigator.locks.request('crm-refresh', ask) : shared(ask);
}

let waiting = null;
function shared(ask) {
  waiting ??= ask().finally(() => { waiting = null; });
  return waiting;
}

export async function signIn(email, password) {
  const answer = await post('/v1/auth/sign-in', { email, password });
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(body.detail), { status: answer.status, code: body.code });
  keep(body);
}

export async function signOut() {
  forget();
  await post('/v1/auth/sign-out').catch(() => null);
}

function post(path, body) {
  // keepalive: who leaves the page meanwhile still gets the cookie that takes the old one's place
  return fetch(path, {
    method: 'POST', keepalive: true, credentials: 'same-origin',
    headers: body ? { 'Content-Type': 'application/json' } : {},
    body: body && JSON.stringify(body),
  });
}

function keep(told) {
  const { id, name, role, language, team_ids: teams } = told.user;
  known = { token: told.access_token, until: Date.now() + told.expires_in * 1000, user: { id, name, role, language, teams } };
  sessionStorage.setItem(KEPT, JSON.stringify(known));
  localStorage.setItem(HINT, '1');
  return known.token;
}

function forget() {
  known = null;
  sessionStorage.removeItem(KEPT);
  localStorage.removeItem(HINT);
}
