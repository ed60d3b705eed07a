import { networkEnvironment } from '../networkEnvironment.ts';

/** Variables by which docker, podman, buildah and nix find their engine, their configuration and their store. */
const clientVariable =
  /^(DOCKER_|BUILDKIT_|CONTAINERS?_|_CONTAINERS_|BUILDAH_|PODMAN_|NIX_|XDG_|DBUS_|REGISTRY_AUTH_FILE$)/;

/** Of this process's environment, what the tools that build need. */
export function clientEnvironment(own: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return networkEnvironment(own, clientVariable);
}
