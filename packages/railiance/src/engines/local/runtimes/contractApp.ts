/** Runs inside the image and does what its first argument says. */
export const contractApp = `
const [task, ...rest] = process.argv.slice(2);
const fs = require('node:fs');
const tasks = {
  environment: () => console.log(JSON.stringify({ env: process.env, cwd: process.cwd() })),
  serve: () => {
    const server = require('node:net').createServer((socket) => socket.end('hello'));
    server.listen(0, '127.0.0.1', () => console.log('listening', server.address().port));
  },
  serveInChild: () => require('node:child_process').fork(__filename, ['serve']),
  handle: () => {
    process.on('SIGTERM', () => { console.log('asked to end'); process.exit(9); });
    setInterval(() => {}, 1000);
    console.log('ready');
  },
  ignore: () => { process.on('SIGTERM', () => console.log('ignored')); setInterval(() => {}, 1000); console.log('ready'); },
  stay: () => { setInterval(() => {}, 1000); console.log('ready'); },
  exit: () => process.exit(Number(rest[0])),
  fork: () => {
    const { spawn } = require('node:child_process');
    const child = spawn(process.execPath, ['-p', '6 * 7'], { stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout.on('data', (data) => console.log('child says', String(data).trim()));
  },
  orphans: () => {
    const { spawn } = require('node:child_process');
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: rest[2] ?? 'ignore', detached: true });
    child.unref();
    fs.writeFileSync(rest[0] ?? 'pid', String(child.pid));
    console.log('ready');
    if (rest[1] === 'stay') setInterval(() => {}, 1000);
  },
  volume: () => { const dir = process.env.RAILIANCE_VOLUME_DATA ?? '/data'; console.log(fs.readFileSync(dir + '/in', 'utf8')); fs.writeFileSync(dir + '/out', 'written'); },
  write: () => { fs.writeFileSync('note', rest[0]); fs.appendFileSync('greeting.txt', rest[0]); console.log(fs.readFileSync('greeting.txt', 'utf8')); },
  echo: () => process.stdin.pipe(process.stdout),
  hoard: () => { const kept = []; for (;;) kept.push(Buffer.alloc(1 << 20, 1)); },
  eval: () => console.log(JSON.stringify(eval(rest[0]) ?? null)),
};
tasks[task]();
`;
