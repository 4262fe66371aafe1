// A line without axes: the shape of a series, for the eye only; the numbers are in the details.

import { svg } from './dom.js';

const WIDTH = 240;
const HEIGHT = 36;
const EDGE = 3;

export function spark(values) {
  const known = values.filter((value) => value !== null);
  if (known.length < 3) return null;
  const low = Math.min(0, ...known);
  const high = Math.max(...known);
  const x = (index) => EDGE + (index * (WIDTH - 2 * EDGE)) / (values.length - 1);
  const y = (value) => HEIGHT - EDGE - ((value - low) / (high - low || 1)) * (HEIGHT - 2 * EDGE);
  let pen = 'M';
  const path = values.map((value, index) => {
    if (value === null) {
      pen = 'M';
      return '';
    }
    const step = `${pen}${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
    pen = 'L';
    return step;
  }).join('');
  const box = { class: 'spark', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' };
  return svg('svg', box, svg('path', { d: path, 'vector-effect': 'non-scaling-stroke' }));
}
