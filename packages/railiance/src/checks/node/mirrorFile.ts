import { parse } from 'yaml';

import type { RegistrySpec } from '../../domain/registry.ts';
import type { Exec } from '../../exec/exec.ts';
import { defineCheck } from '../check.ts';
import { look, oneLine, type Seen } from '../look.ts';

export interface MirrorFileInput {
  /** Name of the node. */
  readonly node: string;
  readonly registry: Pick<RegistrySpec, 'pull'>;
  /** Runs programs on that node. */
  readonly exec: Exec;
  /** Where k3s reads it. */
  readonly file: string;
}

interface Mirrors {
  readonly mirrors?: Readonly<Record<string, { readonly endpoint?: readonly string[] } | null>> | null;
}

/** Does k3s on a node know that the registry speaks HTTP? Without it every pull ends with an answer that is no TLS. */
export const mirrorFileCheck = defineCheck<MirrorFileInput>({
  name: 'mirror file',
  run: ({ node, registry, exec, file }, { signal }) =>
    look(`${node}: mirror file`, async () => {
      signal.throwIfAborted();
      const host = registry.pull.split('/')[0] ?? registry.pull;
      const hint = `railiance render registries > ${file} there, then restart k3s`;
      const { exitCode, stdout, stderr } = await exec.run({ argv: ['cat', file], timeoutMs: 10_000, signal });
      const evidence = { node, file, host };
      if (exitCode === 0) {
        const seen = judge(stdout, host, file);
        return { ...seen, ...(seen.verdict !== 'pass' && { hint }), evidence };
      }
      const k3s = await exec.run({ argv: ['ls', '-d', file.replace(/\/[^/]*$/, '')], timeoutMs: 10_000, signal });
      if (k3s.exitCode !== 0)
        return { verdict: 'pass', summary: 'no k3s is there; the pull itself is the proof', evidence };
      return { verdict: 'fail', summary: `${file} cannot be read: ${oneLine(stderr)}`, hint, evidence };
    }),
});

function judge(text: string, host: string, file: string): Seen {
  let content: Mirrors | null;
  try {
    content = parse(text, { maxAliasCount: 0 }) as Mirrors | null;
  } catch (error) {
    return { verdict: 'fail', summary: `${file} is no YAML: ${oneLine(String(error))}` };
  }
  const endpoints = content?.mirrors?.[host]?.endpoint ?? [];
  if (endpoints.includes(`http://${host}`)) return { verdict: 'pass', summary: `${host} is pulled by HTTP` };
  const known = Object.keys(content?.mirrors ?? {});
  const others = known.length === 0 ? 'it names no mirror' : `it names ${known.join(', ')}`;
  return { verdict: 'fail', summary: `${file} has no mirror http://${host} for ${host}; ${others}` };
}
