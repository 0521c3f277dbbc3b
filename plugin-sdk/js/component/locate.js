// From places in a bundle to places in the author's files, by the bundler's table (Source Map, ECMA-426).

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** What replaces each place in the bundle that a text names. */
export function locator({ sources, mappings }) {
  const lines = decoded(mappings);
  return (text) => text.replace(/[^\s(]*\.sortie\/bundle\.js:(\d+)(?::(\d+))?/g, (whole, line, column = '1') => {
    const segments = lines[Number(line) - 1] ?? [];
    const before = segments.filter(([generated]) => generated < Number(column));
    const [, source, original, position] = before.at(-1) ?? segments[0] ?? [];
    return source === undefined ? whole : `${sources[source]}:${original + 1}:${position + 1}`;
  });
}

/** For each line of the bundle, from columns in it to a source, a line and a column, all counted from 0. */
function decoded(mappings) {
  const state = [0, 0, 0, 0];
  return mappings.split(';').map((line) => {
    state[0] = 0;
    return line.split(',').filter(Boolean).map((segment) => {
      numbers(segment).slice(0, 4).forEach((difference, index) => {
        state[index] += difference;
      });
      return [...state];
    });
  });
}

/** The numbers of a segment: base 64, five bits a digit, the lowest bit of the whole its sign. */
function numbers(segment) {
  const found = [];
  let value = 0;
  let shift = 0;
  for (const digit of segment) {
    const bits = DIGITS.indexOf(digit);
    value += (bits & 31) << shift;
    shift += 5;
    if ((bits & 32) === 0) {
      found.push(value & 1 ? -(value >>> 1) : value >>> 1);
      value = 0;
      shift = 0;
    }
  }
  return found;
}
