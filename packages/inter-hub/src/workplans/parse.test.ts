import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { workplanText as sample } from '../testing/workplan.ts';
import { parseWorkplan, WorkplanError } from './parse.ts';

test('reads front matter, headings as tasks, and task blocks', () => {
  const plan = parseWorkplan(sample);
  assert.equal(plan.id, 'TEAM-WP-0007');
  assert.equal(plan.title, 'Probe — first deployment');
  assert.equal(plan.status, 'open');
  assert.equal(plan.updated, '2026-01-03');
  assert.deepEqual(plan.depends_on, ['TEAM-WP-0001']);
  assert.equal(plan.state_hub_workstream_id, '6d1c5d2e-2f43-4a51-9e0e-0b4f1d0c7a11');
  assert.deepEqual(
    plan.tasks.map(({ key, title, status, priority }) => [key, title, status, priority]),
    [
      ['R1', 'Build the image', 'todo', null],
      ['R2', 'Check it', 'in_progress', 'high'],
      ['R3', 'Wait for a person', 'someday', null],
    ],
  );
});

test('tasks of a finished plan without a status of their own are done', () => {
  const plan = parseWorkplan(sample.replace('status: open', 'status: finished'));
  assert.deepEqual(
    plan.tasks.map((task) => task.status),
    ['done', 'in_progress', 'someday'],
  );
});

test('a dependency may be a list, Windows line ends are fine', () => {
  const text = sample.replace('depends_on: TEAM-WP-0001', 'depends_on: [A-1, B-2]').replaceAll('\n', '\r\n');
  assert.deepEqual(parseWorkplan(text).depends_on, ['A-1', 'B-2']);
});

const wrong: readonly [string, string, RegExp][] = [
  ['no front matter', '# Title', /no front matter/],
  ['no id', '---\ntitle: x\n---\n', /front matter: id/],
  ['broken YAML', '---\nid: [\n---\n', /not YAML/],
  ['a list instead of a mapping', '---\n- a\n---\n', /front matter/],
  ['an alias bomb', `---\na: &a [x]\nb: &b [${'*a,'.repeat(30)}]\nid: [${'*b,'.repeat(30)}]\n---\n`, /not YAML/],
];
for (const [name, text, message] of wrong) {
  test(`refuses ${name}`, () => {
    assert.throws(
      () => parseWorkplan(text),
      (error) => error instanceof WorkplanError && message.test(error.message),
    );
  });
}

test('no text makes it fail in any other way', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (head, body) => {
      try {
        parseWorkplan(`---\nid: X\ntitle: y\n${head}\n---\n${body}`);
      } catch (error) {
        assert.ok(error instanceof WorkplanError);
      }
    }),
    { verbose: true },
  );
});
