// What the sandbox has not is an error that says so, where it would end the call with a trap without a word. What
// people expect of any JavaScript engine and the sandbox lacks is made of what it has.
import * as sink from 'sortie:plugin/log@0.2.0';

function absent(what, instead) {
  return () => {
    throw new Error(`a plugin has no ${what}: ${instead}`);
  };
}

// Each call sets its own. What is drawn while the component is made would differ from build to build.
Math.random = absent('random numbers while it is loaded', 'draw them in a mission or an operation');
const noClock = absent('clock', 'pass the time in the params, or put it in the state');
const Original = Date;
globalThis.Date = class Date extends Original {
  constructor(...parts) {
    if (parts.length === 0) noClock();
    super(...parts);
  }
};
globalThis.Date.now = noClock;
globalThis.performance = { now: noClock };

const written = (part) => {
  if (typeof part === 'string') return part;
  // Without its stack: the places in it are those of a bundle.
  if (part instanceof Error) return String(part);
  try {
    return JSON.stringify(part) ?? String(part);
  } catch {
    return String(part);
  }
};
const logger = (level) => (...parts) => sink.log(level, parts.map(written).join(' '));
globalThis.console = {
  debug: logger('debug'), log: logger('info'), info: logger('info'), warn: logger('warn'), error: logger('error'),
  trace: logger('debug'), dir: logger('info'), table: logger('info'),
};
