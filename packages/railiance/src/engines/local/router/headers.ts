import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/** Fields that belong to one connection and are not passed on: RFC 9110, section 7.6.1. `transfer-encoding` stays: it
 * says that there is a body. `expect` was answered by the router. */
const ofTheConnection = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authorization',
  'te',
  'trailer',
  'upgrade',
  'expect',
];

/** Fields that only a proxy may set. An app must be able to believe them, so none passes through from outside. */
const ofTheProxy = /^(forwarded|x-forwarded-.*|x-real-ip)$/;

/** Turns the request's headers into those that the app gets. An upgrade keeps the two fields that make it one. */
export function rewriteRequestHeaders(request: IncomingMessage): void {
  const { headers } = request;
  const upgrade = isWebSocketUpgrade(request);
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  for (const name of [...ofTheConnection, ...named]) {
    if (name !== '' && name !== 'transfer-encoding') delete headers[name];
  }
  for (const name of Object.keys(headers)) if (ofTheProxy.test(name)) delete headers[name];
  if (upgrade) Object.assign(headers, { connection: 'Upgrade', upgrade: 'websocket' });
  Object.assign(headers, {
    'x-forwarded-for': (request.socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
    'x-forwarded-proto': 'http',
    'x-forwarded-host': headers.host ?? '',
  });
}

export function isWebSocketUpgrade({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket';
}

/** Ends here what the app said about its connection to us, and says what holds for the client's connection. */
export function rewriteResponseHeaders(headers: IncomingHttpHeaders, keepClient: boolean): void {
  delete headers['keep-alive'];
  headers.connection = keepClient ? 'keep-alive' : 'close';
}

export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

/**
 * A request line may hold a whole URL, whose host then counts and not the Host header: RFC 9112, section 3.2.2.
 * False where it is no URL.
 */
export function normaliseTarget(request: IncomingMessage): boolean {
  const target = request.url ?? '/';
  if (target.startsWith('/') || target === '*') return true;
  if (!URL.canParse(target)) return false;
  const url = new URL(target);
  request.headers.host = url.host;
  request.url = `${url.pathname}${url.search}`;
  return true;
}
