import { exitCodes, Failure } from '../../../domain/failure.ts';
import { printedObjects } from '../helm/printed.ts';

interface Container {
  readonly name?: string;
  readonly image?: string;
  readonly envFrom?: readonly { readonly secretRef?: { readonly name?: string } }[];
  readonly env?: readonly { readonly valueFrom?: { readonly secretKeyRef?: { readonly name?: string } } }[];
}

interface RenderedObject {
  readonly kind?: string;
  readonly metadata?: { readonly name?: string; readonly labels?: Readonly<Record<string, unknown>> };
  readonly spec?: {
    readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly template?: {
      readonly metadata?: { readonly labels?: Readonly<Record<string, unknown>> };
      readonly spec?: { readonly containers?: readonly Container[]; readonly initContainers?: readonly Container[] };
    };
    readonly rules?: readonly { readonly host?: string }[];
    readonly routes?: readonly { readonly match?: string }[];
  };
}

/** What of a chart that is not ours has to be known before it is put on a cluster. */
export interface Rendered {
  /** The Deployment whose pods run the image. */
  readonly workload: string;
  /** Container of it that does. */
  readonly container: string;
  readonly selector: Readonly<Record<string, string>>;
  readonly host: string | undefined;
  /** Secrets that its pods read and the chart does not bring. */
  readonly secrets: readonly string[];
  /** Secrets that the chart itself templates. */
  readonly ownSecrets: readonly string[];
}

/**
 * Reads what `helm template` printed.
 * @throws Failure (refused) where the pods would not run the very image, or the tag stands where Kubernetes takes none
 */
export function readRendered(
  chart: string,
  text: string,
  { image, tag }: { readonly image: string; readonly tag: string },
): Rendered {
  const all = printedObjects<RenderedObject>(text);
  const digest = /@(sha256:[0-9a-f]{64})$/.exec(image)?.[1] ?? image;
  for (const { kind, metadata, spec } of all) {
    const labels = { ...metadata?.labels, ...spec?.template?.metadata?.labels };
    const bad = Object.entries(labels).find(([, value]) => String(value).includes(tag) && String(value).includes('@'));
    if (bad)
      throw refused(
        chart,
        `${kind} ${metadata?.name} has image.tag as its label ${bad[0]}, where no digest may stand`,
        'take .Chart.AppVersion for labels',
      );
  }
  const deployments = all.filter(({ kind }) => kind === 'Deployment');
  const found = deployments.flatMap((object) =>
    (object.spec?.template?.spec?.containers ?? []).map((container) => ({ object, container })),
  );
  const match = found.find(({ container }) => container.image?.endsWith(`@${digest}`));
  if (!match) {
    const seen = found.map(({ container }) => container.image).join(', ') || 'none';
    const hint =
      'write image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}" in its Deployment: the tag comes with the digest';
    throw refused(chart, `no Deployment of it runs the image by its digest; its images are ${seen}`, hint);
  }
  const { object, container } = match;
  const template = object.spec?.template?.spec;
  const read = [...(template?.containers ?? []), ...(template?.initContainers ?? [])].flatMap(
    ({ envFrom = [], env = [] }) => [
      ...envFrom.map(({ secretRef }) => secretRef?.name),
      ...env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name),
    ],
  );
  const ownSecrets = all.filter(({ kind }) => kind === 'Secret').map(({ metadata }) => metadata?.name ?? '');
  return {
    workload: object.metadata?.name ?? '',
    container: container.name ?? '',
    selector: object.spec?.selector?.matchLabels ?? {},
    host: hostOf(all),
    secrets: [...new Set(read)].filter((name) => name !== undefined).filter((name) => !ownSecrets.includes(name)),
    ownSecrets,
  };
}

function hostOf(objects: readonly RenderedObject[]): string | undefined {
  for (const { kind, spec } of objects) {
    if (kind === 'Ingress' && spec?.rules?.[0]?.host) return spec.rules[0].host;
    const host = kind === 'IngressRoute' ? /Host\(`([^`]+)`\)/.exec(spec?.routes?.[0]?.match ?? '')?.[1] : undefined;
    if (host) return host;
  }
  return undefined;
}

function refused(chart: string, problem: string, hint: string): Failure {
  return new Failure(`use the chart ${chart}`, problem, { hint, exitCode: exitCodes.refused });
}
