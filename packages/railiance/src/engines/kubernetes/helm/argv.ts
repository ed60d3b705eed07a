/** How every helm command reaches the cluster: the same server as the same user as everything else. */
export interface HelmTarget {
  /** Program, as the settings of the stage name it. */
  readonly program: string;
  readonly kubeconfig: string;
  readonly context: string;
  readonly namespace: string;
}

type Argv = readonly [string, ...string[]];

function common({ kubeconfig, context, namespace }: HelmTarget): readonly string[] {
  const reach = ['--kubeconfig', kubeconfig.split(':')[0] ?? kubeconfig, '--kube-context', context];
  return ['--namespace', namespace, ...reach];
}

export interface UpgradeOptions {
  readonly release: string;
  /** Folder of the chart. */
  readonly chart: string;
  /** Files, later ones win; `-` is standard input. */
  readonly values: readonly string[];
  /** Shown by `helm history`. */
  readonly description: string;
  readonly historyMax: number;
  /** Longest time for hooks. */
  readonly timeoutSeconds: number;
  /** Our own chart is tested against the API: Helm need not fetch its schemas. */
  readonly trusted: boolean;
}

/** Without --wait: what becomes of the pods is watched here, with the cause of a failure. */
export function upgradeArgv(target: HelmTarget, options: UpgradeOptions): Argv {
  const { release, chart, values, description, historyMax, timeoutSeconds, trusted } = options;
  return [
    target.program,
    'upgrade',
    '--install',
    ...common(target),
    ...values.flatMap((file) => ['--values', file]),
    // Given none, Helm would take those of the revision before.
    '--reset-values',
    '--history-max',
    String(historyMax),
    '--timeout',
    `${timeoutSeconds}s`,
    '--description',
    description,
    ...(trusted ? ['--disable-openapi-validation'] : []),
    '--',
    release,
    chart,
  ];
}

export interface TemplateOptions extends Pick<UpgradeOptions, 'release' | 'chart' | 'values'> {
  /** As the server has it; absent: the one that Helm was made with. */
  readonly kubeVersion?: string;
}

export function templateArgv(target: HelmTarget, options: TemplateOptions): Argv {
  const { release, chart, values, kubeVersion } = options;
  return [
    target.program,
    'template',
    ...common(target),
    ...values.flatMap((file) => ['--values', file]),
    ...(kubeVersion === undefined ? [] : ['--kube-version', kubeVersion]),
    '--is-upgrade',
    '--',
    release,
    chart,
  ];
}

export function rollbackArgv(target: HelmTarget, release: string, revision: number, historyMax: number): Argv {
  return [
    target.program,
    'rollback',
    ...common(target),
    '--history-max',
    String(historyMax),
    '--',
    release,
    String(revision),
  ];
}

export function uninstallArgv(target: HelmTarget, release: string): Argv {
  return [target.program, 'uninstall', ...common(target), '--ignore-not-found', '--', release];
}
