import type { HelmPlace } from '../helm/helmPlace.ts';
import type { FoundChart } from './resolve.ts';

const lookTimeoutMs = 20_000;

/** Prints the chart's folder, its commit (or nothing), and of the names given each values file that lies there. */
const look = `
for place in "$1" "$HOME/$1"; do
  case $place in /*) ;; *) continue ;; esac
  [ -f "$place/Chart.yaml" ] || continue
  shift
  printf '%s\\n' "$place"
  git -C "$place" describe --always --dirty --abbrev=12 2>/dev/null || echo
  for name; do [ -f "$place/$name" ] && printf '%s\\n' "$place/$name"; done
  exit 0
done
exit 3
`;

/** A chart on the machine that Helm runs on: by its whole path, or one from the folder of a login there. */
export async function chartElsewhere(
  chart: string,
  valuesNames: readonly string[],
  { exec, machine }: HelmPlace,
): Promise<Omit<FoundChart, 'own' | 'discard'> | undefined> {
  if (machine === undefined) return undefined;
  const argv = ['sh', '-c', look, 'sh', chart.replace(/^~\//, ''), ...valuesNames] as const;
  const { exitCode, stdout } = await exec.run({ argv: [...argv], timeoutMs: lookTimeoutMs });
  if (exitCode !== 0) return undefined;
  const [folder = '', revision = '', ...beside] = stdout.trimEnd().split('\n');
  return { chart: folder, isHere: false, ...(revision !== '' && { revision }), beside };
}
