import { defineCheck } from '../check.ts';
import { look } from '../look.ts';
import { type ClusterInput, named, patient } from './clusterCheck.ts';
import { type ClusterNode, conditionOf, listNodes } from './nodes.ts';

/** Is every node of the cluster Ready? One that was cordoned is set aside on purpose, and does not count. */
export const nodesReadyCheck = defineCheck<ClusterInput>({
  name: 'nodes ready',
  run: ({ api }, { signal }) =>
    look('nodes ready', async () => {
      const { open, cordoned } = await listNodes(api, patient(signal));
      const missing = open.filter((node) => conditionOf(node, 'Ready')?.status !== 'True').map(reasonOf);
      const version = open[0]?.status?.nodeInfo?.kubeletVersion ?? 'unknown version';
      const evidence = { nodes: open.length, cordoned, notReady: missing };
      if (open.length > 0 && missing.length === 0) {
        const words = cordoned > 0 ? `; ${cordoned} cordoned` : '';
        return { verdict: 'pass', summary: `${open.length} of ${open.length} Ready, ${version}${words}`, evidence };
      }
      const [first] = missing;
      if (!first) return { verdict: 'fail', summary: 'no node takes pods', hint: 'kubectl get nodes', evidence };
      const names = named(missing.map(({ node }) => node));
      const hint = `kubectl describe node ${first.node}`;
      return { verdict: 'fail', summary: `${names} not Ready: ${first.reason}`, hint, evidence };
    }),
});

function reasonOf(node: ClusterNode) {
  const ready = conditionOf(node, 'Ready');
  const reason = ready?.message ?? ready?.reason ?? 'it never reported';
  return { node: node.metadata.name, reason, since: ready?.lastTransitionTime ?? null };
}
