import type { Ask } from '../protocol.ts';
import { useAnswer } from './answer.ts';

/** What the policies say of the claim and of what is composed for it. */
export function Policies({ ask, isComposed }: { readonly ask: Ask; readonly isComposed: boolean }) {
  const { answer, trouble, isCurrent } = useAnswer('verdict', isComposed ? ask : undefined);
  return (
    <section aria-labelledby="policies">
      <h2 id="policies">Policies</h2>
      {!isComposed && <p>Judged as soon as the claim is valid.</p>}
      {trouble !== undefined && <p className="fault">{trouble}</p>}
      {isComposed && !isCurrent && trouble === undefined && <p>Being judged …</p>}
      {isCurrent && answer !== undefined && 'unknown' in answer && <p className="fault">{answer.unknown}</p>}
      {isCurrent && answer !== undefined && 'findings' in answer && (
        <>
          <p role="status">
            {answer.objects} objects judged by {answer.policies} policies:{' '}
            {answer.findings.length === 0 ? 'nothing found' : `${answer.findings.length} found`}
          </p>
          <ul className="findings">
            {answer.findings.map(({ policy, action, message }) => (
              <li key={`${policy} ${message}`}>
                <strong>{action}</strong> {policy}: {message}
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
