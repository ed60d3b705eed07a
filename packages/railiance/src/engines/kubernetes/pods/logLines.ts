import type { IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';

import { neutralise } from '../../../exec/neutralise.ts';
import type { Redactor } from '../../../exec/redact.ts';
import type { Api } from '../../../kubernetes/api.ts';
import { type Pod, pathOf } from '../../../kubernetes/objects.ts';
import type { LogLine } from '../../engine.ts';

const longestLine = 16_384;

export interface LogQuery {
  readonly follow: boolean;
  readonly tail: number;
  readonly signal: AbortSignal;
  readonly redact: Redactor;
  readonly instance: string;
  /** Absent: `app`. */
  readonly container?: string;
}

/** Lines of one pod with the node's own time. The API does not tell standard output and error apart. */
export async function* podLines(api: Api, { metadata }: Pod, query: LogQuery): AsyncGenerator<LogLine> {
  const { follow, tail, signal, redact, instance, container = 'app' } = query;
  const response = await api.stream(`${pathOf('pods', metadata.namespace, metadata.name)}/log`, {
    query: { container, follow, tailLines: tail, timestamps: true },
    signal,
  });
  for await (const text of linesOf(response, signal)) {
    const [, at = '', line = ''] = /^(\S+) (.*)$/s.exec(text) ?? [undefined, '', text];
    yield { at, instance, stream: 'stdout', line: redact(neutralise(line.slice(0, longestLine))) };
  }
}

/** Ends quietly where the connection does: a pod that goes away closes it. */
export async function* linesOf(response: IncomingMessage, signal: AbortSignal): AsyncGenerator<string> {
  try {
    yield* createInterface(response);
  } catch (error) {
    if (!signal.aborted && (error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error;
  } finally {
    response.destroy();
  }
}
