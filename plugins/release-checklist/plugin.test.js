import assert from 'node:assert/strict';
import { test } from 'node:test';

import { breaks, notes } from './changelog.js';
import plugin from './plugin.js';
import { compare, kind, parse } from './semver.js';

const sign = (a, b) => Math.sign(compare(parse(a), parse(b)));

test('versions are ordered as section 11 of Semantic Versioning has it', () => {
  const ordered = [
    '1.0.0-alpha', '1.0.0-alpha.1', '1.0.0-alpha.beta', '1.0.0-beta', '1.0.0-beta.2', '1.0.0-beta.11', '1.0.0-rc.1',
    '1.0.0', '1.0.1', '1.10.0', '2.0.0',
  ];
  ordered.forEach((a, i) => ordered.forEach((b, j) => assert.equal(sign(a, b), Math.sign(i - j), `${a} ${b}`)));
});

test('what is no version is told', () => {
  for (const text of ['', '1', '1.2', '01.2.3', '1.2.3-', '1.2.3-01', 'v1.2.3', '1.2.3+5']) assert.equal(parse(text), undefined);
});

test('the kind of a release', () => {
  const of = (from, to) => kind(parse(from), parse(to));
  assert.equal(of('1.2.3', '2.0.0'), 'major');
  assert.equal(of('0.2.3', '0.3.0'), 'major');
  assert.equal(of('1.2.3', '1.3.0'), 'minor');
  assert.equal(of('1.2.3', '1.2.4'), 'patch');
  assert.equal(of('1.2.3', '1.3.0-rc.1'), 'pre-release');
});

test('the notes are those of the version and of no other', () => {
  const changelog = '# Changelog\n## [2.0.0]\n### Removed\n- The old way.\n## [1.0.0]\n- First.\n';
  assert.deepEqual(notes(changelog, '2.0.0'), { removed: ['The old way.'] });
  assert.deepEqual(notes(changelog, '1.0.0'), { changed: ['First.'] });
  assert.equal(notes(changelog, '3.0.0'), undefined);
  assert.ok(breaks(notes(changelog, '2.0.0')) && !breaks(notes(changelog, '1.0.0')));
});

test('without a check nothing is ready', () => {
  const { output } = plugin.execute('check_gates', {}, { state: { release: {} } });
  assert.deepEqual(output, { ready: false, reasons: ['no check has run'] });
});

test('a check that is not required stops nothing', () => {
  const checks = [{ name: 'tests', status: 'passed' }, { name: 'fuzzing', status: 'failed', required: false }];
  assert.equal(plugin.execute('check_gates', {}, { state: { release: { checks } } }).output.ready, true);
});

test('what was held does not become the current version', () => {
  const release = { version: { version: '1.1.0', kind: 'minor' }, notes: {}, gates: { ready: true, reasons: [] } };
  const decisions = { approve: { status: 'answered', value: 'hold' } };
  const { changes } = plugin.execute('record_decision', { version: '1.1.0' }, { state: { release }, decisions });
  assert.deepEqual(changes.map(({ path }) => path), ['/releases', '/releases/-']);
});
