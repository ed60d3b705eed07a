import { join } from 'node:path';

import { peer } from './peers.ts';
import type { Tree } from './tree.ts';

/**
 * A flake that makes a docker-archive as dockerTools does, but needs neither nixpkgs nor a network: one derivation whose
 * builder is busybox. Its image holds what is in `app/`.
 */
export function sampleFlake(): Tree {
  return {
    'flake.nix': `{
  outputs = { self }:
    let
      system = "${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux";
      made = name: derivation {
        inherit name system;
        builder = "${peer('busybox')}";
        args = [ "sh" ./make.sh ];
        src = ./app;
        busybox = "${peer('busybox')}";
      };
    in {
      packages.\${system} = { docker = made "image.tar"; stream = made "stream"; folder = made "folder"; };
    };
}
`,
    'make.sh': `set -eu
b=$busybox
$b mkdir -p img/layer
$b cp -r $src img/app && $b chmod -R u+w img/app
(cd img && $b find app -exec $b touch -h -d @1 {} + && $b tar -cf layer/layer.tar --no-recursion $($b find app | $b sort))
layer=$($b sha256sum img/layer/layer.tar | $b cut -d' ' -f1)
$b printf '{"architecture":"${process.arch === 'arm64' ? 'arm64' : 'amd64'}","os":"linux","config":{"Cmd":["/app/run"]},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' $layer > img/config.json
$b echo '[{"Config":"config.json","RepoTags":["sample:latest"],"Layers":["layer/layer.tar"]}]' > img/manifest.json
$b echo "so far" >&2
case $name in
  folder) $b mkdir $out ;;
  stream)
    (cd img && $b tar -cf - manifest.json config.json layer/layer.tar) > img.tar
    { $b echo "#!$b sh"; $b echo 'sed "1,/^#data/d" $0 | base64 -d; exit'; $b echo "#data"; $b base64 img.tar; } > $out
    $b chmod +x $out ;;
  *) (cd img && $b tar -cf $out manifest.json config.json layer/layer.tar) ;;
esac
`,
    'app/run': 'one\n',
  };
}

/** A store of its own in a folder, where the substituters of the machine are not asked. */
export function nixEnvironment(folder: string): Record<string, string> {
  const at = (...path: string[]) => join(folder, ...path);
  return {
    NIX_STORE_DIR: at('store'),
    NIX_STATE_DIR: at('var/nix'),
    NIX_LOG_DIR: at('var/log'),
    NIX_LOCALSTATE_DIR: at('var'),
    NIX_CONF_DIR: at('etc'),
    XDG_CACHE_HOME: at('cache'),
    NIX_CONFIG: ['sandbox = false', 'substituters =', 'build-users-group =', 'flake-registry ='].join('\n'),
  };
}
