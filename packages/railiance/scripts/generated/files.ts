import { fileURLToPath } from 'node:url';

import { commandIndex, findCommands } from './commandIndex.ts';

export const repositoryDir = fileURLToPath(new URL('../../../../', import.meta.url));

/** Everything in the repository that is written from other sources: path from the repository's root → content. */
export async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
  const commands = await findCommands();
  return new Map([['packages/railiance/src/cli/commands.ts', commandIndex(commands)]]);
}
