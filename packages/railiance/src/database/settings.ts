/**
 * How the server runs: given on its command line, so that they hold whatever the data directory's own file says and
 * change with railiance. Every one keeps a committed transaction; they only make an idle server small.
 */
export function serverSettings(port: number): Readonly<Record<string, string>> {
  return {
    listen_addresses: '127.0.0.1',
    port: String(port),
    // A socket's path may have 107 bytes: fewer than many a state directory.
    unix_socket_directories: '',
    password_encryption: 'scram-sha-256',
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    restart_after_crash: 'on',
    max_connections: '100',
    shared_buffers: '32MB',
    max_wal_size: '256MB',
    min_wal_size: '32MB',
    // Processes that a small server does not need: I/O workers, replication, parallel plans.
    io_method: 'sync',
    max_wal_senders: '0',
    max_logical_replication_workers: '0',
    max_worker_processes: '2',
    max_parallel_workers_per_gather: '0',
    jit: 'off',
    // Shared memory as files of the data directory: systemd removes a user's /dev/shm at logout, containers may have none.
    dynamic_shared_memory_type: 'mmap',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_checkpoints: 'off',
    // Statements hold values, and values may be secrets.
    log_statement: 'none',
    log_min_error_statement: 'panic',
    log_min_duration_statement: '-1',
    log_error_verbosity: 'terse',
    logging_collector: 'off',
    cluster_name: 'railiance',
  };
}

export function settingArguments(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
