// What each role sees first (R10). A pack is an order, no right: what a token may not read is
// refused by the services and left out here, with the reason.

export const PACKS = {
  owner: ['effect', 'sales', 'won', 'win_rate', 'average', 'trend', 'forecast', 'funnel', 'sellers', 'pipeline', 'reasons', 'channels', 'leads', 'lead_conversion', 'new_customers', 'repeat', 'attention'],
  head: ['effect', 'sales', 'won', 'win_rate', 'average', 'attention', 'trend', 'funnel', 'sellers', 'pipeline', 'forecast', 'reasons', 'channels', 'leads', 'lead_conversion', 'answer_time', 'promises'],
  seller: ['sales', 'won', 'win_rate', 'promises', 'attention', 'funnel', 'pipeline', 'forecast', 'reasons', 'trend', 'tasks', 'activities', 'leads', 'answer_time'],
  marketing: ['leads', 'lead_conversion', 'answer_time', 'lost_leads', 'lead_channels', 'channels', 'delivered', 'clicked', 'new_customers', 'repeat', 'trend', 'funnel', 'reasons'],
  service: ['cases', 'answered_in_time', 'solved', 'satisfaction', 'topics', 'claim_kinds', 'claims', 'promises', 'missed_calls', 'tasks'],
  production: ['won', 'length', 'claims', 'tasks', 'products', 'pipeline', 'forecast', 'claim_kinds', 'attention'],
  accounting: ['effect', 'net_revenue', 'invoiced', 'payments', 'receivables', 'gross_profit', 'expenses', 'paid_on_time', 'average', 'trend', 'sellers', 'products', 'forecast', 'pipeline'],
};

const OF_ROLE = { admin: 'owner', viewer: 'owner', integration: 'owner', head: 'head', seller: 'seller', marketing: 'marketing', accountant: 'accounting' };

export const packOf = (asked, role) => (asked in PACKS ? asked : OF_ROLE[role] ?? 'owner');
export const usualPack = (role) => OF_ROLE[role] ?? 'owner';
/** Whoever enters baselines and costs; others are told whom to ask. */
export const entersInputs = (role) => ['admin', 'accountant'].includes(role);
/** Sellers see their own figures only: there is nothing to choose. */
export const choosesPeople = (role) => role !== 'seller';
