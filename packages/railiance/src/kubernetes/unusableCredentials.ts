import type { KubeConfig } from '@kubernetes/client-node/dist/config.js';

import { exitCodes, Failure, problemOf } from '../domain/failure.ts';

interface CredentialProgram {
  readonly command?: string;
  /** What its maker says to whoever has not installed it. */
  readonly installHint?: string;
}

/** Why nobody can ask the cluster with what the kubeconfig says. */
export function unusableCredentials(error: unknown, config: KubeConfig, kubeconfig: string): Failure {
  if (error instanceof Failure) return error;
  const program: CredentialProgram | undefined = config.getCurrentUser()?.exec ?? undefined;
  const { problem, hint } = wordsOf(error, program);
  return new Failure(`use the credentials of ${kubeconfig}`, problem, {
    hint: hint ?? 'kubectl get nodes with the same kubeconfig tells more',
    exitCode: exitCodes.dependencyMissing,
    // Of a program's output that is no JSON, the error quotes the beginning: a token, maybe.
    ...(program === undefined && { cause: error }),
  });
}

function wordsOf(error: unknown, program: CredentialProgram | undefined): { problem: string; hint?: string } {
  const { code } = error as NodeJS.ErrnoException;
  if (program?.command !== undefined) {
    const { command, installHint } = program;
    if (code === 'ENOENT' || code === 'EACCES') {
      const hint = installHint?.trim().replace(/\s*\n\s*/g, ' ') || `install ${command}, or mend PATH`;
      return { problem: `they come from the program ${command}, and it cannot be started`, hint };
    }
    const isBabble = error instanceof SyntaxError || error instanceof TypeError;
    const said = isBabble ? 'what it printed is no ExecCredential' : lastWords(problemOf(error));
    return { problem: `the program ${command} gave none: ${said}` };
  }
  if (code?.startsWith('ERR_OSSL')) return { problem: `its certificate or key cannot be read: ${problemOf(error)}` };
  return { problem: problemOf(error) };
}

const longestWords = 400;

/** Of a program's standard error. */
function lastWords(text: string): string {
  const lines = text.split(/\\n|\n/).map((line) => line.trim());
  const words = lines.filter((line) => line !== '').join(' ');
  if (words === '') return 'it ended without a word';
  return words.length > longestWords ? `… ${words.slice(-longestWords)}` : words;
}
