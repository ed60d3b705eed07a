import { fileURLToPath } from 'node:url';

import { appSchema } from '../../src/config/schema/app.ts';
import { blueprintSchema } from '../../src/config/schema/blueprint.ts';
import { cliPage } from './cliPage.ts';
import { commandIndex, findCommands } from './commandIndex.ts';
import { configurationPage } from './configurationPage.ts';
import { jsonSchemaOf } from './jsonSchema.ts';

export const repositoryDir = fileURLToPath(new URL('../../../../', import.meta.url));

const conventions = `Unknown keys are errors. Durations are written \`500ms\`, \`30s\`, \`5m\`, \`1h30m\`; sizes \`64Ki\`, \`256Mi\`, \`1Gi\`, \`500M\`. A
command is an array of words, or a string that is split into words as a shell would, without expanding anything: what a
shell would act on must be quoted. Editors take the JSON Schema from a comment in the first line:`;

const introductions = {
  app: `What an app is and how it is built, run, checked and kept. The smallest one is \`[app]\` with a \`name\`.

${conventions} \`#:schema <path>/schemas/app.schema.json\`.`,
  blueprint: `The machines, what each is for, what is known to go wrong on them, and the stages. Without this file there are the stages
\`local\` and \`production\`, both on this machine.

${conventions} \`#:schema <path>/schemas/blueprint.schema.json\`.`,
};

/** Everything in the repository that is written from other sources: path from the repository's root → content. */
export async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
  const app = jsonSchemaOf(appSchema, 'app.toml of railiance');
  const blueprint = jsonSchemaOf(blueprintSchema, 'blueprint.toml of railiance');
  const commands = await findCommands();
  return new Map([
    ['packages/railiance/src/cli/commands.ts', commandIndex(commands)],
    ['schemas/app.schema.json', `${JSON.stringify(app, null, 2)}\n`],
    ['schemas/blueprint.schema.json', `${JSON.stringify(blueprint, null, 2)}\n`],
    ['docs/reference/app-toml.md', configurationPage(app, 'app.toml', introductions.app)],
    ['docs/reference/blueprint-toml.md', configurationPage(blueprint, 'blueprint.toml', introductions.blueprint)],
    ['docs/reference/cli.md', await cliPage(commands)],
  ]);
}
