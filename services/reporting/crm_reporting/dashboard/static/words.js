// Texts and numbers in the reader's language.

import enFacts from './i18n/en.facts.js';
import en from './i18n/en.js';
import ruFacts from './i18n/ru.facts.js';
import ru from './i18n/ru.js';
import ukFacts from './i18n/uk.facts.js';
import uk from './i18n/uk.js';

const BOOKS = { en: { ...en, ...enFacts }, uk: { ...uk, ...ukFacts }, ru: { ...ru, ...ruFacts } };
export const LANGUAGES = { en: 'English', uk: 'Українська', ru: 'Русский' };
let language = 'en';

/** The address decides, then the account, then the browser. */
export function choose(asked, account) {
  const wanted = [asked, account, ...(navigator.languages ?? [])].filter(Boolean);
  language = wanted.map((one) => one.slice(0, 2)).find((one) => one in BOOKS) ?? 'en';
  document.documentElement.lang = language;
  return language;
}

export const lang = () => language;
export const knows = (key) => key in BOOKS[language];

export function t(key, values = {}) {
  const text = BOOKS[language][key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

export const number = (value, digits = 0) =>
  new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value);

export function money(value, currency, { short = false } = {}) {
  const isLarge = Math.abs(Number(value)) >= 1000;
  return new Intl.NumberFormat(language, {
    style: 'currency', currency, currencyDisplay: 'narrowSymbol',
    ...(short ? { notation: 'compact', maximumFractionDigits: 1 } : { maximumFractionDigits: isLarge ? 0 : 2, minimumFractionDigits: 0 }),
  }).format(value);
}

const TWO_HOURS = 120;
const DIGITS = { percent: 1, ratio: 2, score: 2, days: 1, hours: 1, minutes: 0 };

export function figure(value, unit, currency, options) {
  if (unit === 'money') return money(value, currency, options);
  if (unit === 'minutes' && Math.abs(value) >= TWO_HOURS) return t('unit.long', { h: number(Math.trunc(value / 60)), m: Math.abs(Math.trunc(value % 60)) });
  const text = number(value, DIGITS[unit] ?? 0);
  if (unit === 'percent') return `${text}\u00a0%`;
  return ['days', 'hours', 'minutes', 'ms'].includes(unit) ? t(`unit.${unit}`, { n: text }) : text;
}

const utc = (options) => new Intl.DateTimeFormat(language, { timeZone: 'UTC', ...options });
export const day = (iso) => utc({ day: 'numeric', month: 'short', year: 'numeric' }).format(new Date(iso));
export const shortDay = (iso) => utc({ day: 'numeric', month: 'short' }).format(new Date(iso));
// without the word for "year", which some languages write behind it
export const month = (iso) => `${utc({ month: 'short' }).format(new Date(iso))} ${iso.slice(0, 4)}`;
export const range = (from, to) =>
  utc({ day: 'numeric', month: 'short', year: 'numeric' }).formatRange(new Date(from), new Date(Date.parse(to) - 86_400_000));
export const clock = (date) => new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(date);

/** Why there is no value, in words; a reason nobody has translated is named as it is. */
export function why(reason) {
  return knows(`reason.${reason}`) ? t(`reason.${reason}`) : t('reason.other', { reason });
}
