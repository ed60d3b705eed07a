import { type ServerResponse, STATUS_CODES } from 'node:http';

/** What the router itself has to say. Plain text, so that nothing in a host name can act in a browser. */
export interface Page {
  readonly status: number;
  readonly lines: readonly string[];
  readonly retryAfterS?: number;
}

export function unknownHostPage(host: string, urls: readonly string[]): Page {
  const known =
    urls.length > 0 ? ['Here there are:', ...urls.map((url) => `  ${url}`)] : ['Nothing is deployed here yet.'];
  return { status: 404, lines: [`No app answers at ${printable(host)}.`, '', ...known] };
}

export function unreadyPage(app: string, stage: string, reason: string, retryAfterS: number): Page {
  return {
    status: 503,
    lines: [
      `${app} on ${stage} has no instance that is ready: ${printable(reason)}.`,
      '',
      `railiance status ${app}   says more, and`,
      `railiance logs ${app} --stage ${stage}   shows its last lines.`,
    ],
    retryAfterS,
  };
}

export function badGatewayPage(app: string, stage: string, problem: string): Page {
  return { status: 502, lines: [`${app} on ${stage} broke off before it answered: ${printable(problem)}.`] };
}

export function gatewayTimeoutPage(app: string, stage: string, problem: string): Page {
  return { status: 504, lines: [`${app} on ${stage} ${printable(problem)}.`] };
}

export const badRequestPage: Page = { status: 400, lines: ['The request line is not one this router understands.'] };

export function sendPage(response: ServerResponse, page: Page): void {
  response.writeHead(page.status, {
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    ...(page.retryAfterS === undefined ? {} : { 'retry-after': String(page.retryAfterS) }),
  });
  response.end(`${page.lines.join('\n')}\n`);
}

/** The same page as a whole response, for a connection that asked for an upgrade and has no ServerResponse. */
export function rawPage(page: Page): string {
  const body = `${page.lines.join('\n')}\n`;
  const head = [
    `HTTP/1.1 ${page.status} ${STATUS_CODES[page.status]}`,
    'content-type: text/plain; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    ...(page.retryAfterS === undefined ? [] : [`retry-after: ${page.retryAfterS}`]),
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

function printable(text: string): string {
  return JSON.stringify(text.slice(0, 200)).slice(1, -1);
}
