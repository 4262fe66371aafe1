// Keeps every event once: node consumer.mjs "$(the line ./crm nats-user add NAME printed)".
// npm install @nats-io/transport-node @nats-io/jetstream
// The events stand in events.jsonl; `--once` ends when there is nothing new.
import { appendFileSync, closeSync, existsSync, fsyncSync, openSync, readFileSync } from "node:fs";
import { AckPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";

const [line, option] = process.argv.slice(2);
const { hostname, port, username: user, password: pass } = new URL(line);
const [subject, stream, file] = ["crm.deals.>", "CRM_DEALS", "events.jsonl"];

const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
const known = new Set(lines.map((each) => JSON.parse(each).id));
const client = await connect({
  servers: `${hostname}:${port}`, user, pass: pass || undefined, inboxPrefix: `_INBOX_${user}`,
});
// the broker keeps our place under this name, from the oldest event on
const manager = await jetstreamManager(client);
await manager.consumers.add(stream, {
  durable_name: user, filter_subject: subject, ack_policy: AckPolicy.Explicit,
});
const events = await jetstream(client).consumers.get(stream, user);
for (;;) {
  const batch = [];
  const expires = option === "--once" ? 1000 : 30000;
  for await (const each of await events.fetch({ max_messages: 100, expires })) batch.push(each);
  const fresh = batch.map((each) => each.json()).filter((event) => !known.has(event.id));
  // what comes twice, and it may, has one id and is kept once
  const written = openSync(file, "a");
  for (const event of new Map(fresh.map((one) => [one.id, one])).values()) {
    appendFileSync(written, `${JSON.stringify(event)}\n`);
    known.add(event.id);
  }
  fsyncSync(written);
  closeSync(written);
  for (const each of batch) each.ack(); // only now: what was not acknowledged comes again
  if (batch.length === 0 && option === "--once") break;
}
await client.drain();
