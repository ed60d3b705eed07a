import type { Digest } from './artifact.ts';

/** Where images are kept, as the blueprint says. Addresses are `host[:port]`, with a path where one stands before every name. */
export interface RegistrySpec {
  readonly push: string;
  readonly pull: string;
  readonly plainHttp: boolean;
  readonly token: 'prefetch' | 'realm';
  /** File of certificates in PEM, absolute, that are trusted besides the well-known ones. */
  readonly caFile?: string;
  /** References such as `env:NAME`, never values. */
  readonly credentials: { readonly push?: string; readonly pull?: string };
}

/** One repository, `host[:port]/path`, at the address that images are pushed to and the one that stages pull from. */
export interface ImageRepository {
  readonly push: string;
  readonly pull: string;
}

/** An image as a registry holds it. */
export interface PublishedImage {
  /** What an engine pulls: `host[:port]/path:tag@sha256:…`. */
  readonly reference: string;
  /** Fixed by the first push, which compresses the layers: it may differ from the one in the local layout. */
  readonly manifestDigest: Digest;
}
