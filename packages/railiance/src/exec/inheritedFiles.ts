import { closeSync, readdirSync, readFileSync } from 'node:fs';

/** O_CLOEXEC, as https://man7.org/linux/man-pages/man5/proc_pid_fdinfo.5.html shows it: octal, the same on every architecture of Node. */
const closeOnExec = 0o2000000;

/**
 * Closes what whoever started this process had open and passed on unasked: every program that is started here would have
 * it too. Node keeps low numbers to itself when it starts, but not high ones behind a gap. Files that it opened itself are
 * not passed on, and stay; so do the three standard streams.
 */
export function closeInheritedFiles(): void {
  if (process.platform !== 'linux') return;
  for (const name of readdirSync('/proc/self/fd')) {
    if (Number(name) > 2 && isPassedOn(name)) closeSync(Number(name));
  }
}

function isPassedOn(descriptor: string): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))?.[1] ?? '0';
    return (Number.parseInt(flags, 8) & closeOnExec) === 0;
  } catch {
    // The one that listed the others is closed by now.
    return false;
  }
}
