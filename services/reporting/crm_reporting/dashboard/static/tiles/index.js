// Every tile there is, and the packs made of them.

import { PACKS } from '../packs.js';
import { attention } from './attention.js';
import { breakdownTile } from './breakdown.js';
import { effect } from './effect.js';
import { figureTile } from './figure.js';
import { forecast } from './forecast.js';
import { funnel, pipeline } from './stages.js';
import { trend } from './trend.js';

const KNOWN = [
  effect, trend, funnel, pipeline, forecast, attention,
  figureTile('sales', 'sales_volume'),
  figureTile('won', 'won_deals'),
  figureTile('win_rate', 'win_rate'),
  figureTile('average', 'average_deal_sum'),
  figureTile('length', 'deal_length'),
  figureTile('leads', 'leads'),
  figureTile('lead_conversion', 'lead_conversion'),
  figureTile('answer_time', 'lead_response_time'),
  figureTile('lost_leads', 'lost_leads'),
  figureTile('new_customers', 'new_customers'),
  figureTile('repeat', 'repeat_share'),
  figureTile('promises', 'promises_kept'),
  figureTile('tasks', 'tasks_on_time'),
  figureTile('activities', 'activities'),
  figureTile('missed_calls', 'missed_calls'),
  figureTile('delivered', 'message_rates', { key: 'tile.delivered' }),
  figureTile('clicked', 'message_rates', { key: 'tile.clicked', variant: 'clicked' }),
  figureTile('cases', 'cases'),
  figureTile('answered_in_time', 'case_response_in_time'),
  figureTile('solved', 'cases_solved'),
  figureTile('satisfaction', 'satisfaction'),
  figureTile('claims', 'claims'),
  figureTile('net_revenue', 'net_revenue'),
  figureTile('invoiced', 'invoiced'),
  figureTile('payments', 'payments'),
  figureTile('receivables', 'receivables', { key: 'tile.receivables', variant: 'overdue' }),
  figureTile('gross_profit', 'gross_profit'),
  figureTile('expenses', 'expenses'),
  figureTile('paid_on_time', 'paid_on_time'),
  breakdownTile('sellers', 'sales_volume', 'owner'),
  breakdownTile('channels', 'sales_volume', 'channel'),
  breakdownTile('products', 'sales_volume', 'product'),
  breakdownTile('reasons', 'loss_reasons', 'reason'),
  breakdownTile('lead_channels', 'leads', 'channel'),
  breakdownTile('topics', 'cases', 'topic'),
  breakdownTile('claim_kinds', 'claims', 'kind'),
];
const BY_ID = new Map(KNOWN.map((one) => [one.id, one]));

const MOST_OWN = 8;

/** What the company defined itself stands behind what everybody has. */
export const ownTiles = (catalogue) => [...catalogue.values()]
  .filter((entry) => entry.id.startsWith('custom.') && entry.is_readable)
  .slice(0, MOST_OWN)
  .map((entry) => figureTile(entry.id.replace('custom.', 'own-'), entry.id));

export const TILES = Object.fromEntries(Object.entries(PACKS).map(([name, ids]) => [name, ids.map((id) => BY_ID.get(id))]));
