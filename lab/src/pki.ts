import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { writeIfChanged } from './files.ts';
import { type Lab, nodeName } from './lab.ts';
import { run } from './run.ts';

/** A certificate of the lab: its subject, and the names and addresses that it is good for. */
interface Certificate {
  readonly name: string;
  readonly authority: 'ca' | 'front-proxy-ca';
  readonly subject: string;
  readonly names?: readonly string[];
}

/** Users of the API server that get a kubeconfig of their own. */
const users = [
  { name: 'admin', subject: '/O=system:masters/CN=admin' },
  { name: 'kubelet', subject: `/O=system:nodes/CN=system:node:${nodeName}` },
  ...['kube-controller-manager', 'kube-scheduler', 'kube-proxy'].map((name) => ({
    name,
    subject: `/CN=system:${name}`,
  })),
];

/** Names that Traefik's certificate is good for. `localhost` and what ends in it is this machine (RFC 6761). */
const publicNames = ['DNS:*.lab.localhost', 'DNS:lab.localhost', 'DNS:localhost', 'IP:127.0.0.1'];

export function pki(lab: Lab, file: string): string {
  return join(lab.folder, 'pki', file);
}

export function kubeconfigOf(lab: Lab, user: string): string {
  return user === 'admin' ? lab.kubeconfig : join(lab.folder, 'config', `${user}.kubeconfig`);
}

/** Makes every key, certificate and kubeconfig, once. Written beside and renamed, so that half a set is never used. */
export async function makeKeys(lab: Lab): Promise<void> {
  const folder = pki(lab, '');
  if (await readFile(pki(lab, 'complete')).catch(() => undefined)) return;
  const work = `${folder.replace(/\/$/, '')}.new`;
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true, mode: 0o700 });
  await Promise.all([makeAuthority(work, 'ca'), makeAuthority(work, 'front-proxy-ca'), makeKey(work, 'sa')]);
  await openssl(work, ['ec', '-in', 'sa.key', '-pubout', '-out', 'sa.pub']);
  await Promise.all(certificates(lab).map((one) => makeCertificate(work, one)));
  await writeIfChanged(join(work, 'complete'), '');
  await rm(folder, { recursive: true, force: true });
  await rename(work, folder.replace(/\/$/, ''));
  await Promise.all(users.map(({ name }) => writeKubeconfig(lab, name)));
}

function certificates({ addresses }: Lab): readonly Certificate[] {
  const services = [
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    'kubernetes.default.svc.cluster.local',
  ];
  const api = [...['localhost', ...services].map((name) => `DNS:${name}`), 'IP:127.0.0.1'];
  const node = `IP:${addresses.node}`;
  const masters = '/O=system:masters/CN=kube-apiserver-kubelet-client';
  const kubelet = `/O=system:nodes/CN=system:node:${nodeName}`;
  const serving = [`DNS:${nodeName}`, node, 'IP:127.0.0.1'];
  return [
    {
      name: 'apiserver',
      authority: 'ca',
      subject: '/CN=kube-apiserver',
      names: [...api, node, `IP:${addresses.serviceApi}`],
    },
    { name: 'kubelet-client', authority: 'ca', subject: masters },
    { name: 'kubelet-serving', authority: 'ca', subject: kubelet, names: serving },
    { name: 'traefik', authority: 'ca', subject: '/CN=lab.localhost', names: publicNames },
    { name: 'front-proxy', authority: 'front-proxy-ca', subject: '/CN=front-proxy-client' },
    ...users.map(({ name, subject }) => ({ name, authority: 'ca' as const, subject })),
  ];
}

async function makeAuthority(folder: string, name: string): Promise<void> {
  await makeKey(folder, name);
  const extensions = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,digitalSignature'];
  await openssl(folder, [
    ...['req', '-x509', '-new', '-key', `${name}.key`, '-days', '90', '-subj', `/CN=${name}`, '-out', `${name}.crt`],
    ...extensions.flatMap((extension) => ['-addext', extension]),
  ]);
}

async function makeCertificate(folder: string, { name, authority, subject, names = [] }: Certificate): Promise<void> {
  await makeKey(folder, name);
  const usage = 'keyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\n';
  const alternatives = names.length > 0 ? `subjectAltName=${names.join(',')}\n` : '';
  await writeIfChanged(join(folder, `${name}.ext`), usage + alternatives);
  await openssl(folder, ['req', '-new', '-key', `${name}.key`, '-subj', subject, '-out', `${name}.csr`]);
  await openssl(folder, [
    ...['x509', '-req', '-in', `${name}.csr`, '-CA', `${authority}.crt`, '-CAkey', `${authority}.key`],
    ...['-days', '60', '-extfile', `${name}.ext`, '-out', `${name}.crt`],
  ]);
}

async function makeKey(folder: string, name: string): Promise<void> {
  await openssl(folder, ['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', `${name}.key`]);
}

async function openssl(cwd: string, args: readonly string[]): Promise<void> {
  await run('openssl', args, { cwd });
}

async function writeKubeconfig(lab: Lab, user: string): Promise<void> {
  const data = async (file: string) => (await readFile(pki(lab, file))).toString('base64');
  const cluster = { server: `https://${lab.addresses.api}`, 'certificate-authority-data': await data('ca.crt') };
  const credentials = {
    'client-certificate-data': await data(`${user}.crt`),
    'client-key-data': await data(`${user}.key`),
  };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'lab', cluster }],
    users: [{ name: user, user: credentials }],
    contexts: [{ name: 'lab', context: { cluster: 'lab', user } }],
    'current-context': 'lab',
  };
  await writeIfChanged(kubeconfigOf(lab, user), `${JSON.stringify(config, null, 2)}\n`);
}
