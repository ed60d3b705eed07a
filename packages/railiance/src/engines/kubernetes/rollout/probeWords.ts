import type { RunSpec } from '../../../domain/app.ts';
import type { Cause } from '../../../domain/verdict.ts';
import type { KubeEvent } from '../../../kubernetes/objects.ts';

/** Why an app that runs is not ready when its time is up, from what the kubelet's probes saw last. */
export function notReadyCause(events: readonly KubeEvent[], run: RunSpec, waitedMs: number): Cause {
  const probe = events.findLast(({ reason, message }) => reason === 'Unhealthy' && /probe failed/.test(message ?? ''));
  const seconds = `${Math.round(waitedMs / 100) / 10} s`;
  const message = probe?.message ?? '';
  const path = run.health?.path;
  if (/connection refused/.test(message) || message === '') {
    const summary = `nothing listens on port ${run.port} after ${seconds}, though the process runs: it ignores PORT`;
    const hint = 'listen on 0.0.0.0 and the port in $PORT, or set [run] port and start_timeout to what the app does';
    return { name: 'ignores-port', summary, hint };
  }
  const status = /statuscode: (\d+)/.exec(message)?.[1];
  const asked = path === undefined ? `port ${run.port}` : `GET ${path}`;
  const saw = status ? `answered ${status}` : /deadline exceeded|timeout/i.test(message) ? 'had no answer' : undefined;
  const words =
    saw ??
    message
      .replace(/^\w+ probe failed: /, '')
      .replace(/\s+/g, ' ')
      .slice(0, 200);
  return {
    name: 'never-ready',
    summary: `it was not ready within ${seconds}: ${asked} ${words}`,
    hint: 'look at its last lines; start_timeout under [run] gives it more time',
  };
}
