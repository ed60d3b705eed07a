import { problemOf } from '../domain/failure.ts';
import type { Judgement } from './expectation.ts';
import { AnswerTimeout, type HttpQuestion } from './httpRequest.ts';

/** What it means that no answer came, as words that follow `GET /`. */
export function noAnswer(
  error: unknown,
  { connect, timeoutMs, signal }: HttpQuestion,
): Extract<Judgement, { problem: string }> {
  if (signal.aborted) return { verdict: 'unknown', problem: 'was stopped before the answer came' };
  if (error instanceof AnswerTimeout) {
    const what = error.status === undefined ? 'did not answer' : `answered ${error.status}, but did not end its body`;
    return { verdict: 'fail', problem: `${what} within ${timeoutMs} ms` };
  }
  const where = `${connect.host}:${connect.port}`;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === 'ECONNREFUSED') return { verdict: 'fail', problem: `found nothing listening at ${where}` };
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    return { verdict: 'fail', problem: `was cut off by ${where} before the answer was complete` };
  }
  // Faults of the connection and of the answer have a system call or an HTTP parser's code; others are ours.
  const isTheirs = syscall !== undefined || code?.startsWith('HPE_');
  return { verdict: isTheirs ? 'fail' : 'unknown', problem: `could not be asked at ${where}: ${problemOf(error)}` };
}
