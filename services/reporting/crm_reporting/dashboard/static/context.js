// What a tile asks with: the days, the filters that a metric understands, one round of answers.

import { lang } from './words.js';

/** As the services would refuse it. */
export const CLOSED = { status: 403, code: 'forbidden' };
const PEOPLE = ['owner', 'team'];

export function context({ board, round, span, state, anew }) {
  const { catalogue, known } = board;
  const names = new Map([...known.users, ...known.teams, ...known.pipelines].map((row) => [row.id, row.name ?? row.label]));
  return {
    span, state, anew, catalogue, role: board.user.role,
    get: (path, query) => round.get(path, query),
    nameOf: (id) => names.get(id) ?? null,
    titleOf: (metric) => catalogue.get(metric)?.title[lang()] ?? metric,
    entry: (metric) => catalogue.get(metric),
    metric: (metric, query = {}, takes = taken(metric)) =>
      round.get(`/v1/metrics/${metric}`, { ...span, currency: state.currency, ...filter(takes), ...query }),
    report: (name, takes = ['pipeline', ...PEOPLE]) =>
      round.get(`/v1/reports/${name}`, { ...span, currency: state.currency, ...filter(takes) }),
    filter,
    passedOver: (takes) => ['pipeline', ...PEOPLE].filter((name) => state[name] && !takes.includes(name)),
    taken,
    shut: (...metrics) => metrics.some((metric) => catalogue.get(metric)?.is_readable === false) && CLOSED,
    effect: board.effect,
    relearn: () => board.relearn(),
  };

  function taken(metric) {
    return catalogue.get(metric)?.dimensions ?? [];
  }

  function filter(takes) {
    const asked = ['pipeline', ...PEOPLE].filter((name) => state[name] && takes.includes(name));
    return Object.fromEntries(asked.map((name) => [`${name}_id`, state[name]]));
  }
}
