import { loadApp } from '../../../config/app.ts';
import { loadBlueprint } from '../../../config/blueprint.ts';
import { findApp } from '../../../config/findApp.ts';
import { exitCodes, Failure } from '../../../domain/failure.ts';
import { diagnoseRegistry, type Finding } from '../../../oci/index.ts';
import { registryFailure } from '../../../pipeline/registryFailure.ts';
import { hostOf, referenceOf } from '../../../pipeline/registryReference.ts';
import { defineCommand, optional } from '../../command.ts';
import { bold, green, red, type Text, yellow } from '../../output/text.ts';
import { registryOptions, specOf } from '../../registry/open.ts';

const marks: Readonly<Record<Finding['verdict'], Text>> = { pass: green('✓'), fail: red('✗'), unknown: yellow('?') };

/** Where neither app.toml nor the blueprint names a repository. */
const defaultRepository = 'railiance/probe';

export default defineCommand({
  name: 'registry check',
  group: 'Registries',
  summary: 'Prove that images can be pushed and pulled, or name what stands in the way and its cure',
  description: [
    'A blob of 32 random bytes is pushed, pulled again, and deleted where the registry allows it. A token that may only pull is told from one that may push.',
  ],
  arguments: { repository: optional('registry:port/repository; without it, the one of app.toml or blueprint.toml') },
  options: {},
  examples: [{ line: 'railiance registry check registry.example:5000/team/app', does: 'with a real blob' }],
  async run({ args, ...around }) {
    const { output, cwd, signal } = around;
    const { registry: configured } = await loadBlueprint(cwd, cwd);
    const text = args.repository ?? (await ownRepository(cwd)) ?? (configured && addressOf(configured.push));
    if (text === undefined) {
      throw new Failure('check the registry', 'blueprint.toml has none, and none was named', {
        hint: 'railiance registry check registry.example:5000/team/app',
        exitCode: exitCodes.invalidInput,
      });
    }
    const { registry: host, repository } = referenceOf(text);
    const pullHost = specOf(host, configured) ? hostOf(configured?.pull ?? host) : host;
    const push = registryOptions(host, 'push', around, configured);
    const pull = registryOptions(pullHost, 'pull', around, configured);
    const findings = await registryFailure(`check ${host}`, () => diagnoseRegistry({ push, pull, repository, signal }));
    const works = findings.every(({ verdict }) => verdict === 'pass');
    output.result(
      { schema: 'railiance.registry.check.v1', registry: host, repository, works, findings } as const,
      () => {
        for (const { name, verdict, detail, cure } of findings) {
          output.line([marks[verdict], ' ', bold(name.padEnd(5)), '  ', detail]);
          if (cure !== undefined)
            output.line(['         cure: under [registry] in blueprint.toml write  ', bold(cure)]);
        }
      },
    );
    return works ? exitCodes.done : exitCodes.refused;
  },
});

/** Where the app of this folder is pushed to, if there is one: most rights are given for repositories of an owner. */
async function ownRepository(cwd: string): Promise<string | undefined> {
  const file = await findApp(undefined, cwd).catch(() => undefined);
  return file && (await loadApp(file, { cwd, stage: 'local' })).registry;
}

function addressOf(push: string): string {
  return push.includes('/') ? push : `${push}/${defaultRepository}`;
}
