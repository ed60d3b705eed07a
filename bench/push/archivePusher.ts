// Run as a process of its own, bundled as the command line is: one push as `railiance push --archive` does it.

import { tmpdir } from 'node:os';

import { imageInArchive, pushImage, Registry, thisPlatform } from '../../packages/railiance/src/oci/index.ts';

const [archive = '', host = '', repository = '', tag = ''] = process.argv.slice(2);
const registry = new Registry({ host, plainHttp: true });
const image = await imageInArchive(archive, { platform: thisPlatform(), spoolDir: tmpdir() });
await pushImage(registry.repository(repository, 'push'), image, { tag });
await image.close();
registry.close();
