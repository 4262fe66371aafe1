// Every deal as it is, then every change: node feed.mjs http://127.0.0.1:8000 "$(./crm token)".
// Node 18 or newer, nothing else. `--once` ends when there is nothing new.
const [url, token, option] = process.argv.slice(2);

async function get(path, asked) {
  const named = Object.entries(asked ?? {}).filter(([, value]) => value !== null);
  const answer = await fetch(`${url}${path}?${new URLSearchParams(named)}`, {
    headers: { Authorization: `Bearer ${token}` },
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

// the position first: what changes while the list is read comes again by the events
let { position } = await get("/v1/events/position");
const known = new Map();
let cursor = null;
do {
  const page = await get("/v1/deals", { limit: 500, cursor });
  for (const deal of page.items) known.set(deal.id, deal.revision);
  cursor = page.next_cursor;
} while (cursor !== null);
console.log(`${known.size} deals at position ${position}`);

const wait = option === "--once" ? 0 : 30;
for (;;) {
  const page = await get("/v1/events", { after: position, types: "crm.deals.deal.>", wait });
  for (const { event } of page.events) {
    // at least once, and perhaps what the list had already: the revision tells
    if (event.revision <= (known.get(event.subject) ?? 0)) continue;
    known.set(event.subject, event.revision);
    console.log(event.time, event.type, event.subject);
  }
  position = page.next; // keep it together with what was done; 410 means: begin anew
  if (page.events.length === 0 && wait === 0) break;
}
