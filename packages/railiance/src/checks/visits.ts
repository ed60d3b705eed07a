import { askOnce, type HttpAnswer, type HttpQuestion } from './httpRequest.ts';
import { noAnswer } from './noAnswer.ts';
import type { Attempt } from './smokeResult.ts';

/**
 * Asks further pages as whoever got the first answer: with the cookies that it set. The first that does not answer 200
 * decides: a page that sends its visitor back to the login answers 302.
 */
export async function visitAfter(
  paths: readonly string[],
  first: Attempt & { readonly answer: HttpAnswer },
  { body: _, headers, ...question }: HttpQuestion,
): Promise<Attempt> {
  const cookies = new Map(first.answer.cookies.map((cookie) => [nameOf(cookie), cookie]));
  const { host } = headers;
  for (const path of paths) {
    const cookie = [...cookies.values()].join('; ');
    const own = { ...(host === undefined ? {} : { host }), ...(cookie === '' ? {} : { cookie }) };
    const visit = { ...question, method: 'GET', path, headers: own };
    const words = `passed, and then GET ${path}`;
    try {
      const answer = await askOnce(visit);
      if (answer.status !== 200) {
        return { verdict: 'fail', problem: `${words} answered ${answer.status}, expected 200`, answer };
      }
      for (const set of answer.cookies) cookies.set(nameOf(set), set);
    } catch (error) {
      const { verdict, problem } = noAnswer(error, visit);
      return { verdict, problem: `${words} ${problem}` };
    }
  }
  return { ...first, visited: paths.length };
}

function nameOf(cookie: string): string {
  return cookie.slice(0, cookie.indexOf('='));
}
