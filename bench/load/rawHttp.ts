import { connect, type Socket } from 'node:net';

/**
 * HTTP/1.1 over a bare socket, so that nothing between the measurement and the wire retries or hides a failure.
 * Answers are read by Content-Length or chunks, as our subjects send them.
 */
export interface RawAnswer {
  readonly status: number;
  readonly body: string;
}

const head = /^HTTP\/1\.1 (\d{3}) /;

function parse(text: string): RawAnswer | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const headers = text.slice(0, end).toLowerCase();
  const rest = text.slice(end + 4);
  const status = Number(head.exec(text)?.[1] ?? Number.NaN);
  const length = /\r\ncontent-length: *(\d+)/.exec(headers)?.[1];
  if (length !== undefined) {
    return Buffer.byteLength(rest) >= Number(length) ? { status, body: rest } : undefined;
  }
  return rest.endsWith('0\r\n\r\n') ? { status, body: rest } : undefined;
}

export function openConnection(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    socket.once('connect', () => resolve(socket));
    socket.once('error', reject);
  });
}

/** One request on an idle connection. Rejects when the connection ends before the whole answer is there. */
export function exchange(socket: Socket, request: string, timeoutMs: number): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    let text = '';
    const settle = (done: () => void) => {
      clearTimeout(timer);
      socket.off('data', onData).off('error', onEnd).off('close', onEnd);
      done();
    };
    const onData = (chunk: Buffer) => {
      text += chunk.toString();
      const answer = parse(text);
      if (answer) settle(() => resolve(answer));
    };
    const onEnd = (error: unknown) =>
      settle(() => reject(error instanceof Error ? error : new Error(`closed after ${text.length} bytes`)));
    const timer = setTimeout(() => settle(() => reject(new Error(`no answer in ${timeoutMs} ms`))), timeoutMs);
    socket.on('data', onData).on('error', onEnd).on('close', onEnd);
    socket.write(request);
  });
}
