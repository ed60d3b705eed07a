import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';

/** What middleware leaves for handlers. */
export interface HubEnv {
  /** Node's own request and answer; absent where the app is asked without a socket. */
  Bindings: {
    incoming?: IncomingMessage;
    outgoing?: ServerResponse;
  };
  Variables: {
    requestId: string;
    /** Made when something is said: most requests say nothing. */
    logger: () => Logger;
    /** The client's own address, behind trusted proxies. */
    address: string;
  };
}
