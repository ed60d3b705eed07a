import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { CheckResult } from '../domain/verdict.ts';
import type { Check, CheckContext } from './check.ts';

/** A check with one input for each verdict it can give. */
export interface CheckExamples<Input> {
  readonly check: Check<Input>;
  readonly pass: Input;
  readonly fail: Input;
  /** Absent where the check can always tell. */
  readonly unknown?: Input;
  /** True for checks that ask over the network, and so can be stopped. */
  readonly asks: boolean;
  context(): Partial<CheckContext>;
}

/** Nothing listens on port 9 of the loopback address; a check that does not ask never gets that far. */
export function checkContext(parts: Partial<CheckContext> = {}): CheckContext {
  return {
    route: { url: 'http://probe.canary.localhost:9', connect: { host: '127.0.0.1', port: 9 } },
    signal: new AbortController().signal,
    redact: (text) => text,
    secret: () => undefined,
    ...parts,
  };
}

/** What every check does, whatever its question. */
export function checkContract<Input>(name: string, examples: () => CheckExamples<Input>): void {
  const run = async (input: Input, parts: Partial<CheckContext> = {}) => {
    const { check, context } = examples();
    return await check.run(input, checkContext({ ...context(), ...parts }));
  };

  describe(`check: ${name}`, () => {
    for (const verdict of ['pass', 'fail', 'unknown'] as const) {
      test(`can say ${verdict}, in one line`, async () => {
        const input = examples()[verdict];
        if (input === undefined) return;
        const result = await run(input);
        assert.equal(result.verdict, verdict, result.summary);
        assertWellFormed(result);
      });
    }

    test('does not know where it was stopped', async () => {
      if (!examples().asks) return;
      const result = await run(examples().pass, { signal: AbortSignal.abort() });
      assert.equal(result.verdict, 'unknown');
      assertWellFormed(result);
    });

    test('gives the same verdict again', async () => {
      const { pass, fail } = examples();
      assert.equal((await run(pass)).verdict, (await run(pass)).verdict);
      assert.equal((await run(fail)).verdict, (await run(fail)).verdict);
    });
  });
}

function assertWellFormed(result: CheckResult): void {
  assert.match(result.name, /^\S.*\S$/);
  assert.match(result.summary, /^[^\n]+$/);
  assert.ok(result.durationMs >= 0);
  assert.deepEqual(JSON.parse(JSON.stringify(result)), result);
}
