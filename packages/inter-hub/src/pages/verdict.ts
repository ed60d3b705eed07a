import { Problem } from '../api/problem.ts';

/** What a person chose on a form that accepts or rejects. @throws Problem 422 */
export function verdictIn(form: URLSearchParams): 'accepted' | 'rejected' {
  const verdict = form.get('verdict');
  if (verdict === 'accepted' || verdict === 'rejected') return verdict;
  throw new Problem(422, 'invalid_body', 'Say yes or no.', 'Use the page.');
}
