// sortie:plugin@0.2.0, generated from `plugin.wit` of Sortie's plugin SDK: what crosses the boundary.

/** interface `types` */

/**
 * A JSON text (RFC 8259). What the host passes is in canonical form (RFC 8785). What a plugin returns may be
 * spelt in any way, but must be I-JSON (RFC 7493): no duplicate keys, no lone surrogates, no integers outside
 * ±(2^53−1), at most 128 levels of nesting.
 */
export type Json = string;

/** A JSON Pointer (RFC 6901): `` is the whole document, `/tasks/0` the first task. */
export type JsonPointer = string;

/** A mission that the plugin can build. */
export interface MissionInfo {
  /** Its name, by the same rule as a plugin's. */
  name: string;
  /** A sentence for people. */
  description: string;
  /** JSON Schema (draft 2020-12) of the params. The host checks params against it before it calls `build`. */
  paramsSchema: Json;
  /** Params that work: what a check of the plugin builds the mission from. */
  examples: Json[];
}

/** A part of the state. */
export type Region =
  | { tag: 'state'; val: JsonPointer }
  | { tag: 'payload'; val: JsonPointer };

/** An input that an operation can be tried with. */
export interface OperationExample {
  payload: Json;
  /** The whole state, a JSON object. */
  state: Json;
}

/** An operation that the plugin can execute. */
export interface OperationInfo {
  /** Its name, by the same rule as a plugin's. */
  name: string;
  /** A sentence for people. */
  description: string;
  /** JSON Schema (draft 2020-12) of the payload. The host checks a payload against it before it calls `execute`. */
  payloadSchema: Json;
  /** The parts of the state that the operation is given. None by default. */
  reads: Region[];
  /** The parts of the state that the operation may change. None by default. */
  writes: Region[];
  /** Inputs that work: what a check of the plugin executes the operation with. */
  examples: OperationExample[];
}

/**
 * What a plugin is and has. A host reads it from the custom section `sortie:manifest` and checks it against
 * `describe`.
 */
export interface Manifest {
  /** The plugin's name: a lower-case letter, then at most 63 lower-case letters, digits, `-` and `_`. */
  name: string;
  /** The plugin's version (Semantic Versioning 2.0.0). */
  version: string;
  /** The SDK that made it, and the SDK's version: `sortie-plugin-sdk 0.2.0`. */
  sdk: string;
  /** A sentence for people. */
  description: string;
  missions: MissionInfo[];
  operations: OperationInfo[];
}

/** A step of a workflow. */
export interface Step {
  /** Unique in its workflow; not empty. */
  id: string;
  /** `runtime` or `human`. */
  kind: string;
  /**
   * A JSON object. A runtime step names its operation in the member `operation`; what is left of the object is
   * the operation's payload. A human step says what is asked; its member `show` names the earlier steps whose
   * displays are put before the person.
   */
  payload: Json;
}

/** A workflow definition: what a mission builder makes of its params. */
export interface Workflow {
  id: string;
  /** At most 5, of which at most 2 human. */
  steps: Step[];
  /** A JSON object. */
  metadata: Json;
}

/** What an operation is called with. */
export interface OperationInput {
  operation: string;
  stepId: string;
  /** The step's payload without the member `operation`: a JSON object. */
  payload: Json;
  /**
   * A JSON object from each pointer that the operation declares to read to the value there. A pointer that
   * leads nowhere has no member.
   */
  state: Json;
  /**
   * A JSON object from the id of each human step so far to `{"status": …, "value": …}`. The status is
   * `answered`, `defaulted` or `marked` (nobody was asked; the value is null).
   */
  decisions: Json;
  /** The context's metadata: a JSON object. */
  metadata: Json;
  /** Derived by hash from all of the above: randomness that is the same every time. */
  seed: bigint;
}

/** A name with a value. */
export interface Field {
  name: string;
  value: string;
}

/** How the cells of a column are aligned: `left` as text is, `right` as numbers are. */
export type Align = 'left' | 'right';

/** A column of a table. */
export interface Column {
  title: string;
  align: Align;
}

/** A table. */
export interface Table {
  /** At least one, at most 32. */
  columns: Column[];
  /** At most 10,000. Each has one cell for each column. */
  rows: string[][];
}

/** Text that is shown as it is: code, a difference, a log. */
export interface Code {
  /** What it is written in, such as `json` or `diff`. */
  language: string | undefined;
  text: string;
}

/**
 * A part of a display: a closed set, which a terminal, a page and a program each render in their way. All of it is
 * plain text; control characters are not shown.
 */
export type Block =
  | { tag: 'heading'; val: string }
  | { tag: 'text'; val: string }
  | { tag: 'list'; val: string[] }
  | { tag: 'fields'; val: Field[] }
  | { tag: 'table'; val: Table }
  | { tag: 'code'; val: Code };

/** What an operation judges. A mission that succeeds and has a verdict that did not pass ends with the exit code 1. */
export interface Verdict {
  /** Whether what was judged is as it should be. */
  passed: boolean;
  /** Why, in a sentence. */
  summary: string;
}

export interface LocatedValue {
  path: JsonPointer;
  value: Json;
}

export interface Relocation {
  from: JsonPointer;
  path: JsonPointer;
}

/** One change of the state, with the meaning that RFC 6902 gives it. */
export type Change =
  | { tag: 'add'; val: LocatedValue }
  | { tag: 'remove'; val: JsonPointer }
  | { tag: 'replace'; val: LocatedValue }
  | { tag: 'move'; val: Relocation }
  | { tag: 'copy'; val: Relocation }
  | { tag: 'test'; val: LocatedValue };

/** What an operation returns. */
export interface OperationOutput {
  /** Applied to the state in order, all or none. */
  changes: Change[];
  /** Kept in the result under the step's id. */
  output: Json | undefined;
  /**
   * What is put before people, in order: at most 256 blocks. Its texts and elements count as bytes of the output;
   * each block, item, field, column, row and cell counts 16 besides its text.
   */
  display: Block[];
  /** What the operation judges, if it judges. */
  verdict: Verdict | undefined;
}

/** Why an operation or a builder could not do its work. */
export interface Failure {
  /** For programs: by the same rule as a name. */
  code: string;
  /** For people: a sentence. */
  message: string;
  details: Json | undefined;
}

/** interface `mission` */

/** The plugin's manifest: the same at every call. */
export function describe(): Manifest;

/** Makes a workflow of a mission's params. */
export function build(mission: string, params: Json): Workflow;

/** Executes an operation. */
export function execute(input: OperationInput): OperationOutput;

/** interface `log` */

export type Level = 'debug' | 'info' | 'warn' | 'error';

/**
 * Keeps a message. What goes beyond the host's limit is dropped, and the record says so; each byte of it costs one
 * unit of fuel.
 */
export function log(level: Level, message: string): void;

/** Ends the call with a failure, at once: this does not return. An SDK calls it where its language panics. */
export function abort(failure: Failure): void;

/** interface `missions` */

export interface Request {
  /** The mission's name, as a host's caller would give it. */
  mission: string;
  params: Json;
  /** The context's initial state: a JSON object. */
  initialState: Json;
  /** The context's metadata: a JSON object. */
  metadata: Json;
  /** A JSON object from the id of a human step to its answer. A step without one is marked. */
  answers: Json;
}

/**
 * Builds and runs a mission. The result is the one that the host would have given to anybody, as JSON. Fuel
 * that the mission spends is the caller's. A mission that is rejected before it begins is a failure.
 */
export function run(request: Request): Json;
