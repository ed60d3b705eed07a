import { loadBlueprint } from '../../../config/blueprint.ts';
import { exitCodes, Failure } from '../../../domain/failure.ts';
import { defineCommand } from '../../command.ts';

export default defineCommand({
  name: 'render registries',
  group: 'Prepare',
  summary: 'Write the registries.yaml that has k3s pull from a registry without TLS',
  description: [
    'It goes to /etc/rancher/k3s/registries.yaml on each node; k3s reads it when it starts. No password is in it.',
  ],
  arguments: {},
  options: {},
  examples: [
    { line: 'railiance render registries', does: 'look at it' },
    {
      line: "railiance render registries | ssh node 'sudo tee /etc/rancher/k3s/registries.yaml && sudo systemctl restart k3s'",
      does: 'put it on a node',
    },
  ],
  async run({ output, cwd }) {
    const { registry } = await loadBlueprint(cwd, cwd);
    if (!registry) {
      throw new Failure('write registries.yaml', 'blueprint.toml names no registry', {
        hint: 'write [registry] push = "registry.example:5000" into it',
        exitCode: exitCodes.invalidInput,
      });
    }
    const { registriesFile, registriesYaml } = await import('../../../render/registries.ts');
    const text = registriesYaml(registry);
    output.result({ schema: 'railiance.registries.v1', file: registriesFile, text } as const, () => {
      for (const line of text.trimEnd().split('\n')) output.line(line);
    });
  },
});
