import { lastWords } from '../../../domain/lastWords.ts';
import type { Cause, Evidence } from '../../../domain/verdict.ts';
import { neutralise } from '../../../exec/neutralise.ts';
import type { Redactor } from '../../../exec/redact.ts';
import type { Api } from '../../../kubernetes/api.ts';
import { type ContainerStatus, type KubeEvent, type Pod, pathOf } from '../../../kubernetes/objects.ts';
import { podWords } from './podWords.ts';

const tailLines = 100;
const longestLine = 1_000;
const mostEvents = 40;

/** What is left of pods before anything is undone: last lines of this and the container before, exit codes, events. */
export async function podEvidence(
  api: Api,
  pods: readonly Pod[],
  events: readonly KubeEvent[],
  redact: Redactor,
  container = 'app',
): Promise<Evidence> {
  const logs = (await Promise.all(pods.map((pod) => linesOf(api, pod, container)))).flat();
  const ended = pods.flatMap(({ status }) => status?.containerStatuses ?? []).flatMap(endOf);
  const clean = (text: string) => redact(neutralise(text)).slice(0, longestLine);
  return {
    logs: logs.map(clean),
    ...(ended[0] && { exitCode: ended[0].exitCode, signal: ended[0].signal ? `signal ${ended[0].signal}` : null }),
    details: {
      pods: pods.map((pod) => ({ name: pod.metadata.name, node: pod.spec?.nodeName, state: podWords(pod) })),
      events: events.slice(-mostEvents).map(({ reason, message, count, lastTimestamp, eventTime }) => ({
        at: lastTimestamp ?? eventTime,
        reason,
        message: clean(message ?? ''),
        ...(count !== undefined && count > 1 && { count }),
      })),
    },
  };
}

/** A process that ended is best explained by what it said last. */
export function withLastWords(cause: Cause, { logs = [] }: Evidence): Cause {
  const last = lastWords(logs);
  if (cause.name !== 'crash' || last === undefined) return cause;
  const isForeign = /exec format error/.test(last);
  const hint = isForeign ? { hint: 'build it for the platform of the nodes; railiance gate compares them' } : {};
  return { ...cause, summary: `${cause.summary}: ${last.slice(0, 200)}`, ...hint };
}

function endOf({ state, lastState }: ContainerStatus) {
  return state?.terminated ?? lastState?.terminated ?? [];
}

/** Of the container that ended before, too: a crash loop's reason is there, and not in the one that just began. */
async function linesOf(api: Api, pod: Pod, container: string): Promise<readonly string[]> {
  const { name, namespace } = pod.metadata;
  const path = `${pathOf('pods', namespace, name)}/log`;
  const restarted = pod.status?.containerStatuses?.some(({ restartCount }) => restartCount > 0);
  const texts = [];
  for (const previous of restarted ? [true, false] : [false]) {
    texts.push(await readLog(api, path, container, previous).catch(() => ''));
  }
  return texts.flatMap((text) => text.split('\n')).filter((line) => line !== '');
}

async function readLog(api: Api, path: string, container: string, previous: boolean): Promise<string> {
  const query = { container, tailLines, limitBytes: tailLines * longestLine, previous };
  const response = await api.stream(path, { query });
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return text;
}
