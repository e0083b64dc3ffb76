import { useEffect, useState } from 'react';
import type { Ask, Preview, Verdict } from '../protocol.ts';

interface Answers {
  readonly preview: Preview;
  readonly verdict: Verdict;
}

/** What the server last said, to what, and why it says nothing now. */
interface Answered<Answer> {
  readonly answer?: Answer;
  readonly body?: string;
  readonly trouble?: string;
}

/** Milliseconds without another key, after which the server is asked. */
const pause = 250;

/** Asks the server as soon as nobody types any more; an older answer stays until the next one is there. */
export function useAnswer<Path extends keyof Answers>(
  path: Path,
  ask: Ask | undefined,
): Answered<Answers[Path]> & { readonly isCurrent: boolean } {
  const [answered, setAnswered] = useState<Answered<Answers[Path]>>({});
  const body = ask && JSON.stringify(ask);
  useEffect(() => {
    if (body === undefined) {
      setAnswered({});
      return;
    }
    const controller = new AbortController();
    const timer = setTimeout(() => {
      post(path, body, controller.signal).then(
        (answer) => setAnswered({ answer: answer as Answers[Path], body }),
        (error: unknown) => {
          if (!controller.signal.aborted) setAnswered((last) => ({ ...last, trouble: String(error) }));
        },
      );
    }, pause);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [path, body]);
  return { ...answered, isCurrent: answered.body === body };
}

async function post(path: string, body: string, signal: AbortSignal): Promise<unknown> {
  const response = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body, signal });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}
