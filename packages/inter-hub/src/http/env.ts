import type { Logger } from 'pino';

/** What middleware leaves for handlers. */
export interface HubEnv {
  Bindings: { incoming?: { socket?: { remoteAddress?: string }; rawHeaders?: string[] } };
  Variables: {
    requestId: string;
    logger: Logger;
    /** The client's own address, behind trusted proxies. */
    address: string;
  };
}
