import type { Check } from '../../checks/check.ts';
import { certificateCheck } from '../../checks/cluster/certificate.ts';
import { databaseCheck } from '../../checks/cluster/database.ts';
import { ingressClassCheck } from '../../checks/cluster/ingressClass.ts';
import { namespaceCheck } from '../../checks/cluster/namespace.ts';
import { nodeRoomCheck } from '../../checks/cluster/nodeRoom.ts';
import { nodesReadyCheck } from '../../checks/cluster/nodesReady.ts';
import { probeImageCheck } from '../../checks/cluster/probeImage.ts';
import { publicNameCheck } from '../../checks/cluster/publicName.ts';
import { pullCheck } from '../../checks/cluster/pull.ts';
import { quotaCheck } from '../../checks/cluster/quota.ts';
import { rightsCheck } from '../../checks/cluster/rights.ts';
import { traefikCheck } from '../../checks/cluster/traefik.ts';
import { mirrorFileCheck } from '../../checks/node/mirrorFile.ts';
import type { BlueprintNode } from '../../domain/blueprint.ts';
import type { RegistrySpec } from '../../domain/registry.ts';
import { imageRepository } from '../../pipeline/plan/imageRepository.ts';
import type { GateCheck, GateQuestion } from '../../pipeline/stepPorts.ts';
import { registriesFile } from '../../render/registries.ts';
import type { ClusterStage } from '../clusterStage.ts';
import { sameClusterCheck } from './sameCluster.ts';
import { execOn, type GateTools, remembered } from './stageChecks.ts';

const minuteMs = 60_000;
/** The kubelet refuses to start what asks for less; a Node app takes about this much. */
const usualMemoryBytes = 64 * 2 ** 20;
/** Let's Encrypt renews a month before the end: two weeks are left only where that failed. */
const leastCertificateDays = 14;

/** What is asked of a cluster, each with how long it stands once it passed. */
export async function clusterChecks(
  question: GateQuestion,
  {
    api,
    identity,
    settings,
    database,
    releases,
  }: Pick<ClusterStage, 'api' | 'identity' | 'settings' | 'database' | 'releases'>,
  tools: GateTools,
): Promise<readonly GateCheck[]> {
  const { target, app, image, published } = question;
  const { address: server, context } = api.connection;
  const namespace = app.deploy.namespace ?? settings.namespace ?? app.slug;
  const { host } = app.deploy;
  const { ingress } = settings;
  const place = { api, namespace };
  const room = { memoryBytes: app.run.resources.memoryBytes ?? usualMemoryBytes, imageBytes: image.sizeBytes };
  const kept = (check: GateCheck, maxAgeMs: number, about: object) =>
    remembered(check, { server, context, namespace, ...about }, maxAgeMs, tools);
  const url = async () => {
    // What an app without a database of its own has to write to is its own affair.
    if (database && app.database) return await database.adminUrl();
    return (await tools.sealedSecrets(app))?.values.DATABASE_URL;
  };
  return [
    sameClusterCheck({ target, isProduction: tools.stage.production, identity, releases, home: tools.home }),
    asked(nodesReadyCheck, { api }),
    asked(nodeRoomCheck, { api, ...room }),
    asked(traefikCheck, { api }),
    asked(ingressClassCheck, { api, className: ingress.class }),
    asked(namespaceCheck, place),
    asked(quotaCheck, { ...place, run: app.run }),
    kept(asked(rightsCheck, place), 5 * minuteMs, {}),
    asked(databaseCheck, { ...place, url }),
    ...(published ? [kept(pull(published.reference), 10 * minuteMs, published)] : []),
    ...(tools.full ? [asked(probeImageCheck, probeInput())] : []),
    ...(host === undefined ? [] : [kept(asked(publicNameCheck, { host }), 5 * minuteMs, { host })]),
    ...(host === undefined || ingress.tls === undefined
      ? []
      : [kept(asked(certificateCheck, certificateInput(host)), 60 * minuteMs, { host })]),
  ];

  function nodesInput() {
    const { pull_secret: pullSecret, state_namespace: records } = settings;
    return { api, namespaces: [namespace, records], ...(pullSecret !== undefined && { pullSecret }) };
  }

  function pull(reference: string): GateCheck {
    return { ...asked(pullCheck, { ...nodesInput(), reference }), early: true };
  }

  /** Without a registry in app.toml or the blueprint this throws, as a deploy would. */
  function probeInput() {
    return { ...nodesInput(), repository: imageRepository(app, tools.registry), open: tools.openRegistry };
  }

  function certificateInput(name: string) {
    const resolver = ingress.tls?.resolver;
    return { host: name, leastDays: leastCertificateDays, ...(resolver !== undefined && { resolver }) };
  }
}

function asked<Input>(check: Check<Input>, input: Input): GateCheck {
  return { name: check.name, run: (context) => check.run(input, context) };
}

/** On the cluster's nodes that can be asked by SSH; on others the pull is the proof. */
export function mirrorFileChecks(
  nodes: readonly BlueprintNode[],
  registry: RegistrySpec,
  tools: GateTools,
): readonly GateCheck[] {
  const reached = nodes.filter(({ roles, ssh }) => roles.includes('cluster') && ssh !== undefined);
  return reached.map((node) => {
    const input = { node: node.name, registry, exec: execOn(node, tools), file: registriesFile };
    const check = { ...asked(mirrorFileCheck, input), name: `${node.name}: ${mirrorFileCheck.name}` };
    return remembered(check, { node: node.name, pull: registry.pull }, 10 * minuteMs, tools);
  });
}
