import { bashScript } from './bash.ts';
import { fishScript } from './fish.ts';
import type { CommandWords } from './vocabulary.ts';
import { zshScript } from './zsh.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;

const scripts: Readonly<Record<string, (commands: readonly CommandWords[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
} satisfies Record<(typeof shells)[number], unknown>;

/** The script that teaches a shell the commands; empty for a shell that is none of `shells`. */
export function completionScript(shell: string, commands: readonly CommandWords[]): string {
  return scripts[shell]?.(commands) ?? '';
}
