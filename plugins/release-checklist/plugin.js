// A release checklist: the version is checked, its notes are taken from the changelog, the gates are looked at, a
// person releases or holds, and the decision is kept.
//
// The state has, at `/release`: `current` (the version that is out), `changelog` (its text), `checks` (`{name, status,
// required}`) and `blockers` (`{id, title}`). What was decided is appended to `/releases`.
import { breaks, notes } from './changelog.js';
import { compare, kind, parse } from './semver.js';
import { Failure, Output, Workflow, plugin } from './sortie.js';

const version = { type: 'string', description: 'A version by Semantic Versioning 2.0.0, such as `1.4.0`.' };
const params = {
  type: 'object',
  properties: { version, assignees: { type: 'array', items: { type: 'string' }, minItems: 1 } },
  required: ['version'],
  additionalProperties: false,
};
const payload = { type: 'object', properties: { version }, required: ['version'], additionalProperties: false };
const example = {
  current: '1.3.2',
  changelog: '## [1.4.0] - 2026-01-08\n### Added\n- A dry run.\n',
  checks: [{ name: 'tests', status: 'passed' }],
  blockers: [],
};

/** The version that is to be released, and the one that is out. */
function versions(payload, call) {
  const next = parse(payload.version);
  if (next === undefined) throw new Failure('bad_version', `\`${payload.version}\` is not a version`);
  const text = call.get('/release/current');
  const current = text === undefined ? undefined : parse(text);
  if (text !== undefined && current === undefined) throw new Failure('bad_version', `\`${text}\` is not a version`);
  return { next, current };
}

function checkVersion(payload, call) {
  const { next, current } = versions(payload, call);
  if (current === undefined) return new Output().set('/release/version', { version: payload.version, kind: 'first' });
  if (compare(next, current) <= 0) {
    throw new Failure('not_newer', `${payload.version} does not come after ${call.get('/release/current')}`);
  }
  return new Output().set('/release/version', { version: payload.version, kind: kind(current, next) });
}

function collectNotes(payload, call) {
  const sections = notes(call.get('/release/changelog') ?? '', payload.version);
  if (sections === undefined) throw new Failure('no_notes', `the changelog does not have ${payload.version}`);
  const entries = Object.values(sections).flat().length;
  if (entries === 0) throw new Failure('no_notes', `the changelog says nothing about ${payload.version}`);
  const promised = call.get('/release/version/kind');
  if (breaks(sections) && (promised === 'minor' || promised === 'patch')) {
    throw new Failure('breaks_promise', `${payload.version} is a ${promised} release, but its notes tell of a breaking change`, {
      kind: promised,
    });
  }
  return new Output().set('/release/notes', sections).result({ entries });
}

function checkGates(_payload, call) {
  const checks = call.get('/release/checks') ?? [];
  const blockers = call.get('/release/blockers') ?? [];
  const open = checks.filter(({ status, required = true }) => required && status !== 'passed');
  const gates = {
    ready: checks.length > 0 && open.length === 0 && blockers.length === 0,
    reasons: [
      ...(checks.length === 0 ? ['no check has run'] : []),
      ...open.map(({ name, status }) => `the check \`${name}\` is ${status}`),
      ...blockers.map(({ id, title }) => `${id} blocks: ${title}`),
    ],
  };
  return new Output().set('/release/gates', gates).result(gates);
}

function recordDecision(payload, call) {
  const decision = call.decision('approve') ?? 'undecided';
  const { ready, reasons } = call.get('/release/gates');
  if (decision === 'release' && !ready) {
    throw new Failure('not_ready', `${payload.version} cannot be released: ${reasons.join('; ')}`, { reasons });
  }
  const entry = { ...call.get('/release/version'), decision, notes: call.get('/release/notes') };
  const output = new Output();
  if (call.get('/releases') === undefined) output.set('/releases', []);
  output.append('/releases', entry);
  if (decision === 'release') output.set('/release/current', payload.version);
  return output.result({ version: payload.version, decision });
}

export default plugin({
  missions: {
    release_checklist: {
      description: 'Checks a release, asks a person, and keeps what was decided.',
      params,
      examples: [{ version: '1.4.0' }],
      build({ version, assignees }) {
        const question = {
          description: `Release ${version}?`,
          context: '/release',
          choices: ['release', 'hold'],
          default: 'hold',
          ...(assignees && { assignees }),
        };
        return new Workflow('release_checklist')
          .step('version', 'check_version', { version })
          .step('notes', 'collect_notes', { version })
          .step('gates', 'check_gates', {})
          .human('approve', question)
          .step('record', 'record_decision', { version });
      },
    },
  },

  operations: {
    check_version: {
      description: 'Checks that a version is one, and comes after the one that is out.',
      payload,
      reads: ['/release/current'],
      writes: ['/release/version'],
      examples: [{ payload: { version: '1.4.0' }, state: { release: example } }],
      execute: checkVersion,
    },
    collect_notes: {
      description: "Takes a version's notes from the changelog, and checks them against what the version promises.",
      payload,
      reads: ['/release/changelog', '/release/version'],
      writes: ['/release/notes'],
      examples: [{ payload: { version: '1.4.0' }, state: { release: example } }],
      execute: collectNotes,
    },
    check_gates: {
      description: 'Tells whether anything stands against a release.',
      payload: { type: 'object', additionalProperties: false },
      reads: ['/release/checks', '/release/blockers'],
      writes: ['/release/gates'],
      examples: [{ payload: {}, state: { release: example } }],
      execute: checkGates,
    },
    record_decision: {
      description: 'Keeps what was decided; refuses to release what is not ready.',
      payload,
      reads: ['/release/version', '/release/notes', '/release/gates', '/releases'],
      writes: ['/release/current', '/releases'],
      examples: [
        {
          payload: { version: '1.4.0' },
          state: {
            release: {
              version: { version: '1.4.0', kind: 'minor' },
              notes: { added: ['A dry run.'] },
              gates: { ready: true, reasons: [] },
            },
          },
        },
      ],
      execute: recordDecision,
    },
  },
});
