import { defineCheck } from './check.ts';
import { look } from './look.ts';

export interface SecretsKeyInput {
  /** Opens the app's encrypted file in memory; undefined where it has none. @throws Failure */
  readonly open: () => Promise<{ readonly names: readonly string[] } | undefined>;
  /** Names that app.toml says must be there. */
  readonly required: readonly string[];
}

/** Is there a key on this machine that opens the app's own file, and is everything in it that the app needs? */
export const secretsKeyCheck = defineCheck<SecretsKeyInput>({
  name: 'secrets key',
  run: ({ open, required }, { signal }) =>
    look('secrets key', async () => {
      signal.throwIfAborted();
      const opened = await open();
      if (opened === undefined) return { verdict: 'pass', summary: 'the app has no encrypted file' };
      const missing = required.filter((name) => !opened.names.includes(name));
      const evidence = { names: opened.names, missing };
      if (missing.length === 0)
        return { verdict: 'pass', summary: `it opens the app's file of ${opened.names.length} names`, evidence };
      const hint = `railiance secrets set ${missing[0]}`;
      return { verdict: 'fail', summary: `it opens the app's file, which lacks ${missing.join(', ')}`, hint, evidence };
    }),
});
