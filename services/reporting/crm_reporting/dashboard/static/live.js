// News as they come: the stream says that something happened, the figures are asked for anew.
// A slow look every minute is the net, for whoever may not listen or while the stream is away.

import { send } from './api.js';
import { SignedOut } from './session.js';

const SOON_MS = 1200; // until reporting has counted it
const SELDOM_MS = 8000; // a busy company changes all the time, nobody reads that fast
const LOOK_MS = 60_000;
const AGAIN_MS = [2000, 5000, 15_000, 60_000];

export function follow(onNews, onState) {
  const ending = new AbortController();
  let due = null;
  let last = Date.now();
  let missed = false;
  const look = setInterval(() => !document.hidden && onNews(), LOOK_MS);
  const seen = () => !document.hidden && (missed || Date.now() - last > LOOK_MS) && news();
  document.addEventListener('visibilitychange', seen);
  listen();
  return () => {
    ending.abort();
    clearInterval(look);
    clearTimeout(due);
    document.removeEventListener('visibilitychange', seen);
  };

  function news() {
    const wait = Math.max(SOON_MS, last + SELDOM_MS - Date.now());
    due ??= setTimeout(() => {
      due = null;
      last = Date.now();
      missed = document.hidden;
      if (!missed) onNews();
    }, wait);
  }

  async function listen() {
    for (let failed = 0; !ending.signal.aborted; failed += 1) {
      try {
        const answer = await send('/v1/stream', { headers: { Accept: 'text/event-stream' }, signal: ending.signal });
        onState(true);
        await read(answer.body, (event) => event === 'record' && news());
        failed = -1; // it ended with its token: on with the next one
        await pause(AGAIN_MS[0]);
      } catch (failure) {
        if (ending.signal.aborted || failure instanceof SignedOut || failure.status === 403) return onState(false);
        onState(false);
        await pause(AGAIN_MS[Math.min(failed, AGAIN_MS.length - 1)]);
      }
    }
  }
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

async function read(body, tell) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const pieces = (rest + part.value).split('\n\n');
    rest = pieces.pop();
    for (const piece of pieces) {
      const name = piece.split('\n').find((line) => line.startsWith('event:'));
      if (name) tell(name.slice(6).trim());
    }
  }
}
