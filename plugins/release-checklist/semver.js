// Versions by Semantic Versioning 2.0.0, without build metadata.
const FORM = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?$/;

/** The parts of a version; undefined if it is none. */
export function parse(text) {
  const match = FORM.exec(text);
  if (match === null) return undefined;
  const [major, minor, patch] = match.slice(1, 4).map(Number);
  const before = match[4]?.split('.') ?? [];
  if (before.some((part) => /^0\d+$/.test(part))) return undefined;
  return { major, minor, patch, before };
}

/** Less than 0, 0 or more, as `a` comes before, is, or comes after `b` (section 11). */
export function compare(a, b) {
  const numbers = a.major - b.major || a.minor - b.minor || a.patch - b.patch;
  if (numbers !== 0) return numbers;
  // A version without a pre-release comes after all of its pre-releases.
  if (a.before.length === 0 || b.before.length === 0) return b.before.length - a.before.length;
  for (let index = 0; index < Math.max(a.before.length, b.before.length); index += 1) {
    const order = identifiers(a.before[index], b.before[index]);
    if (order !== 0) return order;
  }
  return 0;
}

function identifiers(a, b) {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? -1 : 1;
  const [isNumber, isNumberToo] = [a, b].map((each) => /^\d+$/.test(each));
  if (isNumber && isNumberToo) return Number(a) - Number(b);
  if (isNumber !== isNumberToo) return isNumber ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `major`, `minor`, `patch` or `pre-release`: what the newer of two versions promises about the older. */
export function kind(from, to) {
  if (to.before.length > 0) return 'pre-release';
  if (to.major !== from.major) return 'major';
  // Before 1.0.0 anything may change; by custom, what breaks moves the minor number.
  if (to.minor !== from.minor) return to.major === 0 ? 'major' : 'minor';
  return 'patch';
}
