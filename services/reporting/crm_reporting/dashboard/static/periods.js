// Named stretches of days, as the company's calendar has them; `to` is the day after the last.

const DAY_MS = 86_400_000;
export const PERIODS = ['this_month', 'last_month', 'this_quarter', 'last_quarter', 'this_year', 'last_year', 'last_30', 'last_90', 'last_365', 'custom'];

export function today(zone) {
  const parts = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' });
  return parts.format(new Date());
}

/** Days to come have no facts yet: a nought of theirs says nothing. */
export const isAhead = (day) => day > today(document.documentElement.dataset.zone);

export const plus = (day, days) => iso(new Date(Date.parse(day) + days * DAY_MS));
const iso = (date) => date.toISOString().slice(0, 10);
const first = (year, month) => iso(new Date(Date.UTC(year, month, 1)));
export const days = ({ from, to }) => (Date.parse(to) - Date.parse(from)) / DAY_MS;

export function spanOf(name, now) {
  const [year, month] = [Number(now.slice(0, 4)), Number(now.slice(5, 7)) - 1];
  const quarter = month - (month % 3);
  const after = plus(now, 1);
  const spans = {
    this_month: () => ({ from: first(year, month), to: first(year, month + 1) }),
    last_month: () => ({ from: first(year, month - 1), to: first(year, month) }),
    this_quarter: () => ({ from: first(year, quarter), to: first(year, quarter + 3) }),
    last_quarter: () => ({ from: first(year, quarter - 3), to: first(year, quarter) }),
    this_year: () => ({ from: first(year, 0), to: first(year + 1, 0) }),
    last_year: () => ({ from: first(year - 1, 0), to: first(year, 0) }),
    last_30: () => ({ from: plus(now, -29), to: after }),
    last_365: () => ({ from: plus(now, -364), to: after }),
  };
  return (spans[name] ?? (() => ({ from: plus(now, -89), to: after })))();
}

const isDay = (text) => /^\d{4}-\d{2}-\d{2}$/.test(text ?? '');

/** The days a state asks for; a custom period that is none falls back to the usual one. */
export function asked(state, now) {
  if (state.period === 'custom' && isDay(state.from) && isDay(state.to) && state.from < state.to) {
    return { from: state.from, to: state.to };
  }
  return spanOf(state.period, now);
}

export function intervalFor(span) {
  const length = days(span);
  return length <= 31 ? 'day' : length <= 190 ? 'week' : 'month';
}
