import { randomBytes } from 'node:crypto';

import { digestOf } from '../digest.ts';
import { parseChallenges } from './challenge.ts';
import { Registry, type RegistryOptions } from './registry.ts';
import { RegistryError, redactUrl } from './registryError.ts';
import { Uploads } from './uploads.ts';

/** One question about a registry and its answer. */
export interface Finding {
  readonly name: 'reach' | 'realm' | 'push' | 'pull';
  readonly verdict: 'pass' | 'fail' | 'unknown';
  readonly detail: string;
  /** The line of the blueprint's `[registry]` that cures it, where one does. */
  readonly cure?: string;
}

export interface DiagnoseOptions {
  /** As pushing is configured. */
  readonly push: RegistryOptions;
  /** As pulling is. */
  readonly pull: RegistryOptions;
  readonly repository: string;
  readonly signal?: AbortSignal | undefined;
}

/** Finds out whether a registry takes and gives images, by proof: a blob of 32 random bytes is pushed and pulled again. */
export async function diagnoseRegistry(options: DiagnoseOptions): Promise<readonly Finding[]> {
  const { push, signal } = options;
  const registry = new Registry({ ...push, retry: { attempts: 1 } });
  try {
    const { finding, header } = await reach(registry, push, signal);
    if (finding.verdict !== 'pass') return [finding];
    const realm = judgeRealm(registry, push, header);
    const wrong = realm?.verdict === 'fail';
    // Where the realm is what is wrong, the rest is asked with the cure in place: that proves it.
    const token = wrong ? 'prefetch' : push.token;
    const probes = await probe({ ...options, push: { ...push, token }, pull: { ...options.pull, token } });
    return [finding, ...(realm ? [realm] : []), ...probes];
  } finally {
    registry.close();
  }
}

async function reach(
  registry: Registry,
  { plainHttp = false }: RegistryOptions,
  signal: AbortSignal | undefined,
): Promise<{ finding: Finding; header: string }> {
  const scheme = plainHttp ? 'HTTP' : 'HTTPS';
  const answer = (verdict: Finding['verdict'], detail: string, cure?: string, header = '') => {
    return { finding: { name: 'reach' as const, verdict, detail, ...(cure && { cure }) }, header };
  };
  try {
    const { status, header } = await registry.transport.ping(signal);
    if (status === 200 || status === 401) return answer('pass', `a registry answers over ${scheme}`, undefined, header);
    if (plainHttp && status === 400) return answer('fail', 'it wants HTTPS', 'plain_http = false');
    return answer('fail', `${status} to /v2/: there is no registry at this address`);
  } catch (error) {
    const { cause, message } = error as Error;
    const { code = '' } = (cause ?? {}) as Partial<NodeJS.ErrnoException>;
    if (!plainHttp && (code === 'EPROTO' || code.startsWith('ERR_SSL'))) {
      return answer('fail', 'it speaks HTTP without TLS', 'plain_http = true');
    }
    return answer('fail', message);
  }
}

/** Gitea writes its ROOT_URL into the challenge: where that is wrong, standard clients ask a host that gives no token. */
function judgeRealm(registry: Registry, { token = 'realm' }: RegistryOptions, header: string): Finding | undefined {
  const bearer = parseChallenges(header).find(({ scheme }) => scheme === 'bearer');
  if (bearer === undefined) return undefined;
  const { realm = '' } = bearer.parameters;
  const { base, policy } = registry.transport;
  if (!URL.canParse(realm)) {
    if (token === 'prefetch')
      return { name: 'realm', verdict: 'pass', detail: 'the challenge names none; it is not needed' };
    const detail = 'the challenge names no address to get tokens from';
    return { name: 'realm', verdict: 'fail', detail, cure: 'token = "prefetch"' };
  }
  const url = new URL(realm);
  const where = redactUrl(new URL(url.pathname, url));
  if (token === 'prefetch') {
    const detail = policy.isOwn(url) ? `tokens come from ${where}` : `the challenge points to ${where}: not followed`;
    return { name: 'realm', verdict: 'pass', detail };
  }
  if (policy.isTrusted(url)) return { name: 'realm', verdict: 'pass', detail: `tokens come from ${where}` };
  const detail = `the challenge sends clients to ${where} for a token, but the registry is ${base.host}`;
  return { name: 'realm', verdict: 'fail', detail, cure: 'token = "prefetch"' };
}

async function probe({ push, pull, repository, signal }: DiagnoseOptions): Promise<readonly Finding[]> {
  const content = randomBytes(32);
  const digest = digestOf(content);
  const pusher = new Registry(push);
  const puller = new Registry(pull);
  try {
    const pushed = await ask('push', `${pusher.host}/${repository} took a blob`, async () => {
      await new Uploads(pusher.repository(repository, 'push')).putBytes(content, digest, { signal });
    });
    if (pushed.verdict !== 'pass') return [await explainPush(pushed, pusher, repository, signal)];
    const pulled = await ask('pull', `${puller.host}/${repository} gave it back`, async () => {
      await puller.repository(repository, 'pull').readBlob(digest, undefined, signal);
    });
    await pusher
      .repository(repository, 'delete')
      .deleteBlob(digest, signal)
      .catch(() => false);
    return [pushed, pulled];
  } finally {
    pusher.close();
    puller.close();
  }
}

async function ask(name: Finding['name'], good: string, question: () => Promise<void>): Promise<Finding> {
  try {
    await question();
    return { name, verdict: 'pass', detail: good };
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    const verdict = error.code === 'unreachable' ? 'unknown' : 'fail';
    return { name, verdict, detail: error.message };
  }
}

/** Tells a token that may only read from credentials that are wrong altogether. */
async function explainPush(
  finding: Finding,
  registry: Registry,
  name: string,
  signal: AbortSignal | undefined,
): Promise<Finding> {
  if (finding.verdict !== 'fail') return finding;
  const reads = await registry
    .repository(name, 'pull')
    .manifest('railiance-probe', signal)
    .then(
      () => true,
      () => false,
    );
  if (!reads) return finding;
  const detail = `the credentials may pull, but not push (in Gitea the token needs write:package): ${finding.detail}`;
  return { ...finding, detail };
}
