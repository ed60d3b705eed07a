import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import type { HeadedResponse } from './headedResponse.ts';

/** What middleware leaves for handlers. */
export interface HubEnv {
  /** Node's own request and answer; absent where the app is asked without a socket. */
  Bindings: {
    incoming?: IncomingMessage;
    outgoing?: HeadedResponse;
  };
  Variables: {
    requestId: string;
    /** Made when something is said: most requests say nothing. */
    logger: () => Logger;
    /** The client's own address, behind trusted proxies. */
    address: string;
  };
}
