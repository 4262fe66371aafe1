// Axes in the reader's language: Vega's own labels know English only.

import { money } from './words.js';

/** Round steps from the smallest value up to the largest. */
function steps(most, least = 0) {
  const raw = (most - least) / 5;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => one >= raw);
  const first = Math.floor(least / step);
  return Array.from({ length: Math.ceil(most / step) - first + 1 }, (_, index) => (first + index) * step);
}

function labels(values, currency) {
  const told = values.map((value) => [value, money(value, currency, { short: true })]);
  return told.reduceRight((rest, [value, text]) => `datum.value === ${value} ? ${JSON.stringify(text)} : ${rest}`, '""');
}

/** The scale of values, from round step to round step, with its labels. */
export function scaleOf(most, least, currency) {
  const values = steps(most, least);
  return { axis: { title: null, values, labelExpr: labels(values, currency) }, scale: { domain: [values[0], values.at(-1)] } };
}
