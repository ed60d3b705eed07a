import { target } from '../../domain/name.ts';
import type { Toolbox } from '../compose.ts';
import type { AppFolder } from './appFolder.ts';
import type { Stagehand } from './stagehand.ts';
import { badVersions, goodVersion } from './versions.ts';
import { sendVisitor } from './visitor.ts';

const canary = 'canary';
const production = 'production';

/** The whole path, broken versions included. What is promised is looked for, never assumed. */
export async function play(stage: Stagehand, probe: AppFolder, { engine, releases }: Toolbox): Promise<void> {
  stage.act('Build the example app and try it here');
  await probe.commit('The probe');
  const tried = await stage.run();
  stage.see('it starts, answers, serves its style sheet and stops on SIGTERM', tried.state === 'succeeded');

  stage.act('Deploy it to canary, promote the very same image to production');
  await stage.deploy(canary);
  await stage.promote(canary, production);
  const [first, promoted] = [await stage.release(canary), await stage.release(production)];
  stage.see(
    'production runs the image that canary verified',
    first !== undefined && first.artifact.configDigest === promoted?.artifact.configDigest,
  );
  const writes = first?.spec.smoke.some(({ method, path }) => method === 'POST' && path === '/api/probes') ?? false;
  stage.see(
    'the smoke test wrote to the database',
    writes && first?.checks.every(({ verdict }) => verdict === 'pass') === true,
  );

  const routes = await Promise.all([canary, production].map((name) => engine.route(target('probe', name))));
  const visitor = sendVisitor(routes);
  try {
    for (const bad of badVersions) {
      stage.act(`Deploy ${bad.title}`);
      const before = await stage.serving(canary);
      await bad.edit(probe);
      await probe.commit(bad.message);
      await stage.seeCaught(await stage.deploy(canary), bad.cause, before);
      await probe.revert();
    }
    await playGood(stage, probe, releases);
  } finally {
    const { sent, failed, failures } = await visitor.stop();
    const words = failures.length > 0 ? `: ${failures.join('; ')}` : '';
    stage.see(
      `a visitor asked ${sent} times all the while, and ${failed} requests failed${words}`,
      sent > 0 && failed === 0,
    );
  }
}

async function playGood(stage: Stagehand, probe: AppFolder, releases: Toolbox['releases']): Promise<void> {
  stage.act(`Deploy ${goodVersion.title}, promote it, restart it`);
  await goodVersion.edit(probe);
  await probe.commit(goodVersion.message);
  await stage.deploy(canary);
  await stage.promote(canary, production);
  stage.see('production shows the new version', (await stage.page(production)).includes(goodVersion.heading));
  const before = await stage.serving(production);
  const restarted = await stage.restart(production);
  const isNew = (await stage.serving(production)) !== before;
  stage.see('a fresh instance serves, and passes its smoke test', restarted.state === 'succeeded' && isNew);

  stage.act('Roll production back');
  await stage.rollback(production);
  const page = await stage.page(production);
  const [newest] = await releases.list(target('probe', production));
  stage.see(
    'production shows the first version again, on record as a rollback',
    newest?.restores === 1 && page.includes('<h1>Probe</h1>'),
  );
}
