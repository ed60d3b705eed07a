import { targetLabel } from '../../../domain/name.ts';
import type { AgentStatus } from '../../../engines/local/agentStatus.ts';
import { formatAge, formatSize } from '../../output/format.ts';
import { dim, green, red, type Text } from '../../output/text.ts';
import type { Output } from '../../output.ts';

function runtimeWords({ available, version, why }: AgentStatus['runtimes'][number]): Text {
  return available ? [green('✓ '), version ?? ''] : [dim('– '), dim(why ?? '')];
}

function serviceWords({ running, version, port, problem }: AgentStatus['services'][number]): Text {
  if (problem !== undefined) return red(problem);
  return running ? [green('✓ '), `${version ?? ''} on port ${port ?? '?'}`] : dim('not running: no app has needed it');
}

export function printAgent(agent: AgentStatus, output: Output): void {
  output.pairs([
    ['agent', `${agent.version}, process ${agent.pid}, since ${formatAge(new Date(agent.startedAt), new Date())}`],
    ['routes', `http://<app>.<stage>.localhost:${agent.port}`],
    ['memory', formatSize(agent.memoryBytes)],
    ...agent.runtimes.map((runtime) => [runtime.name, runtimeWords(runtime)] as const),
    ...agent.services.map((service) => [service.name, serviceWords(service)] as const),
  ]);
  output.line();
  output.table(
    [
      { title: 'APP', value: ({ target }) => targetLabel(target) },
      { title: 'STATE', value: ({ status }) => status.active?.state ?? dim('none') },
      { title: 'RUNTIME', value: ({ status }) => status.active?.runtime ?? '' },
      { title: 'RESTARTS', value: ({ status }) => String(status.active?.restarts ?? ''), align: 'right' },
      { title: 'URL', value: ({ status }) => status.url, flexible: true },
    ],
    // The stage of `railiance run` keeps nothing.
    agent.targets.filter(
      ({ target, status: { active, others } }) => target.stage !== 'local' || active || others.length > 0,
    ),
    dim('no app runs here yet'),
  );
}
