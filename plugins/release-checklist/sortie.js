// What a Sortie plugin in JavaScript is written with. It runs in the sandbox and, for unit tests, in Node.js.
// The types are in `sortie.d.ts`.

const SDK = 'sortie.js 0.2.0';
const MAX_STEPS = 5;
const MAX_HUMAN_STEPS = 2;
/** The greatest depth of JSON that crosses the boundary. */
const MAX_DEPTH = 128;
const NAME = /^[a-z][a-z0-9_-]{0,63}$/;

/** Why a mission could not be built, or an operation not executed. Throw it; the host makes it the step's failure. */
export class Failure extends Error {
  constructor(code, message, details) {
    if (typeof code !== 'string' || !NAME.test(code)) {
      const wanted = 'a name of lower-case letters, digits, `-` and `_`, such as `not_found`';
      throw new Mistake('illegal_code', `the code of a Failure is ${wanted}, not ${shown(code)}; it says: ${message}`);
    }
    if (typeof message !== 'string' || message === '') {
      throw new Mistake('illegal_message', `a Failure says why in a string behind its code \`${code}\`, not ${shown(message)}`);
    }
    super(message);
    this.name = 'Failure';
    this.code = code;
    this.details = details === undefined ? undefined : plain(details, "the details of a Failure");
  }
}

/** A use of this SDK that cannot be what the author meant. It is told with the author's file and line. */
class Mistake extends Error {
  constructor(code, message) {
    super(message);
    this.name = 'Mistake';
    this.code = code;
  }
}

/**
 * A workflow being built. Steps past the limits are dropped, and their ids kept in the metadata under `dropped_steps`. A
 * person is dropped last: where there is no room for a human step that the limits allow, the last runtime step makes room.
 */
export class Workflow {
  constructor(id) {
    this.id = text(id, 'the id of a Workflow');
    this.steps = [];
    this.metadata = {};
  }

  step(id, operation, payload = {}) {
    this.#check(id);
    text(operation, `the operation of step \`${id}\``);
    const members = object(payload, `the payload of step \`${id}\``);
    return this.#push({ id, kind: 'runtime', payload: { ...members, operation } });
  }

  human(id, question) {
    this.#check(id);
    const asked = typeof question === 'string' ? { description: question } : question;
    return this.#push({ id, kind: 'human', payload: object(asked, `the question of step \`${id}\``) });
  }

  with(key, value) {
    this.metadata[key] = plain(value, `the metadata \`${key}\``);
    return this;
  }

  #check(id) {
    text(id, 'the id of a step');
    if (this.steps.some((step) => step.id === id)) {
      throw new Mistake('duplicate_step_id', `two steps have the id \`${id}\`: give each step an id of its own`);
    }
  }

  #push(step) {
    const isHuman = ({ kind }) => kind === 'human';
    const mayAsk = isHuman(step) && this.steps.filter(isHuman).length < MAX_HUMAN_STEPS;
    const last = this.steps.findLastIndex((each) => !isHuman(each));
    if (this.steps.length < MAX_STEPS && (mayAsk || !isHuman(step))) {
      this.steps.push(step);
    } else if (mayAsk && last >= 0) {
      const [dropped] = this.steps.splice(last, 1);
      (this.metadata.dropped_steps ??= []).push(dropped.id);
      this.steps.push(step);
    } else {
      (this.metadata.dropped_steps ??= []).push(step.id);
    }
    return this;
  }
}

/**
 * What an operation did: changes of the state (RFC 6902), in order, an output kept under the step's id, what it puts
 * before people, and how it judges.
 */
export class Output {
  constructor() {
    this.changes = [];
    this.output = undefined;
    this.display = [];
    this.verdict = undefined;
  }

  set(path, value) {
    return this.change({ op: 'add', path, value });
  }

  append(path, value) {
    return this.change({ op: 'add', path: `${pointer(path, 'the path')}/-`, value });
  }

  remove(path) {
    return this.change({ op: 'remove', path });
  }

  change(change) {
    const what = `change ${this.changes.length + 1}`;
    if (!Object.hasOwn(CHANGES, change?.op)) {
      throw new Mistake('unknown_change', `${what} has the op \`${change?.op}\`, which RFC 6902 has not`);
    }
    const checked = { op: change.op };
    for (const member of CHANGES[change.op]) {
      checked[member] = member === 'value'
        ? plain(change.value, `the value for \`${change.path}\``)
        : pointer(change[member], `the ${member} of ${what}`);
    }
    access?.check(checked);
    madeAt?.set(checked, new Error().stack);
    this.changes.push(checked);
    return this;
  }

  result(value) {
    this.output = plain(value, 'the output');
    return this;
  }

  heading(text) {
    return this.#block({ heading: words(text, 'a heading') });
  }

  text(text) {
    return this.#block({ text: words(text, 'a text') });
  }

  list(items) {
    return this.#block({ list: [...items].map((item) => words(item, 'an item of a list')) });
  }

  fields(fields) {
    const pairs = Array.isArray(fields) ? fields : Object.entries(fields);
    const field = ([name, value]) => ({ name: words(name, 'a name'), value: words(value, `the value of \`${name}\``) });
    return this.#block({ fields: pairs.map(field) });
  }

  table(columns, rows) {
    const column = (each) => {
      const { title, align = 'left' } = typeof each === 'string' ? { title: each } : each;
      if (align !== 'left' && align !== 'right') {
        throw new Mistake('invalid_display', `a column is aligned \`left\` or \`right\`, not ${shown(align)}`);
      }
      return { title: words(title, "a column's title"), align };
    };
    const row = (cells, index) => {
      if (!Array.isArray(cells) || cells.length !== columns.length) {
        const found = Array.isArray(cells) ? `${cells.length} cells` : shown(cells);
        throw new Mistake('invalid_display', `row ${index + 1} of a table has ${found} for ${columns.length} columns`);
      }
      return cells.map((cell) => words(cell, `a cell of row ${index + 1}`));
    };
    return this.#block({ table: { columns: columns.map(column), rows: rows.map(row) } });
  }

  code(language, text) {
    return this.#block({ code: { language: words(language, 'a language'), text: words(text, 'code') } });
  }

  judge(passed, summary) {
    if (typeof passed !== 'boolean') {
      throw new Mistake('invalid_verdict', `a verdict is true or false, not ${shown(passed)}`);
    }
    this.verdict = { passed, summary: words(summary, "a verdict's summary") };
    return this;
  }

  #block(block) {
    this.display.push(block);
    return this;
  }
}

/** The members of each change, besides its op. */
const CHANGES = {
  add: ['path', 'value'],
  remove: ['path'],
  replace: ['path', 'value'],
  move: ['from', 'path'],
  copy: ['from', 'path'],
  test: ['path', 'value'],
};

/** Who runs missions: the host, in a plugin that may; a unit test's stand-in. */
let runner;

/** What the operation that is being executed declares. */
let access;

/** Where changes were made, in a unit test alone: the host does not know it. */
let madeAt;

/** Puts the author's places for those of a bundle into a text. */
let located = (text) => text;

/** Running missions from within an operation. */
export const missions = {
  /** Runs a mission, on the caller's fuel, and returns its result. One that is rejected is a `Failure`. */
  run({ mission, params = {}, state = {}, metadata = {}, answers = {} }) {
    const request = {
      mission: text(mission, 'the mission to run'),
      params: plain(params, `the params of \`${mission}\``),
      state: object(state, `the state for \`${mission}\``),
      metadata: object(metadata, `the metadata for \`${mission}\``),
      answers: object(answers, `the answers for \`${mission}\``),
    };
    if (runner === undefined) {
      throw new Mistake(
        'no_missions',
        'this plugin may not run missions: say `"sortie": { "orchestrates": true }` in package.json; '
          + 'a unit test passes its own `missions` to `execute`',
      );
    }
    return runner(request);
  },
};

/** What an operation knows of the run that calls it, besides its payload. */
export class Call {
  #state;

  constructor({ stepId = 'step', state = {}, decisions = {}, metadata = {}, seed = 0 }) {
    this.stepId = stepId;
    this.decisions = decisions;
    this.metadata = metadata;
    this.#state = state;
    this.random = generator(seed);
  }

  /** The value at a JSON Pointer into the state; undefined where there is none. It has to be declared to be read. */
  get(path) {
    pointer(path, 'what is read');
    // The declared pointers are few; the longest that the pointer begins with has the value.
    const declared = Object.keys(this.#state)
      .filter((each) => isWithin(path, each))
      .sort((a, b) => b.length - a.length);
    for (const each of declared) {
      const found = lookup(this.#state[each], path.slice(each.length));
      if (found !== undefined) return found;
    }
    access?.read(path);
    return undefined;
  }

  /** What was decided at a human step: undefined when there was none so far, or nobody was asked. */
  decision(stepId) {
    const decision = Object.hasOwn(this.decisions, stepId) ? this.decisions[stepId] : undefined;
    return decision === undefined || decision.status === 'marked' ? undefined : decision.value;
  }
}

/** Declares the plugin: what its file exports as its default. */
export function plugin(definition) {
  return new Plugin(definition);
}

class Plugin {
  #missions;
  #operations;

  constructor(definition) {
    known(definition, ['missions', 'operations'], 'plugin({…})');
    const { missions = {}, operations = {} } = definition;
    for (const [name, mission] of Object.entries(missions)) {
      const what = `the mission \`${name}\``;
      legal(name, what);
      known(mission, ['description', 'params', 'examples', 'build'], what);
      callable(mission.build, 'build', what);
    }
    for (const [name, operation] of Object.entries(operations)) {
      const what = `the operation \`${name}\``;
      legal(name, what);
      known(operation, ['description', 'payload', 'reads', 'writes', 'examples', 'execute'], what);
      callable(operation.execute, 'execute', what);
      regions(operation, 'reads', what);
      regions(operation, 'writes', what);
    }
    this.#missions = new Map(Object.entries(missions));
    this.#operations = new Map(Object.entries(operations));
  }

  /** Builds a mission: for unit tests. The params have to fit their schema, as in the sandbox. */
  build(name, params = {}) {
    fits(params, this.#missions.get(name)?.params, `the params of \`${name}\` do`);
    return inSandbox(0, () => this.#built(name, params));
  }

  #built(name, params) {
    const mission = this.#missions.get(name);
    if (mission === undefined) throw new Failure('unknown_mission', `there is no mission \`${name}\``);
    const built = mission.build(params);
    if (!(built instanceof Workflow)) throw returned(mission.build, `the mission \`${name}\``, 'a Workflow', built);
    return built;
  }

  /**
   * Executes an operation: for unit tests. As in the sandbox, the payload has to fit its schema, of the state the
   * operation is given what it declares to read, what it changes has to be what it declares to write and to be there, and there
   * is no clock. `missions` stands in for the host: from a request to a result.
   */
  execute(name, payload = {}, { state = {}, missions: stand, ...context } = {}) {
    const { reads = [], writes = [], payload: schema } = this.#operations.get(name) ?? {};
    fits(payload, schema, `the payload of \`${name}\` does`);
    const declared = new Access(name, reads, writes, payload);
    const parts = {};
    for (const each of declared.reads) {
      const part = lookup(state, each);
      if (part !== undefined) parts[each] = part;
    }
    const before = [runner, madeAt];
    [runner, madeAt] = [stand ?? runner, new WeakMap()];
    try {
      const output = inSandbox(context.seed ?? 0, () => this.#executed(name, payload, new Call({ ...context, state: parts })));
      output.changes.forEach((change) => declared.check(change));
      apply(output.changes, state);
      return output;
    } finally {
      [runner, madeAt] = before;
    }
  }

  /**
   * What the component exports. `abort` ends the call with a failure where the interface returns none; `run` runs a
   * mission, where the plugin may; `locate` puts the author's places for those of a bundle into a text.
   */
  component(identity, abort, run, locate) {
    if (run !== undefined) runner = (request) => ran(run, request);
    if (locate !== undefined) located = locate;
    const answer = (work) => {
      try {
        return work();
      } catch (error) {
        throw failure(error);
      }
    };
    return {
      describe: () => {
        try {
          return this.#describe(identity);
        } catch (error) {
          return abort(failure(error));
        }
      },
      build: (name, params) => answer(() => {
        Math.random = generator(0);
        return workflow(this.#built(name, JSON.parse(params)));
      }),
      execute: (input) => answer(() => {
        const context = {
          stepId: input.stepId,
          state: JSON.parse(input.state),
          decisions: JSON.parse(input.decisions),
          metadata: JSON.parse(input.metadata),
          seed: input.seed,
        };
        const call = new Call(context);
        Math.random = call.random;
        return output(this.#executed(input.operation, JSON.parse(input.payload), call));
      }),
    };
  }

  #executed(name, payload, call) {
    const operation = this.#operations.get(name);
    if (operation === undefined) throw new Failure('unknown_operation', `there is no operation \`${name}\``);
    const before = access;
    access = new Access(name, operation.reads, operation.writes, payload);
    try {
      const output = operation.execute(payload, call) ?? new Output();
      if (output instanceof Output) return output;
      throw returned(operation.execute, `the operation \`${name}\``, 'an Output, or nothing', output);
    } finally {
      access = before;
    }
  }

  #describe({ name, version, description }) {
    const any = { type: 'object' };
    const declared = (pointers = []) => pointers.map((pointer) => (
      typeof pointer === 'string' ? { tag: 'state', val: pointer } : { tag: 'payload', val: pointer.payload }
    ));
    const missions = [...this.#missions].map(([name, { description = '', params = any, examples = [] }]) => ({
      name,
      description,
      paramsSchema: json(params, `the schema of \`${name}\``),
      examples: examples.map((example) => json(example, `an example of \`${name}\``)),
    }));
    const operations = [...this.#operations].map(([name, operation]) => ({
      name,
      description: operation.description ?? '',
      payloadSchema: json(operation.payload ?? any, `the schema of \`${name}\``),
      reads: declared(operation.reads),
      writes: declared(operation.writes),
      examples: (operation.examples ?? []).map(({ payload = {}, state = {} }) => ({
        payload: json(payload, `an example of \`${name}\``),
        state: json(state, `an example of \`${name}\``),
      })),
    }));
    return { name, version, sdk: SDK, description, missions, operations };
  }
}

/** JSON text of a value, which is checked. */
function json(value, what) {
  return JSON.stringify(plain(value, what));
}

/**
 * A value as plain data. What JSON has no form for is an error with its place, where `JSON.stringify` would quietly make
 * null or `{}` of it, or leave it out.
 */
function plain(value, what) {
  try {
    return plainly(value, [], []);
  } catch (fault) {
    if (!(fault instanceof Unwritten)) throw fault;
    const { place, found } = fault;
    const where = place.length === 0 ? 'it is' : `at \`${place.map((token) => `/${escaped(token)}`).join('')}\` is`;
    // Made here, where the author's line is among the first ten of the stack, however deep in the value it is.
    throw new Mistake('not_json', `${what} cannot be JSON: ${where} ${found}`);
  }
}

/** What of a value JSON has no form for, and where in it. */
class Unwritten {
  constructor(place, found) {
    this.place = place;
    this.found = found;
  }
}

function plainly(value, place, around) {
  const fail = (found) => new Unwritten(place, found);
  switch (typeof value) {
    case 'string':
      if (LONE_SURROGATE.test(value)) throw fail('a string with half of a surrogate pair, which is no character');
      return value;
    case 'boolean':
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw fail(`${value}, which JSON has no number for`);
      if (Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 1e21) {
        throw fail(`the integer ${value}, which not every reader of JSON knows exactly: write it as a string`);
      }
      return value;
    case 'undefined':
      throw fail('undefined');
    case 'bigint':
      throw fail('a bigint: make it a number, or write it as a string');
    case 'object':
      break;
    default:
      throw fail(`a ${typeof value}`);
  }
  if (value === null) return null;
  if (around.includes(value)) throw fail('a value that contains itself');
  if (around.length >= MAX_DEPTH) throw fail(`deeper than ${MAX_DEPTH} levels`);
  const within = [...around, value];
  if (Array.isArray(value)) {
    // Not `map`, which leaves out what an array has holes for.
    return Array.from(value, (each, index) => plainly(each, [...place, index], within));
  }
  if (value instanceof Number || value instanceof String || value instanceof Boolean) {
    return plainly(value.valueOf(), place, within);
  }
  if (value instanceof Date && Number.isNaN(value.getTime())) throw fail('an invalid Date');
  if (typeof value.toJSON === 'function') return plainly(value.toJSON(), place, within);
  for (const [type, instead] of UNWRITTEN) {
    if (value instanceof type) throw fail(`${article(type.name)}: ${instead}`);
  }
  const copy = {};
  for (const key of Object.keys(value)) {
    // As in JSON.stringify, a member that is undefined is none.
    if (value[key] === undefined) continue;
    const member = plainly(value[key], [...place, key], within);
    Object.defineProperty(copy, key, { value: member, enumerable: true, writable: true, configurable: true });
  }
  return copy;
}

/** With `u`, a pair is one character, and matches neither half. */
const LONE_SURROGATE = /[\ud800-\udfff]/u;

/** What `JSON.stringify` makes `{}` of, and what to do. */
const UNWRITTEN = [
  [Promise, 'async is not supported'],
  [Error, 'throw it, or write its message'],
  [Map, 'make it an object'],
  [Set, 'make it an array'],
  [WeakMap, 'make it an object'],
  [WeakSet, 'make it an array'],
  [RegExp, 'write its source'],
  [ArrayBuffer, 'make it an array of numbers'],
  [Object.getPrototypeOf(Uint8Array), 'make it an array of numbers'],
];

function article(name) {
  return `${/^[AEIOU]/.test(name) ? 'an' : 'a'} ${name}`;
}

/** What a value is, in a message. */
function shown(value) {
  if (typeof value === 'string') return JSON.stringify(value);
  if (value === null || typeof value !== 'object') return typeof value === 'function' ? 'a function' : String(value);
  if (value instanceof Promise) return 'a Promise: async is not supported';
  if (Array.isArray(value)) return 'an array';
  const name = Object.getPrototypeOf(value)?.constructor?.name;
  return !name || name === 'Object' ? 'an object' : article(name);
}

/** A text that has to be there. */
function text(value, what) {
  if (typeof value !== 'string' || value === '') throw new Mistake('no_text', `${what} is a text, not ${shown(value)}`);
  return value;
}

/** What is displayed: a text, or a number or a boolean as one. */
function words(value, what) {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new Mistake('invalid_display', `${what} is a text or a number, not ${shown(value)}`);
}

function object(value, what) {
  const checked = value !== null && typeof value === 'object' ? plain(value, what) : value;
  if (checked === null || typeof checked !== 'object' || Array.isArray(checked)) {
    throw new Mistake('no_object', `${what} is ${shown(checked)}, not an object`);
  }
  return checked;
}

function isPointer(value) {
  return typeof value === 'string' && /^(\/([^~]|~[01])*)?$/.test(value);
}

function pointer(value, what) {
  if (isPointer(value)) return value;
  const instead = typeof value === 'string' && isPointer(`/${value}`) ? `: write \`/${value}\`` : ', such as `/tasks/0`';
  throw new Mistake('invalid_pointer', `${what} is ${shown(value)}, not a JSON Pointer${instead}`);
}

function legal(name, what) {
  if (!NAME.test(name)) {
    const rule = 'a lower-case letter, then at most 63 lower-case letters, digits, `-` and `_`';
    throw new Mistake('illegal_name', `${what} has no legal name: ${rule}`);
  }
}

function callable(value, member, what) {
  if (typeof value === 'function') return;
  const found = value === undefined ? `has no function \`${member}\`` : `has ${shown(value)} as its \`${member}\``;
  throw new Mistake('invalid_plugin', `${what} ${found}`);
}

function regions(operation, member, what) {
  const list = operation[member] ?? [];
  if (!Array.isArray(list)) throw new Mistake('invalid_plugin', `the \`${member}\` of ${what} is ${shown(list)}, not an array`);
  list.forEach((region) => {
    const place = typeof region === 'object' && region !== null ? region.payload : region;
    pointer(place, `what ${what} ${member}`);
  });
}

/** Refuses members that there are not, with the nearest that there is. */
function known(value, names, what) {
  if (value === null || typeof value !== 'object') throw new Mistake('invalid_plugin', `${what} is ${shown(value)}, not an object`);
  for (const key of Object.keys(value)) {
    if (names.includes(key)) continue;
    const near = names.find((name) => distance(name, key) <= 2);
    const advice = near === undefined ? `it has ${names.map((name) => `\`${name}\``).join(', ')}` : `did you mean \`${near}\`?`;
    throw new Mistake('unknown_member', `${what} has no member \`${key}\`: ${advice}`);
  }
}

/** How many letters are to be inserted, removed, replaced or swapped with the next, to make one word of another. */
function distance(one, other) {
  const rows = [Array.from({ length: other.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= one.length; i += 1) {
    rows.push([i]);
    for (let j = 1; j <= other.length; j += 1) {
      const same = one[i - 1] === other[j - 1] ? 0 : 1;
      let least = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + same);
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]) {
        least = Math.min(least, rows[i - 2][j - 2] + 1);
      }
      rows[i].push(least);
    }
  }
  return rows[one.length][other.length];
}

/** What is told where a function returned what it may not. The place is the function's own, where the engine knows it. */
function returned(author, what, wanted, found) {
  const mistake = new Mistake('wrong_return', `${what} has to return ${wanted}, not ${shown(found)}`);
  if (typeof author.fileName === 'string' && typeof author.lineNumber === 'number') {
    mistake.place = placeIn(`${author.fileName}:${author.lineNumber}:${author.columnNumber ?? 1}`);
  }
  return mistake;
}

/** Refuses what does not fit a schema. */
function fits(value, schema = { type: 'object' }, what) {
  const found = misfit(value, schema, '', schema);
  if (found !== undefined) throw new Mistake('schema_mismatch', `${what} not fit the schema: ${found}`);
}

/**
 * What of a value does not fit a JSON Schema, so that a unit test fails where the host refuses. The host knows all keywords;
 * here those are passed over that are about the format of a text, or refer to other documents.
 */
function misfit(value, schema, place, root) {
  if (schema === true) return undefined;
  const at = place === '' ? 'it' : `\`${place}\``;
  if (schema === false) return `${at} may not be there`;
  const kind = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
  const is = (type) => kind === type || (type === 'integer' && Number.isInteger(value));
  const fit = (each) => misfit(value, each, place, root) === undefined;
  const fitting = (schemas) => schemas.filter(fit).length;
  const number = kind === 'number' ? value : undefined;
  const length = kind === 'string' ? [...value].length : undefined;
  const size = kind === 'array' ? value.length : undefined;
  const count = kind === 'object' ? Object.keys(value).length : undefined;
  const { type, enum: choices, anyOf, oneOf, allOf = [], not, required = [], properties = {} } = schema;
  if (typeof schema.$ref === 'string' && schema.$ref.startsWith('#')) {
    const found = misfit(value, lookup(root, schema.$ref.slice(1)) ?? true, place, root);
    if (found !== undefined) return found;
  }
  if (type !== undefined && ![type].flat().some(is)) return `${at} is ${article(kind)}, not of type ${[type].flat().join(' or ')}`;
  if (choices !== undefined && !choices.some((choice) => same(choice) === same(value))) return `${at} is none of ${JSON.stringify(choices)}`;
  if ('const' in schema && same(schema.const) !== same(value)) return `${at} is not ${JSON.stringify(schema.const)}`;
  if (number < schema.minimum || number <= schema.exclusiveMinimum) return `${at} is too small`;
  if (number > schema.maximum || number >= schema.exclusiveMaximum) return `${at} is too great`;
  const quotient = number / schema.multipleOf;
  if (Math.abs(quotient - Math.round(quotient)) > 1e-9) return `${at} is no multiple of ${schema.multipleOf}`;
  if (length < schema.minLength || size < schema.minItems || count < schema.minProperties) return `${at} is too short`;
  if (length > schema.maxLength || size > schema.maxItems || count > schema.maxProperties) return `${at} is too long`;
  if (length !== undefined && schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(value)) {
    return `${at} does not match \`${schema.pattern}\``;
  }
  if (anyOf !== undefined && fitting(anyOf) === 0) return `${at} fits none of \`anyOf\``;
  if (oneOf !== undefined && fitting(oneOf) !== 1) return `${at} fits not just one of \`oneOf\``;
  if (not !== undefined && fit(not)) return `${at} fits what it may not`;
  const within = allOf.map((each) => [value, each, place]);
  if ('if' in schema) within.push([value, (fit(schema.if) ? schema.then : schema.else) ?? true, place]);
  if (kind === 'array') {
    const { prefixItems = [], items = true, contains, minContains = 1, maxContains = size } = schema;
    value.forEach((each, index) => within.push([each, index < prefixItems.length ? prefixItems[index] : items, `${place}/${index}`]));
    if (schema.uniqueItems && new Set(value.map(same)).size < size) return `${at} has an item twice`;
    const found = contains === undefined ? undefined : value.filter((each) => misfit(each, contains, place, root) === undefined).length;
    if (found < minContains || found > maxContains) return `${at} has ${found} items of those that it has to contain`;
  }
  if (kind === 'object') {
    const { patternProperties = {}, additionalProperties = true, propertyNames = true } = schema;
    const { dependentRequired = {}, dependentSchemas = {} } = schema;
    const here = (list) => Object.entries(list).filter(([member]) => Object.hasOwn(value, member)).map(([, each]) => each);
    const missing = [...required, ...here(dependentRequired).flat()].find((member) => !Object.hasOwn(value, member));
    if (missing !== undefined) return `${at} has no \`${missing}\``;
    here(dependentSchemas).forEach((each) => within.push([value, each, place]));
    for (const [member, each] of Object.entries(value)) {
      const below = `${place}/${escaped(member)}`;
      const named = Object.entries(patternProperties).filter(([pattern]) => new RegExp(pattern, 'u').test(member)).map(([, of]) => of);
      if (Object.hasOwn(properties, member)) named.push(properties[member]);
      if (named.length === 0) named.push(additionalProperties);
      named.forEach((of) => within.push([each, of, below]));
      within.push([member, propertyNames, below]);
    }
  }
  for (const [each, of, below] of within) {
    const found = misfit(each, of, below, root);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A text that is the same for all values that are the same as JSON. */
function same(value) {
  const sorted = (key, each) => (each === null || typeof each !== 'object' || Array.isArray(each)
    ? each
    : Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1))));
  return JSON.stringify(value, sorted);
}

/** Does something in a unit test as it would be done in the sandbox: without a clock, and with numbers by a seed. */
function inSandbox(seed, work) {
  const { Date: original, performance } = globalThis;
  const { random } = Math;
  const none = () => {
    throw new Error('a plugin has no clock: pass the time in the params, or put it in the state');
  };
  globalThis.Date = class Date extends original {
    constructor(...parts) {
      if (parts.length === 0) none();
      super(...parts);
    }

    static now() {
      return none();
    }

    static [Symbol.hasInstance](value) {
      return value instanceof original;
    }
  };
  globalThis.performance = { now: none };
  Math.random = generator(seed);
  try {
    return work();
  } finally {
    globalThis.Date = original;
    globalThis.performance = performance;
    Math.random = random;
  }
}

/** Applies changes to a copy of a state, in a unit test, to tell what the host would refuse. */
function apply(changes, state) {
  let root = JSON.parse(JSON.stringify(state));
  const index = (key, most) => /^(0|[1-9]\d*)$/.test(key) && Number(key) <= most;
  // The array or object that has a place, and its name there; nothing, where there is none.
  const holder = (path) => {
    const end = path.lastIndexOf('/');
    const parent = lookup(root, path.slice(0, end));
    return parent === null || typeof parent !== 'object' ? [] : [parent, unescaped(path.slice(end + 1))];
  };
  const put = (path, value, isThere) => {
    if (path === '') {
      root = value;
      return true;
    }
    const [parent, key] = holder(path);
    if (parent === undefined || (isThere && lookup(root, path) === undefined)) return false;
    if (!Array.isArray(parent)) parent[key] = value;
    else if (isThere) parent[Number(key)] = value;
    else if (key === '-' || index(key, parent.length)) parent.splice(key === '-' ? parent.length : Number(key), 0, value);
    else return false;
    return true;
  };
  const take = (path) => {
    const value = lookup(root, path);
    const [parent, key] = path === '' ? [] : holder(path);
    if (path === '') root = undefined;
    else if (Array.isArray(parent) && value !== undefined) parent.splice(Number(key), 1);
    else if (value !== undefined) delete parent[key];
    return value;
  };
  const missing = ['path_missing', 'there is no such place in the state'];
  const fault = ({ op, path, from, value }) => {
    const copied = (found) => JSON.parse(JSON.stringify(found));
    if (from !== undefined && lookup(root, from) === undefined) return ['from_missing', `there is nothing at \`${from}\` in the state`];
    if (op === 'move' && path !== from && isWithin(path, from)) return ['move_into_itself', `\`${from}\` cannot be moved into itself`];
    if (op === 'move') value = take(from);
    if (op === 'copy') value = copied(lookup(root, from));
    if (op === 'remove') return take(path) === undefined ? missing : undefined;
    if (op !== 'test') return put(path, copied(value), op === 'replace') ? undefined : missing;
    const found = lookup(root, path);
    if (found === undefined) return missing;
    return same(found) === same(value) ? undefined : ['test_failed', 'the value there is different'];
  };
  changes.forEach((change, at) => {
    const isObject = () => root !== null && typeof root === 'object' && !Array.isArray(root);
    const [code, says] = fault(change) ?? (isObject() ? [] : ['root_not_object', 'the state has to stay a JSON object']);
    if (code === undefined) return;
    const mistake = new Mistake(code, `change ${at + 1} (${change.op} at \`${change.path}\`): ${says}`);
    // Where it was made, and not where it was found.
    const [, ...stack] = madeAt?.get(change)?.split('\n') ?? [];
    while (stack.length > 0 && own(placeIn(stack[0])?.[0] ?? '<')) stack.shift();
    if (stack.length > 0) mistake.stack = [`${mistake.name}: ${mistake.message}`, ...stack].join('\n');
    throw mistake;
  });
}

/** The pointers that regions stand for, with a payload. */
function places(list, payload) {
  const carried = (value, [token, ...rest]) => {
    if (token === undefined) return [value];
    if (value === null || typeof value !== 'object') return [];
    if (token === '*') return Object.values(value).flatMap((each) => carried(each, rest));
    return Object.hasOwn(value, token) ? carried(value[token], rest) : [];
  };
  return list.flatMap((region) => (
    typeof region === 'string' ? [region] : carried(payload, region.payload.split('/').slice(1).map(unescaped))
  ));
}

/** Whether a pointer is another or leads into it. */
function isWithin(path, other) {
  return path === other || path.startsWith(`${other}/`);
}

/**
 * What an operation declares to read and to change, with a payload. The host refuses the rest, too, but does not know the
 * author's line.
 */
class Access {
  constructor(name, reads = [], writes = [], payload) {
    this.name = name;
    // Before the operation can change its payload.
    this.reads = places(reads, payload);
    this.writes = places(writes, payload);
  }

  /** Refuses to hand out what is not declared. */
  read(path) {
    this.#hold('read', path, this.reads);
  }

  /** Refuses a change that is not declared. One may look at what may be changed. */
  check({ op, path, from }) {
    const seen = { copy: from, test: path }[op];
    if (seen !== undefined) this.#hold('read', seen, [...this.reads, ...this.writes]);
    if (op === 'move') this.#hold('write', from, this.writes);
    if (op !== 'test') this.#hold('write', path, this.writes);
  }

  #hold(what, path, declared) {
    if (declared.some((each) => isWithin(path, each))) return;
    const place = path === '' ? 'the whole state' : `\`${path}\``;
    const message = `the operation \`${this.name}\` does not declare that it ${what}s ${place}: add '${path}' to its \`${what}s\``;
    throw new Mistake(`undeclared_${what}`, message);
  }
}

/** Runs a mission through the interface. */
function ran(run, { mission, params, state, metadata, answers }) {
  const request = {
    mission,
    params: JSON.stringify(params),
    initialState: JSON.stringify(state),
    metadata: JSON.stringify(metadata),
    answers: JSON.stringify(answers),
  };
  try {
    return JSON.parse(run(request));
  } catch (error) {
    // The interface's own failure: an object with a code, or an error that carries one.
    const { code, message, details } = error?.payload ?? error ?? {};
    if (typeof code !== 'string' || !NAME.test(code)) throw error;
    throw new Failure(code, message, typeof details === 'string' ? JSON.parse(details) : undefined);
  }
}

function workflow({ id, steps, metadata }) {
  return {
    id,
    steps: steps.map(({ id, kind, payload }) => ({ id, kind, payload: json(payload, `the payload of step \`${id}\``) })),
    metadata: json(metadata, "the workflow's metadata"),
  };
}

function output({ changes, output, display, verdict }) {
  return {
    changes: changes.map(({ op, path, from, value }, index) => {
      switch (op) {
        case 'remove':
          return { tag: op, val: path };
        case 'move':
        case 'copy':
          return { tag: op, val: { from, path } };
        default:
          return { tag: op, val: { path, value: json(value, `the value of change ${index + 1} (\`${path}\`)`) } };
      }
    }),
    output: output === undefined ? null : json(output, 'the output'),
    display: display.map((block) => {
      const [[tag, val]] = Object.entries(block);
      return { tag, val };
    }),
    verdict: verdict ?? null,
  };
}

/**
 * What the host is told of what was thrown. A `Failure` is the author's; anything else comes with the author's place, not
 * the SDK's.
 */
function failure(error) {
  if (error instanceof Failure) {
    const { code, message, details } = error;
    try {
      return { code, message, details: details === undefined ? null : json(details, "the failure's details") };
    } catch (worse) {
      return failure(worse);
    }
  }
  if (!(error instanceof Error)) {
    const says = typeof error?.message === 'string' ? `; it says: ${error.message}` : '';
    const message = `${shown(error)} was thrown, which knows no line: throw an Error or a Failure${says}`;
    return { code: 'exception', message, details: null };
  }
  const mistaken = error instanceof Mistake;
  // The first line of the stack that is not the SDK's: `    at greet (/plugin.js:12:5)`.
  const lines = located(String(error.stack ?? '')).split('\n').map((line) => line.trim().replace('(/', '(')).filter(Boolean);
  // Of the calls, those of the author's functions.
  const calls = lines.map((each) => [each, placeIn(each)]).filter(([, found]) => found !== undefined && !own(found[0]));
  const stack = calls.map(([each]) => each);
  const place = error.place ?? calls[0]?.[1];
  const [file, line, column] = place ?? [];
  const name = file?.replace(/^\//, '');
  const details = place ? { file: name, line: Number(line), column: Number(column), stack } : { stack };
  const where = place ? `${name}:${line}:${column}: ` : '';
  const message = mistaken ? error.message : `${error.name}: ${told(error, place)}`;
  return { code: mistaken ? error.code : 'exception', message: where + message, details: JSON.stringify(details) };
}

/** What an exception says, with what the engine does not: the name of what is no function, and what to do without what there is not. */
function told({ name, message }, place) {
  const called = message === 'not a function' && place !== undefined ? located.word?.(...place) : undefined;
  if (called !== undefined) return `\`${called}\` is not a function`;
  const absent = name === 'ReferenceError' ? /^'?(\w+)'? is not defined$/.exec(message)?.[1] : undefined;
  const instead = Object.entries(ABSENT).find(([, names]) => names.includes(absent))?.[0];
  return instead === undefined ? message : `${message}: ${instead}`;
}

/** Why there are not these globals of browsers and of Node.js, and what to do. */
const ABSENT = {
  'a plugin has no network: put what it needs in the state': ['fetch', 'XMLHttpRequest', 'WebSocket', 'EventSource'],
  'a plugin has no timers, and async is not supported: do it at once': ['setTimeout', 'setInterval', 'setImmediate'],
  'a plugin has no threads: do one thing after the other': ['Worker', 'SharedWorker', 'MessageChannel'],
  'a plugin has nothing of Node.js: put what it needs in the params or the state':
    ['process', 'Buffer', 'require', 'module', 'exports', 'global', '__dirname', '__filename'],
  'a plugin has nothing of a browser: put what it needs in the params or the state':
    ['window', 'document', 'navigator', 'localStorage', 'sessionStorage', 'location'],
  'a plugin has no source of randomness: use `Math.random`, which is the same every time': ['crypto'],
  'the engine has the language alone: import a package that does this':
    ['Intl', 'URL', 'URLSearchParams', 'TextEncoder', 'TextDecoder', 'structuredClone', 'Blob', 'AbortController'],
};

/** The file, line and column that a line of a stack ends with. */
function placeIn(line) {
  return /([^\s(]+):(\d+):(\d+)\)?$/.exec(located(line))?.slice(1);
}

/** Whether a file of a stack is no author's. */
function own(file) {
  return /(^|\/)(sortie\.js|\.sortie\/.*)$/.test(file) || file === 'native' || file.startsWith('<');
}

function escaped(token) {
  return String(token).replaceAll('~', '~0').replaceAll('/', '~1');
}

function unescaped(token) {
  return token.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** The value at a JSON Pointer (RFC 6901). */
function lookup(value, pointer) {
  for (const token of pointer.split('/').slice(1)) {
    const key = unescaped(token);
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, key)) return undefined;
    if (Array.isArray(value) && !/^(0|[1-9]\d*)$/.test(key)) return undefined;
    value = value[key];
  }
  return value;
}

/** Numbers in [0, 1) that are the same for the same seed: a 32-bit Weyl sequence, mixed. */
function generator(seed) {
  let state = (Math.floor(seed / 2 ** 32) ^ seed) >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}
