import type { ArgumentDefinition, OptionDefinition } from '../command.ts';
import type { CommandEntry } from '../commands.ts';
import { commonOptions, optionFlag } from '../flags.ts';

export interface Word {
  readonly word: string;
  readonly summary: string;
  /** The option takes a value: after it nothing of ours is offered but `choices`. */
  readonly takesValue?: boolean;
  readonly choices?: readonly string[];
}

/** What may follow one command. */
export interface CommandWords {
  /** One word, or two for a verb of a group. */
  readonly name: string;
  readonly summary: string;
  readonly options: readonly Word[];
  /** Words that the arguments may be. */
  readonly values: readonly string[];
}

const common: readonly Word[] = [
  ...Object.entries(commonOptions).map(([name, { summary }]) => ({ word: optionFlag(name), summary })),
  { word: '--help', summary: 'show this help' },
];

/** Everything that can be typed, from the commands themselves. */
export async function vocabulary(commands: readonly CommandEntry[]): Promise<readonly CommandWords[]> {
  return Promise.all(
    commands.map(async ({ name, summary, load }) => {
      const command = (await load()).default;
      const options = Object.entries<OptionDefinition>(command.options).map(([option, definition]) => ({
        word: optionFlag(option),
        summary: definition.summary,
        takesValue: definition.kind !== 'flag' && definition.bare === undefined,
        ...(definition.choices && { choices: definition.choices }),
      }));
      const values = Object.values<ArgumentDefinition>(command.arguments).flatMap(({ choices }) => choices ?? []);
      return { name, summary, options: [...options, ...common], values };
    }),
  );
}
