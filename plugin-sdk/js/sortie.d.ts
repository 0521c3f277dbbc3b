// The types of `sortie.js`. What it passes over the boundary has the types of `interface.d.ts`.

/** A value that JSON has. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined };
/** A JSON object. */
export type JsonObject = { [key: string]: Json | undefined };
/** A value to be written as JSON, such as one of an interface of yours. What JSON has no form for is an error at run time. */
export type Writable = null | boolean | number | string | object;
/** A JSON Pointer (RFC 6901): `` is the whole document, `/tasks/0` the first task. */
export type JsonPointer = string;
/** A JSON Schema (draft 2020-12). The host checks params and payloads against it before it calls the plugin. */
export type Schema = boolean | { [keyword: string]: unknown };

/**
 * A part of the state: a pointer into it, or the pointers that the payload carries at a pointer into the payload (a
 * token `*` stands for every element).
 */
export type Region = JsonPointer | { payload: JsonPointer };

/** Declares the plugin. Its file has to export it as its default. */
export function plugin(definition: {
  missions?: { [name: string]: Mission };
  operations?: { [name: string]: Operation };
}): Plugin;

/** A mission: what makes a workflow of params. */
export interface Mission {
  /** A sentence for people. */
  description?: string;
  /** The schema of the params. Any object by default. */
  params?: Schema;
  /** Params that work: a check of the plugin builds the mission from them. */
  examples?: JsonObject[];
  build(params: any): Workflow;
}

/** An operation: what a step executes. */
export interface Operation {
  /** A sentence for people. */
  description?: string;
  /** The schema of the payload. Any object by default. */
  payload?: Schema;
  /** The parts of the state that it is given. None by default. */
  reads?: Region[];
  /** The parts of the state that it may change. None by default. */
  writes?: Region[];
  /** Inputs that work: a check of the plugin executes the operation with them. */
  examples?: { payload?: JsonObject; state?: JsonObject }[];
  execute(payload: any, call: Call): Output | void;
}

/** What `plugin` returns. Its functions are for unit tests. */
export interface Plugin {
  build(mission: string, params?: Json): Workflow;
  /** The operation sees what it declares to read; a change of what it does not declare to write throws. */
  execute(operation: string, payload?: JsonObject, context?: Context): Output;
}

/** A mission to run from within an operation. */
export interface MissionRequest {
  /** Its name, as a host's caller would give it. */
  mission: string;
  params?: JsonObject;
  /** The state it begins with. */
  state?: JsonObject;
  metadata?: JsonObject;
  /** From ids of human steps to answers. A step without one is marked. */
  answers?: JsonObject;
}

/**
 * Running missions from within an operation, in a plugin whose package.json says `"sortie": { "orchestrates": true }`. A
 * host may refuse such plugins.
 */
export const missions: {
  /** Runs a mission on the caller's fuel. The result is what anybody gets. One that is rejected throws a `Failure`. */
  run(request: MissionRequest): any;
};

/** What a unit test can call an operation with. */
export interface Context {
  /** The whole state. */
  state?: JsonObject;
  stepId?: string;
  decisions?: { [stepId: string]: Decision };
  metadata?: JsonObject;
  seed?: number;
  /** Stands in for the host where the operation runs missions. */
  missions?: (request: Required<MissionRequest>) => Json;
}

/** The answer to a human step. `marked`: nobody was asked. */
export interface Decision {
  status: 'answered' | 'defaulted' | 'marked';
  value: Json;
}

/** A workflow of at most 5 steps, of which at most 2 human. More are dropped, and named in the metadata. */
export class Workflow {
  constructor(id: string);
  id: string;
  steps: Step[];
  metadata: JsonObject;
  /** Adds a step that executes an operation. */
  step(id: string, operation: string, payload?: object): this;
  /** Adds a step that a person decides: a question, or just its description. */
  human(id: string, question: Question | string): this;
  /** Adds to the metadata. */
  with(key: string, value: Writable): this;
}

/** A step of a workflow. */
export interface Step {
  id: string;
  kind: 'runtime' | 'human';
  payload: JsonObject;
}

/** What is asked of a person. */
export interface Question {
  description: string;
  /** The earlier steps whose displays are put before the person, by their ids. */
  show?: string[];
  /** The part of the state that the person is shown. */
  context?: JsonPointer;
  /** The schema of the decision. */
  schema?: JsonObject;
  /** The decisions to choose from. */
  choices?: Json[];
  /** What the person gets by pressing Enter. */
  default?: Json;
  /** The time to decide in: `90s`, `15m`, `8h`, `2d`. */
  expires?: string;
  on_expiry?: 'fail' | 'default';
  /** Who may decide. */
  assignees?: string[];
  /** How many people have to agree on the decision: 1 to 16. */
  approvals?: number;
  /** Whether whoever started the run may not decide. */
  not_starter?: boolean;
}

/** What an operation did. */
export class Output {
  changes: Change[];
  output: Json | undefined;
  /** Sets what is at a pointer; its parent has to be there. */
  set(path: JsonPointer, value: Writable): this;
  /** Appends to the array at a pointer. */
  append(path: JsonPointer, value: Writable): this;
  /** Removes what is at a pointer. */
  remove(path: JsonPointer): this;
  /** Adds any change. */
  change(change: Change): this;
  /** Sets the output, which the result keeps under the step's id. */
  result(value: Writable): this;
  /** What is put before people, in order. */
  display: Block[];
  /** What it judges, if it judges. */
  verdict: { passed: boolean; summary: string } | undefined;
  /** Displays a heading. */
  heading(text: Word): this;
  /** Displays a text. */
  text(text: Word): this;
  /** Displays items, each on a line of its own. */
  list(items: Iterable<Word>): this;
  /** Displays names with values. */
  fields(fields: { [name: string]: Word } | [name: string, value: Word][]): this;
  /** Displays a table: each row has one cell for each column. */
  table(columns: (string | { title: string; align?: 'left' | 'right' })[], rows: Word[][]): this;
  /** Displays text as it is, written in a language such as `json` or `diff`. */
  code(language: string, text: Word): this;
  /** Judges. A mission that succeeds and has a verdict that did not pass ends with the exit code 1. */
  judge(passed: boolean, summary: Word): this;
}

/** What is displayed: text, or a number or a boolean as one. */
export type Word = string | number | boolean;

/** A part of a display. */
export type Block =
  | { heading: string }
  | { text: string }
  | { list: string[] }
  | { fields: { name: string; value: string }[] }
  | { table: { columns: { title: string; align: 'left' | 'right' }[]; rows: string[][] } }
  | { code: { language: string; text: string } };

/** A change of the state (RFC 6902). */
export type Change =
  | { op: 'add' | 'replace' | 'test'; path: JsonPointer; value: Writable }
  | { op: 'remove'; path: JsonPointer }
  | { op: 'move' | 'copy'; from: JsonPointer; path: JsonPointer };

/** What an operation knows of the run that calls it, besides its payload. */
export class Call {
  readonly stepId: string;
  readonly metadata: JsonObject;
  readonly decisions: { [stepId: string]: Decision };
  /** The value at a pointer into the state; undefined where there is none. It has to be declared to be read. */
  get(pointer: JsonPointer): any;
  /** What was decided at a human step: undefined when there was none so far, or nobody was asked. */
  decision(stepId: string): any;
  /** A number in [0, 1): the same for the same call. `Math.random` gives the same numbers. */
  random(): number;
}

/** Why a mission could not be built, or an operation not executed. Throw it. */
export class Failure extends Error {
  /** The code is for programs (lower-case letters, digits, `-` and `_`), the message for people. */
  constructor(code: string, message: string, details?: Writable);
  code: string;
  details: Json | undefined;
}
