// What a Sortie plugin in JavaScript is written with. It runs in the sandbox and, for unit tests, in Node.js.
// The types are in `sortie.d.ts`.

const SDK = 'sortie.js 0.1.0';
const MAX_STEPS = 5;
const MAX_HUMAN_STEPS = 2;

/** Why a mission could not be built, or an operation not executed. Throw it; the host makes it the step's failure. */
export class Failure extends Error {
  constructor(code, message, details) {
    super(message);
    this.name = 'Failure';
    this.code = code;
    this.details = details;
  }
}

/**
 * A workflow being built. Steps past the limits are dropped, and their ids kept in the metadata under `dropped_steps`. A
 * person is dropped last: where there is no room for a human step that the limits allow, the last runtime step makes room.
 */
export class Workflow {
  constructor(id) {
    this.id = id;
    this.steps = [];
    this.metadata = {};
  }

  step(id, operation, payload = {}) {
    return this.#push({ id, kind: 'runtime', payload: { ...payload, operation } });
  }

  human(id, question) {
    return this.#push({ id, kind: 'human', payload: { ...question } });
  }

  with(key, value) {
    this.metadata[key] = value;
    return this;
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

/** What an operation did: changes of the state (RFC 6902), in order, and an output kept under the step's id. */
export class Output {
  constructor() {
    this.changes = [];
    this.output = undefined;
  }

  set(path, value) {
    return this.change({ op: 'add', path, value });
  }

  append(path, value) {
    return this.change({ op: 'add', path: `${path}/-`, value });
  }

  remove(path) {
    return this.change({ op: 'remove', path });
  }

  change(change) {
    this.changes.push(change);
    return this;
  }

  result(value) {
    this.output = value;
    return this;
  }
}

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

  /** The value at a JSON Pointer into the state; undefined where there is none, or it is not declared to be read. */
  get(pointer) {
    // The declared pointers are few; the longest that the pointer begins with has the value.
    const declared = Object.keys(this.#state)
      .filter((each) => pointer === each || pointer.startsWith(`${each}/`))
      .sort((a, b) => b.length - a.length);
    for (const each of declared) {
      const found = at(this.#state[each], pointer.slice(each.length));
      if (found !== undefined) return found;
    }
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

  constructor({ missions = {}, operations = {} }) {
    this.#missions = new Map(Object.entries(missions));
    this.#operations = new Map(Object.entries(operations));
  }

  /** Builds a mission: for unit tests. */
  build(name, params = {}) {
    const mission = this.#missions.get(name);
    if (mission === undefined) throw new Failure('unknown_mission', `there is no mission \`${name}\``);
    return mission.build(params);
  }

  /** Executes an operation, with the whole state if it is given one: for unit tests. */
  execute(name, payload = {}, { state = {}, ...context } = {}) {
    return this.#executed(name, payload, new Call({ ...context, state: { '': state } }));
  }

  /** What the component exports. `abort` ends the call with a failure where the interface returns none. */
  component(identity, abort) {
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
        return workflow(this.build(name, JSON.parse(params)));
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
    return operation.execute(payload, call) ?? new Output();
  }

  #describe({ name, version, description }) {
    const any = { type: 'object' };
    const regions = (pointers = []) => pointers.map((pointer) => (
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
      reads: regions(operation.reads),
      writes: regions(operation.writes),
      examples: (operation.examples ?? []).map(({ payload = {}, state = {} }) => ({
        payload: json(payload, `an example of \`${name}\``),
        state: json(state, `an example of \`${name}\``),
      })),
    }));
    return { name, version, sdk: SDK, description, missions, operations };
  }
}

/** JSON text. What JSON has no form for is an error, where `JSON.stringify` would quietly leave it out. */
function json(value, what) {
  const text = JSON.stringify(value, function check(key, each) {
    const fails = (kind) => new Failure('not_json', `${what} has ${kind}${key === '' ? '' : ` at \`${key}\``}`);
    if (typeof each === 'number' && !Number.isFinite(each)) throw fails(`the number ${each}, which JSON has not,`);
    if (each === undefined && Array.isArray(this)) throw fails('undefined');
    if (typeof each === 'bigint') throw fails('a bigint, which JSON has not,');
    if (typeof each === 'function' || typeof each === 'symbol') throw fails(`a ${typeof each}`);
    if (each instanceof Map || each instanceof Set) throw fails(`a ${each.constructor.name}: make it an array or object`);
    return each;
  });
  if (text === undefined) throw new Failure('not_json', `${what} is undefined`);
  return text;
}

function workflow({ id, steps, metadata }) {
  return {
    id,
    steps: steps.map(({ id, kind, payload }) => ({ id, kind, payload: json(payload, `the payload of step \`${id}\``) })),
    metadata: json(metadata, "the workflow's metadata"),
  };
}

function output({ changes, output }) {
  return {
    changes: changes.map(({ op, path, from, value }, index) => {
      switch (op) {
        case 'add':
        case 'replace':
        case 'test':
          return { tag: op, val: { path, value: json(value, `the value of change ${index + 1} (\`${path}\`)`) } };
        case 'remove':
          return { tag: op, val: path };
        case 'move':
        case 'copy':
          return { tag: op, val: { from, path } };
        default:
          throw new Failure('unknown_change', `change ${index + 1} has the op \`${op}\`, which RFC 6902 has not`);
      }
    }),
    output: output === undefined ? null : json(output, 'the output'),
  };
}

/** What the host is told of what was thrown. A `Failure` is the author's; anything else comes with its place. */
function failure(error) {
  if (error instanceof Failure) {
    const { code, message, details } = error;
    return { code, message, details: details === undefined ? null : json(details, "the failure's details") };
  }
  if (!(error instanceof Error)) return { code: 'exception', message: `thrown: ${String(error)}`, details: null };
  // The first line of the stack that is not the SDK's: `    at greet (/plugin.js:12:5)`.
  const lines = String(error.stack ?? '').split('\n').map((line) => line.trim().replace('(/', '(')).filter(Boolean);
  const place = lines.map((line) => /([^\s(]+):(\d+):(\d+)\)?$/.exec(line)).find((match) => match?.[1] !== 'sortie.js');
  const [, file, line, column] = place ?? [];
  const details = place ? { file, line: Number(line), column: Number(column), stack: lines } : { stack: lines };
  const where = place ? `${file}:${line}:${column}: ` : '';
  return { code: 'exception', message: `${where}${error.name}: ${error.message}`, details: JSON.stringify(details) };
}

/** The value at a JSON Pointer (RFC 6901). */
function at(value, pointer) {
  for (const token of pointer.split('/').slice(1)) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
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
