// What to do where nothing is there yet.

import { h } from './dom.js';
import { t } from './words.js';

const OF = {
  leads: ['leads', 'lead_conversion', 'lead_response_time', 'lost_leads'],
  cases: ['cases', 'case_response_in_time', 'cases_solved'],
  feedback: ['satisfaction'],
  messages: ['message_rates'],
  work: ['promises_kept', 'tasks_on_time', 'activities'],
  calls: ['missed_calls'],
  money: ['invoiced', 'payments', 'receivables', 'paid_on_time', 'expenses'],
  claims: ['claims'],
  costs: ['gross_profit'],
  deals: ['sales_volume', 'won_deals', 'win_rate', 'average_deal_sum', 'loss_reasons', 'deal_length', 'net_revenue'],
};
const BY_METRIC = new Map(Object.entries(OF).flatMap(([name, metrics]) => metrics.map((metric) => [metric, name])));

export const hint = (metric) => BY_METRIC.has(metric) && h('p', { class: 'hint' }, t(`hint.${BY_METRIC.get(metric)}`));
