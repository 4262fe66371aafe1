// A file from the API: asked for with the token, kept by the browser.

import { send } from './api.js';
import { h } from './dom.js';

const KEPT_MS = 60_000;

export async function download(path, type, name) {
  const file = await (await send(path, { headers: { Accept: type } })).blob();
  const address = URL.createObjectURL(file);
  h('a', { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), KEPT_MS);
}
