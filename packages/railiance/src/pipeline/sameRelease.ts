/** What makes a release what it is: the image, the configuration and the secrets. */
interface Contents {
  readonly artifact: { readonly configDigest: string };
  readonly configurationHash: string;
  readonly secrets: { readonly version: string };
}

export function isSameRelease(one: Contents, other: Contents): boolean {
  return (
    one.artifact.configDigest === other.artifact.configDigest &&
    one.configurationHash === other.configurationHash &&
    one.secrets.version === other.secrets.version
  );
}
