// Written by `npm run generate` from the commands' own files, so that the help loads none of them.
import type { AnyCommand, groups } from './command.ts';

export interface CommandEntry {
  readonly name: string;
  readonly group: (typeof groups)[number];
  readonly summary: string;
  load(): Promise<{ readonly default: AnyCommand }>;
}

export const commands: readonly CommandEntry[] = [
  {
    name: 'run',
    group: 'Release',
    summary: 'Build the app and try it on this machine: it starts, answers, and stops cleanly',
    load: () => import('./verbs/run.ts'),
  },
  {
    name: 'deploy',
    group: 'Release',
    summary: 'Build a version and put it on a stage, verified, without a gap',
    load: () => import('./verbs/deploy.ts'),
  },
  {
    name: 'promote',
    group: 'Release',
    summary: 'Put the very image of one stage on the next, without a build',
    load: () => import('./verbs/promote.ts'),
  },
  {
    name: 'rollback',
    group: 'Release',
    summary: 'Bring an earlier release back: its image, its configuration and its secrets',
    load: () => import('./verbs/rollback.ts'),
  },
  {
    name: 'approve',
    group: 'Release',
    summary: 'Say yes to a version on a stage that needs a yes',
    load: () => import('./verbs/approve.ts'),
  },
  {
    name: 'events list',
    group: 'Look',
    summary: 'Show what the hub has been told, and what waits to be',
    load: () => import('./verbs/events/list.ts'),
  },
  {
    name: 'gate',
    group: 'Look',
    summary: 'Ask whether a stage is ready for a release: GO or NO-GO, with what was seen',
    load: () => import('./verbs/gate.ts'),
  },
  {
    name: 'history',
    group: 'Look',
    summary: 'Show the releases and the failed runs of an app on a stage',
    load: () => import('./verbs/history.ts'),
  },
  {
    name: 'local status',
    group: 'Look',
    summary: 'Show the agent of this machine: runtimes, services, instances',
    load: () => import('./verbs/local/status.ts'),
  },
  {
    name: 'logs',
    group: 'Look',
    summary: 'Show what an app prints',
    load: () => import('./verbs/logs.ts'),
  },
  {
    name: 'registry check',
    group: 'Look',
    summary: 'Prove that images can be pushed and pulled, or name what stands in the way and its cure',
    load: () => import('./verbs/registry/check.ts'),
  },
  {
    name: 'registry inspect',
    group: 'Look',
    summary: 'Show what an image in a registry is: digests, layers, labels',
    load: () => import('./verbs/registry/inspect.ts'),
  },
  {
    name: 'registry tags',
    group: 'Look',
    summary: 'List the tags of a repository',
    load: () => import('./verbs/registry/tags.ts'),
  },
  {
    name: 'smoke',
    group: 'Look',
    summary: 'Run the smoke tests of the release that serves, through its public route',
    load: () => import('./verbs/smoke.ts'),
  },
  {
    name: 'status',
    group: 'Look',
    summary: 'Show what serves where, and where a run stopped',
    load: () => import('./verbs/status.ts'),
  },
  {
    name: 'build',
    group: 'Prepare',
    summary: 'Build the image of an app as it is, and nothing more',
    load: () => import('./verbs/build.ts'),
  },
  {
    name: 'completion',
    group: 'Prepare',
    summary: 'Print the completion script of a shell',
    load: () => import('./verbs/completion.ts'),
  },
  {
    name: 'demo',
    group: 'Prepare',
    summary: 'Show the whole path on this machine in a minute, broken versions included',
    load: () => import('./verbs/demo.ts'),
  },
  {
    name: 'doctor',
    group: 'Prepare',
    summary: 'Show what this machine has for railiance, and what it lacks',
    load: () => import('./verbs/doctor.ts'),
  },
  {
    name: 'init',
    group: 'Prepare',
    summary: 'Write a commented app.toml for the app in a folder',
    load: () => import('./verbs/init.ts'),
  },
  {
    name: 'plan',
    group: 'Prepare',
    summary: 'Show what a deploy would do, step by step, and do none of it',
    load: () => import('./verbs/plan.ts'),
  },
  {
    name: 'push',
    group: 'Prepare',
    summary: 'Push an image that was built here to the registry, sending only what it lacks',
    load: () => import('./verbs/push.ts'),
  },
  {
    name: 'render registries',
    group: 'Prepare',
    summary: 'Write the registries.yaml that has k3s pull from a registry without TLS',
    load: () => import('./verbs/render/registries.ts'),
  },
  {
    name: 'events flush',
    group: 'Operate',
    summary: 'Send the hub what it has not been told yet',
    load: () => import('./verbs/events/flush.ts'),
  },
  {
    name: 'events login',
    group: 'Operate',
    summary: "Keep the hub's key in this machine's secret store",
    load: () => import('./verbs/events/login.ts'),
  },
  {
    name: 'exec',
    group: 'Operate',
    summary: 'Run a command beside the active instance, with its environment',
    load: () => import('./verbs/exec.ts'),
  },
  {
    name: 'local down',
    group: 'Operate',
    summary: 'Stop every app of this machine, the database and the agent',
    load: () => import('./verbs/local/down.ts'),
  },
  {
    name: 'local up',
    group: 'Operate',
    summary: 'Start the agent that runs and routes releases on this machine',
    load: () => import('./verbs/local/up.ts'),
  },
  {
    name: 'registry copy',
    group: 'Operate',
    summary: 'Copy an image or an index from one registry to another, byte for byte',
    load: () => import('./verbs/registry/copy.ts'),
  },
  {
    name: 'registry login',
    group: 'Operate',
    summary: 'Keep credentials for a registry where Docker, podman and skopeo look too',
    load: () => import('./verbs/registry/login.ts'),
  },
  {
    name: 'registry prune',
    group: 'Operate',
    summary: 'Remove images that nothing needs, and say why each other one stays',
    load: () => import('./verbs/registry/prune.ts'),
  },
  {
    name: 'restart',
    group: 'Operate',
    summary: 'Start the current release again beside itself, smoke-test it, and switch',
    load: () => import('./verbs/restart.ts'),
  },
  {
    name: 'resume',
    group: 'Operate',
    summary: 'Go on with a run that was cut off, or take it back with --undo',
    load: () => import('./verbs/resume.ts'),
  },
  {
    name: 'secrets add-recipient',
    group: 'Operate',
    summary: 'Let one more age key open the file',
    load: () => import('./verbs/secrets/addRecipient.ts'),
  },
  {
    name: 'secrets check',
    group: 'Operate',
    summary: 'Find secrets that are not encrypted, missing, or stand elsewhere in the repository',
    load: () => import('./verbs/secrets/check.ts'),
  },
  {
    name: 'secrets decrypt',
    group: 'Operate',
    summary: 'Print a SOPS file in plain text',
    load: () => import('./verbs/secrets/decrypt.ts'),
  },
  {
    name: 'secrets diff',
    group: 'Operate',
    summary: 'Show which names differ from a committed version or a release; values are never shown',
    load: () => import('./verbs/secrets/diff.ts'),
  },
  {
    name: 'secrets edit',
    group: 'Operate',
    summary: 'Edit the file in plain text with $EDITOR',
    load: () => import('./verbs/secrets/edit.ts'),
  },
  {
    name: 'secrets encrypt',
    group: 'Operate',
    summary: 'Encrypt a plain-text file as SOPS does',
    load: () => import('./verbs/secrets/encrypt.ts'),
  },
  {
    name: 'secrets exec',
    group: 'Operate',
    summary: 'Run a command with the secrets in its environment',
    load: () => import('./verbs/secrets/exec.ts'),
  },
  {
    name: 'secrets get',
    group: 'Operate',
    summary: 'Print the value of one secret',
    load: () => import('./verbs/secrets/get.ts'),
  },
  {
    name: 'secrets init',
    group: 'Operate',
    summary: 'Make the encrypted file of an app, and .sops.yaml where there is none',
    load: () => import('./verbs/secrets/init.ts'),
  },
  {
    name: 'secrets keygen',
    group: 'Operate',
    summary: 'Make an age key of your own, and print its public part',
    load: () => import('./verbs/secrets/keygen.ts'),
  },
  {
    name: 'secrets list',
    group: 'Operate',
    summary: 'List the names in the file, and who can open it; needs no key',
    load: () => import('./verbs/secrets/list.ts'),
  },
  {
    name: 'secrets merge',
    group: 'Operate',
    summary: 'Merge SOPS files by key, as a Git merge driver or by hand',
    load: () => import('./verbs/secrets/merge.ts'),
  },
  {
    name: 'secrets remove-recipient',
    group: 'Operate',
    summary: 'Take the access of an age key away; the data key is made anew',
    load: () => import('./verbs/secrets/removeRecipient.ts'),
  },
  {
    name: 'secrets revoke',
    group: 'Operate',
    summary: 'Bar every release that holds a leaked value from being brought back',
    load: () => import('./verbs/secrets/revoke.ts'),
  },
  {
    name: 'secrets rotate',
    group: 'Operate',
    summary: 'Give a secret a new random value, in the form of the old one',
    load: () => import('./verbs/secrets/rotate.ts'),
  },
  {
    name: 'secrets rotate-key',
    group: 'Operate',
    summary: 'Encrypt every value with a new data key; the values stay',
    load: () => import('./verbs/secrets/rotateKey.ts'),
  },
  {
    name: 'secrets set',
    group: 'Operate',
    summary: 'Set one secret; the value comes from standard input or a hidden prompt',
    load: () => import('./verbs/secrets/set.ts'),
  },
  {
    name: 'secrets unset',
    group: 'Operate',
    summary: 'Take one secret out of the file',
    load: () => import('./verbs/secrets/unset.ts'),
  },
];
