import { type IncomingMessage, type OutgoingHttpHeader, type OutgoingHttpHeaders, ServerResponse } from 'node:http';

/**
 * Node's answer, with headers beside those it is made with. They are written with those in one go: `setHeader` for each
 * costs a sixth of what taking an event costs in all.
 */
export class HeadedResponse<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {
  /** By names in lower case. Where the answer has a header of that name itself, its own stays. */
  readonly beside: Record<string, string> = {};

  /** @throws TypeError for headers in another form than an object: what the app's server writes is always one */
  override writeHead(status: number, own?: string | OutgoingHttpHeaders | OutgoingHttpHeader[]): this {
    if (typeof own === 'string' || Array.isArray(own)) throw new TypeError('headers must come as an object');
    const headers: OutgoingHttpHeaders = { ...this.beside, ...own };
    for (const name in own) {
      const lower = name.toLowerCase();
      if (name !== lower && lower in headers) delete headers[lower];
    }
    return super.writeHead(status, headers);
  }
}
