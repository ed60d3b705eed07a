import { exitCodes, Failure } from '../../../domain/failure.ts';
import { Secret } from '../../../domain/secret.ts';
import type { Output } from '../../output.ts';

const mostBytes = 1 << 20;

/**
 * A secret value from standard input (its one final line end is not part of it), or from a hidden prompt. Never from an
 * argument: arguments stand in process lists and shell histories.
 * @param command that asks, without `railiance`, for the hint
 * @throws Failure where there is none
 */
export async function readValue(
  name: string,
  command: string,
  { stdin, output }: { readonly stdin: NodeJS.ReadStream; readonly output: Output },
): Promise<Secret> {
  const noValue = (problem: string) => failure(name, problem, command);
  if (stdin.isTTY) {
    const answer = await output.hidden(`Value of ${name}`);
    if (answer === undefined || answer === '') throw noValue('none was given');
    return new Secret(answer);
  }
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stdin) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (length > mostBytes) throw noValue('it is larger than 1 MiB');
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
  } catch {
    throw noValue('it is not UTF-8');
  }
  const value = text.replace(/\r?\n$/, '');
  if (value === '') throw noValue('standard input is empty');
  return new Secret(value);
}

function failure(name: string, problem: string, command: string): Failure {
  return new Failure(`read the value of ${name}`, problem, {
    hint: `printf %s "$VALUE" | railiance ${command}`,
    exitCode: exitCodes.invalidInput,
  });
}
