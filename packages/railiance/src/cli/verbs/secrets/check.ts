import { exitCodes, Failure } from '../../../domain/failure.ts';
import { checkSecrets, type Finding } from '../../../secrets/check.ts';
import { isMadeHere } from '../../../secrets/madeHere.ts';
import { repositoryFiles } from '../../../secrets/repositoryFiles.ts';
import { defineCommand, flag, rest } from '../../command.ts';
import { red } from '../../output/text.ts';
import { chooseFile, fileOptions, keySources, lazyExec } from './file.ts';

export default defineCommand({
  name: 'secrets check',
  group: 'Secrets',
  summary: 'Find secrets that are not encrypted, missing, or stand elsewhere in the repository',
  description: [
    'For CI and as a pre-commit hook: looks at every file that Git knows or would add. Files whose name has .sops. in it, ' +
      'those that .sops.yaml names, and the app’s own must be encrypted; what app.toml requires must be in them.',
    'Where a key opens them, their values are looked for in all the other files, base64 and URL-encoded as well.',
    'Exits 4 where something is found.',
  ],
  arguments: { files: rest('the files to look at; without any, the repository here') },
  options: { ...fileOptions, withoutKeys: flag('open nothing: check only what can be seen from outside') },
  examples: [{ line: 'railiance secrets check --without-keys', does: 'in a CI job that has no key' }],
  async run({ args, options, ...around }) {
    const { output, cwd } = around;
    const required = await requiredNames(options, cwd);
    const named = args.files.length > 0;
    const everything = await repositoryFiles(cwd, lazyExec).catch((error: unknown) => {
      if (named) return [];
      throw error;
    });
    const files = [...new Set(named ? args.files : [...everything, ...required.keys()])];
    const findings = await checkSecrets({
      folder: cwd,
      files,
      // What a commit's own files must not hold may be encrypted in any other.
      valuesFrom: named
        ? [...new Set([...everything, ...required.keys()])].filter((file) => !files.includes(file))
        : [],
      required,
      sources: keySources(around),
      withKeys: !options.withoutKeys,
    });
    output.result({ schema: 'railiance.secrets.check.v1', looked: files.length, findings } as const, () => {
      for (const { file, line, problem } of findings) output.line([red('✗'), ` ${place(file, line)}: ${problem}`]);
      if (findings.length === 0) output.line(`no secret in the open in ${files.length} files`);
    });
    return findings.length === 0 ? exitCodes.done : exitCodes.refused;
  },
});

/** Of the app here, if there is one: a repository may be checked without. */
async function requiredNames(
  options: Parameters<typeof chooseFile>[0],
  cwd: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  try {
    const { app, stage, file } = await chooseFile(options, cwd);
    if (app === undefined) return new Map([[file, []]]);
    const required = app.secrets.required.filter((name) => !isMadeHere(app, name, stage));
    // An app that needs nothing of a file, and names none, may have none.
    const needsFile = required.length > 0 || app.secrets.file !== undefined;
    return new Map(needsFile ? [[file, required]] : []);
  } catch (error) {
    if (error instanceof Failure && options.app === undefined && options.file === undefined) return new Map();
    throw error;
  }
}

function place(file: Finding['file'], line: number | undefined): string {
  return line === undefined ? file : `${file}:${line}`;
}
