import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import { digestOf } from './digest.ts';
import { maxDocumentBytes, parseConfig, parseDocument, parseIndex, parseManifest } from './documents.ts';
import { OciError } from './ociError.ts';
import { mediaTypes } from './types.ts';

const digest = digestOf('x');
const descriptor = { mediaType: mediaTypes.layer, digest, size: 1 };
const manifest = { schemaVersion: 2, mediaType: mediaTypes.manifest, config: descriptor, layers: [descriptor] };
const config = { os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [digest] } };
const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));

test('reads a manifest, and takes one without a media type for an OCI one', () => {
  assert.deepEqual(parseManifest(bytes(manifest), 'm'), manifest);
  assert.deepEqual(parseManifest(bytes({ ...manifest, mediaType: undefined }), 'm'), manifest);
});

test('reads a config, and drops what Docker writes as null', () => {
  const docker = { ...config, config: { Cmd: ['a'], Env: null, Labels: null, Entrypoint: null } };
  assert.deepEqual(parseConfig(bytes(docker), 'c'), { ...config, config: { Cmd: ['a'] } });
});

test('tells an index from a manifest', () => {
  const index = { schemaVersion: 2, manifests: [descriptor] };
  assert.deepEqual(parseDocument(bytes(index), 'd'), index);
  assert.deepEqual(parseDocument(bytes(manifest), 'd'), manifest);
});

const wrongManifests: readonly [string, unknown][] = [
  ['an index', { schemaVersion: 2, manifests: [] }],
  ['schema version 1', { ...manifest, schemaVersion: 1 }],
  ['another media type', { ...manifest, mediaType: 'text/html' }],
  ['no config', { ...manifest, config: undefined }],
  ['layers that are no list', { ...manifest, layers: {} }],
  ['a path for a digest', { ...manifest, layers: [{ ...descriptor, digest: 'sha256:../../x' }] }],
  ['a negative size', { ...manifest, layers: [{ ...descriptor, size: -1 }] }],
  ['a size that is no whole number', { ...manifest, config: { ...descriptor, size: 1.5 } }],
  ['annotations that are no texts', { ...manifest, config: { ...descriptor, annotations: { a: 1 } } }],
  ['a thousand and one layers', { ...manifest, layers: Array(1001).fill(descriptor) }],
  ['a list', []],
  ['null', null],
];
for (const [what, value] of wrongManifests) {
  test(`refuses a manifest with ${what}, naming it`, () => {
    assert.throws(
      () => parseManifest(bytes(value), 'manifest of probe'),
      (error) => error instanceof OciError && error.message.startsWith('manifest of probe: '),
    );
  });
}

const wrongConfigs: readonly [string, unknown][] = [
  ['no platform', { ...config, os: undefined }],
  ['a rootfs of another type', { ...config, rootfs: { type: 'base', diff_ids: [] } }],
  ['a diffID that is no digest', { ...config, rootfs: { type: 'layers', diff_ids: ['sha256:1'] } }],
  ['a command that is a text', { ...config, config: { Cmd: 'sh' } }],
  ['an environment of numbers', { ...config, config: { Env: [1] } }],
  ['a user that is a number', { ...config, config: { User: 0 } }],
  ['labels that are no texts', { ...config, config: { Labels: { a: {} } } }],
];
for (const [what, value] of wrongConfigs) {
  test(`refuses a config with ${what}`, () => {
    assert.throws(() => parseConfig(bytes(value), 'config'), OciError);
  });
}

test('refuses what is not JSON, not UTF-8, or too large', () => {
  assert.throws(() => parseManifest(Buffer.from('{'), 'm'), OciError);
  assert.throws(() => parseManifest(Buffer.from([0x7b, 0xff, 0x7d]), 'm'), OciError);
  const large = bytes({ ...manifest, annotations: { a: 'x'.repeat(maxDocumentBytes) } });
  assert.throws(
    () => parseManifest(large, 'm'),
    (error) => error instanceof OciError && error.code === 'too-large',
  );
});

test('any JSON is read or refused, never more', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      for (const parse of [parseManifest, parseIndex, parseConfig, parseDocument]) {
        try {
          parse(bytes(value), 'd');
        } catch (error) {
          assert.ok(error instanceof OciError, String(error));
        }
      }
    }),
  );
});
