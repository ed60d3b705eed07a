import { existsSync, realpathSync, statSync } from 'node:fs';

import { type LayerPart, madeFile } from '../layer.ts';
import { fileState } from '../sourceFiles.ts';
import type { Library } from './sharedLibraries.ts';

/** The user that apps run as; the same number as in Node's official images. */
export const appUser = { uid: 1000, gid: 1000, name: 'node', home: '/home/node' } as const;

/** Where distributions keep the authorities that they trust, the usual place first. */
const certificateFiles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/cert.pem',
];

/** What Node needs around it: libraries, certificates, a user, a way to look up names. */
export function systemParts(libraries: readonly Library[]): LayerPart[] {
  const { uid, gid, name, home } = appUser;
  const certificates = certificateFiles.find((file) => existsSync(file));
  return [
    ...libraries.map(({ source, imagePath }) => systemFile(source, imagePath, 0o755)),
    ...(certificates === undefined ? [] : [systemFile(certificates, '/etc/ssl/certs/ca-certificates.crt', 0o644)]),
    madeFile('etc/passwd', `root:x:0:0:root:/root:/sbin/nologin\n${name}:x:${uid}:${gid}::${home}:/sbin/nologin\n`),
    madeFile('etc/group', `root:x:0:\n${name}:x:${gid}:\n`),
    // Container runtimes put their own over it; an unpacked image has only this one.
    madeFile('etc/hosts', '127.0.0.1 localhost\n::1 localhost\n'),
    // Without it, glibc before 2.34 does not look names up in /etc/hosts first.
    madeFile('etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files dns\n'),
    { made: { type: 'directory', path: home.slice(1), mode: 0o755, uid, gid } },
    { made: { type: 'directory', path: 'tmp', mode: 0o1777 } },
  ];
}

/** A file of the system under the name by which it is known, whatever links lead to it here. */
export function systemFile(source: string, imagePath: string, mode: number): LayerPart {
  return { source: realpathSync(source), imagePath: imagePath.slice(1), mode, state: fileState(statSync(source)) };
}
