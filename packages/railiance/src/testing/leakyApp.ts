const appToml = `[app]
name = "Leaky"
slug = "leaky"
[build]
builder = "node"
[run]
command = ["node", "main.js"]
start_timeout = "15s"
health = "/healthz"
[database]
migrate = "node migrate.js"
[secrets]
file = "app.env.sops.yaml"
required = ["TOKEN", "MULTILINE", "SESSION"]
generate = ["SESSION"]
[[smoke]]
name = "page"
path = "/"
headers = { authorization = "Bearer \${TOKEN}" }
expect = { status = 200, body = "fine" }
`;
const blueprint = (registry: string, hub: string) => `[registry]
push = "${registry}/team"
plain_http = true
credentials.push = "env:REGISTRY"
credentials.pull = "env:REGISTRY"
[[stages]]
name = "canary"
pull = true
[[stages]]
name = "production"
pull = true
approval = true
[hub]
url = "${hub}"
`;
const shouted = `const { TOKEN, MULTILINE, SESSION, DATABASE_URL } = process.env;
const all = [TOKEN, MULTILINE, SESSION, DATABASE_URL];
const forms = [(v) => v, encodeURIComponent, JSON.stringify, (v) => Buffer.from(v).toString('base64'), (v) => btoa('x' + v)];
const shout = () => forms.flatMap((form) => all.map(form)).join(' ');
`;
const main = (behaviour: Behaviour) => `import { createServer } from 'node:http';
${shouted}
console.log(shout());
console.error(shout());
process.stdout.write(TOKEN.slice(0, 20));
setTimeout(() => process.stdout.write(TOKEN.slice(20) + '\\n'), 50);
if ('${behaviour}' === 'crashes') throw new Error('cannot connect: ' + shout());
const server = createServer((request, response) => {
  const fine = request.url === '/healthz' || request.headers.authorization === 'Bearer ' + TOKEN && '${behaviour}' !== 'answers wrongly';
  response.setHeader('x-debug', encodeURIComponent(TOKEN));
  response.statusCode = fine ? 200 : 500;
  response.end(fine ? 'fine' : 'stack trace: ' + shout());
});
setTimeout(() => server.listen(Number(process.env.PORT)), '${behaviour}' === 'lingers' ? 4000 : 0);
process.on('SIGTERM', () => process.exit(0));
`;
const migrate = (behaviour: Behaviour) => `${shouted}
console.log('migrating', shout());
if ('${behaviour}' === 'fails to migrate') throw new Error('permission denied for ' + shout());
`;

export type Behaviour = 'serves' | 'fails to migrate' | 'answers wrongly' | 'crashes' | 'lingers';

/**
 * An app that prints, answers and fails with its secrets, in every form it can think of, and the blueprint of a team that
 * pushes to a registry with a password and tells a hub: the files of its folder, by name.
 */
export function leakyFiles(registry: string, hub: string): Readonly<Record<string, string>> {
  return {
    'app.toml': appToml,
    'blueprint.toml': blueprint(registry, hub),
    'package.json': '{ "name": "leaky", "version": "1.0.0", "type": "module" }\n',
  };
}

/** One version of its source. */
export function leakySource(behaviour: Behaviour, version: number): Readonly<Record<string, string>> {
  return { 'main.js': `${main(behaviour)}// ${version}\n`, 'migrate.js': migrate(behaviour) };
}
