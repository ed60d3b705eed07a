import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const packages = 500;
const filesEach = 50;

/** Files in node_modules. */
export const fileCount = packages * filesEach;

/** Writes an app with 25,000 files in node_modules, in packages that need one another, and a Dockerfile that does as much. */
export function writeApp(directory: string): void {
  const put = (path: string, content: string | object) => {
    const file = join(directory, path);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  };
  const names = Array.from({ length: packages }, (_, number) => `package-${number}`);
  for (const [number, name] of names.entries()) {
    const needs = number % 7 === 0 ? names.slice(number + 1, number + 3) : [];
    const dependencies = Object.fromEntries(needs.map((other) => [other, '^1.0.0']));
    const at = `node_modules/${name}`;
    put(`${at}/package.json`, { name, version: '1.0.0', license: 'MIT', main: 'lib/file-0.js', dependencies });
    for (let file = 1; file < filesEach; file += 1) {
      const text = `x${number}`.repeat(20 + ((number * file) % 400));
      put(`${at}/lib/${file % 2 === 0 ? 'deep/' : ''}file-${file}.js`, `module.exports = '${text}';\n`);
    }
  }
  const dependencies = Object.fromEntries(names.map((name) => [name, '^1.0.0']));
  put('package.json', { name: 'bench', version: '1.0.0', main: 'server.js', dependencies });
  for (let file = 0; file < 50; file += 1) put(`src/module-${file}.js`, `exports.value = ${file};\n`);
  put('server.js', line(0));
  put('app.toml', '[app]\nname = "bench"\n[build]\nbuilder = "node"\n');
  put('Dockerfile', dockerfile);
  put('.dockerignore', '.git\n');
}

/** What COPY does with the packages stands for `npm ci`, which would need a registry, and takes longer. */
const dockerfile = `FROM localhost/bench-base
WORKDIR /app
COPY package.json ./
COPY node_modules ./node_modules
COPY server.js ./
COPY src ./src
USER 1000:1000
CMD ["node", "server.js"]
`;

export function changeLine(directory: string, round: number): void {
  writeFileSync(join(directory, 'server.js'), line(round));
}

function line(round: number): string {
  return `require('node:http').createServer((_, answer) => answer.end('${round}')).listen(process.env.PORT);\n`;
}
