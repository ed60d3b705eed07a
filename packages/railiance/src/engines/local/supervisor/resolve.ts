import { publicHost, urlOf } from '../router/hostNames.ts';
import type { Resolution } from '../router/upstream.ts';
import type { Supervisor } from './supervisor.ts';
import type { TargetEntry } from './targetEntry.ts';

const retryAfterS = 1;

/** What a host name leads to at this moment. */
export function resolveHost(hostName: string, supervisor: Supervisor, port: number): Resolution {
  for (const entry of supervisor.entries) {
    const host = publicHost(entry.target);
    if (hostName === host) return resolveActive(entry);
    if (hostName.endsWith(`.candidate.${host}`)) return resolveCandidate(entry, hostName);
  }
  const hosts = [...supervisor.entries].filter(({ active }) => active).map(({ target }) => publicHost(target));
  return { kind: 'unknown', urls: hosts.sort().map((host) => urlOf(host, port)) };
}

function resolveActive({ target, active }: TargetEntry): Resolution {
  const upstream = active?.upstream;
  if (upstream) return { kind: 'ready', ...target, upstream };
  const reason = active ? (active.status.reason ?? `it is ${active.status.state}`) : 'nothing is deployed';
  return { kind: 'unready', ...target, reason, retryAfterS };
}

function resolveCandidate({ target, instances }: TargetEntry, hostName: string): Resolution {
  const instance = [...instances.values()].find(({ host }) => host === hostName);
  const upstream = instance?.upstream;
  if (upstream) return { kind: 'ready', ...target, upstream };
  const reason = instance ? (instance.status.reason ?? `it is ${instance.status.state}`) : 'this candidate is gone';
  return { kind: 'unready', ...target, reason, retryAfterS };
}
