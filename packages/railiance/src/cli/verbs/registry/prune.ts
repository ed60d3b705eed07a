import { given } from '../../../config/given.ts';
import { exitCodes, Failure } from '../../../domain/failure.ts';
import { imageRepository } from '../../../pipeline/plan/imageRepository.ts';
import type { Kept } from '../../../pipeline/retention/decide.ts';
import { storedHistories } from '../../../pipeline/retention/histories.ts';
import { decideLayout } from '../../../pipeline/retention/layoutImages.ts';
import { pruneRegistry } from '../../../pipeline/retention/pruneRegistry.ts';
import { defineCommand, flag, integer, optional } from '../../command.ts';
import { openToolbox } from '../../compose.ts';
import { formatSize } from '../../output/format.ts';
import { dim } from '../../output/text.ts';
import type { Output } from '../../output.ts';
import { type Selection, select } from '../../selection.ts';

type Toolbox = Awaited<ReturnType<typeof openToolbox>>;

interface Pruned {
  readonly where: string;
  readonly kept: readonly Kept[];
  readonly removed: readonly string[];
  readonly remaining: number;
  readonly freedBytes?: number;
}

export default defineCommand({
  name: 'registry prune',
  group: 'Registries',
  summary: 'Remove images that nothing needs, and say why each other one stays',
  description: [
    'Kept is what any stage runs, keeps or would roll back to, the last versions (`[retention] keep`), whatever shares an image with one of these or is part of an index that has a tag, and everything whose age neither git nor a release tells.',
    'Where a stage of the blueprint cannot be asked, nothing is removed. The registry gives the room free when it collects its garbage.',
  ],
  arguments: { app: optional('slug or folder; without it, the app.toml here or above') },
  options: {
    plan: flag('print what would go and why the rest stays, and remove nothing'),
    local: flag('the images on this machine, not those of the registry'),
    limit: integer('n', 'remove at most so many at once', 500),
  },
  examples: [
    { line: 'railiance registry prune probe --plan', does: 'what would go, and why the rest stays' },
    { line: 'railiance registry prune probe', does: 'the oldest first' },
    { line: 'railiance registry prune probe --local', does: 'the images built on this machine' },
  ],
  async run({ args, options, ...around }) {
    const { output, env, cwd, signal } = around;
    const selection = await select({ reference: args.app, stage: 'local', cwd });
    const toolbox = await openToolbox(env, output);
    const view = output.run(`prune ${selection.app.slug}`);
    view.start('prune', options.local ? 'Images on this machine' : 'Images of the registry');
    try {
      const pruned = options.local
        ? await pruneLayout(selection, options.plan, toolbox)
        : await pruneRemote(selection, options, toolbox, signal, (text) =>
            view.progress('prune', { kind: 'note', text }),
          );
      const verb = options.plan ? 'would go' : 'removed';
      view.finish('prune', 'done', `${pruned.removed.length} ${verb}, ${pruned.kept.length} stay`);
      view.close();
      output.result(
        { schema: 'railiance.registry.prune.v1', app: selection.app.slug, planned: options.plan, ...pruned } as const,
        () => print(pruned, options.plan, output),
      );
    } catch (error) {
      view.finish('prune', 'failed', 'it did not succeed');
      view.close();
      throw error;
    }
  },
});

async function pruneRemote(
  { app, stage, blueprint }: Selection,
  { plan: dryRun, limit }: { readonly plan: boolean; readonly limit: number },
  toolbox: Toolbox,
  signal: AbortSignal,
  tell: (text: string) => void,
): Promise<Pruned> {
  if (limit < 1) {
    throw new Failure('read --limit', `${limit} removes nothing`, { exitCode: exitCodes.invalidInput });
  }
  const repository = imageRepository(app, blueprint.registry);
  const ports = toolbox.portsFor({ ...stage, ...given({ registry: blueprint.registry }) });
  const { keep } = app.retention;
  const progress = (event: { readonly kind: string; readonly text?: string }) => tell(event.text ?? '');
  const request = { app, repository, stages: blueprint.stages, keep, limit, dryRun, progress, signal };
  const { kept, removed, remaining } = await pruneRegistry(request, ports);
  return { where: repository.push, kept, removed: removed.map(({ tag }) => tag), remaining };
}

async function pruneLayout({ app, stage }: Selection, dryRun: boolean, toolbox: Toolbox): Promise<Pruned> {
  const { images, ...ports } = toolbox.portsFor(stage);
  const stages = await storedHistories(app.slug, ports);
  const { kept, unneeded, digests } = await decideLayout(app.slug, app.retention.keep, stages, images);
  const where = images.layoutDir;
  if (dryRun) return { where, kept, removed: unneeded, remaining: 0 };
  const { removed, freedBytes } = await images.prune(app.slug, new Set(unneeded), digests);
  return { where, kept, removed, remaining: 0, freedBytes };
}

/** So many rows a person reads; the rest is counted, and all of it is in the JSON. */
const shownRows = 30;

function print({ kept, removed, remaining, freedBytes }: Pruned, planned: boolean, output: Output): void {
  const rows = [
    ...removed.map((tag) => ({ tag, does: planned ? 'would go' : 'removed', why: 'nothing needs it' })),
    ...kept.map(({ tag, reasons }) => ({ tag, does: 'stays', why: reasons.join('; ') })),
  ];
  const goes = rows.slice(0, removed.length);
  const stays = rows.slice(removed.length);
  for (const part of [goes, stays]) {
    if (part.length === 0) continue;
    output.table(
      [
        { title: 'TAG', value: ({ tag }) => tag },
        { title: '', value: ({ does }) => dim(does) },
        { title: 'BECAUSE', value: ({ why }) => why, flexible: true },
      ],
      part.slice(0, shownRows),
      '',
    );
    if (part.length > shownRows) output.line(dim(`and ${part.length - shownRows} more; --json has all`));
  }
  if (rows.length === 0) output.line('there are no images');
  if (freedBytes !== undefined) output.line(dim(`${formatSize(freedBytes)} are free again`));
  if (remaining > 0) output.line(`${remaining} more are not needed: run it again, or raise --limit`);
}
