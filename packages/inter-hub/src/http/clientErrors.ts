import type { Server } from 'node:http';
import type { Socket } from 'node:net';

const answers: Readonly<Record<string, readonly [number, string, string, string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large', 'headers_too_large', 'Send less in the headers.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout', 'too_slow', 'Send the request faster.'],
};
/** How long the rest of what is sent is read and thrown away: a connection closed over unread bytes is reset, and the answer lost with it. */
const lingerMs = 1_000;
const notHttp = [400, 'Bad Request', 'not_http', 'Send a request in the form of HTTP/1.1.'] as const;

/** Answers what never becomes a request, as problem+json too; Node's own answer is a bare status. */
export function answerClientErrors(server: Server): void {
  const answered = new WeakSet<Socket>();
  server.on('clientError', (error: NodeJS.ErrnoException, stream) => {
    const socket = stream as Socket & { readonly _httpMessage?: { readonly headersSent: boolean } };
    // Each piece of the rest is an error anew.
    if (answered.has(socket)) return;
    // In the middle of another answer nothing can be said any more.
    if (!socket.writable || socket._httpMessage?.headersSent) return socket.destroy();
    const [status, title, name, help] = answers[error.code ?? ''] ?? notHttp;
    const body = JSON.stringify({ type: `/docs#${name}`, title, status, detail: `${title}.`, error: name, help });
    const head = `HTTP/1.1 ${status} ${title}\r\nContent-Type: application/problem+json\r\nConnection: close\r\n`;
    answered.add(socket);
    const close = () => socket.destroy();
    socket.once('end', close);
    const late = setTimeout(close, lingerMs);
    socket.once('close', () => clearTimeout(late));
    return socket.end(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  });
}
