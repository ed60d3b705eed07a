import type { Clock } from '../../domain/clock.ts';
import { exitCodes, Failure, problemOf } from '../../domain/failure.ts';
import type { AgentService, ServiceStatus } from './agentService.ts';

/** A service that died is noticed this late at most. */
const intervalMs = 2_000;

export interface ReportedService extends ServiceStatus {
  readonly name: string;
  /** Why it does not run although it should. */
  readonly problem?: string;
}

/** Keeps the wanted services running. */
export interface Services {
  /** Starts it, and keeps it running from now on. @throws Failure for an unknown name; what the service throws */
  ensure(name: string): Promise<void>;
  statuses(): Promise<readonly ReportedService[]>;
  stop(): Promise<void>;
}

export function keepServices(
  services: readonly AgentService[],
  wanted: Iterable<string>,
  clock: Clock,
  log: (line: string) => void,
): Services & { readonly firstRound: Promise<void> } {
  const names = new Set(wanted);
  const problems = new Map<string, string>();
  const ending = new AbortController();

  const revive = async (service: AgentService) => {
    try {
      if (!(await service.status()).running) await service.ensure();
      problems.delete(service.name);
    } catch (error) {
      const problem = problemOf(error);
      if (problems.get(service.name) !== problem) log(`service ${service.name}: ${problem}`);
      problems.set(service.name, problem);
    }
  };
  const round = async () => {
    await Promise.all(services.filter(({ name }) => names.has(name)).map(revive));
  };
  const firstRound = round();
  const rounds = firstRound.then(async () => {
    while (!ending.signal.aborted) {
      await clock.sleep(intervalMs, ending.signal).catch(() => {});
      if (!ending.signal.aborted) await round();
    }
  });

  return {
    firstRound,
    ensure: async (name) => {
      const service = services.find((one) => one.name === name);
      if (!service) throw unknownService(name, services);
      await service.ensure();
      names.add(name);
      problems.delete(name);
    },
    statuses: () => Promise.all(services.map((service) => report(service, problems.get(service.name)))),
    stop: async () => {
      ending.abort();
      await rounds;
      await Promise.all(
        services.map((service) => {
          return service.stop().catch((error: unknown) => log(`stop service ${service.name}: ${problemOf(error)}`));
        }),
      );
    },
  };
}

async function report(service: AgentService, problem: string | undefined): Promise<ReportedService> {
  const status = await service.status();
  return { name: service.name, ...status, ...(problem === undefined ? {} : { problem }) };
}

function unknownService(name: string, services: readonly AgentService[]): Failure {
  const known = services.map((service) => service.name).join(', ') || 'none';
  return new Failure(`start service ${name}`, `this agent has ${known}`, { exitCode: exitCodes.invalidInput });
}
