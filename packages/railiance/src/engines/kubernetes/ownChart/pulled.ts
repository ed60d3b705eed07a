import { exitCodes, Failure } from '../../../domain/failure.ts';
import { helmWords } from '../helm/helm.ts';
import type { HelmPlace } from '../helm/helmPlace.ts';
import type { FoundChart } from './resolve.ts';

export interface PulledFrom {
  readonly helmPlace: HelmPlace;
  /** Helm, as the settings of the stage name it. */
  readonly program: string;
  /** `host:port` of registries that speak HTTP without TLS. */
  readonly plainHttpHosts: readonly string[];
}

const pullTimeoutMs = 60_000;

/** Prints the folder made for it, the chart's folder in that, and of the names given each values file that lies there. */
const pull = `
umask 077
place=$(mktemp -d -t railiance-chart-XXXXXXXX) || exit
helm=$1 chart=$2 version=$3 plain=$4
shift 4
"$helm" pull \${version:+--version "$version"} \${plain:+--plain-http} --untar --untardir "$place" -- "$chart" >&2 ||
  { code=$?; rm -rf "$place"; exit $code; }
set -- "$place" "$place"/*/ "$@"
printf '%s\\n%s\\n' "$1" "$2"
cd "$2" && shift 2
for name; do [ -f "$name" ] && printf '%s\\n' "$PWD/$name"; done
exit 0
`;

/**
 * Has Helm pull a chart from an OCI registry, once: what is looked at is then what is rolled out, whatever becomes of the tag.
 * Its user is the one of `helm registry login`.
 * @throws Failure with Helm's own words where it cannot be pulled
 */
export async function pulledChart(
  reference: string,
  valuesNames: readonly string[],
  { helmPlace, program, plainHttpHosts }: PulledFrom,
): Promise<Omit<FoundChart, 'own'>> {
  const [, name = reference, version = ''] = /^(oci:\/\/.+?)(?::([\w.+-]+))?$/.exec(reference) ?? [];
  const host = name.slice('oci://'.length).split('/')[0] ?? '';
  const plain = plainHttpHosts.includes(host) ? 'plain' : '';
  const { exec, machine } = helmPlace;
  const argv = ['sh', '-c', pull, 'sh', program, name, version, plain, ...valuesNames] as const;
  const result = await exec.run({ argv: [...argv], timeoutMs: pullTimeoutMs });
  if (result.exitCode !== 0) {
    const where = machine === undefined ? '' : ` on ${machine}`;
    throw new Failure(`pull the chart ${reference}${where}`, helmWords(result), {
      hint: pullHint(result.stderr, host),
      exitCode: exitCodes.dependencyMissing,
    });
  }
  const [place = '', folder = '', ...beside] = result.stdout.trimEnd().split('\n');
  return {
    ...{ chart: folder, isHere: machine === undefined, beside },
    revision: revisionIn(result.stderr) ?? version,
    discard: async () => void (await exec.run({ argv: ['rm', '-rf', '--', place], timeoutMs: pullTimeoutMs })),
  };
}

/** Helm says `Pulled: host/path:version` and `Digest: sha256:…`. */
function revisionIn(words: string): string | undefined {
  const version = /^Pulled: \S+:([^\s:/]+)$/m.exec(words)?.[1];
  const digest = /^Digest: (sha256:[0-9a-f]{64})$/m.exec(words)?.[1];
  return version && digest && `${version}@${digest}`;
}

function pullHint(words: string, host: string): string {
  if (/server gave HTTP response to HTTPS client/.test(words)) {
    return `plain_http = true under [registry] of the blueprint, where its push or pull is at ${host}`;
  }
  if (/401|403|unauthorized|denied/i.test(words)) return `helm registry login ${host}`;
  return `helm pull by hand tells more`;
}
