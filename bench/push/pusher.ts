// Run as a process of its own, bundled as the command line is: one push, as `railiance push` does it.

import { openLayout } from '../../packages/railiance/src/oci/layout.ts';
import { imageInLayout } from '../../packages/railiance/src/oci/registry/imageSource.ts';
import { pushImage } from '../../packages/railiance/src/oci/registry/push.ts';
import { Registry } from '../../packages/railiance/src/oci/registry/registry.ts';
import type { Digest } from '../../packages/railiance/src/oci/types.ts';

const [directory = '', digest = '', host = '', repository = '', tag = '', kind = 'gzip'] = process.argv.slice(2);
const registry = new Registry({ host, plainHttp: true });
const image = async () => imageInLayout(await openLayout(directory), digest as Digest);
const compression = { kind: kind === 'zstd' ? 'zstd' : 'gzip', level: 1 } as const;
await pushImage(registry.repository(repository, 'push'), image, { tag, compression });
registry.close();
