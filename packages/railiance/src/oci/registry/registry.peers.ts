import { startDistribution } from '../../testing/peerRegistries/distribution.ts';
import { startGitea } from '../../testing/peerRegistries/gitea.ts';
import { registryContract } from './contract.ts';
import { conceal } from './credentials.ts';

registryContract("Debian's docker-registry", async () => ({ ...(await startDistribution()), deletesByTag: false }));

const cache = process.env.RAILIANCE_LAB_CACHE;
if (cache !== undefined) {
  registryContract('Gitea, its realm on a host that is not there', async () => {
    const { host, user, password, close } = await startGitea(cache);
    const credentials = { username: user, password: conceal(password) };
    return { host, token: 'prefetch', credentials, namespace: `${user}/`, deletesByTag: true, close };
  });
}
