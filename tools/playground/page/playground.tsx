import { type BlueprintForm, forms, type Values } from 'forms';
import { useState } from 'react';
import type { Ask } from '../protocol.ts';
import { useAnswer } from './answer.ts';
import { Changes } from './changes.tsx';
import { ClaimForm } from './claim-form.tsx';
import { Composed } from './composed.tsx';
import { Policies } from './policies.tsx';

/** The smallest claim comes first: a page that shows nothing explains nothing. */
const exampleOf = (form: BlueprintForm, title: string): Values =>
  form.examples.find((example) => example.title === title)?.values ?? {};

/** The whole page: what is entered on one side, what becomes of it on the other. */
export function Playground() {
  const [form, setForm] = useState(forms[0] as BlueprintForm);
  const [example, setExample] = useState('claim');
  const [kind, setKind] = useState<Ask['form']>('namespaced');
  const [values, setValues] = useState<Values>(() => exampleOf(form, example));
  const { name = '', namespace = '', claim = {} } = values;
  const [running, setRunning] = useState(claim);
  const ask: Ask = { kind: form.kind, form: kind, name, namespace, spec: claim, running };
  const preview = useAnswer('preview', ask);
  const begin = (next: BlueprintForm, title: string) => {
    setForm(next);
    setExample(title);
    const start = exampleOf(next, title);
    setValues(start);
    setRunning(start.claim ?? {});
  };
  return (
    <>
      <a className="skip" href="#result">
        Skip to what is composed
      </a>
      <header>
        <h1>Playground</h1>
        <p>What becomes of a claim. AWS is simulated, and nothing is written.</p>
      </header>
      <main>
        <section aria-labelledby="enter">
          <h2 id="enter">Claim</h2>
          <Choice
            label="Blueprint"
            value={form.name}
            options={forms.map((one) => [one.name, one.kind])}
            onChange={(chosen) => begin(forms.find((one) => one.name === chosen) ?? form, 'claim')}
          />
          <Choice
            label="Begin with"
            value={example}
            options={[['', 'nothing'], ...form.examples.map(({ title }) => [title, `example ${title}`] as const)]}
            onChange={(title) => begin(form, title)}
          />
          <Choice
            label="As"
            value={kind}
            options={[
              ['namespaced', 'namespaced composite'],
              ['claims', 'claim'],
            ]}
            onChange={(chosen) => setKind(chosen === 'claims' ? 'claims' : 'namespaced')}
          />
          <p className="about">{form.description}</p>
          <ClaimForm
            key={`${form.name} ${example}`}
            form={form}
            values={values}
            fault={preview.isCurrent ? preview.answer?.fault : undefined}
            onChange={setValues}
          />
        </section>
        <div id="result" tabIndex={-1} data-state={preview.isCurrent ? 'settled' : 'asking'}>
          <Composed preview={preview.answer} trouble={preview.trouble} />
          <Changes preview={preview.answer} onTaken={() => setRunning(claim)} />
          <Policies
            ask={ask}
            isComposed={preview.isCurrent && preview.answer !== undefined && preview.answer.fault === undefined}
          />
        </div>
      </main>
    </>
  );
}

function Choice({
  label,
  value,
  options,
  onChange,
}: {
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [string, string])[];
  readonly onChange: (value: string) => void;
}) {
  return (
    <label className="choice">
      {label}
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        {options.map(([one, text]) => (
          <option key={one} value={one}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
