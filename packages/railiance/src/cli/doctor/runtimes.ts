import { defineDoctorCheck } from './doctorCheck.ts';
import { stateDirectoryCheck } from './stateDirectory.ts';

/** Any one will do; the first that works is used unless an app names another. */
export const runtimesCheck = defineDoctorCheck({
  name: 'runtimes',
  async look(context) {
    const { exec, home } = context;
    // Runtimes are tried in the state directory.
    const state = await stateDirectoryCheck.look(context);
    if (!state.works) return { works: false, summary: 'not tried: the state directory cannot be written' };
    const { defaultRuntimes } = await import('../../engines/local/runtimes/index.ts');
    const found = await Promise.all(
      defaultRuntimes({ exec, home }).map(async (runtime) => ({ runtime, state: await runtime.available() })),
    );
    const details = found.map(({ runtime, state }) =>
      state.available ? `${runtime.name} works: ${state.version}` : `${runtime.name} does not: ${state.why}`,
    );
    const first = found.find(({ state }) => state.available)?.runtime;
    if (first) return { works: true, summary: [first.name, ...first.caveats].join('; '), details };
    const hints = found.flatMap(({ state }) => (state.available ? [] : (state.hint ?? [])));
    return { works: false, summary: 'none works', details, hint: hints[0] ?? 'install podman or docker' };
  },
});
