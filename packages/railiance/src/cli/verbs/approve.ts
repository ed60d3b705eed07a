import { randomUUID } from 'node:crypto';

import { type Approval, approvalSchema, type KeptApproval, standingOf } from '../../domain/approval.ts';
import type { Artifact, Digest } from '../../domain/artifact.ts';
import { exitCodes, Failure } from '../../domain/failure.ts';
import { type Target, targetLabel, target as targetOf } from '../../domain/name.ts';
import { settleInHub } from '../approval/hubQuestion.ts';
import { waitMsOf } from '../carryOut.ts';
import { defineCommand, flag, optional, text } from '../command.ts';
import type { Toolbox } from '../compose.ts';
import { openToolbox } from '../compose.ts';
import { formatAge } from '../output/format.ts';
import { dim, green, type Text, yellow } from '../output/text.ts';
import type { Output } from '../output.ts';
import { type Selection, select } from '../selection.ts';

interface Wanted {
  readonly digest: string | undefined;
  readonly tag: string | undefined;
}

type Choice = Pick<Approval, 'digest' | 'tag'>;

/** What the yes is to: named, or what the stage before serves, which is what a promotion would bring. */
async function chosen(wanted: Wanted, { app, stage, blueprint }: Selection, toolbox: Toolbox): Promise<Choice> {
  const action = `approve ${app.slug} for ${stage.name}`;
  const { images } = toolbox.portsFor(stage);
  if (wanted.digest !== undefined) {
    if (!/^sha256:[0-9a-f]{64}$/.test(wanted.digest)) {
      throw new Failure(action, `${JSON.stringify(wanted.digest.slice(0, 80))} is no digest`, {
        hint: 'sha256: and 64 hex digits, as the refused command names it',
        exitCode: exitCodes.invalidInput,
      });
    }
    return { digest: wanted.digest as Digest, tag: wanted.digest.slice(0, 19) };
  }
  const before = blueprint.stages[blueprint.stages.findIndex(({ name }) => name === stage.name) - 1];
  const artifact =
    wanted.tag === undefined
      ? before && (await served(targetOf(app.slug, before.name), toolbox))
      : await images.find(app.slug, wanted.tag);
  if (artifact) return { digest: artifact.configDigest, tag: artifact.revision.tag };
  const problem = wanted.tag === undefined ? 'no stage before it serves anything' : `no image here is ${wanted.tag}`;
  throw new Failure(action, problem, {
    hint: 'name what it is to: --tag <sha> or --digest sha256:…',
    exitCode: exitCodes.invalidInput,
  });
}

async function served(of: Target, { releases }: Toolbox): Promise<Artifact | undefined> {
  return (await releases.newest(of))?.artifact;
}

function stateOf(one: KeptApproval, now: Date): Text {
  const { app, stage, digest } = one.approval;
  const standing = standingOf([one], { target: { app, stage }, digest }, now);
  return standing.stands ? green('stands') : yellow(standing.why);
}

function printList(list: readonly KeptApproval[], output: Output): void {
  const now = new Date();
  output.table(
    [
      { title: 'VERSION', value: ({ approval }) => approval.tag },
      { title: 'BY', value: ({ approval }) => approval.by },
      { title: 'GIVEN', value: ({ approval }) => formatAge(new Date(approval.givenAt), now) },
      { title: 'STATE', value: (one) => stateOf(one, now), flexible: true },
    ],
    list.toSorted((one, other) => other.approval.givenAt.localeCompare(one.approval.givenAt)),
    'nobody has said yes to anything here yet',
  );
}

async function withdraw(target: Target, wanted: Wanted, { approvals, actor }: Toolbox, output: Output): Promise<void> {
  const open = (await approvals.list(target)).filter(({ approval, withdrawn, usedBy }) => {
    const named = wanted.digest === undefined || approval.digest === wanted.digest;
    return named && (wanted.tag === undefined || approval.tag === wanted.tag) && !withdrawn && usedBy === undefined;
  });
  if (open.length === 0) {
    throw new Failure(`take back a yes for ${targetLabel(target)}`, 'there is none that was not used', {
      hint: `railiance approve ${target.app} --stage ${target.stage} --list`,
      exitCode: exitCodes.invalidInput,
    });
  }
  for (const { approval } of open) await approvals.withdraw(target, approval.id, actor);
  const withdrawn = open.map(({ approval }) => approval);
  output.result({ schema: 'railiance.approvals.withdrawn.v1', withdrawn } as const, () => {
    for (const { by, tag } of withdrawn) output.line(`${by}'s yes to ${tag} on ${target.stage} is taken back`);
  });
}

export default defineCommand({
  name: 'approve',
  group: 'Release',
  summary: 'Say yes to a version on a stage that needs a yes',
  description: [
    'A yes is bound to one app, one stage and one digest, is good for one run, and ends after a day. It is signed and kept with the stage; the gate asks for it at the moment of change. Where blueprint.toml names a hub, a yes can be given there instead.',
    'Without --tag or --digest it is for what the stage before serves: what `railiance promote` would bring.',
  ],
  arguments: { app: optional('slug or folder; without it, the app.toml here or above') },
  options: {
    stage: text('stage', 'where it may go; without it, the last stage'),
    tag: text('sha', 'an image that is built already'),
    digest: text('digest', 'its config digest, as a refused command names it'),
    for: text('duration', 'how long the yes holds; without it, 24h'),
    reason: text('words', 'why; goes on record'),
    withdraw: flag('take back every yes that was not used'),
    list: flag('show every yes that was given'),
  },
  examples: [
    { line: 'railiance approve probe --stage production', does: 'what the stage before it serves' },
    { line: 'railiance approve probe --stage production --withdraw', does: 'better not' },
  ],
  async run({ args, options, output, env, cwd }) {
    const choose = (stages: Selection['blueprint']['stages']) => stages.at(-1) as Selection['stage'];
    const selection = await select({ reference: args.app, stage: options.stage, cwd, choose });
    const toolbox = await openToolbox(env, output, cwd);
    for (const stage of selection.blueprint.stages) toolbox.clusters.know(stage);
    const target = targetOf(selection.app.slug, selection.stage.name);
    const wanted = { digest: options.digest, tag: options.tag };
    if (options.list) {
      const approvals = await toolbox.approvals.list(target);
      return output.result({ schema: 'railiance.approvals.v1', approvals } as const, () =>
        printList(approvals, output),
      );
    }
    if (options.withdraw) return withdraw(target, wanted, toolbox, output);
    const { digest, tag } = await chosen(wanted, selection, toolbox);
    const holdsMs = waitMsOf(options.for ?? '24h');
    const asked = `Say yes to ${tag} (${digest.slice(0, 19)}) for ${target.app} on ${target.stage}?`;
    if (!(await output.confirm(asked))) return;
    const now = new Date();
    const approval: Approval = {
      schema: approvalSchema,
      ...target,
      ...{ id: randomUUID(), digest, tag, by: toolbox.actor },
      givenAt: now.toISOString(),
      expiresAt: new Date(now.getTime() + holdsMs).toISOString(),
      ...(options.reason !== undefined && { reason: options.reason }),
    };
    await toolbox.approvals.add(approval);
    const { hub } = selection.blueprint;
    if (hub) await settleInHub(hub, { target, digest }, { home: toolbox.home, env });
    output.result({ ...approval }, () =>
      output.line([green('✓'), ` ${tag} may go to ${target.stage} once`, dim(`, until ${approval.expiresAt}`)]),
    );
  },
});
