import type { Preview } from '../protocol.ts';

interface ChangesProps {
  readonly preview: Preview | undefined;
  /** What is entered shall be what runs. */
  readonly onTaken: () => void;
}

/** What a change of what runs would do, field by field. */
export function Changes({ preview, onTaken }: ChangesProps) {
  const changes = preview?.changes ?? [];
  return (
    <section aria-labelledby="changes">
      <h2 id="changes">Change impact</h2>
      <p className="about" role="status">
        {changes.length === 0 ? 'Nothing differs from what runs.' : `${changes.length} fields differ from what runs.`}
      </p>
      <p className="about">
        What runs is what you began with.{' '}
        <button type="button" onClick={onTaken}>
          Let it be what is entered now
        </button>
      </p>
      {changes.length > 0 && (
        <ul className="changes">
          {changes.map(({ field, from, to, impact, interruption, takesEffect, source }) => (
            <li key={field}>
              <strong className={impact}>{impact}</strong> <code>{field}</code>: {from} → {to}
              <br />
              {interruption}; takes effect: {takesEffect}
              {source !== undefined && (
                <>
                  {' '}
                  (<a href={source}>AWS on {field}</a>)
                </>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
