import type { CauseName } from '../../domain/verdict.ts';
import type { AppFolder } from './appFolder.ts';
import { freePort } from './freePort.ts';

/** A version of the app that must not get through, as such versions come about: by one small edit. */
export interface BadVersion {
  readonly title: string;
  readonly message: string;
  readonly cause: CauseName;
  edit(app: AppFolder): Promise<void>;
}

export const badVersions: readonly BadVersion[] = [
  {
    title: 'a version whose page is broken',
    message: 'Show the release in capitals',
    cause: 'smoke',
    // The method is spelled wrong; nothing notices before the page is asked for.
    edit: ({ replace }) => replace('src/page.ts', 'release.tag}', 'release.tag.toUppercase()}'),
  },
  {
    title: 'a version whose migration fails',
    message: 'Give every probe an owner',
    cause: 'migration',
    // There are probes already, and they have no owner.
    edit: ({ add }) =>
      add('migrations/002_owner.sql', '-- railiance: expand\nALTER TABLE probes ADD COLUMN owner text NOT NULL;\n'),
  },
  {
    title: 'a version that ignores $PORT',
    message: 'Listen where we always did',
    cause: 'ignores-port',
    // 8000, as in so many apps; another one where that is taken here.
    edit: async ({ replace }) =>
      replace('src/server.ts', 'server.listen(Number(PORT)', `server.listen(${await freePort(8000)}`),
  },
];

export const goodVersion = {
  title: 'a good version',
  message: 'Say what the page lists',
  heading: 'Probes of this house',
  edit: ({ replace }: AppFolder) => replace('src/page.ts', '<h1>Probe</h1>', '<h1>Probes of this house</h1>'),
};
