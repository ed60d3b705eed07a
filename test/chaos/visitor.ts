import { request } from 'node:http';

/** Asks one route twenty times a second, each time on a new connection, and keeps count. */
export class Visitor {
  sent = 0;
  readonly failures: string[] = [];
  readonly #timer: NodeJS.Timeout;
  readonly #underWay = new Set<Promise<void>>();

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.#timer = setInterval(() => {
      this.sent += 1;
      const asked: Promise<void> = this.#ask(hostname, Number(port)).finally(() => this.#underWay.delete(asked));
      this.#underWay.add(asked);
    }, 50);
  }

  #ask(host: string, port: number): Promise<void> {
    const at = new Date().toISOString();
    return new Promise((resolve) => {
      const fail = (words: string) => {
        this.failures.push(`${at} ${words}`);
        resolve();
      };
      const options = { host: '127.0.0.1', port, path: '/', headers: { host: `${host}:${port}` }, agent: false };
      const asked = request({ ...options, timeout: 15_000 }, (response) => {
        response.resume();
        response.on('end', () => (response.statusCode === 200 ? resolve() : fail(`status ${response.statusCode}`)));
        response.on('error', (error) => fail(error.message));
      });
      asked.on('timeout', () => asked.destroy(new Error('no answer in 15 s')));
      asked.on('error', (error) => fail(error.message)).end();
    });
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
  }
}
