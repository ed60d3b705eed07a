import type { Clock } from '../../domain/clock.ts';
import { exitCodes, Failure, problemOf } from '../../domain/failure.ts';
import type { AgentService, ServiceStatus } from './agentService.ts';

/** From one start of a service to the next, where it does not come up or does not stay. */
const retryMs = 2_000;

/** Housekeeping of a service that runs well, such as keeping its log short. */
const lookMs = 60_000;

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
  /** A service that is wanted is looked after until the agent ends: started again when it goes, but not in a frenzy. */
  const lookAfter = async (service: AgentService) => {
    const { signal } = ending;
    while (!signal.aborted) {
      const since = clock.elapsedMs();
      if (!problems.has(service.name)) await goneOrTime(service, clock, signal);
      const restMs = since + retryMs - clock.elapsedMs();
      if (restMs > 0) await clock.sleep(restMs, signal).catch(() => {});
      if (!signal.aborted) await revive(service);
    }
  };
  const first = services.filter(({ name }) => names.has(name));
  const firstRound = Promise.all(first.map(revive)).then(() => {});
  const vigils = [firstRound.then(() => Promise.all(first.map(lookAfter)))] as Promise<unknown>[];

  return {
    firstRound,
    ensure: async (name) => {
      const service = services.find((one) => one.name === name);
      if (!service) throw unknownService(name, services);
      await service.ensure();
      problems.delete(name);
      if (names.has(name)) return;
      names.add(name);
      vigils.push(lookAfter(service));
    },
    statuses: () => Promise.all(services.map((service) => report(service, problems.get(service.name)))),
    stop: async () => {
      ending.abort();
      await Promise.all(vigils);
      await Promise.all(
        services.map((service) => {
          return service.stop().catch((error: unknown) => log(`stop service ${service.name}: ${problemOf(error)}`));
        }),
      );
    },
  };
}

/** Resolves when the service has gone, when it is time to look, or when all ends. */
async function goneOrTime(service: AgentService, clock: Clock, ending: AbortSignal): Promise<void> {
  const over = new AbortController();
  const either = AbortSignal.any([over.signal, ending]);
  const gone = service.untilGone(either).catch(() => {});
  await Promise.race([gone, clock.sleep(lookMs, either)]).catch(() => {});
  over.abort();
  await gone;
}

async function report(service: AgentService, problem: string | undefined): Promise<ReportedService> {
  const status = await service.status();
  return { name: service.name, ...status, ...(problem === undefined ? {} : { problem }) };
}

function unknownService(name: string, services: readonly AgentService[]): Failure {
  const known = services.map((service) => service.name).join(', ') || 'none';
  return new Failure(`start service ${name}`, `this agent has ${known}`, { exitCode: exitCodes.invalidInput });
}
