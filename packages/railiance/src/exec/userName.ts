import { userInfo } from 'node:os';

/** Who runs this, as records name them: the login name, or the number where the system knows no name for it. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'somebody');
  }
}
