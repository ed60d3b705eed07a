import type { BuildOptions } from 'esbuild';

/**
 * How programs for Node are bundled here: a folder of chunks that lie beside the entry, which finds the folder by its own
 * address, and of which only those are loaded that are asked for.
 */
export const nodeChunks = {
  bundle: true,
  splitting: true,
  chunkNames: '[name]-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node24',
  minifySyntax: true,
  minifyWhitespace: true,
  metafile: true,
  logLevel: 'warning',
} as const satisfies BuildOptions;
