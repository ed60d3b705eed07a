/** Everything the hub asks of a database. One SQL text with `$1`-parameters in, rows out. */
export interface Db {
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** A pool of connections: each `query` on its own, or several in one transaction. */
export interface Database extends Db {
  /** Commits what `work` did, or takes all of it back when it throws. */
  transaction<T>(work: (db: Db) => Promise<T>): Promise<T>;
  /**
   * Calls `wake` on every NOTIFY of `channel`, and after each reconnection, since what was said in between is lost.
   * Returns how to stop.
   */
  listen(channel: string, wake: () => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}
