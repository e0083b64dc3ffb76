import { useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { Pass, Preview } from '../protocol.ts';

interface GraphProps {
  readonly preview: Preview;
  readonly pass: Pass;
  readonly onOpen: (name: string) => void;
}

type State = 'ready' | 'composed' | 'awaited';

interface Node {
  readonly name: string;
  readonly kind: string;
  /** The pass that first composes it; one more than there are for what never is. */
  readonly wave: number;
  /** What it waits for in its first pass, as messages name it. */
  readonly awaits: readonly string[];
  /** Nodes among those. */
  readonly after: readonly string[];
}

const words: Readonly<Record<State, string>> = {
  ready: 'ready',
  composed: 'composed, not ready yet',
  awaited: 'awaited',
};
const marks: Readonly<Record<State, string>> = { ready: '●', composed: '◐', awaited: '○' };

/** What is composed, in the order of its waves: a list for those who listen, with lines for those who look. */
export function Graph({ preview, pass, onOpen }: GraphProps) {
  const box = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState<string>();
  const nodes = useMemo(() => nodesOf(preview), [preview]);
  const lines = useLines(box, nodes);
  const waves = [...new Set(nodes.map(({ wave }) => wave))].sort((a, b) => a - b);
  const lit = (from: string, to: string) => active === from || active === to;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard
    <section className="graph" aria-label="Composed resources by waves" tabIndex={0}>
      <div ref={box} className="canvas">
        <svg aria-hidden="true">
          {lines.map(({ from, to, path }) => (
            <path key={`${from} ${to}`} d={path} className={lit(from, to) ? 'lit' : undefined} />
          ))}
        </svg>
        <ol className="waves">
          {waves.map((wave) => (
            <li key={wave}>
              <h3>{wave < preview.passes.length ? `Wave ${wave + 1}` : 'Awaited in the end'}</h3>
              <ul>
                {nodes
                  .filter((node) => node.wave === wave)
                  .map((node) => (
                    <li key={node.name}>
                      <Card
                        node={node}
                        state={stateOf(node.name, pass)}
                        pass={pass}
                        onActive={setActive}
                        onOpen={onOpen}
                      />
                    </li>
                  ))}
              </ul>
            </li>
          ))}
        </ol>
      </div>
    </section>
  );
}

interface CardProps {
  readonly node: Node;
  readonly state: State;
  readonly pass: Pass;
  readonly onActive: (name: string | undefined) => void;
  readonly onOpen: (name: string) => void;
}

function Card({ node: { name, kind }, state, pass, onActive, onOpen }: CardProps) {
  const awaits = pass.gated.find((one) => one.name === name)?.awaits ?? [];
  return (
    <button
      type="button"
      data-node={name}
      className={`node ${state}`}
      onFocus={() => onActive(name)}
      onBlur={() => onActive(undefined)}
      onMouseEnter={() => onActive(name)}
      onMouseLeave={() => onActive(undefined)}
      onClick={() => {
        onOpen(name);
        document.querySelector<HTMLElement>(`#yaml-${CSS.escape(name)} > summary`)?.focus();
      }}
    >
      <span className="mark" aria-hidden="true">
        {marks[state]}
      </span>
      <span className="name">{name}</span> <span className="kind">{kind}</span>
      <span className="state">{awaits.length > 0 ? `awaits ${awaits.join(', ')}` : words[state]}</span>
    </button>
  );
}

function stateOf(name: string, { ready, composed }: Pass): State {
  if (ready.includes(name)) return 'ready';
  return composed.includes(name) ? 'composed' : 'awaited';
}

function nodesOf({ passes, kinds }: Preview): Node[] {
  const gated = passes.flatMap((pass) => pass.gated);
  const all = { ...Object.fromEntries(gated.map(({ name, kind }) => [name, kind])), ...kinds };
  return Object.entries(all).map(([name, kind]) => {
    const wave = passes.findIndex((pass) => stateOf(name, pass) !== 'awaited');
    const awaits = gated.filter((one) => one.name === name).flatMap((one) => one.awaits);
    const after = awaits.flatMap((what) =>
      [what, what.replace(/\.[^.]+$/, '')].filter((one) => one in all).slice(0, 1),
    );
    return { name, kind, wave: wave < 0 ? passes.length : wave, awaits, after: [...new Set(after)] };
  });
}

interface Line {
  readonly from: string;
  readonly to: string;
  readonly path: string;
}

/** Where the lines go is known once the browser has laid out the cards. */
function useLines(box: React.RefObject<HTMLDivElement | null>, nodes: readonly Node[]): readonly Line[] {
  const [lines, setLines] = useState<readonly Line[]>([]);
  useLayoutEffect(() => {
    const { current } = box;
    if (current === null) return;
    const draw = () => setLines(linesIn(current, nodes));
    draw();
    const observer = new ResizeObserver(draw);
    observer.observe(current);
    return () => observer.disconnect();
  }, [box, nodes]);
  return lines;
}

function linesIn(box: HTMLElement, nodes: readonly Node[]): Line[] {
  const origin = box.getBoundingClientRect();
  const placeOf = (name: string) => box.querySelector(`[data-node="${CSS.escape(name)}"]`)?.getBoundingClientRect();
  return nodes.flatMap(({ name: to, after }) =>
    after.flatMap((from) => {
      const [start, end] = [placeOf(from), placeOf(to)];
      if (!start || !end) return [];
      const [x1, y1] = [start.right - origin.left, start.top + start.height / 2 - origin.top];
      const [x2, y2] = [end.left - origin.left, end.top + end.height / 2 - origin.top];
      const bend = Math.max((x2 - x1) / 2, 16);
      return [{ from, to, path: `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}` }];
    }),
  );
}
