import { useState } from 'react';
import type { Preview } from '../protocol.ts';
import { Graph } from './graph.tsx';

/** What is composed: pass by pass as a graph, and as YAML. */
export function Composed({
  preview,
  trouble,
}: {
  readonly preview: Preview | undefined;
  readonly trouble: string | undefined;
}) {
  const [asked, setPass] = useState(0);
  const [open, setOpen] = useState<string>();
  const last = (preview?.passes.length ?? 0) - 1;
  const index = Math.min(asked, last);
  const pass = preview?.passes[index];
  return (
    <>
      <section aria-labelledby="composed">
        <h2 id="composed">Composed resources</h2>
        {trouble !== undefined && <p className="fault">The server does not answer: {trouble}</p>}
        <p role="status" className={preview?.fault ? 'fault' : 'summary'}>
          {preview?.fault?.message ?? pass?.message ?? 'Being composed …'}
        </p>
        {preview !== undefined && pass !== undefined && (
          <>
            <label className="pass">
              Pass {index + 1} of {last + 1}
              <input
                type="range"
                min={0}
                max={last}
                value={index}
                onChange={(event) => setPass(Number(event.target.value))}
              />
            </label>
            <Graph preview={preview} pass={pass} onOpen={setOpen} />
          </>
        )}
      </section>
      <section aria-labelledby="yaml">
        <h2 id="yaml">YAML</h2>
        {preview !== undefined && <Yaml title="What is applied" text={preview.manifest} isOpen onOpen={() => {}} />}
        {preview?.objects.map(({ name = '', title, yaml }) => (
          <Yaml
            key={title}
            name={name}
            title={title}
            text={yaml}
            isOpen={open === name}
            onOpen={(is) => setOpen(is ? name : undefined)}
          />
        ))}
      </section>
    </>
  );
}

interface YamlProps {
  readonly name?: string;
  readonly title: string;
  readonly text: string;
  readonly isOpen: boolean;
  readonly onOpen: (isOpen: boolean) => void;
}

function Yaml({ name, title, text, isOpen, onOpen }: YamlProps) {
  return (
    <details
      id={name && `yaml-${name}`}
      open={isOpen}
      onToggle={(event) => event.currentTarget.open !== isOpen && onOpen(event.currentTarget.open)}
    >
      <summary>{title}</summary>
      <button type="button" onClick={() => navigator.clipboard.writeText(text)} aria-label={`Copy ${title}`}>
        Copy
      </button>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard */}
      <section className="text" aria-label={title} tabIndex={0}>
        <pre>{text}</pre>
      </section>
    </details>
  );
}
