import { crowd } from './src/crowd.ts';
import { down } from './src/down.ts';
import { openLab } from './src/lab.ts';
import { restartApiServer } from './src/parts/controlPlane.ts';
import { status } from './src/status.ts';
import { up } from './src/up.ts';

const usage = `usage: npm run lab -- up | down | status [--json] | restart | crowd <nodes>

A Kubernetes of one node on this machine, from the real parts: etcd, API server, kubelet, containerd, CoreDNS, Traefik and a
registry. It listens on loopback and on addresses that it made. Needs root; docs/internals/lab.md has the whole of it.
"restart" ends the API server and starts it again, as an upgrade of a control plane does.
"crowd" adds nodes that are only objects, for figures at a size that no one machine has; with 0 they go again.

  RAILIANCE_LAB         folder of the running lab (default ~/.local/state/railiance-lab)
  RAILIANCE_LAB_CACHE   folder of its programs, fetched or built once (default ~/.cache/railiance-lab)
`;

const commands: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  async up() {
    const started = performance.now();
    const lab = await openLab();
    const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
    await up(lab, (line) => console.error(`lab: ${seconds().padStart(7)}  ${line}`));
    console.error(`lab: ${seconds().padStart(7)}  up`);
    return (await commands.status?.([])) ?? 0;
  },
  async down() {
    await down(await openLab());
    console.error('lab: down; nothing of it is left on this machine but its cache of programs');
    return 0;
  },
  async status(args) {
    const facts = await status(await openLab());
    console.log(args.includes('--json') ? JSON.stringify(facts, null, 2) : facts.lines.join('\n'));
    return facts.up ? 0 : 1;
  },
  async restart() {
    await restartApiServer(await openLab());
    return 0;
  },
  async crowd([count = '']) {
    if (!/^\d{1,4}$/.test(count)) throw new Error('how many nodes? 0 takes them away');
    await crowd(await openLab(), Number(count));
    return (await commands.status?.([])) ?? 0;
  },
};

const [name = '', ...args] = process.argv.slice(2);
const command = commands[name];
if (command === undefined) {
  console.error(usage);
  process.exitCode = 2;
} else {
  process.exitCode = await command(args).catch((error: unknown) => {
    console.error(`lab: error: ${name}: ${error instanceof Error ? error.message : error}`);
    return 1;
  });
}
