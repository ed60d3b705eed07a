/** `sha256:` and 64 hex digits. */
export type Digest = `sha256:${string}`;

/** Where the source of an artifact stood. */
export interface Revision {
  /** Full git SHA, where the source is in git with at least one commit. */
  readonly commit?: string;
  /** When that commit was made, RFC 3339 with its own offset; absent where the image was built elsewhere. */
  readonly committedAt?: string;
  /** The label of the image: short SHA, `<sha>-dirty-<hash>`, or `tree-<hash>` outside git. */
  readonly tag: string;
  readonly dirty: boolean;
}

/** An OCI image, identified by its config digest: it pins the uncompressed layers whatever their compression. */
export interface Artifact {
  readonly app: string;
  readonly revision: Revision;
  readonly configDigest: Digest;
  /** Of the manifest where the artifact was found: in the local layout, else in a registry. */
  readonly manifestDigest: Digest;
  readonly sizeBytes: number;
  readonly platform: string;
  readonly builder: string;
}

/** What a machine needs to know of an image to say whether it can run it. */
export type ImageNeeds = Pick<Artifact, 'platform' | 'sizeBytes'>;

/** What makes an image anew that is neither on this machine nor at a registry: for a hint. */
export function buildAgain({ app, revision: { tag, dirty } }: Pick<Artifact, 'app' | 'revision'>): string {
  const isCommit = !dirty && !tag.startsWith('tree-');
  if (isCommit) return `git checkout ${tag}, then railiance build ${app}`;
  return `its source is in no commit: railiance deploy ${app} takes what is in its folder now`;
}
