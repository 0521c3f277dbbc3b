import assert from 'node:assert/strict';
import { test } from 'node:test';

import plugin from './plugin.ts';

test('the mission has one step', () => {
  const { steps } = plugin.build('hello', { name: 'Ada' });
  assert.deepEqual(steps, [{ id: 'greet', kind: 'runtime', payload: { name: 'Ada', operation: 'greet' } }]);
});

test('somebody is greeted', () => {
  const { changes } = plugin.execute('greet', { name: ' Ada ' });
  assert.deepEqual(changes, [{ op: 'add', path: '/greeting', value: 'Hello, Ada!' }]);
});

test('nobody is not greeted', () => {
  assert.throws(() => plugin.execute('greet', { name: ' ' }), { code: 'nobody' });
});
