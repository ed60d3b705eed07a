import type { Logger } from 'pino';

/** What middleware leaves for handlers. */
export interface HubEnv {
  /** Node's own request and answer; absent where the app is asked without a socket. */
  Bindings: {
    incoming?: { socket?: { remoteAddress?: string }; rawHeaders?: string[] };
    outgoing?: { setHeader(name: string, value: string): unknown };
  };
  Variables: {
    requestId: string;
    /** Made when something is said: most requests say nothing. */
    logger: () => Logger;
    /** The client's own address, behind trusted proxies. */
    address: string;
  };
}
