/** A process that can be killed between any two things it does. */
export interface Mortal {
  /** The same port for this process: once it is dead, no call is made and none comes back. */
  lend<Port extends object>(name: string, port: Port): Port;
  /** Resolves when the process dies. */
  readonly death: Promise<void>;
  readonly dead: boolean;
  /** What has been called, in order; every call is two points where the process may die, before and after. */
  readonly calls: readonly string[];
  kill(): void;
}

/** `diesAt`: number of the point at which it dies, from 0; absent: it lives. */
export function createMortal(diesAt?: number): Mortal {
  const { promise: death, resolve } = Promise.withResolvers<void>();
  const calls: string[] = [];
  let dead = false;
  const kill = () => {
    dead = true;
    resolve();
  };
  const never = () => new Promise<never>(() => {});

  async function live(label: string, call: () => Promise<unknown>): Promise<unknown> {
    if (dead) return await never();
    const point = calls.push(label) * 2 - 2;
    if (point === diesAt) kill();
    if (dead) return await never();
    const outcome = await Promise.allSettled([call()]);
    if (point + 1 === diesAt) kill();
    if (dead) return await never();
    if (outcome[0].status === 'rejected') throw outcome[0].reason;
    const { value } = outcome[0];
    return isPort(value) ? lend(label, value) : value;
  }

  function lend<Port extends object>(name: string, port: Port): Port {
    return new Proxy(port, {
      get(target, property, receiver) {
        const value: unknown = Reflect.get(target, property, receiver);
        if (typeof value !== 'function' || typeof property === 'symbol') return value;
        if (synchronous.has(property)) return value.bind(target);
        return (...args: unknown[]) => live(`${name}.${property}`, async () => await value.apply(target, args));
      },
    });
  }

  return {
    lend,
    death,
    calls,
    kill,
    get dead() {
      return dead;
    },
  };
}

/** Functions of ports that give no promise. */
const synchronous = new Set(['now', 'elapsedMs']);

/** A journal is a port that another port gives. */
function isPort(value: unknown): value is object {
  return typeof value === 'object' && value !== null && 'append' in value;
}
